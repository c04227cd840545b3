/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file restored.h
 * A state directory that was put back from a back-up (restore/restore.h).
 *
 * Until all of it is there no room may start on a part of it. What is there
 * then belongs to who restored it, for only the house knows as whom rooms
 * run: at its first start it gives it to them.
 */
#ifndef TALLENNE_HOUSE_RESTORED_H
#define TALLENNE_HOUSE_RESTORED_H

#include "house/keep.h"

/**
 * @param state  the state directory, borrowed
 * @return 0, -EBUSY if it is not whole, or another negative errno; it says
 *         what is wrong
 */
MUST int restored_settle(int state, const struct keep *keep);

#endif
