/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "notice/notice.h"

enum { FAULTS = 16 };

static char *example;
static size_t example_size;
static struct notice_fault faults[FAULTS];
static size_t fault_count;

static int read_text(const char *text, size_t size, struct policy **ret)
{
	fault_count = FAULTS;
	return policy_read((struct slice){ text, size }, faults, &fault_count,
			   ret);
}

/* The example with its first occurrence of one text replaced. */
static int read_changed(const char *from, const char *to, struct policy **ret)
{
	OWNED(drop_memory) char *changed = NULL;
	char *at = strstr(example, from);
	int size;

	assert_non_null(at);
	size = asprintf(&changed, "%.*s%s%s", (int)(at - example), example, to,
			at + strlen(from));
	assert_true(size > 0);
	return read_text(changed, (size_t)size, ret);
}

static bool says(const char *code, const char *text)
{
	for (size_t i = 0; i < fault_count; i++)
		if (!strcmp(faults[i].code, code) &&
		    strstr(faults[i].text, text))
			return true;
	return false;
}

/* Line of the first fault of that code. */
static int line_of(const char *code)
{
	for (size_t i = 0; i < fault_count; i++)
		if (!strcmp(faults[i].code, code))
			return faults[i].line;
	return 0;
}

/* 2026-11-23T09:00Z, a Monday, 11:00 in Helsinki */
#define MONDAY ((nanoseconds)1795424400 * NS_PER_S)

static struct policy *read_example(void)
{
	struct policy *policy = NULL;

	assert_int_equal(read_text(example, example_size, &policy), 0);
	assert_int_equal(
		policy_settle(policy, MONDAY, faults, FAULTS, &fault_count), 0);
	return policy;
}

static void the_example_keeps_its_promises(void **state)
{
	struct policy *policy = read_example();
	struct seal_end end;

	(void)state;
	assert_true(says("W-BASIS-NO-LAW", "laki"));
	assert_int_equal(
		policy_end(policy, SEAL_CLASS_AUDIO, MONDAY, MONDAY, &end), 0);
	assert_int_equal(end.date, 20270523);
	assert_int_equal(
		policy_end(policy, SEAL_CLASS_CONTACT, MONDAY, MONDAY, &end),
		0);
	assert_int_equal(end.date, 20271123);
	assert_int_equal(
		policy_end(policy, SEAL_CLASS_CHAT, MONDAY, MONDAY, &end), 0);
	assert_int_equal(end.date, 20281123);
	policy_free(policy);
}

static void only_listed_incoming_calls_are_recorded(void **state)
{
	struct policy *policy = read_example();
	nanoseconds old = (nanoseconds)1500000000 * NS_PER_S;

	(void)state;
	assert_int_equal(
		policy_records(policy, "+358295550100", NOTICE_IN, MONDAY, 0.5),
		NOTICE_RECORD);
	assert_int_equal(
		policy_records(policy, "+358295550999", NOTICE_IN, MONDAY, 0.5),
		NOTICE_NUMBER_NOT_LISTED);
	assert_int_equal(policy_records(policy, "", NOTICE_IN, MONDAY, 0.5),
			 NOTICE_NUMBER_NOT_LISTED);
	assert_int_equal(policy_records(policy, "+358295550100", NOTICE_OUT,
					MONDAY, 0.5),
			 NOTICE_DIRECTION);
	assert_int_equal(
		policy_records(policy, "+358295550100", NOTICE_IN, old, 0.5),
		NOTICE_TOO_OLD);
	policy_free(policy);
}

