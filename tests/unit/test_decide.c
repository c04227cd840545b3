/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "notice/roles.h"
#include "register/decide.h"

enum { BEFORE, AT, AFTER, TIMES };

static const nanoseconds end = 1000 * NS_PER_S;
static const nanoseconds times[TIMES] = {
	1000 * NS_PER_S - 1,
	1000 * NS_PER_S,
	1000 * NS_PER_S + 86400 * NS_PER_S,
};

static const enum decide_hold holds[] = {
	DECIDE_HOLD_NONE,
	DECIDE_HOLD_ACCESS,
	DECIDE_HOLD_RESTRICTION,
	DECIDE_HOLD_LEGAL,
};

static struct decide_reader somebody(void)
{
	return (struct decide_reader){
		.is_signed_in = true,
		.role_plays = true,
		.sees_contact = true,
		.has_purpose = true,
		.purpose_is_granted = true,
	};
}

/* Privacy rules, 4: with an ordinary purpose. */
static void reading_ends_with_the_date_and_holds_never_widen_it(void **state)
{
	const struct decide_reader reader = somebody();

	(void)state;
	for (int t = 0; t < TIMES; t++)
		for (size_t h = 0; h < COUNT(holds); h++) {
			const struct decide_item item = {
				.exists = true,
				.eligible_at = end,
				.hold = holds[h],
			};
			enum desk_result expected = DESK_OK;

			if (holds[h] == DECIDE_HOLD_RESTRICTION)
				expected = DESK_RESTRICTED;
			else if (t != BEFORE)
				expected = DESK_GONE;
			assert_int_equal(decide_read(&item, &reader, times[t]),
					 expected);
		}
}

static void a_held_item_is_read_for_its_hold_only(void **state)
{
	struct decide_reader reader = somebody();
	struct decide_item item = {
		.exists = true,
		.eligible_at = end,
		.hold = DECIDE_HOLD_LEGAL,
	};

	(void)state;
	assert_int_equal(decide_read(&item, &reader, times[AFTER]), DESK_GONE);
	reader.purpose_is_for_holds = true;
	assert_int_equal(decide_read(&item, &reader, times[AFTER]), DESK_OK);
	item.hold = DECIDE_HOLD_NONE;
	assert_int_equal(decide_read(&item, &reader, times[AFTER]), DESK_GONE);
}

static void a_restricted_item_needs_ground_and_approver(void **state)
{
	struct decide_reader reader = somebody();
	const struct decide_item item = {
		.exists = true,
		.eligible_at = end,
		.hold = DECIDE_HOLD_RESTRICTION,
	};

	(void)state;
	reader.has_ground = true;
	assert_int_equal(decide_read(&item, &reader, 0), DESK_RESTRICTED);
	reader.is_approver = true;
	assert_int_equal(decide_read(&item, &reader, 0), DESK_OK);
	reader.has_ground = false;
	assert_int_equal(decide_read(&item, &reader, 0), DESK_RESTRICTED);
}

static void each_missing_condition_refuses_by_itself(void **state)
{
	const struct decide_item item = { .exists = true, .eligible_at = end };
	struct decide_reader reader;

	(void)state;
	reader = somebody();
	assert_int_equal(decide_read(&item, &reader, 0), DESK_OK);
	reader.is_signed_in = false;
	assert_int_equal(decide_read(&item, &reader, 0), DESK_NOT_SIGNED_IN);
	reader = somebody();
	reader.role_plays = false;
	assert_int_equal(decide_read(&item, &reader, 0), DESK_FORBIDDEN);
	reader = somebody();
	reader.has_purpose = false;
	assert_int_equal(decide_read(&item, &reader, 0), DESK_PURPOSE_REQUIRED);
	reader = somebody();
	reader.purpose_is_granted = false;
	assert_int_equal(decide_read(&item, &reader, 0), DESK_FORBIDDEN);
	reader = somebody();
	reader.sees_contact = false;
	assert_int_equal(decide_read(&item, &reader, 0), DESK_NOT_FOUND);
}

static void what_is_dead_is_told_apart_from_what_never_was(void **state)
{
	struct decide_reader reader = somebody();
	struct decide_item item = { .is_dead = true };

	(void)state;
	assert_int_equal(decide_read(&item, &reader, 0), DESK_GONE);
	reader.sees_contact = false;
	assert_int_equal(decide_read(&item, &reader, 0), DESK_NOT_FOUND);
	item.is_dead = false;
	reader.sees_contact = true;
	assert_int_equal(decide_read(&item, &reader, 0), DESK_NOT_FOUND);
}

static void only_two_roles_can_ever_play(void **state)
{
	(void)state;
	for (uint32_t role = 0; role < NOTICE_ROLES + 3; role++)
		assert_int_equal(roles_find(role)->plays,
				 role == NOTICE_ROLE_SUPERVISOR ||
					 role == NOTICE_ROLE_QUALITY);
	assert_int_equal(roles_find(UINT32_MAX)->contacts, ROLES_NONE);
	assert_int_equal(roles_find(NOTICE_ROLE_ADMIN)->contacts, ROLES_NONE);
	assert_int_equal(roles_find(NOTICE_ROLE_DPO)->contacts, ROLES_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test(name)
		TEST(reading_ends_with_the_date_and_holds_never_widen_it),
		TEST(a_held_item_is_read_for_its_hold_only),
		TEST(a_restricted_item_needs_ground_and_approver),
		TEST(each_missing_condition_refuses_by_itself),
		TEST(what_is_dead_is_told_apart_from_what_never_was),
		TEST(only_two_roles_can_ever_play),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
