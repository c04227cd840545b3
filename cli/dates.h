/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file dates.h
 * Dates and numbers as people write and read them here.
 */
#ifndef TALLENNE_CLI_DATES_H
#define TALLENNE_CLI_DATES_H

#include "base/clock.h"
#include "seal/seal.h"

struct civil_zone;

enum { DATES_TEXT_SIZE = 32 };

/**
 * From now on, days and times are those of a zone, which is never freed;
 * NULL: UTC. Commands take it from the policy (door_use_zone()), so that
 * they tell the same as the desk, wherever the administrator sits.
 */
void dates_use(const struct civil_zone *zone);

/** "2026-10-01" or "1.10.2026"; 0 or -EINVAL. */
MUST int dates_read(const char *text, seal_date *ret_date);

/** Midnight at the start of a date in the zone, seconds since the epoch. */
int64_t dates_midnight(seal_date date);

/** The date of an instant in the zone. */
seal_date dates_of(int64_t seconds);

/** A date as "2026-10-01"; empty for 0. */
void dates_text(seal_date date, char out[DATES_TEXT_SIZE]);

/** An instant as "2026-10-01 14:30:05 +03:00"; empty for 0. */
void dates_time_text(int64_t seconds, char out[DATES_TEXT_SIZE]);

/** "+358295550100" as "029 555 0100"; others as they are, in groups. */
void dates_number_text(const char *number, char out[DATES_TEXT_SIZE]);

#endif
