/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file reconcile.h
 * Rows = objects, as two numbers, and what does not fit.
 *
 * The store is looked through one folder in a turn of the loop. An object
 * without a row is what a crash left between storing and committing; older
 * than an hour it is removed, and that is written down. A row without an
 * object is never removed: somebody has to look at it.
 */
#ifndef TALLENNE_REGISTER_RECONCILE_H
#define TALLENNE_REGISTER_RECONCILE_H

#include "base/loop.h"
#include "register/books.h"

enum { RECONCILE_ORPHAN_S = 3600 };

struct reconciler;

MUST int reconcile_new(struct books *books, struct loop *loop,
		       struct reconciler **ret_reconciler);
void reconcile_free(struct reconciler *reconciler);

/** Start looking, unless it looks already. books->balance gets the result. */
void reconcile_start(struct reconciler *reconciler);

#endif
