/* SPDX-License-Identifier: EUPL-1.2 */
#include "register_world.h"

static void a_contact_is_taken_once(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_contact(1);

	assert_int_equal(world_note(world, &contact), 0);
	assert_int_equal(world_note(world, &contact), 0);
	contact.version = 2;
	contact.state = REGISTER_STATE_ENDED;
	contact.ended_at = WORLD_NOW;
	assert_int_equal(world_note(world, &contact), 0);
	contact.version = 1;
	assert_int_equal(world_note(world, &contact), -ESTALE);
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT count(*) FROM contact"),
			 1);
	world_settle(world);
	assert_int_equal(world_entries(world, "contact.opened"), 1);
	assert_int_equal(world_entries(world, "contact.closed"), 1);
}

static void a_number_belongs_to_one_contact(void **state)
{
	struct world *world = *state;
	struct register_contact one = world_contact(1), two = world_contact(1);

	assert_int_equal(world_note(world, &one), 0);
	assert_int_equal(world_note(world, &two), -EEXIST);
	one.number = 2;
	one.version = 2;
	assert_int_equal(world_note(world, &one), -EEXIST);
}

static void a_missing_number_is_counted(void **state)
{
	struct world *world = *state;
	struct register_contact one = world_contact(1), two = world_contact(2),
				three = world_contact(3);
	struct register_last last = {
		.head = { .type = REGISTER_LAST, .size = sizeof(last) },
	};

	assert_int_equal(world_note(world, &one), 0);
	assert_int_equal(world_note(world, &three), 0);
	assert_int_equal(books_gaps(world->books), 1);
	assert_int_equal(world_note(world, &two), 0);
	assert_int_equal(books_gaps(world->books), 0);
	WORLD_ASK(world, world->siprec, last, last);
	assert_int_equal(last.number, 3);
	world_sleep(world);
	world_wake(world);
	assert_int_equal(world->books->highest, 3);
	assert_int_equal(books_gaps(world->books), 0);
}

static void what_is_older_than_collection_is_refused(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_contact(1);

	contact.started_at = 1506800000 * NS_PER_S; /* 30 September 2017 */
	assert_int_equal(world_note(world, &contact), -EINVAL);
}

static void a_withheld_number_is_never_kept(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_contact(1);
	struct seal_text caller;

	contact.flags = REGISTER_FLAG_WITHHELD;
	assert_int_equal(world_note(world, &contact), 0);
	OWNED(db_rows_end)
	struct db_rows rows = db_ask(world->books->db,
				     "SELECT caller, caller_tail FROM contact");
	char tail[8];
	assert_true(db_rows_next(&rows));
	db_rows_bytes(&rows, 0, &caller, sizeof(caller));
	assert_true(bytes_are_zero(&caller, sizeof(caller)));
	db_rows_text(&rows, 1, tail, sizeof(tail));
	assert_string_equal(tail, "");
}

static void what_is_no_number_is_dropped(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_contact(1);
	char text[32];

	memset(contact.agent_number, 0, sizeof(contact.agent_number));
	memcpy(contact.agent_number, "sip:x@example", 13);
	memcpy(contact.caller_tail, "12345\0\0", 7);
	assert_int_equal(world_note(world, &contact), 0);
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(world->books->db,
		       "SELECT agent_number || caller_tail FROM contact");
	assert_true(db_rows_next(&rows));
	db_rows_text(&rows, 0, text, sizeof(text));
	assert_string_equal(text, "");
}

static void a_text_without_end_ends_the_line(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_contact(1);
	struct register_noted noted;

	memset(contact.agent_name, 'x', sizeof(contact.agent_name));
	assert_int_equal(world_ask(world, world->siprec, &contact, NULL, &noted,
				   sizeof(noted)),
			 -EPIPE);
	drop_fd(&world->siprec);
	world->siprec = world_line(world, "siprec");
	contact = world_contact(1);
	assert_int_equal(world_note(world, &contact), 0);
}

