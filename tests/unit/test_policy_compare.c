/* SPDX-License-Identifier: EUPL-1.2 */
/* What a published policy promised, and who would break it. */
#include "tests/unit/policy_world.h"

static char *example, *company;

static const struct breach {
	const char *code;
	struct change changes[2]; /* of the published one */
	const char *text, *promise;
	bool of_company;
} breaches[] = {
	{ "E-PROMISE-LONGER",
	  { { "period: P6M", "period: P9M" } },
	  "class \"puhelu\" would be kept for 9 months",
	  "puhelu: at most 6 months from the start",
	  false },
	{ "E-PROMISE-LONGER",
	  { { "period: P6M", "period: P182D" } },
	  "182 days",
	  "at most 6 months",
	  false },
	{ "E-PROMISE-LONGER",
	  { { "anchor: start", "anchor: end" } },
	  "from the end of the contact",
	  "from the start",
	  false },
	{ "E-PROMISE-LONGER",
	  { { "kind: max", "kind: exact" } },
	  "to the end of its period",
	  "at most",
	  false },
	{ "E-PROMISE-LONGER",
	  { { "fallback: P90D", "fallback: P91D" } },
	  "91 days",
	  "at most 90 days",
	  true },
	{ "E-PROMISE-LONGER",
	  { { "    ends: P30D\n", "" } },
	  "purpose \"laatu\" would end later",
	  "Servicens kvalitet",
	  true },
	{ "E-PROMISE-PURPOSE",
	  { { "uses: [aggregate]", "uses: [aggregate, listen]" } },
	  "purpose \"palvelutaso\" would allow to listen",
	  "Palvelutason tutkimus",
	  false },
	{ "E-PROMISE-PURPOSE",
	  { { "uses: [listen, read, note]\n    roles: [quality]",
	      "uses: [listen, read, note]\n    roles: [quality, "
	      "supervisor]" } },
	  "purpose \"ohjeistus\" would be for role \"supervisor\"",
	  "Ohjeistuksen",
	  false },
	{ "E-PROMISE-PURPOSE",
	  { { "  - id: ohjeistus", "  - id: markkinointi" } },
	  "purpose \"markkinointi\" would be new",
	  "no such one",
	  false },
	{ "E-PROMISE-BASIS",
	  { { "6(1)(c)", "6(1)(e)" } },
	  "would rest on 6(1)(e)",
	  "6(1)(c)",
	  false },
	{ "E-PROMISE-FIELD",
	  { { "      - agent_number\n", "" }, { NULL, NULL } },
	  "", /* the other way round: see below */
	  "",
	  false },
	{ "E-PROMISE-SHOWN",
	  { { "quality: hidden", "quality: masked" } },
	  "\"caller_number\" would be masked for role \"quality\"",
	  "hidden",
	  false },
	{ "E-PROMISE-CALLS",
	  { { "exclude: [\"+358 9 555 0111\"]", "exclude: []" } },
	  "calls to +35895550111 would be recorded",
	  "not recorded",
	  true },
	{ "E-PROMISE-CALLS",
	  { { "coverage: schedule", "coverage: all" } },
	  "coverage \"all\"",
	  "schedule",
	  true },
	{ "E-PROMISE-CALLS",
	  { { "thu 08:00-12:00", "thu 08:00-13:00" } },
	  "coverage \"schedule\"",
	  "schedule",
	  true },
	{ "E-PROMISE-CALLS",
	  { { "stop: transfer", "stop: bye" } },
	  "after a transfer",
	  "first transfer",
	  true },
	{ "E-PROMISE-CALLS",
	  { { "on_hold: pause", "on_hold: continue" } },
	  "holds",
	  "pauses",
	  false },
	{ "E-PROMISE-CALLS",
	  { { "consultation: exclude", "consultation: include" } },
	  "between agents",
	  "not recorded",
	  false },
	{ "E-PROMISE-OLDER",
	  { { "collection_started: 2017-10-01",
	      "collection_started: 2017-09-30" } },
	  "older",
	  "since 2017-10-01",
	  false },
	{ "E-PROMISE-GIVEN",
	  { { "fi: Tutkimuslaitos, joka", "fi: Toinen laitos, joka" } },
	  "Research institute",
	  "nothing is given",
	  false },
	{ "E-PROMISE-PLACE",
	  { { "varmuuskopiot, country: FI", "varmuuskopiot, country: DE" } },
	  "\"varmuuskopiot\" would be in DE",
	  "nothing is there",
	  false },
	{ "E-PROMISE-PLACE",
	  { { "countries: [CH]", "countries: [CH, GB]" } },
	  "transferred to GB",
	  "nothing is transferred",
	  true },
	{ "E-PROMISE-HELD",
	  { { "inquiry]", "inquiry, threat]" } },
	  "\"threat\"",
	  "no such hold",
	  false },
};

