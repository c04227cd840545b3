/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file levels.h
 * Figures of the level of service (S4): how many contacts were answered and
 * how long they took or waited, by service number or queue, by day, by hour.
 *
 * Counted when they are asked for and kept nowhere. Only whole civil months
 * that are over and of which nothing has come to its end yet: a month that
 * still grows or already shrinks would tell of single contacts to who looks
 * twice. Days and hours are told for one unit at a time and never together,
 * and no sum over units, so that the total of the unit is all there is to
 * subtract from (register/suppress.h). Callers are not looked at at all.
 */
#ifndef TALLENNE_REGISTER_LEVELS_H
#define TALLENNE_REGISTER_LEVELS_H

#include "register/books.h"
#include "register/register.h"

enum { LEVELS_ROWS_MAX = 250000 }; /**< contacts of one unit in a month */

/** Answer DESK_LEVELS. */
void levels_tell(struct books *books, const struct desk_levels *ask,
		 struct desk_levels_are *ret_answer);

/**
 * The same for nobody, without an entry: for the proof of S4.
 *
 * @param ret_answer  head, token and result of it are not filled in
 */
enum desk_result levels_count(struct books *books,
			      const struct desk_levels *ask,
			      struct desk_levels_are *ret_answer);

#endif
