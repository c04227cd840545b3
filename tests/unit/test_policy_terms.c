/* SPDX-License-Identifier: EUPL-1.2 */
/* What other organisations promise, and what follows from the terms. */
#include "tests/unit/policy_world.h"

static char *example, *company, *fixtures;

/* The lines "company.yaml:12: CODE: text" that a policy must give. */
static void other_organisations_can_say_what_they_do(void **state)
{
	static const char *const names[] = { "company", "municipality",
					     "joint" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		char name[64], line[512];
		struct trial trial;
		char *all = NULL;
		size_t size;
		FILE *out = open_memstream(&all, &size);

		snprintf(name, sizeof(name), "%s.yaml", names[i]);
		OWNED(drop_memory) char *text = read_whole(fixtures, name);
		try_text(&trial, text);
		for (size_t j = 0; j < trial.fault_count; j++)
			fprintf(out, "%s:%d: %s: %s\n", name,
				trial.faults[j].line, trial.faults[j].code,
				trial.faults[j].text);
		(void)fclose(out);
		snprintf(line, sizeof(line), "%s.faults", names[i]);
		OWNED(drop_memory) char *expected = read_whole(fixtures, line);
		assert_string_equal(all, expected);
		/* No fault of the vocabulary: only of what is done. */
		assert_null(strstr(all, "E-UNKNOWN"));
		assert_null(strstr(all, "E-TYPE"));
		free(all);
		policy_free(trial.policy);
	}
}

static struct policy *must_read(const char *text, const struct change *changes,
				size_t count)
{
	OWNED(drop_memory) char *now = changed(text, changes, count);
	struct trial trial;

	try_text(&trial, now);
	if (!trial.policy)
		fail_msg("%s: %s", trial.faults[0].code, trial.faults[0].text);
	return trial.policy;
}

static void rights_follow_from_the_bases(void **state)
{
	static const struct {
		const char *gdpr;
		uint32_t rights; /* access, rectify, restrict aside */
	} bases[] = {
		{ "6(1)(b)", 1 << NOTICE_RIGHT_ERASE | 1 << NOTICE_RIGHT_PORT },
		{ "6(1)(c)", 0 },
		{ "6(1)(e)", 1 << NOTICE_RIGHT_OBJECT },
		{ "6(1)(f)",
		  1 << NOTICE_RIGHT_ERASE | 1 << NOTICE_RIGHT_OBJECT },
	};
	const uint32_t always = 1 << NOTICE_RIGHT_ACCESS |
				1 << NOTICE_RIGHT_RECTIFY |
				1 << NOTICE_RIGHT_RESTRICT;

	(void)state;
	for (size_t i = 0; i < COUNT(bases); i++) {
		const struct change change = { "6(1)(c)", bases[i].gdpr };
		struct policy *policy = must_read(example, &change, 1);

		assert_int_equal(policy_rights(policy),
				 always | bases[i].rights);
		policy_free(policy);
	}
}

static void a_purpose_may_end_before_its_content(void **state)
{
	struct policy *policy = must_read(company, NULL, 0);
	const nanoseconds day = (nanoseconds)86400 * NS_PER_S;
	/* 00:00 of the 30th day after MONDAY's, in Helsinki. */
	const nanoseconds end = MONDAY + 30 * day - 11 * 3600 * NS_PER_S;

	(void)state;
	assert_true(policy_serves(policy, "laatu", MONDAY, end - 1));
	assert_false(policy_serves(policy, "laatu", MONDAY, end));
	assert_true(policy_serves(policy, "tilaukset", MONDAY, end));
	assert_false(policy_serves(policy, "uteliaisuus", MONDAY, MONDAY));
	policy_free(policy);
}

static void a_minimum_ends_at_its_fallback(void **state)
{
	struct policy *policy = must_read(company, NULL, 0);
	struct seal_end end;
	nanoseconds from, until;

	(void)state;
	assert_int_equal(
		policy_end(policy, SEAL_CLASS_AUDIO, MONDAY, MONDAY, &end), 0);
	assert_int_equal(end.date, 20270221); /* 90 days */
	assert_int_equal(policy_deletion(policy, &end, &from, &until), 0);
	assert_int_equal(until - from, (nanoseconds)86400 * NS_PER_S);
	policy_free(policy);
}

/* 72 hours from Monday 11:00 end on Thursday at 11:00: what is kept at most
 * so long is gone when Wednesday is over. */