static size_t compare(const char *fresh, const char *published,
		      struct trial *trial)
{
	struct trial before;
	size_t broken;

	try_text(&before, published);
	try_text(trial, fresh);
	if (!before.policy || !trial->policy)
		fail_msg("%s: %s", trial->faults[0].code,
			 trial->faults[0].text);
	trial->fault_count = 0;
	broken = policy_compare(trial->policy, before.policy, trial->faults,
				FAULTS, &trial->fault_count);
	policy_free(trial->policy);
	policy_free(before.policy);
	return broken;
}

static void no_promise_is_broken_unseen(void **state)
{
	const struct notice_code *code;

	(void)state;
	for (size_t i = 0; i < COUNT(breaches); i++) {
		const struct breach *each = &breaches[i];
		const char *base = each->of_company ? company : example;
		OWNED(drop_memory)
		char *other = changed(base, each->changes, 2);
		/* Fewer fields were published than are wanted now. */
		bool is_reversed = !each->text[0];
		const struct notice_fault *fault;
		struct trial trial;
		size_t broken = compare(is_reversed ? base : other,
					is_reversed ? other : base, &trial);

		fault = fault_of(&trial, each->code, each->text);
		if (broken == 0 || !fault)
			fail_msg("%s \"%s\" is not seen, but %zu: %s",
				 each->code, each->text, broken,
				 trial.faults[0].text);
		assert_true(fault->line > 0);
		if (!strstr(fault->promise, each->promise))
			fail_msg("\"%s\" is promised", fault->promise);
		assert_true(fault->promise[0] != '\0');
		assert_true(fault->remedy[0] != '\0');
	}
	/* Every code of a promise has stood above. */
	for (size_t i = 0; (code = policy_code_at(i)) != NULL; i++) {
		bool is_shown = strncmp(code->code, "E-PROMISE-", 10) != 0;

		for (size_t j = 0; j < COUNT(breaches); j++)
			is_shown |= !strcmp(breaches[j].code, code->code);
		if (!is_shown)
			fail_msg("%s is shown by no breach", code->code);
	}
}

/* Less may be done at any time (privacy rules, C17). */
static void less_is_no_breach(void **state)
{
	static const struct change less[] = {
		{ "period: P6M", "period: P3M" },
		{ "period: P6M", "period: P180D" },
		{ "period: P6M", "period: PT72H" },
		{ "coverage: all ",
		  "coverage: sample\n      share: 5%\n      #" },
		{ "      - agent_number\n", "" },
		{ "stop: bye", "stop: transfer" },
		{ "uses: [listen, read, note]", "uses: [note]" },
		{ "supervisor: masked,", "supervisor: hidden," },
		{ ", claim, inquiry]", "]" },
		{ "collection_started: 2017", "collection_started: 2018" },
		{ "anchor: end", "anchor: start" },
		{ "kind: exact", "kind: max" },
	};
	struct trial trial;

	(void)state;
	assert_int_equal(compare(example, example, &trial), 0);
	assert_int_equal(compare(company, company, &trial), 0);
	for (size_t i = 0; i < COUNT(less); i++) {
		OWNED(drop_memory) char *fresh = changed(example, &less[i], 1);

		if (compare(fresh, example, &trial) != 0)
			fail_msg("%s: %s", less[i].to, trial.faults[0].text);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_promise_is_broken_unseen),
		cmocka_unit_test(less_is_no_breach),
	};

	if (argc != 3)
		return 2;
	example = read_whole(argv[1], "example.yaml");
	company = read_whole(argv[2], "company.yaml");
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(example);
	free(company);
	return failed;
}
