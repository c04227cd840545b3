/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file lines.h
 * Reading a log line by line, whatever its size.
 */
#ifndef TALLENNE_VAULT_LINES_H
#define TALLENNE_VAULT_LINES_H

#include "vault/record.h"

/** A log as it is read; big, so never on the stack. */
struct lines {
	int fd;		 /**< read from its own offset on, borrowed */
	size_t from, to; /**< unread bytes in the buffer */
	bool is_over;
	int64_t done; /**< bytes of whole lines that were given out */
	char buffer[4 * RECORD_LINE_MAX];
};

/** Begin; only once in a struct's life, or again for another file. */
void lines_start(struct lines *lines, int fd);

/**
 * The next line without its newline.
 *
 * @param[out] ret_line  until the next call
 * @return 1; 0 at the end; -ENODATA: the last line has no newline;
 *         -EMSGSIZE: longer than RECORD_LINE_MAX; or errno
 */
MUST int lines_next(struct lines *lines, struct slice *ret_line);

#endif