static void coverage_is_decided_beforehand(void **state)
{
	struct civil_zone *zone;
	struct policy *policy = NULL;

	(void)state;
	assert_int_equal(read_changed("coverage: all ",
				      "coverage: sample\n"
				      "      share: 25%\n      #",
				      &policy),
			 0);
	assert_int_equal(civil_zone_load("Europe/Helsinki", &zone), 0);
	policy_set_zone(policy, zone);
	assert_int_equal(policy_records(policy, "+358295550100", NOTICE_IN,
					MONDAY, 0.2499),
			 NOTICE_RECORD);
	assert_int_equal(policy_records(policy, "+358295550100", NOTICE_IN,
					MONDAY, 0.25),
			 NOTICE_NOT_SAMPLED);
	policy_free(policy);

	assert_int_equal(read_changed("coverage: all ",
				      "coverage: schedule\n      hours: "
				      "\"mon-fri 08:00-11:00\"\n"
				      "      #",
				      &policy),
			 0);
	assert_int_equal(civil_zone_load("Europe/Helsinki", &zone), 0);
	policy_set_zone(policy, zone);
	assert_int_equal(policy_records(policy, "+358295550100", NOTICE_IN,
					MONDAY - NS_PER_S, 0),
			 NOTICE_RECORD);
	assert_int_equal(
		policy_records(policy, "+358295550100", NOTICE_IN, MONDAY, 0),
		NOTICE_NOT_SCHEDULED);
	assert_int_equal(policy_records(policy, "+358295550100", NOTICE_IN,
					MONDAY - 86400 * NS_PER_S - NS_PER_S,
					0),
			 NOTICE_NOT_SCHEDULED);
	policy_free(policy);
}

static void deletion_has_two_edges(void **state)
{
	struct policy *policy = read_example();
	struct seal_end audio = { SEAL_CLASS_AUDIO, 20260715 };
	struct seal_end chat = { SEAL_CLASS_CHAT, 20260715 };
	nanoseconds from, until;
	const int64_t midnight = 1784062800; /* 2026-07-14T21:00Z */

	(void)state;
	assert_int_equal(policy_deletion(policy, &audio, &from, &until), 0);
	assert_int_equal(from / NS_PER_S, midnight);
	assert_int_equal(until / NS_PER_S, midnight + 86400);
	assert_int_equal(policy_deletion(policy, &chat, &from, &until), 0);
	assert_int_equal(from / NS_PER_S, midnight + 86400);
	assert_int_equal(until / NS_PER_S, midnight + 2 * 86400);
	policy_free(policy);
}

static void purposes_are_a_closed_list(void **state)
{
	struct policy *policy = read_example();

	(void)state;
	assert_true(policy_grants(policy, NOTICE_ROLE_SUPERVISOR, "laatu",
				  NOTICE_LISTEN));
	assert_true(policy_grants(policy, NOTICE_ROLE_QUALITY, "koulutus",
				  NOTICE_LISTEN));
	assert_false(policy_grants(policy, NOTICE_ROLE_ADMIN, "laatu",
				   NOTICE_LISTEN));
	assert_false(
		policy_grants(policy, NOTICE_ROLE_DPO, "laatu", NOTICE_LISTEN));
	assert_false(policy_grants(policy, NOTICE_ROLE_QUALITY, "palvelutaso",
				   NOTICE_LISTEN));
	assert_false(policy_grants(policy, NOTICE_ROLE_SUPERVISOR,
				   "uteliaisuus", NOTICE_LISTEN));
	assert_false(policy_grants(policy, 99, "laatu", NOTICE_LISTEN));
	policy_free(policy);
}

/* Counts are no content. */
static void a_purpose_of_counts_only_is_for_any_role(void **state)
{
	struct policy *policy = NULL;

	(void)state;
	assert_int_equal(read_changed("roles: [quality]",
				      "roles: [quality, dpo]", &policy),
			 0);
	assert_true(policy_grants(policy, NOTICE_ROLE_DPO, "palvelutaso",
				  NOTICE_AGGREGATE));
	policy_free(policy);
}

