/* SPDX-License-Identifier: EUPL-1.2 */
/* What of a table of counts is shown, and an attacker who subtracts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "register/suppress.h"

enum { CELLS_MAX = 31 };

/* What somebody finds who knows the total and what is shown. */
static void attack(const uint64_t *count, size_t cells)
{
	bool is_shown[CELLS_MAX];
	uint64_t total = 0, left = 0, hidden_cells = 0;
	bool shows_total = suppress_cells(count, cells, is_shown);

	for (size_t i = 0; i < cells; i++)
		total += count[i];
	assert_int_equal(shows_total, total >= SUPPRESS_K);
	left = total;
	for (size_t i = 0; i < cells; i++) {
		if (!is_shown[i]) {
			hidden_cells += count[i] > 0;
			continue;
		}
		assert_true(shows_total);
		assert_true(count[i] == 0 || count[i] >= SUPPRESS_K);
		left -= count[i];
	}
	if (shows_total && hidden_cells > 0) {
		assert_true(hidden_cells >= 2);
		assert_true(left >= SUPPRESS_K);
	}
}

static void small_counts_are_hidden(void **state)
{
	const uint64_t count[] = { 0, 1, 9, 10, 11, 500 };
	bool is_shown[6];

	(void)state;
	assert_true(suppress_cells(count, 6, is_shown));
	assert_true(is_shown[0]);
	assert_false(is_shown[1]);
	assert_false(is_shown[2]);
	assert_true(is_shown[3]);
	assert_true(is_shown[4]);
	assert_true(is_shown[5]);
}

static void a_lone_hidden_cell_gets_company(void **state)
{
	const uint64_t one[] = { 40, 3, 25, 12 }, few[] = { 40, 3, 2, 12, 25 };
	bool is_shown[5];

	(void)state;
	/* Else 80 - 40 - 25 - 12 tells it. */
	assert_true(suppress_cells(one, 4, is_shown));
	assert_true(is_shown[0]);
	assert_false(is_shown[1]);
	assert_true(is_shown[2]);
	assert_false(is_shown[3]);
	/* Two are hidden, but of five people together. */
	assert_true(suppress_cells(few, 5, is_shown));
	assert_false(is_shown[1]);
	assert_false(is_shown[2]);
	assert_false(is_shown[3]);
	assert_true(is_shown[0]);
	assert_true(is_shown[4]);
}

static void too_few_altogether_show_nothing(void **state)
{
	const uint64_t count[] = { 0, 4, 5 };
	bool is_shown[3];

	(void)state;
	assert_false(suppress_cells(count, 3, is_shown));
	for (int i = 0; i < 3; i++)
		assert_false(is_shown[i]);
}

static void who_subtracts_finds_nobody(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		uint64_t count[CELLS_MAX];
		size_t cells = (size_t)(round % CELLS_MAX) + 1;

		for (size_t i = 0; i < cells; i++) {
			seed = seed * 6364136223846793005U +
			       1442695040888963407U;
			count[i] = (seed >> 60) < 8 ? 0 : (seed >> 33) % 23;
		}
		attack(count, cells);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_counts_are_hidden),
		cmocka_unit_test(a_lone_hidden_cell_gets_company),
		cmocka_unit_test(too_few_altogether_show_nothing),
		cmocka_unit_test(who_subtracts_finds_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
