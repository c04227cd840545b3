/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/bytes.h"

enum { BACKLOG = 1024, DOOR_BACKLOG = 8, UDP_BUFFER = 8 << 20 };

int sockets_address(const char *text, struct sockaddr_storage *ret_address,
		    socklen_t *ret_size)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	const char *colon = strrchr(text, ':');
	char host[SOCKETS_ADDRESS_SIZE];
	uint64_t port;
	struct slice name;

	if (!colon || slice_number(slice_of(colon + 1), UINT16_MAX, &port) < 0)
		return -EINVAL;
	name = (struct slice){ text, (size_t)(colon - text) };
	if (name.size > 2 && name.at[0] == '[' && name.at[name.size - 1] == ']')
		name = (struct slice){ name.at + 1, name.size - 2 };
	if (slice_text(name, host, sizeof(host)) < 0)
		return -EINVAL;

	memset(ret_address, 0, sizeof(*ret_address));
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		v4.sin_port = htons((uint16_t)port);
		memcpy(ret_address, &v4, sizeof(v4));
		*ret_size = sizeof(v4);
		return 0;
	}
	if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
		v6.sin6_port = htons((uint16_t)port);
		memcpy(ret_address, &v6, sizeof(v6));
		*ret_size = sizeof(v6);
		return 0;
	}
	return -EINVAL;
}

static int tell_address(int fd, char bound[SOCKETS_ADDRESS_SIZE])
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage largest;
	} address = { .largest = { 0 } };
	socklen_t size = sizeof(address);
	char host[INET6_ADDRSTRLEN];

	if (getsockname(fd, &address.any, &size) < 0)
		return -errno;
	if (address.any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &address.v4.sin_addr, host, sizeof(host));
		snprintf(bound, SOCKETS_ADDRESS_SIZE, "%s:%u", host,
			 ntohs(address.v4.sin_port));
	} else {
		inet_ntop(AF_INET6, &address.v6.sin6_addr, host, sizeof(host));
		snprintf(bound, SOCKETS_ADDRESS_SIZE, "[%s]:%u", host,
			 ntohs(address.v6.sin6_port));
	}
	return 0;
}

int sockets_open(const char *address, int type, int *ret_fd,
		 char bound[SOCKETS_ADDRESS_SIZE])
{
	const int yes = 1, buffer = UDP_BUFFER;
	struct sockaddr_storage at;
	OWNED(drop_fd) int fd = -1;
	socklen_t size;
	int r = sockets_address(address, &at, &size);

	if (r < 0)
		return r;
	fd = socket(at.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (at.ss_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) < 0)
		return -errno;
	if (type == SOCK_STREAM &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0)
		return -errno;
	if (type == SOCK_DGRAM && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE,
					     &buffer, sizeof(buffer)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer,
				 sizeof(buffer));
	if (bind(fd, (const struct sockaddr *)&at, size) < 0)
		return -errno;
	if (type == SOCK_STREAM && listen(fd, BACKLOG) < 0)
		return -errno;
	r = tell_address(fd, bound);
	if (r < 0)
		return r;
	*ret_fd = GIVE_FD(fd);
	return 0;
}

int sockets_open_door(int dir, const char *name, int *ret_fd)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	OWNED(drop_fd) int fd = -1;
	char file[64];
	mode_t mask;
	int r;

	snprintf(file, sizeof(file), "%s.door", name);
	(void)unlinkat(dir, file, 0);
	/* Through the open directory, so that long paths fit as well. */
	snprintf(at.sun_path, sizeof(at.sun_path), "/proc/self/fd/%d/%s", dir,
		 file);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	mask = umask(0177);
	r = bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ? -errno : 0;
	(void)umask(mask);
	if (r == 0 && listen(fd, DOOR_BACKLOG) < 0)
		r = -errno;
	if (r < 0)
		return r;
	*ret_fd = GIVE_FD(fd);
	return 0;
}
