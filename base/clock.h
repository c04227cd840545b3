/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file clock.h
 * What time it is, as a parameter.
 *
 * Every decision that depends on the date takes a clock, so that a test
 * lives through two years in a second. Durations are measured on the
 * monotonic clock and are never warped.
 */
#ifndef TALLENNE_CLOCK_H
#define TALLENNE_CLOCK_H

#include "base/base.h"

/** Nanoseconds; instants count from 1970-01-01T00:00:00Z. */
typedef int64_t nanoseconds;

enum { MS_PER_S = 1000 };

#define NS_PER_MS ((nanoseconds)1000000)
#define NS_PER_S ((nanoseconds)1000000000)

/** A source of time. */
struct clock {
	nanoseconds ahead; /**< added to the system's time */
	nanoseconds fixed; /**< if not 0: it is always this time */
};

/** The system's time. */
extern const struct clock clock_system;

/** Now, by this clock. */
nanoseconds clock_now(const struct clock *clock);

/** Now, in whole seconds since the epoch. */
int64_t clock_seconds(const struct clock *clock);

/** The monotonic clock, for durations and time-outs. */
nanoseconds clock_monotonic(void);

/** Room for an instant as RFC 3339 text with milliseconds, NUL included. */
enum { CLOCK_TEXT_SIZE = 32 };

/** An instant as "2026-11-23T18:30:00.000Z". */
void clock_text(nanoseconds instant, char out[CLOCK_TEXT_SIZE]);

/** Room for the path of a zone's file. */
enum { ZONE_PATH_SIZE = 128 };

/**
 * Where the system's database has a time zone such as "Europe/Helsinki".
 * The name comes from a file that people write: a zone, never a way
 * elsewhere.
 *
 * @return 0, or -EINVAL if this is no name of a zone
 */
MUST int clock_zone_path(const char *name, char *out, size_t size);

#endif
