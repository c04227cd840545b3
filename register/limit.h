/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file limit.h
 * How often somebody may try to sign in.
 *
 * After LIMIT_FREE failures each further one doubles the wait, up to
 * LIMIT_WAIT_MAX_S. Counted per user name and per address, both as hashes
 * and in memory only: an address is never stored (S12). A full table
 * forgets the oldest.
 */
#ifndef TALLENNE_REGISTER_LIMIT_H
#define TALLENNE_REGISTER_LIMIT_H

#include "base/base.h"

enum {
	LIMITS_MAX = 1024,
	LIMIT_FREE = 5,
	LIMIT_WAIT_MAX_S = 900,
	LIMIT_FORGET_S = 3600, /**< without a failure */
};

struct limit {
	uint8_t who[16];
	uint32_t failures;
	int64_t failed_at; /* seconds, monotonic */
};

struct limits {
	struct limit limit[LIMITS_MAX];
};

/** How many seconds this one has to wait; 0: may try now. */
uint32_t limit_wait(struct limits *limits, const uint8_t who[16], int64_t now);

/** It failed. */
void limit_fail(struct limits *limits, const uint8_t who[16], int64_t now);

/** It went well: forget. */
void limit_clear(struct limits *limits, const uint8_t who[16]);

#endif
