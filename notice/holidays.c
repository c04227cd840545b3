/* SPDX-License-Identifier: EUPL-1.2 */
#include "notice/holidays.h"

/* Holidays that are always on the same day: month and day. */
static const struct {
	int day;
	enum holiday kind;
} fixed[] = {
	{ 101, HOLIDAY_PUBLIC },  /* New Year */
	{ 106, HOLIDAY_PUBLIC },  /* Epiphany */
	{ 501, HOLIDAY_PUBLIC },  /* May Day */
	{ 1206, HOLIDAY_PUBLIC }, /* Independence Day */
	{ 1224, HOLIDAY_EVE },	  /* Christmas Eve */
	{ 1225, HOLIDAY_PUBLIC }, /* Christmas */
	{ 1226, HOLIDAY_PUBLIC }, /* second day of Christmas */
};

/* Those that go with Easter: days from Easter Sunday. */
static const int moving[] = {
	-2, /* Good Friday */
	0,  /* Easter Sunday */
	1,  /* Easter Monday */
	39, /* Ascension Day */
	49, /* Pentecost */
};

/* The calendar's own reckoning of the first full moon of spring, as Meeus
 * and others write it down; in whole numbers, without a table. */
seal_date holiday_easter(int year)
{
	int golden = year % 19, century = year / 100, rest = year % 100;
	int leap_centuries = century / 4, moon = (century + 8) / 25;
	int shift = (century - moon + 1) / 3;
	int epact = (19 * golden + century - leap_centuries - shift + 15) % 30;
	int weekday =
		(32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) %
		7;
	int late = (golden + 11 * epact + 22 * weekday) / 451;
	int day = epact + weekday - 7 * late + 114;

	return (seal_date)(year * 10000 + day / 31 * 100 + day % 31 + 1);
}

/* Whether it is the Saturday of the week that begins on a day of its year. */
static bool is_saturday_from(seal_date date, int first)
{
	seal_date begins = date / 10000 * 10000 + (seal_date)first;

	return civil_weekday(date) == CIVIL_SATURDAY && date >= begins &&
	       date < civil_add_days(begins, 7);
}

enum holiday holiday_of(seal_date date)
{
	int day = (int)(date % 10000);
	seal_date easter;

	assert(civil_is_date(date));
	easter = holiday_easter((int)(date / 10000));
	for (size_t i = 0; i < COUNT(fixed); i++)
		if (fixed[i].day == day)
			return fixed[i].kind;
	for (size_t i = 0; i < COUNT(moving); i++)
		if (civil_add_days(easter, moving[i]) == date)
			return HOLIDAY_PUBLIC;
	/* Midsummer Day from 20 June, All Saints' Day from 31 October. */
	if (is_saturday_from(date, 620) || is_saturday_from(date, 1031))
		return HOLIDAY_PUBLIC;
	if (is_saturday_from(civil_add_days(date, 1), 620))
		return HOLIDAY_EVE;
	return HOLIDAY_NONE;
}