static void siprec_may_not_send_recordings(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_contact(1);
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_recording recording = world_recording(&contact, &fds);
	struct register_taken taken;

	assert_int_equal(world_ask(world, world->siprec, &recording, &fds,
				   &taken, sizeof(taken)),
			 -EPIPE);
}

static void a_policy_end_is_never_exceeded(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_contact(1);

	contact.audio_end.date = 20990101;
	contact.contact_end.date = 20270101; /* an earlier one stays */
	assert_int_equal(world_note(world, &contact), 0);
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT audio_end FROM contact"),
			 20270523);
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT contact_end FROM contact"),
			 20270101);
}

static void a_recording_is_stored_once(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_ended(world, 1, "a1");
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_recording recording = world_recording(&contact, &fds);
	struct register_is_known known = {
		.head = { .type = REGISTER_IS_KNOWN, .size = sizeof(known) },
		.call = recording.call,
	};

	WORLD_ASK(world, world->finish, known, known);
	assert_int_equal(known.is_known, 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(world_take(world, &recording, &fds), 0);
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT count(*) FROM object"),
			 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(store_check(world->books->store,
					     &recording.object[i],
					     recording.sealed_size[i],
					     recording.hash[i]),
				 0);
	known.is_known = 0;
	WORLD_ASK(world, world->finish, known, known);
	assert_int_equal(known.is_known, 1);
	world_settle(world);
	assert_int_equal(world_entries(world, "media.sealed"), 1);
}

static void a_recording_may_come_before_its_contact(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_contact(1);
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_recording recording = world_recording(&contact, &fds);

	recording.flags = REGISTER_FLAG_RECOVERED;
	assert_int_equal(world_take(world, &recording, &fds), 0);
	assert_int_equal(world_note(world, &contact), 0);
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT contact.flags FROM contact JOIN"
				       " recording ON contact.id ="
				       " recording.contact"),
			 REGISTER_FLAG_RECOVERED);
}

static void a_wrong_hash_keeps_nothing(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_ended(world, 1, "a1");
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_recording recording = world_recording(&contact, &fds);

	recording.hash[2][0] ^= 1;
	assert_int_equal(world_take(world, &recording, &fds), -EBADMSG);
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT count(*) FROM recording"),
			 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
			store_get(world->books->store, &recording.object[i]),
			-ENOENT);
}

static void an_object_of_another_recording_is_safe(void **state)
{
	struct world *world = *state;
	struct register_recording first = world_recorded(world, 1, "a1");
	struct register_contact contact = world_ended(world, 2, "a1");
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_recording second = world_recording(&contact, &fds);

	second.object[0] = first.object[0];
	assert_int_equal(world_take(world, &second, &fds), -EBADMSG);
	assert_int_equal(store_check(world->books->store, &first.object[0],
				     first.sealed_size[0], first.hash[0]),
			 0);
}

static void a_file_that_can_change_is_refused(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_ended(world, 1, "a1");
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_recording recording = world_recording(&contact, &fds);
	char bytes[2000];
	FILE *file = tmpfile();

	assert_int_equal(file_read_at(fds.fd[0], bytes, sizeof(bytes), 0), 0);
	assert_int_equal(fwrite(bytes, 1, sizeof(bytes), file), sizeof(bytes));
	assert_int_equal(fflush(file), 0);
	assert_true(dup2(fileno(file), fds.fd[0]) >= 0);
	assert_int_equal(world_take(world, &recording, &fds), -EBADMSG);
	(void)fclose(file);
}

static void a_call_without_sound_leaves_no_object(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_ended(world, 1, "a1");
	struct letter_fds fds = NO_FDS;
	struct register_recording recording = {
		.head = { .type = REGISTER_RECORDING,
			  .size = sizeof(recording) },
		.contact = contact.contact,
		.call = id_new(),
		.number = 1,
		.end = contact.audio_end,
	};

	assert_int_equal(world_take(world, &recording, &fds), 0);
	assert_int_equal(
		db_ask_number(world->books->db, 0, "SELECT flags FROM contact"),
		REGISTER_FLAG_NO_SOUND);
}

