/* SPDX-License-Identifier: EUPL-1.2 */
/* How much one network may do, and which pages may ask at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "counter/limit.h"
#include "counter/origin.h"

#define NOW (1000 * NS_PER_S)

static const struct limit_rate network[LIMIT_KINDS] = {
	[LIMIT_CONNECT] = { 60, 60 },
	[LIMIT_OPEN] = { 3, 3600 },
	[LIMIT_FAIL] = { 5, 600 },
};
static const struct limit_rate no_limit[LIMIT_KINDS];

static void a_bucket_gives_at_once_and_then_by_time(void **state)
{
	const struct limit_rate rate = { 10, 60 };
	struct bucket bucket = { 0 };
	nanoseconds now = NOW;

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_int_equal(bucket_take(&bucket, rate, now), 0);
	assert_int_equal(bucket_take(&bucket, rate, now), 6000);
	now += 5999 * NS_PER_MS;
	assert_in_range(bucket_take(&bucket, rate, now), 1, 10);
	now += NS_PER_MS;
	assert_int_equal(bucket_take(&bucket, rate, now), 0);
	assert_int_equal(bucket_take(&bucket, rate, now), 6000);
	/* After a long time it is full again, and not more than full. */
	now += 100000 * NS_PER_S;
	for (int i = 0; i < 10; i++)
		assert_int_equal(bucket_take(&bucket, rate, now), 0);
	assert_true(bucket_take(&bucket, rate, now) > 0);
}

static void asking_often_does_not_put_off_what_time_gives(void **state)
{
	const struct limit_rate rate = { 1, 3600 };
	struct bucket bucket = { 0 };
	nanoseconds now = NOW;
	int taken = 0;

	(void)state;
	for (int ms = 0; ms < 7201 * 1000; ms += 7) {
		taken += bucket_take(&bucket, rate, now) == 0;
		now += 7 * NS_PER_MS;
	}
	assert_int_equal(taken, 3);
}

static void time_that_goes_back_gives_nothing(void **state)
{
	const struct limit_rate rate = { 1, 1 };
	struct bucket bucket = { 0 };

	(void)state;
	assert_int_equal(bucket_take(&bucket, rate, NOW), 0);
	assert_true(bucket_take(&bucket, rate, NOW - 100 * NS_PER_S) > 0);
}

static void neighbours_share_and_strangers_do_not(void **state)
{
	static const struct {
		const char *one, *other;
		bool same;
	} pairs[] = {
		{ "192.0.2.1", "192.0.2.254", true },
		{ "192.0.2.1", "192.0.3.1", false },
		{ "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true },
		{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
		{ "::ffff:192.0.2.1", "192.0.2.77", true },
		{ "::ffff:192.0.2.1", "::ffff:192.0.3.1", false },
		{ "nonsense", "", true },
		{ "nonsense", "192.0.2.1", false },
	};
	struct limit *limit = limit_new(network, no_limit);

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++)
		assert_int_equal(
			limit_who(limit, slice_of(pairs[i].one)).hash ==
				limit_who(limit, slice_of(pairs[i].other)).hash,
			pairs[i].same);
	limit_free(limit);
}

static void a_site_has_eight_times_as_much_as_one_network(void **state)
{
	struct limit *limit = limit_new(network, no_limit);
	struct limit_who other = limit_who(limit, SLICE("2001:db8:2::1"));
	struct limit_who who;
	char address[32];
	int taken = 0;

	(void)state;
	for (int i = 0; i < 256; i++) {
		snprintf(address, sizeof(address), "2001:db8:1:%x::1", i);
		who = limit_who(limit, slice_of(address));
		for (int k = 0; k < 4; k++)
			taken += limit_take(limit, LIMIT_OPEN, who, NOW) == 0;
	}
	assert_int_equal(taken, 8 * 3);
	/* It is told when it may, and then it may once. */
	who = limit_who(limit, SLICE("2001:db8:1:ffff::1"));
	assert_int_equal(limit_take(limit, LIMIT_OPEN, who, NOW),
			 1200 * MS_PER_S / 8);
	assert_int_equal(
		limit_take(limit, LIMIT_OPEN, who, NOW + 150 * NS_PER_S), 0);
	assert_true(limit_take(limit, LIMIT_OPEN, who, NOW + 150 * NS_PER_S) >
		    0);
	/* Neither its neighbours nor IPv4 have less for it. */
	assert_int_equal(limit_take(limit, LIMIT_OPEN, other, NOW), 0);
	for (int i = 0; i < 9; i++) {
		snprintf(address, sizeof(address), "192.0.%d.1", i);
		who = limit_who(limit, slice_of(address));
		for (int k = 0; k < 3; k++)
			assert_int_equal(
				limit_take(limit, LIMIT_OPEN, who, NOW), 0);
	}
	limit_free(limit);
}

static void each_kind_has_its_own_limit(void **state)
{
	struct limit *limit = limit_new(network, no_limit);
	struct limit_who who = limit_who(limit, SLICE("192.0.2.1"));
	struct limit_who other = limit_who(limit, SLICE("198.51.100.1"));

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(limit_look(limit, LIMIT_OPEN, who, NOW), 0);
		assert_int_equal(limit_take(limit, LIMIT_OPEN, who, NOW), 0);
	}
	assert_int_equal(limit_look(limit, LIMIT_OPEN, who, NOW),
			 1200 * MS_PER_S);
	assert_int_equal(limit_take(limit, LIMIT_OPEN, who, NOW),
			 1200 * MS_PER_S);
	assert_int_equal(limit_take(limit, LIMIT_CONNECT, who, NOW), 0);
	assert_int_equal(limit_take(limit, LIMIT_OPEN, other, NOW), 0);
	assert_int_equal(
		limit_take(limit, LIMIT_OPEN, who, NOW + 1200 * NS_PER_S), 0);
	limit_free(limit);
}

