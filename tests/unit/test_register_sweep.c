/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/due.h"
#include "register/figures.h"
#include "register/shorten.h"
#include "register_world.h"

static struct door_sweep sweep(struct world *world, bool dry, nanoseconds as_of)
{
	struct door_sweep ask = {
		.head = { .type = DOOR_SWEEP, .size = sizeof(ask) },
		.dry_run = dry,
		.as_of = as_of / NS_PER_S,
	}, answer;

	WORLD_ASK(world, world->door, ask, answer);
	return answer;
}

static int64_t count(struct world *world, int which)
{
	switch (which) {
	case 'r':
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM recording");
	case 'c':
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM contact");
	case 't':
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM tombstone");
	default:
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM object");
	}
}

static bool key_is_gone(const struct world *world, uint32_t data_class,
			seal_date date)
{
	for (int i = 0; i < world->vault.gone_count; i++)
		if (world->vault.gone[i].data_class == data_class &&
		    world->vault.gone[i].date == date)
			return true;
	return false;
}

/* 00:00 in Helsinki on 23 May 2027 and on 23 November 2027. */
#define AUDIO_END (1811019600 * NS_PER_S)
#define CONTACT_END (1826920800 * NS_PER_S)

static void audio_dies_first_and_the_contact_lives_on(void **state)
{
	struct world *world = *state;
	struct register_recording recording = world_recorded(world, 1, "a1");
	struct door_sweep report;

	world->books->clock.fixed = AUDIO_END - NS_PER_S;
	report = sweep(world, false, 0);
	assert_int_equal(report.result, 0);
	assert_int_equal(report.recordings, 0);
	assert_int_equal(count(world, 'r'), 1);

	world->books->clock.fixed = AUDIO_END;
	report = sweep(world, false, 0);
	assert_int_equal(report.result, 0);
	assert_int_equal(report.recordings, 1);
	assert_int_equal(report.contacts, 0);
	assert_true(key_is_gone(world, SEAL_CLASS_AUDIO, 20270523));
	for (int i = 0; i < 3; i++)
		assert_int_equal(
			store_get(world->books->store, &recording.object[i]),
			-ENOENT);
	assert_int_equal(count(world, 'r'), 0);
	assert_int_equal(count(world, 'o'), 0);
	assert_int_equal(count(world, 'c'), 1);

	world->books->clock.fixed = CONTACT_END - NS_PER_S;
	assert_int_equal(sweep(world, false, 0).contacts, 0);
	world->books->clock.fixed = CONTACT_END;
	report = sweep(world, false, 0);
	assert_int_equal(report.contacts, 1);
	assert_true(key_is_gone(world, SEAL_CLASS_CONTACT, 20271123));
	assert_int_equal(count(world, 'c'), 0);
	assert_int_equal(count(world, 't'), 2);
	assert_int_equal(books_gaps(world->books), 0);
	world_settle(world);
	assert_true(world_entries(world, "sweep.report") >= 2);

	/* What is gone does not come back, and its number neither. */
	struct register_contact again = world_contact(1);
	again.contact = recording.contact;
	assert_int_equal(world_note(world, &again), 0);
	again.contact = id_new();
	assert_int_equal(world_note(world, &again), -EEXIST);
	assert_int_equal(count(world, 'c'), 0);
}

/* A few of the vectors of privacy rules 5.2 as ends, P6M, Helsinki. */
static void end_dates_are_civil_dates(void **state)
{
	static const struct {
		seal_date end;
		int64_t eligible, gone_by; /* seconds */
	} rows[] = {
		{ 20260715, 1784062800, 1784149200 }, /* 07-14T21:00Z */
		{ 20260228, 1772229600, 1772316000 }, /* 02-27T22:00Z */
		{ 20280229, 1835388000, 1835474400 }, /* 2028-02-28T22:00Z */
		{ 20260929, 1790629200, 1790715600 }, /* 09-28T21:00Z */
		{ 20270425, 1808600400, 1808686800 }, /* 04-24T21:00Z */
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		nanoseconds gone_by,
			eligible = due_eligible(world->books, SEAL_CLASS_AUDIO,
						rows[i].end, &gone_by);

		assert_int_equal(eligible / NS_PER_S, rows[i].eligible);
		assert_int_equal(gone_by / NS_PER_S, rows[i].gone_by);
		assert_true(due_date(world->books, SEAL_CLASS_AUDIO,
				     eligible) == rows[i].end);
		assert_true(due_date(world->books, SEAL_CLASS_AUDIO,
				     eligible - 1) < rows[i].end);
	}
}

