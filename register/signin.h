/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file signin.h
 * Signing in, and the first time of it.
 *
 *	password           -> DESK_SECOND_STEP, and with the code DESK_OK
 *	one-time code      -> DESK_ENROLMENT with a TOTP secret; then
 *	                      DESK_ENROL with new password and code -> DESK_OK
 *	direct code (demo) -> DESK_OK
 *
 * What is wrong is not told: an unknown name, a wrong password and a wrong
 * code answer the same, after the same work. All tries are limited alike,
 * per name and per network (the desk counts an IPv6 /64 as one).
 */
#ifndef TALLENNE_REGISTER_SIGNIN_H
#define TALLENNE_REGISTER_SIGNIN_H

#include "register/books.h"
#include "register/desk_letters.h"

/** Answer DESK_SIGN_IN. */
void signin_try(struct books *books, const struct desk_sign_in *ask,
		struct desk_session *ret_answer);

/** Answer DESK_ENROL; DESK_INVALID: password, DESK_SECOND_STEP: code. */
void signin_enrol(struct books *books, const struct desk_enrol *ask,
		  struct desk_session *ret_answer);

#endif
