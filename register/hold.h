/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file hold.h
 * Placing, listing and lifting holds.
 *
 * A hold keeps what there is of a contact from deletion, and nothing else:
 * a closed list of reasons (C1-C7), each with a reference and a day on
 * which somebody looks at it again. What is left of its dates' keys is not
 * the concern of this file: register/rewrap.h sees that a held contact can
 * be opened without them, and that nothing of it can when it is let go.
 *
 * No training, quality or statistics interest ever holds anything (C8).
 */
#ifndef TALLENNE_REGISTER_HOLD_H
#define TALLENNE_REGISTER_HOLD_H

#include "register/books.h"
#include "register/decide.h"
#include "register/register.h"

enum {
	HOLD_PER_CONTACT_MAX = 16,
	HOLD_REVIEW_DAYS = 30,	     /**< if no day was chosen */
	HOLD_LEGAL_REVIEW_DAYS = 90, /**< at the latest (C6) */
	HOLD_RUN_MAX = 6, /**< letters or digits in a row in a reference */
};

/**
 * Whether a reference is one to a file and not a text about a person:
 * capital letters and digits in runs of HOLD_RUN_MAX at most, joined by
 * '/', '-' or '.', a letter first and a digit somewhere.
 */
bool hold_reference_is(const char *reference, size_t size);

/**
 * Answer DOOR_HOLD_PLACE.
 *
 * @param actor  who does it, as entry_uid() writes it
 */
void hold_place(struct books *books, const struct door_hold *ask,
		const char *actor, struct door_hold *ret_answer);

/** Answer DOOR_HOLD_LIFT. */
void hold_lift(struct books *books, const struct door_hold *ask,
	       const char *actor, struct door_hold *ret_answer);

/** Answer DOOR_HOLDS. */
void hold_list(struct books *books, const struct door_list *ask,
	       struct door_hold_rows *ret_answer);

/** Lift what has expired; how many, or a negative errno. */
MUST int hold_expire(struct books *books);

/** Items beyond their end that are kept by a hold of this kind. */
uint64_t hold_count_beyond(struct books *books, enum decide_hold kind);

/** How many holds there are. */
uint64_t hold_count(struct books *books);

#endif
