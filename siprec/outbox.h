/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file outbox.h
 * Letters to a room that may be behind, without ever waiting for it.
 *
 * A letter that the line does not take now is kept, in order, and posted
 * when the line takes more. A room that is behind by OUTBOX_LETTERS_MAX
 * letters is as good as gone.
 */
#ifndef TALLENNE_SIPREC_OUTBOX_H
#define TALLENNE_SIPREC_OUTBOX_H

#include "base/line.h"

enum { OUTBOX_LETTERS_MAX = 16384 };

struct outbox_letter;

struct outbox {
	int end; /**< the line, owned; -1: none */
	uint32_t count;
	struct outbox_letter *first, *last;
};

/** Nothing to say and nobody to say it to. */
void outbox_init(struct outbox *outbox);

/** Take a line; letters kept for an earlier one are dropped. */
void outbox_open(struct outbox *outbox, int end);

/** Close the line and drop what was kept. */
void outbox_close(struct outbox *outbox);

/** Whether there is a line. */
bool outbox_is_open(const struct outbox *outbox);

/**
 * Post a letter, now or later.
 *
 * @return 0, -EPIPE if there is no line, -ENOBUFS if the room is too far
 *         behind, -ENOMEM or what line_post() says: then close it
 */
MUST int outbox_post(struct outbox *outbox, struct letter *letter);

/** Post what was kept; 0, also when some is left, or a final error. */
MUST int outbox_flush(struct outbox *outbox);

#endif