static void a_call_that_could_not_be_saved_says_so(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_ended(world, 1, "a1");
	struct letter_fds fds = NO_FDS;
	struct register_recording recording = {
		.head = { .type = REGISTER_RECORDING,
			  .size = sizeof(recording) },
		.contact = contact.contact,
		.call = id_new(),
		.number = 1,
		.flags = REGISTER_FLAG_DAMAGED,
		.end = contact.audio_end,
	};

	assert_int_equal(world_take(world, &recording, &fds), 0);
	assert_int_equal(
		db_ask_number(world->books->db, 0, "SELECT flags FROM contact"),
		REGISTER_FLAG_DAMAGED | REGISTER_FLAG_RUINED);
}

static void a_crash_between_store_and_row_is_made_good(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_ended(world, 1, "a1");
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_recording recording = world_recording(&contact, &fds);

	/* Stored, but the row was never written. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(store_put(world->books->store,
					   &recording.object[i], fds.fd[i],
					   recording.sealed_size[i],
					   recording.hash[i]),
				 0);
	reconcile_start(world->front->reconciler);
	for (int i = 0; i < 300; i++)
		world_turn(world, 0);
	assert_int_equal(world->books->balance.orphans, 3);
	assert_int_equal(world_take(world, &recording, &fds), 0);
	reconcile_start(world->front->reconciler);
	for (int i = 0; i < 300; i++)
		world_turn(world, 0);
	assert_int_equal(world->books->balance.orphans, 0);
	assert_int_equal(world->books->balance.rows, 3);
	assert_int_equal(world->books->balance.objects, 3);
	assert_int_equal(
		store_remove(world->books->store, &recording.object[1]), 0);
	reconcile_start(world->front->reconciler);
	for (int i = 0; i < 300; i++)
		world_turn(world, 0);
	assert_int_equal(world->books->balance.phantoms, 1);
}

static void recording_goes_on_without_the_vault(void **state)
{
	struct world *world = *state;

	drop_fd(&world->vault.end);
	for (uint64_t n = 1; n <= 5; n++)
		world_recorded(world, n, "a1");
	world_sleep(world);
	world_wake(world);
	world_settle(world);
	assert_int_equal(world_entries(world, "contact.opened"), 5);
	assert_int_equal(world_entries(world, "media.sealed"), 5);
	assert_int_equal(db_ask_number(world->books->db, -1,
				       "SELECT count(*) FROM outbox"),
			 0);
	/* In the order in which it happened. */
	char *at = strstr(world->vault.entry[1], "\"number\":1,");
	assert_non_null(at);
}

static int64_t limit_pages(struct world *world, bool limited)
{
	if (limited)
		return db_ask_number(world->books->db, 0,
				     "PRAGMA max_page_count = 1");
	return db_ask_number(world->books->db, 0,
			     "PRAGMA max_page_count = 100000");
}

