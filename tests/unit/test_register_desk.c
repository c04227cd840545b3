/* SPDX-License-Identifier: EUPL-1.2 */
#include "register_world.h"

static struct desk_contacts contacts_of(const struct desk_session *session)
{
	struct desk_contacts ask = {
		.head = { .type = DESK_CONTACTS, .size = sizeof(ask) },
		.limit = DESK_ROWS_MAX,
	};

	memcpy(ask.token, session->token, sizeof(ask.token));
	return ask;
}

static struct desk_about about(uint16_t type,
			       const struct desk_session *session,
			       const struct id *contact)
{
	struct desk_about ask = {
		.head = { .type = type, .size = sizeof(ask) },
	};

	memcpy(ask.token, session->token, sizeof(ask.token));
	if (contact)
		ask.contact = *contact;
	return ask;
}

static int32_t play(struct world *world, const struct desk_session *session,
		    const struct id *call, const char *purpose, char heard[8])
{
	struct desk_play ask = {
		.head = { .type = DESK_PLAY, .size = sizeof(ask) },
		.call = *call,
		.kind = SEAL_KIND_SOUND,
	};
	struct desk_playing playing;
	int ends[2];

	memcpy(ask.token, session->token, sizeof(ask.token));
	snprintf(ask.purpose, sizeof(ask.purpose), "%s", purpose);
	assert_int_equal(pipe(ends), 0);
	struct letter_fds fds = { { ends[1], -1, -1, -1 }, 1 };
	assert_int_equal(world_ask(world, world->desk, &ask, &fds, &playing,
				   sizeof(playing)),
			 0);
	(void)close(ends[1]);
	memset(heard, 0, 8);
	ssize_t got = read(ends[0], heard, 7);
	assert_true(got >= 0);
	(void)close(ends[0]);
	return playing.result;
}

static void a_supervisor_sees_masked_numbers(void **state)
{
	struct world *world = *state;
	struct desk_session session =
		world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_contacts ask = contacts_of(&session);
	struct desk_contact_rows rows;

	world_recorded(world, 1, "a1");
	world_recorded(world, 2, "a2");
	WORLD_ASK(world, world->desk, ask, rows);
	assert_int_equal(rows.result, DESK_OK);
	assert_int_equal(rows.count, 2);
	assert_int_equal(rows.row[0].number, 2);
	assert_string_equal(rows.row[0].caller, "••• 123");
	assert_int_equal(rows.row[0].recordings, 1);
	assert_int_equal(rows.row[0].duration_ms, 60000);
	assert_int_equal(rows.row[0].audio_end, 20270523);
	assert_int_equal(rows.row[0].contact_end, 20271123);
	assert_string_equal(rows.row[0].agent_name, "Agent 1");
	world_settle(world);
	assert_int_equal(world_entries(world, "\"search\""), 1);
	assert_int_equal(world_entries(world, "3582955"), 0);
}

static void everyone_is_told_the_rules_that_bind(void **state)
{
	struct world *world = *state;
	struct desk_session session =
		world_session(world, "it", NOTICE_ROLE_ADMIN, "");
	struct desk_ask ask = {
		.head = { .type = DESK_RULES, .size = sizeof(ask) },
	};
	struct desk_rules rules;

	WORLD_ASK(world, world->desk, ask, rules);
	assert_int_equal(rules.result, DESK_NOT_SIGNED_IN);
	assert_int_equal(rules.policy_hash, 0);
	assert_int_equal(rules.role[NOTICE_ROLE_SUPERVISOR].plays, 0);
	memcpy(ask.token, session.token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, rules);
	assert_int_equal(rules.result, DESK_OK);
	assert_int_not_equal(rules.policy_hash, 0);
	assert_int_equal(rules.role[NOTICE_ROLE_AGENT].contacts,
			 DESK_REACH_OWN);
	assert_int_equal(rules.role[NOTICE_ROLE_SUPERVISOR].plays, 1);
	assert_int_equal(rules.role[NOTICE_ROLE_ADMIN].contacts,
			 DESK_REACH_NONE);
	assert_int_equal(rules.role[NOTICE_ROLE_DPO].readers, DESK_REACH_ALL);
	assert_int_equal(rules.role[NOTICE_ROLE_DPO].plays, 0);
}

