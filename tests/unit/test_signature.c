/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "seal/signature.h"

enum { NOTE_SIZE = 2 * SIGNATURE_LINE_SIZE + 64 };

static const uint8_t seed[32] = { 1, 2, 3 };

static void key_of(char ret_key[SIGNATURE_KEY_SIZE])
{
	uint8_t public[32], secret[64];

	crypto_sign_seed_keypair(public, secret, seed);
	signature_key("example.invalid/audit", public, ret_key);
}

static void the_key_of_the_specification_is_read(void **state)
{
	/* From the specification of signed-note, C2SP. */
	char name[SIGNATURE_NAME_MAX + 1], again[SIGNATURE_KEY_SIZE];
	const char *const key =
		"example.com/foo+530d903a+AWEsuFs4fDTd0bEpFtvCTDO+yl1"
		"wA5jtyFcQCYEHQnt1";
	uint8_t public[32];
	int r;

	(void)state;
	/* Its id is computed here, so a wrong one must be refused. */
	r = signature_key_read(slice_of(key), name, public);
	if (r == 0) {
		signature_key(name, public, again);
		assert_string_equal(again, key);
	}
	key_of(again);
	assert_int_equal(signature_key_read(slice_of(again), name, public), 0);
	again[strlen("example.invalid/audit+")] ^= 1;
	assert_int_equal(signature_key_read(slice_of(again), name, public),
			 -EINVAL);
}

static void names_that_would_break_the_format_are_refused(void **state)
{
	char longest[SIGNATURE_NAME_MAX + 2];

	(void)state;
	assert_true(signature_name_is("example.invalid/audit"));
	assert_false(signature_name_is(""));
	assert_false(signature_name_is("a b"));
	assert_false(signature_name_is("a\nb"));
	assert_false(signature_name_is("a+b"));
	assert_false(signature_name_is("\xc3\xa4"));
	memset(longest, 'a', sizeof(longest));
	longest[SIGNATURE_NAME_MAX + 1] = '\0';
	assert_false(signature_name_is(longest));
}

/* A note by two, which every test below spoils in its own way. */
static size_t a_note(char text[NOTE_SIZE], uint8_t ret_public[2][32])
{
	static const char body[] = "something\nthat is signed\n";
	const struct slice what = SLICE(body);
	uint8_t seeds[2][32] = { { 1 }, { 2 } }, secret[64];
	char line[2][SIGNATURE_LINE_SIZE];

	for (int i = 0; i < 2; i++) {
		crypto_sign_seed_keypair(ret_public[i], secret, seeds[i]);
		signature_make(what, i ? "second" : "first", seeds[i], line[i]);
	}
	return (size_t)snprintf(text, NOTE_SIZE, "%s\n%s%s", body, line[0],
				line[1]);
}

static void each_of_two_is_found_by_key_and_name(void **state)
{
	char text[NOTE_SIZE];
	uint8_t public[2][32];
	size_t size = a_note(text, public);
	struct slice body, lines;

	(void)state;
	assert_int_equal(
		signature_split((struct slice){ text, size }, &body, &lines),
		0);
	assert_true(slice_is(body, SLICE("something\nthat is signed\n")));
	assert_true(signature_is_by(body, lines, "first", public[0]));
	assert_true(signature_is_by(body, lines, "second", public[1]));
	assert_false(signature_is_by(body, lines, "first", public[1]));
	assert_false(signature_is_by(body, lines, "third", public[0]));
	assert_false(signature_is_by(SLICE("something\n"), lines, "first",
				     public[0]));
}

static void every_changed_bit_spoils_a_signature(void **state)
{
	char text[NOTE_SIZE];
	uint8_t public[2][32];
	size_t size = a_note(text, public);

	(void)state;
	for (size_t i = 0; i < 8 * size; i++) {
		struct slice body, lines;

		text[i / 8] ^= (char)(1 << i % 8);
		if (signature_split((struct slice){ text, size }, &body,
				    &lines) == 0 &&
		    signature_is_by(body, lines, "first", public[0]) &&
		    signature_is_by(body, lines, "second", public[1]))
			fail_msg("bit %zu of byte %zu", i % 8, i / 8);
		text[i / 8] ^= (char)(1 << i % 8);
	}
}

static void what_is_no_note_is_refused(void **state)
{
	static const char *const wrong[] = {
		"", "\n", "\n\n", "one line\n", "no end\n\n- x y", "\nbody\n",
	};
	struct slice body, lines;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(
			signature_split(slice_of(wrong[i]), &body, &lines),
			-EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_of_the_specification_is_read),
		cmocka_unit_test(names_that_would_break_the_format_are_refused),
		cmocka_unit_test(each_of_two_is_found_by_key_and_name),
		cmocka_unit_test(every_changed_bit_spoils_a_signature),
		cmocka_unit_test(what_is_no_note_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
