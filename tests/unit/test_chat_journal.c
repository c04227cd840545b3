/* SPDX-License-Identifier: EUPL-1.2 */
/* The journal of conversations, byte by byte: what of it is believed. */
#include "tests/unit/journal_world.h"

static void what_was_committed_is_found_again(void **state)
{
	struct world world = world_new();
	struct taken taken;

	(void)state;
	assert_false(journal_can_write(world.journal));
	assert_int_equal(renew(&world), 0);
	for (int i = 0; i < RECORDS; i++)
		write_one(&world);
	assert_int_equal(put(&world, 99), 0); /* never committed */
	/* Over and over: each process begins a run of its own. */
	for (int i = 0; i < 3; i++) {
		begin_again(&world);
		taken = read_all(&world);
		expect(&taken, 1, world.living);
		write_one(&world);
	}
	world_free(&world);
}

static void the_disk_tells_nothing_but_steps(void **state)
{
	struct world world = world_new();
	char text[] = "131152-900P 131152-900P 131152-900P";
	int64_t before;
	char *bytes;
	size_t size;

	(void)state;
	assert_int_equal(renew(&world), 0);
	before = size_of(world.files[0]);
	for (size_t i = 1; i < sizeof(text); i++) {
		assert_int_equal(
			journal_put(world.journal, (const uint8_t *)text, i),
			0);
		assert_int_equal(journal_commit(world.journal), 0);
		assert_int_equal(size_of(world.files[0]) - before,
				 JOURNAL_RUN_SIZE * (i == 1) + JOURNAL_STEP);
		before = size_of(world.files[0]);
	}
	assert_int_equal(file_read(world.files[0], 1 << 20, &bytes, &size), 0);
	assert_null(memmem(bytes, size, "131152", 6));
	free(bytes);
	world_free(&world);
}

/* A crash may leave any prefix of the last write. */
static void after_a_crash_at_any_byte_whole_writes_are_there(void **state)
{
	struct world world = world_new();
	int64_t ends[RECORDS + 1], size;
	char *bytes;
	size_t got;

	(void)state;
	assert_int_equal(renew(&world), 0);
	for (int i = 0; i < RECORDS; i++) {
		ends[i] = size_of(world.files[0]);
		write_one(&world);
	}
	ends[RECORDS] = size = size_of(world.files[0]);
	assert_int_equal(file_read(world.files[0], 1 << 20, &bytes, &got), 0);
	for (int64_t cut = ends[0]; cut <= size; cut++) {
		struct taken taken;
		int whole = 0;

		assert_int_equal(ftruncate(world.files[0], 0), 0);
		assert_int_equal(
			file_write_at(world.files[0], bytes, (size_t)cut, 0),
			0);
		while (whole < RECORDS && ends[whole + 1] <= cut)
			whole++;
		begin_again(&world);
		taken = read_all(&world);
		expect(&taken, 1, whole);
		/* It goes on as if the torn end had never been. */
		assert_int_equal(put(&world, whole + 1), 0);
		assert_int_equal(journal_commit(world.journal), 0);
		begin_again(&world);
		taken = read_all(&world);
		expect(&taken, 1, whole + 1);
	}
	free(bytes);
	world_free(&world);
}

/* Pages of the last write may reach the disk in any order. */
static void behind_a_torn_record_of_the_last_write_nothing_counts(void **state)
{
	struct world world = world_new();
	struct taken taken;
	int64_t at;

	(void)state;
	assert_int_equal(renew(&world), 0);
	write_one(&world);
	write_one(&world);
	at = size_of(world.files[0]);
	for (int i = 3; i <= 6; i++)
		assert_int_equal(put(&world, i), 0);
	assert_int_equal(journal_commit(world.journal), 0);
	assert_int_equal(file_write_at(world.files[0], "\xff\xff", 2,
				       at + JOURNAL_STEP + 40),
			 0);
	begin_again(&world);
	taken = read_all(&world);
	expect(&taken, 1, 3);
	assert_int_equal(journal_damaged(world.journal), 0);
	world_free(&world);
}

