/* SPDX-License-Identifier: EUPL-1.2 */
/* What people do by commands and to accounts, and who it is said to be. */
#include <unistd.h>

#include "register/entry.h"
#include "register_world.h"

static char me[32];

static struct door_staff act(struct world *world, uint16_t type,
			     const char *user)
{
	struct door_staff ask = {
		.head = { .type = type, .size = sizeof(ask) },
	}, answer;

	snprintf(ask.user, sizeof(ask.user), "%s", user);
	WORLD_ASK(world, world->door, ask, answer);
	world_settle(world);
	return answer;
}

/* The newest entry of this kind, as it is in the audit log. */
static const char *newest(const struct world *world, const char *event)
{
	char text[64];

	snprintf(text, sizeof(text), "\"event\":\"%s\"", event);
	for (int i = world->vault.entries; i-- > 0;)
		if (strstr(world->vault.entry[i], text))
			return world->vault.entry[i];
	fail_msg("no entry %s", event);
	return "";
}

static int count(const struct world *world, const char *event)
{
	char text[64];

	snprintf(text, sizeof(text), "\"event\":\"%s\"", event);
	return world_entries(world, text);
}

static void is_mine(const struct world *world, const char *event)
{
	assert_non_null(strstr(newest(world, event), me));
}

static void each_act_on_an_account_has_its_entry_and_its_actor(void **state)
{
	struct world *world = *state;

	world_staff(world, "sup", NOTICE_ROLE_SUPERVISOR, "", false);
	world_settle(world);
	is_mine(world, "staff.added");
	is_mine(world, "role.grant");
	assert_non_null(strstr(newest(world, "role.grant"),
			       "\"role\":\"supervisor\",\"until\":"));
	assert_int_equal(count(world, "role.revoke"), 0);

	assert_int_equal(act(world, DOOR_STAFF_RESET, "sup").result, 0);
	is_mine(world, "staff.reset");
	assert_int_equal(count(world, "staff.enabled"), 0);
	assert_int_equal(count(world, "role.grant"), 2);

	assert_int_equal(act(world, DOOR_STAFF_DISABLE, "sup").result, 0);
	is_mine(world, "staff.disabled");
	is_mine(world, "role.revoke");
	assert_non_null(strstr(newest(world, "role.revoke"),
			       "\"role\":\"supervisor\""));
	assert_null(strstr(newest(world, "role.revoke"), "until"));
	/* Of what is revoked already nothing is revoked. */
	assert_int_equal(act(world, DOOR_STAFF_DISABLE, "sup").result, 0);
	assert_int_equal(count(world, "role.revoke"), 1);

	assert_int_equal(act(world, DOOR_STAFF_RESET, "sup").role,
			 NOTICE_ROLE_SUPERVISOR);
	is_mine(world, "staff.enabled");
	assert_int_equal(count(world, "staff.reset"), 2);
	assert_int_equal(count(world, "role.grant"), 3);
	assert_int_equal(world_entries(world, "svc_door"), 0);
	/* What failed has changed nothing and says nothing. */
	assert_int_equal(act(world, DOOR_STAFF_DISABLE, "xxx").result, -ENOENT);
	assert_int_equal(count(world, "staff.disabled"), 2);
}

static void a_chosen_password_is_an_entry(void **state)
{
	struct world *world = *state;
	struct door_staff staff =
		world_staff(world, "sup", NOTICE_ROLE_SUPERVISOR, "", false);
	struct desk_sign_in ask = {
		.head = { .type = DESK_SIGN_IN, .size = sizeof(ask) },
	};
	struct desk_enrol enrol = {
		.head = { .type = DESK_ENROL, .size = sizeof(enrol) },
		.password = "korkea kuusi huojuu",
	};
	struct desk_session session;
	char *secret;
	size_t size;

	memcpy(ask.once, staff.once, sizeof(ask.once));
	memcpy(enrol.once, staff.once, sizeof(enrol.once));
	WORLD_ASK(world, world->desk, ask, session);
	assert_int_equal(session.result, DESK_ENROLMENT);
	assert_int_equal(oath_base32_decode(session.totp_secret,
					    strlen(session.totp_secret),
					    &secret, &size),
			 OATH_OK);
	assert_int_equal(
		oath_totp_generate(secret, size,
				   (time_t)clock_seconds(&world->books->wall),
				   30, 0, 6, enrol.code),
		OATH_OK);
	free(secret);
	world_settle(world);
	assert_int_equal(count(world, "staff.enrolled"), 0);
	WORLD_ASK(world, world->desk, enrol, session);
	assert_int_equal(session.result, DESK_OK);
	world_settle(world);
	assert_non_null(
		strstr(newest(world, "staff.enrolled"), "\"actor\":\"stf_"));
}