static void sweeping_twice_is_sweeping_once(void **state)
{
	struct world *world = *state;

	world_recorded(world, 1, "a1");
	world->books->clock.fixed = AUDIO_END;
	assert_int_equal(sweep(world, false, 0).recordings, 1);
	int gone = world->vault.gone_count;
	assert_int_equal(sweep(world, false, 0).recordings, 0);
	assert_int_equal(world->vault.gone_count, gone);
}

static void a_dry_run_erases_nothing(void **state)
{
	struct world *world = *state;

	world_recorded(world, 1, "a1");
	world_recorded(world, 2, "a1");
	struct door_sweep report = sweep(world, true, AUDIO_END);
	assert_int_equal(report.recordings, 2);
	assert_int_equal(report.keys, 1);
	assert_int_equal(report.contacts, 0);
	report = sweep(world, true, CONTACT_END);
	assert_int_equal(report.contacts, 2);
	assert_int_equal(count(world, 'r'), 2);
	assert_int_equal(world->vault.gone_count, 0);
	assert_int_equal(sweep(world, true, 0).recordings, 0);
}

static void a_locked_vault_does_not_lengthen_a_life(void **state)
{
	struct world *world = *state;

	world_recorded(world, 1, "a1");
	world->vault.result = -ENOKEY;
	world->books->clock.fixed = AUDIO_END;
	assert_int_equal(sweep(world, false, 0).result, -ENOKEY);
	assert_int_equal(count(world, 'r'), 1); /* there are hours left */
	assert_int_equal(world->books->overdue, 0);
	world->books->clock.fixed = AUDIO_END + WORLD_DAY - 3600 * NS_PER_S;
	assert_int_equal(sweep(world, false, 0).recordings, 1);
	assert_int_equal(count(world, 'o'), 0);

	/* The key follows when the vault is back. */
	world->vault.result = 0;
	figures_ask_vault(world->books, NULL, NULL, NULL);
	world_settle(world);
	sweep(world, false, 0);
	assert_true(key_is_gone(world, SEAL_CLASS_AUDIO, 20270523));
}

static void the_vaults_clock_has_a_say(void **state)
{
	struct world *world = *state;

	world_recorded(world, 1, "a1");
	world->vault.result = -EPERM;
	world->books->clock.fixed = AUDIO_END + WORLD_DAY;
	assert_int_equal(sweep(world, false, 0).result, -EPERM);
	assert_int_equal(count(world, 'r'), 1);
	assert_true(world->books->overdue > 0); /* and it is an alarm */
}

static void a_held_item_survives_and_its_neighbour_does_not(void **state)
{
	struct world *world = *state;
	struct register_recording held = world_recorded(world, 1, "a1");
	struct id hold = id_new();

	world_recorded(world, 2, "a1");
	assert_int_equal(db_run(world->books->db,
				"INSERT INTO hold (id, contact, kind, since,"
				" expires_at) VALUES ($1, $2, 2, 0, 0)",
				db_id(&hold), db_id(&held.contact)),
			 1);
	world->books->clock.fixed = AUDIO_END + WORLD_DAY;
	assert_int_equal(sweep(world, false, 0).recordings, 1);
	assert_int_equal(count(world, 'r'), 1);
	/* Its key died on time; what is held has another one. */
	assert_true(key_is_gone(world, SEAL_CLASS_AUDIO, 20270523));
	assert_int_equal(world->vault.hold_count, 1);
	assert_int_equal(world->books->overdue, 0);
	assert_int_equal(db_run(world->books->db, "DELETE FROM hold"), 1);
	assert_int_equal(sweep(world, false, 0).recordings, 1);
	assert_int_equal(world->vault.hold_count, 0);
}

static void a_jump_of_the_clock_stops_erasing(void **state)
{
	struct world *world = *state;

	world_recorded(world, 1, "a1");
	assert_int_equal(sweep_start(world->front->sweeper, false, NULL, NULL),
			 0);
	world_settle(world);
	/* Somebody sets the machine's clock ahead by a year. */
	world->books->wall.ahead = 366 * WORLD_DAY;
	world->books->clock.fixed = AUDIO_END;
	assert_int_equal(sweep_start(world->front->sweeper, false, NULL, NULL),
			 0);
	world_settle(world);
	assert_int_equal(count(world, 'r'), 1);
	/* A person says that it is right. */
	assert_int_equal(sweep(world, false, 0).recordings, 1);
	assert_int_equal(count(world, 'r'), 0);
}

