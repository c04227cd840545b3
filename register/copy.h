/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file copy.h
 * A copy of the database for a back-up, made while the register works.
 *
 * It is copied some pages in a turn of the loop, so nobody waits for it; a
 * change in between is copied as well. It has no name when it is handed
 * over, and what a crash leaves is removed at the next start.
 */
#ifndef TALLENNE_REGISTER_COPY_H
#define TALLENNE_REGISTER_COPY_H

#include "base/loop.h"
#include "register/books.h"
#include "register/register.h"

struct copier;

/**
 * Called when it is done, or cannot be.
 *
 * @param fds  to send along with the answer, borrowed
 */
typedef void copy_done_fn(void *self, struct door_copy *answer,
			  const struct letter_fds *fds);

/** Make it; both are borrowed. Removes what a crash left. */
MUST int copy_new(struct books *books, struct loop *loop,
		  struct copier **ret_copier);
void copy_free(struct copier *copier);

/** Begin; 0 or -EBUSY. */
MUST int copy_start(struct copier *copier, copy_done_fn *done, void *self);

#endif
