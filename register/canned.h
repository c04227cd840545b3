/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file canned.h
 * Canned answers: what agents say often, in three languages.
 *
 * Whose role may change any of them (roles_row.canned) sees all: an agent
 * changes the own ones, a supervisor every one. The owner is who wrote it
 * last and so answers for it. Each change is in the audit log, by its id and
 * without the text; the texts themselves tell of nobody and have no end
 * date but a day by which they are to be looked at again.
 */
#ifndef TALLENNE_REGISTER_CANNED_H
#define TALLENNE_REGISTER_CANNED_H

#include "register/books.h"
#include "register/register.h"

/** Answer DESK_CANNED, DESK_CANNED_PUT and DESK_CANNED_DROP. */
void canned_tell(struct books *books, const struct desk_canned_ask *ask,
		 struct desk_canned *ret_answer);
void canned_put(struct books *books, const struct desk_canned_put *ask,
		struct desk_canned *ret_answer);
void canned_drop(struct books *books, const struct desk_canned_ask *ask,
		 struct desk_canned *ret_answer);

#endif
