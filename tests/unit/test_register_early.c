/* SPDX-License-Identifier: EUPL-1.2 */
/* Erasing before the end: on a ground, written down first, never what is
 * held, and nothing of it left in any file. */
#include "hold_world.h"
#include "register/contact.h"

static struct door_erase erase(struct world *world, const struct id *item,
			       uint32_t ground, const char *reference)
{
	struct door_erase ask = {
		.head = { .type = DOOR_ERASE, .size = sizeof(ask) },
		.ground = ground,
		.item = *item,
	}, answer;

	snprintf(ask.reference, sizeof(ask.reference), "%s", reference);
	WORLD_ASK(world, world->door, ask, answer);
	world_settle(world);
	return answer;
}

static struct door_receipt receipt(struct world *world, const struct id *item)
{
	struct door_receipt ask = {
		.head = { .type = DOOR_RECEIPT, .size = sizeof(ask) },
		.item = *item,
	}, answer;

	WORLD_ASK(world, world->door, ask, answer);
	return answer;
}

/* Whether a word is in any byte of the register's files. */
static bool any_file_has(struct world *world, const char *word)
{
	static const char *const names[] = { "register.db", "register.db-wal" };

	for (size_t i = 0; i < COUNT(names); i++) {
		OWNED(drop_fd)
		int fd = openat(world->dir, names[i], O_RDONLY | O_CLOEXEC);
		OWNED(drop_memory) char *bytes = NULL;
		size_t size = 0;

		if (fd < 0)
			continue;
		assert_int_equal(file_read(fd, 1 << 26, &bytes, &size), 0);
		if (memmem(bytes, size, word, strlen(word)))
			return true;
	}
	return false;
}

static void one_goes_and_its_neighbour_stays(void **state)
{
	struct world *world = *state;
	struct register_contact one = world_contact(1);
	struct register_recording other = world_recorded(world, 2, "a2");
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_recording recording;
	struct door_erase erased;
	struct door_receipt told;

	one.state = REGISTER_STATE_ENDED;
	one.ended_at = one.answered_at + NS_PER_S;
	one.end_reason = 1;
	memcpy(one.agent_name, "Marker Agent", 13);
	assert_int_equal(world_note(world, &one), 0);
	recording = world_recording(&one, &fds);
	assert_int_equal(world_take(world, &recording, &fds), 0);
	assert_true(any_file_has(world, "Marker Agent"));

	erased = erase(world, &one.contact, DOOR_GROUND_UNLAWFUL, "T/1");
	assert_int_equal(erased.result, 0);
	assert_int_equal(erased.recordings, 1);
	assert_false(any_file_has(world, "Marker Agent"));
	assert_int_equal(world_entries(world, "\"ground\":\"unlawful\""), 1);
	assert_int_equal(world_entries(world, "\"reference\":\"T/1\""), 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
			store_get(world->books->store, &recording.object[i]),
			-ENOENT);
		assert_int_equal(
			store_check(world->books->store, &other.object[i],
				    other.sealed_size[i], other.hash[i]),
			0);
	}
	told = receipt(world, &one.contact);
	assert_int_equal(told.alive, 0);
	assert_int_equal(told.count, 2);
	assert_int_equal(told.tomb[0].cause, CONTACT_CAUSE_EARLY);
	assert_int_equal(receipt(world, &other.contact).alive, 2);
	/* The number stays taken: there is no gap. */
	assert_int_equal(books_gaps(world->books), 0);
	assert_int_equal(erase(world, &one.contact, 1, "T/1").result, -ENOENT);
	/* What siprec tells once more does not bring it back. */
	(void)world_note(world, &one);
	assert_int_equal(receipt(world, &one.contact).alive, 0);
}

static void a_recording_goes_without_its_contact(void **state)
{
	struct world *world = *state;
	struct register_recording one = world_recorded(world, 1, "a1");

	assert_int_equal(erase(world, &one.call, DOOR_GROUND_CONSENT, "A-2/7")
				 .recordings,
			 1);
	assert_int_equal(receipt(world, &one.contact).alive, 1);
	assert_int_equal(world_entries(world, "\"ground\":\"consent\""), 1);
}

static void what_is_held_or_goes_on_is_not_erased(void **state)
{
	struct world *world = *state;
	struct register_recording one = world_recorded(world, 1, "a1");
	struct register_contact open = world_contact(2);
	struct door_hold hold = place(world, &one.contact, 2, 40);

	assert_int_equal(hold.result, 0);
	assert_int_equal(erase(world, &one.contact, 1, "T/1").result, -EPERM);
	assert_int_equal(erase(world, &one.call, 1, "T/1").result, -EPERM);
	assert_int_equal(lift(world, &hold.hold), 0);
	assert_int_equal(erase(world, &one.contact, 1, "a name").result,
			 -EINVAL);
	assert_int_equal(erase(world, &one.contact, 9, "T/1").result, -EINVAL);
	assert_int_equal(world_note(world, &open), 0);
	assert_int_equal(erase(world, &open.contact, 1, "T/1").result, -EAGAIN);
	assert_int_equal(world_entries(world, "early_erase"), 0);
	assert_int_equal(erase(world, &one.contact, 1, "T/1").result, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)
		TEST(one_goes_and_its_neighbour_stays),
		TEST(a_recording_goes_without_its_contact),
		TEST(what_is_held_or_goes_on_is_not_erased),
#undef TEST
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
