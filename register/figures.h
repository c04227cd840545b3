/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file figures.h
 * Counts for who oversees: how much there is, whether rows equal objects,
 * whether anything is overdue, how far the audit log is.
 */
#ifndef TALLENNE_REGISTER_FIGURES_H
#define TALLENNE_REGISTER_FIGURES_H

#include "register/books.h"
#include "register/register.h"

/** Answer DESK_FIGURES, if the session may see them. */
void figures_ask(struct books *books, const struct desk_ask *ask,
		 struct desk_figures *ret_answer);
/** Answer the door's DOOR_FIGURES. */
void figures_tell(struct books *books, uint64_t tag,
		  struct desk_figures *ret_answer);

/** Ask the vault how it stands; what it says is kept for the figures. */
void figures_ask_vault(struct books *books);

#endif
