/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file log_end.h
 * When entries of the audit log come to their end.
 *
 * The policy says how long they are kept from the civil day on which they
 * were written (log.retention). They are kept to the end of that period and
 * erased from 00:00 of the day after it. As with items, what was promised
 * when an entry was written holds for it, and a shorter promise made later
 * as well, but never a longer one (privacy rules, C17 and C18): so each
 * promise is remembered with the day from which it holds. Days are those of
 * the policy's zone, which should be the vault's too.
 */
#ifndef TALLENNE_REGISTER_LOG_END_H
#define TALLENNE_REGISTER_LOG_END_H

#include "register/books.h"

/**
 * Remember what the policy in force promises of the log, if that differs
 * from what was promised last. Within a transaction, or alone.
 *
 * @return 0 or -ENOSPC
 */
MUST int log_end_promise(struct books *books);

/**
 * The first day whose entries are still kept at an instant.
 *
 * @return entries of all days before it are due; 0: none is, because no end
 *         was ever promised, or there is no policy
 */
seal_date log_end_before(struct books *books, nanoseconds now);

#endif
