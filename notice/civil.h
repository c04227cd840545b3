/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file civil.h
 * Civil dates: what day it is somewhere, and what day it is n months later.
 *
 * Months are calendar months clamped to the last day of the month
 * (Regulation 1182/71 Art. 3): 31 August + 6 months is 28 or 29 February.
 * Nothing here uses mktime(3) or the database's month arithmetic, both of
 * which overflow into March. Zones are read from the system's tz database
 * once, at start; without it: -ENOENT.
 */
#ifndef TALLENNE_NOTICE_CIVIL_H
#define TALLENNE_NOTICE_CIVIL_H

#include "base/clock.h"
#include "seal/seal.h"

struct civil_zone;

/**
 * Load a zone such as "Europe/Helsinki".
 *
 * @param tzif  contents of its TZif file (RFC 8536), borrowed
 * @param size  of it
 * @return 0, -EBADMSG or -ENOMEM
 */
MUST int civil_zone_read(const void *tzif, size_t size,
			 struct civil_zone **ret_zone);
/** The same, from the system's database, by name; before any jail. */
MUST int civil_zone_load(const char *name, struct civil_zone **ret_zone);
void civil_zone_free(struct civil_zone *zone);

/** The civil date of an instant in a zone. */
seal_date civil_date(const struct civil_zone *zone, nanoseconds instant);

/** The instant at which a civil date begins (00:00 local). */
nanoseconds civil_midnight(const struct civil_zone *zone, seal_date date);

/**
 * The instant of a time of day.
 *
 * A time that comes twice (autumn) is the first of the two, one that is
 * skipped (spring) is the instant at which the clock jumps over it; so
 * later times never come to lie before earlier ones.
 *
 * @param minutes  since 00:00, 0 to 1440
 */
nanoseconds civil_time(const struct civil_zone *zone, seal_date date,
		       int minutes);

enum { CIVIL_MONDAY, CIVIL_SATURDAY = 5, CIVIL_SUNDAY };

/** The day of the week: 0 is Monday. */
int civil_weekday(seal_date date);

/** Seconds east of UTC at an instant. */
int32_t civil_offset(const struct civil_zone *zone, nanoseconds instant);

/** The date n months later (n may be negative), clamped. */
seal_date civil_add_months(seal_date date, int months);

/** The date n days later. */
seal_date civil_add_days(seal_date date, int days);

/** Whether it is a date that exists, from 1970 to 9999. */
bool civil_is_date(seal_date date);

#endif
