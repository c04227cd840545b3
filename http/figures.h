/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file figures.h
 * Pages of counters (base/counters.h) as OpenMetrics text.
 */
#ifndef TALLENNE_HTTP_FIGURES_H
#define TALLENNE_HTTP_FIGURES_H

#include "base/counters.h"
#include "http/text.h"

#define FIGURES_TYPE                                                           \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"

/** The counters of a process. */
struct figures_page {
	const struct counter_page *page;
	const char *room; /**< our own literal */
	uint32_t index;	  /**< which of several processes of that room */
};

/** Write every family once, with one sample for each process. */
void figures_write(const struct figures_page *pages, size_t count,
		   struct text *out);

#endif
