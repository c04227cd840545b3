/* SPDX-License-Identifier: EUPL-1.2 */
/* What the room chat tells is taken once, and whole or not at all. */
#include "register_world.h"

static int64_t number_of(struct world *world, char which)
{
	switch (which) {
	case 'c':
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM contact");
	case 'x':
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM chat");
	case 'v':
		return db_ask_number(world->books->db, -1,
				     "SELECT version FROM contact");
	case 's':
		return db_ask_number(world->books->db, -1,
				     "SELECT state FROM contact");
	case 'e':
		return db_ask_number(world->books->db, -1,
				     "SELECT end_date FROM recording");
	case 'E':
		return db_ask_number(world->books->db, -1,
				     "SELECT contact_end FROM contact");
	default:
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM object");
	}
}

static void a_chat_is_taken_once(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chat();

	chat.phase = REGISTER_PHASE_WAITING;
	chat.answered_at = 0;
	for (int i = 0; i < 2; i++) {
		struct register_chat_noted noted =
			world_note_chat(world, &chat, NULL);

		assert_int_equal(noted.result, 0);
		assert_int_equal(noted.number, 1);
	}
	assert_int_equal(number_of(world, 's'), REGISTER_STATE_OPEN);
	chat.version = 2;
	chat.phase = REGISTER_PHASE_TALKING;
	chat.answered_at = WORLD_NOW;
	assert_int_equal(world_note_chat(world, &chat, NULL).result, 0);
	assert_int_equal(number_of(world, 's'), REGISTER_STATE_ANSWERED);
	chat.version = 1;
	assert_int_equal(world_note_chat(world, &chat, NULL).result, -ESTALE);
	assert_int_equal(number_of(world, 'v'), 2);
	chat.version = 3;
	chat.phase = REGISTER_PHASE_OVER;
	chat.ended_at = WORLD_NOW;
	chat.end_reason = 1;
	assert_int_equal(world_note_chat(world, &chat, NULL).result, 0);
	assert_int_equal(number_of(world, 's'), REGISTER_STATE_ENDED);
	assert_int_equal(number_of(world, 'c'), 1);
	world_settle(world);
	assert_int_equal(world_entries(world, "chat.opened"), 1);
	assert_int_equal(world_entries(world, "chat.closed"), 1);
	assert_int_equal(world_entries(world, "Agent 1"), 0);
}

static void a_chat_nobody_took_is_unanswered(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chat();

	chat.phase = REGISTER_PHASE_OVER;
	chat.answered_at = 0;
	chat.ended_at = WORLD_NOW;
	chat.end_reason = 7;
	assert_int_equal(world_note_chat(world, &chat, NULL).result, 0);
	assert_int_equal(number_of(world, 's'), REGISTER_STATE_UNANSWERED);
	assert_int_equal(number_of(world, 'x'), 0);
}

static void chats_have_numbers_of_their_own(void **state)
{
	struct world *world = *state;
	struct register_contact call = world_contact(1);
	struct register_chat chat;

	assert_int_equal(world_note(world, &call), 0);
	for (uint64_t i = 1; i <= 5; i++) {
		chat = world_chat();
		assert_int_equal(world_note_chat(world, &chat, NULL).number, i);
	}
	world_sleep(world);
	world_wake(world);
	assert_int_equal(world_note_chat(world, &chat, NULL).number, 5);
	chat = world_chat();
	assert_int_equal(world_note_chat(world, &chat, NULL).number, 6);
	assert_int_equal(books_chat_gaps(world->books), 0);
	assert_int_equal(books_gaps(world->books), 0);
	assert_int_equal(world->books->highest, 1);
}

static void a_missing_chat_number_is_seen(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < 3; i++) {
		struct register_chat chat = world_chat();

		assert_int_equal(world_note_chat(world, &chat, NULL).result, 0);
	}
	assert_int_equal(db_run(world->books->db,
				"DELETE FROM contact WHERE number = 2"),
			 1);
	world_sleep(world);
	world_wake(world);
	assert_int_equal(books_chat_gaps(world->books), 1);
}

static void a_content_is_stored_with_its_row(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chat();
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;

	world_chat_over(&chat, &fds);
	for (int i = 0; i < 2; i++)
		assert_int_equal(world_note_chat(world, &chat, &fds).number, 1);
	assert_int_equal(store_check(world->books->store, &chat.object,
				     chat.sealed_size, chat.hash),
			 0);
	assert_int_equal(number_of(world, 'c'), 1);
	assert_int_equal(number_of(world, 'x'), 1);
	assert_int_equal(number_of(world, 'o'), 1);
	assert_int_equal(world->books->balance.rows, 1);
	world_settle(world);
	assert_int_equal(world_entries(world, "chat.sealed"), 1);
}

