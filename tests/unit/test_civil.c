/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "notice/civil.h"

static struct civil_zone *helsinki;

static nanoseconds utc(const char *text)
{
	struct tm at = { 0 };

	assert_non_null(strptime(text, "%Y-%m-%dT%H:%M:%SZ", &at));
	return timegm(&at) * NS_PER_S;
}

/* The vectors of privacy-rules 5.2, zone Europe/Helsinki. */
static const struct vector {
	const char *anchor;
	int months;
	seal_date day, end;
	const char *eligible, *gone;
} vectors[] = {
	{ "2026-01-15T09:00:00Z", 6, 20260115, 20260715, "2026-07-14T21:00:00Z",
	  "2026-07-15T21:00:00Z" },
	{ "2025-08-29T09:00:00Z", 6, 20250829, 20260228, "2026-02-27T22:00:00Z",
	  "2026-02-28T22:00:00Z" },
	{ "2025-08-30T09:00:00Z", 6, 20250830, 20260228, "2026-02-27T22:00:00Z",
	  "2026-02-28T22:00:00Z" },
	{ "2025-08-31T09:00:00Z", 6, 20250831, 20260228, "2026-02-27T22:00:00Z",
	  "2026-02-28T22:00:00Z" },
	{ "2027-08-31T09:00:00Z", 6, 20270831, 20280229, "2028-02-28T22:00:00Z",
	  "2028-02-29T22:00:00Z" },
	{ "2025-10-31T09:00:00Z", 6, 20251031, 20260430, "2026-04-29T21:00:00Z",
	  "2026-04-30T21:00:00Z" },
	{ "2026-01-14T22:30:00Z", 6, 20260115, 20260715, "2026-07-14T21:00:00Z",
	  "2026-07-15T21:00:00Z" },
	{ "2026-06-30T21:30:00Z", 6, 20260701, 20270101, "2026-12-31T22:00:00Z",
	  "2027-01-01T22:00:00Z" },
	{ "2026-06-30T20:59:59Z", 6, 20260630, 20261230, "2026-12-29T22:00:00Z",
	  "2026-12-30T22:00:00Z" },
	{ "2026-03-29T00:59:59Z", 6, 20260329, 20260929, "2026-09-28T21:00:00Z",
	  "2026-09-29T21:00:00Z" },
	{ "2026-10-25T00:30:00Z", 6, 20261025, 20270425, "2027-04-24T21:00:00Z",
	  "2027-04-25T21:00:00Z" },
	{ "2026-10-25T01:30:00Z", 6, 20261025, 20270425, "2027-04-24T21:00:00Z",
	  "2027-04-25T21:00:00Z" },
	{ "2028-02-29T10:00:00Z", 12, 20280229, 20290228,
	  "2029-02-27T22:00:00Z", "2029-02-28T22:00:00Z" },
	{ "2028-02-29T10:00:00Z", 24, 20280229, 20300228,
	  "2030-02-27T22:00:00Z", "2030-02-28T22:00:00Z" },
	{ "2025-12-31T21:59:59Z", 6, 20251231, 20260630, "2026-06-29T21:00:00Z",
	  "2026-06-30T21:00:00Z" },
	{ "2025-12-31T22:00:00Z", 6, 20260101, 20260701, "2026-06-30T21:00:00Z",
	  "2026-07-01T21:00:00Z" },
};

static void every_vector_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		seal_date day = civil_date(helsinki, utc(v->anchor));
		seal_date end = civil_add_months(day, v->months);

		assert_int_equal(day, v->day);
		assert_int_equal(end, v->end);
		assert_int_equal(civil_midnight(helsinki, end),
				 utc(v->eligible));
		assert_int_equal(
			civil_midnight(helsinki, civil_add_days(end, 1)),
			utc(v->gone));
	}
}

/* An independent way: step back from month overflow, as the law reads. */
static void months_never_reach_into_the_next_one(void **state)
{
	(void)state;
	for (seal_date d = 20250101; d < 20290101; d = civil_add_days(d, 1)) {
		seal_date end = civil_add_months(d, 6);
		seal_date month = (d / 100 % 100 + 5) % 12 + 1;

		assert_true(civil_is_date(end));
		assert_int_equal(end / 100 % 100, month);
		assert_true(end % 100 <= d % 100);
		if (end % 100 < d % 100)
			assert_int_equal(civil_add_days(end, 1) % 100, 1);
	}
}

static void days_count_on_through_every_year(void **state)
{
	struct tm at;
	time_t t = 0;

	(void)state;
	for (seal_date d = 19700101; d < 21010101;
	     d = civil_add_days(d, 1), t += 86400) {
		gmtime_r(&t, &at);
		assert_int_equal(d, (at.tm_year + 1900) * 10000 +
					    (at.tm_mon + 1) * 100 + at.tm_mday);
	}
}

/* glibc reads the same database: hour by hour, 2000 to 2070. */
static void offsets_are_those_of_the_system(void **state)
{
	static const char *const names[] = { "Europe/Helsinki", "Europe/Dublin",
					     "Australia/Sydney",
					     "Atlantic/Azores", "UTC" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct civil_zone *zone;

		setenv("TZ", names[i], 1);
		tzset();
		assert_int_equal(civil_zone_load(names[i], &zone), 0);
		for (time_t t = 946684800; t < 3155760000; t += 3600 * 7) {
			struct tm at;

			localtime_r(&t, &at);
			assert_int_equal(civil_offset(zone, t * NS_PER_S),
					 at.tm_gmtoff);
		}
		civil_zone_free(zone);
	}
	unsetenv("TZ");
	tzset();
}

static void a_damaged_zone_is_refused(void **state)
{
	OWNED(drop_fd)
	int fd = open("/usr/share/zoneinfo/Europe/Helsinki", O_RDONLY);
	struct civil_zone *zone = NULL;
	char *bytes;
	size_t size;

	(void)state;
	assert_int_equal(file_read(fd, 1 << 20, &bytes, &size), 0);
	for (size_t cut = 0; cut < size - 40; cut++)
		assert_int_equal(civil_zone_read(bytes, cut, &zone), -EBADMSG);
	assert_int_equal(civil_zone_load("../../etc/passwd", &zone), -EINVAL);
	assert_int_equal(civil_zone_load("Nowhere/Land", &zone), -ENOENT);
	free(bytes);
}

static void what_is_no_date_is_none(void **state)
{
	static const seal_date wrong[] = { 0,	     20260229, 20260431,
					   20261301, 20260100, 19691231,
					   99999999 };

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_false(civil_is_date(wrong[i]));
	assert_true(civil_is_date(20280229));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vector_holds),
		cmocka_unit_test(months_never_reach_into_the_next_one),
		cmocka_unit_test(days_count_on_through_every_year),
		cmocka_unit_test(offsets_are_those_of_the_system),
		cmocka_unit_test(a_damaged_zone_is_refused),
		cmocka_unit_test(what_is_no_date_is_none),
	};

	if (civil_zone_load("Europe/Helsinki", &helsinki) < 0)
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	civil_zone_free(helsinki);
	return failed;
}
