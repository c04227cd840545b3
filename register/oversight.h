/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file oversight.h
 * What an administrator did that lets somebody listen, told to those who
 * oversee and are not the administrator. The audit log has the same and
 * more; this is what nobody has to export first.
 */
#ifndef TALLENNE_REGISTER_OVERSIGHT_H
#define TALLENNE_REGISTER_OVERSIGHT_H

#include "register/books.h"
#include "register/register.h"

/**
 * Remember an act on an account, within a transaction, if its role listens.
 *
 * @param actor  as entry_uid() writes it
 * @return 0 or -ENOSPC
 */
MUST int oversight_note(struct books *books, const struct id *staff,
			enum desk_act act, uint32_t role, const char *actor);

/** Answer DESK_OVERSIGHT. */
void oversight_tell(struct books *books, const struct desk_ask *ask,
		    struct desk_oversight *ret_answer);

#endif
