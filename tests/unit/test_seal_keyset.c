/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "seal/format.h"
#include "seal_world.h"

static void what_was_made_is_read(void **state)
{
	struct seal_world world = seal_world_new();
	const struct seal_end end = { SEAL_CLASS_CONTACT, 20271123 };
	struct seal_end found;
	uint8_t public[SEAL_PUBLIC_SIZE];

	(void)state;
	assert_int_equal(seal_keyset_find(world.set, &end, &found, public), 0);
	assert_memory_equal(&found, &end, sizeof(end));
	assert_memory_equal(public, seal_world_pair(&world, &end)->public,
			    sizeof(public));
	seal_world_free(&world);
}

static void a_missing_date_falls_back_to_the_latest_earlier_one(void **state)
{
	static const struct {
		uint32_t data_class;
		seal_date wish, found; /* 0: none */
	} rows[] = {
		{ 1, 20270522, 0 },	   { 1, 20270523, 20270523 },
		{ 1, 20270524, 20270523 }, { 1, 99991231, 20281123 },
		{ 2, 20270522, 0 },	   { 2, 20271122, 20270523 },
		{ 3, 20281124, 20281123 }, { 4, 20281124, 0 },
		{ 0, 20281124, 0 },
	};
	struct seal_world world = seal_world_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct seal_end end = { rows[i].data_class,
					      rows[i].wish };
		struct seal_end found = { 0, 0 };
		uint8_t public[SEAL_PUBLIC_SIZE];

		assert_int_equal(
			seal_keyset_find(world.set, &end, &found, public),
			rows[i].found ? 0 : -ENOKEY);
		assert_int_equal(found.date, rows[i].found);
	}
	seal_world_free(&world);
}

static void every_changed_bit_is_found(void **state)
{
	struct seal_world world = seal_world_new();

	(void)state;
	for (size_t i = 0; i < world.file_size; i++) {
		struct seal_keyset *set = NULL;
		int r;

		world.file[i] ^= (uint8_t)(1 << i % 8);
		r = seal_keyset_read(world.file, world.file_size, &set);
		assert_true(r == -EBADMSG || r == -ENOTSUP);
		assert_null(set);
		world.file[i] ^= (uint8_t)(1 << i % 8);
	}
	seal_world_free(&world);
}

static void every_other_length_is_refused(void **state)
{
	struct seal_world world = seal_world_new();

	(void)state;
	for (size_t size = 0; size < world.file_size; size++) {
		uint8_t *exact = malloc(size ? size : 1);
		struct seal_keyset *set = NULL;

		memcpy(exact, world.file, size);
		assert_int_equal(seal_keyset_read(exact, size, &set), -EBADMSG);
		free(exact);
	}
	seal_world_free(&world);
}

static void entries_out_of_order_are_not_made(void **state)
{
	struct seal_world world = seal_world_new();
	struct seal_keyset_entry two[2] = { world.entry[1], world.entry[0] };
	uint8_t *bytes = NULL;
	size_t size;

	(void)state;
	assert_int_equal(
		seal_keyset_make(two, 2, 0, world.vault_seed, &bytes, &size),
		-EINVAL);
	two[1] = two[0];
	assert_int_equal(
		seal_keyset_make(two, 2, 0, world.vault_seed, &bytes, &size),
		-EINVAL);
	two[1].end.date = 20280230;
	assert_int_equal(
		seal_keyset_make(two, 2, 0, world.vault_seed, &bytes, &size),
		-EINVAL);
	assert_null(bytes);
	seal_world_free(&world);
}

static void an_empty_set_has_no_key(void **state)
{
	const uint8_t seed[32] = { 7 };
	const struct seal_end end = { SEAL_CLASS_AUDIO, 20270523 };
	struct seal_end found;
	uint8_t public[SEAL_PUBLIC_SIZE], *bytes;
	struct seal_keyset *set;
	size_t size;

	(void)state;
	assert_int_equal(seal_keyset_make(NULL, 0, 0, seed, &bytes, &size), 0);
	assert_int_equal(seal_keyset_read(bytes, size, &set), 0);
	assert_int_equal(seal_keyset_find(set, &end, &found, public), -ENOKEY);
	seal_keyset_free(set);
	free(bytes);
}

static void dates_are_civil_dates(void **state)
{
	(void)state;
	assert_true(seal_date_is(20280229));
	assert_true(seal_date_is(20000229));
	assert_false(seal_date_is(21000229));
	assert_false(seal_date_is(20270229));
	assert_false(seal_date_is(20270431));
	assert_false(seal_date_is(20271301));
	assert_false(seal_date_is(20270100));
	assert_false(seal_date_is(20270001));
	assert_false(seal_date_is(0));
	assert_false(seal_date_is(19691231));
	assert_false(seal_date_is(UINT32_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_made_is_read),
		cmocka_unit_test(
			a_missing_date_falls_back_to_the_latest_earlier_one),
		cmocka_unit_test(every_changed_bit_is_found),
		cmocka_unit_test(every_other_length_is_refused),
		cmocka_unit_test(entries_out_of_order_are_not_made),
		cmocka_unit_test(an_empty_set_has_no_key),
		cmocka_unit_test(dates_are_civil_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
