/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file metrics.h
 * The figures of all rooms as OpenMetrics text.
 */
#ifndef TALLENNE_DESK_METRICS_H
#define TALLENNE_DESK_METRICS_H

#include "desk/visit.h"

/** Write every family once, with one sample for each process. */
void metrics_write(const struct counters_of *pages, size_t count,
		   struct text *out);

#endif
