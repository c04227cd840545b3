/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file refusal.h
 * Attempts of signed-in people to see what they may not, and how they get
 * into the audit log (Article 32 GDPR: who tries doors must be seen).
 *
 * The first attempt of a person at something for one reason is an entry
 * "access.refused" at once. What follows within REFUSAL_JOIN_S is counted
 * and one entry at its end: a loop cannot fill the log. Something that
 * never existed has no id in the entry, so guessed ids are one and the same.
 */
#ifndef TALLENNE_REGISTER_REFUSAL_H
#define TALLENNE_REGISTER_REFUSAL_H

#include "register/session.h"

enum {
	REFUSAL_JOIN_S = 600,
	REFUSAL_OPEN_MAX = 32, /**< objects of one person; then none is named */
	REFUSAL_TYPE_SIZE = 16,
	REFUSAL_DAYS = 30, /**< of which the number is told */
};

/**
 * Write down how a question ended, if it was refused: 403, 404, 451, quota.
 *
 * @param session  whose; none if it has no staff
 * @param type     what was asked for: "content", "contact", "contacts",
 *                 "readers", "chat", "chats", "seat", "canned", "note",
 *                 "levels", "set"
 * @param object   the recording or contact, if it exists or existed; or NULL
 */
void refusal_note(struct books *books, const struct session *session,
		  enum desk_result result, const char *type,
		  const struct id *object);

/** Write down what was counted long enough. Once a minute. */
void refusal_flush(struct books *books);

/** How many there were in the last REFUSAL_DAYS days. */
uint64_t refusal_count(struct books *books);

#endif