/* Two hours before what was seen last, and the process began anew. */
static void a_clock_that_runs_back_stops_erasing(void **state)
{
	struct world *world = *state;

	world_recorded(world, 1, "a1");
	assert_int_equal(sweep(world, false, 0).result, 0);
	world_sleep(world);
	world_wake(world);
	world->books->wall.ahead = -7200 * NS_PER_S;
	world->books->clock.fixed = AUDIO_END;
	assert_int_equal(sweep_start(world->front->sweeper, false, NULL, NULL),
			 0);
	world_settle(world);
	assert_int_equal(count(world, 'r'), 1);
	assert_int_equal(sweep(world, false, 0).recordings, 1);
}

static void keys_of_empty_days_die_too(void **state)
{
	struct world *world = *state;

	world->books->clock.fixed = WORLD_NOW;
	sweep(world, false, 0);
	assert_true(key_is_gone(world, SEAL_CLASS_AUDIO, 20261123));
	world->books->clock.fixed = WORLD_NOW + 3 * WORLD_DAY;
	sweep(world, false, 0);
	assert_true(key_is_gone(world, SEAL_CLASS_AUDIO, 20261124));
	assert_true(key_is_gone(world, SEAL_CLASS_AUDIO, 20261125));
	assert_true(key_is_gone(world, SEAL_CLASS_CONTACT, 20261126));
	assert_false(key_is_gone(world, SEAL_CLASS_AUDIO, 20261127));
}

/*
 * Sound and contact are promised "at most", chats "exactly": on the same day
 * the keys of their dates differ by one.
 */
static void each_class_ends_by_its_own_rule(void **state)
{
	struct world *world = *state;

	sweep(world, false, 0);
	assert_true(key_is_gone(world, SEAL_CLASS_AUDIO, 20261123));
	assert_true(key_is_gone(world, SEAL_CLASS_CONTACT, 20261123));
	assert_true(key_is_gone(world, SEAL_CLASS_CHAT, 20261122));
	assert_false(key_is_gone(world, SEAL_CLASS_CHAT, 20261123));
	world->books->clock.fixed = WORLD_NOW + 2 * WORLD_DAY;
	sweep(world, false, 0);
	for (seal_date date = 20261123; date <= 20261124; date++) {
		assert_true(key_is_gone(world, SEAL_CLASS_AUDIO, date));
		assert_true(key_is_gone(world, SEAL_CLASS_CONTACT, date));
		assert_true(key_is_gone(world, SEAL_CLASS_CHAT, date));
	}
	assert_false(key_is_gone(world, SEAL_CLASS_CHAT, 20261125));

	/* The same of dates on which something ends. */
	world_recorded(world, 1, "a1");
	assert_int_equal(
		db_run(world->books->db, "UPDATE recording SET end_class = 3"),
		1);
	world->books->clock.fixed = AUDIO_END;
	sweep(world, false, 0);
	assert_false(key_is_gone(world, SEAL_CLASS_CHAT, 20270523));
	assert_int_equal(count(world, 'r'), 1);
	world->books->clock.fixed = AUDIO_END + WORLD_DAY;
	sweep(world, false, 0);
	assert_true(key_is_gone(world, SEAL_CLASS_CHAT, 20270523));
	assert_int_equal(count(world, 'r'), 0);
}

