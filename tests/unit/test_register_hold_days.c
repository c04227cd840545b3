/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Weeks of a register in a minute, with holds placed and lifted at random,
 * a vault that dies in the middle of a question and a register that starts
 * anew: never a readable byte after its end unless it is held, never an
 * early deletion, what is held survives its date's key and its neighbours
 * do not. The sweeper's SQL is compared with decide_deletable() each time.
 */
#include "register/due.h"
#include "register/hold.h"
#include "register_world.h"

enum { DAYS = 40, ITEMS_MAX = 2 * DAYS, HOLDS_MAX = 4 * DAYS, TRIES_MAX = 6 };

/* What the register was given, and what is known of it from outside. */
struct item {
	struct register_contact contact;
	struct register_recording recording;
};

struct placed {
	struct id hold, contact;
	uint32_t kind;
	int64_t expires_at;
	bool is_lifted;
};

struct days {
	struct world *world;
	struct desk_session who;
	uint64_t random;
	nanoseconds now;
	struct item item[ITEMS_MAX];
	int items;
	struct placed placed[HOLDS_MAX];
	int holds;
	int played, kept, survived;
};

static uint32_t any(struct days *days, uint32_t below)
{
	days->random ^= days->random << 13;
	days->random ^= days->random >> 7;
	days->random ^= days->random << 17;
	return (uint32_t)(days->random % below);
}

static void record(struct days *days)
{
	struct world *world = days->world;
	struct item *item = &days->item[days->items++];
	seal_date today =
		civil_date(policy_zone(world->books->policy), days->now);
	seal_date end = civil_add_days(today, 2 + (int)any(days, 12));
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	int shift = (int)any(days, 10);

	item->contact = world_contact((uint64_t)days->items);
	item->contact.started_at = days->now - 600 * NS_PER_S;
	item->contact.answered_at = days->now - 590 * NS_PER_S;
	item->contact.ended_at = days->now - 10 * NS_PER_S;
	item->contact.state = REGISTER_STATE_ENDED;
	item->contact.end_reason = 1;
	item->contact.audio_end.date = end;
	item->contact.contact_end.date =
		civil_add_days(end, 1 + (int)any(days, 12));
	item->contact.caller.end = item->contact.contact_end;
	assert_int_equal(world_note(world, &item->contact), 0);
	item->recording = world_recording(&item->contact, &fds);
	/* Keys that ran out, and a policy that was shortened since. */
	for (int i = 0; i < 3; i++) {
		struct seal_end *to = &item->recording.wrapped[i].end;

		if (shift == 0)
			to->date = civil_add_days(to->date, -1);
		if (shift == 1)
			to->date = civil_add_days(to->date, 3);
	}
	assert_int_equal(world_take(world, &item->recording, &fds), 0);
}

static bool holds(const struct days *days, const struct placed *placed)
{
	return !placed->is_lifted &&
	       decide_holds(placed->expires_at, days->now / NS_PER_S);
}

/* The strongest hold, by the test's own books. */
static enum decide_hold held(const struct days *days, const struct id *contact)
{
	enum decide_hold strongest = DECIDE_HOLD_NONE;

	for (int i = 0; i < days->holds; i++)
		if (id_is(&days->placed[i].contact, contact) &&
		    holds(days, &days->placed[i]) &&
		    days->placed[i].kind > strongest)
			strongest = (enum decide_hold)days->placed[i].kind;
	return strongest;
}

static struct decide_item item_of(struct days *days, const struct item *item,
				  uint32_t data_class)
{
	seal_date date = data_class == SEAL_CLASS_AUDIO
				 ? item->contact.audio_end.date
				 : item->contact.contact_end.date;

	return (struct decide_item){
		.exists = true,
		.eligible_at = due_eligible(days->world->books, data_class,
					    date, NULL),
		.hold = held(days, &item->contact.contact),
	};
}

