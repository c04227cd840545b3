/* SPDX-License-Identifier: EUPL-1.2 */
/* Holds: who may be held, for what, for how long, and what is told of it. */
#include "hold_world.h"

static void what_a_hold_may_be(void **state)
{
	struct world *world = *state;
	struct register_recording recording = world_recorded(world, 1, "a1");
	struct id nobody = id_new();
	int64_t now = books_seconds(world->books);
	struct door_hold good = {
		.head = { .type = DOOR_HOLD_PLACE, .size = sizeof(good) },
		.kind = DECIDE_HOLD_LEGAL,
		.contact = recording.contact,
		.expires_at = now + 200 * DAY_S,
		.review_at = now + 90 * DAY_S,
		.reference = "K-2026/17",
	}, bad, answer;

	assert_int_equal(place(world, &nobody, DECIDE_HOLD_LEGAL, 9).result,
			 -ENOENT);
	assert_int_equal(place(world, &recording.contact, 0, 9).result,
			 -EINVAL);
	assert_int_equal(place(world, &recording.contact, 4, 9).result,
			 -EINVAL);
	/* Each of them ends by itself, but a restriction by a decision. */
	assert_int_equal(
		place(world, &recording.contact, DECIDE_HOLD_ACCESS, 0).result,
		-EINVAL);
	assert_int_equal(
		place(world, &recording.contact, DECIDE_HOLD_RESTRICTION, 9)
			.result,
		-EINVAL);
	bad = good;
	bad.review_at = 0;
	WORLD_ASK(world, world->door, bad, answer);
	assert_int_equal(answer.result, -EINVAL);
	bad.review_at = now + 91 * DAY_S;
	WORLD_ASK(world, world->door, bad, answer);
	assert_int_equal(answer.result, -EINVAL);
	bad = good;
	bad.expires_at = now;
	WORLD_ASK(world, world->door, bad, answer);
	assert_int_equal(answer.result, -EINVAL);
	assert_int_equal(hold_count(world->books), 0);
	for (int i = 0; i < HOLD_PER_CONTACT_MAX; i++) {
		WORLD_ASK(world, world->door, good, answer);
		assert_int_equal(answer.result, 0);
	}
	WORLD_ASK(world, world->door, good, answer);
	assert_int_equal(answer.result, -EMLINK);
	assert_int_equal(world->vault.hold_count, 1);
}

/* The promise of an end has the exceptions that the notice tells. */
static void a_hold_that_the_notice_does_not_tell_is_refused(void **state)
{
	struct world *world = *state;
	struct register_recording recording = world_recorded(world, 1, "a1");

	world->books->policy->holds.kinds =
		1U << NOTICE_HOLD_ACCESS | 1U << NOTICE_HOLD_RESTRICTION;
	assert_int_equal(
		place(world, &recording.contact, DECIDE_HOLD_LEGAL, 60).result,
		-EPERM);
	assert_int_equal(hold_count(world->books), 0);
	world->books->policy->holds.kinds |= 1U << NOTICE_HOLD_CLAIM;
	assert_int_equal(
		place(world, &recording.contact, DECIDE_HOLD_LEGAL, 60).result,
		0);
}

