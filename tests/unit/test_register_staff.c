/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/entry.h"
#include "register/limit.h"
#include "register/secret.h"
#include "register/staff.h"
#include "register_world.h"

static const char good[] = "korkea kuusi huojuu";

/* TOTP by the base32 text that a person's telephone is given. */
static void code_of(const char *base32, int64_t at, char out[16])
{
	char *secret;
	size_t size;

	assert_int_equal(
		oath_base32_decode(base32, strlen(base32), &secret, &size),
		OATH_OK);
	assert_int_equal(
		oath_totp_generate(secret, size, (time_t)at, 30, 0, 6, out),
		OATH_OK);
	free(secret);
}

static struct desk_session sign_in(struct world *world, const char *user,
				   const char *password, const char *code,
				   const char *once)
{
	struct desk_sign_in ask = {
		.head = { .type = DESK_SIGN_IN, .size = sizeof(ask) },
	};
	struct desk_session session;

	snprintf(ask.user, sizeof(ask.user), "%s", user);
	snprintf(ask.password, sizeof(ask.password), "%s", password);
	snprintf(ask.code, sizeof(ask.code), "%s", code);
	snprintf(ask.once, sizeof(ask.once), "%s", once);
	WORLD_ASK(world, world->desk, ask, session);
	return session;
}

static struct desk_session enrol(struct world *world, const char *once,
				 const char *password, const char *code)
{
	struct desk_enrol ask = {
		.head = { .type = DESK_ENROL, .size = sizeof(ask) },
	};
	struct desk_session session;

	snprintf(ask.once, sizeof(ask.once), "%s", once);
	snprintf(ask.password, sizeof(ask.password), "%s", password);
	snprintf(ask.code, sizeof(ask.code), "%s", code);
	WORLD_ASK(world, world->desk, ask, session);
	return session;
}

static int32_t who(struct world *world, const struct desk_session *session)
{
	struct desk_ask ask = {
		.head = { .type = DESK_WHO, .size = sizeof(ask) },
	};
	struct desk_session answer;

	memcpy(ask.token, session->token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, answer);
	return answer.result;
}

/* Somebody who has a password and a second step; ret_secret as base32. */
static void enrolled(struct world *world, const char *user, char secret[64])
{
	struct door_staff staff =
		world_staff(world, user, NOTICE_ROLE_SUPERVISOR, "", false);
	struct desk_session session;
	char code[16];

	session = sign_in(world, user, "", "", staff.once);
	assert_int_equal(session.result, DESK_ENROLMENT);
	memcpy(secret, session.totp_secret, 64);
	code_of(secret, world->books->wall.fixed / NS_PER_S, code);
	session = enrol(world, staff.once, good, code);
	assert_int_equal(session.result, DESK_OK);
}

static void the_first_sign_in_chooses_everything(void **state)
{
	struct world *world = *state;
	struct door_staff staff =
		world_staff(world, "sup", NOTICE_ROLE_SUPERVISOR, "", false);
	struct desk_session session;
	char code[16], lower[32];

	world->books->wall.fixed = WORLD_NOW;
	staff = world_staff(world, "sup2", NOTICE_ROLE_SUPERVISOR, "", false);
	assert_int_equal(staff.result, 0);
	assert_int_equal(strlen(staff.once), 19);
	assert_int_equal(staff.once_until, WORLD_NOW / NS_PER_S + 1800);

	session = enrol(world, staff.once, good, "123456");
	assert_int_equal(session.result, DESK_NOT_SIGNED_IN);
	/* As typed by a person: small letters, blanks. */
	for (size_t i = 0; i <= strlen(staff.once); i++)
		lower[i] = staff.once[i] == '-'
				   ? ' '
				   : (char)(staff.once[i] |
					    (staff.once[i] >= 'A' ? 32 : 0));
	session = sign_in(world, "", "", "", lower);
	assert_int_equal(session.result, DESK_ENROLMENT);
	assert_int_equal(strlen(session.totp_secret), 32);
	assert_string_equal(session.user, "sup2");
	assert_true(bytes_are_zero(session.token, sizeof(session.token)));

	code_of(session.totp_secret, WORLD_NOW / NS_PER_S, code);
	assert_int_equal(enrol(world, staff.once, "short", code).result,
			 DESK_INVALID);
	assert_int_equal(enrol(world, staff.once, "password1234", code).result,
			 DESK_INVALID);
	assert_int_equal(
		enrol(world, staff.once, "my sup2 is long", code).result,
		DESK_INVALID);
	assert_int_equal(enrol(world, staff.once, good, "000000").result,
			 DESK_SECOND_STEP);
	session = enrol(world, staff.once, good, code);
	assert_int_equal(session.result, DESK_OK);
	assert_int_equal(who(world, &session), DESK_OK);
	/* The code is used up. */
	assert_int_equal(sign_in(world, "", "", "", staff.once).result,
			 DESK_NOT_SIGNED_IN);
}

