/* SPDX-License-Identifier: EUPL-1.2 */
/* The journal's files, one after the other, on a disk that fails. */
#include "tests/unit/journal_world.h"

static void a_file_begun_anew_replaces_the_other(void **state)
{
	struct world world = world_new();
	struct taken taken;

	(void)state;
	assert_int_equal(renew(&world), 0);
	for (int i = 0; i < RECORDS; i++)
		write_one(&world);
	for (int i = 0; i < 5; i++) {
		world.living = 3;
		assert_int_equal(renew(&world), 0);
		assert_int_equal(size_of(world.files[i % 2]), 0);
		write_one(&world);
		begin_again(&world);
		taken = read_all(&world);
		expect(&taken, 1, 4);
	}
	world_free(&world);
}

/* The new file's head comes last: until then the old one counts. */
static void a_crash_while_a_file_is_begun_leaves_the_old_one(void **state)
{
	struct world world = world_new();
	struct taken taken;

	(void)state;
	assert_int_equal(renew(&world), 0);
	for (int i = 0; i < RECORDS; i++)
		write_one(&world);
	for (int left = 0; left < 2300; left += 100) {
		write_left = left;
		assert_int_equal(renew(&world), -ENOSPC);
		heal();
		/* As if the process had died before it could clean up. */
		assert_int_equal(file_write_at(world.files[1], "\1", 1,
					       JOURNAL_HEAD_SIZE + left),
				 0);
		begin_again(&world);
		taken = read_all(&world);
		expect(&taken, 1, RECORDS);
	}
	write_left = -1;
	assert_int_equal(renew(&world), 0);
	begin_again(&world);
	taken = read_all(&world);
	expect(&taken, 1, RECORDS);
	world_free(&world);
}

/* Both heads may stand there when the power fails between two files. */
static void an_old_file_that_came_back_does_not_count(void **state)
{
	struct world world = world_new();
	struct taken taken;
	char *bytes;
	size_t size;

	(void)state;
	assert_int_equal(renew(&world), 0);
	for (int i = 0; i < RECORDS; i++)
		write_one(&world);
	assert_int_equal(file_read(world.files[0], 1 << 20, &bytes, &size), 0);
	world.living = 2;
	assert_int_equal(renew(&world), 0);
	assert_int_equal(file_write_at(world.files[0], bytes, size, 0), 0);
	begin_again(&world);
	taken = read_all(&world);
	expect(&taken, 1, 2);
	assert_int_equal(size_of(world.files[0]), 0);
	free(bytes);
	world_free(&world);
}

static void a_full_disk_takes_nothing_and_is_tried_again(void **state)
{
	struct world world = world_new();
	struct taken taken;

	(void)state;
	assert_int_equal(renew(&world), 0);
	write_one(&world);
	for (int left = 0; left < 500; left += 50) {
		write_left = left;
		assert_int_equal(put(&world, 50), 0);
		assert_int_equal(put(&world, 51), 0);
		assert_int_equal(journal_commit(world.journal), -ENOSPC);
		heal();
		write_one(&world);
	}
	begin_again(&world);
	taken = read_all(&world);
	expect(&taken, 1, world.living);
	world_free(&world);
}

static void no_sync_is_tried_twice(void **state)
{
	struct world world = world_new();
	struct taken taken;
	uint64_t number;

	(void)state;
	assert_int_equal(renew(&world), 0);
	write_one(&world);
	assert_false(journal_wants(world.journal, &number));
	syncs_left = 0;
	sync_count = 0;
	assert_int_equal(put(&world, 2), 0);
	assert_int_equal(journal_commit(world.journal), -EIO);
	assert_int_equal(sync_count, 1);
	assert_false(journal_can_write(world.journal));
	/* It still counts: what was acknowledged stands nowhere else. */
	assert_false(journal_wants(world.journal, &number));

	/* The other fails as well: that one may be replaced. */
	world.living = 1;
	assert_int_equal(renew(&world), -EIO);
	assert_int_equal(sync_count, 2);
	assert_true(journal_wants(world.journal, &number));
	assert_int_equal(number, 1);
	assert_int_equal(renew(&world), -ENOSPC);
	assert_int_equal(sync_count, 2);
	heal();
	(void)close(world.files[1]);
	world.files[1] = memfd_create("journal", MFD_CLOEXEC);
	assert_int_equal(journal_file(world.journal, 1, dup(world.files[1])),
			 0);
	assert_int_equal(renew(&world), 0);
	assert_true(journal_wants(world.journal, &number));
	assert_int_equal(number, 0);
	write_one(&world);
	begin_again(&world);
	taken = read_all(&world);
	expect(&taken, 1, 2);
	world_free(&world);
}