static void fields_not_listed_do_not_exist(void **state)
{
	struct policy *policy = read_example();

	(void)state;
	assert_true(policy_has_field(policy, SEAL_CLASS_CONTACT, "start"));
	assert_false(
		policy_has_field(policy, SEAL_CLASS_CONTACT, "user_agent"));
	assert_int_equal(policy_mask(policy, SEAL_CLASS_CONTACT,
				     "caller_number", NOTICE_ROLE_SUPERVISOR),
			 NOTICE_MASKED);
	assert_int_equal(policy_mask(policy, SEAL_CLASS_CONTACT,
				     "caller_number", NOTICE_ROLE_QUALITY),
			 NOTICE_HIDDEN);
	assert_int_equal(policy_mask(policy, SEAL_CLASS_CONTACT, "secret",
				     NOTICE_ROLE_SUPERVISOR),
			 NOTICE_HIDDEN);
	policy_free(policy);
}

static const struct refusal {
	const char *from, *to, *code, *text;
	int line;
} refusals[] = {
	{ "retention:                     # (S19)",
	  "retentoin:", "E-UNKNOWN-KEY", "did you mean \"retention\"", 0 },
	{ "period: P6M", "period: as long as necessary", "E-UNBOUNDED", "P6M",
	  0 },
	{ "period: P6M", "period: P0M", "E-UNBOUNDED", "P6M", 0 },
	{ "kind: max", "kind: forever", "E-UNKNOWN-WORD", "forever", 0 },
	{ "start: answer", "start: ring", "E-NOT-DONE", "not at \"ring\"", 74 },
	{ "directions: [in]", "directions: [in, out]", "E-DIRECTION", "S8", 0 },
	{ "profiling: false", "profiling: true", "E-PROFILING", "S22", 0 },
	{ "decisions: false", "decisions: true", "E-AUTOMATION", "S23", 0 },
	{ "transfer: none", "transfer: scc", "E-NONEEA", "S18", 0 },
	{ "roles: [supervisor, quality]", "roles: [superviser]",
	  "E-UNKNOWN-WORD", "did you mean \"supervisor\"", 0 },
	{ "\"+358 29 555 0100\"", "029 555 0100", "E-NUMBER", "international",
	  0 },
	{ "numbers: [\"*\"]", "numbers: [\"+358 29 555 0777\"]",
	  "E-UNLISTED-NUMBER", "services", 0 },
	{ "      - agent_number", "      - name: start", "E-TWICE",
	  "field \"start\" is listed twice, first on line 89", 97 },
	{ "fields: [caller_leg, agent_leg]", "fields: [caller_leg, caller_leg]",
	  "E-TWICE", "first on line 72", 72 },
	{ "roles: [supervisor, quality]", "roles: [supervisor, dpo]",
	  "E-ROLE-NO-CONTENT",
	  "purpose \"laatu\" is to listen, read or clip, which role \"dpo\" "
	  "never can",
	  33 },
	{ "roles: [supervisor, quality]",
	  "roles:\n      - quality\n      - agent", "E-ROLE-NO-CONTENT",
	  "role \"agent\" never can", 35 },
	{ "    uses: [listen, read, clip]\n    roles: [supervisor, quality]",
	  "    roles: admin\n    uses: [clip]", "E-ROLE-NO-CONTENT", "admin",
	  40 },
	{ "- service_number",
	  "- {name: service_number, masks: {agent: hidden}}", "E-MASK",
	  "cannot be hidden", 95 },
	{ "- agent_name", "- {name: agent_name, masks: {agent: masked}}",
	  "E-MASK", "it is plain or hidden", 96 },
	{ "      - agent_number", "      - agent_mood", "E-UNKNOWN-FIELD",
	  "agent_mood", 0 },
	{ "languages: [fi, sv, en]", "languages: [fi]", "E-LANGUAGES",
	  "Swedish", 0 },
	{ "valid_from: 2018-05-25", "valid_from: 2018-02-30", "E-DATE",
	  "2018-05-25", 10 },
	{ "    basis: laki", "    basis: lakki", "E-UNKNOWN-BASIS",
	  "did you mean \"laki\"", 30 },
	{ "6(1)(c)", "6(1)(z)", "E-UNKNOWN-WORD", "6(1)(", 26 },
	{ "6(1)(c)", "law", "E-UNKNOWN-WORD", "6(1)(e) or 6(1)(f)", 26 },
	{ "law: \"\"", "art9: \"9(3)\"", "E-UNKNOWN-WORD", "9(2)(", 27 },
	{ "id: prh-asiakaspalvelu", "id: \"\"", "E-EMPTY", "text", 8 },
	{ "\"2018-05-25\"", "\" \"", "E-EMPTY", "text", 9 },
	{ "name: Patentti- ja rekisterihallitus", "name: \"\"", "E-EMPTY",
	  "text", 16 },
	{ "name: Tietosuojavastaava", "name: \"\"", "E-EMPTY", "text", 21 },
	{ "name: Tietosuojavaltuutetun toimisto", "name: \"\"", "E-EMPTY",
	  "text", 22 },
	{ "id: laki", "id: \"\"", "E-EMPTY", "text", 25 },
	{ "sv: Kundservice", "sv: \"\"", "E-EMPTY", "text", 65 },
	{ "- start\n", "- \"\"\n", "E-EMPTY", "text", 89 },
	{ "0101\"", "0100\"", "E-TWICE",
	  "\"+358295550100\" is listed twice, first on line 64", 66 },
	{ "id: koulutus", "id: laatu", "E-TWICE",
	  "purpose \"laatu\" is listed twice, first on line 30", 38 },
	{ "purposes:  ", "  - {id: laki, gdpr: \"6(1)(e)\", law: x}\npurposes:",
	  "E-TWICE", "basis \"laki\" is listed twice, first on line 25", 29 },
	{ "id: kontakti", "id: puhelu", "E-TWICE",
	  "class \"puhelu\" is listed twice, first on line 70", 86 },
	{ "roles: [supervisor, quality]",
	  "roles:\n      - supervisor\n      - supervisor", "E-TWICE",
	  "\"supervisor\" stands here twice, first on line 34", 35 },
	{ "{agent: hidden,", "{agent: hidden, agent: plain,", "E-TWICE",
	  "\"agent\" stands here twice, first on line 92", 92 },
	{ "kind: chat\n", "kind: contact\n", "E-TWICE",
	  "of the same kind as \"kontakti\" on line 86", 103 },
	{ "directions: [in]", "directions: [in]\n      exclude: [\"*\"]",
	  "E-NUMBER", "excluded", 76 },
	{ "transfer: none", "transfer: usa", "E-NONEEA", "must be \"none\"",
	  137 },
	{ "zone: Europe/Helsinki", "zone: ../../etc/passwd", "E-ZONE",
	  "Europe/Helsinki", 12 },
	{ "profiling: false", "profiling: maybe", "E-UNKNOWN-WORD",
	  "it can be false or true", 151 },
	{ "period: P12M", "period: P3M", "E-HISTORY-SHORTER", "kontakti", 0 },
	{ "  id: prh-asiakaspalvelu", "  id: &a prh", "E-YAML", "anchors", 0 },
	{ "\npolicy:", "\npolicy: [", "E-YAML", "", 0 },
	{ "  version: \"2018-05-25\" ", "  version: \"1\"\n  version: \"2\" ",
	  "E-TWICE", "version", 0 },
};

