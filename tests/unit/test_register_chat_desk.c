/* SPDX-License-Identifier: EUPL-1.2 */
/* Stored chats: who sees them, who reads them, and who sees who has. */
#include "chat_books.h"

static void a_chat_is_listed_with_its_fields(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chatted(world, "a1");
	struct desk_session quality =
		world_session(world, "q", NOTICE_ROLE_QUALITY, "");
	struct desk_chat_rows rows =
		chats(world, &quality, (struct desk_chats){ 0 });
	const struct desk_chat_row *row = &rows.row[0];
	struct desk_chat_whole one = whole(world, &quality, &chat.chat);

	assert_int_equal(rows.result, DESK_OK);
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.next, 0);
	assert_true(id_is(&row->chat, &chat.chat));
	assert_true(id_is(&row->content, &chat.object));
	assert_int_equal(row->number, 1);
	assert_int_equal(row->started_at, chat.started_at / NS_PER_S);
	assert_int_equal(row->answered_at, chat.answered_at / NS_PER_S);
	assert_int_equal(row->ended_at, chat.ended_at / NS_PER_S);
	assert_int_equal(row->state, REGISTER_STATE_ENDED);
	assert_int_equal(row->end_reason, 2);
	assert_int_equal(row->content_state, DESK_OK);
	assert_int_equal(row->size, 1000);
	assert_int_equal(row->chat_end, 20281123);
	assert_int_equal(row->contact_end, 20271123);
	assert_string_equal(row->language, "fi");
	assert_string_equal(row->queue, "general");
	assert_string_equal(row->agent, "a1");
	assert_string_equal(row->agent_name, "Agent 1");
	assert_int_equal(one.result, DESK_OK);
	assert_memory_equal(&one.row, row, sizeof(*row));
	world_settle(world);
	assert_int_equal(world_entries(world, "metadata.viewed"), 1);
	assert_int_equal(world_entries(world, "\"chats\""), 1);
}

static void the_notice_that_was_shown_is_told(void **state)
{
	struct world *world = *state;
	struct desk_session sup =
		world_session(world, "s", NOTICE_ROLE_SUPERVISOR, "");
	struct register_chat chat = world_chat();
	struct desk_chat_whole one;

	chat.policy = policy_hash(world->books->policy);
	assert_int_equal(world_note_chat(world, &chat, NULL).result, 0);
	one = whole(world, &sup, &chat.chat);
	assert_int_equal(one.policy_hash, chat.policy);
	assert_string_equal(one.policy_id, policy_id(world->books->policy));
	assert_string_equal(one.policy_version,
			    policy_version(world->books->policy));
	assert_int_equal(one.row.content_state, DESK_NOT_FOUND);
	assert_int_equal(one.row.state, REGISTER_STATE_ANSWERED);
}

static void chats_are_found_by_what_is_asked_for(void **state)
{
	struct world *world = *state;
	struct desk_session sup =
		world_session(world, "s", NOTICE_ROLE_SUPERVISOR, "");
	struct register_chat empty = world_chat(), sv = world_chat();
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	int64_t at;

	world_chatted(world, "a1");
	world_chatted(world, "a2");
	assert_int_equal(world_note_chat(world, &empty, NULL).result, 0);
	memcpy(sv.language, "sv", 3);
	memcpy(sv.queue, "patents", 8);
	sv.started_at -= 86400 * NS_PER_S;
	world_chat_over(&sv, &fds);
	sv.ended_at = sv.started_at + 30 * NS_PER_S;
	assert_int_equal(world_note_chat(world, &sv, &fds).number, 4);
	at = sv.started_at / NS_PER_S;

#define FOUND(...) chats(world, &sup, (struct desk_chats){ __VA_ARGS__ }).count
	assert_int_equal(FOUND(.limit = 0), 3);
	assert_int_equal(FOUND(.with_empty = 1), 4);
	assert_int_equal(FOUND(.agent = "a2"), 1);
	assert_int_equal(FOUND(.agent = "a3"), 0);
	assert_int_equal(FOUND(.language = "sv"), 1);
	assert_int_equal(FOUND(.queue = "patents"), 1);
	assert_int_equal(FOUND(.queue = "general"), 2);
	assert_int_equal(FOUND(.from = at + 1), 2);
	assert_int_equal(FOUND(.until = at + 1), 1);
	assert_int_equal(FOUND(.until = at), 0);
	assert_int_equal(FOUND(.min_s = 31), 2);
	assert_int_equal(FOUND(.max_s = 30), 1);
	assert_int_equal(FOUND(.before = 2), 1);
#undef FOUND
	struct desk_chat_rows rows =
		chats(world, &sup, (struct desk_chats){ .limit = 2 });
	assert_int_equal(rows.count, 2);
	assert_int_equal(rows.row[0].number, 4);
	assert_int_equal(rows.next, 2);
	rows = chats(world, &sup,
		     (struct desk_chats){ .limit = 2, .before = rows.next });
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.row[0].number, 1);
	assert_int_equal(rows.next, 0);
	assert_int_equal(
		chats(world, &sup, (struct desk_chats){ .limit = 21 }).result,
		DESK_INVALID);
}

