/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file when.h
 * Times, dates, lengths and telephone numbers as people read and write
 * them: "29.3.2026 klo 4.30", "29 March 2026 at 04:30", "0:42",
 * "029 555 0100".
 *
 * Instants are shown in the zone of the policy. In the hour that autumn
 * repeats, the text says which of the two it is. Pure but for the zone,
 * which is set once at start.
 */
#ifndef TALLENNE_DESK_WHEN_H
#define TALLENNE_DESK_WHEN_H

#include "desk/texts.h"

enum { WHEN_TEXT_SIZE = 64 };

/** Use this zone from now on; it stays the caller's. */
void when_use(const struct civil_zone *zone);

/** An instant, in seconds since the epoch, to the minute. */
void when_text(int64_t at, enum notice_language language,
	       char out[WHEN_TEXT_SIZE]);
/** The same to the second, where start and end are what is told (S7). */
void when_exact(int64_t at, enum notice_language language,
		char out[WHEN_TEXT_SIZE]);
/** An instant to the minute, without its date. */
void when_clock(int64_t at, enum notice_language language,
		char out[WHEN_TEXT_SIZE]);
/** The same as RFC 3339, in UTC; for machines. */
void when_machine(int64_t at, char out[WHEN_TEXT_SIZE]);

/** A civil date, and the same as ISO 8601. */
void when_date(seal_date date, enum notice_language language,
	       char out[WHEN_TEXT_SIZE]);
void when_date_machine(seal_date date, char out[WHEN_TEXT_SIZE]);

/** Whether two instants are of the same civil date. */
bool when_same_day(int64_t one, int64_t other);

/** Whole days from now's civil date to that date; negative: over. */
int when_days_until(seal_date date, int64_t now);

/** A length, "0:42" or "1:02:03": whole seconds that have passed, here as
    in the player and on the command line. */
void when_length(uint64_t ms, char out[WHEN_TEXT_SIZE]);

/**
 * Read a date as people write it: 1.10.2026, 2026-10-01, 1/10/2026.
 *
 * @return 0, -EINVAL if it is none, -EDOM if there is no such day
 */
MUST int when_read_date(struct slice text, seal_date *ret_date);
/** When a date begins in the zone, in seconds. */
int64_t when_midnight(seal_date date);
/** Read "90" or "1:30" as seconds; 0 or -EINVAL. */
MUST int when_read_length(struct slice text, int64_t *ret_s);

/** A number in national form if it is Finnish, else grouped. */
void when_number(const char *number, char out[WHEN_TEXT_SIZE]);
/** Whether it is masked, as "••• 123"; its last digits then. */
bool when_is_masked(const char *number, const char **ret_tail);

#endif
