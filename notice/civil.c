/* SPDX-License-Identifier: EUPL-1.2 */
#include "notice/civil.h"

#include "notice/civil_days.h"

enum {
	S_PER_DAY = 86400,
	MONTHS_PER_YEAR = 12,
	YEAR_MIN = 1970,
	YEAR_MAX = 9999
};

static int year_of(seal_date date)
{
	return (int)(date / 10000);
}

static int month_of(seal_date date)
{
	return (int)(date / 100 % 100);
}

static int day_of(seal_date date)
{
	return (int)(date % 100);
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30,
				    31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

static seal_date date_of(int year, int month, int day)
{
	return (seal_date)(year * 10000 + month * 100 + day);
}

bool civil_is_date(seal_date date)
{
	int year = year_of(date), month = month_of(date), day = day_of(date);

	return year >= YEAR_MIN && year <= YEAR_MAX && month >= 1 &&
	       month <= MONTHS_PER_YEAR && day >= 1 &&
	       day <= days_in_month(year, month);
}

/*
 * Days since 1970-01-01 and back, by eras of 400 years that begin on the
 * first of March, so that the leap day is the last day of its year.
 */
int64_t civil_days(seal_date date)
{
	int64_t year = year_of(date) - (month_of(date) <= 2);
	int64_t era = year / 400, year_of_era = year % 400;
	int64_t month = (month_of(date) + 9) % MONTHS_PER_YEAR;
	int64_t day_of_year = (153 * month + 2) / 5 + day_of(date) - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 -
			     year_of_era / 100 + day_of_year;

	assert(civil_is_date(date));
	return era * 146097 + day_of_era - 719468;
}

seal_date civil_from_days(int64_t days)
{
	days += 719468;
	assert(days >= 0);
	int64_t era = days / 146097, day_of_era = days % 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 +
			       day_of_era / 36524 - day_of_era / 146096) /
			      365;
	int64_t day_of_year =
		day_of_era -
		(365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;
	int day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
	int month_number = (int)(month < 10 ? month + 3 : month - 9);
	int year = (int)(year_of_era + era * 400 + (month_number <= 2));

	return date_of(year, month_number, day);
}

seal_date civil_add_days(seal_date date, int days)
{
	return civil_from_days(civil_days(date) + days);
}

seal_date civil_add_months(seal_date date, int months)
{
	int total, year, month, day;

	assert(civil_is_date(date));
	total = year_of(date) * MONTHS_PER_YEAR + month_of(date) - 1 + months;
	assert(total >= YEAR_MIN * MONTHS_PER_YEAR);
	year = total / MONTHS_PER_YEAR;
	month = total % MONTHS_PER_YEAR + 1;
	day = day_of(date);
	/* "At most n months" rounds towards less: no day 31 becomes day 1. */
	if (day > days_in_month(year, month))
		day = days_in_month(year, month);
	return date_of(year, month, day);
}

static int64_t floor_days(int64_t seconds)
{
	int64_t days = seconds / S_PER_DAY;

	return days - (seconds % S_PER_DAY < 0);
}

seal_date civil_date(const struct civil_zone *zone, nanoseconds instant)
{
	int64_t seconds = instant / NS_PER_S;

	return civil_from_days(
		floor_days(seconds + civil_offset(zone, instant)));
}

nanoseconds civil_midnight(const struct civil_zone *zone, seal_date date)
{
	int64_t local = civil_days(date) * S_PER_DAY;
	int64_t instant = local - civil_offset(zone, local * NS_PER_S);

	/*
	 * The offset was taken at a neighbouring instant. Once more from
	 * there settles it: no zone changes twice within a day.
	 */
	instant = local - civil_offset(zone, instant * NS_PER_S);
	return instant * NS_PER_S;
}

static int32_t offset_at(const struct civil_zone *zone, int64_t seconds)
{
	return civil_offset(zone, seconds * NS_PER_S);
}

/* The second at which the zone's offset changes between two instants. */
static int64_t find_change(const struct civil_zone *zone, int64_t from,
			   int64_t until)
{
	int32_t before = offset_at(zone, from);

	while (until - from > 1) {
		int64_t middle = from + (until - from) / 2;

		if (offset_at(zone, middle) == before)
			from = middle;
		else
			until = middle;
	}
	return until;
}

nanoseconds civil_time(const struct civil_zone *zone, seal_date date,
		       int minutes)
{
	int64_t local = civil_days(date) * S_PER_DAY + (int64_t)minutes * 60;
	/* By the offsets around it: no zone changes twice within two days. */
	int64_t by_old = local - offset_at(zone, local - S_PER_DAY);
	int64_t by_new = local - offset_at(zone, local + S_PER_DAY);

	assert(minutes >= 0 && minutes <= S_PER_DAY / 60);
	if (by_old + offset_at(zone, by_old) == local)
		return by_old * NS_PER_S;
	if (by_new + offset_at(zone, by_new) == local)
		return by_new * NS_PER_S;
	return find_change(zone, by_new, by_old) * NS_PER_S;
}

int civil_weekday(seal_date date)
{
	return (int)((civil_days(date) + 3) % 7); /* 1970-01-01: Thursday */
}