static void looks_and_sweeps_by_command_name_the_user(void **state)
{
	struct world *world = *state;
	struct door_list list = {
		.head = { .type = DOOR_CONTACTS, .size = sizeof(list) },
	};
	struct door_sweep sweep = {
		.head = { .type = DOOR_SWEEP, .size = sizeof(sweep) },
		.dry_run = 1,
	};
	struct desk_contact_rows rows;

	world_recorded(world, 1, "a1");
	WORLD_ASK(world, world->door, list, rows);
	world_settle(world);
	is_mine(world, "search");
	assert_non_null(strstr(newest(world, "search"), "\"hits\":1"));
	WORLD_ASK(world, world->door, sweep, sweep);
	world_settle(world);
	assert_int_equal(count(world, "sweep.ordered"), 0);
	sweep.dry_run = 0;
	sweep.head.size = sizeof(sweep);
	WORLD_ASK(world, world->door, sweep, sweep);
	assert_int_equal(sweep.result, 0);
	world_settle(world);
	is_mine(world, "sweep.ordered");
}

static void an_erased_test_call_names_the_user(void **state)
{
	struct world *world = *state;
	struct register_contact test = world_contact(1);
	struct door_verify ask = {
		.head = { .type = DOOR_ERASE_TEST, .size = sizeof(ask) },
		.contact = test.contact,
	}, answer;

	memcpy(test.service_number, "+358295550199", 13);
	assert_int_equal(world_note(world, &test), 0);
	WORLD_ASK(world, world->door, ask, answer);
	assert_int_equal(answer.result, 0);
	world_settle(world);
	is_mine(world, "early_erase");
}

/* Who came is what the kernel says, not what the letter says. */
static void the_kernel_says_who_came(void **state)
{
	struct world *world = *state;
	int ends[2];

	if (getuid() != 0)
		skip();
	assert_int_equal(seteuid(4711), 0);
	assert_int_equal(line_open(ends), 0);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(front_take_visitor(world->front, ends[0]), 0);
	drop_fd(&world->door);
	world->door = ends[1];
	world_staff(world, "sup", NOTICE_ROLE_SUPERVISOR, "", false);
	world_settle(world);
	assert_non_null(
		strstr(newest(world, "role.grant"), "\"actor\":\"uid:4711\""));
}

static struct policy *policy_with(const struct world *world, const char *more)
{
	struct notice_fault faults[8];
	size_t count = COUNT(faults), size;
	struct policy *policy;
	OWNED(drop_memory) char *text = NULL;
	OWNED(drop_memory) char *whole = NULL;
	OWNED(drop_fd) int fd = openat(world->home, world_policy, O_RDONLY);
	int length;

	assert_int_equal(file_read(fd, NOTICE_SIZE_MAX, &text, &size), 0);
	length = asprintf(&whole, "%.*s%s", (int)size, text, more);
	assert_true(length > 0);
	assert_int_equal(policy_read((struct slice){ whole, (size_t)length },
				     faults, &count, &policy),
			 0);
	return policy;
}

