/* SPDX-License-Identifier: EUPL-1.2 */
/* When the newest key back-up should have been replaced. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "clear_dir.h"
#include "vault/keeper.h"

static void a_copy_is_overdue_from_its_first_date_on(void **state)
{
	static const struct {
		seal_date today;
		int days;
	} cases[] = {
		{ 20261130, 0 },   { 20261202, 0 },  { 20261203, 1 },
		{ 20261204, 2 },   { 20270101, 30 }, { 20270302, 90 },
		{ 20350101, 999 },
	};
	struct keeper keeper = keeper_new();

	(void)state;
	assert_int_equal(keeper_copy_overdue(&keeper, 20261203), 0);
	keeper.copied_from = 20261203;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(keeper_copy_overdue(&keeper, cases[i].today),
				 cases[i].days);
}

static void it_is_remembered_over_a_restart(void **state)
{
	char place[] = "/tmp/test-copy-XXXXXX";
	struct keeper keeper = keeper_new(), next = keeper_new();

	(void)state;
	assert_non_null(mkdtemp(place));
	keeper.dir = next.dir = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(keeper.dir >= 0);
	keeper_recall_copied(&keeper);
	assert_int_equal(keeper.copied_from, 0);
	assert_int_equal(keeper_copied(&keeper, 20261203), 0);
	assert_int_equal(keeper_copied(&keeper, 20261204), 0);
	keeper_recall_copied(&next);
	assert_int_equal(next.copied_from, 20261204);
	clear_dir(keeper.dir);
	drop_fd(&keeper.dir);
	assert_int_equal(rmdir(place), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_overdue_from_its_first_date_on),
		cmocka_unit_test(it_is_remembered_over_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
