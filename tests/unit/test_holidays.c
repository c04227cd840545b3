/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "notice/holidays.h"

enum { FIRST_YEAR = 2017, LAST_YEAR = 2100 };

/* Easter Sunday, Midsummer Day, All Saints' Day of each year, month and day.
 * Easter as another program (python-dateutil) reckons it. */
static const struct {
	int easter, midsummer, saints;
} years[LAST_YEAR - FIRST_YEAR + 1] = {
	{ 416, 624, 1104 }, { 401, 623, 1103 }, { 421, 622, 1102 },
	{ 412, 620, 1031 }, { 404, 626, 1106 }, { 417, 625, 1105 },
	{ 409, 624, 1104 }, { 331, 622, 1102 }, { 420, 621, 1101 },
	{ 405, 620, 1031 }, { 328, 626, 1106 }, { 416, 624, 1104 },
	{ 401, 623, 1103 }, { 421, 622, 1102 }, { 413, 621, 1101 },
	{ 328, 626, 1106 }, { 417, 625, 1105 }, { 409, 624, 1104 },
	{ 325, 623, 1103 }, { 413, 621, 1101 }, { 405, 620, 1031 },
	{ 425, 626, 1106 }, { 410, 625, 1105 }, { 401, 623, 1103 },
	{ 421, 622, 1102 }, { 406, 621, 1101 }, { 329, 620, 1031 },
	{ 417, 625, 1105 }, { 409, 624, 1104 }, { 325, 623, 1103 },
	{ 414, 622, 1102 }, { 405, 620, 1031 }, { 418, 626, 1106 },
	{ 410, 625, 1105 }, { 402, 624, 1104 }, { 421, 622, 1102 },
	{ 406, 621, 1101 }, { 329, 620, 1031 }, { 418, 626, 1106 },
	{ 402, 624, 1104 }, { 422, 623, 1103 }, { 414, 622, 1102 },
	{ 330, 621, 1101 }, { 418, 626, 1106 }, { 410, 625, 1105 },
	{ 326, 624, 1104 }, { 415, 623, 1103 }, { 406, 621, 1101 },
	{ 329, 620, 1031 }, { 411, 626, 1106 }, { 403, 625, 1105 },
	{ 422, 623, 1103 }, { 414, 622, 1102 }, { 330, 621, 1101 },
	{ 419, 620, 1031 }, { 410, 625, 1105 }, { 326, 624, 1104 },
	{ 415, 623, 1103 }, { 407, 622, 1102 }, { 419, 620, 1031 },
	{ 411, 626, 1106 }, { 403, 625, 1105 }, { 423, 624, 1104 },
	{ 407, 622, 1102 }, { 330, 621, 1101 }, { 419, 620, 1031 },
	{ 404, 626, 1106 }, { 326, 624, 1104 }, { 415, 623, 1103 },
	{ 331, 622, 1102 }, { 420, 621, 1101 }, { 411, 626, 1106 },
	{ 403, 625, 1105 }, { 416, 624, 1104 }, { 408, 623, 1103 },
	{ 330, 621, 1101 }, { 412, 620, 1031 }, { 404, 626, 1106 },
	{ 424, 625, 1105 }, { 415, 623, 1103 }, { 331, 622, 1102 },
	{ 420, 621, 1101 }, { 412, 620, 1031 }, { 328, 626, 1106 },
};

static seal_date day_of(int year, int day)
{
	return (seal_date)(year * 10000 + day);
}

static void easter_midsummer_and_all_saints_of_84_years(void **state)
{
	(void)state;
	for (int year = FIRST_YEAR; year <= LAST_YEAR; year++) {
		int midsummer = years[year - FIRST_YEAR].midsummer;
		int saints = years[year - FIRST_YEAR].saints;

		assert_int_equal(holiday_easter(year),
				 day_of(year, years[year - FIRST_YEAR].easter));
		assert_int_equal(holiday_of(day_of(year, midsummer)),
				 HOLIDAY_PUBLIC);
		assert_int_equal(holiday_of(day_of(year, saints)),
				 HOLIDAY_PUBLIC);
		assert_int_equal(
			holiday_of(civil_add_days(day_of(year, midsummer), -1)),
			HOLIDAY_EVE);
	}
}

