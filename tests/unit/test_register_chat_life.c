/* SPDX-License-Identifier: EUPL-1.2 */
/* When each half of a stored chat is gone, and what is kept of it till then. */
#include "chat_books.h"

/* Two virtual years: the row ends first, the content a year later. */
static void a_chat_outlives_its_row(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chatted(world, "a1");
	struct desk_session sup =
		world_session(world, "s", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_session agent =
		world_session(world, "a", NOTICE_ROLE_AGENT, "a1");
	struct desk_chat_rows rows;
	struct door_sweep report;
	struct id content = chat.object;

	assert_int_equal(
		read_chat(world, &sup, &chat.object, SEAL_KIND_CHAT, "laatu"),
		DESK_OK);
	world->books->clock.fixed = ROW_END - NS_PER_S;
	assert_int_equal(sweep(world, false).contacts, 0);
	/* Dead at 00:00, whether or not the sweeper has come. */
	world->books->clock.fixed = ROW_END;
	for (int swept = 0; swept < 2; swept++) {
		rows = chats(world, &agent, (struct desk_chats){ 0 });
		assert_int_equal(rows.count, 1);
		assert_true(id_is(&rows.row[0].chat, &chat.chat));
		assert_true(id_is(&rows.row[0].content, &chat.object));
		assert_int_equal(rows.row[0].number, 1);
		assert_int_equal(rows.row[0].started_at,
				 chat.started_at / NS_PER_S);
		assert_int_equal(rows.row[0].ended_at,
				 chat.ended_at / NS_PER_S);
		assert_int_equal(rows.row[0].answered_at, 0);
		assert_int_equal(rows.row[0].end_reason, 0);
		assert_int_equal(rows.row[0].contact_end, 0);
		assert_int_equal(rows.row[0].chat_end, 20281123);
		assert_int_equal(rows.row[0].content_state, DESK_OK);
		assert_string_equal(rows.row[0].agent, "a1");
		assert_string_equal(rows.row[0].language, "fi");
		assert_string_equal(rows.row[0].queue, "general");
		assert_int_equal(whole(world, &sup, &chat.chat).result,
				 DESK_OK);
		assert_int_equal(read_chat(world, &sup, &chat.object,
					   SEAL_KIND_CHAT, "laatu"),
				 DESK_OK);
		assert_true(readers(world, &agent, &chat.chat).count > 0);
		if (swept)
			break;
		report = sweep(world, false);
		assert_int_equal(report.contacts, 1);
		assert_int_equal(report.chats, 0);
		assert_int_equal(count(world, 'c'), 0);
		/* Who read it is told as long as it can be read. */
		assert_int_equal(count(world, 'r'), 2);
		assert_true(key_is_gone(world, SEAL_CLASS_CONTACT, 20271123));
	}
	assert_int_equal(books_chat_gaps(world->books), 0);
	/* What is told of it again brings no row back. */
	chat.has_object = 0;
	memset(&chat.object, 0, sizeof(chat.object));
	memset(&chat.chat_end, 0, sizeof(chat.chat_end));
	chat.size = chat.sealed_size = 0;
	chat.version = 9;
	assert_int_equal(world_note_chat(world, &chat, NULL).number, 1);
	assert_int_equal(count(world, 'c'), 0);

	/* All of the last day it is there; then it is gone. */
	world->books->clock.fixed = CONTENT_END - NS_PER_S;
	assert_int_equal(sweep(world, false).chats, 0);
	rows = chats(world, &sup, (struct desk_chats){ 0 });
	assert_int_equal(rows.count, 1);
	chat.object = content;
	assert_int_equal(
		read_chat(world, &sup, &chat.object, SEAL_KIND_CHAT, "laatu"),
		DESK_OK);
	world->books->clock.fixed = CONTENT_END;
	assert_int_equal(
		read_chat(world, &sup, &chat.object, SEAL_KIND_CHAT, "laatu"),
		DESK_GONE);
	assert_int_equal(chats(world, &sup, (struct desk_chats){ 0 }).count, 0);
	assert_int_equal(sweep(world, true).chats, 1);
	assert_int_equal(sweep(world, false).chats, 1);
	assert_true(key_is_gone(world, SEAL_CLASS_CHAT, 20281123));
	assert_int_equal(count(world, 'x'), 0);
	assert_int_equal(count(world, 'o'), 0);
	assert_int_equal(count(world, 'r'), 0);
	assert_int_equal(count(world, 't'), 2);
	assert_int_equal(store_get(world->books->store, &chat.object), -ENOENT);
	assert_int_equal(
		read_chat(world, &sup, &chat.object, SEAL_KIND_CHAT, "laatu"),
		DESK_GONE);
	assert_int_equal(whole(world, &sup, &chat.chat).result, DESK_GONE);
	assert_int_equal(whole(world, &agent, &chat.chat).result,
			 DESK_NOT_FOUND);
	world_sleep(world);
	world_wake(world);
	assert_int_equal(books_chat_gaps(world->books), 0);
	chat = world_chat();
	assert_int_equal(world_note_chat(world, &chat, NULL).number, 2);
}

/* Under a policy that keeps rows for longer than contents. */
static void a_row_outlives_its_chat(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chat();
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct desk_session sup =
		world_session(world, "s", NOTICE_ROLE_SUPERVISOR, "");
	struct desk_session agent =
		world_session(world, "a", NOTICE_ROLE_AGENT, "a1");
	struct desk_chat_rows rows;

	world_chat_over(&chat, &fds);
	chat.chat_end.date = 20261231;
	assert_int_equal(world_note_chat(world, &chat, &fds).result, 0);
	assert_int_equal(
		read_chat(world, &sup, &chat.object, SEAL_KIND_CHAT, "laatu"),
		DESK_OK);
	world->books->clock.fixed = ROW_END - WORLD_DAY;
	for (int swept = 0; swept < 2; swept++) {
		rows = chats(world, &agent, (struct desk_chats){ 0 });
		assert_int_equal(rows.count, 1);
		assert_int_equal(rows.row[0].content_state, DESK_GONE);
		assert_int_equal(rows.row[0].chat_end, 0);
		assert_int_equal(rows.row[0].size, 0);
		assert_true(id_is_none(&rows.row[0].content));
		assert_int_equal(rows.row[0].contact_end, 20271123);
		assert_int_equal(rows.row[0].end_reason, 2);
		assert_int_equal(read_chat(world, &sup, &chat.object,
					   SEAL_KIND_CHAT, "laatu"),
				 DESK_GONE);
		/* And as long as there is a row to tell it of. */
		assert_int_equal(readers(world, &agent, NULL).count, 1);
		if (!swept)
			assert_int_equal(sweep(world, false).chats, 1);
	}
	world->books->clock.fixed = ROW_END;
	assert_int_equal(sweep(world, false).contacts, 1);
	assert_int_equal(count(world, 'r'), 0);
	assert_int_equal(count(world, 't'), 2);
	assert_int_equal(chats(world, &sup, (struct desk_chats){ 0 }).count, 0);
	/* The content does not come back with a letter that came late. */
	assert_int_equal(world_note_chat(world, &chat, &fds).number, 1);
	assert_int_equal(count(world, 'x'), 0);
}

/* A hold keeps both halves and no key, also when the row is gone. */
static void a_hold_keeps_what_is_left_of_a_chat(void **state)
{
	struct world *world = *state;
	struct register_chat held = world_chatted(world, "a1");
	struct register_chat late = world_chatted(world, "a1");

	hold(world, &held.chat, 2, 0);
	world->books->clock.fixed = ROW_END;
	assert_int_equal(sweep(world, false).contacts, 1);
	assert_true(key_is_gone(world, SEAL_CLASS_CONTACT, 20271123));
	assert_int_equal(count(world, 'c'), 1);
	/* Its row went before it was held; the other is held no more. */
	assert_int_equal(
		db_run(world->books->db, "UPDATE hold SET expires_at = 1"), 1);
	hold(world, &late.chat, 2, 0);
	world->books->clock.fixed = CONTENT_END;
	assert_int_equal(sweep(world, false).chats, 1);
	assert_true(key_is_gone(world, SEAL_CLASS_CHAT, 20281123));
	assert_int_equal(count(world, 'x'), 1);
	assert_int_equal(
		db_run(world->books->db, "UPDATE hold SET expires_at = 1"), 1);
	assert_int_equal(sweep(world, false).chats, 1);
	assert_int_equal(world->vault.hold_count, 0);
	assert_int_equal(count(world, 'x') + count(world, 'c'), 0);
	assert_int_equal(count(world, 'h'), 0);
}

static void what_is_overdue_is_told(void **state)
{
	struct world *world = *state;

	world_chatted(world, "a1");
	world->vault.result = -ENOKEY;
	world->books->clock.fixed =
		CONTENT_END + WORLD_DAY - 2 * 3600 * NS_PER_S;
	sweep(world, false);
	assert_int_equal(count(world, 'x'), 1); /* its key still lives */
	assert_int_equal(world->books->overdue, 0);
	world->books->clock.fixed = CONTENT_END + WORLD_DAY;
	sweep_count_overdue(world->books);
	assert_int_equal(world->books->overdue, 1);
	/* Time presses: without the vault the object goes anyway. */
	sweep(world, false);
	assert_int_equal(count(world, 'x') + count(world, 'c'), 0);
	assert_int_equal(world->books->overdue, 0);
}

static void a_shorter_policy_holds_for_chats_too(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chatted(world, "a1");

	world_chatted(world, "a2");
	assert_int_equal(db_run(world->books->db,
				"UPDATE recording SET end_date = CASE number"
				" WHEN 1 THEN 20991231 ELSE 20280101 END"),
			 2);
	assert_int_equal(db_run(world->books->db,
				"UPDATE contact SET contact_end = 20991231"),
			 2);
	for (int i = 0; shorten_some(world->books); i++)
		assert_true(i < 8);
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT end_date FROM recording"
				       " WHERE call = $1",
				       db_id(&chat.object)),
			 20281123);
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT end_date FROM recording"
				       " WHERE number = 2"),
			 20280101);
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT count(*) FROM contact"
				       " WHERE contact_end = 20271123"
				       " AND audio_end = 0"),
			 2);
}

static void rows_equal_objects_with_chats(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chatted(world, "a1");

	world_recorded(world, 1, "a1");
	reconcile_start(world->front->reconciler);
	for (int i = 0; i < 2 * STORE_FOLDERS; i++)
		world_turn(world, 0);
	assert_int_equal(world->books->balance.rows, 4);
	assert_int_equal(world->books->balance.objects, 4);
	assert_int_equal(world->books->balance.phantoms, 0);
	assert_int_equal(store_remove(world->books->store, &chat.object), 0);
	reconcile_start(world->front->reconciler);
	for (int i = 0; i < 2 * STORE_FOLDERS; i++)
		world_turn(world, 0);
	assert_int_equal(world->books->balance.phantoms, 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(a_chat_outlives_its_row),
		TEST(a_row_outlives_its_chat),
		TEST(a_hold_keeps_what_is_left_of_a_chat),
		TEST(what_is_overdue_is_told),
		TEST(a_shorter_policy_holds_for_chats_too),
		TEST(rows_equal_objects_with_chats),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
