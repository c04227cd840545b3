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

/* Privacy rules, 4: the whole table, and what was given away counts not. */
static void deletion_waits_for_the_end_and_for_every_hold(void **state)
{
	int deletable = 0;

	(void)state;
	for (int t = 0; t < TIMES; t++)
		for (size_t h = 0; h < COUNT(holds); h++)
			for (int disclosed = 0; disclosed < 2; disclosed++) {
				struct decide_item item = {
					.exists = true,
					.eligible_at = end,
					.hold = holds[h],
					.is_disclosed = disclosed,
				};
				bool expected = t != BEFORE &&
						holds[h] == DECIDE_HOLD_NONE;

				assert_int_equal(
					decide_deletable(&item, times[t]),
					expected);
				deletable += expected;
				/* Neither widens nor narrows what is read. */
				struct decide_reader reader = somebody();
				enum desk_result result =
					decide_read(&item, &reader, times[t]);
				item.is_disclosed = !disclosed;
				assert_int_equal(
					decide_read(&item, &reader, times[t]),
					result);
				item.exists = false;
				assert_false(decide_deletable(&item, times[t]));
			}
	assert_int_equal(deletable, 4);
}

/* The same table for reading: purposes for holds, grounds of Art. 18(2). */
static void reading_asks_for_purpose_end_and_ground(void **state)
{
	(void)state;
	for (int t = 0; t < TIMES; t++)
		for (size_t h = 0; h < COUNT(holds); h++)
			for (int bits = 0; bits < 8; bits++) {
				struct decide_reader reader = somebody();
				const struct decide_item item = {
					.exists = true,
					.eligible_at = end,
					.hold = holds[h],
				};
				bool restricted =
					holds[h] == DECIDE_HOLD_RESTRICTION;
				bool may, is_held = h > 0;

				reader.purpose_is_for_holds = bits & 1;
				reader.has_ground = bits & 2;
				reader.is_approver = bits & 4;
				may = (!restricted || (bits & 6) == 6) &&
				      (t == BEFORE || (is_held && (bits & 1)));
				assert_int_equal(
					decide_read(&item, &reader, times[t]) ==
						DESK_OK,
					may);
			}
}

static void a_hold_holds_until_it_expires(void **state)
{
	(void)state;
	assert_true(decide_holds(0, 1000));
	assert_true(decide_holds(1001, 1000));
	assert_false(decide_holds(1000, 1000));
	assert_false(decide_holds(999, 1000));
}

static void three_purposes_are_for_holds(void **state)
{
	(void)state;
	assert_true(decide_is_for_holds("oikeus"));
	assert_true(decide_is_for_holds("viranomainen"));
	assert_true(decide_is_for_holds("valvonta"));
	assert_false(decide_is_for_holds("laatu"));
	assert_false(decide_is_for_holds("koulutus"));
	assert_false(decide_is_for_holds(""));
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
		TEST(deletion_waits_for_the_end_and_for_every_hold),
		TEST(reading_asks_for_purpose_end_and_ground),
		TEST(a_hold_holds_until_it_expires),
		TEST(three_purposes_are_for_holds),
		TEST(each_missing_condition_refuses_by_itself),
		TEST(what_is_dead_is_told_apart_from_what_never_was),
		TEST(only_two_roles_can_ever_play),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
