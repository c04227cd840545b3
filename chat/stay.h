/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file stay.h
 * How long conversations stay: time-outs with a warning, closing time,
 * agents who do not come back, and what is over and told.
 *
 * A conversation in which nobody says or does anything is ended after a
 * while, and both sides are warned before: either may stay. One whose
 * visitor has no connection is ended sooner. One whose agent has no page
 * open goes back to the queue, to its old place. What waits at closing
 * time is ended: nobody will come.
 */
#ifndef TALLENNE_CHAT_STAY_H
#define TALLENNE_CHAT_STAY_H

#include "chat/hall.h"

/** Seconds until it is ended, when that is to be warned of; else 0. */
uint32_t stay_closes_in(const struct hall *hall,
			const struct conversation *conversation);

/** Do what time brings to all conversations; about once a second. */
void stay_tick(struct hall *hall);

#endif