static void contradictions_are_refused_with_a_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct policy *policy = NULL;

		if (read_changed(r->from, r->to, &policy) != -EINVAL)
			print_message("# not refused: %s\n", r->to), fail();
		if (!says(r->code, r->text))
			print_message("# refusal %zu: got %s: %s\n", i,
				      faults[0].code, faults[0].text);
		assert_true(says(r->code, r->text));
		if (r->line && line_of(r->code) != r->line)
			print_message("# refusal %zu: line %d, not %d\n", i,
				      line_of(r->code), r->line);
		if (r->line)
			assert_int_equal(line_of(r->code), r->line);
		for (size_t j = 0; j < fault_count; j++)
			assert_true(faults[j].line > 0);
		assert_null(policy);
	}
}

static void a_choice_that_does_not_exist_is_not_offered(void **state)
{
	struct policy *policy = NULL;

	(void)state;
	assert_int_equal(
		read_changed("transfer: none", "transfer: usa", &policy),
		-EINVAL);
	assert_int_equal(fault_count, 1);
	assert_null(strstr(faults[0].text, "adequacy"));
	assert_null(strstr(faults[0].text, "scc"));
	assert_int_equal(
		read_changed("profiling: false", "profiling: maybe", &policy),
		-EINVAL);
	assert_null(strstr(faults[0].text, "..."));
}