static void a_reference_is_no_text_about_a_person(void **state)
{
	static const char *const good[] = { "A1", "TSV/123/2026", "K-2026.17",
					    "ABCDEF/123456" };
	static const char *const bad[] = {
		"",
		"A",
		"1A",
		"tsv/1",
		"ABCDEFG/1",
		"T0401234567",
		"A 1",
		"A1\n",
		"010190-123A",
		"+358401234567",
		"A1@B",
		"\xc3\x84"
		"1",
	};
	char full[DOOR_REFERENCE_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(hold_reference_is(good[i], DOOR_REFERENCE_SIZE));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(hold_reference_is(bad[i], DOOR_REFERENCE_SIZE));
	for (size_t i = 0; i < sizeof(full); i++)
		full[i] = i % 2 ? '1' : 'A';
	assert_false(hold_reference_is(full, sizeof(full)));
}

static void what_has_come_to_its_end_is_held_no_more(void **state)
{
	struct world *world = *state;
	struct register_recording recording = world_recorded(world, 1, "a1");

	world->books->clock.fixed = CONTACT_END;
	assert_int_equal(
		place(world, &recording.contact, DECIDE_HOLD_LEGAL, 9).result,
		-EKEYEXPIRED);
}

static void a_list_of_holds_tells_how_they_stand(void **state)
{
	struct world *world = *state;
	struct door_list ask = {
		.head = { .type = DOOR_HOLDS, .size = sizeof(ask) },
	};
	struct door_hold_rows rows;
	uint32_t told = 0;

	for (uint64_t n = 1; n <= DOOR_HOLDS_MAX + 3; n++) {
		struct register_recording held = world_recorded(world, n, "a1");

		assert_int_equal(
			place(world, &held.contact, DECIDE_HOLD_ACCESS, 300)
				.result,
			0);
	}
	do {
		WORLD_ASK(world, world->door, ask, rows);
		for (uint32_t i = 0; i < rows.count; i++) {
			assert_int_equal(rows.row[i].kind, DECIDE_HOLD_ACCESS);
			assert_string_equal(rows.row[i].reference,
					    "TSV/123/2026");
			assert_int_equal(rows.row[i].audio_end, 20270523);
			assert_int_equal(rows.row[i].contact_end, 20271123);
			assert_false(rows.row[i].is_beyond);
			assert_true(rows.row[i].is_kept);
		}
		told += rows.count;
		ask.before = rows.next;
	} while (rows.next);
	assert_int_equal(told, DOOR_HOLDS_MAX + 3);
	ask.before = 0;
	world->books->clock.fixed = AUDIO_END;
	WORLD_ASK(world, world->door, ask, rows);
	assert_true(rows.row[0].is_beyond);
}

static void a_receipt_tells_what_went_and_with_which_key(void **state)
{
	struct world *world = *state;
	struct register_recording one = world_recorded(world, 1, "a1");
	struct register_recording held = world_recorded(world, 2, "a1");
	struct door_hold hold =
		place(world, &held.contact, DECIDE_HOLD_LEGAL, 600);
	struct door_receipt ask = {
		.head = { .type = DOOR_RECEIPT, .size = sizeof(ask) },
		.item = one.contact,
	}, answer;

	WORLD_ASK(world, world->door, ask, answer);
	assert_int_equal(answer.result, -ENOENT);
	assert_int_equal(answer.alive, 2);
	world->books->clock.fixed = AUDIO_END;
	sweep(world);
	WORLD_ASK(world, world->door, ask, answer);
	assert_int_equal(answer.result, 0);
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.alive, 1);
	assert_true(id_is(&answer.tomb[0].item, &one.call));
	assert_int_equal(answer.tomb[0].kind, 2);
	assert_int_equal(answer.tomb[0].data_class, SEAL_CLASS_AUDIO);
	assert_int_equal(answer.tomb[0].cause, 1);
	assert_int_equal(answer.tomb[0].end, 20270523);
	assert_int_equal(answer.tomb[0].key_date, 20270523);
	assert_int_equal(answer.tomb[0].key_gone_at, AUDIO_END / NS_PER_S);
	assert_true(answer.tomb[0].key_seq >= 0);
	assert_int_equal(answer.tomb[0].hold_gone_at, 0);

	/* By the recording's own id it is the same. */
	ask.item = one.call;
	WORLD_ASK(world, world->door, ask, answer);
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.alive, 0);

	world->books->clock.fixed = AUDIO_END + WORLD_DAY;
	assert_int_equal(lift(world, &hold.hold), 0);
	ask.item = held.call;
	WORLD_ASK(world, world->door, ask, answer);
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.tomb[0].key_gone_at, AUDIO_END / NS_PER_S);
	assert_int_equal(answer.tomb[0].hold_gone_at,
			 (AUDIO_END + WORLD_DAY) / NS_PER_S);
	assert_true(answer.tomb[0].hold_seq > answer.tomb[0].key_seq);
}