/* Sent again after the answer was lost, with the same words sealed anew. */
static void a_content_is_kept_once(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chatted(world, "a1");
	struct register_chat again = chat;
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;

	world_chat_over(&again, &fds);
	assert_int_equal(world_note_chat(world, &again, &fds).result, 0);
	assert_int_equal(number_of(world, 'x'), 1);
	assert_int_equal(store_get(world->books->store, &again.object),
			 -ENOENT);
	assert_int_equal(store_check(world->books->store, &chat.object,
				     chat.sealed_size, chat.hash),
			 0);
}

static void a_wrong_hash_keeps_neither_half(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chat();
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;

	world_chat_over(&chat, &fds);
	chat.hash[0] ^= 1;
	assert_int_equal(world_note_chat(world, &chat, &fds).result, -EBADMSG);
	assert_int_equal(number_of(world, 'c'), 0);
	assert_int_equal(number_of(world, 'x'), 0);
	assert_int_equal(store_get(world->books->store, &chat.object), -ENOENT);
	chat.hash[0] ^= 1;
	assert_int_equal(world_note_chat(world, &chat, &fds).number, 1);
}

static void an_object_of_something_else_is_safe(void **state)
{
	struct world *world = *state;
	struct register_recording call = world_recorded(world, 1, "a1");
	struct register_chat chat = world_chat();
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;

	world_chat_over(&chat, &fds);
	chat.object = call.object[0];
	assert_int_equal(world_note_chat(world, &chat, &fds).result, -EBADMSG);
	assert_int_equal(store_check(world->books->store, &call.object[0],
				     call.sealed_size[0], call.hash[0]),
			 0);
	assert_int_equal(number_of(world, 'x'), 0);
	assert_int_equal(books_chat_gaps(world->books), 0);
}

/* Tables that contradict themselves: the copy in the store is not left. */
static void an_object_whose_row_was_refused_is_taken_back(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chat(), first;
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;

	first = world_chatted(world, "a1");
	assert_int_equal(db_run(world->books->db,
				"UPDATE chat SET number = 2 WHERE call = $1",
				db_id(&first.object)),
			 1);
	world_chat_over(&chat, &fds);
	assert_int_equal(world_note_chat(world, &chat, &fds).result, -EBADMSG);
	assert_int_equal(store_get(world->books->store, &chat.object), -ENOENT);
	assert_int_equal(number_of(world, 'c'), 1);
	assert_int_equal(books_chat_gaps(world->books), 0);
}

static void an_id_of_a_call_is_no_chat(void **state)
{
	struct world *world = *state;
	struct register_contact call = world_contact(1);
	struct register_chat chat = world_chat();

	assert_int_equal(world_note(world, &call), 0);
	chat.chat = call.contact;
	assert_int_equal(world_note_chat(world, &chat, NULL).result, -EINVAL);
	chat = world_chat();
	assert_int_equal(world_note_chat(world, &chat, NULL).result, 0);
	call.contact = chat.chat;
	call.version = 9; /* with the very number that the chat has */
	assert_int_equal(world_note(world, &call), -EEXIST);
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT count(*) FROM contact"
				       " WHERE channel = 2 AND version = 1"),
			 1);
}

static void what_is_older_than_collection_is_refused(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chat();
	struct register_chat_noted noted;

	chat.started_at = 1506800000 * NS_PER_S; /* 30 September 2017 */
	noted = world_note_chat(world, &chat, NULL);
	assert_int_equal(noted.result, -EINVAL);
	assert_int_equal(noted.number, 0);
	assert_int_equal(number_of(world, 'c'), 0);
}

