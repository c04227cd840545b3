/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file former.h
 * Taking over a log of before its days had files of their own.
 *
 * Up to version 0.1 all entries stood in clear in one file, "audit.jsonl",
 * as they are exported (vault/record.h). They become volumes, one for each
 * civil day, in the same order and with the same leaves: the tree and every
 * checkpoint stay as they are. There was no key to seal them with, so they
 * stay in clear until their time is over, and are then erased by writing
 * alone (docs/decisions/0013-the-log-dies-by-the-day.md).
 */
#ifndef TALLENNE_VAULT_FORMER_H
#define TALLENNE_VAULT_FORMER_H

#include "base/base.h"

/**
 * Make the volumes, if there is such a file. A volume that is there already
 * is left as it is, so a power cut is made good by the next start, and a file
 * that was put back later changes nothing.
 *
 * @param dir  the vault's directory, borrowed
 * @return 1 if there is such a file, 0 if not, -EBADMSG if a line of it is
 *         damaged, or errno
 */
MUST int former_take(int dir);

/** Remove it, once the log was opened and is that of its checkpoint. */
MUST int former_drop(int dir);

#endif