static void a_password_needs_its_second_step(void **state)
{
	struct world *world = *state;
	struct desk_session session;
	char secret[64], code[16];

	world->books->wall.fixed = WORLD_NOW;
	enrolled(world, "sup", secret);
	world->books->wall.fixed += 60 * NS_PER_S;
	code_of(secret, world->books->wall.fixed / NS_PER_S, code);
	assert_int_equal(
		sign_in(world, "sup", "wrong password", code, "").result,
		DESK_NOT_SIGNED_IN);
	assert_int_equal(sign_in(world, "nobody", good, code, "").result,
			 DESK_NOT_SIGNED_IN);
	assert_int_equal(sign_in(world, "sup", good, "", "").result,
			 DESK_SECOND_STEP);
	session = sign_in(world, "sup", good, code, "");
	assert_int_equal(session.result, DESK_OK);
	assert_int_equal(session.last_sign_in, WORLD_NOW / NS_PER_S);
	assert_int_equal(session.may_play, 1);
	assert_int_equal(session.purpose_count, 2);
	assert_string_equal(session.purposes[0].id, "laatu");
	world_settle(world);
	assert_int_equal(world_entries(world, "\"login\""), 2);
	assert_int_equal(world_entries(world, "\"login.fail\""), 1);
	assert_int_equal(world_entries(world, "\"signin.failed\""), 1);
	assert_int_equal(world_entries(world, "nobody"), 0);
}

static void a_code_is_good_once(void **state)
{
	struct world *world = *state;
	char secret[64], code[16];

	world->books->wall.fixed = WORLD_NOW;
	enrolled(world, "sup", secret);
	/* The step of the enrolment is used already. */
	code_of(secret, WORLD_NOW / NS_PER_S, code);
	assert_int_equal(sign_in(world, "sup", good, code, "").result,
			 DESK_NOT_SIGNED_IN);
	code_of(secret, WORLD_NOW / NS_PER_S + 30, code);
	assert_int_equal(sign_in(world, "sup", good, code, "").result, DESK_OK);
	assert_int_equal(sign_in(world, "sup", good, code, "").result,
			 DESK_NOT_SIGNED_IN);
	/* One step of tolerance, not two. */
	world->books->wall.fixed = WORLD_NOW + 600 * NS_PER_S;
	code_of(secret, WORLD_NOW / NS_PER_S + 600 - 60, code);
	assert_int_equal(sign_in(world, "sup", good, code, "").result,
			 DESK_NOT_SIGNED_IN);
	code_of(secret, WORLD_NOW / NS_PER_S + 600 - 30, code);
	assert_int_equal(sign_in(world, "sup", good, code, "").result, DESK_OK);
}

static void guessing_is_slowed_down(void **state)
{
	struct world *world = *state;
	struct desk_session session;
	int tries = 0;

	/* A wait is a second at first, and may be over before the next try. */
	do
		session = sign_in(world, "x", "", "", "AAAA-AAAA-AAAA-AAAA");
	while (session.result == DESK_NOT_SIGNED_IN && ++tries < 9);
	assert_in_range(tries, LIMIT_FREE, LIMIT_FREE + 2);
	assert_int_equal(session.result, DESK_TOO_MANY);
	assert_in_range(session.retry_after_s, 1, 900);
	/* Somebody else is not held back. */
	assert_int_equal(
		sign_in(world, "y", "", "", "AAAA-AAAA-AAAA-AAAA").result,
		DESK_NOT_SIGNED_IN);
}

