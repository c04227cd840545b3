/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file found.h
 * The calls found in what an ended media process left, by their id.
 *
 * A table that only grows until it is forgotten as a whole; a call keeps
 * its number in it. What is done with them is finish/recover.h's.
 */
#ifndef TALLENNE_FINISH_FOUND_H
#define TALLENNE_FINISH_FOUND_H

#include "finish/recover.h"

enum found_state {
	FOUND_NEW, /**< does the register have it? */
	FOUND_ASKED_KNOWN,
	FOUND_UNKNOWN, /**< it does not: what is its key? */
	FOUND_ASKED_KEY,
	FOUND_WORKING,
	FOUND_DONE, /**< with the register, or beyond help */
};

struct found_call {
	enum found_state state;
	struct id call;
	bool has_first;
	bool is_given_up;
	struct spool_first first;
	nanoseconds not_before; /**< monotonic */
	uint32_t seen_in;	/**< segment noted last */
};

/** Empty: all zero. */
struct found {
	struct found_call *calls;
	uint32_t count;
	uint32_t room_for;
	uint32_t *index; /**< by id, open addressing; value + 1, 0: free */
};

/** The call of this id, or NULL; until the next found_make(). */
struct found_call *found_find(const struct found *found, const struct id *call);

/**
 * The same, made if there was none.
 *
 * @return 0, -ENOMEM, or -ENOSPC with RECOVER_CALLS_MAX in it
 */
MUST int found_make(struct found *found, const struct id *call,
		    struct found_call **ret_call);

/** Forget all. */
void found_forget(struct found *found);

#endif