/* Lists, one chat, content and readers, by role. */
static void each_role_reaches_its_own(void **state)
{
	enum { NO = DESK_FORBIDDEN, NONE = DESK_NOT_FOUND, OK = DESK_OK };
	static const struct {
		uint32_t role;
		const char *agent;
		int list, count; /* of two chats: of agent 1, of agent 2 */
		int one, other, content, readers;
	} rows[] = {
		{ NOTICE_ROLE_AGENT, "a1", OK, 1, OK, NONE, NO, OK },
		{ NOTICE_ROLE_AGENT, "", OK, 0, NONE, NONE, NO, NONE },
		{ NOTICE_ROLE_SUPERVISOR, "", OK, 2, OK, OK, OK, OK },
		{ NOTICE_ROLE_QUALITY, "", OK, 2, OK, OK, OK, OK },
		{ NOTICE_ROLE_REGISTRAR, "", NO, 0, NO, NO, NO, NO },
		{ NOTICE_ROLE_APPROVER, "", NO, 0, NO, NO, NO, NO },
		{ NOTICE_ROLE_DPO, "", NO, 0, NO, NO, NO, OK },
		{ NOTICE_ROLE_ADMIN, "", NO, 0, NO, NO, NO, NO },
		{ NOTICE_ROLE_AUDITOR, "", NO, 0, NO, NO, NO, OK },
	};
	struct world *world = *state;
	struct register_chat one = world_chatted(world, "a1");
	struct register_chat other = world_chatted(world, "a2");

	for (size_t i = 0; i < COUNT(rows); i++) {
		char user[8] = "u0";
		struct desk_session session;
		struct desk_chat_rows list;

		user[1] = (char)('0' + i);
		session =
			world_session(world, user, rows[i].role, rows[i].agent);
		list = chats(world, &session, (struct desk_chats){ 0 });
		assert_int_equal(list.result, rows[i].list);
		assert_int_equal(list.count, rows[i].count);
		assert_int_equal(whole(world, &session, &one.chat).result,
				 rows[i].one);
		assert_int_equal(whole(world, &session, &other.chat).result,
				 rows[i].other);
		assert_int_equal(read_chat(world, &session, &one.object,
					   SEAL_KIND_CHAT, "laatu"),
				 rows[i].content);
		assert_int_equal(readers(world, &session, &one.chat).result,
				 rows[i].readers);
	}
	/* An agent who asks for a colleague's chats finds none. */
	struct desk_session agent =
		world_session(world, "a", NOTICE_ROLE_AGENT, "a1");
	assert_int_equal(
		chats(world, &agent, (struct desk_chats){ .agent = "a2" })
			.count,
		0);
	memset(agent.token, 1, sizeof(agent.token));
	assert_int_equal(chats(world, &agent, (struct desk_chats){ 0 }).result,
			 DESK_NOT_SIGNED_IN);
	assert_int_equal(whole(world, &agent, &one.chat).result,
			 DESK_NOT_SIGNED_IN);
	world_settle(world);
	assert_true(world_entries(world, "access.refused") > 0);
}