static void quality_sees_no_number_and_agents_only_their_own(void **state)
{
	struct world *world = *state;
	struct desk_session quality =
		world_session(world, "qua", NOTICE_ROLE_QUALITY, "");
	struct desk_session agent =
		world_session(world, "agent", NOTICE_ROLE_AGENT, "a2");
	struct desk_session stray =
		world_session(world, "stray", NOTICE_ROLE_AGENT, "");
	struct desk_contacts ask = contacts_of(&quality);
	struct desk_contact_rows rows;
	struct desk_contact_whole whole;

	struct register_recording first = world_recorded(world, 1, "a1");
	world_recorded(world, 2, "a2");
	WORLD_ASK(world, world->desk, ask, rows);
	assert_int_equal(rows.count, 2);
	assert_string_equal(rows.row[0].caller, "");
	ask = contacts_of(&agent);
	WORLD_ASK(world, world->desk, ask, rows);
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.row[0].number, 2);
	assert_string_equal(rows.row[0].caller, "");
	memcpy(ask.agent, "a1", 2);
	WORLD_ASK(world, world->desk, ask, rows);
	assert_int_equal(rows.result, DESK_OK);
	assert_int_equal(rows.count, 0);
	ask = contacts_of(&stray);
	WORLD_ASK(world, world->desk, ask, rows);
	assert_int_equal(rows.count, 0);

	struct desk_about one = about(DESK_CONTACT, &agent, &first.contact);
	WORLD_ASK(world, world->desk, one, whole);
	assert_int_equal(whole.result, DESK_NOT_FOUND);
	assert_true(bytes_are_zero(&whole.row, sizeof(whole.row)));
}

static void pages_go_on_where_the_last_ended(void **state)
{
	struct world *world = *state;
	struct desk_session session =
		world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_contacts ask = contacts_of(&session);
	struct desk_contact_rows rows;
	uint64_t expected = 7;

	for (uint64_t n = 1; n <= 7; n++)
		world_ended(world, n, "a1");
	ask.limit = 3;
	do {
		WORLD_ASK(world, world->desk, ask, rows);
		for (uint32_t i = 0; i < rows.count; i++)
			assert_int_equal(rows.row[i].number, expected--);
		ask.before = rows.next;
	} while (rows.next);
	assert_int_equal(expected, 0);
}

static void filters_narrow_and_never_inject(void **state)
{
	static const char *const nasty[] = { "' OR 1=1 --", "a1' --", "%",
					     "a_" };
	struct world *world = *state;
	struct desk_session session =
		world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_contacts ask = contacts_of(&session);
	struct desk_contact_rows rows;

	world_ended(world, 1, "a1");
	world_ended(world, 2, "a2");
	ask.min_s = 61;
	WORLD_ASK(world, world->desk, ask, rows);
	assert_int_equal(rows.count, 0);
	ask.min_s = 60;
	ask.max_s = 60;
	ask.from = WORLD_NOW / NS_PER_S - 3600;
	ask.until = ask.from + 1;
	memcpy(ask.service_number, "+358295550100", 13);
	memcpy(ask.agent, "a2", 2);
	WORLD_ASK(world, world->desk, ask, rows);
	assert_int_equal(rows.count, 1);
	ask.until = ask.from;
	WORLD_ASK(world, world->desk, ask, rows);
	assert_int_equal(rows.count, 0);
	ask.from = INT64_MAX;
	WORLD_ASK(world, world->desk, ask, rows);
	assert_int_equal(rows.count, 0);
	for (size_t i = 0; i < COUNT(nasty); i++) {
		ask = contacts_of(&session);
		snprintf(ask.agent, sizeof(ask.agent), "%s", nasty[i]);
		WORLD_ASK(world, world->desk, ask, rows);
		assert_int_equal(rows.count, 0);
		ask = contacts_of(&session);
		snprintf(ask.service_number, sizeof(ask.service_number), "%s",
			 nasty[i]);
		WORLD_ASK(world, world->desk, ask, rows);
		assert_int_equal(rows.count, 0);
	}
}

static void no_entry_no_sound(void **state)
{
	struct world *world = *state;
	struct desk_session session =
		world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	struct register_recording recording = world_recorded(world, 1, "a1");
	char heard[8];

	assert_int_equal(play(world, &session, &recording.call, "", heard),
			 DESK_PURPOSE_REQUIRED);
	assert_int_equal(
		play(world, &session, &recording.call, "ohjeistus", heard),
		DESK_FORBIDDEN);
	world->vault.result = -EIO;
	assert_int_equal(play(world, &session, &recording.call, "laatu", heard),
			 DESK_LATER);
	world->vault.result = -ENOKEY;
	assert_int_equal(play(world, &session, &recording.call, "laatu", heard),
			 DESK_LOCKED);
	world->vault.result = 0;
	assert_string_equal(heard, "");
	assert_int_equal(world_entries(world, "content.read"), 0);

	assert_int_equal(play(world, &session, &recording.call, "laatu", heard),
			 DESK_OK);
	assert_string_equal(heard, "sound");
	assert_int_equal(world_entries(world, "content.read"), 1);
	assert_int_equal(world_entries(world, "\"purpose\":\"laatu\""), 1);
	assert_memory_equal(world->vault.last.hash, recording.hash[0], 32);
	assert_true(id_is(&world->vault.last.object, &recording.object[0]));
	assert_memory_equal(&world->vault.last.wrapped, &recording.wrapped[0],
			    sizeof(recording.wrapped[0]));
}

