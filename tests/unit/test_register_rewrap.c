/* SPDX-License-Identifier: EUPL-1.2 */
/* What is kept of a held contact when its date comes, and that nothing else
 * is; whenever the vault dies. */
#include "hold_world.h"

static void what_is_held_outlives_its_date_and_no_neighbour_does(void **state)
{
	struct world *world = *state;
	struct register_recording held = world_recorded(world, 1, "a1");
	struct register_recording neighbour = world_recorded(world, 2, "a1");
	struct door_hold hold =
		place(world, &held.contact, DECIDE_HOLD_LEGAL, 600);

	assert_int_equal(hold.result, 0);
	assert_memory_equal(hold.actor, "uid:", 4);
	/* At once, not on the last day. */
	assert_int_equal(count(world, "kept"), 3);
	assert_int_equal(count(world, "callers"), 1);
	assert_int_equal(world_entries(world, "hold.rewrapped"), 4);
	assert_int_equal(world_entries(world, "\"hold.set\""), 1);
	assert_int_equal(world_entries(world, "TSV/123/2026"), 1);

	world->books->clock.fixed = AUDIO_END;
	assert_int_equal(sweep(world).recordings, 1);
	assert_true(key_is_gone(world, SEAL_CLASS_AUDIO, 20270523));
	assert_int_equal(count(world, "recordings"), 1);
	assert_false(world_opens(&world->vault, &neighbour.contact,
				 &neighbour.wrapped[0].end,
				 neighbour.wrapped[0].box));
	assert_int_equal(hold_count_beyond(world->books, DECIDE_HOLD_LEGAL), 1);
	assert_int_equal(hold_count_beyond(world->books, DECIDE_HOLD_ACCESS),
			 0);
	assert_int_equal(world->books->overdue, 0);

	world->books->clock.fixed = CONTACT_END;
	assert_int_equal(sweep(world).contacts, 1);
	assert_true(key_is_gone(world, SEAL_CLASS_CONTACT, 20271123));
	assert_int_equal(hold_count_beyond(world->books, DECIDE_HOLD_LEGAL), 2);

	assert_int_equal(lift(world, &hold.hold), 0);
	assert_int_equal(lift(world, &hold.hold), -ENOENT);
	/* The next sweep came with the lifting itself. */
	assert_int_equal(count(world, "recordings"), 0);
	assert_int_equal(count(world, "held"), 0);
	assert_int_equal(world->vault.hold_count, 0);
	assert_int_equal(world_entries(world, "hold.lifted"), 1);
	assert_int_equal(world_entries(world, "hold.key.destroyed"), 1);
	assert_int_equal(world->books->overdue, 0);
}

static void a_restriction_is_sealed_away_at_once_and_comes_back(void **state)
{
	struct world *world = *state;
	struct desk_session who =
		world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	struct register_recording recording = world_recorded(world, 1, "a1");
	struct door_hold hold;

	assert_int_equal(play(world, &who, &recording.call, "laatu"), DESK_OK);
	assert_false(seal_is_held(&world->vault.last.wrapped.end));
	hold = place(world, &recording.contact, DECIDE_HOLD_RESTRICTION, 0);
	assert_int_equal(hold.result, 0);
	assert_true(world->vault.hold[0].is_restricted);
	assert_int_equal(play(world, &who, &recording.call, "laatu"),
			 DESK_RESTRICTED);
	assert_false(world_opens(&world->vault, &recording.contact,
				 &recording.wrapped[0].end,
				 recording.wrapped[0].box));

	assert_int_equal(lift(world, &hold.hold), 0);
	assert_int_equal(count(world, "kept"), 0);
	assert_int_equal(world->vault.hold_count, 0);
	assert_int_equal(play(world, &who, &recording.call, "laatu"), DESK_OK);
	assert_false(seal_is_held(&world->vault.last.wrapped.end));
}

/* The vault did it, and the answer is not there yet: nobody hears "gone". */
static void who_asks_while_a_pair_dies_is_not_told_that_it_is_gone(void **state)
{
	struct world *world = *state;
	struct register_recording recording = world_recorded(world, 1, "a1");
	struct door_hold hold =
		place(world, &recording.contact, DECIDE_HOLD_ACCESS, 300);

	assert_int_equal(count(world, "kept"), 3);
	world->vault.deaf_after = 1;
	assert_int_equal(lift(world, &hold.hold), 0);
	assert_int_equal(world->vault.hold_count, 0);
	assert_int_equal(count(world, "kept"), 0);
	assert_int_equal(count(world, "held"), 1);
	world->vault.end = world_line(world, "vault");
	world_settle(world);
	assert_int_equal(sweep(world).result, 0);
	assert_int_equal(count(world, "held"), 0);
}