static void place(struct days *days)
{
	struct world *world = days->world;
	const struct item *item;
	struct placed *placed = &days->placed[days->holds];
	int64_t now = days->now / NS_PER_S;
	struct door_hold ask = {
		.head = { .type = DOOR_HOLD_PLACE, .size = sizeof(ask) },
		.kind = 1 + any(days, 3),
		.review_at = now + 86400,
		.reference = "T/1",
	}, answer;
	bool may;

	if (!days->items || days->holds == HOLDS_MAX)
		return;
	item = &days->item[any(days, (uint32_t)days->items)];
	ask.contact = item->contact.contact;
	if (ask.kind != DECIDE_HOLD_RESTRICTION) {
		/* On whole hours, as days pass: so some expire just now. */
		ask.expires_at = now + 3600 * (1 + any(days, 480));
	}
	struct decide_item row = item_of(days, item, SEAL_CLASS_CONTACT);
	may = days->now < row.eligible_at || row.hold != DECIDE_HOLD_NONE;
	WORLD_ASK(world, world->door, ask, answer);
	if (!may) {
		assert_true(answer.result == -EKEYEXPIRED ||
			    answer.result == -ENOENT);
		return;
	}
	assert_int_equal(answer.result, 0);
	*placed = (struct placed){ answer.hold, ask.contact, ask.kind,
				   ask.expires_at, false };
	days->holds++;
}

static void lift(struct days *days)
{
	struct world *world = days->world;
	struct placed *placed;
	struct door_hold ask = {
		.head = { .type = DOOR_HOLD_LIFT, .size = sizeof(ask) },
	}, answer;

	if (!days->holds)
		return;
	placed = &days->placed[any(days, (uint32_t)days->holds)];
	ask.hold = placed->hold;
	WORLD_ASK(world, world->door, ask, answer);
	assert_true(answer.result == 0 || answer.result == -ENOENT);
	if (holds(days, placed))
		assert_int_equal(answer.result, 0);
	placed->is_lifted = true;
}

static void come_back(struct days *days)
{
	struct world *world = days->world;

	if (world->vault.end >= 0)
		return;
	world->vault.end = world_line(world, "vault");
	for (int i = 0; i < 10; i++)
		world_turn(world, 1);
}

static void restart(struct days *days)
{
	world_sleep(days->world);
	world_wake(days->world);
	days->world->books->clock.fixed = days->now;
}

static struct door_sweep ask_sweep(struct days *days)
{
	struct door_sweep ask = {
		.head = { .type = DOOR_SWEEP, .size = sizeof(ask) },
	}, answer;

	WORLD_ASK(days->world, days->world->door, ask, answer);
	return answer;
}

static bool is_here(struct days *days, const struct item *item, bool contact)
{
	return contact ? db_ask_number(days->world->books->db, 0,
				       "SELECT count(*) FROM contact"
				       " WHERE id = $1",
				       db_id(&item->contact.contact)) == 1
		       : db_ask_number(days->world->books->db, 0,
				       "SELECT count(*) FROM recording"
				       " WHERE call = $1",
				       db_id(&item->recording.call)) == 1;
}

/* What SQL would delete at an instant is what the function says. */
static void compare_at(struct days *days, nanoseconds at)
{
	uint64_t recordings = 0, contacts = 0;
	struct door_sweep counted = { 0 };
	nanoseconds now = days->now;

	/* Not by the door: a sweep may be under way, and goes on meanwhile. */
	sweep_count(days->world->books, at, &counted);
	days->now = at;
	for (int i = 0; i < days->items; i++) {
		const struct item *item = &days->item[i];
		struct decide_item sound =
			item_of(days, item, SEAL_CLASS_AUDIO);
		struct decide_item row =
			item_of(days, item, SEAL_CLASS_CONTACT);

		recordings += is_here(days, item, false) &&
			      decide_deletable(&sound, at);
		contacts +=
			is_here(days, item, true) && decide_deletable(&row, at);
	}
	days->now = now;
	assert_int_equal(counted.recordings, recordings);
	assert_int_equal(counted.contacts, contacts);
}

