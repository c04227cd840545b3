/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file rewrap.h
 * Seeing that what is held outlives the key of its date, and nothing else.
 *
 * As soon as a contact is held, the vault is asked to make a key pair for
 * it, and to seal the keys of its objects, and its caller's number, anew to
 * that pair. From then on the keys of its dates may die on time: what is
 * held is opened with its own pair, and its neighbours are not opened at
 * all. When the last hold is gone, the pair is destroyed; what has not come
 * to its end is opened with its date's key again.
 *
 * What is to be done stands in the tables (hold, held, object.held,
 * contact.caller_held) and is found there at every run: a crash of either
 * room at any step leaves it to be done again, which harms nothing. Each
 * step is asked of the vault, which writes it down first.
 */
#ifndef TALLENNE_REGISTER_REWRAP_H
#define TALLENNE_REGISTER_REWRAP_H

#include "base/loop.h"
#include "register/books.h"

struct rewrapper;

/** Called when a run is over: 0, or why not all could be done. */
typedef void rewrap_done_fn(void *self, int r);

MUST int rewrap_new(struct books *books, struct loop *loop,
		    struct rewrapper **ret_rewrapper);
void rewrap_free(struct rewrapper *rewrapper);

/** Seal anew what is held and is not yet, if it is not under way. */
void rewrap_start(struct rewrapper *rewrapper);

/**
 * The same, and destroy the pairs of who is held no more. Only for the
 * sweeper, who knows whether the clock can be believed: a hold may have
 * ended because its time has come.
 */
void rewrap_settle(struct rewrapper *rewrapper, rewrap_done_fn *done,
		   void *self);

/** Whether something that is held has nothing but the key of this date. */
bool rewrap_needs(struct books *books, const struct seal_end *end);

#endif
