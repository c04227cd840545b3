/* SPDX-License-Identifier: EUPL-1.2 */
/* The audit log's own end: the register says when, the vault forgets. */
#include "notice/model.h"
#include "register/log_end.h"
#include "register_world.h"

/* Noon in Helsinki. */
static nanoseconds noon(struct world *world, seal_date date)
{
	return civil_midnight(policy_zone(world->books->policy), date) +
	       12 * 3600 * NS_PER_S;
}

/* From here on the policy promises this of the log; 0, 0: nothing. */
static void promise(struct world *world, seal_date since, int months, int days)
{
	world->books->clock.fixed = noon(world, since);
	world->books->policy->log.retention =
		(struct model_period){ .months = months, .days = days };
	assert_int_equal(log_end_promise(world->books), 0);
}

/* Nothing was promised yet. */
static int begin(void **state)
{
	int r = world_begin(state);
	struct world *world = *state;

	world->books->policy->log.retention = (struct model_period){ 0 };
	assert_true(db_run(world->books->db, "DELETE FROM log_term") >= 0);
	return r;
}

static seal_date before(struct world *world, seal_date today)
{
	return log_end_before(world->books, noon(world, today));
}

static struct door_sweep sweep(struct world *world, bool dry)
{
	struct door_sweep ask = {
		.head = { .type = DOOR_SWEEP, .size = sizeof(ask) },
		.dry_run = dry,
	}, answer;

	WORLD_ASK(world, world->door, ask, answer);
	return answer;
}

static struct door_proof prove(struct world *world)
{
	struct door_proof ask = {
		.head = { .type = DOOR_PROOF, .size = sizeof(ask) },
	}, answer;

	WORLD_ASK(world, world->door, ask, answer);
	assert_int_equal(answer.result, 0);
	return answer;
}

static seal_date last_asked(const struct world *world)
{
	return world->vault.forgot[(world->vault.forgot_count - 1) %
				   (int)COUNT(world->vault.forgot)];
}

/* To the end of the period, and gone on the day after it. */
static void the_log_ends_as_the_policy_says(void **state)
{
	struct world *world = *state;
	struct door_sweep report;

	sweep(world, false);
	assert_int_equal(world->vault.forgot_count, 0); /* nothing promised */
	promise(world, 20261123, 60, 0);
	assert_int_equal(before(world, 20311123), 20261123);
	assert_int_equal(before(world, 20311124), 20261124);
	world->books->clock.fixed = noon(world, 20311124);
	report = sweep(world, true);
	assert_int_equal(report.log_before, 20261124);
	assert_int_equal(world->vault.forgot_count, 0);
	report = sweep(world, false);
	assert_int_equal(report.result, 0);
	assert_int_equal(report.log_before, 20261124);
	assert_int_equal(last_asked(world), 20261124);
}

/* All days of four years: never before its period is over, never more than
 * a day after it. */
static void no_day_goes_early_or_late(void **state)
{
	static const struct {
		int months, days;
	} periods[] = {
		{ 12, 0 }, { 13, 0 }, { 60, 0 }, { 0, 365 }, { 0, 400 }
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(periods); i++) {
		seal_date last = 0;

		assert_true(db_run(world->books->db, "DELETE FROM log_term") >=
			    0);
		promise(world, 20200101, periods[i].months, periods[i].days);
		for (seal_date today = 20270101; today < 20310101;
		     today = civil_add_days(today, 1)) {
			seal_date first = before(world, today);
			seal_date due = civil_add_days(first, -1);

			assert_true(civil_is_date(first) && first >= last);
			assert_true(
				civil_add_days(civil_add_months(
						       due, periods[i].months),
					       periods[i].days) < today);
			assert_true(civil_add_days(
					    civil_add_months(first,
							     periods[i].months),
					    periods[i].days) >= today);
			/* So the vault, which counts days, never refuses. */
			assert_true(
				first <=
				civil_add_days(today, -VAULT_LOG_LEAST_DAYS));
			last = first;
		}
	}
}

/* C17 and C18: a shorter promise holds for old entries at once, a longer one
 * for new ones only. */
