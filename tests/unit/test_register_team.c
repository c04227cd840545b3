/* SPDX-License-Identifier: EUPL-1.2 */
/* Whose contacts somebody sees who was given a team. */
#include "register_world.h"

static void give_team(struct world *world, const char *login, const char *team)
{
	assert_int_equal(db_run(world->books->db,
				"UPDATE staff SET team = $2 WHERE login = $1",
				db_text(login), db_text(team)),
			 1);
}

/* Agent 1 is of the north, agent 2 of the south. */
static void take_roster(struct world *world)
{
	struct settings *settings;

	assert_int_equal(settings_of("direct_codes\ttrue\n"
				     "agents.0.id\ta1\n"
				     "agents.0.name\tAgent 1\n"
				     "agents.0.team\tnorth\n"
				     "agents.1.id\ta2\n"
				     "agents.1.name\tAgent 2\n"
				     "agents.1.team\tsouth\n",
				     &settings),
			 0);
	assert_int_equal(books_set(world->books, settings), 0);
	settings_free(settings);
	world->books->clock.fixed = WORLD_NOW;
}

static uint32_t count_contacts(struct world *world,
			       const struct desk_session *session)
{
	struct desk_contacts ask = {
		.head = { .type = DESK_CONTACTS, .size = sizeof(ask) },
		.limit = DESK_ROWS_MAX,
	};
	struct desk_contact_rows rows;

	memcpy(ask.token, session->token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, rows);
	assert_int_equal(rows.result, DESK_OK);
	return rows.count;
}

static struct desk_about about(const struct desk_session *session,
			       uint16_t type, const struct id *contact)
{
	struct desk_about ask = {
		.head = { .type = type, .size = sizeof(ask) },
	};

	memcpy(ask.token, session->token, sizeof(ask.token));
	if (contact)
		ask.contact = *contact;
	return ask;
}

static enum desk_result look(struct world *world,
			     const struct desk_session *session,
			     const struct id *contact)
{
	struct desk_about ask = about(session, DESK_CONTACT, contact);
	struct desk_contact_whole whole;

	WORLD_ASK(world, world->desk, ask, whole);
	return (enum desk_result)whole.result;
}

static enum desk_result readers(struct world *world,
				const struct desk_session *session,
				const struct id *contact)
{
	struct desk_about ask = about(session, DESK_READERS, contact);
	struct desk_reader_rows rows;

	WORLD_ASK(world, world->desk, ask, rows);
	return (enum desk_result)rows.result;
}

static enum desk_result play(struct world *world,
			     const struct desk_session *session,
			     const struct id *call)
{
	struct desk_play ask = {
		.head = { .type = DESK_PLAY, .size = sizeof(ask) },
		.call = *call,
		.kind = SEAL_KIND_SOUND,
		.purpose = "laatu",
	};
	struct desk_playing playing;
	int ends[2];

	memcpy(ask.token, session->token, sizeof(ask.token));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	struct letter_fds fds = { { ends[1], -1, -1, -1 }, 1 };
	assert_int_equal(world_ask(world, world->desk, &ask, &fds, &playing,
				   sizeof(playing)),
			 0);
	letter_fds_drop(&fds);
	(void)close(ends[0]);
	return (enum desk_result)playing.result;
}