static void a_zone_nobody_knows_is_a_fault_with_its_line(void **state)
{
	struct policy *policy = NULL;

	(void)state;
	assert_int_equal(
		read_changed("Europe/Helsinki", "Europe/Helsinky", &policy), 0);
	assert_int_equal(
		policy_settle(policy, MONDAY, faults, FAULTS, &fault_count),
		-EINVAL);
	assert_true(says("E-ZONE", "did you mean \"Europe/Helsinki\"?"));
	assert_int_equal(line_of("E-ZONE"), 12);
	policy_free(policy);
}

/* Art. 13 GDPR: who is recorded was told so beforehand. */
static void nothing_is_recorded_before_the_policy_holds(void **state)
{
	struct policy *policy = NULL;

	(void)state;
	assert_int_equal(read_changed("valid_from: 2018-05-25",
				      "valid_from: 2026-11-24", &policy),
			 0);
	assert_int_equal(
		policy_settle(policy, MONDAY, faults, FAULTS, &fault_count), 0);
	assert_true(says("W-NOT-YET-VALID", "2026-11-24"));
	assert_int_equal(line_of("W-NOT-YET-VALID"), 10);
	assert_int_equal(
		policy_records(policy, "+358295550100", NOTICE_IN, MONDAY, 0),
		NOTICE_NOT_YET_VALID);
	/* From local midnight on: 22:00 UTC. */
	assert_int_equal(policy_records(policy, "+358295550100", NOTICE_IN,
					MONDAY + 13 * 3600 * NS_PER_S, 0),
			 NOTICE_RECORD);
	fault_count = 0;
	assert_int_equal(policy_settle(policy, MONDAY + 13 * 3600 * NS_PER_S,
				       faults, FAULTS, &fault_count),
			 0);
	assert_int_equal(fault_count, 0);
	policy_free(policy);
}

static void what_a_policy_does_is_told_in_plain_words(void **state)
{
	static const char *const told[] = {
		"prh-asiakaspalvelu, version 2018-05-25\n"
		"SHA-256       ",
		"from 2018-05-25 on; nothing from before 2017-10-01",
		"Europe/Helsinki",
		"laki: GDPR 6(1)(c); names no law",
		"on basis laki, to listen, read, sample, aggregate; by "
		"supervisor, quality",
		"quality: laatu, koulutus, palvelutaso, ohjeistus",
		"controller    Patentti- ja rekisterihallitus (sole); "
		"represented by "
		"Asiakaspalvelun vastuuhenkilö (S1)\n"
		"              029 555 0190, kirjaamo@agency.example\n",
		"complaints to Tietosuojavaltuutetun toimisto (S28)\n"
		"              no contact details\n",
		"admin: no purpose, nothing stored to hear or read\n",
		"agent: no purpose, nothing stored to hear or read; answers "
		"chats, from the roster only; changes their own canned "
		"answers\n",
		"supervisor: laatu, koulutus; changes all canned answers\n",
		"chats, with these fields and no others (S12)",
		"from the end of the contact, for reason of original need "
		"(S21)",
		"+358295550101 Advice for companies: recorded",
		"all; incoming calls only (S8, S9)",
		"from the answer (S10) to the end of the call (S11)",
		"on hold pauses; talk between agents is not recorded",
		"shown to agent (their own), supervisor, quality; not shown "
		"to registrar, approver, dpo, admin, auditor\n",
		"- caller_number (not shown to agent, masked for supervisor, "
		"not shown to quality)\n",
		"puhelu: at most 6 months from the start of the contact",
		"may exist until 2027-05-23",
		"started by visitors only, from the public pages and from "
		"https://www.agency.example (S13)",
		"queue yritysneuvonta: Advice for companies",
		"open mon 09:00-16:00,",
		"; closed on public holidays and Midsummer Eve and Christmas "
		"Eve\n",
		"chat: exactly 24 months from the end",
		"(S18)",
		"(S22)",
		"(S23)",
	};
	struct policy *policy = read_example();
	OWNED(drop_memory) char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	policy_explain(policy, MONDAY, out);
	(void)fclose(out);
	for (size_t i = 0; i < COUNT(told); i++) {
		if (!strstr(text, told[i]))
			print_message("# not told: %s\n%s", told[i], text);
		assert_non_null(strstr(text, told[i]));
	}
	policy_free(policy);
}