static void a_silent_vault_is_told_as_later(void **state)
{
	struct world *world = *state;
	struct desk_session session =
		world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	struct register_recording recording = world_recorded(world, 1, "a1");
	char heard[8];

	drop_fd(&world->vault.end);
	world_settle(world);
	assert_int_equal(play(world, &session, &recording.call, "laatu", heard),
			 DESK_LATER);
	assert_string_equal(heard, "");
}

static void who_listened_is_told(void **state)
{
	struct world *world = *state;
	struct desk_session supervisor =
		world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_session agent =
		world_session(world, "agent", NOTICE_ROLE_AGENT, "a1");
	struct desk_session other =
		world_session(world, "other", NOTICE_ROLE_AGENT, "a2");
	struct register_recording recording = world_recorded(world, 1, "a1");
	struct desk_reader_rows rows;
	char heard[8];

	for (int i = 0; i < 3; i++)
		assert_int_equal(play(world, &supervisor, &recording.call,
				      "koulutus", heard),
				 DESK_OK);
	struct desk_about mine = about(DESK_READERS, &agent, NULL);
	WORLD_ASK(world, world->desk, mine, rows);
	assert_int_equal(rows.result, DESK_OK);
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.row[0].parts, 3);
	assert_string_equal(rows.row[0].actor, "supervisor");
	assert_string_equal(rows.row[0].login, "");
	assert_string_equal(rows.row[0].purpose, "koulutus");
	assert_int_equal(rows.row[0].from_ms, 0);
	assert_int_equal(rows.row[0].until_ms, 60000);
	struct desk_about his =
		about(DESK_READERS, &supervisor, &recording.contact);
	WORLD_ASK(world, world->desk, his, rows);
	assert_string_equal(rows.row[0].actor, "The sup");
	assert_string_equal(rows.row[0].login, "sup");
	struct desk_about not_mine =
		about(DESK_READERS, &other, &recording.contact);
	WORLD_ASK(world, world->desk, not_mine, rows);
	assert_int_equal(rows.result, DESK_NOT_FOUND);
	not_mine = about(DESK_READERS, &other, NULL);
	WORLD_ASK(world, world->desk, not_mine, rows);
	assert_int_equal(rows.count, 0);

	/* Those who play see what they played themselves; DPO sees all. */
	struct desk_session trainer =
		world_session(world, "tra", NOTICE_ROLE_QUALITY, "");
	struct desk_session dpo =
		world_session(world, "dpo", NOTICE_ROLE_DPO, "");
	struct desk_about any =
		about(DESK_READERS, &trainer, &recording.contact);
	WORLD_ASK(world, world->desk, any, rows);
	assert_int_equal(rows.result, DESK_OK);
	assert_int_equal(rows.count, 0);
	any = about(DESK_READERS, &trainer, NULL);
	WORLD_ASK(world, world->desk, any, rows);
	assert_int_equal(rows.count, 0);
	any = about(DESK_READERS, &supervisor, NULL);
	WORLD_ASK(world, world->desk, any, rows);
	assert_int_equal(rows.count, 1);
	any = about(DESK_READERS, &dpo, NULL);
	WORLD_ASK(world, world->desk, any, rows);
	assert_int_equal(rows.count, 1);
	assert_string_equal(rows.row[0].actor, "The sup");
	assert_string_equal(rows.row[0].login, "sup");
}

