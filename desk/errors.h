/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file errors.h
 * What went wrong, told to people as a page and to programs as a problem
 * (RFC 9457). The status code carries the state of privacy: 404 never
 * existed or is not yours, 410 has come to its end date, 451 is restricted
 * (GDPR Art. 18), 403 purpose-required was asked for without a purpose.
 */
#ifndef TALLENNE_DESK_ERRORS_H
#define TALLENNE_DESK_ERRORS_H

#include "desk/visit.h"

enum problem {
#define PROBLEM(name, result, status, slug) PROBLEM_##name,
#include "desk/problems.def"
#undef PROBLEM
	PROBLEMS
};

/** Make the answer this problem, as a page or as problem+json. */
void error_show(struct visit *visit, enum problem problem);

/** Make an answer this problem as problem+json, also where no visit is at
    hand any more. */
void error_json(struct http_answer *answer, enum problem problem,
		enum notice_language language);

/** The same for what the register said; not for DESK_OK. */
void error_result(struct visit *visit, enum desk_result result);

#endif
