/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/call/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>

#include "cli/call/secure.h"
#include "cli/text.h"

enum { WAIT_S = 5, RECEIVE_BUFFER = 4 << 20, PENDING_MAX = 8 << 20 };
enum { MEND_MS = 250, MENDS_MAX = 8 };

struct wire {
	const struct call_plan *plan;
	struct loop *loop;
	struct wire_user user;
	int fd;
	struct secure *secure; /* TLS, else NULL */
	struct sockaddr_storage peer;
	socklen_t peer_size;
	char address[64];
	uint16_t port;
	bool broken;
	uint32_t mends; /* since anything was heard */
	nanoseconds mend_at;
	struct text out; /* what the connection does not take yet */
	size_t in_size;
	char in[2 * MESSAGE_SIZE_MAX];
};

const char *wire_name(enum call_transport transport)
{
	static const char *const name[] = { "UDP", "TCP", "TLS" };

	return name[transport];
}

static uint16_t *port_of(struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET6)
		return &((struct sockaddr_in6 *)address)->sin6_port;
	return &((struct sockaddr_in *)address)->sin_port;
}

static int resolve(struct wire *wire, const char *host, uint16_t port,
		   struct sockaddr_storage *ret_address, socklen_t *ret_size)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;

	(void)wire;
	if (getaddrinfo(host, NULL, &hints, &list) != 0 || !list)
		return -ENOENT;
	memset(ret_address, 0, sizeof(*ret_address));
	memcpy(ret_address, list->ai_addr, list->ai_addrlen);
	*ret_size = list->ai_addrlen;
	freeaddrinfo(list);
	*port_of(ret_address) = htons(port);
	return 0;
}

static void learn_own_address(struct wire *wire)
{
	struct sockaddr_storage own = { 0 };
	socklen_t size = sizeof(own);

	if (getsockname(wire->fd, (struct sockaddr *)&own, &size) < 0)
		return;
	/* The kernel filled it. NOLINTNEXTLINE(clang-analyzer-core.*) */
	wire->port = ntohs(*port_of(&own));
	(void)getnameinfo((struct sockaddr *)&own, size, wire->address,
			  sizeof(wire->address), NULL, 0, NI_NUMERICHOST);
}

