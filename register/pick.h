/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file pick.h
 * Training sets (S3) and samples: making, changing and showing them.
 *
 * Rows that name recordings, and nothing else: a foreign key takes a
 * recording out with its row, so nothing here can outlive one. What is
 * there is shown to whom the policy in force grants the purpose with that
 * use; only who made it changes it. Contract of the letters in
 * desk_pick_letters.h.
 */
#ifndef TALLENNE_REGISTER_PICK_H
#define TALLENNE_REGISTER_PICK_H

#include "register/books.h"
#include "register/register.h"
#include "register/session.h"

/** Calls that a sample may be drawn from. */
enum { PICK_POPULATION_MAX = 250000 };

/** Answer DESK_PICK_MAKE, DESK_PICK_CHANGE, DESK_PICKS and DESK_PICK. */
void pick_make(struct books *books, const struct desk_pick_make *ask,
	       struct desk_picked *ret_answer);
void pick_change(struct books *books, const struct desk_pick_change *ask,
		 struct desk_picked *ret_answer);
void pick_list(struct books *books, const struct desk_picks *ask,
	       struct desk_pick_rows *ret_answer);
void pick_show(struct books *books, const struct desk_pick_ask *ask,
	       struct desk_pick_whole *ret_answer);

/**
 * Remove the picks whose day is over, or whose purpose the policy in force
 * no longer grants to anybody with that use. Each is an entry. Called once
 * in a while; until then such a pick is shown to nobody.
 */
void pick_end(struct books *books);

/**
 * Draw a sample: of the recordings that fit, those whose rank is lowest,
 * which is BLAKE2b of a recording's id under the seed. So whoever has seed
 * and register draws the same again, and what has died meanwhile moves
 * none of the others.
 *
 * @param team  whose agents' calls alone; empty: all
 * @param[in,out] draw  its population is counted
 * @param[out] ret_call  in order of their rank
 * @param[out] ret_count  how many were drawn
 * @return DESK_OK; DESK_FULL: of more than PICK_POPULATION_MAX
 */
enum desk_result pick_draw(struct books *books, const char *team,
			   struct desk_draw *draw,
			   struct id ret_call[DESK_PICK_ALL],
			   uint32_t *ret_count);

#endif
