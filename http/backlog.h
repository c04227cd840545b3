/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file backlog.h
 * Bytes that a reader has not taken yet, oldest first. Empty, it holds no
 * memory.
 */
#ifndef TALLENNE_HTTP_BACKLOG_H
#define TALLENNE_HTTP_BACKLOG_H

#include "base/bytes.h"

struct backlog {
	char *bytes;
	uint32_t from, size, room; /**< size: from there on */
};

void backlog_drop(struct backlog *backlog);

/** Add two runs of bytes, or nothing; 0 or -ENOMEM. */
MUST int backlog_add(struct backlog *backlog, struct slice head,
		     struct slice rest);

/** What waits. */
struct slice backlog_waits(const struct backlog *backlog);

/** So many bytes were taken. */
void backlog_took(struct backlog *backlog, size_t size);

#endif
