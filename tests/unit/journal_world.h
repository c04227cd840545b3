/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file journal_world.h
 * A journal of two files on a disk that fails when it is told to. Records
 * are numbers; the living are 1 to world->living.
 */
#ifndef TALLENNE_TESTS_JOURNAL_WORLD_H
#define TALLENNE_TESTS_JOURNAL_WORLD_H

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

static inline void take(void *self, const uint8_t *bytes, size_t size)
{
	struct taken *taken = self;
	char text[16] = "";

	assert_true(size < sizeof(text));
	assert_true(taken->count < TAKEN_MAX);
	memcpy(text, bytes, size);
	taken->number[taken->count++] = (int)strtol(text, NULL, 10);
}

static inline void expect(const struct taken *taken, int first, int last)
{
	assert_int_equal(taken->count, last - first + 1);
	for (int i = 0; i < taken->count; i++)
		assert_int_equal(taken->number[i], first + i);
}

/* ---- a disk that fails ---- */

static int write_left = -1; /* bytes; -1: as many as are wanted */
static int syncs_left = -1, sync_count;

static inline int failing_write(int fd, const void *bytes, size_t size,
				int64_t offset)
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

static inline int failing_sync(int fd)
{
	(void)fd;
	sync_count++;
	if (syncs_left == 0)
		return -EIO;
	syncs_left -= syncs_left > 0;
	return 0;
}

static const struct journal_disk failing = { failing_write, failing_sync };

static inline void heal(void)
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

static inline void open_journal(struct world *world)
{
	assert_int_equal(journal_new(&failing, &world->journal), 0);
	assert_int_equal(attic_open(world->memory, &world->attic), 0);
	journal_set_attic(world->journal, world->attic);
	for (uint64_t i = 0; i < FILES; i++)
		assert_int_equal(
			journal_file(world->journal, i, dup(world->files[i])),
			0);
}

static inline void close_journal(struct world *world)
{
	journal_free(world->journal);
	attic_close(world->attic);
}

static inline void forget_keys(struct world *world)
{
	(void)close(world->memory);
	world->memory = memfd_create("attic", MFD_CLOEXEC);
}

static inline struct world world_new(void)
{
	struct world world = { .keys = seal_world_new() };

	heal();
	for (int i = 0; i < FILES; i++)
		world.files[i] = memfd_create("journal", MFD_CLOEXEC);
	world.memory = memfd_create("attic", MFD_CLOEXEC);
	open_journal(&world);
	return world;
}

static inline void world_free(struct world *world)
{
	close_journal(world);
	for (int i = 0; i < FILES; i++)
		(void)close(world->files[i]);
	(void)close(world->memory);
	seal_world_free(&world->keys);
}

static inline int put(struct world *world, int number)
{
	char text[16];
	int size = snprintf(text, sizeof(text), "%d", number);

	return journal_put(world->journal, (const uint8_t *)text, (size_t)size);
}

static inline int put_living(void *self)
{
	struct world *world = self;
	int r = 0;

	for (int i = 1; r == 0 && i <= world->living; i++)
		r = put(world, i);
	return r;
}

static inline int renew(struct world *world)
{
	return journal_renew(world->journal, world->keys.set, &end_date,
			     put_living, world);
}

static inline void write_one(struct world *world)
{
	assert_int_equal(put(world, world->living + 1), 0);
	assert_int_equal(journal_commit(world->journal), 0);
	world->living++;
}

static inline struct taken read_all(struct world *world)
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

static inline void begin_again(struct world *world)
{
	close_journal(world);
	open_journal(world);
}

static inline int64_t size_of(int fd)
{
	return lseek(fd, 0, SEEK_END);
}

#endif
