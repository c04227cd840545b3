/* SPDX-License-Identifier: EUPL-1.2 */
/* What a policy can have wrong: each code, seen. */
#include "tests/unit/policy_world.h"

static char *example, *company, *fixtures;

struct wrong {
	const char *code;
	struct change changes[3];
	const char *text; /* of the fault; or "" */
	bool of_company;  /* changes that fixture, not the example */
};

#define EXCEPTION(approvals, until)                                            \
	"    exceptions:\n      - {trigger: threat, who: supervisor, "         \
	"approvals: " approvals ", until: " until ", scope: item}\n"           \
	"    retention:                     # (S19)"

/* For each code a policy that has nothing else wrong. */
static const struct wrong wrongs[] = {
	{ "E-YAML", { { "\npolicy:", "\npolicy: [" } }, "", false },
	{ "E-TYPE", { { "id: laatu", "id: [laatu]" } }, "one value", false },
	{ "E-TOO-LONG",
	  { { "id: laatu",
	      "id: an-id-that-is-much-longer-than-any-place-for-one" } },
	  "at most 31 bytes",
	  false },
	{ "E-EMPTY", { { "id: laatu", "id: \"\"" } }, "", false },
	{ "E-UNKNOWN-WORD", { { "role: sole", "role: only" } }, "", false },
	{ "E-UNKNOWN-KEY",
	  { { "return_by", "return_bye" } },
	  "did you mean \"return_by\"?",
	  false },
	{ "E-TWICE",
	  { { "id: varmuuskopiot", "id: palvelinsali" } },
	  "location \"palvelinsali\" is listed twice",
	  false },
	{ "E-TOO-MANY",
	  { { "purposes: [palvelutaso]", "purposes: [a, b, c, d, e, f, g, h, "
					 "i, j, k, l, m, n, o, p, q]" } },
	  "at most 16",
	  false },
	{ "E-MISSING",
	  { { "    select: handpicked\n", "" } },
	  "\"select\" is missing",
	  false },
	{ "E-MISSING", { { "      period: P6M\n", "" } }, "\"period\"", false },
	{ "E-MISSING",
	  { { "coverage: all ", "coverage: sample #" } },
	  "needs \"share\"",
	  false },
	{ "E-MISSING",
	  { { "  countries: [CH]\n", "" } },
	  "needs \"countries\"",
	  true },
	{ "E-MISSING",
	  { { "  reference: Decision 2000/518/EC\n", "" } },
	  "\"reference\"",
	  true },
	{ "E-DATE", { { "from: 2018-05-25", "from: 2018-02-30" } }, "", false },
	{ "E-ZONE", { { "Europe/Helsinki", "../etc" } }, "", false },
	{ "E-NUMBER", { { "\"+358 29 555 0100\"", "112" } }, "", false },
	{ "E-NUMBER",
	  { { "    retention:                     # (S19)",
	      EXCEPTION("six", "closed") } },
	  "from 1 to 5",
	  false },
	{ "E-COUNTRY",
	  { { "country: FI", "country: Suomi" } },
	  "two letters",
	  false },
	{ "E-SHARE",
	  { { "coverage: all ",
	      "coverage: sample\n      share: 101%\n      #" } },
	  "",
	  false },
	{ "E-HOURS", { { "mon-fri 09:00", "mon-fri 9" } }, "", false },
	{ "E-ORIGIN",
	  { { "https://www.agency", "ftp://www.agency" } },
	  "",
	  false },
	{ "E-ID", { { "id: yritysneuvonta", "id: Yritys!" } }, "", false },
	{ "E-LANGUAGES", { { "[fi, sv, en]", "[fi, en]" } }, "", false },
	{ "E-LANG-DRIFT",
	  { { "fi: Palvelutason tutkimus", "fi: Palvelutason tutkimus 2" } },
	  "do not say the same numbers",
	  false },
	{ "W-BASIS-NO-LAW", { { NULL, NULL } }, "laki", false },
	{ "E-UNKNOWN-BASIS",
	  { { "basis: laki", "basis: lakki" } },
	  "laki",
	  false },
	{ "E-CONSENT",
	  { { "gdpr: \"6(1)(c)\"", "gdpr: \"6(1)(a)\"" } },
	  "does not say how it is given",
	  false },
	{ "E-CONSENT",
	  { { "    law: \"\"\n",
	      "    consent: {how: click, per: call, withdraw: {fi: a, sv: "
	      "a, en: a}}\n" } },
	  "asks for no consent",
	  false },
	{ "E-ART9",
	  { { "    retention:                     # (S19)",
	      "    special_categories: true\n    retention:" } },
	  "Article 9",
	  false },
	{ "E-UNKNOWN-PURPOSE",
	  { { "purposes: [palvelutaso]", "purposes: [palvelutasa]" } },
	  "did you mean \"palvelutaso\"?",
	  false },
	{ "E-ROLE-NO-CONTENT",
	  { { "roles: [supervisor, quality]", "roles: [dpo]" } },
	  "dpo",
	  false },
	{ "E-PURPOSE-LONGER",
	  { { "    roles: [quality]\n",
	      "    roles: [quality]\n    ends: P30Y\n" } },
	  "palvelutaso",
	  false },
	{ "E-JOINT", { { "role: sole", "role: joint" } }, "no other", false },
	{ "E-JOINT",
	  { { "controllers:                       # (S1)\n",
	      "controllers:\n  - {name: Toinen, role: joint}\n" } },
	  "without a \"task\"",
	  false },
	{ "W-PROCESSOR-NO-CONTRACT",
	  { { "    contract: \"2026/17\"\n", "" } },
	  "Konesali",
	  true },
	{ "E-UNKNOWN-FIELD",
	  { { "      - agent_number", "      - agent_mood" } },
	  "agent_mood",
	  false },
	{ "E-FIELD-NO-PURPOSE",
	  { { "{name: agent_leg, purposes: [tilaukset, laatu]}",
	      "agent_leg" } },
	  "agent_leg",
	  true },
	{ "E-MASK",
	  { { "- agent_name",
	      "- {name: agent_name, masks: {agent: masked}}" } },
	  "",
	  false },
	{ "E-UNLISTED-NUMBER",
	  { { "numbers: [\"*\"]", "numbers: [\"+358 29 555 0777\"]" } },
	  "",
	  false },
	{ "E-DIRECTION",
	  { { "directions: [in]", "directions: [in, callback]" } },
	  "S8",
	  false },
	{ "W-COVERAGE-ALL", { { NULL, NULL } }, "puhelu", false },
	{ "W-ALL-CALLS-TRAINING-ONLY",
	  { { "uses: [listen, read, sample, aggregate]", "uses: [aggregate]" },
	    { "uses: [listen, read, note]", "uses: [note]" } },
	  "puhelu",
	  false },
	{ "W-NO-ANNOUNCEMENT", { { NULL, NULL } }, "puhelu", false },
	{ "E-CHANNEL",
	  { { "    retention:                     # (S19)",
	      "    channel: {queues: [], hours: \"mon-fri 09:00-16:00\"}\n"
	      "    retention:" } },
	  "puhelu",
	  false },
	{ "W-EMPLOYEE-NOT-INFORMED", { { NULL, NULL } }, "not stated", false },
	{ "W-EMPLOYEE-NOT-INFORMED",
	  { { "informed_on: 2026-06-01", "informed_on: 2026-10-01" } },
	  "after",
	  true },
	{ "E-UNBOUNDED",
	  { { "period: P6M", "period: as long as necessary" } },
	  "PT72H",
	  false },
	{ "E-UNBOUNDED", { { "period: P6M", "period: PT6M" } }, "", false },
	{ "E-PERIOD-SHORT",
	  { { "period: P6M", "period: PT24H" } },
	  "24",
	  false },
	{ "E-PERIOD-SHORT",
	  { { "grace: P1D", "grace: PT24H" } },
	  "grace",
	  false },
	{ "E-PERIOD-SHORT",
	  { { "ends: P30D", "ends: PT72H" } },
	  "laatu",
	  true },
	{ "E-LOG-PERIOD",
	  { { "  retention: P2Y", "  retention: P11M" } },
	  "one year",
	  true },
	{ "E-LOG-PERIOD",
	  { { "  retention: P2Y", "  retention: P364D" } },
	  "one year",
	  true },
	{ "E-LOG-PERIOD",
	  { { "  retention: P2Y", "  retention: PT72H" } },
	  "days",
	  true },
	{ "E-LOG-PERIOD",
	  { { "  retention: P2Y", "  retention: P41Y" } },
	  "at most 40",
	  true },
	{ "E-HISTORY-SHORTER",
	  { { "period: P12M", "period: P5M" } },
	  "",
	  false },
	{ "E-FALLBACK", { { "kind: max", "kind: min" } }, "latest", false },
	{ "E-FALLBACK",
	  { { "fallback: P90D", "fallback: P13D" } },
	  "before",
	  true },
	{ "E-FALLBACK",
	  { { "period: P6M", "period: P6M\n      fallback: P9M" } },
	  "already",
	  false },
	{ "E-ARCHIVE",
	  { { "      reason: original-need",
	      "      then: archive\n      reason: original-need" } },
	  "no decision",
	  false },
	{ "E-ARCHIVE",
	  { { "then: destroy", "decision: KA 2026" } },
	  "is not archived",
	  true },
	{ "E-HOLD-UNDISCLOSED",
	  { { "kinds: [access, restriction,", "kinds: [access," } },
	  "\"restriction\"",
	  false },
	{ "E-EXCEPTION",
	  { { "    retention:                     # (S19)",
	      EXCEPTION("2", "period") } },
	  "no period",
	  false },
	{ "E-ONE-PERSON",
	  { { "    retention:                     # (S19)",
	      EXCEPTION("1", "closed") } },
	  "threat",
	  false },
	{ "E-KEY",
	  { { "  languages:", "  signers: [x]\n  languages:" } },
	  "",
	  false },
	{ "E-SHA256",
	  { { "  languages:", "  supersedes: abc\n  languages:" } },
	  "",
	  false },
	{ "W-DATES",
	  { { "collection_started: 2017", "collection_started: 2019" } },
	  "",
	  false },
	{ "W-NOT-YET-VALID",
	  { { "valid_from: 2018-05-25", "valid_from: 2026-11-24" } },
	  "",
	  false },
	{ "E-STANDING",
	  { { "standing: false", "standing: true" } },
	  "S15",
	  false },
	{ "E-STANDING",
	  { { "kind: research", "kind: regular" } },
	  "S15",
	  false },
	{ "E-STANDING",
	  { { "select: handpicked", "select: all" } },
	  "S16",
	  false },
	{ "E-NO-RETURN",
	  { { "[commitment, return-or-destroy]", "[commitment]" } },
	  "item-end",
	  false },
	{ "E-NO-RETURN", { { "    return_by: item-end\n", "" } }, "", false },
	{ "E-LOAN",
	  { { "kind: court", "kind: court\n    return_by: item-end" } },
	  "only research",
	  true },
	{ "E-NONEEA", { { "country: FI", "country: US" } }, "S18", false },
	{ "E-NONEEA",
	  { { "countries: [CH]", "countries: [GB]" } },
	  "location \"avaimet\"",
	  true },
	{ "E-NONEEA",
	  { { "country: SE\n", "country: IN\n" } },
	  "processor \"Konesali Ab\"",
	  true },
	{ "E-NONEEA",
	  { { "transfer: none", "transfer: scc" } },
	  "none",
	  false },
	{ "E-NONEEA",
	  { { "allowed: adequacy", "allowed: none" } },
	  "countries are listed",
	  true },
	{ "W-NO-STORE",
	  { { "kinds: [store, keys]", "kinds: [keys]" } },
	  "",
	  false },
	{ "E-RIGHT-MISSING",
	  { { "rights:\n", "rights:\n  offered: [access, rectify]\n" } },
	  "\"restrict\"",
	  false },
	{ "E-RIGHT-MISSING",
	  { { "offered: [access,", "offered: [access, erase," } },
	  "both",
	  true },
	{ "E-RIGHT-IMPOSSIBLE",
	  { { "rights:\n",
	      "rights:\n  offered: [access, rectify, restrict, port]\n" } },
	  "\"port\"",
	  false },
	{ "E-PROFILING",
	  { { "profiling: false", "profiling: true" } },
	  "",
	  false },
	{ "E-AUTOMATION",
	  { { "decisions: false", "decisions: true" } },
	  "",
	  false },
	{ "E-NOT-DONE", { { "start: answer", "start: ring" } }, "S10", false },
};

