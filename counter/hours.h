/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file hours.h
 * Whether a chat may be begun now, as chat says it.
 */
#ifndef TALLENNE_COUNTER_HOURS_H
#define TALLENNE_COUNTER_HOURS_H

#include "counter/visit.h"

/** Say it on a page; whether it is open. */
bool hours_say(struct visit *visit);

#endif