/* Two holds, one pair; lifting the restriction leaves the other's. */
static void the_pair_goes_with_the_last_hold(void **state)
{
	struct world *world = *state;
	struct desk_session who =
		world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	struct register_recording recording = world_recorded(world, 1, "a1");
	struct door_hold legal =
		place(world, &recording.contact, DECIDE_HOLD_LEGAL, 300);
	struct door_hold restriction =
		place(world, &recording.contact, DECIDE_HOLD_RESTRICTION, 0);

	assert_int_equal(world->vault.hold_count, 1);
	assert_true(world->vault.hold[0].is_restricted);
	assert_int_equal(lift(world, &restriction.hold), 0);
	assert_int_equal(world->vault.hold_count, 1);
	assert_false(world->vault.hold[0].is_restricted);
	/* Before its end a held item is read as any other, by its pair. */
	assert_int_equal(play(world, &who, &recording.call, "laatu"), DESK_OK);
	assert_true(seal_is_held(&world->vault.last.wrapped.end));
	assert_true(world_opens(&world->vault, &recording.contact,
				&world->vault.last.wrapped.end,
				world->vault.last.wrapped.box));
	assert_int_equal(lift(world, &legal.hold), 0);
	assert_int_equal(world->vault.hold_count, 0);
}

/* Who of them is read after the end, for what, is decide_read()'s. */
static void after_the_end_only_purposes_for_holds_open(void **state)
{
	struct world *world = *state;
	struct desk_session who =
		world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	struct register_recording recording = world_recorded(world, 1, "a1");

	place(world, &recording.contact, DECIDE_HOLD_LEGAL, 600);
	world->books->clock.fixed = AUDIO_END;
	sweep(world);
	assert_int_equal(play(world, &who, &recording.call, "laatu"),
			 DESK_GONE);
	/* The example policy grants no such purpose to anybody. */
	assert_int_equal(play(world, &who, &recording.call, "valvonta"),
			 DESK_FORBIDDEN);
}

/* The vault dies after each question about a hold: it did it, untold. */
static void a_vault_that_dies_at_any_step_loses_nothing(void **state)
{
	struct world *world = *state;

	for (int steps = 1; steps <= 8; steps++) {
		struct register_recording held =
			world_recorded(world, 2 * (uint64_t)steps - 1, "a1");
		struct door_hold hold;

		world_recorded(world, 2 * (uint64_t)steps, "a1");
		world->vault.deaf_after = steps;
		hold = place(world, &held.contact, DECIDE_HOLD_LEGAL, 300);
		assert_int_equal(hold.result, 0);
		if (world->vault.end < 0) {
			world->vault.end = world_line(world, "vault");
			world_settle(world);
		}
		rewrap_start(world->front->rewrapper);
		world_settle(world);
		assert_int_equal(count(world, "kept"), 3);
		assert_int_equal(count(world, "callers"), 1);
		assert_int_equal(lift(world, &hold.hold), 0);
		if (world->vault.end < 0) {
			world->vault.end = world_line(world, "vault");
			world_settle(world);
			sweep(world);
		}
		assert_int_equal(world->vault.hold_count, 0);
		assert_int_equal(count(world, "held"), 0);
		assert_int_equal(count(world, "kept"), 0);
	}
}

/* The date's key waits for what is held, and for nothing else. */
static void no_key_dies_before_what_is_held_is_safe(void **state)
{
	struct world *world = *state;
	struct register_recording held = world_recorded(world, 1, "a1");
	struct door_sweep report;

	world->vault.is_silent = true;
	drop_fd(&world->vault.end);
	world_settle(world);
	assert_int_equal(
		place(world, &held.contact, DECIDE_HOLD_LEGAL, 600).result, 0);
	assert_int_equal(count(world, "kept"), 0);
	world->books->clock.fixed = AUDIO_END;
	report = sweep(world);
	assert_int_not_equal(report.result, 0);
	assert_int_equal(report.keys, 0);

	world->vault.is_silent = false;
	world->vault.end = world_line(world, "vault");
	world_settle(world);
	report = sweep(world);
	assert_int_equal(report.result, 0);
	assert_true(key_is_gone(world, SEAL_CLASS_AUDIO, 20270523));
	assert_int_equal(count(world, "kept"), 3);
	assert_int_equal(count(world, "lost"), 0);
}