static void reading_needs_a_purpose_and_is_written_down_first(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chatted(world, "a1");
	struct desk_session sup =
		world_session(world, "s", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_session agent =
		world_session(world, "a", NOTICE_ROLE_AGENT, "a1");
	struct desk_session dpo =
		world_session(world, "d", NOTICE_ROLE_DPO, "");
	struct desk_reader_rows rows;

	assert_int_equal(
		read_chat(world, &sup, &chat.object, SEAL_KIND_CHAT, ""),
		DESK_PURPOSE_REQUIRED);
	assert_int_equal(read_chat(world, &sup, &chat.object, SEAL_KIND_CHAT,
				   "palvelutaso"),
			 DESK_FORBIDDEN);
	/* It is no sound, whatever is asked for. */
	assert_int_equal(
		read_chat(world, &sup, &chat.object, SEAL_KIND_SOUND, "laatu"),
		DESK_NOT_FOUND);
	assert_int_equal(world_entries(world, "content.read"), 0);
	world->vault.result = -EIO;
	assert_int_equal(
		read_chat(world, &sup, &chat.object, SEAL_KIND_CHAT, "laatu"),
		DESK_LATER);
	world->vault.result = 0;
	assert_int_equal(count(world, 'r'), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(read_chat(world, &sup, &chat.object,
					   SEAL_KIND_CHAT, "laatu"),
				 DESK_OK);
	assert_int_equal(world_entries(world, "content.read"), 2);
	assert_true(id_is(&world->vault.last.object, &chat.object));

	rows = readers(world, &agent, NULL);
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.row[0].parts, 2);
	assert_int_equal(rows.row[0].channel, REGISTER_CHANNEL_CHAT);
	assert_int_equal(rows.row[0].number, 1);
	assert_true(id_is(&rows.row[0].contact, &chat.chat));
	assert_string_equal(rows.row[0].actor, "supervisor");
	assert_string_equal(rows.row[0].purpose, "laatu");
	assert_int_equal(rows.row[0].from_ms, -1);
	assert_int_equal(readers(world, &agent, &chat.chat).count, 1);
	assert_int_equal(readers(world, &dpo, NULL).count, 1);
}

/* Their words are in it, whoever had the last one. */
static void who_passed_a_chat_on_still_sees_who_read_it(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chat();
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct desk_session sup =
		world_session(world, "s", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_session first =
		world_session(world, "a", NOTICE_ROLE_AGENT, "a1");
	struct desk_session last =
		world_session(world, "b", NOTICE_ROLE_AGENT, "a2");
	struct desk_session other =
		world_session(world, "c", NOTICE_ROLE_AGENT, "a3");
	struct desk_session *answered[] = { &first, &last };

	assert_int_equal(world_note_chat(world, &chat, NULL).result, 0);
	chat.version++;
	memcpy(chat.agent, "a2", 2);
	assert_int_equal(world_note_chat(world, &chat, NULL).result, 0);
	world_chat_over(&chat, &fds);
	assert_int_equal(world_note_chat(world, &chat, &fds).result, 0);
	assert_int_equal(
		read_chat(world, &sup, &chat.object, SEAL_KIND_CHAT, "laatu"),
		DESK_OK);
	/* With its row, and a year later without. */
	for (int i = 0; i < 2; i++) {
		for (size_t a = 0; a < COUNT(answered); a++) {
			assert_int_equal(chats(world, answered[a],
					       (struct desk_chats){ 0 })
						 .count,
					 1);
			assert_int_equal(
				whole(world, answered[a], &chat.chat).result,
				DESK_OK);
			assert_int_equal(
				readers(world, answered[a], NULL).count, 1);
			assert_int_equal(
				readers(world, answered[a], &chat.chat).count,
				1);
		}
		assert_int_equal(
			chats(world, &other, (struct desk_chats){ 0 }).count,
			0);
		assert_int_equal(whole(world, &other, &chat.chat).result,
				 DESK_NOT_FOUND);
		assert_int_equal(readers(world, &other, &chat.chat).result,
				 DESK_NOT_FOUND);
		assert_int_equal(
			chats(world, &sup, (struct desk_chats){ .agent = "a1" })
				.count,
			1);
		assert_int_equal(db_run(world->books->db,
					"UPDATE contact SET contact_end = 1"),
				 i == 0);
		assert_int_equal(sweep(world, false).contacts, i == 0);
	}
	assert_int_equal(
		db_run(world->books->db, "UPDATE recording SET end_date = 1"),
		1);
	assert_int_equal(sweep(world, false).chats, 1);
	assert_int_equal(db_ask_number(world->books->db, -1,
				       "SELECT count(*) FROM chat_agent"),
			 0);
}

static void listening_alone_does_not_grant_reading(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chatted(world, "a1");
	struct desk_session sup =
		world_session(world, "s", NOTICE_ROLE_SUPERVISOR, "");
	struct notice_purpose *purpose =
		(struct notice_purpose *)(uintptr_t)policy_purpose_find(
			world->books->policy, "laatu");

	purpose->uses = NOTICE_LISTEN;
	assert_int_equal(
		read_chat(world, &sup, &chat.object, SEAL_KIND_CHAT, "laatu"),
		DESK_FORBIDDEN);
	purpose->uses = NOTICE_READ;
	assert_int_equal(
		read_chat(world, &sup, &chat.object, SEAL_KIND_CHAT, "laatu"),
		DESK_OK);
}

static void a_restricted_chat_is_not_read(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chatted(world, "a1");
	struct desk_session sup =
		world_session(world, "s", NOTICE_ROLE_SUPERVISOR, "");

	hold(world, &chat.chat, 3, 0);
	assert_int_equal(whole(world, &sup, &chat.chat).row.content_state,
			 DESK_RESTRICTED);
	assert_int_equal(
		read_chat(world, &sup, &chat.object, SEAL_KIND_CHAT, "laatu"),
		DESK_RESTRICTED);
	assert_int_equal(world_entries(world, "content.read"), 0);
	assert_int_equal(
		db_run(world->books->db, "UPDATE hold SET expires_at = 1"), 1);
	assert_int_equal(
		read_chat(world, &sup, &chat.object, SEAL_KIND_CHAT, "laatu"),
		DESK_OK);
}

static void figures_tell_chats_from_calls(void **state)
{
	struct world *world = *state;
	struct door_list ask = {
		.head = { .type = DOOR_FIGURES, .size = sizeof(ask) },
	};
	struct register_chat open = world_chat();
	struct desk_figures figures;

	world_recorded(world, 1, "a1");
	world_chatted(world, "a1");
	world_chatted(world, "a2");
	assert_int_equal(world_note_chat(world, &open, NULL).result, 0);
	WORLD_ASK(world, world->door, ask, figures);
	assert_int_equal(figures.contacts, 1);
	assert_int_equal(figures.recordings, 1);
	assert_int_equal(figures.open_contacts, 0);
	assert_int_equal(figures.chats, 3);
	assert_int_equal(figures.open_chats, 1);
	assert_int_equal(figures.stored_chats, 2);
	assert_int_equal(figures.chat_number_gaps, 0);
	assert_int_equal(figures.oldest_audio_end, 20270523);
}

static void calls_and_chats_are_listed_apart(void **state)
{
	struct world *world = *state;
	struct register_recording call = world_recorded(world, 1, "a1");
	struct register_chat chat = world_chatted(world, "a1");
	struct desk_session sup =
		world_session(world, "s", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_contacts ask = {
		.head = { .type = DESK_CONTACTS, .size = sizeof(ask) },
		.limit = DESK_ROWS_MAX,
		.with_empty = 1,
	};
	struct desk_about about = {
		.head = { .type = DESK_CONTACT, .size = sizeof(about) },
		.contact = chat.chat,
	};
	struct desk_contact_rows rows;
	struct desk_contact_whole one;

	memcpy(ask.token, sup.token, sizeof(ask.token));
	memcpy(about.token, sup.token, sizeof(about.token));
	WORLD_ASK(world, world->desk, ask, rows);
	assert_int_equal(rows.count, 1);
	assert_true(id_is(&rows.row[0].contact, &call.contact));
	WORLD_ASK(world, world->desk, about, one);
	assert_int_equal(one.result, DESK_NOT_FOUND);
	assert_int_equal(whole(world, &sup, &call.contact).result,
			 DESK_NOT_FOUND);
	assert_int_equal(chats(world, &sup, (struct desk_chats){ 0 }).count, 1);
}

/* The administrator's list: that they took place, and nothing said. */
static void the_door_lists_chats_without_content(void **state)
{
	struct world *world = *state;
	struct door_list ask = {
		.head = { .type = DOOR_CHATS, .size = sizeof(ask) },
		.limit = 1,
	};
	struct register_chat open = world_chat();
	struct desk_chat_rows rows;

	world_chatted(world, "a1");
	assert_int_equal(world_note_chat(world, &open, NULL).result, 0);
	WORLD_ASK(world, world->door, ask, rows);
	assert_int_equal(rows.head.type, DOOR_CHAT_ROWS);
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.next, 2);
	assert_true(id_is(&rows.row[0].chat, &open.chat));
	ask.before = rows.next;
	WORLD_ASK(world, world->door, ask, rows);
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.row[0].number, 1);
	assert_int_equal(rows.next, 0);
	world_settle(world);
	assert_int_equal(world_entries(world, "\"type\":\"chats\""), 2);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(a_chat_is_listed_with_its_fields),
		TEST(the_notice_that_was_shown_is_told),
		TEST(chats_are_found_by_what_is_asked_for),
		TEST(each_role_reaches_its_own),
		TEST(reading_needs_a_purpose_and_is_written_down_first),
		TEST(who_passed_a_chat_on_still_sees_who_read_it),
		TEST(listening_alone_does_not_grant_reading),
		TEST(a_restricted_chat_is_not_read),
		TEST(figures_tell_chats_from_calls),
		TEST(calls_and_chats_are_listed_apart),
		TEST(the_door_lists_chats_without_content),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