static void what_moved_is_let_go_only_when_durable(void **state)
{
	struct world world = world_new();
	struct taken taken = { .count = 0 };
	struct seal_wrapped wrapped;
	uint8_t key[SEAL_KEY_SIZE];
	struct id old, left;

	(void)state;
	assert_int_equal(renew(&world), 0);
	write_one(&world);
	close_journal(&world);
	forget_keys(&world);
	open_journal(&world);
	/* The vault is locked: another file beside it. */
	assert_true(journal_unread(world.journal, &old, &wrapped));
	world.living = 0;
	assert_int_equal(renew(&world), 0);
	assert_true(journal_unread(world.journal, &old, &wrapped));
	assert_true(size_of(world.files[0]) > 0);
	assert_int_equal(open_key(&wrapped,
				  seal_world_pair(&world.keys, &wrapped.end),
				  SEAL_FOR_CHAT, &old, key),
			 0);
	assert_int_equal(journal_read(world.journal, &old, key, take, &taken),
			 0);
	expect(&taken, 1, 1);
	journal_adopt(world.journal);
	assert_true(journal_leftover(world.journal, &left));
	assert_int_equal(put(&world, 1), 0);
	journal_moved(world.journal, &old);
	write_left = 10;
	assert_int_equal(journal_commit(world.journal), -ENOSPC);
	heal();
	assert_true(journal_leftover(world.journal, &left));
	assert_true(size_of(world.files[0]) > 0);
	assert_int_equal(put(&world, 1), 0);
	journal_moved(world.journal, &old);
	assert_int_equal(journal_commit(world.journal), 0);
	assert_int_equal(size_of(world.files[0]), 0);
	assert_false(journal_leftover(world.journal, &left));
	world_free(&world);
}

/* What was said after it would be lost with the file that it replaced. */
static void a_head_that_may_be_there_is_outdone_first(void **state)
{
	struct world world = world_new();
	struct taken taken;
	uint64_t number;

	(void)state;
	assert_int_equal(renew(&world), 0);
	for (int i = 0; i < RECORDS; i++)
		write_one(&world);
	syncs_left = 1; /* the records' sync; the head's fails */
	assert_int_equal(renew(&world), -EIO);
	heal();
	assert_false(journal_can_write(world.journal));
	begin_again(&world);
	taken = read_all(&world);
	expect(&taken, 1, RECORDS);

	syncs_left = 1;
	assert_int_equal(renew(&world), -EIO);
	heal();
	assert_true(journal_wants(world.journal, &number));
	assert_int_equal(number, 1);
	assert_int_equal(renew(&world), -ENOSPC);
	(void)close(world.files[1]);
	world.files[1] = memfd_create("journal", MFD_CLOEXEC);
	assert_int_equal(journal_file(world.journal, 1, dup(world.files[1])),
			 0);
	assert_int_equal(renew(&world), 0);
	write_one(&world);
	begin_again(&world);
	taken = read_all(&world);
	expect(&taken, 1, world.living);
	world_free(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_begun_anew_replaces_the_other),
		cmocka_unit_test(
			a_crash_while_a_file_is_begun_leaves_the_old_one),
		cmocka_unit_test(an_old_file_that_came_back_does_not_count),
		cmocka_unit_test(a_full_disk_takes_nothing_and_is_tried_again),
		cmocka_unit_test(no_sync_is_tried_twice),
		cmocka_unit_test(what_moved_is_let_go_only_when_durable),
		cmocka_unit_test(a_head_that_may_be_there_is_outdone_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
