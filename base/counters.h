/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file counters.h
 * Figures that a room shows to the outside, on a page of shared memory.
 *
 * The house makes one page per process and keeps it, so a restarted room
 * goes on counting where it stopped; the desk reads all pages and prints
 * them for /metrics. A page describes itself: name, help and value. Names
 * and helps are literals of the program, never data.
 */
#ifndef TALLENNE_COUNTERS_H
#define TALLENNE_COUNTERS_H

#include <stdatomic.h>

#include "base/base.h"

enum { COUNTERS_MAX = 96, COUNTER_NAME_SIZE = 64, COUNTER_HELP_SIZE = 112 };

enum counter_kind {
	COUNTER_NONE,  /**< the slot is free */
	COUNTER_TOTAL, /**< only grows; its name ends in _total */
	COUNTER_GAUGE, /**< goes up and down */
};

struct counter {
	char name[COUNTER_NAME_SIZE]; /**< [a-z_]+, with prefix tallenne_ */
	char help[COUNTER_HELP_SIZE]; /**< one sentence */
	uint64_t kind;		      /**< enum counter_kind */
	_Atomic uint64_t value;
};

struct counter_page {
	struct counter counter[COUNTERS_MAX];
};

/**
 * Use this page. Without it, counting works but nobody sees it.
 *
 * @param fd  memory file of sizeof(struct counter_page), borrowed
 */
MUST int counters_open(int fd);

/**
 * Find or make a counter. Call once at start and keep the pointer.
 *
 * @param name  without the prefix "tallenne_"
 * @return never NULL; when the page is full, a counter nobody sees
 */
struct counter *counter_new(enum counter_kind kind, const char *name,
			    const char *help);

/** The page that is in use. */
const struct counter_page *counters_page(void);

static inline void counter_add(struct counter *counter, uint64_t amount)
{
	atomic_fetch_add_explicit(&counter->value, amount,
				  memory_order_relaxed);
}

static inline void counter_set(struct counter *counter, uint64_t value)
{
	atomic_store_explicit(&counter->value, value, memory_order_relaxed);
}

#endif
