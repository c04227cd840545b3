/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file sweep.h
 * Erasing what has come to its end (S19, S20).
 *
 * For each end date that is due: what is held is sealed to the key pair of
 * its hold (register/rewrap.h); then the vault destroys the key of that
 * date, writing it down, so everything of it is unreadable in every copy;
 * then objects and rows go, leaving tombstones; last, the vault forgets what
 * it wrote down on days whose time is over (register/log_end.h). A crash at any step is
 * finished by the next run. A locked or absent vault does not lengthen the
 * life of a recording: an hour before the last moment objects go anyway,
 * and the key follows when the vault is back.
 *
 * The clock has to be believed by three: the policy's clock, the vault's
 * own (it refuses what is not due), and the machine's boot clock. When the
 * time jumps by more than an hour against the boot clock, or runs behind
 * what was seen before, or is more than 36 hours later than that after a
 * restart, nothing is erased and no hold ends until a person runs the sweep
 * by command (C21, T22).
 */
#ifndef TALLENNE_REGISTER_SWEEP_H
#define TALLENNE_REGISTER_SWEEP_H

#include "base/loop.h"
#include "register/books.h"
#include "register/register.h"

struct rewrapper;
struct sweeper;

/** Called when a sweep ended: 0, or why it could not erase all. */
typedef void sweep_done_fn(void *self, int r, const struct door_sweep *report);

/** Make it; all three are borrowed. */
MUST int sweep_new(struct books *books, struct loop *loop,
		   struct rewrapper *rewrapper, struct sweeper **ret_sweeper);
void sweep_free(struct sweeper *sweeper);

/**
 * Start a sweep; if one is under way, wait for its end.
 *
 * @param by_person  somebody ran it: a jump of the clock is confirmed
 * @param done       may be NULL
 * @return 0; -EBUSY if somebody waits for this one already
 */
MUST int sweep_start(struct sweeper *sweeper, bool by_person,
		     sweep_done_fn *done, void *self);

/** Count what would be erased at an instant, and erase nothing. */
void sweep_count(struct books *books, nanoseconds as_of,
		 struct door_sweep *ret_report);

/** Count what must be gone by now and is not: books->overdue, an alarm. */
void sweep_count_overdue(struct books *books);

#endif