static void a_damaged_record_of_before_costs_only_itself(void **state)
{
	struct world world = world_new();
	struct taken taken;
	int64_t at = 0;

	(void)state;
	assert_int_equal(renew(&world), 0);
	for (int i = 0; i < RECORDS; i++) {
		if (i == 3)
			at = size_of(world.files[0]);
		write_one(&world);
	}
	assert_int_equal(file_write_at(world.files[0], "\xff", 1, at + 60), 0);
	begin_again(&world);
	taken = read_all(&world);
	assert_int_equal(taken.count, RECORDS - 1);
	assert_int_equal(taken.number[3], 5);
	assert_int_equal(journal_damaged(world.journal), 1);
	world_free(&world);
}

static void any_changed_bit_of_a_record_is_found(void **state)
{
	struct world world = world_new();
	int64_t begin, size;

	(void)state;
	assert_int_equal(renew(&world), 0);
	write_one(&world);
	begin = size_of(world.files[0]);
	write_one(&world);
	size = size_of(world.files[0]);
	for (int64_t at = begin; at < size; at++) {
		struct taken taken;
		uint8_t byte;

		assert_int_equal(file_read_at(world.files[0], &byte, 1, at), 0);
		byte ^= 4;
		assert_int_equal(file_write_at(world.files[0], &byte, 1, at),
				 0);
		begin_again(&world);
		taken = read_all(&world);
		expect(&taken, 1, 1);
		byte ^= 4;
		assert_int_equal(file_write_at(world.files[0], &byte, 1, at),
				 0);
	}
	world_free(&world);
}

static void a_wrong_key_opens_nothing(void **state)
{
	struct world world = world_new();
	struct taken taken = { .count = 0 };
	struct seal_wrapped wrapped;
	uint8_t key[SEAL_KEY_SIZE] = { 1 };
	struct id file;

	(void)state;
	assert_int_equal(renew(&world), 0);
	write_one(&world);
	close_journal(&world);
	forget_keys(&world);
	open_journal(&world);
	assert_true(journal_unread(world.journal, &file, &wrapped));
	assert_int_equal(journal_read(world.journal, &file, NULL, take, &taken),
			 -ENOKEY);
	assert_int_equal(journal_read(world.journal, &file, key, take, &taken),
			 -EBADMSG);
	/* What a stranger put into the attic is as good as nothing. */
	attic_keep(world.attic, 0, &file, key);
	assert_int_equal(journal_read(world.journal, &file, NULL, take, &taken),
			 -ENOKEY);
	assert_int_equal(taken.count, 0);
	assert_int_equal(open_key(&wrapped,
				  seal_world_pair(&world.keys, &wrapped.end),
				  SEAL_FOR_CHAT, &file, key),
			 0);
	assert_int_equal(journal_read(world.journal, &file, key, take, &taken),
			 0);
	expect(&taken, 1, 1);
	world_free(&world);
}

static void a_head_with_any_changed_bit_is_none(void **state)
{
	struct world world = world_new();
	uint8_t bytes[JOURNAL_HEAD_SIZE];
	struct journal_head head;

	(void)state;
	assert_int_equal(renew(&world), 0);
	assert_int_equal(file_read_at(world.files[0], bytes, sizeof(bytes), 0),
			 0);
	assert_int_equal(journal_head_read(bytes, &head), 0);
	for (size_t i = 0; i < sizeof(bytes) * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1U << i % 8);
		assert_int_equal(journal_head_read(bytes, &head), -EBADMSG);
		bytes[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_committed_is_found_again),
		cmocka_unit_test(the_disk_tells_nothing_but_steps),
		cmocka_unit_test(
			after_a_crash_at_any_byte_whole_writes_are_there),
		cmocka_unit_test(
			behind_a_torn_record_of_the_last_write_nothing_counts),
		cmocka_unit_test(a_damaged_record_of_before_costs_only_itself),
		cmocka_unit_test(any_changed_bit_of_a_record_is_found),
		cmocka_unit_test(a_wrong_key_opens_nothing),
		cmocka_unit_test(a_head_with_any_changed_bit_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
