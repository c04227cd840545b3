/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file chats.h
 * Stored chats: the search for them, and their table.
 */
#ifndef TALLENNE_DESK_CHATS_H
#define TALLENNE_DESK_CHATS_H

#include "desk/filter.h"

/** What the filter fields held, as typed. */
struct chats_filter {
	struct filter_span span;
	char agent[FILTER_FIELD_SIZE], queue[FILTER_FIELD_SIZE];
	char language[FILTER_FIELD_SIZE];
	bool with_empty;
	bool is_bad;
};

/** Read the filters of a request's query into the question. */
void chats_read(const struct visit *visit, struct chats_filter *ret_filter,
		struct desk_chats *ret_question);

/** The query of the next page; before 0: of the newest. */
void chats_next(const struct chats_filter *filter, uint64_t before,
		struct text *out);

/** A queue's name in the policy in force; its id if it has none there. */
const char *chats_queue(const struct visit *visit, const char *id);
/** A language by its name; its code if it is none of ours. */
const char *chats_language(const struct visit *visit, const char *code);
/** Why a chat ended. */
const char *chats_reason(const struct visit *visit, uint32_t reason);
/** Labels of what is special about it. */
void chats_labels(struct visit *visit, const struct desk_chat_row *row);
/** Its length in milliseconds; 0: not known (any more). */
uint64_t chats_length(const struct desk_chat_row *row);

#endif