static void all_together_have_a_limit_too(void **state)
{
	const struct limit_rate all[LIMIT_KINDS] = { [LIMIT_OPEN] = { 5, 60 } };
	struct limit *limit = limit_new(network, all);
	char address[32];
	int taken = 0;

	(void)state;
	for (int i = 0; i < 20; i++) {
		snprintf(address, sizeof(address), "192.0.%d.1", i);
		taken += limit_take(limit, LIMIT_OPEN,
				    limit_who(limit, slice_of(address)),
				    NOW) == 0;
	}
	assert_int_equal(taken, 5);
	limit_free(limit);
}

/* A million networks: none gets more than its own, and the table does not
   grow; who finds no place is refused. */
static void a_full_table_fails_closed_and_comes_back(void **state)
{
	struct limit *limit = limit_new(network, no_limit);
	char address[32];
	size_t refused = 0;
	struct limit_who late;

	(void)state;
	for (unsigned int i = 0; i < 200000; i++) {
		snprintf(address, sizeof(address), "%u.%u.%u.1", 1 + i / 65536,
			 i / 256 % 256, i % 256);
		refused += limit_take(limit, LIMIT_OPEN,
				      limit_who(limit, slice_of(address)),
				      NOW) > 0;
	}
	assert_true(refused >= 200000 - LIMIT_SETS * LIMIT_WAYS);
	late = limit_who(limit, SLICE("203.0.113.1"));
	assert_true(limit_take(limit, LIMIT_OPEN, late, NOW) > 0);
	/* Once the others' buckets are full again they are forgotten. */
	assert_int_equal(
		limit_take(limit, LIMIT_OPEN, late, NOW + 3600 * NS_PER_S), 0);
	limit_free(limit);
}

static void an_origin_is_what_browsers_write_and_nothing_else(void **state)
{
	static const char *const ours[] = {
		"https://www.agency.example", "https://agency.example:8443",
		"http://127.0.0.1:8080",      "https://[2001:db8::1]",
		"https://[2001:db8::1]:8443", "http://localhost:3000",
	};
	static const char *const none[] = {
		"",
		"null",
		"https://",
		"agency.example",
		"HTTPS://agency.example",
		"https://Agency.example",
		"https://agency.example/",
		"https://agency.example/page",
		"https://agency.example:443",
		"http://agency.example:80",
		"https://agency.example:0",
		"https://agency.example:08",
		"https://agency.example:",
		"https://agency.example:65536",
		"https://agency.example?a",
		"https://agency.example#a",
		"https://user@agency.example",
		"ftp://agency.example",
		"https://agency.example https://other.example",
		"https://agency.example,",
		"https://agency.example\t",
		"https://[2001:db8::1",
		"https://[]",
		"https://[x]",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ours); i++)
		if (!origin_is_one(slice_of(ours[i])))
			fail_msg("refused: %s", ours[i]);
	for (size_t i = 0; i < COUNT(none); i++)
		if (origin_is_one(slice_of(none[i])))
			fail_msg("taken: %s", none[i]);
}

static void our_own_origin_is_written_as_browsers_do(void **state)
{
	static const struct {
		bool secure;
		const char *host, *origin;
	} hosts[] = {
		{ true, "Chat.Agency.Example", "https://chat.agency.example" },
		{ true, "chat.agency.example:443",
		  "https://chat.agency.example" },
		{ true, "chat.agency.example:8443",
		  "https://chat.agency.example:8443" },
		{ false, "127.0.0.1:8081", "http://127.0.0.1:8081" },
		{ false, "127.0.0.1:80", "http://127.0.0.1" },
		{ false, "127.0.0.1:443", "http://127.0.0.1:443" },
		{ true, "[::1]:443", "https://[::1]" },
		{ true, "", NULL },
		{ true, "a/b", NULL },
		{ true, "a b", NULL },
		{ true, "a@b", NULL },
		{ true, ":443", NULL },
	};
	char out[ORIGIN_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(hosts); i++) {
		int r = origin_of_host(hosts[i].secure, slice_of(hosts[i].host),
				       out);

		assert_int_equal(r == 0, hosts[i].origin != NULL);
		assert_string_equal(out,
				    hosts[i].origin ? hosts[i].origin : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_gives_at_once_and_then_by_time),
		cmocka_unit_test(asking_often_does_not_put_off_what_time_gives),
		cmocka_unit_test(time_that_goes_back_gives_nothing),
		cmocka_unit_test(neighbours_share_and_strangers_do_not),
		cmocka_unit_test(a_site_has_eight_times_as_much_as_one_network),
		cmocka_unit_test(each_kind_has_its_own_limit),
		cmocka_unit_test(all_together_have_a_limit_too),
		cmocka_unit_test(a_full_table_fails_closed_and_comes_back),
		cmocka_unit_test(
			an_origin_is_what_browsers_write_and_nothing_else),
		cmocka_unit_test(our_own_origin_is_written_as_browsers_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