static void a_policy_without_calls_says_so(void **state)
{
	OWNED(drop_memory) char *text = NULL;
	OWNED(drop_memory) char *changed = NULL;
	struct policy *policy = NULL;
	FILE *out;
	size_t size;
	/* The first class goes, from its "- id" to the next one's. */
	char *first = strstr(example, "  - id: puhelu");
	char *next = strstr(example, "  - id: kontakti");

	(void)state;
	assert_true(asprintf(&changed, "%.*s%s", (int)(first - example),
			     example, next) > 0);
	assert_int_equal(read_text(changed, strlen(changed), &policy), 0);
	assert_int_equal(
		policy_settle(policy, MONDAY, faults, FAULTS, &fault_count), 0);
	out = open_memstream(&text, &size);
	policy_explain(policy, MONDAY, out);
	(void)fclose(out);
	assert_non_null(strstr(text, "no call is recorded"));
	assert_non_null(strstr(text, "+358295550100 Customer service: not"));
	policy_free(policy);
}

static void a_missing_promise_is_refused(void **state)
{
	static const char *const parts[] = {
		"policy",   "controllers", "dpo",     "authority", "bases",
		"purposes", "services",	   "classes", "transfer",  "automation"
	};
	struct policy *policy = NULL;

	(void)state;
	assert_int_equal(read_text("{}", 2, &policy), -EINVAL);
	for (size_t i = 0; i < COUNT(parts); i++) {
		char text[64];

		snprintf(text, sizeof(text), "\"%s\" is missing", parts[i]);
		assert_true(says("E-MISSING", text));
	}
	assert_int_equal(read_text("", 0, &policy), -EINVAL);
}

static void the_hash_names_the_text(void **state)
{
	struct policy *a = read_example(), *b = NULL;

	(void)state;
	assert_int_equal(read_changed("# The example", "# An example", &b), 0);
	assert_int_not_equal(policy_hash(a), policy_hash(b));
	policy_free(a);
	policy_free(b);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_keeps_its_promises),
		cmocka_unit_test(only_listed_incoming_calls_are_recorded),
		cmocka_unit_test(coverage_is_decided_beforehand),
		cmocka_unit_test(deletion_has_two_edges),
		cmocka_unit_test(purposes_are_a_closed_list),
		cmocka_unit_test(a_purpose_of_counts_only_is_for_any_role),
		cmocka_unit_test(fields_not_listed_do_not_exist),
		cmocka_unit_test(contradictions_are_refused_with_a_reason),
		cmocka_unit_test(a_choice_that_does_not_exist_is_not_offered),
		cmocka_unit_test(a_zone_nobody_knows_is_a_fault_with_its_line),
		cmocka_unit_test(nothing_is_recorded_before_the_policy_holds),
		cmocka_unit_test(what_a_policy_does_is_told_in_plain_words),
		cmocka_unit_test(a_policy_without_calls_says_so),
		cmocka_unit_test(a_missing_promise_is_refused),
		cmocka_unit_test(the_hash_names_the_text),
	};
	OWNED(drop_fd) int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;

	if (fd < 0 ||
	    file_read(fd, NOTICE_SIZE_MAX, &example, &example_size) < 0)
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(example);
	return failed;
}