/* One row for an hour from the first read, however often it was read. */
static void who_comes_back_is_told_again(void **state)
{
	struct world *world = *state;
	struct desk_session session =
		world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	struct register_recording recording = world_recorded(world, 1, "a1");
	struct desk_about ask =
		about(DESK_READERS, &session, &recording.contact);
	const int64_t first = WORLD_NOW / NS_PER_S;
	struct desk_reader_rows rows;
	char heard[8];

	for (int i = 0; i < 8; i++) { /* every 25 minutes, for three hours */
		world->books->clock.fixed = WORLD_NOW + i * 1500 * NS_PER_S;
		assert_int_equal(play(world, &session, &recording.call,
				      "koulutus", heard),
				 DESK_OK);
	}
	WORLD_ASK(world, world->desk, ask, rows);
	assert_int_equal(rows.count, 3);
	assert_int_equal(rows.row[2].first_at, first);
	assert_int_equal(rows.row[2].last_at, first + 3000);
	assert_int_equal(rows.row[2].parts, 3);
	assert_int_equal(rows.row[1].first_at, first + 4500);
	assert_int_equal(rows.row[1].last_at, first + 7500);
	assert_int_equal(rows.row[0].first_at, first + 9000);
	assert_int_equal(rows.row[0].last_at, first + 10500);
	assert_int_equal(rows.row[0].parts, 2);
}

static void what_is_due_is_gone_before_the_sweeper_comes(void **state)
{
	struct world *world = *state;
	struct desk_session session =
		world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	struct register_recording recording = world_recorded(world, 1, "a1");
	struct desk_contact_whole whole;
	struct desk_contact_rows rows;
	char heard[8];

	/* 00:00 in Helsinki on 23 May 2027 is 21:00 UTC on the 22nd. */
	nanoseconds midnight = 1811019600 * NS_PER_S;
	world->books->clock.fixed = midnight - NS_PER_S;
	assert_int_equal(play(world, &session, &recording.call, "laatu", heard),
			 DESK_OK);
	world->books->clock.fixed = midnight;
	assert_int_equal(play(world, &session, &recording.call, "laatu", heard),
			 DESK_GONE);
	assert_string_equal(heard, "");
	struct desk_about one =
		about(DESK_CONTACT, &session, &recording.contact);
	WORLD_ASK(world, world->desk, one, whole);
	assert_int_equal(whole.result, DESK_OK);
	assert_int_equal(whole.row.audio_end, 0);
	assert_int_equal(whole.row.contact_end, 20271123);
	assert_int_equal(whole.row.recordings, 0);
	assert_int_equal(whole.recording[0].state, DESK_GONE);
	assert_string_equal(whole.policy_id, "");

	world->books->clock.fixed = midnight + 185 * WORLD_DAY;
	WORLD_ASK(world, world->desk, one, whole);
	assert_int_equal(whole.result, DESK_GONE);
	struct desk_contacts ask = contacts_of(&session);
	WORLD_ASK(world, world->desk, ask, rows);
	assert_int_equal(rows.count, 0);
}

static void a_restriction_holds_back(void **state)
{
	struct world *world = *state;
	struct desk_session session =
		world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	struct register_recording recording = world_recorded(world, 1, "a1");
	struct id hold = id_new();
	char heard[8];

	assert_int_equal(db_run(world->books->db,
				"INSERT INTO hold (id, contact, kind, since,"
				" expires_at) VALUES ($1, $2, 3, 0, 0)",
				db_id(&hold), db_id(&recording.contact)),
			 1);
	assert_int_equal(play(world, &session, &recording.call, "laatu", heard),
			 DESK_RESTRICTED);
	assert_string_equal(heard, "");
}

/* Every letter of the desk by every role, and by nobody. */
struct row {
	uint16_t type;
	size_t size;
	int32_t none;		      /* without a session */
	int32_t result[NOTICE_ROLES]; /* by role */
};

