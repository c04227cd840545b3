/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file metrics.h
 * The figures of all rooms as OpenMetrics text.
 */
#ifndef TALLENNE_DESK_METRICS_H
#define TALLENNE_DESK_METRICS_H

#include "desk/visit.h"

/** Name of a room by its number in the plan; NULL if there is none. */
const char *metrics_room(uint32_t room);

/** Write every family once, with one sample for each process. */
void metrics_write(const struct counters_of *pages, size_t count,
		   struct text *out);

#endif