/* Three items with one end date, a class each, and a hold on one of them. */
static void an_item_goes_with_the_key_of_its_class(void **state)
{
	struct world *world = *state;
	struct register_recording chat = world_recorded(world, 1, "a1");
	struct register_recording held = world_recorded(world, 2, "a1");
	struct id hold = id_new();
	struct door_sweep report;

	assert_int_equal(db_run(world->books->db,
				"UPDATE recording SET end_class = 3"
				" WHERE call = $1 OR call = $2",
				db_id(&chat.call), db_id(&held.call)),
			 2);
	world_recorded(world, 3, "a1");
	assert_int_equal(db_run(world->books->db,
				"INSERT INTO hold (id, contact, kind, since,"
				" expires_at) VALUES ($1, $2, 2, 0, 0)",
				db_id(&hold), db_id(&held.contact)),
			 1);
	world->books->clock.fixed = AUDIO_END;
	assert_int_equal(sweep(world, true, 0).recordings, 1);
	report = sweep(world, false, 0);
	assert_int_equal(report.recordings, 1);
	assert_true(key_is_gone(world, SEAL_CLASS_AUDIO, 20270523));
	assert_false(key_is_gone(world, SEAL_CLASS_CHAT, 20270523));
	assert_int_equal(count(world, 'r'), 2);

	/* A day later the chat is due, and its key goes; not the held one. */
	world->books->clock.fixed = AUDIO_END + WORLD_DAY;
	assert_int_equal(sweep(world, true, 0).chats, 1);
	assert_int_equal(sweep(world, false, 0).chats, 1);
	assert_true(key_is_gone(world, SEAL_CLASS_CHAT, 20270523));
	assert_int_equal(count(world, 'r'), 1);
	assert_int_equal(world->books->overdue, 0);

	/* A hold that has expired holds nothing, and hides nothing. */
	assert_int_equal(db_run(world->books->db,
				"UPDATE hold SET expires_at = $1",
				db_number(books_seconds(world->books))),
			 1);
	assert_int_equal(sweep(world, true, 0).chats, 1);
	assert_int_equal(sweep(world, false, 0).chats, 1);
	assert_true(key_is_gone(world, SEAL_CLASS_CHAT, 20270523));
	assert_int_equal(world->books->overdue, 0);
}

static void no_object_outlives_its_recording(void **state)
{
	enum { MORE = 30 };
	struct world *world = *state;
	struct register_recording recording = world_recorded(world, 1, "a1");
	struct id more[MORE];

	for (int i = 0; i < MORE; i++) {
		uint8_t bytes[100], hash[STORE_HASH_SIZE];

		randombytes_buf(bytes, sizeof(bytes));
		SHA256(bytes, sizeof(bytes), hash);
		more[i] = id_new();
		OWNED(drop_fd) int fd = file_of("object", bytes, sizeof(bytes));
		assert_true(fd >= 0);
		assert_int_equal(store_put(world->books->store, &more[i], fd,
					   sizeof(bytes), hash),
				 0);
		assert_int_equal(
			db_run(world->books->db,
			       "INSERT INTO object (id, call, kind, size,"
			       " sealed_size, hash, wrapped) VALUES ($1, $2,"
			       " $3, 1, 100, $4, $4)",
			       db_id(&more[i]), db_id(&recording.call),
			       db_number(100 + i),
			       db_bytes(hash, sizeof(hash))),
			1);
	}
	assert_int_equal(count(world, 'o'), 3 + MORE);
	world->books->clock.fixed = AUDIO_END;
	assert_int_equal(sweep(world, false, 0).recordings, 1);
	assert_int_equal(count(world, 'o'), 0);
	for (int i = 0; i < MORE; i++)
		assert_int_equal(store_get(world->books->store, &more[i]),
				 -ENOENT);
}

static void a_crash_between_any_two_steps_is_finished_later(void **state)
{
	struct world *world = *state;

	for (uint64_t n = 1; n <= 4; n++)
		world_recorded(world, n, "a1");
	world->books->clock.fixed = AUDIO_END;
	for (int turns = 0; count(world, 'r') > 0 && turns < 40; turns++) {
		world->books->clock.fixed = AUDIO_END;
		assert_int_equal(
			sweep_start(world->front->sweeper, false, NULL, NULL),
			0);
		for (int i = 0; i < turns; i++)
			world_turn(world, 0);
		world_sleep(world);
		world_wake(world);
	}
	assert_int_equal(count(world, 'r'), 0);
	assert_int_equal(count(world, 'o'), 0);
	assert_int_equal(count(world, 't'), 4);
}

static void objects_gone_before_their_rows_are_no_obstacle(void **state)
{
	struct world *world = *state;
	struct register_recording recording = world_recorded(world, 1, "a1");

	assert_int_equal(
		store_remove(world->books->store, &recording.object[0]), 0);
	world->books->clock.fixed = AUDIO_END;
	assert_int_equal(sweep(world, false, 0).recordings, 1);
	assert_int_equal(count(world, 'r'), 0);
}