/* Now, and at the very instants at which holds and dates end. */
static void compare(struct days *days)
{
	for (int i = 0; i < days->items; i++) {
		const struct item *item = &days->item[i];
		struct decide_item sound =
			item_of(days, item, SEAL_CLASS_AUDIO);

		assert_int_equal(
			due_hold(days->world->books, &item->contact.contact),
			is_here(days, item, true) ? sound.hold
						  : DECIDE_HOLD_NONE);
		if (sound.eligible_at > days->now) {
			compare_at(days, sound.eligible_at);
			compare_at(days, sound.eligible_at - 1);
		}
	}
	compare_at(days, days->now);
	for (int i = 0; i < days->holds; i++)
		if (days->placed[i].expires_at > days->now / NS_PER_S)
			compare_at(days, days->placed[i].expires_at * NS_PER_S);
}

/* Never, whatever happened: a key dies before its day, or a held item. */
static void nothing_went_early(struct days *days)
{
	for (int i = 0; i < days->items; i++) {
		const struct item *item = &days->item[i];
		const struct seal_end *end = &item->recording.wrapped[0].end;
		struct decide_item sound =
			item_of(days, item, SEAL_CLASS_AUDIO);
		struct decide_item row =
			item_of(days, item, SEAL_CLASS_CONTACT);

		if (days->now < due_eligible(days->world->books,
					     SEAL_CLASS_AUDIO, end->date, NULL))
			assert_false(
				world_key_is_gone(&days->world->vault, end));
		if (!decide_deletable(&row, days->now))
			assert_true(is_here(days, item, true));
		if (days->now < sound.eligible_at)
			assert_true(is_here(days, item, false));
	}
}

/* How a held or living recording is opened now; false: not at all. */
static bool opens(struct days *days, const struct item *item)
{
	struct seal_wrapped wrapped = { 0 };

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(days->world->books->db,
		       "SELECT CASE WHEN length(held) = length(wrapped)"
		       " THEN held ELSE wrapped END FROM object WHERE id = $1",
		       db_id(&item->recording.object[0]));
	return db_rows_next(&rows) &&
	       db_rows_bytes(&rows, 0, &wrapped, sizeof(wrapped)) &&
	       world_opens(&days->world->vault, &item->contact.contact,
			   &wrapped.end, wrapped.box);
}

/* After a sweep that did all: what is gone is, what is held is not. */
static void all_is_as_promised(struct days *days)
{
	struct world *world = days->world;

	for (int i = 0; i < days->items; i++) {
		const struct item *item = &days->item[i];
		const struct seal_end *end = &item->recording.wrapped[0].end;
		const struct id *contact = &item->contact.contact;
		struct decide_item sound =
			item_of(days, item, SEAL_CLASS_AUDIO);
		struct decide_item row =
			item_of(days, item, SEAL_CLASS_CONTACT);
		bool key_is_due = days->now >= due_eligible(world->books,
							    SEAL_CLASS_AUDIO,
							    end->date, NULL);

		assert_int_equal(is_here(days, item, true),
				 !decide_deletable(&row, days->now));
		/* On time, whoever of that date is held. */
		if (key_is_due)
			assert_true(world_key_is_gone(&world->vault, end));
		if (row.hold == DECIDE_HOLD_NONE)
			assert_null(world_held(&world->vault, contact));
		if (decide_deletable(&sound, days->now)) {
			assert_false(is_here(days, item, false));
			assert_int_equal(store_get(world->books->store,
						   &item->recording.object[0]),
					 -ENOENT);
			continue;
		}
		/* Gone before it was held: nothing brings it back. */
		if (!is_here(days, item, false)) {
			assert_true(days->now >= sound.eligible_at);
			continue;
		}
		if (row.hold != DECIDE_HOLD_NONE) {
			const struct world_hold *pair =
				world_held(&world->vault, contact);

			assert_non_null(pair);
			assert_int_equal(pair->is_restricted,
					 row.hold == DECIDE_HOLD_RESTRICTION);
			days->kept += days->now >= sound.eligible_at;
		}
		/* Who is held before its key's day survives it. */
		if (row.hold != DECIDE_HOLD_NONE || !key_is_due) {
			bool was_late = key_is_due && !opens(days, item);

			/* Held between its wrap's day and its end: too late. */
			assert_true(!was_late ||
				    end->date < item->contact.audio_end.date);
			days->survived += key_is_due && !was_late;
		}
	}
	assert_int_equal(world->books->overdue, 0);
}