/* Civil dates of Helsinki; the months' ends clamp. */
static void no_end_is_later_than_the_policy_says(void **state)
{
	static const struct {
		int64_t started, ended; /* seconds */
		seal_date told_contact, told_chat;
		seal_date contact, chat; /* what is kept */
	} rows[] = {
		/* as told, and never later */
		{ 1795424400, 1795425000, 20271123, 20281123, 20271123,
		  20281123 },
		{ 1795424400, 1795425000, 20990101, 20990101, 20271123,
		  20281123 },
		/* an earlier one stays */
		{ 1795424400, 1795425000, 20270101, 20280101, 20270101,
		  20280101 },
		/* 28.2.2028 23:59:30 to 29.2.2028 00:01: each from its own */
		{ 1835387970, 1835388060, 20990101, 20990101, 20290228,
		  20300228 },
		/* 29.2.2028: no such day a year, two years later */
		{ 1835431200, 1835431800, 20990101, 20990101, 20290228,
		  20300228 },
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct register_chat chat = world_chat();
		OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;

		chat.started_at = rows[i].started * NS_PER_S;
		chat.answered_at = chat.started_at;
		world_chat_over(&chat, &fds);
		chat.ended_at = rows[i].ended * NS_PER_S;
		chat.contact_end.date = rows[i].told_contact;
		chat.chat_end.date = rows[i].told_chat;
		assert_int_equal(world_note_chat(world, &chat, &fds).result, 0);
		assert_int_equal(db_ask_number(world->books->db, 0,
					       "SELECT contact_end FROM contact"
					       " WHERE id = $1",
					       db_id(&chat.chat)),
				 rows[i].contact);
		assert_int_equal(db_ask_number(world->books->db, 0,
					       "SELECT end_date FROM recording"
					       " WHERE call = $1",
					       db_id(&chat.object)),
				 rows[i].chat);
	}
}

static void only_listed_fields_are_stored(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chatted(world, "a1");
	char text[64];

	(void)chat;
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(world->books->db,
		       "SELECT service_number || agent_number || caller_tail,"
		       " caller, receipt FROM contact");
	assert_true(db_rows_next(&rows));
	db_rows_text(&rows, 0, text, sizeof(text));
	assert_string_equal(text, "");
	assert_false(db_rows_bytes(&rows, 1, text, 16));
	assert_true(db_rows_bytes(&rows, 2, text, 32));
}

/* Each breaks one rule; the line ends, and the next one is served. */
static void a_letter_that_breaks_a_rule_ends_the_line(void **state)
{
	struct world *world = *state;
	struct register_chat_noted noted;

	for (int i = 0; i < 12; i++) {
		struct register_chat chat = world_chat();
		OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;

		world_chat_over(&chat, &fds);
		switch (i) {
		case 0:
			memset(chat.agent_name, 'x', sizeof(chat.agent_name));
			break;
		case 1:
			chat.phase = 4;
			break;
		case 2:
			chat.phase = REGISTER_PHASE_TALKING;
			break;
		case 3:
			chat.end_reason = 0;
			break;
		case 4:
			chat.has_object = 2;
			break;
		case 5:
			chat.has_object = 0;
			break;
		case 6:
			chat.chat_end.data_class = SEAL_CLASS_AUDIO;
			break;
		case 7:
			chat.contact_end.date = 20270231;
			break;
		case 8:
			chat.version = 0;
			break;
		case 9:
			chat.object = chat.chat;
			break;
		case 10:
			chat.size = chat.sealed_size + 1;
			break;
		default:
			memset(&chat.chat, 0, sizeof(chat.chat));
			break;
		}
		assert_int_equal(world_ask(world, world->chat, &chat, &fds,
					   &noted, sizeof(noted)),
				 -EPIPE);
		drop_fd(&world->chat);
		world->chat = world_line(world, "chat");
	}
	assert_int_equal(number_of(world, 'c'), 0);
	struct register_chat chat = world_chat();
	assert_int_equal(world_note_chat(world, &chat, NULL).result, 0);
}

static void others_may_not_tell_of_chats(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chat();
	struct register_contact call = world_contact(1);
	struct register_chat_noted noted;

	assert_int_equal(world_ask(world, world->siprec, &chat, NULL, &noted,
				   sizeof(noted)),
			 -EPIPE);
	assert_int_equal(world_ask(world, world->desk, &chat, NULL, &noted,
				   sizeof(noted)),
			 -EPIPE);
	assert_int_equal(world_ask(world, world->chat, &call, NULL, &noted,
				   sizeof(noted)),
			 -EPIPE);
	assert_int_equal(number_of(world, 'c'), 0);
}

static void a_file_that_can_change_is_refused(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chat();
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS, weak = NO_FDS;
	char bytes[2000];
	FILE *file = tmpfile();

	assert_non_null(file);
	world_chat_over(&chat, &fds);
	assert_int_equal(file_read_at(fds.fd[0], bytes, sizeof(bytes), 0), 0);
	assert_int_equal(fwrite(bytes, 1, sizeof(bytes), file), sizeof(bytes));
	assert_int_equal(fflush(file), 0);
	weak.fd[0] = dup(fileno(file));
	weak.count = 1;
	assert_int_equal(world_note_chat(world, &chat, &weak).result, -EBADMSG);
	fclose(file);
}

