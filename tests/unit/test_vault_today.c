/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "vault/today.h"

#define HOUR (3600 * NS_PER_S)
#define DAY (24 * HOUR)

static nanoseconds system_now(void)
{
	return clock_now(&clock_system);
}

static void a_clock_that_goes_on_is_believed(void **state)
{
	const nanoseconds now = system_now();
	struct today today =
		today_start(clock_system, 36 * HOUR, now - 35 * HOUR);

	(void)state;
	assert_true(today_now(&today) - now < HOUR);
	assert_true(today_now(&today) >= now);
	assert_false(today.is_paused);
}

static void the_first_start_has_nothing_to_compare_with(void **state)
{
	struct today today = today_start(clock_system, 36 * HOUR, 0);

	(void)state;
	assert_true(system_now() - today_now(&today) < HOUR);
	assert_false(today.is_paused);
}

static void a_jump_ahead_is_not_believed_until_confirmed(void **state)
{
	const nanoseconds now = system_now();
	struct today today = today_start(clock_system, 36 * HOUR, now);

	(void)state;
	(void)today_now(&today);
	today.clock.ahead = 10 * 365 * DAY;
	assert_true(today_now(&today) < now + HOUR);
	assert_true(today.is_paused);
	/* Set right again, it goes on as if nothing had been. */
	today.clock.ahead = 0;
	assert_true(today_now(&today) < now + HOUR);
	assert_false(today.is_paused);

	today.clock.ahead = 10 * 365 * DAY;
	(void)today_now(&today);
	today_confirm(&today);
	assert_true(today_now(&today) >= now + 10 * 365 * DAY);
	assert_false(today.is_paused);
}

static void a_jump_while_the_vault_was_off_is_not_believed(void **state)
{
	const nanoseconds now = system_now();
	struct today today =
		today_start(clock_system, 36 * HOUR, now - 37 * HOUR);

	(void)state;
	assert_true(today_now(&today) < now - 36 * HOUR);
	assert_true(today.is_paused);
	/* Nor is it by starting once more: what it wrote down is old. */
	today = today_start(clock_system, 36 * HOUR, today_now(&today));
	(void)today_now(&today);
	assert_true(today.is_paused);
}

static void time_that_was_written_down_never_runs_back(void **state)
{
	const nanoseconds now = system_now();
	struct today today =
		today_start(clock_system, 36 * HOUR, now + 400 * DAY);

	(void)state;
	assert_true(today_now(&today) >= now + 400 * DAY);
	today = today_start(clock_system, 36 * HOUR, now);
	today.clock.ahead = -10 * 365 * DAY;
	assert_true(today_now(&today) >= now);
	assert_false(today.is_paused);
}

static void small_steps_do_not_add_up_to_a_jump(void **state)
{
	const nanoseconds now = system_now();
	struct today today = today_start(clock_system, 36 * HOUR, now);

	(void)state;
	for (int hours = 0; hours <= 30 * 24; hours += 20) {
		today.clock.ahead = hours * HOUR;
		(void)today_now(&today);
	}
	assert_true(today.is_paused);
	assert_true(today_now(&today) < now + 37 * HOUR);
}

static void without_a_limit_any_time_is_believed(void **state)
{
	struct clock ahead = { .ahead = 800 * DAY };
	struct today today = today_start(ahead, 0, system_now());

	(void)state;
	assert_true(today_now(&today) > system_now() + 799 * DAY);
	assert_false(today.is_paused);
}

static void dates_are_those_of_the_zone(void **state)
{
	(void)state;
	/* 2027-03-27T22:30Z is the 28th in Helsinki, before summer time. */
	assert_int_equal(today_date(1806186600LL * NS_PER_S), 20270328);
	/* 2027-06-30T20:59:59Z and a second later, in summer time. */
	assert_int_equal(today_date(1814389199LL * NS_PER_S), 20270630);
	assert_int_equal(today_date(1814389200LL * NS_PER_S), 20270701);
	assert_int_equal(today_add(20271231, 1), 20280101);
	assert_int_equal(today_add(20280228, 1), 20280229);
	assert_int_equal(today_add(20270228, 1), 20270301);
	assert_int_equal(today_add(20261123, 1199), 20300306);
	assert_int_equal(today_add(20270301, -1), 20270228);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_goes_on_is_believed),
		cmocka_unit_test(the_first_start_has_nothing_to_compare_with),
		cmocka_unit_test(a_jump_ahead_is_not_believed_until_confirmed),
		cmocka_unit_test(
			a_jump_while_the_vault_was_off_is_not_believed),
		cmocka_unit_test(time_that_was_written_down_never_runs_back),
		cmocka_unit_test(small_steps_do_not_add_up_to_a_jump),
		cmocka_unit_test(without_a_limit_any_time_is_believed),
		cmocka_unit_test(dates_are_those_of_the_zone),
	};

	(void)setenv("TZ", "/usr/share/zoneinfo/Europe/Helsinki", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