/* Ask the routing table which own address is used towards the recorder. */
static int bind_towards(struct wire *wire, int fd)
{
	OWNED(drop_fd)
	int probe = socket(wire->peer.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage own = { 0 };
	socklen_t size = sizeof(own);
	int r;

	if (wire->plan->local) {
		r = resolve(wire, wire->plan->local, 0, &own, &size);
		if (r < 0)
			return r;
	} else {
		if (probe < 0 ||
		    connect(probe, (struct sockaddr *)&wire->peer,
			    wire->peer_size) < 0 ||
		    getsockname(probe, (struct sockaddr *)&own, &size) < 0)
			return -errno;
		*port_of(&own) = 0;
	}
	return bind(fd, (struct sockaddr *)&own, size) < 0 ? -errno : 0;
}

static void take_stream(struct wire *wire)
{
	size_t done = 0, size;
	int r;

	while (!wire->broken) {
		struct slice rest = { wire->in + done, wire->in_size - done };
		struct message message;

		r = message_measure(rest, &size);
		if (r == -EAGAIN)
			break;
		if (r == 0)
			r = message_read((struct slice){ rest.at, size },
					 &message);
		if (r < 0) {
			wire->broken = true;
			return;
		}
		done += size;
		wire->user.take(wire->user.self, &message, &wire->peer);
	}
	memmove(wire->in, wire->in + done, wire->in_size - done);
	wire->in_size -= done;
}

static ssize_t read_some(struct wire *wire, char *out, size_t size)
{
	ssize_t got;

	if (wire->secure)
		return secure_read(wire->secure, out, size);
	got = recv(wire->fd, out, size, MSG_DONTWAIT);
	if (got == 0)
		return -EPIPE;
	return got < 0 ? -errno : got;
}

static ssize_t write_some(struct wire *wire, struct slice bytes)
{
	ssize_t sent;

	if (wire->secure)
		return secure_write(wire->secure, bytes);
	sent = send(wire->fd, bytes.at, bytes.size,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	return sent < 0 ? -errno : sent;
}

static void flush(struct wire *wire)
{
	struct slice left = text_slice(&wire->out);
	size_t sent_in_all = 0;

	while (left.size > 0) {
		ssize_t sent = write_some(wire, left);

		if (sent == -EAGAIN)
			break;
		if (sent < 0) {
			wire->broken = true;
			return;
		}
		left = slice_from(left, (size_t)sent);
		sent_in_all += (size_t)sent;
	}
	if (sent_in_all == 0)
		return;
	memmove(wire->out.at, left.at, left.size);
	wire->out.size = left.size;
}

static void stream_ready(void *self, int fd, uint32_t events)
{
	struct wire *wire = self;

	(void)fd;
	(void)events;
	for (;;) {
		size_t room = sizeof(wire->in) - wire->in_size;
		ssize_t got = read_some(wire, wire->in + wire->in_size, room);

		if (got == -EAGAIN)
			break;
		if (got < 0) {
			wire->broken = true;
			break;
		}
		wire->in_size += (size_t)got;
		wire->mends = 0;
		take_stream(wire);
		if (wire->broken)
			break;
	}
	if (!wire->broken)
		flush(wire);
	if (wire->broken)
		loop_unwatch(wire->loop, wire->fd);
}

static void datagram_ready(void *self, int fd, uint32_t events)
{
	struct wire *wire = self;
	char text[MESSAGE_SIZE_MAX];
	struct sockaddr_storage from;
	struct message message;

	for (int i = 0; i < 256; i++) {
		socklen_t size = sizeof(from);
		ssize_t got = recvfrom(fd, text, sizeof(text), MSG_DONTWAIT,
				       (struct sockaddr *)&from, &size);

		if (got < 0)
			break;
		if (message_read((struct slice){ text, (size_t)got },
				 &message) == 0)
			wire->user.take(wire->user.self, &message, &from);
	}
	if (events & EPOLLERR) {
		struct iovec part = { text, sizeof(text) };
		struct msghdr head = { .msg_iov = &part, .msg_iovlen = 1 };

		while (recvmsg(fd, &head, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
			wire->user.refused(wire->user.self);
	}
}

static int open_datagram(struct wire *wire)
{
	int size = RECEIVE_BUFFER, on = 1;
	int r;

	wire->fd = socket(wire->peer.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (wire->fd < 0)
		return -errno;
	r = bind_towards(wire, wire->fd);
	if (r < 0)
		return r;
	(void)setsockopt(wire->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	(void)setsockopt(wire->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	/* Hear that nobody listens, although the socket is not connected. */
	if (wire->peer.ss_family == AF_INET6)
		(void)setsockopt(wire->fd, IPPROTO_IPV6, IPV6_RECVERR, &on,
				 sizeof(on));
	else
		(void)setsockopt(wire->fd, IPPROTO_IP, IP_RECVERR, &on,
				 sizeof(on));
	learn_own_address(wire);
	return loop_watch(wire->loop, wire->fd, EPOLLIN, datagram_ready, wire);
}

static int open_stream(struct wire *wire, char *fault)
{
	struct timeval wait = { .tv_sec = WAIT_S };
	int on = 1;
	int r;

	wire->fd = socket(wire->peer.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (wire->fd < 0)
		return -errno;
	(void)setsockopt(wire->fd, SOL_SOCKET, SO_RCVTIMEO, &wait,
			 sizeof(wait));
	(void)setsockopt(wire->fd, SOL_SOCKET, SO_SNDTIMEO, &wait,
			 sizeof(wait));
	(void)setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	r = bind_towards(wire, wire->fd);
	if (r < 0)
		return r;
	if (connect(wire->fd, (struct sockaddr *)&wire->peer, wire->peer_size) <
	    0)
		return -errno;
	if (wire->plan->transport == CALL_TLS) {
		r = secure_open(wire->plan, wire->fd, &wire->secure, fault);
		if (r < 0)
			return r;
	}
	if (fcntl(wire->fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	learn_own_address(wire);
	return loop_watch(wire->loop, wire->fd, EPOLLIN | EPOLLOUT | EPOLLET,
			  stream_ready, wire);
}

int wire_open(const struct call_plan *plan, struct loop *loop,
	      const struct wire_user *user, struct wire **ret_wire, char *fault)
{
	struct wire *wire = calloc(1, sizeof(*wire));
	int r;

	if (!wire)
		return -ENOMEM;
	wire->plan = plan;
	wire->loop = loop;
	wire->user = *user;
	wire->fd = -1;
	fault[0] = '\0';
	r = resolve(wire, plan->host, plan->port, &wire->peer,
		    &wire->peer_size);
	if (r < 0)
		(void)snprintf(fault, CALL_FAULT_SIZE, "unknown host");
	else if (plan->transport == CALL_UDP)
		r = open_datagram(wire);
	else
		r = open_stream(wire, fault);
	if (r < 0) {
		if (fault[0] == '\0')
			(void)snprintf(fault, CALL_FAULT_SIZE, "%s: %s",
				       wire_name(plan->transport),
				       strerror(-r));
		wire_close(wire);
		return r;
	}
	*ret_wire = wire;
	return 0;
}

void wire_close(struct wire *wire)
{
	if (!wire)
		return;
	if (wire->fd >= 0)
		loop_unwatch(wire->loop, wire->fd);
	secure_close(wire->secure);
	drop_fd(&wire->fd);
	text_drop(&wire->out);
	free(wire);
}

void wire_send(struct wire *wire, const struct sockaddr_storage *to,
	       struct slice message)
{
	if (wire->plan->transport == CALL_UDP) {
		if (!to)
			to = &wire->peer;
		/* What the socket refuses is a lost datagram. */
		(void)sendto(wire->fd, message.at, message.size, MSG_DONTWAIT,
			     (const struct sockaddr *)to, wire->peer_size);
		return;
	}
	if (wire->broken || wire->out.size > PENDING_MAX)
		return;
	text_put(&wire->out, message);
	flush(wire);
}

void wire_mend(struct wire *wire)
{
	char fault[CALL_FAULT_SIZE];
	nanoseconds now = clock_monotonic();

	if (!wire->broken || now < wire->mend_at)
		return;
	/* Whoever closes again and again without a word does not want us. */
	wire->mend_at = now + MEND_MS * NS_PER_MS;
	if (wire->mends++ == MENDS_MAX)
		wire->user.refused(wire->user.self);
	loop_unwatch(wire->loop, wire->fd);
	secure_close(wire->secure);
	wire->secure = NULL;
	drop_fd(&wire->fd);
	text_clear(&wire->out);
	wire->in_size = 0;
	if (open_stream(wire, fault) < 0)
		return;
	wire->broken = false;
	wire->user.again(wire->user.self);
}

const char *wire_address(const struct wire *wire)
{
	return wire->address;
}

uint16_t wire_port(const struct wire *wire)
{
	return wire->port;
}

bool wire_is_ipv6(const struct wire *wire)
{
	return wire->peer.ss_family == AF_INET6;
}

const struct sockaddr_storage *wire_peer(const struct wire *wire)
{
	return &wire->peer;
}
