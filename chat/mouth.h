/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file mouth.h
 * Speaking on a line that may be behind, without ever waiting for it.
 *
 * Answers that the line does not take now are kept, in order. While any
 * are, no more questions are taken from that line, so only as many can be
 * kept as one turn of the loop makes. What is no answer is not kept here:
 * it is sent from where it stands, when the line takes more.
 */
#ifndef TALLENNE_CHAT_MOUTH_H
#define TALLENNE_CHAT_MOUTH_H

#include "base/line.h"

enum { MOUTH_KEPT_MAX = 1024 };

struct mouth {
	int end;	  /**< of the line, owned; -1: none */
	bool is_full;	  /**< the line takes nothing now */
	bool is_broken;	  /**< it is to be closed */
	uint32_t watched; /**< events the loop waits for */
	uint32_t first, count;
	struct letter *kept[MOUTH_KEPT_MAX];
};

void mouth_init(struct mouth *mouth);

/** Take a line, for the one there was. */
void mouth_open(struct mouth *mouth, int end);
void mouth_close(struct mouth *mouth);

/** Answer, now or later. */
void mouth_answer(struct mouth *mouth, struct letter *letter);

/** Say something if the line takes it now; whether it did. */
bool mouth_say(struct mouth *mouth, struct letter *letter);

/** Try again what was kept; whether nothing is kept any more. */
bool mouth_flush(struct mouth *mouth);

#endif
