/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file when.h
 * Times as visitors read them, in the zone of the policy: "9.05", "ma
 * 30.11. klo 9.00", "Mon 30 November at 09:00". Pure.
 */
#ifndef TALLENNE_COUNTER_WHEN_H
#define TALLENNE_COUNTER_WHEN_H

#include "notice/civil.h"
#include "notice/notice.h"

enum { WHEN_TEXT_SIZE = 48 };

/** The time of day; zone NULL: UTC. */
void when_clock(const struct civil_zone *zone, nanoseconds at,
		enum notice_language language, char out[WHEN_TEXT_SIZE]);

/** Weekday, date and time of day. */
void when_day(const struct civil_zone *zone, nanoseconds at,
	      enum notice_language language, char out[WHEN_TEXT_SIZE]);

/** The date alone, with its year. */
void when_date(const struct civil_zone *zone, nanoseconds at,
	       enum notice_language language, char out[WHEN_TEXT_SIZE]);
/** A civil date of the policy. */
void when_civil(seal_date date, enum notice_language language,
		char out[WHEN_TEXT_SIZE]);

#endif
