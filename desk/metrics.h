/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file metrics.h
 * Whose figures /metrics shows.
 */
#ifndef TALLENNE_DESK_METRICS_H
#define TALLENNE_DESK_METRICS_H

#include "desk/visit.h"

/** Name of a room by its number in the plan; NULL if there is none. */
const char *metrics_room(uint32_t room);

#endif
