/* SPDX-License-Identifier: EUPL-1.2 */
/* A register that an earlier version has made. */
#include "register/schema.h"
#include "register_world.h"

/* A database as the program before left it, with a call in each state. */
static void a_register_of_calls_learns_of_chats(void **state)
{
	struct world *world = *state;
	struct register_contact call;
	struct register_chat chat = world_chat();
	struct db *db;
	int r;

	world_sleep(world);
	clear_dir(world->dir);
	assert_int_equal(db_open(world->dir, "register.db", world_broken, &db),
			 0);
	assert_int_equal(db_migrate(db, schema_steps, 3), 0);
	for (int64_t i = 1; i <= 4; i++) {
		struct id id = id_new();

		r = db_run(db,
			   "INSERT INTO contact (id, number, version, state,"
			   " started_at, answered_at, ended_at, end_reason,"
			   " flags, audio_end, contact_end, policy,"
			   " service_number, agent, agent_name, agent_number,"
			   " caller_tail, caller) VALUES ($1, $2, 3, $2, 100,"
			   " 200, 300, 4, 5, 20270523, 20271123, 6,"
			   " '+358295550100', 'a1', 'Agent 1', '+358295550111',"
			   " '123', $3)",
			   db_id(&id), db_number(i), db_bytes("abc", 3));
		assert_int_equal(r, 1);
		r = db_run(db,
			   "INSERT INTO recording (call, contact, number,"
			   " segment, flags, began_at, duration_ms,"
			   " lost_packets, end_class, end_date, objects)"
			   " VALUES ($1, $1, $2, 0, 0, 1, 1, 0, 1, 20270523,"
			   " 0)",
			   db_id(&id), db_number(i));
		assert_int_equal(r, 1);
	}
	r = db_run(db, "INSERT INTO sweep (at, recordings, contacts, keys)"
		       " VALUES (1, 2, 3, 4)");
	assert_int_equal(r, 1);
	db_close(db);

	world_wake(world);
	db = world->books->db;
	assert_int_equal(
		db_ask_number(
			db, 0,
			"SELECT count(*) FROM contact JOIN recording"
			" ON recording.contact = contact.id"
			" WHERE channel = 1 AND version = 3 AND state ="
			" contact.number AND started_at = 100 AND answered_at"
			" = 200 AND ended_at = 300 AND end_reason = 4"
			" AND contact.flags = 5 AND audio_end = 20270523"
			" AND contact_end = 20271123 AND policy = 6"
			" AND service_number = '+358295550100' AND agent = 'a1'"
			" AND agent_name = 'Agent 1' AND agent_number ="
			" '+358295550111' AND caller_tail = '123'"
			" AND length(caller) = 3 AND language = ''"),
		4);
	assert_int_equal(db_ask_number(db, -1, "SELECT chats FROM sweep"), 0);
	assert_int_equal(db_check(db), 0);
	assert_int_equal(world->books->highest, 4);
	assert_int_equal(books_gaps(world->books), 0);
	call = world_contact(5);
	assert_int_equal(world_note(world, &call), 0);
	assert_int_equal(world_note_chat(world, &chat, NULL).number, 1);
}

/* With a hold made by hand, and a date whose key is gone. */
static void a_register_of_holds_learns_to_keep_them(void **state)
{
	struct world *world = *state;
	struct id contact = id_new(), call = id_new(), object = id_new();
	struct id hold = id_new();
	struct seal_wrapped wrapped = { .end = { SEAL_CLASS_AUDIO, 20270523 } };
	uint8_t bytes[100] = { 1 }, hash[STORE_HASH_SIZE];
	struct db *db;

	SHA256(bytes, sizeof(bytes), hash);
	OWNED(drop_fd) int fd = file_of("object", bytes, sizeof(bytes));
	assert_int_equal(store_put(world->books->store, &object, fd,
				   sizeof(bytes), hash),
			 0);
	world_sleep(world);
	assert_int_equal(unlinkat(world->dir, "register.db", 0), 0);
	assert_int_equal(db_open(world->dir, "register.db", world_broken, &db),
			 0);
	assert_int_equal(db_migrate(db, schema_steps, 5), 0);
	assert_int_equal(
		db_run(db,
		       "INSERT INTO contact (id, channel, number, version,"
		       " state, started_at, answered_at, ended_at, end_reason,"
		       " flags, audio_end, contact_end, policy,"
		       " service_number, agent, agent_name, agent_number,"
		       " caller_tail, language, queue) VALUES ($1, 1, 1, 3, 3,"
		       " 100, 200, 300, 4, 0, 20270523, 20271123, 6, '', '',"
		       " '', '', '', '', '')",
		       db_id(&contact)),
		1);
	assert_int_equal(
		db_run(db,
		       "INSERT INTO recording (call, contact, number, segment,"
		       " flags, began_at, duration_ms, lost_packets, end_class,"
		       " end_date, objects) VALUES ($1, $2, 1, 0, 0, 1, 1, 0,"
		       " 1, 20270523, 1)",
		       db_id(&call), db_id(&contact)),
		1);
	assert_int_equal(
		db_run(db,
		       "INSERT INTO object (id, call, kind, size, sealed_size,"
		       " hash, wrapped) VALUES ($1, $2, 1, 5, 100, $3, $4)",
		       db_id(&object), db_id(&call),
		       db_bytes(hash, sizeof(hash)),
		       db_bytes(&wrapped, sizeof(wrapped))),
		1);
	assert_int_equal(db_run(db,
				"INSERT INTO hold (id, contact, kind, since,"
				" expires_at) VALUES ($1, $2, 2, 0, 0)",
				db_id(&hold), db_id(&contact)),
			 1);
	assert_int_equal(db_run(db, "INSERT INTO key_gone (end_class, end_date,"
				    " at) VALUES (1, 20260101, 5)"),
			 1);
	db_close(db);

	world_wake(world);
	db = world->books->db;
	assert_int_equal(db_ask_number(db, 0, "SELECT seq FROM key_gone"), -1);
	assert_int_equal(db_check(db), 0);
	/* 00:00 in Helsinki on 23 May 2027. */
	world->books->clock.fixed = 1811019600 * NS_PER_S;
	assert_int_equal(sweep_start(world->front->sweeper, true, NULL, NULL),
			 0);
	world_settle(world);
	assert_true(world_key_is_gone(&world->vault, &wrapped.end));
	assert_int_equal(world->vault.hold_count, 1);
	assert_int_equal(db_ask_number(db, 0,
				       "SELECT count(*) FROM object"
				       " WHERE length(held) = length(wrapped)"),
			 1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(a_register_of_calls_learns_of_chats),
		TEST(a_register_of_holds_learns_to_keep_them),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
