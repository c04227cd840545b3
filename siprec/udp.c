/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/udp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BUFFER_SIZE = 4 * 1024 * 1024, DATAGRAM_MAX = 65536 };

int udp_prepare(int fd)
{
	const int on = 1, size = BUFFER_SIZE;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	/* When a BYE arrived decides where the sound ends. */
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0)
		return -errno;
	/* As much as the kernel grants. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

static nanoseconds arrival(struct recorder *recorder, struct msghdr *message)
{
	struct cmsghdr *head;
	struct timespec at;

	for (head = CMSG_FIRSTHDR(message); head;
	     head = CMSG_NXTHDR(message, head)) {
		if (head->cmsg_level != SOL_SOCKET ||
		    head->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&at, CMSG_DATA(head), sizeof(at));
		if (recorder->clock->fixed != 0)
			break;
		return at.tv_sec * NS_PER_S + at.tv_nsec +
		       recorder->clock->ahead;
	}
	return clock_now(recorder->clock);
}

bool udp_peer(const struct sockaddr_storage *from, struct sockaddr_in6 *peer)
{
	if (from->ss_family == AF_INET6) {
		memcpy(peer, from, sizeof(*peer));
		return true;
	}
	if (from->ss_family != AF_INET)
		return false;
	const struct sockaddr_in *four = (const void *)from;

	*peer = (struct sockaddr_in6){ .sin6_family = AF_INET6,
				       .sin6_port = four->sin_port };
	memset(peer->sin6_addr.s6_addr + 10, 0xff, 2);
	memcpy(peer->sin6_addr.s6_addr + 12, &four->sin_addr, 4);
	return true;
}

static bool take_one(struct recorder *recorder, uint8_t socket, int fd)
{
	static char buffer[DATAGRAM_MAX];
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct timespec))];
	} control;
	struct sockaddr_storage from;
	struct iovec body = { buffer, sizeof(buffer) };
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &body,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct flow flow = { .kind = FLOW_UDP, .socket = socket };
	struct slice bytes;
	ssize_t size = recvmsg(fd, &message, 0);
	int client;

	if (size < 0)
		return errno == EINTR || errno == ECONNREFUSED;
	if (!udp_peer(&from, &flow.peer))
		return true;
	client = clients_by_address(&recorder->clients, &flow.peer);
	if (client < 0) {
		recorder_stranger(recorder);
		return true;
	}
	flow.client = (uint16_t)client;
	bytes = (struct slice){ buffer, (size_t)size };
	while (bytes.size > 0 && (*bytes.at == '\r' || *bytes.at == '\n'))
		bytes = slice_from(bytes, 1);
	/* Keep-alive: blanks only (RFC 5626, 3.5.1 is for streams, but some
	   send it here as well). */
	if (bytes.size > 0)
		recorder_take(recorder, &flow, bytes,
			      arrival(recorder, &message));
	explicit_bzero(buffer, (size_t)size);
	return true;
}

void udp_take(struct recorder *recorder, uint8_t socket, int fd)
{
	for (int i = 0; i < DATAGRAMS_TURN_MAX; i++)
		if (!take_one(recorder, socket, fd))
			return;
}

static int family_of(int fd)
{
	struct sockaddr_storage own = { 0 };
	socklen_t size = sizeof(own);

	if (getsockname(fd, (struct sockaddr *)&own, &size) < 0)
		return -errno;
	return own.ss_family;
}

int udp_send(int fd, const struct sockaddr_in6 *peer, struct slice bytes)
{
	struct sockaddr_in four = { .sin_family = AF_INET,
				    .sin_port = peer->sin6_port };
	int family = family_of(fd);
	ssize_t r;

	if (family < 0)
		return family;
	if (family == AF_INET) {
		if (!IN6_IS_ADDR_V4MAPPED(&peer->sin6_addr))
			return -EAFNOSUPPORT;
		memcpy(&four.sin_addr, peer->sin6_addr.s6_addr + 12, 4);
		r = sendto(fd, bytes.at, bytes.size, MSG_DONTWAIT,
			   (const struct sockaddr *)&four, sizeof(four));
	} else {
		r = sendto(fd, bytes.at, bytes.size, MSG_DONTWAIT,
			   (const struct sockaddr *)peer, sizeof(*peer));
	}
	return r < 0 ? -errno : 0;
}
