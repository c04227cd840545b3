/* SPDX-License-Identifier: EUPL-1.2 */
/* Notices that were in force. Started with the path of the example policy. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "counter/shelf.h"

static char *example;

/* The example of another day and version, put on the shelf. */
static int put(struct shelf *shelf, uint64_t number, const char *version,
	       const char *day)
{
	OWNED(drop_memory) char *text = NULL;
	OWNED(drop_fd) int fd = -1;
	OWNED(drop_fd) int note = file_of("note", "signed", 6);
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct slice rest = slice_of(example);

	assert_non_null(out);
	while (rest.size > 0) {
		struct slice line = slice_cut(rest, '\n', &rest);

		if (slice_starts_nocase(line, SLICE("  version:")))
			fprintf(out, "  version: \"%s\"\n", version);
		else if (slice_starts_nocase(line, SLICE("  valid_from:")))
			fprintf(out, "  valid_from: %s\n", day);
		else
			fprintf(out, "%.*s\n", (int)line.size, line.at);
	}
	assert_int_equal(fclose(out), 0);
	fd = file_of("policy", text, size);
	assert_int_equal(shelf_take_note(shelf, note), 0);
	return shelf_take(shelf, number, fd);
}

static void the_newest_stands_first(void **state)
{
	struct shelf *shelf = calloc(1, sizeof(*shelf));

	(void)state;
	assert_non_null(shelf);
	assert_int_equal(put(shelf, 0, "b", "2019-01-01"), 0);
	assert_int_equal(put(shelf, 1, "d", "2021-01-01"), 0);
	assert_int_equal(put(shelf, 2, "a", "2018-05-25"), 0);
	assert_int_equal(put(shelf, 3, "c", "2019-01-01"), 0);
	assert_int_equal(shelf->count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(shelf->notice[i].version[0], "dcba"[i]);
	assert_int_equal(shelf->notice[0].signers, 0);
	assert_string_equal(shelf->notice[0].note, "signed");
	/* A reload hands in all of them again. */
	assert_int_equal(put(shelf, 0, "e", "2022-01-01"), 0);
	assert_int_equal(shelf->count, 1);
	shelf_drop(shelf);
	free(shelf);
}

static void one_is_found_by_the_beginning_of_its_hash(void **state)
{
	struct shelf *shelf = calloc(1, sizeof(*shelf));
	struct slice whole;

	(void)state;
	assert_non_null(shelf);
	assert_int_equal(put(shelf, 0, "a", "2019-01-01"), 0);
	assert_int_equal(put(shelf, 1, "b", "2020-01-01"), 0);
	whole = slice_of(shelf->notice[1].sha256);
	assert_ptr_equal(shelf_find(shelf, whole), &shelf->notice[1]);
	assert_ptr_equal(shelf_find(shelf, (struct slice){ whole.at, 8 }),
			 &shelf->notice[1]);
	assert_null(shelf_find(shelf, (struct slice){ whole.at, 7 }));
	assert_null(shelf_find(shelf, SLICE("00000000")));
	assert_null(shelf_find(shelf, SLICE("")));
	shelf_drop(shelf);
	free(shelf);
}

static void what_is_no_policy_is_left_out(void **state)
{
	struct shelf *shelf = calloc(1, sizeof(*shelf));
	OWNED(drop_fd) int fd = file_of("policy", "policy: {}\n", 11);

	(void)state;
	assert_non_null(shelf);
	assert_int_equal(shelf_take(shelf, 0, fd), -EINVAL);
	assert_int_equal(shelf->count, 0);
	for (uint64_t i = 0; i < SHELF_MAX; i++)
		assert_int_equal(put(shelf, i, "a", "2019-01-01"), 0);
	assert_int_equal(put(shelf, SHELF_MAX, "a", "2019-01-01"), -ENOSPC);
	assert_int_equal(shelf->count, SHELF_MAX);
	shelf_drop(shelf);
	free(shelf);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_stands_first),
		cmocka_unit_test(one_is_found_by_the_beginning_of_its_hash),
		cmocka_unit_test(what_is_no_policy_is_left_out),
	};
	size_t size;
	int fd, r;

	if (argc < 2)
		return 77;
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || file_read(fd, NOTICE_SIZE_MAX, &example, &size) < 0)
		return 77;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	free(example);
	close(fd);
	return r;
}
