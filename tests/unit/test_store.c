/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "store/store.h"

enum { BIG = 300000 };

struct place {
	char path[64];
	int dir;
	struct store *store;
	char bytes[BIG];
	uint8_t hash[STORE_HASH_SIZE];
	int from;
};

static int prepare(void **state)
{
	static struct place place;

	snprintf(place.path, sizeof(place.path), "/tmp/test-store-XXXXXX");
	assert_non_null(mkdtemp(place.path));
	place.dir = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(store_open(place.dir, &place.store), 0);
	for (size_t i = 0; i < BIG; i++)
		place.bytes[i] = (char)(i * 31 >> 3);
	SHA256((const void *)place.bytes, BIG, place.hash);
	place.from = file_of("object", place.bytes, BIG);
	assert_true(place.from >= 0);
	*state = &place;
	return 0;
}

static void remove_it(void *self, const struct id *object, int64_t age_s)
{
	struct place *place = self;

	assert_in_range(age_s, 0, 60);
	assert_int_equal(store_remove(place->store, object), 0);
}

static int64_t remove_all(struct place *place)
{
	int64_t count = 0;

	for (int i = 0; i < STORE_FOLDERS; i++)
		count += store_each(place->store, (uint8_t)i, remove_it, place);
	return count;
}

static int clear(void **state)
{
	struct place *place = *state;

	assert_true(remove_all(place) >= 0);
	for (int i = 0; i < 256; i++) {
		char name[4];

		snprintf(name, sizeof(name), "%02x", (unsigned)i);
		assert_int_equal(unlinkat(place->dir, name, AT_REMOVEDIR), 0);
	}
	store_drop(&place->store);
	drop_fd(&place->dir);
	drop_fd(&place->from);
	return rmdir(place->path);
}

static void what_was_put_can_be_read(void **state)
{
	struct place *place = *state;
	struct id id = id_new();
	char back[BIG];
	struct stat about;

	assert_int_equal(
		store_put(place->store, &id, place->from, BIG, place->hash), 0);
	OWNED(drop_fd) int fd = store_get(place->store, &id);
	assert_true(fd >= 0);
	assert_int_equal(file_read_at(fd, back, BIG, 0), 0);
	assert_memory_equal(back, place->bytes, BIG);
	assert_int_equal(fstat(fd, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0400);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(store_check(place->store, &id, BIG, place->hash), 0);
}

static void put_twice_is_there_once(void **state)
{
	struct place *place = *state;
	struct id id = id_new();

	for (int i = 0; i < 2; i++)
		assert_int_equal(store_put(place->store, &id, place->from, BIG,
					   place->hash),
				 0);
	assert_int_equal(remove_all(place), 1);
}

static void another_object_of_that_name_is_refused(void **state)
{
	struct place *place = *state;
	struct id id = id_new();
	uint8_t hash[STORE_HASH_SIZE];

	SHA256((const void *)"other", 5, hash);
	OWNED(drop_fd) int other = file_of("other", "other", 5);
	assert_int_equal(
		store_put(place->store, &id, place->from, BIG, place->hash), 0);
	assert_int_equal(store_put(place->store, &id, other, 5, hash), -EEXIST);
	assert_int_equal(store_check(place->store, &id, BIG, place->hash), 0);
}

static void what_its_hash_denies_is_not_kept(void **state)
{
	struct place *place = *state;
	struct id id = id_new();

	place->hash[7] ^= 1;
	assert_int_equal(
		store_put(place->store, &id, place->from, BIG, place->hash),
		-EBADMSG);
	assert_int_equal(
		store_put(place->store, &id, place->from, BIG - 1, place->hash),
		-EBADMSG);
	assert_int_equal(store_get(place->store, &id), -ENOENT);
	assert_int_equal(remove_all(place), 0);
}

static void a_changed_object_is_found(void **state)
{
	struct place *place = *state;
	struct id id = id_new();
	char text[ID_TEXT_SIZE], name[64];

	assert_int_equal(
		store_put(place->store, &id, place->from, BIG, place->hash), 0);
	id_text(&id, text);
	snprintf(name, sizeof(name), "%.2s/%s", text, text);
	assert_int_equal(fchmodat(place->dir, name, 0600, 0), 0);
	OWNED(drop_fd) int fd = openat(place->dir, name, O_RDWR);
	assert_int_equal(pwrite(fd, "!", 1, BIG / 2), 1);
	assert_int_equal(store_check(place->store, &id, BIG, place->hash),
			 -EBADMSG);
}

static void what_a_crash_left_is_cleared(void **state)
{
	struct place *place = *state;

	OWNED(drop_fd)
	int fd = openat(place->dir, "07/.new-0700", O_WRONLY | O_CREAT, 0400);
	assert_true(fd >= 0);
	store_drop(&place->store);
	assert_int_equal(store_open(place->dir, &place->store), 0);
	assert_int_equal(faccessat(place->dir, "07/.new-0700", F_OK, 0), -1);
}

static void removing_twice_is_no_error(void **state)
{
	struct place *place = *state;
	struct id id = id_new();

	assert_int_equal(
		store_put(place->store, &id, place->from, BIG, place->hash), 0);
	assert_int_equal(store_remove(place->store, &id), 0);
	assert_int_equal(store_remove(place->store, &id), 0);
	assert_int_equal(store_check(place->store, &id, BIG, place->hash),
			 -ENOENT);
}

static void a_pipe_is_no_object(void **state)
{
	struct place *place = *state;
	struct id id = id_new();
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(store_put(place->store, &id, ends[0], 0, place->hash),
			 -EBADMSG);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clear)
		TEST(what_was_put_can_be_read),
		TEST(put_twice_is_there_once),
		TEST(another_object_of_that_name_is_refused),
		TEST(what_its_hash_denies_is_not_kept),
		TEST(a_changed_object_is_found),
		TEST(what_a_crash_left_is_cleared),
		TEST(removing_twice_is_no_error),
		TEST(a_pipe_is_no_object),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
