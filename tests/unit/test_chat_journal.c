/* SPDX-License-Identifier: EUPL-1.2 */
/* The journal of conversations, file by file and byte by byte. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "chat/journal.h"
#include "chat/journal_file.h"
#include "tests/unit/seal_world.h"

enum { FILES = 2, RECORDS = 7, TAKEN_MAX = 64 };

static const struct seal_end end_date = { SEAL_CLASS_CHAT, 20281123 };

/* What was read: records of the form "number". */
struct taken {
	int number[TAKEN_MAX];
	int count;
};

static void take(void *self, const uint8_t *bytes, size_t size)
{
	struct taken *taken = self;
	char text[16] = "";

	assert_true(size < sizeof(text));
	assert_true(taken->count < TAKEN_MAX);
	memcpy(text, bytes, size);
	taken->number[taken->count++] = (int)strtol(text, NULL, 10);
}

static void expect(const struct taken *taken, int first, int last)
{
	assert_int_equal(taken->count, last - first + 1);
	for (int i = 0; i < taken->count; i++)
		assert_int_equal(taken->number[i], first + i);
}

/* ---- a disk that fails ---- */

static int write_left = -1; /* bytes; -1: as many as are wanted */
static int syncs_left = -1, sync_count;

static int failing_write(int fd, const void *bytes, size_t size, int64_t offset)
{
	if (write_left >= 0 && (size_t)write_left < size) {
		int r = file_write_at(fd, bytes, (size_t)write_left, offset);

		write_left = 0;
		return r < 0 ? r : -ENOSPC;
	}
	if (write_left >= 0)
		write_left -= (int)size;
	return file_write_at(fd, bytes, size, offset);
}

static int failing_sync(int fd)
{
	(void)fd;
	sync_count++;
	if (syncs_left == 0)
		return -EIO;
	syncs_left -= syncs_left > 0;
	return 0;
}

static const struct journal_disk failing = { failing_write, failing_sync };

static void heal(void)
{
	write_left = syncs_left = -1;
}

/* ---- a world of two files ---- */

struct world {
	struct seal_world keys;
	int files[FILES], memory;
	struct journal *journal;
	struct attic *attic;
	int living; /* the whole: records 1 to this */
};

static void open_journal(struct world *world)
{
	assert_int_equal(journal_new(&failing, &world->journal), 0);
	assert_int_equal(attic_open(world->memory, &world->attic), 0);
	journal_set_attic(world->journal, world->attic);
	for (uint64_t i = 0; i < FILES; i++)
		assert_int_equal(
			journal_file(world->journal, i, dup(world->files[i])),
			0);
}

static void close_journal(struct world *world)
{
	journal_free(world->journal);
	attic_close(world->attic);
}

static void forget_keys(struct world *world)
{
	(void)close(world->memory);
	world->memory = memfd_create("attic", MFD_CLOEXEC);
}

static struct world world_new(void)
{
	struct world world = { .keys = seal_world_new() };

	heal();
	for (int i = 0; i < FILES; i++)
		world.files[i] = memfd_create("journal", MFD_CLOEXEC);
	world.memory = memfd_create("attic", MFD_CLOEXEC);
	open_journal(&world);
	return world;
}

static void world_free(struct world *world)
{
	close_journal(world);
	for (int i = 0; i < FILES; i++)
		(void)close(world->files[i]);
	(void)close(world->memory);
	seal_world_free(&world->keys);
}

static int put(struct world *world, int number)
{
	char text[16];
	int size = snprintf(text, sizeof(text), "%d", number);

	return journal_put(world->journal, (const uint8_t *)text, (size_t)size);
}

static int put_living(void *self)
{
	struct world *world = self;
	int r = 0;

	for (int i = 1; r == 0 && i <= world->living; i++)
		r = put(world, i);
	return r;
}

static int renew(struct world *world)
{
	return journal_renew(world->journal, world->keys.set, &end_date,
			     put_living, world);
}

static void write_one(struct world *world)
{
	assert_int_equal(put(world, world->living + 1), 0);
	assert_int_equal(journal_commit(world->journal), 0);
	world->living++;
}

static struct taken read_all(struct world *world)
{
	struct taken taken = { .count = 0 };
	struct seal_wrapped wrapped;
	struct id file;

	while (journal_unread(world->journal, &file, &wrapped))
		assert_int_equal(
			journal_read(world->journal, &file, NULL, take, &taken),
			0);
	journal_adopt(world->journal);
	return taken;
}

static void begin_again(struct world *world)
{
	close_journal(world);
	open_journal(world);
}

static int64_t size_of(int fd)
{
	return lseek(fd, 0, SEEK_END);
}

/* ---- tests ---- */

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
		cmocka_unit_test(a_file_begun_anew_replaces_the_other),
		cmocka_unit_test(
			a_crash_while_a_file_is_begun_leaves_the_old_one),
		cmocka_unit_test(an_old_file_that_came_back_does_not_count),
		cmocka_unit_test(a_full_disk_takes_nothing_and_is_tried_again),
		cmocka_unit_test(no_sync_is_tried_twice),
		cmocka_unit_test(what_moved_is_let_go_only_when_durable),
		cmocka_unit_test(a_head_with_any_changed_bit_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
