/* SPDX-License-Identifier: EUPL-1.2 */
/* Tries to sign in that fail: limited, counted, and never forgotten. */
#include "register/entry.h"
#include "register/failure.h"
#include "register/tally.h"
#include "register_world.h"

enum { NETWORK_A = 0xa, NETWORK_B = 0xb };

static const char nobodys[] = "AAAA-AAAA-AAAA-AAAA";
static struct counter failed, limited;

static int begin(void **state)
{
	memset(&failed, 0, sizeof(failed));
	memset(&limited, 0, sizeof(limited));
	tally.sign_ins_failed = &failed;
	tally.sign_ins_limited = &limited;
	return world_begin(state);
}

static struct desk_session enrol(struct world *world, uint8_t network,
				 const char *once, const char *password)
{
	struct desk_enrol ask = {
		.head = { .type = DESK_ENROL, .size = sizeof(ask) },
		.code = "123456",
		.peer = { network, 1 },
	};
	struct desk_session session;

	snprintf(ask.once, sizeof(ask.once), "%s", once);
	snprintf(ask.password, sizeof(ask.password), "%s", password);
	WORLD_ASK(world, world->desk, ask, session);
	session.head.tag = 0;
	return session;
}

static struct desk_session sign_in(struct world *world, uint8_t network,
				   const char *user, const char *once)
{
	struct desk_sign_in ask = {
		.head = { .type = DESK_SIGN_IN, .size = sizeof(ask) },
		.password = "not the right one",
		.peer = { network, 1 },
	};
	struct desk_session session;

	snprintf(ask.user, sizeof(ask.user), "%s", user);
	snprintf(ask.once, sizeof(ask.once), "%s", once);
	WORLD_ASK(world, world->desk, ask, session);
	return session;
}

/* How many failures the log tells of, all its entries together. */
static int64_t told(struct world *world, const char *text)
{
	int64_t sum = 0;

	entry_pump(world->books);
	world_settle(world);
	for (int i = 0; i < world->vault.entries; i++) {
		json_t *entry;

		if (!strstr(world->vault.entry[i], text))
			continue;
		entry = json_loads(world->vault.entry[i], 0, NULL);
		assert_non_null(entry);
		sum += json_integer_value(json_object_get(entry, "count"));
		json_decref(entry);
	}
	return sum;
}

/* A wait is a second at first, and may be over before the next try. */
static struct desk_session enrol_until_limited(struct world *world, int *tries)
{
	struct desk_session session;

	do
		session = enrol(world, NETWORK_A, nobodys, "x");
	while (session.result == DESK_NOT_SIGNED_IN && ++*tries < 9);
	return session;
}

static void enrolling_with_guessed_codes_is_limited_by_network(void **state)
{
	struct world *world = *state;
	struct desk_session session;
	int tries = 0;

	session = enrol_until_limited(world, &tries);
	assert_int_equal(session.result, DESK_TOO_MANY);
	assert_in_range(session.retry_after_s, 1, LIMIT_WAIT_MAX_S);
	assert_in_range(tries, LIMIT_FREE, LIMIT_FREE + 2);
	assert_int_equal(atomic_load(&failed.value), tries);
	assert_int_equal(atomic_load(&limited.value), 1);
	assert_int_equal(enrol(world, NETWORK_B, nobodys, "x").result,
			 DESK_NOT_SIGNED_IN);
	failure_flush(world->books, 0);
	assert_int_equal(told(world, "\"reason\":\"enrol\""), tries + 1);
	assert_int_equal(told(world, "\"event\":\"signin.failed\""), tries + 1);
}

/* The same codes by the two ways in: one limit. */
static void guessing_by_sign_in_leaves_no_tries_to_enrol(void **state)
{
	struct world *world = *state;
	int tries = 0;

	for (int i = 0; i < LIMIT_FREE; i++)
		assert_int_equal(sign_in(world, NETWORK_A, "", nobodys).result,
				 DESK_NOT_SIGNED_IN);
	assert_int_equal(enrol_until_limited(world, &tries).result,
			 DESK_TOO_MANY);
	assert_in_range(tries, 0, 2);
}

