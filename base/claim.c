/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/claim.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/bytes.h"

#define FAMILY "tallenne-rtp/"

enum { ADDRESS_SIZE = 46 }; /* INET6_ADDRSTRLEN */

struct claim {
	char address[ADDRESS_SIZE];
	unsigned first, last;
};

static bool is_any(const char *address)
{
	return strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
}

static bool is_v6(const char *address)
{
	return strchr(address, ':') != NULL;
}

static bool overlap(const struct claim *a, const struct claim *b)
{
	if (a->first > b->last || b->first > a->last)
		return false;
	if (is_v6(a->address) != is_v6(b->address))
		return false;
	return is_any(a->address) || is_any(b->address) ||
	       strcmp(a->address, b->address) == 0;
}

/* How proc(5) writes the name of an abstract socket: an @, then its name. */
static bool read_claim(const char *line, struct claim *ret_claim)
{
	const char *name = strstr(line, "@" FAMILY);
	struct slice rest, address, first;
	uint64_t from, to;

	if (!name)
		return false;
	rest = slice_of(name + strlen("@" FAMILY));
	address = slice_cut(rest, '/', &rest);
	first = slice_cut(rest, '-', &rest);
	if (slice_text(address, ret_claim->address, ADDRESS_SIZE) < 0 ||
	    slice_number(first, UINT16_MAX, &from) < 0 ||
	    slice_number(rest, UINT16_MAX, &to) < 0)
		return false;
	ret_claim->first = (unsigned)from;
	ret_claim->last = (unsigned)to;
	return true;
}

static int bind_name(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t size = strlen(name);
	OWNED(drop_fd)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	assert(size < sizeof(at.sun_path));
	memcpy(at.sun_path + 1, name, size);
	if (bind(fd, (const struct sockaddr *)&at,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			     size)) < 0)
		return -errno;
	return GIVE_FD(fd);
}

int claim_ports(const char *address, uint16_t first, uint16_t count)
{
	struct claim ours = { .first = first, .last = first + count - 1U };
	char name[sizeof(FAMILY) + ADDRESS_SIZE + 16];
	OWNED(drop_fd) int fd = -1;
	char line[256];
	FILE *file;
	int r = 0;

	if (count == 0 || ours.last > UINT16_MAX ||
	    strlen(address) >= sizeof(ours.address))
		return -EINVAL;
	memcpy(ours.address, address, strlen(address) + 1);
	(void)snprintf(name, sizeof(name), FAMILY "%s/%u-%u", address,
		       ours.first, ours.last);
	/* Ours can be seen before we look for others'. */
	fd = bind_name(name);
	if (fd < 0)
		return fd;
	file = fopen("/proc/self/net/unix", "re");
	if (!file)
		return -errno;
	while (r == 0 && fgets(line, sizeof(line), file)) {
		struct claim other;
		size_t size = strlen(line);

		if (size > 0 && line[size - 1] == '\n')
			line[size - 1] = '\0';
		if (read_claim(line, &other) && overlap(&ours, &other) &&
		    strcmp(strchr(line, '@') + 1, name) != 0)
			r = -EADDRINUSE;
	}
	(void)fclose(file);
	return r < 0 ? r : GIVE_FD(fd);
}
