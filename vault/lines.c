/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/lines.h"

#include <errno.h>
#include <string.h>

void lines_start(struct lines *lines, int fd)
{
	lines->fd = fd;
	lines->from = lines->to = 0;
	lines->is_over = false;
	lines->done = 0;
}

int lines_next(struct lines *lines, struct slice *ret_line)
{
	for (;;) {
		struct slice unread = { lines->buffer + lines->from,
					lines->to - lines->from };
		size_t size = slice_find(unread, '\n');
		ssize_t got;

		if (size < unread.size) {
			*ret_line = (struct slice){ unread.at, size };
			lines->from += size + 1;
			lines->done += (int64_t)size + 1;
			return 1;
		}
		if (lines->is_over)
			return unread.size == 0 ? 0 : -ENODATA;
		if (unread.size >= RECORD_LINE_MAX)
			return -EMSGSIZE;
		memmove(lines->buffer, unread.at, unread.size);
		lines->from = 0;
		lines->to = unread.size;
		got = read(lines->fd, lines->buffer + lines->to,
			   sizeof(lines->buffer) - lines->to);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			lines->is_over = true;
		if (got > 0)
			lines->to += (size_t)got;
	}
}