static void limit_pages(struct world *world, bool to_what_there_is)
{
	int64_t r = to_what_there_is
			    ? db_ask_number(world->books->db, 0,
					    "PRAGMA max_page_count = 1")
			    : db_ask_number(world->books->db, 0,
					    "PRAGMA max_page_count = 1000000");

	assert_true(r > 1);
}

/* The disk is full: nothing is half taken, and later all of it. */
static void a_full_disk_puts_chats_off(void **state)
{
	struct world *world = *state;
	struct register_chat_noted noted = { .result = 0 };
	struct register_chat chat;

	limit_pages(world, true);
	for (int i = 0; i < 4000 && noted.result == 0; i++) {
		chat = world_chat();
		noted = world_note_chat(world, &chat, NULL);
	}
	assert_int_equal(noted.result, -EAGAIN);
	assert_int_equal(noted.number, 0);
	limit_pages(world, false);
	noted = world_note_chat(world, &chat, NULL);
	assert_int_equal(noted.result, 0);
	assert_int_equal(noted.number, number_of(world, 'c'));
	assert_int_equal(books_chat_gaps(world->books), 0);
}

static void a_full_disk_puts_contents_off(void **state)
{
	struct world *world = *state;
	struct register_chat_noted noted = { .result = 0 };
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_chat chat;

	limit_pages(world, true);
	for (int i = 0; i < 4000 && noted.result == 0; i++) {
		letter_fds_drop(&fds);
		chat = world_chat();
		world_chat_over(&chat, &fds);
		noted = world_note_chat(world, &chat, &fds);
	}
	assert_int_equal(noted.result, -EAGAIN);
	assert_int_equal(store_get(world->books->store, &chat.object), -ENOENT);
	limit_pages(world, false);
	assert_int_equal(world_note_chat(world, &chat, &fds).result, 0);
	assert_int_equal(number_of(world, 'x'), number_of(world, 'c'));
	assert_int_equal(books_chat_gaps(world->books), 0);
}

/* A crash between store and row leaves an object; it is adopted. */
static void a_crash_between_store_and_row_is_made_good(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chat();
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;

	world_chat_over(&chat, &fds);
	assert_int_equal(store_put(world->books->store, &chat.object, fds.fd[0],
				   chat.sealed_size, chat.hash),
			 0);
	assert_int_equal(world_note_chat(world, &chat, &fds).result, 0);
	assert_int_equal(number_of(world, 'x'), 1);
}

/* Many letters at once are answered each, in order, from one transaction. */
static void a_batch_is_answered_letter_by_letter(void **state)
{
	struct world *world = *state;
	struct register_chat chat[40];

	for (int i = 0; i < 40; i++) {
		chat[i] = world_chat();
		chat[i].head.tag = (uint64_t)(1000 + i);
		assert_int_equal(
			line_post(world->chat, &chat[i].head, NULL, true), 0);
	}
	world_settle(world);
	for (int i = 0; i < 40; i++) {
		struct register_chat_noted noted;

		assert_int_equal(line_take(world->chat, &noted.head,
					   sizeof(noted), NULL),
				 0);
		assert_int_equal(noted.head.tag, 1000 + i);
		assert_int_equal(noted.result, 0);
		assert_int_equal(noted.number, i + 1);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(a_chat_is_taken_once),
		TEST(a_chat_nobody_took_is_unanswered),
		TEST(chats_have_numbers_of_their_own),
		TEST(a_missing_chat_number_is_seen),
		TEST(a_content_is_stored_with_its_row),
		TEST(a_content_is_kept_once),
		TEST(a_wrong_hash_keeps_neither_half),
		TEST(an_object_of_something_else_is_safe),
		TEST(an_object_whose_row_was_refused_is_taken_back),
		TEST(an_id_of_a_call_is_no_chat),
		TEST(what_is_older_than_collection_is_refused),
		TEST(no_end_is_later_than_the_policy_says),
		TEST(only_listed_fields_are_stored),
		TEST(a_letter_that_breaks_a_rule_ends_the_line),
		TEST(others_may_not_tell_of_chats),
		TEST(a_file_that_can_change_is_refused),
		TEST(a_full_disk_puts_chats_off),
		TEST(a_full_disk_puts_contents_off),
		TEST(a_crash_between_store_and_row_is_made_good),
		TEST(a_batch_is_answered_letter_by_letter),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