static void no_other_day_is_a_holiday(void **state)
{
	(void)state;
	for (int year = FIRST_YEAR; year <= LAST_YEAR; year++) {
		seal_date date = day_of(year, 101);
		int holidays = 0, eves = 0;

		for (; date / 10000 == (seal_date)year;
		     date = civil_add_days(date, 1)) {
			holidays += holiday_of(date) == HOLIDAY_PUBLIC;
			eves += holiday_of(date) == HOLIDAY_EVE;
		}
		/* Thirteen, less one when Ascension Day is May Day. */
		assert_int_equal(
			holidays,
			holiday_easter(year) == day_of(year, 323) ? 12 : 13);
		assert_int_equal(eves, 2);
	}
}

/* Days as calendars have them. */
static const struct {
	seal_date date;
	enum holiday kind;
} known[] = {
	{ 20180101, HOLIDAY_PUBLIC }, { 20180106, HOLIDAY_PUBLIC },
	{ 20180330, HOLIDAY_PUBLIC }, { 20180331, HOLIDAY_NONE },
	{ 20180401, HOLIDAY_PUBLIC }, { 20180402, HOLIDAY_PUBLIC },
	{ 20180403, HOLIDAY_NONE },   { 20180501, HOLIDAY_PUBLIC },
	{ 20180510, HOLIDAY_PUBLIC }, { 20180520, HOLIDAY_PUBLIC },
	{ 20180521, HOLIDAY_NONE },   { 20180622, HOLIDAY_EVE },
	{ 20180623, HOLIDAY_PUBLIC }, { 20181103, HOLIDAY_PUBLIC },
	{ 20181206, HOLIDAY_PUBLIC }, { 20181224, HOLIDAY_EVE },
	{ 20181225, HOLIDAY_PUBLIC }, { 20181226, HOLIDAY_PUBLIC },
	{ 20181231, HOLIDAY_NONE },   { 20190619, HOLIDAY_NONE },
	{ 20200410, HOLIDAY_PUBLIC }, { 20200413, HOLIDAY_PUBLIC },
	{ 20200521, HOLIDAY_PUBLIC }, { 20200619, HOLIDAY_EVE },
	{ 20200620, HOLIDAY_PUBLIC }, { 20201031, HOLIDAY_PUBLIC },
	{ 20210626, HOLIDAY_PUBLIC }, { 20210619, HOLIDAY_NONE },
	{ 20211106, HOLIDAY_PUBLIC }, { 20211030, HOLIDAY_NONE },
	{ 20240329, HOLIDAY_PUBLIC }, { 20240401, HOLIDAY_PUBLIC },
	{ 20240509, HOLIDAY_PUBLIC }, { 20260403, HOLIDAY_PUBLIC },
	{ 20260406, HOLIDAY_PUBLIC }, { 20260514, HOLIDAY_PUBLIC },
	{ 20260524, HOLIDAY_PUBLIC }, { 20260619, HOLIDAY_EVE },
	{ 20260620, HOLIDAY_PUBLIC }, { 20261031, HOLIDAY_PUBLIC },
	{ 20261205, HOLIDAY_NONE },   { 20380425, HOLIDAY_PUBLIC },
	{ 21000328, HOLIDAY_PUBLIC },
};

static void days_are_those_of_printed_calendars(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		if (holiday_of(known[i].date) != known[i].kind)
			print_message("# %u\n", known[i].date);
		assert_int_equal(holiday_of(known[i].date), known[i].kind);
	}
}

static void weekdays_go_on_through_leap_years(void **state)
{
	int weekday = civil_weekday(19700101);

	(void)state;
	assert_int_equal(weekday, 3);
	assert_int_equal(civil_weekday(20261129), CIVIL_SUNDAY);
	assert_int_equal(civil_weekday(20000228), CIVIL_MONDAY);
	for (seal_date date = 19700101; date < 21010101;
	     date = civil_add_days(date, 1), weekday = (weekday + 1) % 7)
		assert_int_equal(civil_weekday(date), weekday);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(easter_midsummer_and_all_saints_of_84_years),
		cmocka_unit_test(no_other_day_is_a_holiday),
		cmocka_unit_test(days_are_those_of_printed_calendars),
		cmocka_unit_test(weekdays_go_on_through_leap_years),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