/* Other tests have a policy for these. */
static const struct {
	const char *code, *test;
} elsewhere[] = {
	{ "W-NO-CHANNEL", "test_channel: without_a_channel_there_is_no_chat" },
	{ "E-SIGNERS", "test_signed" },
	{ "E-UNSIGNED", "test_signed" },
	{ "E-SUPERSEDES", "test_signed" },
	{ "E-EARLIER", "test_signed" },
	{ "E-NOT-BY-FORMER", "test_signed" },
	{ "E-PROMISE-", "test_policy_compare: no_promise_is_broken_unseen" },
};

static void each_code_has_a_policy_that_has_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wrongs); i++) {
		const struct wrong *wrong = &wrongs[i];
		OWNED(drop_memory)
		char *text = changed(wrong->of_company ? company : example,
				     wrong->changes, COUNT(wrong->changes));
		const struct notice_fault *fault;
		struct trial trial;

		try_text(&trial, text);
		fault = fault_of(&trial, wrong->code, wrong->text);
		if (!fault)
			fail_msg("%s \"%s\" is not found, but %s: %s",
				 wrong->code, wrong->text, trial.faults[0].code,
				 trial.faults[0].text);
		assert_true(fault->line > 0);
		assert_int_equal(!trial.policy, wrong->code[0] == 'E');
		assert_non_null(fault->why);
		assert_true(fault->remedy[0] != '\0');
		policy_free(trial.policy);
	}
}

