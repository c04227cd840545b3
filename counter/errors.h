/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file errors.h
 * What went wrong, told to people as a page and to scripts as a message of
 * the protocol.
 */
#ifndef TALLENNE_COUNTER_ERRORS_H
#define TALLENNE_COUNTER_ERRORS_H

#include "counter/visit.h"

enum problem {
#define PROBLEM(name, result, status, code) PROBLEM_##name,
#include "counter/problems.def"
#undef PROBLEM
	PROBLEMS
};

/** Make the answer this problem. */
void error_show(struct visit *visit, enum problem problem);

/** The same for what chat said; not for CHAT_OK. */
void error_result(struct visit *visit, enum chat_result result,
		  const uint8_t *id, uint32_t retry_ms);

/** Too much from this network: says when it may go on. */
void error_limited(struct visit *visit, uint32_t wait_ms);

#endif