static void a_team_is_shown_the_contacts_of_its_agents(void **state)
{
	struct world *world = *state;
	struct desk_session north =
		world_session(world, "north", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_session all =
		world_session(world, "all", NOTICE_ROLE_SUPERVISOR, "");
	struct register_recording one = world_recorded(world, 1, "a1");
	struct register_recording two = world_recorded(world, 2, "a2");
	struct register_contact nobody = world_ended(world, 3, "");
	struct desk_about ask = about(&north, DESK_AGENTS, NULL);
	struct desk_words words;

	take_roster(world);
	give_team(world, "north", "north");
	assert_int_equal(count_contacts(world, &all), 3);
	assert_int_equal(count_contacts(world, &north), 1);
	assert_int_equal(look(world, &north, &one.contact), DESK_OK);
	assert_int_equal(look(world, &north, &two.contact), DESK_NOT_FOUND);
	assert_int_equal(look(world, &north, &nobody.contact), DESK_NOT_FOUND);
	assert_int_equal(look(world, &all, &two.contact), DESK_OK);
	assert_int_equal(play(world, &north, &one.call), DESK_OK);
	assert_int_equal(play(world, &north, &two.call), DESK_NOT_FOUND);
	assert_int_equal(play(world, &all, &two.call), DESK_OK);
	assert_int_equal(readers(world, &north, &one.contact), DESK_OK);
	assert_int_equal(readers(world, &north, &two.contact), DESK_NOT_FOUND);
	WORLD_ASK(world, world->desk, ask, words);
	assert_int_equal(words.count, 1);
	assert_string_equal(words.word[0].id, "a1");
	/* The agent moves, and their calls with them. */
	assert_int_equal(db_run(world->books->db,
				"UPDATE agent SET team = 'north'"
				" WHERE id = 'a2'"),
			 1);
	assert_int_equal(count_contacts(world, &north), 2);
	world_settle(world);
	assert_int_equal(world_entries(world, "\"reason\":\"not theirs\""), 4);
}

static void samples_and_sets_keep_to_the_team(void **state)
{
	struct world *world = *state;
	struct desk_session north =
		world_session(world, "north", NOTICE_ROLE_QUALITY, "");
	struct desk_session all =
		world_session(world, "all", NOTICE_ROLE_QUALITY, "");
	struct desk_pick_make make = {
		.head = { .type = DESK_PICK_MAKE, .size = sizeof(make) },
		.use = NOTICE_SAMPLE,
		.end = 20270131,
		.purpose = "laatu",
		.title = "x",
		.draw = { .wanted = 10 },
	};
	struct desk_pick_ask ask = {
		.head = { .type = DESK_PICK, .size = sizeof(ask) },
	};
	struct desk_pick_whole whole;
	struct desk_picked picked;

	take_roster(world);
	give_team(world, "north", "north");
	for (uint64_t i = 1; i <= 5; i++)
		(void)world_recorded(world, i, i < 3 ? "a1" : "a2");
	memcpy(make.token, north.token, sizeof(make.token));
	WORLD_ASK(world, world->desk, make, picked);
	ask.pick = picked.pick;
	memcpy(ask.token, all.token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, whole);
	assert_int_equal(whole.row.draw.population, 2);
	assert_int_equal(whole.item_count, 2);
	memcpy(make.token, all.token, sizeof(make.token));
	WORLD_ASK(world, world->desk, make, picked);
	ask.pick = picked.pick;
	WORLD_ASK(world, world->desk, ask, whole);
	assert_int_equal(whole.item_count, 5);
	memcpy(ask.token, north.token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, whole);
	assert_int_equal(whole.result, DESK_OK);
	assert_int_equal(whole.item_count, 2);
	assert_int_equal(whole.row.count, 2);
}

static void only_who_may_listen_is_given_a_team(void **state)
{
	static const struct {
		uint32_t role;
		int32_t result;
	} rows[] = {
		{ NOTICE_ROLE_SUPERVISOR, 0 },
		{ NOTICE_ROLE_QUALITY, 0 },
		{ NOTICE_ROLE_AGENT, -EINVAL },
		{ NOTICE_ROLE_DPO, -EINVAL },
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct door_staff ask = {
			.head = { .type = DOOR_STAFF_ADD,
				  .size = sizeof(ask) },
			.role = rows[i].role,
			.name = "Somebody",
			.team = "north",
		}, answer;

		snprintf(ask.user, sizeof(ask.user), "u%zu", i);
		WORLD_ASK(world, world->door, ask, answer);
		assert_int_equal(answer.result, rows[i].result);
	}
	assert_int_equal(db_ask_number(world->books->db, -1,
				       "SELECT count(*) FROM staff"
				       " WHERE team = 'north'"),
			 2);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(a_team_is_shown_the_contacts_of_its_agents),
		TEST(samples_and_sets_keep_to_the_team),
		TEST(only_who_may_listen_is_given_a_team),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