static bool is_shown(const char *code)
{
	for (size_t i = 0; i < COUNT(wrongs); i++)
		if (!strcmp(wrongs[i].code, code))
			return true;
	for (size_t i = 0; i < COUNT(elsewhere); i++)
		if (!strncmp(elsewhere[i].code, code,
			     strlen(elsewhere[i].code)))
			return true;
	return false;
}

static void no_code_is_without_such_a_policy(void **state)
{
	const struct notice_code *code;

	(void)state;
	for (size_t i = 0; (code = policy_code_at(i)) != NULL; i++) {
		if (!is_shown(code->code))
			fail_msg("%s is shown by no test", code->code);
		assert_true(strlen(code->code) <
			    sizeof(((struct notice_fault *)0)->code));
	}
}

/* What can be said and is not done: each word of it says so. */
static const struct wrong undone[] = {
	{ "E-NOT-DONE",
	  { { "gdpr: \"6(1)(b)\"",
	      "gdpr: \"6(1)(a)\"\n    consent: {how: dtmf, per: call, "
	      "withdraw: {fi: a, sv: a, en: a}}" } },
	  "takes no consent",
	  true },
	{ "E-NOT-DONE",
	  { { "[listen, note]", "[listen, survey]" } },
	  "survey",
	  true },
	{ "E-NOT-DONE",
	  { { "[listen, note]", "[listen, identify]" } },
	  "identify",
	  true },
	{ "E-NOT-DONE",
	  { { "[listen, note]", "[listen, evidence]" } },
	  "evidence",
	  true },
	{ "E-NOT-DONE",
	  { { "start: answer", "start: ring" } },
	  "\"ring\"",
	  true },
	{ "E-NOT-DONE",
	  { { "start: answer", "start: after-announcement" } },
	  "\"after-announcement\"",
	  true },
	{ "E-NOT-DONE",
	  { { "start: answer", "start: manual" } },
	  "\"manual\"",
	  true },
	{ "E-NOT-DONE",
	  { { "stop: transfer", "stop: queue-return" } },
	  "\"queue-return\"",
	  true },
	{ "E-NOT-DONE",
	  { { "coverage: schedule", "coverage: manual" } },
	  "no agent can ask",
	  true },
	{ "E-NOT-DONE",
	  { { "opt_out: none", "opt_out: dtmf" } },
	  "\"dtmf\"",
	  true },
	{ "E-NOT-DONE",
	  { { "opt_out: none", "opt_out: ask" } },
	  "\"ask\"",
	  true },
	{ "E-NOT-DONE",
	  { { "opt_out: none",
	      "pauses: [{how: route, why: {fi: a, sv: a, en: a}}]" } },
	  "\"route\"",
	  true },
	{ "E-NOT-DONE",
	  { { "spoken_by: telephone-system",
	      "spoken_by: telephone-system\n        required: true" } },
	  "does not hear",
	  true },
	{ "E-NOT-DONE",
	  { { "spoken_by: telephone-system",
	      "spoken_by: agent\n        evidence: sound" } },
	  "does not hear",
	  true },
	{ "E-NOT-DONE",
	  { { "spoken_by: telephone-system",
	      "spoken_by: agent\n        if_missing: discard" } },
	  "does not hear",
	  true },
	{ "E-NOT-DONE",
	  { { "kind: chat\n", "kind: survey\n" } },
	  "\"survey\"",
	  true },
	{ "E-NOT-DONE",
	  { { "kind: min\n", "kind: until-event\n      event: {fi: a, sv: a, "
			     "en: a}\n" } },
	  "does not learn of events",
	  true },
	{ "E-NOT-DONE",
	  { { "anchor: start", "anchor: case-closed" } },
	  "\"case-closed\"",
	  true },
	{ "E-NOT-DONE",
	  { { "anchor: end", "anchor: answer" } },
	  "\"answer\"",
	  true },
	{ "E-NOT-DONE",
	  { { "then: destroy", "then: archive\n      decision: "
			       "KA 2026" } },
	  "archives nothing",
	  true },
	{ "E-NOT-DONE",
	  { { "    publicity:\n",
	      "    exceptions: [{trigger: claim, who: registrar, approvals: "
	      "2, until: closed, scope: transcript}]\n    publicity:\n" } },
	  "no exception",
	  true },
	{ "E-NOT-DONE",
	  { { "pseudonymise: metadata", "pseudonymise: voice" } },
	  "no voice",
	  true },
	{ "E-NOT-DONE",
	  { { "sees_listeners: true", "sees_listeners: false" } },
	  "always see",
	  true },
};

static void what_is_not_done_can_be_said_and_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(undone); i++) {
		OWNED(drop_memory)
		char *text = changed(company, undone[i].changes, 1);
		struct trial trial;

		try_text(&trial, text);
		if (!fault_of(&trial, "E-NOT-DONE", undone[i].text))
			fail_msg("not refused: %s", undone[i].changes[0].to);
		assert_null(trial.policy);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_code_has_a_policy_that_has_it),
		cmocka_unit_test(no_code_is_without_such_a_policy),
		cmocka_unit_test(what_is_not_done_can_be_said_and_is_refused),
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