static void hours_are_hours(void **state)
{
	const struct change most = { "period: P6M", "period: PT72H" };
	const struct change exact[] = {
		{ "period: P24M", "period: PT72H" },
	};
	struct policy *policy = must_read(example, &most, 1);
	struct seal_end end;
	nanoseconds from, until;

	(void)state;
	assert_int_equal(
		policy_end(policy, SEAL_CLASS_AUDIO, MONDAY, MONDAY, &end), 0);
	assert_int_equal(end.date, 20261125);
	assert_int_equal(policy_deletion(policy, &end, &from, &until), 0);
	assert_true(until <= MONDAY + (nanoseconds)72 * 3600 * NS_PER_S);
	policy_free(policy);

	policy = must_read(example, exact, 1);
	assert_int_equal(
		policy_end(policy, SEAL_CLASS_CHAT, MONDAY, MONDAY, &end), 0);
	assert_int_equal(end.date, 20261126);
	assert_int_equal(policy_deletion(policy, &end, &from, &until), 0);
	assert_true(from >= MONDAY + (nanoseconds)72 * 3600 * NS_PER_S);
	policy_free(policy);
}

static void an_excluded_number_is_not_recorded(void **state)
{
	struct policy *policy = must_read(company, NULL, 0);
	/* Monday 09:00 in Helsinki, within the schedule. */
	const nanoseconds at = MONDAY - (nanoseconds)2 * 3600 * NS_PER_S;

	(void)state;
	assert_int_equal(
		policy_records(policy, "+35895550110", NOTICE_IN, at, 0),
		NOTICE_RECORD);
	assert_int_equal(
		policy_records(policy, "+35895550111", NOTICE_IN, at, 0),
		NOTICE_NUMBER_EXCLUDED);
	policy_free(policy);
}

static void what_is_not_stated_records_less(void **state)
{
	const struct change unstated[] = {
		{ "      on_hold: pause\n", "" },
		{ "      consultation: exclude\n", "" },
	};
	const struct change more[] = {
		{ "on_hold: pause", "on_hold: continue" },
		{ "consultation: exclude", "consultation: include" },
	};
	struct policy *policy = must_read(example, unstated, 2);

	(void)state;
	assert_true(policy_pauses_on_hold(policy));
	assert_false(policy_records_consultation(policy));
	assert_false(policy_stops_at_transfer(policy));
	policy_free(policy);
	policy = must_read(example, more, 2);
	assert_false(policy_pauses_on_hold(policy));
	assert_true(policy_records_consultation(policy));
	policy_free(policy);
	policy = must_read(company, NULL, 0);
	assert_true(policy_stops_at_transfer(policy));
	policy_free(policy);
}

static void a_transfer_is_declared_or_refused(void **state)
{
	/* Switzerland is outside, Liechtenstein is not. */
	const struct change inside[] = {
		{ "country: CH", "country: LI" },
		{ "transfer:\n  allowed: adequacy\n  countries: [CH]\n"
		  "  reference: Decision 2000/518/EC\n",
		  "transfer: none\n" },
	};
	const struct change outside = { inside[1].from, inside[1].to };
	OWNED(drop_memory) char *text = changed(company, &outside, 1);
	struct trial trial;

	(void)state;
	policy_free(must_read(company, NULL, 0));
	policy_free(must_read(company, inside, 2));
	try_text(&trial, text);
	assert_null(trial.policy);
	assert_non_null(fault_of(&trial, "E-NONEEA", "is in CH"));
	assert_string_equal(fault_of(&trial, "E-NONEEA", "CH")->sentence,
			    "S18");
	assert_non_null(strstr(fault_of(&trial, "E-NONEEA", "CH")->why, "44"));
}

static void a_hold_that_is_not_told_is_not_set(void **state)
{
	struct policy *policy = must_read(company, NULL, 0);

	(void)state;
	assert_true(policy_tells_hold(policy, NOTICE_HOLD_ACCESS));
	assert_true(policy_tells_hold(policy, NOTICE_HOLD_CLAIM));
	assert_false(policy_tells_hold(policy, NOTICE_HOLD_AUTHORITY));
	policy_free(policy);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_organisations_can_say_what_they_do),
		cmocka_unit_test(rights_follow_from_the_bases),
		cmocka_unit_test(a_purpose_may_end_before_its_content),
		cmocka_unit_test(a_minimum_ends_at_its_fallback),
		cmocka_unit_test(hours_are_hours),
		cmocka_unit_test(an_excluded_number_is_not_recorded),
		cmocka_unit_test(what_is_not_stated_records_less),
		cmocka_unit_test(a_transfer_is_declared_or_refused),
		cmocka_unit_test(a_hold_that_is_not_told_is_not_set),
	};

	if (argc != 3)
		return 2;
	fixtures = argv[2];
	example = read_whole(argv[1], "example.yaml");
	company = read_whole(fixtures, "company.yaml");
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(example);
	free(company);
	return failed;
}
