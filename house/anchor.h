/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file anchor.h
 * The audit log's daily checkpoints, where others can see and keep them.
 *
 * The vault signs its log once a day and whenever it is unlocked, and gives
 * the checkpoint to the house (vault/note.h). The house keeps the last one of
 * each day in "checkpoints" of the state directory, as DATE.txt, for
 * everybody of this machine to read: it names nobody. From there the data
 * protection officer takes it. The newest is handed to the public pages, also
 * at a start at which the vault stays locked. A checkpoint that others hold
 * cannot be taken back: a log that was shortened or written anew does not fit it.
 */
#ifndef TALLENNE_HOUSE_ANCHOR_H
#define TALLENNE_HOUSE_ANCHOR_H

#include "base/bytes.h"

enum { ANCHOR_SIZE_MAX = 1024 }; /**< of a checkpoint */

/**
 * Keep a checkpoint.
 *
 * @param state  the state directory, borrowed
 * @param fd     what the vault gave, borrowed
 * @param day    the civil day in UTC, 20261130
 * @return 0; -EBADMSG: it is no checkpoint; or errno
 */
MUST int anchor_keep(int state, int fd, uint32_t day);

/**
 * The newest that was kept.
 *
 * @return a descriptor of a copy that the caller owns; -ENOENT: none ever
 *         was; or errno
 */
MUST int anchor_last(int state);

#endif
