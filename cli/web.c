/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/bytes.h"

int web_go(const char *address)
{
	const struct timeval wait = { .tv_sec = WEB_WAIT_S };
	struct sockaddr_in at = { .sin_family = AF_INET };
	struct slice port, host = slice_cut(slice_of(address), ':', &port);
	char text[INET_ADDRSTRLEN];
	uint64_t number;
	OWNED(drop_fd) int fd = -1;

	if (slice_text(host, text, sizeof(text)) < 0 ||
	    inet_pton(AF_INET, text, &at.sin_addr) != 1 ||
	    slice_number(port, UINT16_MAX, &number) < 0)
		return -EINVAL;
	at.sin_port = htons((uint16_t)number);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0 ||
	    connect(fd, (const struct sockaddr *)&at, sizeof(at)) < 0)
		return -errno;
	return GIVE_FD(fd);
}