static void the_wait_doubles_and_ends(void **state)
{
	static struct limits limits;
	const uint8_t one[16] = { 1 }, two[16] = { 2 };

	(void)state;
	memset(&limits, 0, sizeof(limits));
	for (int i = 0; i < LIMIT_FREE; i++) {
		assert_int_equal(limit_wait(&limits, LIMIT_PEER, one, 100), 0);
		limit_fail(&limits, LIMIT_PEER, one, 100);
	}
	assert_int_equal(limit_wait(&limits, LIMIT_PEER, one, 100), 1);
	limit_fail(&limits, LIMIT_PEER, one, 101);
	assert_int_equal(limit_wait(&limits, LIMIT_PEER, one, 101), 2);
	for (int i = 0; i < 40; i++)
		limit_fail(&limits, LIMIT_PEER, one, 200);
	assert_int_equal(limit_wait(&limits, LIMIT_PEER, one, 200),
			 LIMIT_WAIT_MAX_S);
	assert_int_equal(limit_wait(&limits, LIMIT_PEER, two, 200), 0);
	assert_int_equal(
		limit_wait(&limits, LIMIT_PEER, one, 200 + LIMIT_WAIT_MAX_S),
		0);
	limit_clear(&limits, LIMIT_PEER, one);
	assert_int_equal(limit_wait(&limits, LIMIT_PEER, one, 200), 0);
}

static void strangers_push_no_limit_out(void **state)
{
	static struct limits limits;
	uint8_t one[16] = { 1 }, other[16] = { 2 };

	(void)state;
	memset(&limits, 0, sizeof(limits));
	for (int i = 0; i < LIMIT_FREE + 5; i++)
		limit_fail(&limits, LIMIT_PEER, one, 100);
	for (uint32_t i = 0; i < 3 * LIMITS_MAX; i++) {
		memcpy(other + 4, &i, sizeof(i));
		limit_fail(&limits, LIMIT_PEER, other, 101);
		limit_fail(&limits, LIMIT_PEER_ONCE, other, 101);
	}
	assert_int_equal(limit_wait(&limits, LIMIT_PEER, one, 101), 31);
}

static void a_full_table_lets_no_unknown_address_try(void **state)
{
	static struct limits limits;
	uint8_t who[16] = { 1 };

	(void)state;
	memset(&limits, 0, sizeof(limits));
	for (uint32_t i = 0; i < LIMITS_MAX; i++) {
		memcpy(who + 4, &i, sizeof(i));
		for (int n = 0; n < LIMIT_FREE; n++)
			limit_fail(&limits, LIMIT_PEER, who, 100);
	}
	who[0] = 9;
	assert_true(limit_wait(&limits, LIMIT_PEER, who, 101) > 0);
	assert_int_equal(limit_wait(&limits, LIMIT_PEER_ONCE, who, 101), 0);
	assert_int_equal(
		limit_wait(&limits, LIMIT_PEER, who, 100 + LIMIT_FORGET_S), 0);
}

static void strangers_do_not_lock_a_person_out(void **state)
{
	static struct limits limits;
	const uint8_t name[16] = { 1 };

	(void)state;
	memset(&limits, 0, sizeof(limits));
	for (int i = 0; i < LIMIT_FREE_NAME - 1; i++)
		limit_fail(&limits, LIMIT_NAME, name, 100);
	assert_int_equal(limit_wait(&limits, LIMIT_NAME, name, 100), 0);
	for (int i = 0; i < 1000; i++)
		limit_fail(&limits, LIMIT_NAME, name, 100);
	assert_int_equal(limit_wait(&limits, LIMIT_NAME, name, 100),
			 LIMIT_WAIT_NAME_S);
}

/* Strangers keep a name at its limit, from addresses of their own. */
static void a_person_comes_in_past_strangers(void **state)
{
	struct world *world = *state;
	struct desk_sign_in ask = {
		.head = { .type = DESK_SIGN_IN, .size = sizeof(ask) },
		.user = "sup",
		.password = "wrong password",
		.peer = { 0x66 },
	};
	struct desk_session session;
	uint8_t name[16];
	char secret[64];

	world->books->wall.fixed = WORLD_NOW;
	enrolled(world, "sup", secret);
	crypto_generichash(name, sizeof(name), (const uint8_t *)"sup", 3, NULL,
			   0);
	for (int i = 0; i < LIMIT_FREE_NAME + 20; i++)
		limit_fail(&world->books->limits, LIMIT_NAME, name,
			   clock_monotonic() / NS_PER_S);
	for (int i = 0; i < LIMIT_SPARED; i++) {
		WORLD_ASK(world, world->desk, ask, session);
		assert_int_equal(session.result, DESK_NOT_SIGNED_IN);
	}
	WORLD_ASK(world, world->desk, ask, session);
	assert_int_equal(session.result, DESK_TOO_MANY);
	/* The person, from home. */
	ask.peer[0] = 0x77;
	snprintf(ask.password, sizeof(ask.password), "%s", good);
	code_of(secret, WORLD_NOW / NS_PER_S + 30, ask.code);
	WORLD_ASK(world, world->desk, ask, session);
	assert_int_equal(session.result, DESK_OK);
}

