/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file rights.h
 * Telling what each role may ask for at all, and which policy decides the
 * rest, so that staff read the rules that bind and no copy of them.
 */
#ifndef TALLENNE_REGISTER_RIGHTS_H
#define TALLENNE_REGISTER_RIGHTS_H

#include "register/books.h"
#include "register/register.h"

/** The answer to DESK_RULES, for anyone signed in. */
void rights_tell(struct books *books, const struct desk_ask *ask,
		 struct desk_rules *ret_answer);

#endif
