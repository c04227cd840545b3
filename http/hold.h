/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file hold.h
 * Answers that come later, because another room must be asked first and
 * the loop cannot wait for it.
 *
 * The connection sleeps meanwhile and does not notice that its client has
 * left; so whoever holds one answers within seconds, in any case.
 */
#ifndef TALLENNE_HTTP_HOLD_H
#define TALLENNE_HTTP_HOLD_H

#include "http/http.h"

enum { HTTP_HELD_MAX = 256 };

struct http_held;

/**
 * Hold a request. Called from the http_act_fn, which then leaves its answer
 * as it is. What is borrowed in the request ends with that function.
 *
 * @return 0; -ENOMEM, also when HTTP_HELD_MAX are held
 */
MUST int http_hold(const struct http_request *request,
		   struct http_held **ret_held);

/**
 * Answer it. Called once for each, also for those whose server was closed
 * meanwhile.
 *
 * @param answer  given up; nothing is left in it
 */
void http_answer_held(struct http_held *held, struct http_answer *answer);

#endif