static void figures_count_what_is_kept_beyond_its_end(void **state)
{
	struct world *world = *state;
	struct register_recording held = world_recorded(world, 1, "a1");
	struct desk_figures figures;

	place(world, &held.contact, DECIDE_HOLD_ACCESS, 300);
	place(world, &held.contact, DECIDE_HOLD_LEGAL, 300);
	figures_tell(world->books, &figures);
	assert_int_equal(figures.holds, 2);
	assert_int_equal(figures.held_beyond[DECIDE_HOLD_LEGAL], 0);
	world->books->clock.fixed = AUDIO_END;
	sweep(world);
	figures_tell(world->books, &figures);
	/* Once, by the strongest of them. */
	assert_int_equal(figures.held_beyond[DECIDE_HOLD_ACCESS], 0);
	assert_int_equal(figures.held_beyond[DECIDE_HOLD_LEGAL], 1);
	assert_int_equal(figures.overdue, 0);
}

static void a_clock_that_is_not_believed_ends_no_hold(void **state)
{
	struct world *world = *state;
	struct register_recording held = world_recorded(world, 1, "a1");

	place(world, &held.contact, DECIDE_HOLD_ACCESS, 30);
	assert_int_equal(sweep(world).result, 0);
	/* A restart, and the machine says it is half a year later. */
	world_sleep(world);
	world_wake(world);
	world->books->wall.ahead = 200 * WORLD_DAY;
	world->books->clock.fixed = WORLD_NOW + 200 * WORLD_DAY;
	assert_int_equal(sweep_start(world->front->sweeper, false, NULL, NULL),
			 0);
	world_settle(world);
	assert_int_equal(count(world, "recordings"), 1);
	assert_int_equal(world->vault.hold_count, 1);
	assert_int_equal(count(world, "kept"), 3);
	/* A person says that it is. */
	assert_int_equal(sweep(world).recordings, 1);
	assert_int_equal(world->vault.hold_count, 0);
}

static void a_hold_that_expires_lets_go_by_itself(void **state)
{
	struct world *world = *state;
	struct register_recording recording = world_recorded(world, 1, "a1");
	int64_t days = (AUDIO_END - WORLD_NOW) / WORLD_DAY + 10;

	assert_int_equal(
		place(world, &recording.contact, DECIDE_HOLD_ACCESS, days)
			.result,
		0);
	world->books->clock.fixed = AUDIO_END + 5 * WORLD_DAY;
	assert_int_equal(sweep(world).recordings, 0);
	assert_int_equal(hold_count_beyond(world->books, DECIDE_HOLD_ACCESS),
			 1);
	world->books->clock.fixed = AUDIO_END + 12 * WORLD_DAY;
	/* A day late and still there is an alarm, whoever held it. */
	sweep_count_overdue(world->books);
	assert_int_equal(world->books->overdue, 1);
	assert_int_equal(sweep(world).recordings, 1);
	assert_int_equal(world->books->overdue, 0);
	assert_int_equal(world->vault.hold_count, 0);
	world_settle(world);
	assert_int_equal(world_entries(world, "expired"), 1);
	assert_int_equal(hold_count(world->books), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(what_a_hold_may_be),
		TEST(a_hold_that_the_notice_does_not_tell_is_refused),
		TEST(a_reference_is_no_text_about_a_person),
		TEST(what_has_come_to_its_end_is_held_no_more),
		TEST(a_list_of_holds_tells_how_they_stand),
		TEST(a_receipt_tells_what_went_and_with_which_key),
		TEST(figures_count_what_is_kept_beyond_its_end),
		TEST(a_clock_that_is_not_believed_ends_no_hold),
		TEST(a_hold_that_expires_lets_go_by_itself),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
