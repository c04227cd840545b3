/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file hours.h
 * What the policy promises about conversations, as this room asks it:
 * whether they may be opened now, in which queues, and until when what they
 * leave may exist.
 */
#ifndef TALLENNE_CHAT_HOURS_H
#define TALLENNE_CHAT_HOURS_H

#include "notice/notice.h"

/** Whether conversations may be opened, and when that changes. */
struct hours {
	bool is_open;
	nanoseconds opens_at, closes_at; /**< the next ones, or 0 */
};

void hours_at(const struct policy *policy, nanoseconds at,
	      struct hours *ret_hours);

/**
 * The queue that is meant.
 *
 * @param word   of NOTICE_WORD_SIZE; empty: the first one
 * @param[out] ret_queue  of NOTICE_WORD_SIZE
 * @return false if there is no such queue
 */
bool hours_queue(const struct policy *policy, const char *word,
		 char *ret_queue);

#endif
