/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file log.h
 * Going through an exported audit log, entry by entry.
 */
#ifndef TALLENNE_BACKUP_LOG_H
#define TALLENNE_BACKUP_LOG_H

#include <jansson.h>

#include "base/base.h"

/** Called for each entry that still has its payload; errno ends it. */
typedef int backup_entry_fn(void *self, uint64_t seq, json_t *entry);

/**
 * Read a log that was verified before (vault/verify.h).
 *
 * @param from  number of the first entry that is told
 * @return 0, -EBADMSG, or errno
 */
MUST int backup_log_each(int log, uint64_t from, backup_entry_fn *each,
			 void *self);

#endif
