/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file figures.h
 * Counts for who oversees: how much there is, whether rows equal objects,
 * whether anything is overdue, how far the audit log is.
 */
#ifndef TALLENNE_REGISTER_FIGURES_H
#define TALLENNE_REGISTER_FIGURES_H

#include "register/books.h"
#include "register/play.h"
#include "register/register.h"

/**
 * Answer DESK_FIGURES, if the session may see them.
 *
 * @return whether the answer is final: a refusal. Else the vault is to be
 *         asked first, with figures_ask_vault()
 */
bool figures_refuse(struct books *books, const struct desk_ask *ask,
		    struct desk_figures *ret_answer);

/** Put the figures together, with what the vault said last. */
void figures_tell(struct books *books, struct desk_figures *ret_answer);

/** Set the gauges that are counted from the tables. Once in a while. */
void figures_count(struct books *books);

/** Called when the vault said how it stands, or did not. */
typedef void figures_fn(void *self, const struct play_way *way);

/**
 * Ask the vault how it stands; what it says is kept for the figures.
 *
 * @param done  called once, now or later; may be NULL
 */
void figures_ask_vault(struct books *books, figures_fn *done, void *self,
		       const struct play_way *way);

#endif
