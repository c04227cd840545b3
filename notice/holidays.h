/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file holidays.h
 * The Finnish calendar: on which days there is no work.
 *
 * Computed, for every year that a policy can be about. Church holidays are
 * those of the Church Act (652/2023), the others those of their own acts:
 * Independence Day (388/1937) and May Day (272/1944). Sundays are not
 * listed: a weekday tells them. Good for 1992 and later; before that
 * Epiphany and Ascension Day were on other days.
 */
#ifndef TALLENNE_NOTICE_HOLIDAYS_H
#define TALLENNE_NOTICE_HOLIDAYS_H

#include "notice/civil.h"

/** What kind of day it is. */
enum holiday {
	HOLIDAY_NONE,
	HOLIDAY_PUBLIC, /**< New Year, Epiphany, Easter, May Day ... */
	HOLIDAY_EVE,	/**< Midsummer Eve or Christmas Eve: no holiday by
			     law, but offices are closed */
};

/** What kind of day a date of the Gregorian calendar is. */
enum holiday holiday_of(seal_date date);

/** Easter Sunday of a year. */
seal_date holiday_easter(int year);

#endif
