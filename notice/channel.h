/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file channel.h
 * What the policy promises about chats (S12, S13, S21): from which pages
 * they start, which queues there are, when they are open, what visitors are
 * told about the recording.
 *
 * Pure, as all of notice/. A policy whose class of kind "chat" has no
 * section "channel" takes no chat: there is no queue and it is never open.
 */
#ifndef TALLENNE_NOTICE_CHANNEL_H
#define TALLENNE_NOTICE_CHANNEL_H

#include "notice/holidays.h"
#include "notice/notice.h"

enum {
	CHANNEL_QUEUES_MAX = 16,
	CHANNEL_ORIGINS_MAX = 16,
	CHANNEL_ORIGIN_SIZE = 128, /**< NUL included */
	CHANNEL_LINE_SIZE = 256,
	/** How far ahead an opening is looked for. */
	CHANNEL_AHEAD_DAYS = 400,
};

/**
 * Whether a chat may be started from a page (S13), besides counter's own.
 *
 * @param origin  as browsers write it, "https://www.agency.example"; it is
 *                compared to the letter
 */
bool policy_chat_allows(const struct policy *policy, struct slice origin);
size_t policy_chat_origin_count(const struct policy *policy);
const char *policy_chat_origin(const struct policy *policy, size_t index);

size_t policy_chat_queue_count(const struct policy *policy);
/** The id of a queue; its label by language. */
const char *policy_chat_queue(const struct policy *policy, size_t index,
			      enum notice_language language,
			      const char **ret_label);

/** When chats may be started. */
struct channel_hours {
	bool is_open;
	/** The next time it opens and closes; 0: not within
	    CHANNEL_AHEAD_DAYS. While it is open, opens_at is the next opening
	    after closes_at; while it is closed, closes_at belongs to
	    opens_at. */
	nanoseconds opens_at, closes_at;
};

/**
 * The hours at an instant, in the policy's zone: exceptional days first,
 * then holidays and eves, then the week. Never open before the policy holds.
 *
 * @param policy  settled: it has its zone
 */
void policy_chat_hours(const struct policy *policy, nanoseconds at,
		       struct channel_hours *ret_hours);

/** Whether it is closed on days of a kind (notice/holidays.h), exceptions
    aside. */
bool policy_chat_is_closed_on(const struct policy *policy, enum holiday kind);

/**
 * Weekly hours as people write them, such as "ma–to 9–16; pe 9–15";
 * nothing if the policy has no chats. Holidays are not told by it.
 */
void policy_chat_hours_text(const struct policy *policy,
			    enum notice_language language, FILE *out);

/**
 * What visitors read before the first message: that it is recorded, and for
 * how long it is kept (S21).
 *
 * @param[out] line  one or two sentences; empty if the policy has no chats
 */
void policy_chat_line(const struct policy *policy,
		      enum notice_language language,
		      char line[CHANNEL_LINE_SIZE]);

#endif
