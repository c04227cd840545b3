/* SPDX-License-Identifier: EUPL-1.2 */
#include "http/backlog.h"

#include <errno.h>
#include <string.h>

enum { FIRST_ROOM = 512 };

void backlog_drop(struct backlog *backlog)
{
	free(backlog->bytes);
	*backlog = (struct backlog){ 0 };
}

static int make_room(struct backlog *backlog, size_t more)
{
	size_t room = backlog->room ? backlog->room : FIRST_ROOM;
	char *bytes;

	if (backlog->from + backlog->size + more <= backlog->room)
		return 0;
	if (backlog->from > 0) {
		memmove(backlog->bytes, backlog->bytes + backlog->from,
			backlog->size);
		backlog->from = 0;
	}
	if (backlog->size + more <= backlog->room)
		return 0;
	while (room < backlog->size + more)
		room *= 2;
	bytes = realloc(backlog->bytes, room);
	if (!bytes)
		return -ENOMEM;
	backlog->bytes = bytes;
	backlog->room = (uint32_t)room;
	return 0;
}

static void put(struct backlog *backlog, struct slice bytes)
{
	if (bytes.size == 0)
		return;
	memcpy(backlog->bytes + backlog->from + backlog->size, bytes.at,
	       bytes.size);
	backlog->size += (uint32_t)bytes.size;
}

int backlog_add(struct backlog *backlog, struct slice head, struct slice rest)
{
	int r = make_room(backlog, head.size + rest.size);

	if (r < 0)
		return r;
	put(backlog, head);
	put(backlog, rest);
	return 0;
}

struct slice backlog_waits(const struct backlog *backlog)
{
	return (struct slice){ backlog->size ? backlog->bytes + backlog->from
					     : "",
			       backlog->size };
}

void backlog_took(struct backlog *backlog, size_t size)
{
	assert(size <= backlog->size);
	backlog->from += (uint32_t)size;
	backlog->size -= (uint32_t)size;
	if (backlog->size == 0)
		backlog_drop(backlog);
}