static void a_shorter_policy_holds_at_once_and_a_longer_one_never(void **state)
{
	struct world *world = *state;
	struct id early;

	for (uint64_t n = 1; n <= 70; n++) {
		struct register_contact contact = world_contact(n);

		if (n == 2) { /* made under a shorter promise */
			contact.audio_end.date = 20261201;
			early = contact.contact;
		}
		assert_int_equal(world_note(world, &contact), 0);
	}
	/* As if they had been recorded under a policy of twelve months. */
	struct register_contact last = world_ended(world, 71, "a1");
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_recording recording = world_recording(&last, &fds);
	assert_int_equal(world_take(world, &recording, &fds), 0);
	assert_true(db_run(world->books->db,
			   "UPDATE contact SET audio_end = 20271123"
			   " WHERE number <> 2") > 0);
	assert_int_equal(db_run(world->books->db,
				"UPDATE recording SET end_date = 20271123"),
			 1);
	assert_true(shorten_some(world->books));
	world_sleep(world);
	world_wake(world);
	for (int i = 0; shorten_some(world->books); i++)
		assert_true(i < 8);
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT count(*) FROM contact"
				       " WHERE audio_end = 20270523"),
			 70);
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT audio_end FROM contact"
				       " WHERE id = $1",
				       db_id(&early)),
			 20261201);
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT end_date FROM recording"),
			 20270523);
	assert_false(shorten_some(world->books));
}

static void only_a_test_call_is_erased_by_command(void **state)
{
	struct world *world = *state;
	struct register_recording real = world_recorded(world, 1, "a1");
	struct register_contact test = world_contact(2);
	struct door_verify ask = {
		.head = { .type = DOOR_ERASE_TEST, .size = sizeof(ask) },
		.contact = real.contact,
	}, answer;

	WORLD_ASK(world, world->door, ask, answer);
	assert_int_equal(answer.result, -EPERM);
	memcpy(test.service_number, "+358295550199", 13);
	assert_int_equal(world_note(world, &test), 0);
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_recording recording = world_recording(&test, &fds);
	assert_int_equal(world_take(world, &recording, &fds), 0);

	ask.head.type = DOOR_VERIFY;
	ask.contact = (struct id){ 0 }; /* the newest */
	WORLD_ASK(world, world->door, ask, answer);
	assert_int_equal(answer.result, 0);
	assert_int_equal(answer.objects, 3);
	assert_int_equal(answer.duration_ms, 60000);
	assert_true(id_is(&answer.contact, &test.contact));

	ask.head.type = DOOR_ERASE_TEST;
	ask.contact = test.contact;
	WORLD_ASK(world, world->door, ask, answer);
	assert_int_equal(answer.result, 0);
	assert_int_equal(count(world, 'c'), 1);
	assert_int_equal(count(world, 'o'), 3);
	assert_int_equal(books_gaps(world->books), 0);
	WORLD_ASK(world, world->door, ask, answer);
	assert_int_equal(answer.result, -ENOENT);

	/* finish hands it in once more: it is known, and stays gone. */
	assert_int_equal(world_take(world, &recording, &fds), 0);
	assert_int_equal(count(world, 'o'), 3);
}

static void the_door_lists_contacts_without_callers(void **state)
{
	struct world *world = *state;
	struct door_list ask = {
		.head = { .type = DOOR_CONTACTS, .size = sizeof(ask) },
	};
	struct desk_contact_rows rows;

	world_recorded(world, 1, "a1");
	WORLD_ASK(world, world->door, ask, rows);
	assert_int_equal(rows.head.type, DOOR_CONTACT_ROWS);
	assert_int_equal(rows.count, 1);
	assert_string_equal(rows.row[0].caller, "");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(audio_dies_first_and_the_contact_lives_on),
		TEST(end_dates_are_civil_dates),
		TEST(sweeping_twice_is_sweeping_once),
		TEST(a_dry_run_erases_nothing),
		TEST(a_locked_vault_does_not_lengthen_a_life),
		TEST(the_vaults_clock_has_a_say),
		TEST(a_held_item_survives_and_its_neighbour_does_not),
		TEST(a_jump_of_the_clock_stops_erasing),
		TEST(a_clock_that_runs_back_stops_erasing),
		TEST(keys_of_empty_days_die_too),
		TEST(each_class_ends_by_its_own_rule),
		TEST(an_item_goes_with_the_key_of_its_class),
		TEST(no_object_outlives_its_recording),
		TEST(a_crash_between_any_two_steps_is_finished_later),
		TEST(objects_gone_before_their_rows_are_no_obstacle),
		TEST(a_shorter_policy_holds_at_once_and_a_longer_one_never),
		TEST(only_a_test_call_is_erased_by_command),
		TEST(the_door_lists_contacts_without_callers),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