static void strangers_do_not_fill_the_log(void **state)
{
	static struct limits limits;

	(void)state;
	memset(&limits, 0, sizeof(limits));
	assert_true(limit_write(&limits, NULL, 100));
	for (int i = 0; i < 1000; i++)
		assert_false(limit_write(&limits, NULL, 101));
	assert_true(limit_write(&limits, NULL, 100 + LIMIT_WRITE_S));
}

static void a_session_ends_by_itself(void **state)
{
	struct world *world = *state;

	world->books->wall.fixed = WORLD_NOW;
	struct desk_session idle =
		world_session(world, "idle", NOTICE_ROLE_SUPERVISOR, "");
	world->books->wall.fixed += 1801 * NS_PER_S;
	assert_int_equal(who(world, &idle), DESK_NOT_SIGNED_IN);

	struct desk_session busy =
		world_session(world, "busy", NOTICE_ROLE_SUPERVISOR, "");
	for (int i = 0; i < 19; i++) {
		world->books->wall.fixed += 1500 * NS_PER_S;
		assert_int_equal(who(world, &busy), DESK_OK);
	}
	world->books->wall.fixed += 301 * NS_PER_S; /* 8 hours and a second */
	assert_int_equal(who(world, &busy), DESK_NOT_SIGNED_IN);
}

static void a_role_ends_after_a_year(void **state)
{
	struct world *world = *state;
	struct door_list list = {
		.head = { .type = DOOR_STAFF_LIST, .size = sizeof(list) },
	};
	struct door_staff_rows rows;
	char actor[ENTRY_ACTOR_SIZE];

	world->books->wall.fixed = WORLD_NOW;
	struct desk_session session =
		world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	WORLD_ASK(world, world->door, list, rows);
	assert_int_equal(rows.count, 1);
	assert_string_equal(rows.row[0].user, "sup");
	entry_actor(&rows.row[0].id, actor);
	world_settle(world);
	assert_int_equal(world_entries(world, actor), 3);
	/* 23 November 2027, 00:00 in Helsinki. */
	assert_int_equal(rows.row[0].grant_until, 1826920800);
	assert_int_equal(
		db_run(world->books->db,
		       "UPDATE session SET expires_at = expires_at * 2,"
		       " seen_at = expires_at * 2"),
		1);
	world->books->wall.fixed = 1826920799 * NS_PER_S;
	assert_int_equal(who(world, &session), DESK_OK);
	world->books->wall.fixed = 1826920800 * NS_PER_S;
	assert_int_equal(who(world, &session), DESK_NOT_SIGNED_IN);
}