static void play(struct days *days)
{
	struct world *world = days->world;
	struct desk_play ask = {
		.head = { .type = DESK_PLAY, .size = sizeof(ask) },
		.kind = SEAL_KIND_SOUND,
		.purpose = "laatu",
	};
	const struct item *item;
	struct decide_item sound;
	struct desk_playing playing;
	int ends[2];

	if (!days->items)
		return;
	item = &days->item[any(days, (uint32_t)days->items)];
	sound = item_of(days, item, SEAL_CLASS_AUDIO);
	memcpy(ask.token, days->who.token, sizeof(ask.token));
	ask.call = item->recording.call;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	struct letter_fds fds = { { ends[1], -1, -1, -1 }, 1 };
	assert_int_equal(world_ask(world, world->desk, &ask, &fds, &playing,
				   sizeof(playing)),
			 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	if (days->now >= sound.eligible_at)
		assert_true(playing.result == DESK_GONE ||
			    (playing.result == DESK_RESTRICTED &&
			     sound.hold == DECIDE_HOLD_RESTRICTION));
	else if (sound.hold == DECIDE_HOLD_RESTRICTION)
		assert_int_equal(playing.result, DESK_RESTRICTED);
	else
		assert_int_equal(playing.result, DESK_OK);
	days->played += playing.result == DESK_OK;
}

static void live(struct world *world, uint64_t seed)
{
	static struct days days;

	days = (struct days){ .world = world, .random = seed };
	days.now = WORLD_NOW;
	days.who = world_session(world, "sup", NOTICE_ROLE_SUPERVISOR, "");
	for (int day = 0; day < DAYS; day++) {
		struct door_sweep done;
		int tries = 0;

		days.now += (nanoseconds)(20 + any(&days, 9)) * 3600 * NS_PER_S;
		world->books->clock.fixed = days.now;
		if (any(&days, 6) == 0)
			restart(&days);
		if (any(&days, 3) == 0)
			world->vault.deaf_after = 1 + (int)any(&days, 6);
		for (uint32_t i = any(&days, 3);
		     i > 0 && days.items < ITEMS_MAX; i--)
			record(&days);
		for (uint32_t i = any(&days, 3); i > 0; i--)
			place(&days);
		if (any(&days, 3) == 0)
			lift(&days);
		nothing_went_early(&days);
		come_back(&days);
		compare(&days);
		do {
			come_back(&days);
			done = ask_sweep(&days);
			nothing_went_early(&days);
		} while (done.result < 0 && ++tries < TRIES_MAX);
		assert_int_equal(done.result, 0);
		come_back(&days);
		all_is_as_promised(&days);
		compare(&days);
		play(&days);
	}
	printf("# seed %llu: %d items, %d holds; %d times kept past the end,"
	       " %d past the key's day, %d played\n",
	       (unsigned long long)seed, days.items, days.holds, days.kept,
	       days.survived, days.played);
	assert_true(days.kept > 0 && days.survived > 0 && days.played > 0);
}

static void what_is_promised_is_kept_for_weeks(void **state)
{
	live(*state, 20261123);
}

static void and_with_other_luck_too(void **state)
{
	const char *seed = getenv("TALLENNE_SEED");

	live(*state, seed ? strtoull(seed, NULL, 10) : 7);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(what_is_promised_is_kept_for_weeks),
		TEST(and_with_other_luck_too),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