static void every_role_gets_what_it_may(void **state)
{
	enum {
		ok = DESK_OK,
		no = DESK_FORBIDDEN,
		who = DESK_NOT_SIGNED_IN,
		nf = DESK_NOT_FOUND,
		pr = DESK_PURPOSE_REQUIRED
	};
	static const struct row rows[] = {
		/* -, agent, supervisor, quality, registrar, approver, dpo,
		   admin, auditor; contact 1 belongs to another agent */
		{ DESK_WHO,
		  sizeof(struct desk_ask),
		  who,
		  { 0, ok, ok, ok, ok, ok, ok, ok, ok } },
		{ DESK_CHOOSE,
		  sizeof(struct desk_choose),
		  who,
		  { 0, ok, ok, ok, ok, ok, ok, ok, ok } },
		{ DESK_CONTACTS,
		  sizeof(struct desk_contacts),
		  who,
		  { 0, ok, ok, ok, no, no, no, no, no } },
		{ DESK_CONTACT,
		  sizeof(struct desk_about),
		  who,
		  { 0, nf, ok, ok, no, no, no, no, no } },
		{ DESK_READERS,
		  sizeof(struct desk_about),
		  who,
		  { 0, nf, ok, ok, no, no, ok, no, ok } },
		{ DESK_AGENTS,
		  sizeof(struct desk_about),
		  who,
		  { 0, ok, ok, ok, no, no, no, no, no } },
		{ DESK_SERVICES,
		  sizeof(struct desk_about),
		  who,
		  { 0, ok, ok, ok, no, no, no, no, no } },
		{ DESK_FIGURES,
		  sizeof(struct desk_ask),
		  who,
		  { 0, no, ok, ok, no, no, ok, ok, ok } },
		{ DESK_PLAY,
		  sizeof(struct desk_play),
		  who,
		  { 0, no, pr, pr, no, no, no, no, no } },
		{ DESK_SIGN_OUT,
		  sizeof(struct desk_ask),
		  who,
		  { 0, ok, ok, ok, ok, ok, ok, ok, ok } },
	};
	struct world *world = *state;
	struct register_recording recording = world_recorded(world, 1, "a1");
	struct desk_session session = { 0 };

	for (uint32_t role = 0; role < NOTICE_ROLES; role++) {
		char user[16];

		snprintf(user, sizeof(user), "user%u", role);
		if (role)
			session = world_session(world, user, role, "a2");
		for (size_t i = 0; i < COUNT(rows); i++) {
			union {
				struct letter head;
				struct desk_about about;
				struct desk_contacts contacts;
				struct desk_play play;
				uint8_t bytes[LETTER_SIZE_MAX];
			} ask = { .head = { .type = rows[i].type,
					    .size = (uint32_t)rows[i].size } };
			union {
				struct {
					struct letter head;
					int32_t result;
				} any;
				uint8_t bytes[LETTER_SIZE_MAX];
			} answer;

			memcpy(ask.about.token, session.token,
			       sizeof(session.token));
			if (rows[i].type == DESK_CONTACTS)
				ask.contacts.limit = 5;
			else if (rows[i].type == DESK_PLAY) {
				ask.play.call = recording.call;
				ask.play.kind = SEAL_KIND_SOUND;
			} else if (rows[i].size == sizeof(struct desk_about))
				ask.about.contact = recording.contact;
			assert_int_equal(world_ask(world, world->desk, &ask,
						   NULL, &answer,
						   sizeof(answer)),
					 0);
			if (answer.any.result !=
			    (role ? rows[i].result[role] : rows[i].none))
				fail_msg("letter %u, role %u: %d", rows[i].type,
					 role, answer.any.result);
		}
	}
}

static void figures_are_equal_and_nothing_is_overdue(void **state)
{
	struct world *world = *state;
	struct desk_session session =
		world_session(world, "dpo", NOTICE_ROLE_DPO, "");
	struct desk_ask ask = {
		.head = { .type = DESK_FIGURES, .size = sizeof(ask) },
	};
	struct desk_figures figures;

	memcpy(ask.token, session.token, sizeof(ask.token));
	for (int round = 0; round < 2; round++) {
		if (round == 0)
			world_recorded(world, 1, "a1");
		else
			reconcile_start(world->front->reconciler);
		for (int i = 0; i < 300; i++)
			world_turn(world, 0);
		WORLD_ASK(world, world->desk, ask, figures);
		assert_int_equal(figures.result, DESK_OK);
		assert_int_equal(figures.rows, 3);
		assert_int_equal(figures.objects, 3);
	}
	assert_true(figures.audit_entries > 0);
	assert_int_equal(figures.contacts, 1);
	assert_int_equal(figures.recordings, 1);
	assert_int_equal(figures.rows, 3);
	assert_int_equal(figures.objects, 3);
	assert_int_equal(figures.overdue, 0);
	assert_int_equal(figures.number_gaps, 0);
	assert_int_equal(figures.oldest_audio_end, 20270523);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(a_supervisor_sees_masked_numbers),
		TEST(everyone_is_told_the_rules_that_bind),
		TEST(quality_sees_no_number_and_agents_only_their_own),
		TEST(pages_go_on_where_the_last_ended),
		TEST(filters_narrow_and_never_inject),
		TEST(no_entry_no_sound),
		TEST(a_silent_vault_is_told_as_later),
		TEST(who_listened_is_told),
		TEST(who_comes_back_is_told_again),
		TEST(what_is_due_is_gone_before_the_sweeper_comes),
		TEST(a_restriction_holds_back),
		TEST(every_role_gets_what_it_may),
		TEST(figures_are_equal_and_nothing_is_overdue),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
