/* SPDX-License-Identifier: EUPL-1.2 */
/* Texts, dates, lengths and numbers: what people read and write. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "desk/texts.h"
#include "desk/when.h"
#include "notice/civil.h"

static void every_text_is_there_in_three_languages(void **state)
{
	(void)state;
	for (int id = 0; id < TEXTS; id++)
		for (int l = 0; l < NOTICE_LANGUAGES; l++) {
			const char *text = text_of((enum text_id)id,
						   (enum notice_language)l);

			assert_non_null(text);
			assert_true(strlen(text) > 0);
			assert_null(strchr(text, '!'));
		}
}

static void a_browser_gets_the_language_it_likes_best(void **state)
{
	(void)state;
	assert_int_equal(language_accepted(SLICE("sv-FI,sv;q=0.9,en;q=0.8")),
			 NOTICE_SV);
	assert_int_equal(language_accepted(SLICE("de, en;q=0.5, fi;q=0.7")),
			 NOTICE_FI);
	assert_int_equal(language_accepted(SLICE("en;q=0")), NOTICE_FI);
	assert_int_equal(language_accepted(SLICE("EN-gb")), NOTICE_EN);
	assert_int_equal(language_accepted(SLICE("")), NOTICE_FI);
	assert_int_equal(language_accepted(SLICE(";;,,q=")), NOTICE_FI);
}

static void reads(const char *text, seal_date date)
{
	seal_date got = 0;

	assert_int_equal(when_read_date(slice_of(text), &got), 0);
	assert_int_equal(got, date);
}

static void does_not_read(const char *text)
{
	seal_date got;

	assert_int_equal(when_read_date(slice_of(text), &got), -EINVAL);
}

static void has_no_such_day(const char *text)
{
	seal_date got;

	assert_int_equal(when_read_date(slice_of(text), &got), -EDOM);
}

static void dates_are_read_as_people_write_them(void **state)
{
	(void)state;
	reads("1.10.2026", 20261001);
	reads(" 01.10.2026 ", 20261001);
	reads("1. 10. 2026", 20261001);
	reads("2026-10-01", 20261001);
	reads("1/10/2026", 20261001);
	reads("29.2.2028", 20280229);
	has_no_such_day("31.2.2026");
	has_no_such_day("29.2.2026");
	has_no_such_day("31.4.2026");
	does_not_read("1.10.26");
	has_no_such_day("2026-13-01");
	does_not_read("tomorrow");
	does_not_read("");
	does_not_read("1.10.2026.5");
	does_not_read("-");
}

static void lengths_are_read_and_shown(void **state)
{
	char out[WHEN_TEXT_SIZE];
	int64_t s;

	(void)state;
	assert_int_equal(when_read_length(SLICE("90"), &s), 0);
	assert_int_equal(s, 90);
	assert_int_equal(when_read_length(SLICE("1:30"), &s), 0);
	assert_int_equal(s, 90);
	assert_int_equal(when_read_length(SLICE("1:70"), &s), -EINVAL);
	assert_int_equal(when_read_length(SLICE("1:"), &s), -EINVAL);
	assert_int_equal(when_read_length(SLICE("x"), &s), -EINVAL);
	when_length(42400, out);
	assert_string_equal(out, "0:42");
	when_length(42999, out); /* as the player and the command line */
	assert_string_equal(out, "0:42");
	when_length(3723000, out);
	assert_string_equal(out, "1:02:03");
}

static void numbers_are_shown_as_at_home(void **state)
{
	char out[WHEN_TEXT_SIZE];
	const char *tail = NULL;

	(void)state;
	when_number("+358295550100", out);
	assert_string_equal(out, "029 555 0100");
	when_number("+358405550123", out);
	assert_string_equal(out, "040 555 0123");
	when_number("+46855501234", out);
	assert_string_equal(out, "+46855501234");
	when_number("••• 123", out);
	assert_string_equal(out, "••• 123");
	assert_true(when_is_masked(out, &tail));
	assert_string_equal(tail, "123");
	assert_false(when_is_masked("040 555 0123", &tail));
	when_number("", out);
	assert_string_equal(out, "");
}

static void times_are_shown_in_three_ways(void **state)
{
	char out[WHEN_TEXT_SIZE];

	(void)state;
	when_text(1774747800, NOTICE_FI, out); /* 2026-03-29T01:30Z */
	assert_string_equal(out, "29.3.2026 klo 4.30");
	when_text(1774747800, NOTICE_SV, out);
	assert_string_equal(out, "29.3.2026 kl. 4.30");
	when_text(1774747800, NOTICE_EN, out);
	assert_string_equal(out, "29 March 2026 at 04:30");
	when_text(1774747800 - 6 * 3600, NOTICE_EN, out);
	assert_string_equal(out, "28 March 2026 at 21:30");
	when_clock(1774747800, NOTICE_FI, out);
	assert_string_equal(out, "klo 4.30");
	when_clock(1774747800, NOTICE_EN, out);
	assert_string_equal(out, "04:30");
	when_machine(1774747800, out);
	assert_string_equal(out, "2026-03-29T01:30:00Z");
}

static void the_doubled_hour_says_which_it_is(void **state)
{
	char out[WHEN_TEXT_SIZE];

	(void)state;
	when_text(1792888200, NOTICE_FI, out); /* 2026-10-25T00:30Z */
	assert_string_equal(out, "25.10.2026 klo 3.30 (kesäaika)");
	when_text(1792888200 + 3600, NOTICE_FI, out);
	assert_string_equal(out, "25.10.2026 klo 3.30 (talviaika)");
	when_text(1792888200 + 7200, NOTICE_FI, out);
	assert_string_equal(out, "25.10.2026 klo 4.30");
	when_text(1792888200 - 3600, NOTICE_FI, out);
	assert_string_equal(out, "25.10.2026 klo 2.30");
}

static void days_are_counted_by_the_calendar(void **state)
{
	(void)state;
	/* 2026-11-23T22:30Z is the 24th in Helsinki. */
	assert_int_equal(when_days_until(20261124, 1795473000), 0);
	assert_int_equal(when_days_until(20261125, 1795473000), 1);
	assert_int_equal(when_days_until(20261123, 1795473000), -1);
	assert_int_equal(when_midnight(20261124), 1795471200);
	assert_true(when_same_day(1795471200, 1795471200 + 86399));
	assert_false(when_same_day(1795471200 - 1, 1795471200));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_text_is_there_in_three_languages),
		cmocka_unit_test(a_browser_gets_the_language_it_likes_best),
		cmocka_unit_test(dates_are_read_as_people_write_them),
		cmocka_unit_test(lengths_are_read_and_shown),
		cmocka_unit_test(numbers_are_shown_as_at_home),
		cmocka_unit_test(times_are_shown_in_three_ways),
		cmocka_unit_test(the_doubled_hour_says_which_it_is),
		cmocka_unit_test(days_are_counted_by_the_calendar),
	};
	struct civil_zone *zone;
	int failed;

	if (civil_zone_load("Europe/Helsinki", &zone) < 0)
		return 77;
	when_use(zone);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	civil_zone_free(zone);
	return failed;
}
