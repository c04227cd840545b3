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

#include "vault/note.h"

static const uint8_t seed[32] = { 1, 2, 3 };

static struct note a_note(void)
{
	struct note note = { .origin = "example.invalid/audit", .size = 1234 };

	memset(note.root, 0xab, sizeof(note.root));
	return note;
}

static void key_of(char ret_key[SIGNATURE_KEY_SIZE])
{
	uint8_t public[32], secret[64];

	crypto_sign_seed_keypair(public, secret, seed);
	signature_key("example.invalid/audit", public, ret_key);
}

static void a_checkpoint_reads_as_it_was_signed(void **state)
{
	struct note note = a_note(), read;
	char text[NOTE_SIZE], key[SIGNATURE_KEY_SIZE];

	(void)state;
	key_of(key);
	note_sign(&note, seed, text);
	assert_int_equal(note_read(slice_of(text), key, &read), 0);
	assert_int_equal(read.size, 1234);
	assert_string_equal(read.origin, note.origin);
	assert_memory_equal(read.root, note.root, sizeof(note.root));
	assert_int_equal(strncmp(text, "example.invalid/audit\n1234\nq6urq",
				 strlen("example.invalid/audit\n1234\nq6urq")),
			 0);
}

static void every_changed_bit_of_it_is_found(void **state)
{
	struct note note = a_note(), read;
	char text[NOTE_SIZE], key[SIGNATURE_KEY_SIZE];
	size_t size;

	(void)state;
	key_of(key);
	note_sign(&note, seed, text);
	size = strlen(text);
	for (size_t i = 0; i < 8 * size; i++) {
		text[i / 8] ^= (char)(1 << i % 8);
		if (note_read((struct slice){ text, size }, key, &read) == 0)
			fail_msg("bit %zu of byte %zu", i % 8, i / 8);
		text[i / 8] ^= (char)(1 << i % 8);
	}
	for (size_t cut = 0; cut < size; cut++)
		assert_true(note_read((struct slice){ text, cut }, key, &read) <
			    0);
}

static void another_key_does_not_vouch_for_it(void **state)
{
	static const uint8_t other_seed[32] = { 9 };
	struct note note = a_note(), read;
	char text[NOTE_SIZE], key[SIGNATURE_KEY_SIZE];

	(void)state;
	key_of(key);
	note_sign(&note, other_seed, text);
	assert_int_equal(note_read(slice_of(text), key, &read), -EKEYREJECTED);
	assert_int_equal(note_read(slice_of(text), NULL, &read), 0);
}

static void signatures_of_witnesses_stand_beside_it(void **state)
{
	struct note note = a_note(), read;
	char text[NOTE_SIZE], more[2 * NOTE_SIZE], key[SIGNATURE_KEY_SIZE];

	(void)state;
	key_of(key);
	note_sign(&note, seed, text);
	snprintf(more, sizeof(more),
		 "%s\xe2\x80\x94 witness.invalid mJirIklj\n", text);
	assert_int_equal(note_read(slice_of(more), key, &read), 0);
}

static void a_proof_has_the_form_of_tlog_proof(void **state)
{
	struct tree_path path = { .count = 2 };
	struct note note = a_note();
	char text[NOTE_SIZE], proof[NOTE_PROOF_SIZE], expected[2 * NOTE_SIZE];
	int size;

	(void)state;
	note_sign(&note, seed, text);
	size = note_proof("salt", 4, 7, &path, text, proof);
	snprintf(expected, sizeof(expected),
		 "c2sp.org/tlog-proof@v1\nextra c2FsdA==\nindex 7\n"
		 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
		 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n%s",
		 text);
	assert_string_equal(proof, expected);
	assert_int_equal(size, strlen(expected));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_checkpoint_reads_as_it_was_signed),
		cmocka_unit_test(every_changed_bit_of_it_is_found),
		cmocka_unit_test(another_key_does_not_vouch_for_it),
		cmocka_unit_test(signatures_of_witnesses_stand_beside_it),
		cmocka_unit_test(a_proof_has_the_form_of_tlog_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
