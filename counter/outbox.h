/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file outbox.h
 * Letters that a line does not take yet, oldest first.
 *
 * A line holds some tens of letters. While the room at its other end waits
 * for a processor, what is said meanwhile stands here, so that nobody is
 * sent away for a delay of milliseconds.
 */
#ifndef TALLENNE_COUNTER_OUTBOX_H
#define TALLENNE_COUNTER_OUTBOX_H

#include "base/line.h"

enum { OUTBOX_MAX = 1024 };

struct outbox {
	uint32_t first, count;
	struct letter *letter[OUTBOX_MAX];
};

/**
 * Post, now or later, in order.
 *
 * @return 0; -EAGAIN when OUTBOX_MAX wait, -ENOMEM, or what line_post() says
 */
MUST int outbox_post(struct outbox *outbox, int end, struct letter *letter);

/** Post what waits; 0 when nothing does any more, or as outbox_post(). */
MUST int outbox_flush(struct outbox *outbox, int end);

/** Forget all. */
void outbox_drop(struct outbox *outbox);

#endif
