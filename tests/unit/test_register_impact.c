/* SPDX-License-Identifier: EUPL-1.2 */
/* What a policy would do is what it does once it holds. */
#include "register/impact.h"
#include "register/shorten.h"
#include "register_world.h"

enum { CONTACTS = 60 };

/* The example with other periods for calls and contacts. */
static struct policy *make(struct world *world, const char *calls,
			   const char *contacts)
{
	struct notice_fault faults[8];
	size_t count = COUNT(faults), size, fresh_size = 0;
	OWNED(drop_memory) char *text = NULL, *fresh = NULL;
	OWNED(drop_fd) int fd = openat(world->home, world_policy, O_RDONLY);
	struct policy *policy = NULL;
	struct civil_zone *zone;
	struct slice rest;
	FILE *out = open_memstream(&fresh, &fresh_size);

	assert_true(fd >= 0 && out);
	assert_int_equal(file_read(fd, NOTICE_SIZE_MAX, &text, &size), 0);
	rest = (struct slice){ text, size };
	while (rest.size > 0) {
		struct slice line = slice_cut(rest, '\n', &rest);

		if (slice_is(line, SLICE("      period: P6M")))
			fprintf(out, "      period: %s\n", calls);
		else if (slice_is(line, SLICE("      period: P12M")))
			fprintf(out, "      period: %s\n", contacts);
		else
			fprintf(out, "%.*s\n", (int)line.size, line.at);
	}
	assert_int_equal(fclose(out), 0);
	assert_int_equal(policy_read((struct slice){ fresh, fresh_size },
				     faults, &count, &policy),
			 0);
	assert_int_equal(civil_zone_load(policy_zone_name(policy), &zone), 0);
	policy_set_zone(policy, zone);
	return policy;
}

/* Calls of the last 300 days at any hour, with their own ends. */
static void fill(struct world *world)
{
	for (uint64_t n = 1; n <= CONTACTS; n++) {
		struct register_contact contact = world_contact(n);
		OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
		nanoseconds ago = (nanoseconds)n * 5 * 86400 * NS_PER_S +
				  (nanoseconds)n * 3571 * NS_PER_S;

		contact.started_at = WORLD_NOW - ago;
		contact.answered_at = contact.started_at;
		contact.ended_at = contact.started_at + 60 * NS_PER_S;
		contact.state = REGISTER_STATE_ENDED;
		contact.end_reason = 1;
		assert_int_equal(
			policy_end(world->books->policy, SEAL_CLASS_AUDIO,
				   contact.started_at, contact.ended_at,
				   &contact.audio_end),
			0);
		assert_int_equal(
			policy_end(world->books->policy, SEAL_CLASS_CONTACT,
				   contact.started_at, contact.ended_at,
				   &contact.contact_end),
			0);
		assert_int_equal(world_note(world, &contact), 0);
		struct register_recording recording =
			world_recording(&contact, &fds);
		assert_int_equal(world_take(world, &recording, &fds), 0);
	}
}

static int64_t kept(struct world *world)
{
	return db_ask_number(world->books->db, 0,
			     "SELECT sum(end_date) FROM recording");
}

static void what_would_end_earlier_is_what_does(void **state)
{
	struct world *world = *state;
	struct door_impact impact = { .result = 0 };
	struct policy *policy = make(world, "P3M", "P12M");
	struct door_sweep due;
	int64_t before;

	fill(world);
	before = kept(world);
	impact_count(world->books, policy, &impact);
	assert_int_equal(impact.of[SEAL_CLASS_AUDIO].count, CONTACTS);
	assert_int_equal(impact.of[SEAL_CLASS_AUDIO].earlier, CONTACTS);
	assert_in_range(impact.of[SEAL_CLASS_AUDIO].days_min, 89, 92);
	assert_in_range(impact.of[SEAL_CLASS_AUDIO].days_max, 90, 92);
	assert_int_equal(impact.of[SEAL_CLASS_CONTACT].count, CONTACTS);
	assert_int_equal(impact.of[SEAL_CLASS_CONTACT].earlier, 0);
	assert_int_equal(impact.of[SEAL_CLASS_CHAT].count, 0);
	assert_int_equal(kept(world), before); /* nothing was done */

	assert_int_equal(
		books_take_policy(world->books, policy, (struct slice){ 0 }),
		0);
	for (int i = 0; shorten_some(world->books); i++)
		assert_true(i < 20);
	assert_true(kept(world) < before);
	sweep_count(world->books, clock_now(&world->books->clock), &due);
	assert_true(due.recordings > 0 && due.recordings < CONTACTS);
	assert_int_equal(impact.of[SEAL_CLASS_AUDIO].at_once, due.recordings);
}

static void a_longer_promise_changes_nothing(void **state)
{
	struct world *world = *state;
	struct door_impact impact = { .result = 0 };
	struct policy *policy = make(world, "P9M", "P36M");

	fill(world);
	impact_count(world->books, policy, &impact);
	for (int c = 0; c < SEAL_CLASSES; c++) {
		assert_int_equal(impact.of[c].earlier, 0);
		assert_int_equal(impact.of[c].at_once, 0);
	}
	policy_free(policy);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
	const struct CMUnitTest tests[] = {
		TEST(what_would_end_earlier_is_what_does),
		TEST(a_longer_promise_changes_nothing),
	};
#undef TEST

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
