/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file origin.h
 * Whether a page may hold the chat: its origin is one of a list, to the
 * letter.
 *
 * Pure. An origin is scheme, host and port as browsers serialise it (RFC
 * 6454, 6.2): lower case, no default port, nothing after it. Two origins
 * are the same when they are the same text; no part is ever searched for
 * in another, so "https://agency.example.evil.example" is none of ours.
 */
#ifndef TALLENNE_COUNTER_ORIGIN_H
#define TALLENNE_COUNTER_ORIGIN_H

#include "base/bytes.h"

enum { ORIGIN_SIZE = 280 }; /**< scheme, a host of 255, a port, NUL */

/** Whether a text is an origin as browsers write it, http or https. */
bool origin_is_one(struct slice text);

/**
 * The origin of a request's own server, as a browser would write it.
 *
 * @param host  the Host field
 * @return 0, or -EINVAL if host is none
 */
MUST int origin_of_host(bool secure, struct slice host, char out[ORIGIN_SIZE]);

#endif
