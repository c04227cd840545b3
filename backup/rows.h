/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file rows.h
 * A copy of the register's database cut by end dates, and put together again.
 *
 * The copy as a whole is sealed to one date. Rows that end before it must
 * not live until then: they are taken out into files of their own, each
 * sealed to the end of its rows. What is held stays in the whole.
 */
#ifndef TALLENNE_BACKUP_ROWS_H
#define TALLENNE_BACKUP_ROWS_H

#include "backup/pool.h"
#include "db/db.h"

/**
 * Called for each object that the copy knows, in order of ids.
 *
 * @param hash     of the object as the register has it
 * @param wrapped  its key
 */
typedef int rows_object_fn(void *self, const struct pool_item *item,
			   const uint8_t hash[SEAL_HASH_SIZE],
			   const struct seal_wrapped *wrapped);
MUST int rows_each_object(struct db *db, rows_object_fn *each, void *self);

/**
 * Forget what a copy has no use for: sessions, and rows that are due already
 * and are not held.
 *
 * @param due  latest end date by class that is due; 0: none
 * @param now  seconds: which holds hold
 */
MUST int rows_forget(struct db *db, const seal_date due[SEAL_CLASSES],
		     int64_t now);

/** Earliest end date before a day of what is left and not held; 0: none. */
seal_date rows_next(struct db *db, seal_date before, int64_t now);

/** Move the rows that end by a date into an empty file; or errno. */
MUST int rows_cut(struct db *db, int tail, seal_date date, int64_t now);

/** Put rows back that were cut; what is there already stays as it is. */
MUST int rows_join(struct db *db, int tail);

/** After all were joined that can be: tell when the others had ended by. */
MUST int rows_settle(struct db *db, int64_t now);

/**
 * Erase a contact with its recordings, or one recording, as it was erased
 * before its end in the time since the copy was made.
 *
 * @param at  seconds: when that was
 * @return how many rows went, or a negative errno
 */
MUST int rows_erase(struct db *db, const struct id *item, int64_t at);

#endif