/* A vault that has no room for one more: told, and nothing is lost. */
static void a_full_vault_keeps_the_key_and_says_so(void **state)
{
	struct world *world = *state;
	struct register_recording held = world_recorded(world, 1, "a1");
	struct door_sweep report;

	while (world->vault.hold_count < WORLD_HOLDS)
		world->vault.hold[world->vault.hold_count++].contact = id_new();
	assert_int_equal(
		place(world, &held.contact, DECIDE_HOLD_LEGAL, 600).result, 0);
	world->books->clock.fixed = AUDIO_END;
	report = sweep(world);
	assert_int_not_equal(report.result, 0);
	assert_false(key_is_gone(world, SEAL_CLASS_AUDIO, 20270523));
	assert_int_equal(count(world, "recordings"), 1);
	/* Nor is that date passed over by those on which nothing ends. */
	world->books->clock.fixed = AUDIO_END + 2 * WORLD_DAY;
	assert_int_not_equal(sweep(world).result, 0);
	assert_false(key_is_gone(world, SEAL_CLASS_AUDIO, 20270523));

	world->vault.hold_count = 0;
	assert_int_equal(sweep(world).result, 0);
	assert_true(key_is_gone(world, SEAL_CLASS_AUDIO, 20270523));
	assert_int_equal(count(world, "kept"), 3);
	assert_int_equal(count(world, "recordings"), 1);
}

/* Nor does what cannot be kept keep anybody's key alive. */
static void what_cannot_be_kept_holds_no_key(void **state)
{
	struct world *world = *state;
	struct register_recording held = world_recorded(world, 1, "a1");

	assert_int_equal(store_remove(world->books->store, &held.object[1]), 0);
	place(world, &held.contact, DECIDE_HOLD_LEGAL, 600);
	assert_int_equal(count(world, "kept"), 2);
	assert_int_equal(count(world, "lost"), 1);
	world->books->clock.fixed = AUDIO_END;
	assert_int_equal(sweep(world).result, 0);
	assert_true(key_is_gone(world, SEAL_CLASS_AUDIO, 20270523));
}

/* A ring that came back from before: what can be sealed again, is. */
static void a_vault_that_forgot_a_hold_is_told_again(void **state)
{
	struct world *world = *state;
	struct register_recording held = world_recorded(world, 1, "a1");
	struct register_recording later;

	place(world, &held.contact, DECIDE_HOLD_LEGAL, 600);
	world->vault.hold_count = 0;
	/* Something of it that is sealed only now finds that out. */
	assert_int_equal(db_run(world->books->db,
				"UPDATE object SET held = NULL WHERE id = $1",
				db_id(&held.object[0])),
			 1);
	for (int i = 0; i < 3; i++) {
		rewrap_start(world->front->rewrapper);
		world_settle(world);
	}
	assert_int_equal(world->vault.hold_count, 1);
	assert_int_equal(count(world, "kept"), 3);
	later = world_recorded(world, 2, "a1");
	(void)later;
	world->books->clock.fixed = AUDIO_END;
	assert_int_equal(sweep(world).recordings, 1);
	assert_int_equal(count(world, "recordings"), 1);
}

/* A recording that finish hands in while its contact is held already. */
static void what_comes_later_is_held_too(void **state)
{
	struct world *world = *state;
	struct register_contact contact = world_ended(world, 1, "a1");
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_recording recording = world_recording(&contact, &fds);

	place(world, &contact.contact, DECIDE_HOLD_ACCESS, 300);
	assert_int_equal(count(world, "kept"), 0);
	assert_int_equal(world_take(world, &recording, &fds), 0);
	world->books->clock.fixed = AUDIO_END;
	assert_int_equal(sweep(world).recordings, 0);
	assert_int_equal(count(world, "kept"), 3);
}

static void a_held_chat_is_kept_in_both_its_halves(void **state)
{
	struct world *world = *state;
	struct register_chat chat = world_chatted(world, "a1");
	struct door_hold hold =
		place(world, &chat.chat, DECIDE_HOLD_RESTRICTION, 0);

	assert_int_equal(hold.result, 0);
	assert_int_equal(count(world, "kept"), 1);
	world->books->clock.fixed = CONTACT_END + 400 * WORLD_DAY;
	assert_int_equal(sweep(world).result, 0);
	assert_int_equal(count(world, "recordings"), 1);
	assert_int_equal(
		hold_count_beyond(world->books, DECIDE_HOLD_RESTRICTION), 2);
	assert_int_equal(lift(world, &hold.hold), 0);
	assert_int_equal(count(world, "recordings"), 0);
	assert_int_equal(world->vault.hold_count, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(what_is_held_outlives_its_date_and_no_neighbour_does),
		TEST(a_restriction_is_sealed_away_at_once_and_comes_back),
		TEST(who_asks_while_a_pair_dies_is_not_told_that_it_is_gone),
		TEST(the_pair_goes_with_the_last_hold),
		TEST(after_the_end_only_purposes_for_holds_open),
		TEST(a_vault_that_dies_at_any_step_loses_nothing),
		TEST(no_key_dies_before_what_is_held_is_safe),
		TEST(a_full_vault_keeps_the_key_and_says_so),
		TEST(what_cannot_be_kept_holds_no_key),
		TEST(a_vault_that_forgot_a_hold_is_told_again),
		TEST(what_comes_later_is_held_too),
		TEST(a_held_chat_is_kept_in_both_its_halves),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