static void
an_unknown_code_is_answered_the_same_whatever_comes_along(void **state)
{
	struct world *world = *state;
	struct door_staff staff =
		world_staff(world, "sup", NOTICE_ROLE_SUPERVISOR, "", false);
	struct desk_session one = enrol(world, NETWORK_A, nobodys, "short");
	struct desk_session two =
		enrol(world, NETWORK_A, nobodys, "a long and good password");
	struct desk_session three = enrol(world, NETWORK_A, "", "");
	/* A code that is good, but was never looked at: no secret yet. */
	struct desk_session four =
		enrol(world, NETWORK_A, staff.once, "a long and good password");

	assert_memory_equal(&one, &two, sizeof(one));
	assert_memory_equal(&one, &three, sizeof(one));
	assert_memory_equal(&one, &four, sizeof(one));
	assert_int_equal(atomic_load(&failed.value), 4);
}

static void a_restart_loses_no_failure(void **state)
{
	struct world *world = *state;
	enum { TRIES = 9 };

	world_staff(world, "sup", NOTICE_ROLE_SUPERVISOR, "", false);
	for (uint8_t i = 1; i <= TRIES; i++) {
		assert_int_equal(sign_in(world, i, "", nobodys).result,
				 DESK_NOT_SIGNED_IN);
		assert_int_equal(sign_in(world, i, "sup", "").result,
				 DESK_NOT_SIGNED_IN);
	}
	/* The first of them is told at once, then one entry a minute. */
	assert_int_equal(told(world, "signin.failed"), 1);
	assert_in_range(told(world, "login.fail"), 1, TRIES - 1);
	world_sleep(world);
	world_wake(world);
	assert_int_equal(told(world, "signin.failed"), 1);
	assert_int_equal(front_start(world->front), 0);
	assert_int_equal(told(world, "signin.failed"), TRIES);
	assert_int_equal(told(world, "login.fail"), TRIES);
	/* And no one twice. */
	world_sleep(world);
	world_wake(world);
	assert_int_equal(front_start(world->front), 0);
	assert_int_equal(told(world, "signin.failed"), TRIES);
}

static void what_is_counted_is_told_within_minutes(void **state)
{
	struct world *world = *state;

	world->books->wall.fixed = WORLD_NOW;
	for (uint8_t i = 1; i <= 3; i++)
		sign_in(world, i, "", nobodys);
	front_look_anew(world->front);
	assert_int_equal(told(world, "signin.failed"), 1);
	world->books->wall.fixed += LIMIT_WRITE_S * NS_PER_S;
	front_look_anew(world->front);
	assert_int_equal(told(world, "signin.failed"), 3);
	assert_int_equal(world_entries(world, "signin.failed"), 2);
}

static void what_no_table_takes_is_counted_in_memory(void **state)
{
	struct world *world = *state;

	assert_true(db_run(world->books->db,
			   "CREATE TRIGGER full BEFORE INSERT ON failed_try"
			   " BEGIN SELECT RAISE(ABORT, 'full'); END") >= 0);
	for (uint8_t i = 1; i <= 3; i++)
		sign_in(world, i, "", nobodys);
	failure_flush(world->books, 0);
	assert_int_equal(world->books->limits.unkept, 3);
	assert_true(db_run(world->books->db, "DROP TRIGGER full") >= 0);
	failure_flush(world->books, 0);
	assert_int_equal(world->books->limits.unkept, 0);
	assert_int_equal(told(world, "\"reason\":\"unkept\""), 3);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)
		TEST(enrolling_with_guessed_codes_is_limited_by_network),
		TEST(guessing_by_sign_in_leaves_no_tries_to_enrol),
		TEST(an_unknown_code_is_answered_the_same_whatever_comes_along),
		TEST(a_restart_loses_no_failure),
		TEST(what_is_counted_is_told_within_minutes),
		TEST(what_no_table_takes_is_counted_in_memory),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