static void a_longer_promise_is_for_new_entries_only(void **state)
{
	struct world *world = *state;

	promise(world, 20261123, 24, 0);
	promise(world, 20270110, 60, 0);
	/* Two years for what was written until the change, five later. */
	assert_int_equal(before(world, 20281201), 20261201);
	assert_int_equal(before(world, 20290601), 20270111);
	assert_int_equal(before(world, 20320110), 20270111);
	assert_int_equal(before(world, 20320112), 20270112);
	/* Shorter again: for all. */
	promise(world, 20290101, 12, 0);
	assert_int_equal(before(world, 20290601), 20280601);
	/* A policy that says nothing does not take back what was said. */
	promise(world, 20290701, 0, 0);
	assert_int_equal(before(world, 20290801), 20280801);
	assert_int_equal(before(world, 20400101), 20290702);
	/* Said again, it is no other promise. */
	assert_int_equal(log_end_promise(world->books), 0);
	assert_int_equal(db_ask_number(world->books->db, 0,
				       "SELECT count(*) FROM log_term"),
			 4);
}

/* C21: neither a clock that jumped nor a vault that says no is overruled. */
static void a_wrong_clock_forgets_nothing(void **state)
{
	struct world *world = *state;

	promise(world, 20261123, 12, 0);
	assert_int_equal(sweep_start(world->front->sweeper, false, NULL, NULL),
			 0);
	world_settle(world);
	world->vault.forgot_count = 0;
	world->books->wall.ahead = 800 * WORLD_DAY;
	world->books->clock.fixed = noon(world, 20290101);
	assert_int_equal(sweep_start(world->front->sweeper, false, NULL, NULL),
			 0);
	world_settle(world);
	assert_int_equal(world->vault.forgot_count, 0);
	/* A person confirms it; the vault's own clock has a say too. */
	world->vault.forget_result = -EPERM;
	assert_int_equal(sweep(world, false).result, -EPERM);
	assert_int_equal(world->vault.forgot_count, 1);
	world->vault.forget_result = 0;
	assert_int_equal(sweep(world, false).log_before, 20280101);
}

static void a_locked_vault_is_asked_when_it_is_back(void **state)
{
	struct world *world = *state;

	promise(world, 20261123, 12, 0);
	world->books->clock.fixed = noon(world, 20290101);
	world->vault.forget_result = -ENOKEY;
	assert_int_equal(sweep(world, false).result, -ENOKEY);
	world->vault.forgot_count = 0;
	assert_true(world->books->vault_locked);
	(void)sweep(world, false);
	assert_int_equal(world->vault.forgot_count, 0);
	world->vault.forget_result = 0;
	world->books->vault_locked = false;
	assert_int_equal(sweep(world, false).log_before, 20280101);
}

/* S19 to S21 are proved by asking the vault too. */
static void the_proof_asks_the_vault(void **state)
{
	struct world *world = *state;
	struct door_proof proof = prove(world);

	assert_int_equal(proof.is_locked, 0);
	assert_int_equal(proof.check[DOOR_PROOF_CALL_KEYS].looked_at, 0);
	assert_int_equal(proof.check[DOOR_PROOF_LOG].looked_at, 0);
	promise(world, 20261123, 12, 0);
	world->books->clock.fixed = noon(world, 20290103);
	for (int c = SEAL_CLASS_AUDIO; c < SEAL_CLASSES; c++)
		world->vault.key_first[c] = 20290103;
	world->vault.log_first = 20280103;
	proof = prove(world);
	for (int c = DOOR_PROOF_CALL_KEYS; c <= DOOR_PROOF_LOG; c++) {
		assert_int_equal(proof.check[c].looked_at, 1);
		assert_int_equal(proof.check[c].broken, 0);
	}
	for (int c = SEAL_CLASS_AUDIO; c < SEAL_CLASSES; c++)
		world->vault.key_first[c] = 20290101;
	world->vault.log_first = 20280101;
	proof = prove(world);
	for (int c = DOOR_PROOF_CALL_KEYS; c <= DOOR_PROOF_LOG; c++)
		assert_int_equal(proof.check[c].broken, 1);
	/* Locked, it says nothing, and that is told. */
	world->vault.result = -ENOKEY;
	proof = prove(world);
	assert_int_equal(proof.is_locked, 1);
	assert_int_equal(proof.check[DOOR_PROOF_LOG].looked_at, 0);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)
	const struct CMUnitTest tests[] = {
		TEST(the_log_ends_as_the_policy_says),
		TEST(no_day_goes_early_or_late),
		TEST(a_longer_promise_is_for_new_entries_only),
		TEST(a_wrong_clock_forgets_nothing),
		TEST(a_locked_vault_is_asked_when_it_is_back),
		TEST(the_proof_asks_the_vault),
	};

	if (argc > 1)
		world_policy = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