static void which_policy_holds_is_told_with_its_whole_hash(void **state)
{
	struct world *world = *state;
	char first[160], second[160];

	world_settle(world);
	assert_int_equal(count(world, "policy.activated"), 1);
	snprintf(first, sizeof(first), "\"sha256\":\"%s\"",
		 policy_sha256(world->books->policy));
	assert_int_equal(strlen(first), 75);
	assert_non_null(strstr(newest(world, "policy.activated"), first));
	assert_null(strstr(newest(world, "policy.activated"), "same_version"));

	/* Taken again, it is the same and goes on. */
	assert_int_equal(books_take_policy(world->books, policy_with(world, ""),
					   (struct slice){ 0 }),
			 0);
	world_settle(world);
	assert_int_equal(count(world, "policy.activated"), 1);

	assert_int_equal(books_take_policy(world->books,
					   policy_with(world, "# x\n"),
					   (struct slice){ 0 }),
			 0);
	snprintf(second, sizeof(second), "\"sha256\":\"%s\"",
		 policy_sha256(world->books->policy));
	entry_pump(world->books);
	world_settle(world);
	assert_int_equal(count(world, "policy.activated"), 2);
	assert_string_not_equal(first, second);
	assert_non_null(strstr(newest(world, "policy.activated"), second));
	assert_non_null(strstr(newest(world, "policy.activated"),
			       "\"same_version\":true"));

	/* Back to the one before: that is told too. */
	assert_int_equal(books_take_policy(world->books, policy_with(world, ""),
					   (struct slice){ 0 }),
			 0);
	entry_pump(world->books);
	world_settle(world);
	assert_int_equal(count(world, "policy.activated"), 3);
	assert_non_null(strstr(newest(world, "policy.activated"), first));
}

static void a_contact_tells_under_which_text_it_was_recorded(void **state)
{
	struct world *world = *state;
	struct desk_session session =
		world_session(world, "super", NOTICE_ROLE_SUPERVISOR, "");
	struct register_contact contact = world_contact(1);
	struct desk_about ask = {
		.head = { .type = DESK_CONTACT, .size = sizeof(ask) },
		.contact = contact.contact,
	};
	struct desk_contact_whole whole;

	contact.policy = policy_hash(world->books->policy);
	assert_int_equal(world_note(world, &contact), 0);
	memcpy(ask.token, session.token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, whole);
	assert_int_equal(whole.result, DESK_OK);
	assert_int_equal(whole.policy_hash, contact.policy);
	assert_string_equal(whole.policy_version, "2018-05-25");
}

static struct desk_oversight oversee(struct world *world,
				     const struct desk_session *session)
{
	struct desk_ask ask = {
		.head = { .type = DESK_OVERSIGHT, .size = sizeof(ask) },
	};
	struct desk_oversight answer;

	memcpy(ask.token, session->token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, answer);
	return answer;
}

static void who_oversees_is_told_who_may_listen_now(void **state)
{
	struct world *world = *state;
	struct desk_session dpo =
		world_session(world, "dpo", NOTICE_ROLE_DPO, "");
	struct desk_session admin =
		world_session(world, "admin", NOTICE_ROLE_ADMIN, "");
	struct desk_oversight told;
	char uid[24];

	snprintf(uid, sizeof(uid), "uid:%u", getuid());
	assert_int_equal(oversee(world, &admin).result, DESK_FORBIDDEN);
	assert_int_equal(oversee(world, &dpo).count, 0);
	world_staff(world, "sup", NOTICE_ROLE_SUPERVISOR, "", false);
	act(world, DOOR_STAFF_RESET, "sup");
	act(world, DOOR_STAFF_DISABLE, "sup");
	act(world, DOOR_STAFF_RESET, "sup");
	told = oversee(world, &dpo);
	assert_int_equal(told.result, DESK_OK);
	assert_int_equal(told.count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		static const enum desk_act acts[] = { DESK_ACT_ENABLED,
						      DESK_ACT_RESET,
						      DESK_ACT_ADDED };

		assert_int_equal(told.act[i].act, acts[i]);
		assert_int_equal(told.act[i].role, NOTICE_ROLE_SUPERVISOR);
		assert_string_equal(told.act[i].login, "sup");
		assert_string_equal(told.act[i].actor, uid);
		assert_true(told.act[i].at > 0);
	}
	for (int i = 0; i < 12; i++)
		act(world, DOOR_STAFF_RESET, "sup");
	assert_int_equal(oversee(world, &dpo).count, DESK_ACTS_MAX);
}

static enum desk_result look(struct world *world,
			     const struct desk_session *session,
			     const struct id *contact)
{
	struct desk_about ask = {
		.head = { .type = DESK_CONTACT, .size = sizeof(ask) },
		.contact = *contact,
	};
	struct desk_contact_whole whole;

	memcpy(ask.token, session->token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, whole);
	return (enum desk_result)whole.result;
}

