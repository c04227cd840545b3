/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file limit.h
 * How often somebody may try to sign in.
 *
 * After so many free failures each further one doubles the wait, up to
 * LIMIT_WAIT_MAX_S. Counted in tables of their own, as hashes and in memory
 * only (an address is never stored, S12): so failures of one kind push none
 * of another kind out. A table forgets only what does not limit yet or is
 * older than LIMIT_FORGET_S; when it is full of others, unknown names and
 * addresses wait too.
 */
#ifndef TALLENNE_REGISTER_LIMIT_H
#define TALLENNE_REGISTER_LIMIT_H

#include "base/base.h"

enum {
	LIMITS_MAX = 1024, /**< of each kind */
	LIMIT_FREE = 5,
	LIMIT_FREE_NAME = 50, /**< strangers must not lock a person out */
	LIMIT_SPARED = 2,     /**< see limit_spares() */
	LIMIT_WAIT_MAX_S = 900,
	LIMIT_WAIT_NAME_S = 30,
	LIMIT_FORGET_S = 3600, /**< without a failure */
	LIMIT_WRITE_S = 60,    /**< between two entries in the audit log */
};

enum limit_kind {
	LIMIT_PAIR, /**< a name at an address */
	LIMIT_NAME,
	LIMIT_PEER,
	LIMIT_PEER_ONCE, /**< an address, one-time codes only */
	LIMIT_KINDS,
};

struct limit {
	uint8_t who[16];
	uint32_t failures;
	int64_t failed_at; /* seconds, monotonic */
	int64_t written_at;
};

struct limits {
	struct limit limit[LIMIT_KINDS][LIMITS_MAX];
	struct limit unknown; /* failures that belong to no account */
	uint32_t unkept;      /* failures that no table had space for */
};

/** How many seconds this one has to wait; 0: may try now. */
uint32_t limit_wait(struct limits *limits, enum limit_kind kind,
		    const uint8_t who[16], int64_t now);

/**
 * Whether this name at this address has hardly failed of late. Then what
 * strangers do to the name elsewhere does not hold it back: or one of them,
 * slow and patient, could keep a person out for ever. A guesser gains so
 * many tries for each address of theirs.
 */
bool limit_spares(struct limits *limits, const uint8_t pair[16], int64_t now);

/** It failed. */
void limit_fail(struct limits *limits, enum limit_kind kind,
		const uint8_t who[16], int64_t now);

/** It went well: forget. */
void limit_clear(struct limits *limits, enum limit_kind kind,
		 const uint8_t who[16]);

/**
 * Whether a failure is to be written down now, or counted for later.
 *
 * @param name  hash of the account's name; NULL: of no account
 */
bool limit_write(struct limits *limits, const uint8_t *name, int64_t now);

#endif