static void a_full_disk_keeps_contacts_waiting(void **state)
{
	struct world *world = *state;
	struct register_contact first = world_contact(1);
	struct register_noted noted;
	struct pollfd ready = { .events = POLLIN };
	uint64_t n = 2;

	assert_int_equal(world_note(world, &first), 0);
	/* SQLite lowers the limit to what there is: fill that up. */
	assert_true(limit_pages(world, true) > 1);
	ready.fd = world->siprec;
	for (; n < 4000; n++) {
		struct register_contact contact = world_contact(n);

		contact.head.tag = n;
		assert_int_equal(
			line_post(world->siprec, &contact.head, NULL, true), 0);
		world_turn(world, 0);
		if (world->front->stall.count)
			break;
		assert_int_equal(line_take(world->siprec, &noted.head,
					   sizeof(noted), NULL),
				 0);
		assert_int_equal(noted.result, 0);
	}
	assert_in_range(n, 2, 3999);
	world_settle(world);
	assert_int_equal(poll(&ready, 1, 0), 0); /* no answer yet */
	recorder_retry(world->front);
	assert_int_equal(world->front->stall.count, 1);

	limit_pages(world, false);
	recorder_retry(world->front);
	assert_int_equal(
		line_take(world->siprec, &noted.head, sizeof(noted), NULL), 0);
	assert_int_equal(noted.head.tag, n);
	assert_int_equal(noted.result, 0);
	first = world_contact(n + 1);
	assert_int_equal(world_note(world, &first), 0);
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT count(*) FROM contact"),
			 n + 1);
	assert_int_equal(books_gaps(world->books), 0);
	assert_int_equal(db_check(world->books->db), 0);
}

static void a_full_disk_refuses_recordings_for_now(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_ended(world, 1, "a1");
	int32_t result = 0;

	limit_pages(world, true);
	for (int i = 0; i < 1000 && result == 0; i++) {
		OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
		struct register_recording recording =
			world_recording(&contact, &fds);

		result = world_take(world, &recording, &fds);
		if (result == 0)
			continue;
		assert_int_equal(result, -EAGAIN);
		assert_int_equal(
			store_get(world->books->store, &recording.object[0]),
			-ENOENT);
		limit_pages(world, false);
		assert_int_equal(world_take(world, &recording, &fds), 0);
	}
	assert_int_equal(result, -EAGAIN);
}

static void no_field_can_inject_sql(void **state)
{
	static const char *const nasty[] = {
		"'; DELETE FROM contact; --",
		"' OR 1=1 --",
		"\"; DROP",
		"%' UNION SELECT",
		"\\'; --",
		"$1",
		"?1",
	};
	struct world *world = *state;
	char text[64];

	for (size_t i = 0; i < COUNT(nasty); i++) {
		struct register_contact contact = world_contact(i + 1);

		memset(contact.agent, 0, sizeof(contact.agent));
		memset(contact.agent_name, 0, sizeof(contact.agent_name));
		memcpy(contact.agent, nasty[i], strlen(nasty[i]));
		memcpy(contact.agent_name, nasty[i], strlen(nasty[i]));
		assert_int_equal(world_note(world, &contact), 0);
		OWNED(db_rows_end)
		struct db_rows rows = db_ask(
			world->books->db,
			"SELECT agent_name FROM contact WHERE agent = $1",
			db_text(nasty[i]));
		assert_true(db_rows_next(&rows));
		db_rows_text(&rows, 0, text, sizeof(text));
		assert_string_equal(text, nasty[i]);
	}
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT count(*) FROM contact"),
			 COUNT(nasty));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(a_contact_is_taken_once),
		TEST(a_number_belongs_to_one_contact),
		TEST(a_missing_number_is_counted),
		TEST(what_is_older_than_collection_is_refused),
		TEST(a_withheld_number_is_never_kept),
		TEST(what_is_no_number_is_dropped),
		TEST(a_text_without_end_ends_the_line),
		TEST(siprec_may_not_send_recordings),
		TEST(a_policy_end_is_never_exceeded),
		TEST(a_recording_is_stored_once),
		TEST(a_recording_may_come_before_its_contact),
		TEST(a_wrong_hash_keeps_nothing),
		TEST(an_object_of_another_recording_is_safe),
		TEST(a_file_that_can_change_is_refused),
		TEST(a_call_without_sound_leaves_no_object),
		TEST(a_call_that_could_not_be_saved_says_so),
		TEST(a_crash_between_store_and_row_is_made_good),
		TEST(recording_goes_on_without_the_vault),
		TEST(a_full_disk_keeps_contacts_waiting),
		TEST(a_full_disk_refuses_recordings_for_now),
		TEST(no_field_can_inject_sql),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