static enum desk_result listen_to(struct world *world,
				  const struct desk_session *session,
				  const struct id *call)
{
	struct desk_play ask = {
		.head = { .type = DESK_PLAY, .size = sizeof(ask) },
		.call = *call,
		.kind = SEAL_KIND_SOUND,
		.purpose = "none",
	};
	OWNED(drop_fd) int pipe = file_of("pipe", "", 0);
	const struct letter_fds fds = { { pipe, -1, -1, -1 }, 1 };
	struct desk_playing answer;

	memcpy(ask.token, session->token, sizeof(ask.token));
	assert_int_equal(world_ask(world, world->desk, &ask, &fds, &answer,
				   sizeof(answer)),
			 0);
	return (enum desk_result)answer.result;
}

static int refused(struct world *world, const char *text)
{
	entry_pump(world->books);
	world_settle(world);
	return world_entries(world, text);
}

static void refused_attempts_are_told_and_cannot_fill_the_log(void **state)
{
	struct world *world = *state;
	struct register_recording recording = world_recorded(world, 1, "a1");
	struct desk_session agent =
		world_session(world, "agent", NOTICE_ROLE_AGENT, "a2");
	struct desk_session super =
		world_session(world, "super", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_session dpo =
		world_session(world, "dpo", NOTICE_ROLE_DPO, "");
	char text[256], hex[ID_TEXT_SIZE];

	world->books->wall.fixed = clock_now(&clock_system);
	id_text(&recording.contact, hex);
	for (int i = 0; i < 50; i++)
		assert_int_equal(look(world, &agent, &recording.contact),
				 DESK_NOT_FOUND);
	snprintf(text, sizeof(text),
		 "\"type\":\"contact\",\"reason\":\"not theirs\","
		 "\"count\":1,\"contact\":\"%s\"",
		 hex);
	assert_int_equal(refused(world, text), 1);
	assert_int_equal(count(world, "access.refused"), 1);

	/* Ids that never were are one and the same. */
	for (int i = 0; i < 50; i++) {
		struct id guess = id_new();

		assert_int_equal(look(world, &agent, &guess), DESK_NOT_FOUND);
	}
	assert_int_equal(refused(world, "\"reason\":\"not found\""), 1);
	assert_int_equal(count(world, "access.refused"), 2);

	assert_int_equal(listen_to(world, &super, &recording.call),
			 DESK_FORBIDDEN);
	id_text(&recording.call, hex);
	snprintf(text, sizeof(text),
		 "\"role\":\"supervisor\",\"type\":\"content\","
		 "\"reason\":\"purpose\",\"count\":1,"
		 "\"recording\":\"%s\"",
		 hex);
	assert_int_equal(refused(world, text), 1);
	assert_int_equal(listen_to(world, &dpo, &recording.call),
			 DESK_FORBIDDEN);
	assert_int_equal(refused(world, "\"reason\":\"role\""), 1);
	assert_int_equal(oversee(world, &dpo).refused, 102);

	/* The rest of each, once, when its ten minutes are over. */
	world->books->wall.fixed += 599 * NS_PER_S;
	front_look_anew(world->front);
	refused(world, "");
	assert_int_equal(count(world, "access.refused"), 4);
	world->books->wall.fixed += 2 * NS_PER_S;
	front_look_anew(world->front);
	assert_int_equal(refused(world, "\"count\":49"), 2);
	assert_int_equal(count(world, "access.refused"), 6);
	assert_int_equal(look(world, &agent, &recording.contact),
			 DESK_NOT_FOUND);
	refused(world, "");
	assert_int_equal(count(world, "access.refused"), 7);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(each_act_on_an_account_has_its_entry_and_its_actor),
		TEST(a_chosen_password_is_an_entry),
		TEST(looks_and_sweeps_by_command_name_the_user),
		TEST(an_erased_test_call_names_the_user),
		TEST(the_kernel_says_who_came),
		TEST(which_policy_holds_is_told_with_its_whole_hash),
		TEST(a_contact_tells_under_which_text_it_was_recorded),
		TEST(who_oversees_is_told_who_may_listen_now),
		TEST(refused_attempts_are_told_and_cannot_fill_the_log),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	snprintf(me, sizeof(me), "\"actor\":\"uid:%u\"", getuid());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
