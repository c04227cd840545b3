/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file stand.h
 * How the rooms stand, as a text for people.
 *
 * A room that ends again and again serves nobody, and its neighbours do not
 * notice. The house leaves this text in its run directory, "rooms", where
 * "tallenne doctor" reads it.
 */
#ifndef TALLENNE_HOUSE_STAND_H
#define TALLENNE_HOUSE_STAND_H

#include "house/keep.h"

/**
 * A line for each process: room, index, "ready" or "starting", when it was
 * started (seconds since the epoch, to ten), how often it was started anew.
 *
 * @param[out] ret_text  the caller owns it
 * @return 0 or -ENOMEM
 */
MUST int stand_text(struct keep *keep, char **ret_text);

#endif
