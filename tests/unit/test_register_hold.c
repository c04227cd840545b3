/* SPDX-License-Identifier: EUPL-1.2 */
/* Holds: who may be held, what of it is kept, and that nothing else is. */
#include "notice/model.h"
#include "register/due.h"
#include "register/figures.h"
#include "register/hold.h"
#include "register_world.h"

/* 00:00 in Helsinki on 23 May 2027 and on 23 November 2027. */
#define AUDIO_END (1811019600 * NS_PER_S)
#define CONTACT_END (1826920800 * NS_PER_S)
#define DAY_S 86400

static struct door_hold place(struct world *world, const struct id *contact,
			      uint32_t kind, int64_t days)
{
	int64_t now = books_seconds(world->books);
	struct door_hold ask = {
		.head = { .type = DOOR_HOLD_PLACE, .size = sizeof(ask) },
		.kind = kind,
		.contact = *contact,
		.expires_at = days ? now + days * DAY_S : 0,
		.review_at = now + 30 * DAY_S,
		.reference = "TSV/123/2026",
	}, answer;

	WORLD_ASK(world, world->door, ask, answer);
	world_settle(world);
	return answer;
}

static int32_t lift(struct world *world, const struct id *hold)
{
	struct door_hold ask = {
		.head = { .type = DOOR_HOLD_LIFT, .size = sizeof(ask) },
		.hold = *hold,
	}, answer;

	WORLD_ASK(world, world->door, ask, answer);
	world_settle(world);
	return answer.result;
}

static struct door_sweep sweep(struct world *world)
{
	struct door_sweep ask = {
		.head = { .type = DOOR_SWEEP, .size = sizeof(ask) },
	}, answer;

	WORLD_ASK(world, world->door, ask, answer);
	return answer;
}

static int64_t count(struct world *world, const char *what)
{
	if (!strcmp(what, "kept"))
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM object"
				     " WHERE length(held) = length(wrapped)");
	if (!strcmp(what, "lost"))
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM object"
				     " WHERE length(held) = 1");
	if (!strcmp(what, "callers"))
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM contact"
				     " WHERE length(caller_held) ="
				     " length(caller)");
	if (!strcmp(what, "recordings"))
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM recording");
	return db_ask_number(world->books->db, -1, "SELECT count(*) FROM held");
}

static bool key_is_gone(const struct world *world, uint32_t data_class,
			seal_date date)
{
	const struct seal_end end = { data_class, date };

	return world_key_is_gone(&world->vault, &end);
}

/* Ask for a recording. What the vault was given to open is in "last". */
static int32_t play(struct world *world, const struct desk_session *who,
		    const struct id *call, const char *purpose)
{
	struct desk_play ask = {
		.head = { .type = DESK_PLAY, .size = sizeof(ask) },
		.call = *call,
		.kind = SEAL_KIND_SOUND,
	};
	struct desk_playing playing;
	int ends[2];

	memcpy(ask.token, who->token, sizeof(ask.token));
	memcpy(ask.purpose, purpose, strlen(purpose));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	struct letter_fds fds = { { ends[1], -1, -1, -1 }, 1 };
	assert_int_equal(world_ask(world, world->desk, &ask, &fds, &playing,
				   sizeof(playing)),
			 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return playing.result;
}

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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(what_is_held_outlives_its_date_and_no_neighbour_does),
		TEST(a_restriction_is_sealed_away_at_once_and_comes_back),
		TEST(who_asks_while_a_pair_dies_is_not_told_that_it_is_gone),
		TEST(the_pair_goes_with_the_last_hold),
		TEST(a_hold_that_expires_lets_go_by_itself),
		TEST(what_a_hold_may_be),
		TEST(a_hold_that_the_notice_does_not_tell_is_refused),
		TEST(a_reference_is_no_text_about_a_person),
		TEST(what_has_come_to_its_end_is_held_no_more),
		TEST(after_the_end_only_purposes_for_holds_open),
		TEST(a_vault_that_dies_at_any_step_loses_nothing),
		TEST(no_key_dies_before_what_is_held_is_safe),
		TEST(a_full_vault_keeps_the_key_and_says_so),
		TEST(what_cannot_be_kept_holds_no_key),
		TEST(a_vault_that_forgot_a_hold_is_told_again),
		TEST(what_comes_later_is_held_too),
		TEST(a_held_chat_is_kept_in_both_its_halves),
		TEST(a_list_of_holds_tells_how_they_stand),
		TEST(a_receipt_tells_what_went_and_with_which_key),
		TEST(figures_count_what_is_kept_beyond_its_end),
		TEST(a_clock_that_is_not_believed_ends_no_hold),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
