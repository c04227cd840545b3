/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file failure.h
 * Tries to sign in that failed, on their way into the audit log.
 *
 * Strangers must not be able to fill the log, so failures are counted and
 * an entry stands for many. The counts are in the table, durably, before
 * the failure is answered: no restart and no crash loses one. Only without
 * space they wait in memory (struct limits), until there is some.
 */
#ifndef TALLENNE_REGISTER_FAILURE_H
#define TALLENNE_REGISTER_FAILURE_H

#include "register/books.h"

enum { FAILURE_REASON_SIZE = 16 };

/**
 * Count one failure.
 *
 * @param staff   whose account, or NULL: of no account
 * @param reason  "password", "code", "once", "enrol"
 * @param write   write what is counted of this account into the log now
 */
void failure_count(struct books *books, const struct id *staff,
		   const char *reason, bool write);

/**
 * Write into the log what waits.
 *
 * @param wait_s  only what has waited for so long; 0: all of it
 */
void failure_flush(struct books *books, int64_t wait_s);

#endif
