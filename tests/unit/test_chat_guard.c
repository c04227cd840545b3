/* SPDX-License-Identifier: EUPL-1.2 */
/* The guard, by the vectors that the browser's twin is tested with too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "chat/guard.h"
#include "chat/text.h"

static char **fixtures; /* shared with the browser, and our own */

static const char *member(const json_t *row, const char *name)
{
	return json_string_value(json_object_get(row, name));
}

static void check(const json_t *row)
{
	const char *before = member(row, "before"), *text = member(row, "text");
	char out[GUARD_SIZE_MAX + 1] = "";
	size_t size = strlen(text), before_size = before ? strlen(before) : 0;
	int found;

	memcpy(out, text, size);
	found = guard_mask(before, before_size, out, size);
	if (strcmp(out, member(row, "masked")) != 0 ||
	    (found > 0) != (strcmp(out, text) != 0))
		fail_msg("%s: \"%s\" became \"%s\" (%d)", member(row, "why"),
			 text, out, found);
	/* What was masked is not found again. */
	assert_int_equal(guard_mask(before, before_size, out, size), 0);
}

static void check_all(const char *path, size_t least)
{
	json_t *rows = json_load_file(path, 0, NULL), *row;
	size_t i;

	assert_true(json_array_size(rows) >= least);
	json_array_foreach(rows, i, row) check(row);
	json_decref(rows);
}

static void every_vector_is_masked_as_it_says(void **state)
{
	(void)state;
	check_all(fixtures[0], 200);
	check_all(fixtures[1], 8);
}

/* What chats that only look at the shape get wrong in every case. */
static void hardly_any_other_number_is_masked(void **state)
{
	uint32_t draw = 1;
	int numbers = 0, shapes = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		char text[16];
		size_t size;

		draw = draw * 1103515245 + 12345;
		size = (size_t)snprintf(text, sizeof(text), "3584%07u",
					draw / 65536 * 151 % 10000000);
		numbers += guard_mask(NULL, 0, text, size);
		/* The right shape, a day that exists, a check of any kind. */
		size = (size_t)snprintf(
			text, sizeof(text), "%02u%02u%02u-9%02u%c",
			draw / 65536 % 28 + 1, draw / 131072 % 12 + 1,
			draw / 262144 % 100, draw / 524288 % 100,
			"0123456789ABCDEFHJKLMNPRSTUVWXY"[draw / 65537 % 31]);
		shapes += guard_mask(NULL, 0, text, size);
	}
	assert_int_equal(numbers, 0);
	assert_in_range(shapes, 2500, 4000); /* one of 31 */
}

static void a_long_text_is_masked_to_its_end(void **state)
{
	static const char code[] = " 131152-900P";
	char text[GUARD_SIZE_MAX];
	size_t size = sizeof(text);

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text + size - strlen(code), code, strlen(code));
	assert_int_equal(guard_mask(NULL, 0, text, size), 1);
	assert_memory_equal(text + size - 12, " ******-****", 12);
}

static void a_text_of_digits_takes_no_long_time(void **state)
{
	char text[GUARD_SIZE_MAX], before[GUARD_SIZE_MAX];
	size_t size = sizeof(text);

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = before[i] = i % 2 ? ' ' : '4';
	for (int i = 0; i < 200; i++)
		(void)guard_mask(before, sizeof(before), text, size);
}

static void what_is_no_utf8_harms_nothing(void **state)
{
	char text[] = "\xff\xc3 131152-900P \xe2\x80";
	size_t size = sizeof(text) - 1;

	(void)state;
	assert_int_equal(guard_mask("\x80\x80", 2, text, size), 1);
	assert_string_equal(text, "\xff\xc3 ******-**** \xe2\x80");
}

static void what_may_be_said_is_utf8_and_more_than_blanks(void **state)
{
	(void)state;
	assert_true(text_may_be_said("Hei\n\tö", 7));
	assert_false(text_may_be_said("", 0));
	assert_false(text_may_be_said(" \n\t\xc2\xa0\xe2\x80\x8b", 8));
	assert_false(text_may_be_said("a\0b", 3));
	assert_false(text_may_be_said("a\x1b[2J", 5));
	assert_false(text_may_be_said("a\xc2\x85", 3));
	assert_false(text_may_be_said("a\x7f", 2));
	assert_false(text_may_be_said("\xc0\xaf", 2));
	assert_false(text_may_be_said("\xed\xa0\x80", 3));
	assert_false(text_may_be_said("\xf4\x90\x80\x80", 4));
	assert_false(text_may_be_said("\xc3", 1));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vector_is_masked_as_it_says),
		cmocka_unit_test(hardly_any_other_number_is_masked),
		cmocka_unit_test(a_long_text_is_masked_to_its_end),
		cmocka_unit_test(a_text_of_digits_takes_no_long_time),
		cmocka_unit_test(what_is_no_utf8_harms_nothing),
		cmocka_unit_test(what_may_be_said_is_utf8_and_more_than_blanks),
	};

	assert(argc == 3);
	fixtures = argv + 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