static void disabling_and_resetting_end_sessions(void **state)
{
	struct world *world = *state;
	struct desk_session one =
		world_session(world, "one", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_session two =
		world_session(world, "two", NOTICE_ROLE_SUPERVISOR, "");
	struct door_staff ask = {
		.head = { .type = DOOR_STAFF_DISABLE, .size = sizeof(ask) },
		.user = "one",
	}, answer;

	WORLD_ASK(world, world->door, ask, answer);
	assert_int_equal(answer.result, 0);
	assert_int_equal(answer.disabled, 1);
	assert_int_equal(who(world, &one), DESK_NOT_SIGNED_IN);
	assert_int_equal(who(world, &two), DESK_OK);
	ask.head.type = DOOR_STAFF_RESET;
	memcpy(ask.user, "two", 4);
	WORLD_ASK(world, world->door, ask, answer);
	assert_int_equal(answer.result, 0);
	assert_int_equal(answer.role, NOTICE_ROLE_SUPERVISOR);
	assert_int_equal(who(world, &two), DESK_NOT_SIGNED_IN);
	assert_int_equal(sign_in(world, "two", "", "", answer.once).result,
			 DESK_ENROLMENT);
	memcpy(ask.user, "xxx", 4);
	WORLD_ASK(world, world->door, ask, answer);
	assert_int_equal(answer.result, -ENOENT);
	assert_string_equal(answer.once, "");
}

static void an_account_is_made_once_and_well(void **state)
{
	struct world *world = *state;

	assert_int_equal(
		world_staff(world, "sup", NOTICE_ROLE_SUPERVISOR, "", false)
			.result,
		0);
	assert_int_equal(
		world_staff(world, "sup", NOTICE_ROLE_SUPERVISOR, "", false)
			.result,
		-EEXIST);
	assert_int_equal(
		world_staff(world, "'; --", NOTICE_ROLE_SUPERVISOR, "", false)
			.result,
		-EINVAL);
	assert_int_equal(world_staff(world, "x", 0, "", false).result, -EINVAL);
	assert_int_equal(world_staff(world, "x", 99, "", false).result,
			 -EINVAL);
	world->books->choice.direct_codes = false;
	assert_int_equal(
		world_staff(world, "x", NOTICE_ROLE_SUPERVISOR, "", true)
			.result,
		-EINVAL);
}

static void a_direct_code_is_nothing_without_the_setting(void **state)
{
	struct world *world = *state;
	struct door_staff staff =
		world_staff(world, "sup", NOTICE_ROLE_SUPERVISOR, "", true);

	world->books->choice.direct_codes = false;
	assert_int_equal(sign_in(world, "", "", "", staff.once).result,
			 DESK_ENROLMENT);
}

static void the_database_alone_has_no_totp_secret(void **state)
{
	struct world *world = *state;
	char secret[64], *raw;
	struct staff staff;
	size_t size;

	world->books->wall.fixed = WORLD_NOW;
	enrolled(world, "sup", secret);
	assert_true(staff_find(world->books, "sup", &staff));
	assert_int_equal(oath_base32_decode(secret, 32, &raw, &size), OATH_OK);
	assert_null(memmem(staff.totp, sizeof(staff.totp), raw, size));
	free(raw);
	assert_null(strstr(staff.password, good));
	assert_memory_equal(staff.password, "$argon2id$", 10);
}

static void a_purpose_is_chosen_only_if_granted(void **state)
{
	struct world *world = *state;
	struct desk_session session =
		world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_choose ask = {
		.head = { .type = DESK_CHOOSE, .size = sizeof(ask) },
		.purpose = "ohjeistus",
	};
	struct desk_session answer;

	memcpy(ask.token, session.token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, answer);
	assert_int_equal(answer.result, DESK_FORBIDDEN);
	memset(ask.purpose, 0, sizeof(ask.purpose));
	memcpy(ask.purpose, "koulutus", 8);
	memcpy(ask.language, "sv", 3);
	WORLD_ASK(world, world->desk, ask, answer);
	assert_int_equal(answer.result, DESK_OK);
	assert_string_equal(answer.purpose, "koulutus");
	assert_string_equal(answer.language, "sv");
	memset(ask.purpose, 0, sizeof(ask.purpose));
	ask.purpose[0] = '-';
	WORLD_ASK(world, world->desk, ask, answer);
	assert_string_equal(answer.purpose, "");
	memcpy(ask.language, "xx", 3);
	WORLD_ASK(world, world->desk, ask, answer);
	assert_int_equal(answer.result, DESK_INVALID);
}

static void common_passwords_are_known(void **state)
{
	(void)state;
	assert_true(secret_is_common("Password1234"));
	assert_true(secret_is_common("aaaaaaaaaaaa"));
	assert_true(secret_is_common("salasana2026"));
	assert_true(secret_is_common("123456123456"));
	assert_false(secret_is_common(good));
	assert_false(secret_is_common("a password in a long sentence"));
	assert_int_equal(secret_length("kesäyö"), 6);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(the_first_sign_in_chooses_everything),
		TEST(a_password_needs_its_second_step),
		TEST(a_code_is_good_once),
		TEST(guessing_is_slowed_down),
		cmocka_unit_test(the_wait_doubles_and_ends),
		cmocka_unit_test(strangers_push_no_limit_out),
		cmocka_unit_test(a_full_table_lets_no_unknown_address_try),
		cmocka_unit_test(strangers_do_not_lock_a_person_out),
		TEST(a_person_comes_in_past_strangers),
		cmocka_unit_test(strangers_do_not_fill_the_log),
		TEST(a_session_ends_by_itself),
		TEST(a_role_ends_after_a_year),
		TEST(disabling_and_resetting_end_sessions),
		TEST(an_account_is_made_once_and_well),
		TEST(a_direct_code_is_nothing_without_the_setting),
		TEST(the_database_alone_has_no_totp_secret),
		TEST(a_purpose_is_chosen_only_if_granted),
		cmocka_unit_test(common_passwords_are_known),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
