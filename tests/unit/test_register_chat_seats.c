/* SPDX-License-Identifier: EUPL-1.2 */
/* Who may answer chats, as the register knows the roster. */
#include "register/erase.h"
#include "register_world.h"

static struct register_seat_is
seat(struct world *world, const struct desk_session *session, bool is_active)
{
	struct register_seat ask = {
		.head = { .type = REGISTER_SEAT, .size = sizeof(ask) },
		.is_active = is_active,
	};
	struct register_seat_is answer;

	memcpy(ask.session, session->token, sizeof(ask.session));
	WORLD_ASK(world, world->chat, ask, answer);
	assert_memory_equal(answer.session, ask.session, sizeof(ask.session));
	return answer;
}

static void an_agent_of_the_roster_may_answer(void **state)
{
	struct world *world = *state;
	struct desk_session agent =
		world_session(world, "ag", NOTICE_ROLE_AGENT, "a1");
	struct register_seat_is answer = seat(world, &agent, true);

	assert_int_equal(answer.result, DESK_OK);
	assert_string_equal(answer.agent, "a1");
	assert_string_equal(answer.name, "Agent 1"); /* not "The ag" */
	assert_false(id_is_none(&answer.staff));
	memset(agent.token, 9, sizeof(agent.token));
	assert_int_equal(seat(world, &agent, true).result, DESK_NOT_SIGNED_IN);
}

/* Who left is known as long as a chat of theirs is, and answers no more. */
static void an_agent_who_left_the_roster_may_not_answer(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chat();
	struct desk_session agent =
		world_session(world, "ag", NOTICE_ROLE_AGENT, "a1");
	struct settings *settings;

	assert_int_equal(world_note_chat(world, &chat, NULL).result, 0);
	assert_int_equal(seat(world, &agent, true).result, DESK_OK);
	assert_int_equal(
		settings_of("agents.0.id\ta3\nagents.0.name\tAgent 3\n",
			    &settings),
		0);
	assert_int_equal(books_set(world->books, settings), 0);
	settings_free(settings);
	assert_int_equal(seat(world, &agent, true).result, DESK_FORBIDDEN);
	assert_int_equal(erase_agents(world->books), 1); /* agent 2 */
	assert_int_equal(db_ask_number(world->books->db, -1,
				       "SELECT count(*) FROM agent"
				       " WHERE name = 'Agent 1'"),
			 1);
	assert_int_equal(
		erase_contact(world->books, &chat.chat, CONTACT_CAUSE_DUE), 0);
	assert_int_equal(erase_agents(world->books), 1);
	assert_int_equal(db_ask_number(world->books->db, -1,
				       "SELECT count(*) FROM agent"),
			 1);
}

/* Half an hour without a word; asking by the clock is none. */
static void a_seat_that_is_left_alone_ends(void **state)
{
	struct world *world = *state;
	struct desk_session agent;

	world->books->wall.fixed = WORLD_NOW;
	agent = world_session(world, "ag", NOTICE_ROLE_AGENT, "a1");
	for (int i = 0; i < 4; i++) {
		world->books->wall.fixed += 1500 * NS_PER_S;
		assert_int_equal(seat(world, &agent, true).result, DESK_OK);
	}
	world->books->wall.fixed += 1500 * NS_PER_S;
	assert_int_equal(seat(world, &agent, false).result, DESK_OK);
	world->books->wall.fixed += 301 * NS_PER_S;
	assert_int_equal(seat(world, &agent, false).result, DESK_NOT_SIGNED_IN);
}

static void nobody_else_may_answer(void **state)
{
	struct world *world = *state;
	char user[8] = "r0";

	for (uint32_t role = 1; role < NOTICE_ROLES; role++) {
		bool is_agent = role == NOTICE_ROLE_AGENT;
		struct desk_session session;
		struct register_seat_is answer;

		user[1] = (char)('0' + role);
		/* An account that names no agent of the roster, or another
		   role whose account does. */
		session =
			world_session(world, user, role, is_agent ? "" : "a1");
		answer = seat(world, &session, true);
		assert_int_equal(answer.result, DESK_FORBIDDEN);
		assert_string_equal(answer.name, "");
		assert_true(id_is_none(&answer.staff));
	}
	world_settle(world);
	assert_true(world_entries(world, "\"seat\"") >= 2);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(an_agent_of_the_roster_may_answer),
		TEST(an_agent_who_left_the_roster_may_not_answer),
		TEST(a_seat_that_is_left_alone_ends),
		TEST(nobody_else_may_answer),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
