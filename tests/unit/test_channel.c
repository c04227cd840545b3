/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "notice/channel.h"

enum { FAULTS = 16 };

static char *example;
static size_t example_size;
static struct notice_fault faults[FAULTS];
static size_t fault_count;

static nanoseconds utc(const char *text)
{
	struct tm at = { 0 };

	assert_non_null(strptime(text, "%Y-%m-%dT%H:%M:%SZ", &at));
	return timegm(&at) * NS_PER_S;
}

/* The example with one of its texts replaced; NULL: as it is. */
static int read_changed(const char *from, const char *to,
			struct policy **ret_policy)
{
	OWNED(drop_memory) char *changed = NULL;
	char *at = from ? strstr(example, from) : example;
	int size;

	assert_non_null(at);
	size = asprintf(&changed, "%.*s%s%s", (int)(at - example), example,
			from ? to : "", from ? at + strlen(from) : at);
	assert_true(size > 0);
	fault_count = FAULTS;
	return policy_read((struct slice){ changed, (size_t)size }, faults,
			   &fault_count, ret_policy);
}

static struct policy *policy_with(const char *from, const char *to)
{
	struct policy *policy = NULL;

	if (read_changed(from, to, &policy) < 0)
		print_message("# %d: %s\n", faults[0].line, faults[0].text);
	assert_non_null(policy);
	assert_int_equal(policy_settle(policy, utc("2026-11-29T12:00:00Z"),
				       faults, FAULTS, &fault_count),
			 0);
	return policy;
}

static const char week[] = "hours: [\"mon-fri 09:00-16:00\"]";

/* What holds at an instant: open or not, and what comes next; "" is never. */
struct vector {
	const char *at;
	bool is_open;
	const char *opens, *closes;
};

static void check(const struct policy *policy, const struct vector *vectors,
		  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct vector *v = &vectors[i];
		nanoseconds opens = v->opens[0] ? utc(v->opens) : 0,
			    closes = v->closes[0] ? utc(v->closes) : 0;
		struct channel_hours hours;

		policy_chat_hours(policy, utc(v->at), &hours);
		if (hours.is_open != v->is_open || hours.opens_at != opens ||
		    hours.closes_at != closes)
			print_message("# at %s: %d, %lld, %lld\n", v->at,
				      hours.is_open,
				      (long long)(hours.opens_at / NS_PER_S),
				      (long long)(hours.closes_at / NS_PER_S));
		assert_int_equal(hours.is_open, v->is_open);
		assert_int_equal(hours.opens_at, opens);
		assert_int_equal(hours.closes_at, closes);
	}
}

static void a_week_has_hours_and_holidays_have_none(void **state)
{
	static const struct vector vectors[] = {
		/* Monday before, at and after nine; at and after four. */
		{ "2026-11-30T06:59:59Z", false, "2026-11-30T07:00:00Z",
		  "2026-11-30T14:00:00Z" },
		{ "2026-11-30T07:00:00Z", true, "2026-12-01T07:00:00Z",
		  "2026-11-30T14:00:00Z" },
		{ "2026-11-30T13:59:59Z", true, "2026-12-01T07:00:00Z",
		  "2026-11-30T14:00:00Z" },
		{ "2026-11-30T14:00:00Z", false, "2026-12-01T07:00:00Z",
		  "2026-12-01T14:00:00Z" },
		/* A Friday evening. */
		{ "2026-11-27T18:00:00Z", false, "2026-11-30T07:00:00Z",
		  "2026-11-30T14:00:00Z" },
		/* Christmas: Eve on Thursday, then a weekend. */
		{ "2026-12-23T15:00:00Z", false, "2026-12-28T07:00:00Z",
		  "2026-12-28T14:00:00Z" },
		{ "2026-12-24T10:00:00Z", false, "2026-12-28T07:00:00Z",
		  "2026-12-28T14:00:00Z" },
		/* New Year is a Friday. */
		{ "2026-12-31T15:00:00Z", false, "2027-01-04T07:00:00Z",
		  "2027-01-04T14:00:00Z" },
		/* Epiphany is a Wednesday. */
		{ "2027-01-06T10:00:00Z", false, "2027-01-07T07:00:00Z",
		  "2027-01-07T14:00:00Z" },
		/* Easter 2026; the clocks went forward a week before. */
		{ "2026-04-02T13:00:00Z", false, "2026-04-07T06:00:00Z",
		  "2026-04-07T13:00:00Z" },
		{ "2026-04-06T10:00:00Z", false, "2026-04-07T06:00:00Z",
		  "2026-04-07T13:00:00Z" },
		/* Midsummer Eve 2026 is a Friday. */
		{ "2026-06-18T13:00:00Z", false, "2026-06-22T06:00:00Z",
		  "2026-06-22T13:00:00Z" },
	};
	struct policy *policy = policy_with(NULL, NULL);

	(void)state;
	check(policy, vectors, COUNT(vectors));
	policy_free(policy);
}

static void hours_are_civil_across_a_change_of_the_clock(void **state)
{
	static const struct vector vectors[] = {
		/* Friday before, Monday after: forward, then back. */
		{ "2026-03-27T14:00:00Z", false, "2026-03-30T06:00:00Z",
		  "2026-03-30T13:00:00Z" },
		{ "2026-10-23T13:00:00Z", false, "2026-10-26T07:00:00Z",
		  "2026-10-26T14:00:00Z" },
	};
	static const struct vector nights[] = {
		/* 03:30 does not exist on 29 March 2026: it opens as the clock
		   jumps from three to four. */
		{ "2026-03-29T00:59:59Z", false, "2026-03-29T01:00:00Z",
		  "2026-03-29T02:00:00Z" },
		{ "2026-03-29T01:00:00Z", true, "2026-03-30T00:30:00Z",
		  "2026-03-29T02:00:00Z" },
		/* 03:30 comes twice on 25 October: the first opens. */
		{ "2026-10-25T00:29:59Z", false, "2026-10-25T00:30:00Z",
		  "2026-10-25T03:00:00Z" },
		{ "2026-10-25T01:45:00Z", true, "2026-10-26T01:30:00Z",
		  "2026-10-25T03:00:00Z" },
	};
	static const struct vector skipped[] = {
		/* An hour that is skipped is no opening. */
		{ "2026-03-28T12:00:00Z", false, "2026-03-30T00:00:00Z",
		  "2026-03-30T01:00:00Z" },
	};
	struct policy *policy = policy_with(NULL, NULL);

	(void)state;
	check(policy, vectors, COUNT(vectors));
	policy_free(policy);
	policy = policy_with(week, "hours: \"mon-sun 03:30-05:00\"");
	check(policy, nights, COUNT(nights));
	policy_free(policy);
	policy = policy_with(week, "hours: \"mon-sun 03:00-04:00\"");
	check(policy, skipped, COUNT(skipped));
	policy_free(policy);
}

static void exceptional_days_come_before_everything_else(void **state)
{
	static const struct vector vectors[] = {
		/* Closed on an ordinary Tuesday, open on Independence Day, a
		   Sunday, and in two parts on Christmas Eve. */
		{ "2026-11-30T15:00:00Z", false, "2026-12-02T07:00:00Z",
		  "2026-12-02T14:00:00Z" },
		{ "2026-12-04T15:00:00Z", false, "2026-12-06T08:00:00Z",
		  "2026-12-06T10:00:00Z" },
		{ "2026-12-24T06:30:00Z", true, "2026-12-24T09:00:00Z",
		  "2026-12-24T07:00:00Z" },
		{ "2026-12-24T08:00:00Z", false, "2026-12-24T09:00:00Z",
		  "2026-12-24T10:00:00Z" },
	};
	struct policy *policy = policy_with(
		week, "hours: \"mon-fri 09:00-16:00\"\n"
		      "      exceptions:\n"
		      "        - {date: 2026-12-01, hours: closed}\n"
		      "        - {date: 2026-12-06, hours: \"10:00-12:00\"}\n"
		      "        - date: 2026-12-24\n"
		      "          hours: [\"11:00-12:00\", \"08:00-09:00\"]");

	(void)state;
	check(policy, vectors, COUNT(vectors));
	policy_free(policy);
}

static void what_never_closes_has_no_end(void **state)
{
	static const struct vector always[] = {
		{ "2026-12-24T06:30:00Z", true, "", "" },
		{ "2026-03-29T01:30:00Z", true, "", "" },
	};
	static const struct vector but_eves[] = {
		/* One opening over midnights and holidays. */
		{ "2026-12-23T10:00:00Z", true, "2026-12-24T22:00:00Z",
		  "2026-12-23T22:00:00Z" },
		{ "2026-12-24T10:00:00Z", false, "2026-12-24T22:00:00Z",
		  "2027-06-24T21:00:00Z" },
	};
	static const struct vector never[] = {
		{ "2026-12-24T06:30:00Z", false, "", "" },
		{ "2018-05-24T06:30:00Z", false, "", "" },
	};
	struct policy *policy =
		policy_with("hours: [\"mon-fri 09:00-16:00\"]\n"
			    "      closed: [holidays, eves] ",
			    "hours: [\"mon-sun 00:00-24:00\"]\n      #");

	(void)state;
	check(policy, always, COUNT(always));
	policy_free(policy);
	policy = policy_with("hours: [\"mon-fri 09:00-16:00\"]\n"
			     "      closed: [holidays, eves] ",
			     "hours: [\"mon-sun 00:00-24:00\"]\n"
			     "      closed: eves #");
	check(policy, but_eves, COUNT(but_eves));
	policy_free(policy);
	policy = policy_with(week, "hours: []\n      exceptions:\n"
				   "        - {date: 2026-12-01, hours: "
				   "closed}");
	check(policy, never, COUNT(never));
	policy_free(policy);
}

static void nothing_is_open_before_the_policy_holds(void **state)
{
	static const struct vector vectors[] = {
		{ "2018-05-24T10:00:00Z", false, "2018-05-25T06:00:00Z",
		  "2018-05-25T13:00:00Z" },
		{ "2018-05-25T10:00:00Z", true, "2018-05-28T06:00:00Z",
		  "2018-05-25T13:00:00Z" },
	};
	struct policy *policy = policy_with(NULL, NULL);

	(void)state;
	check(policy, vectors, COUNT(vectors));
	policy_free(policy);
}

static void chats_start_from_listed_pages_only(void **state)
{
	static const char *const foreign[] = {
		"",
		"null",
		"http://www.agency.example",
		"https://agency.example",
		"https://www.agency.example/",
		"https://www.agency.example:443",
		"https://www.agency.example.evil.example",
		"https://WWW.agency.example",
		"https://www.agency.exampl",
	};
	struct policy *policy = policy_with(NULL, NULL);

	(void)state;
	assert_int_equal(policy_chat_origin_count(policy), 1);
	assert_true(policy_chat_allows(policy,
				       SLICE("https://www.agency.example")));
	for (size_t i = 0; i < COUNT(foreign); i++)
		assert_false(policy_chat_allows(policy, slice_of(foreign[i])));
	policy_free(policy);
}

static void queues_have_ids_and_labels(void **state)
{
	struct policy *policy = policy_with(NULL, NULL);
	const char *label;

	(void)state;
	assert_int_equal(policy_chat_queue_count(policy), 2);
	assert_string_equal(policy_chat_queue(policy, 1, NOTICE_SV, &label),
			    "yritysneuvonta");
	assert_string_equal(label, "Företagsrådgivning");
	policy_free(policy);
}

static bool says(const char *code)
{
	for (size_t i = 0; i < fault_count; i++)
		if (!strcmp(faults[i].code, code))
			return true;
	return false;
}

static void without_a_channel_there_is_no_chat(void **state)
{
	static const struct vector never[] = {
		{ "2026-11-30T07:00:00Z", false, "", "" },
	};
	OWNED(drop_memory) char *changed = NULL;
	struct policy *policy = NULL;
	const char *channel = strstr(example, "    channel:");
	const char *rest = strstr(example, "    retention:                     "
					   "# (S21)");
	int size = asprintf(&changed, "%.*s%s", (int)(channel - example),
			    example, rest);

	(void)state;
	assert_true(size > 0);
	fault_count = FAULTS;
	assert_int_equal(policy_read((struct slice){ changed, (size_t)size },
				     faults, &fault_count, &policy),
			 0);
	assert_true(says("W-NO-CHANNEL"));
	assert_int_equal(policy_settle(policy, utc("2026-11-29T12:00:00Z"),
				       faults, FAULTS, &fault_count),
			 0);
	check(policy, never, COUNT(never));
	assert_int_equal(policy_chat_queue_count(policy), 0);
	assert_false(policy_chat_allows(policy, SLICE("")));
	policy_free(policy);
}

static const struct {
	const char *from, *to;
	enum notice_language language;
	const char *line;
} lines[] = {
	{ NULL, NULL, NOTICE_FI,
	  "Tämä keskustelu tallennetaan. Sitä säilytetään 2 vuoden ajan "
	  "keskustelun päättymisestä, ja sitten se hävitetään." },
	{ NULL, NULL, NOTICE_SV,
	  "Den här chatten sparas. Den bevaras i 2 år från det att den "
	  "avslutas "
	  "och förstörs sedan." },
	{ NULL, NULL, NOTICE_EN,
	  "This chat is recorded. It is kept for 2 years from its end and then "
	  "destroyed." },
	{ "P24M", "P1Y", NOTICE_EN,
	  "This chat is recorded. It is kept for 1 year from its end and then "
	  "destroyed." },
	{ "P24M", "P18M", NOTICE_EN,
	  "This chat is recorded. It is kept for 18 months from its end and "
	  "then destroyed." },
	{ "P24M", "P1M", NOTICE_SV,
	  "Den här chatten sparas. Den bevaras i 1 månad från det att den "
	  "avslutas och förstörs sedan." },
	{ "P24M", "P14D", NOTICE_SV,
	  "Den här chatten sparas. Den bevaras i 14 dagar från det att den "
	  "avslutas och förstörs sedan." },
	{ "kind: exact\n      period: P24M\n      anchor: end",
	  "kind: max\n      period: P6M\n      anchor: start", NOTICE_FI,
	  "Tämä keskustelu tallennetaan. Sitä säilytetään enintään 6 kuukauden "
	  "ajan keskustelun alkamisesta, ja sitten se hävitetään." },
	{ "kind: exact\n      period: P24M\n      anchor: end",
	  "kind: max\n      period: P1D\n      anchor: start", NOTICE_EN,
	  "This chat is recorded. It is kept for at most 1 day from its start "
	  "and then destroyed." },
	{ "kind: exact\n      period: P24M\n      anchor: end",
	  "kind: max\n      period: PT72H\n      anchor: start", NOTICE_FI,
	  "Tämä keskustelu tallennetaan. Sitä säilytetään enintään 72 tunnin "
	  "ajan keskustelun alkamisesta, ja sitten se hävitetään." },
};

static void visitors_are_told_what_the_policy_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct policy *policy = policy_with(lines[i].from, lines[i].to);
		char line[CHANNEL_LINE_SIZE];

		policy_chat_line(policy, lines[i].language, line);
		assert_string_equal(line, lines[i].line);
		policy_free(policy);
	}
}

static const struct {
	const char *hours;
	enum notice_language language;
	const char *text;
} texts[] = {
	{ "[\"mon-fri 09:00-16:00\"]", NOTICE_FI, "ma–pe 9–16" },
	{ "[\"mon-fri 09:00-16:00\"]", NOTICE_SV, "mån–fre 9–16" },
	{ "[\"mon-fri 09:00-16:00\"]", NOTICE_EN, "Mon–Fri 9:00–16:00" },
	{ "[\"fri 09:00-15:00\", \"mon-thu 08:30-16:15\", "
	  "\"sun 10:00-12:00\"]",
	  NOTICE_FI, "ma–to 8.30–16.15; pe 9–15; su 10–12" },
	{ "[\"mon-tue 12:00-16:00\", \"mon-tue 08:00-11:00\", "
	  "\"thu 12:00-16:00\"]",
	  NOTICE_SV, "mån–tis 8–11, 12–16; tors 12–16" },
	{ "\"mon-sun 00:00-24:00\"", NOTICE_FI,
	  "joka päivä ympäri vuorokauden" },
	{ "\"mon-sun 00:00-24:00\"", NOTICE_EN, "every day around the clock" },
	{ "\"mon-sat 00:00-24:00\"", NOTICE_EN, "Mon–Sat 0:00–24:00" },
};

static void hours_are_told_as_people_write_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		OWNED(drop_memory) char *text = NULL;
		struct policy *policy = policy_with("[\"mon-fri 09:00-16:00\"]",
						    texts[i].hours);
		size_t size;
		FILE *out = open_memstream(&text, &size);

		assert_non_null(out);
		policy_chat_hours_text(policy, texts[i].language, out);
		(void)fclose(out);
		assert_string_equal(text, texts[i].text);
		policy_free(policy);
	}
}

/* Lines are those of the example. */
static const struct {
	const char *from, *to, *code, *text;
	int line;
} refusals[] = {
	{ "origins:", "origin:", "E-UNKNOWN-KEY", "did you mean \"origins\"",
	  107 },
	{ "https://www.agency.example", "https://www.agency.example/",
	  "E-ORIGIN", "did you mean \"https://www.agency.example\"?", 107 },
	{ "https://www.agency.example", "HTTPS://WWW.Agency.example/chat",
	  "E-ORIGIN", "did you mean \"https://www.agency.example\"?", 107 },
	{ "https://www.agency.example", "http://www.agency.example", "E-ORIGIN",
	  "did you mean \"https://www.agency.example\"?", 107 },
	{ "https://www.agency.example", "https://www.agency.example:443",
	  "E-ORIGIN", "did you mean \"https://www.agency.example\"?", 107 },
	{ "https://www.agency.example", "www.agency.example:8443", "E-ORIGIN",
	  "did you mean \"https://www.agency.example:8443\"?", 107 },
	{ "https://www.agency.example", "*", "E-ORIGIN",
	  "an origin is https:// and a host", 107 },
	{ "https://www.agency.example", "https://*.agency.example", "E-ORIGIN",
	  "nothing after it", 107 },
	{ "https://www.agency.example", "https://user@agency.example",
	  "E-ORIGIN", "nothing after it", 107 },
	{ "https://www.agency.example", "https://", "E-ORIGIN", "", 107 },
	{ "https://www.agency.example", "https://a:0", "E-ORIGIN", "", 107 },
	{ "https://www.agency.example", "https://a:65536", "E-ORIGIN", "",
	  107 },
	{ "id: asiakaspalvelu", "id: Asiakaspalvelu", "E-ID", "small letters",
	  109 },
	{ "id: yritysneuvonta", "id: asiakaspalvelu", "E-TWICE",
	  "queue \"asiakaspalvelu\" is listed twice, first on line 109", 111 },
	{ "mon-fri 09:00-16:00", "mon-fri 9-16", "E-HOURS",
	  "mon-fri 08:00-16:15", 113 },
	{ "mon-fri 09:00-16:00", "mon-fri 16:00-09:00", "E-HOURS", "", 113 },
	{ "\"mon-fri 09:00-16:00\"",
	  "\"mon-fri 09:00-16:00\", \"wed 15:00-18:00\"", "E-HOURS", "overlap",
	  113 },
	{ "[holidays, eves]", "[holiday]", "E-UNKNOWN-WORD",
	  "did you mean \"holidays\"", 114 },
	{ "closed: [holidays, eves]",
	  "exceptions: [{date: 2026-02-30, hours: closed}]", "E-DATE", "",
	  114 },
	{ "closed: [holidays, eves]",
	  "exceptions: [{date: 2026-02-28, hours: shut}]", "E-HOURS",
	  "\"09:00-12:00\", or closed", 114 },
	{ "closed: [holidays, eves]",
	  "exceptions: [{date: 2026-02-28, hours: [\"09:00-10:00\", closed]}]",
	  "E-HOURS", "closed or has hours", 114 },
	{ "closed: [holidays, eves]",
	  "exceptions: [{date: 2026-02-28, hours: [closed, \"09:00-10:00\"]}]",
	  "E-HOURS", "closed or has hours", 114 },
	{ "closed: [holidays, eves]", "exceptions: [{date: 2026-02-28}]",
	  "E-MISSING", "hours", 114 },
	{ "closed: [holidays, eves]",
	  "exceptions: [{date: 2026-02-28, hours: closed},\n"
	  "        {date: 2026-02-28, hours: \"09:00-12:00\"}]",
	  "E-TWICE", "this day is listed twice, first on line 114", 115 },
	{ "hours: [\"mon-fri 09:00-16:00\"]", "hours: []", "E-MISSING",
	  "needs hours", 107 },
	{ "    channel:  ",
	  "    retention: {kind: max, period: P1M, anchor: end, "
	  "reason: contract}\n"
	  "  - id: muu\n    kind: chat\n    fields: [text]\n"
	  "    channel: #",
	  "E-TWICE", "same kind", 107 },
	{ "kind: chat\n    fields: [start, end, nickname, agent_name, text]",
	  "kind: contact\n    fields: [start]", "E-CHANNEL",
	  "only such a class has a channel", 107 },
};

static void what_would_never_hold_is_refused_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct policy *policy = NULL;
		size_t found = 0;
		int r = read_changed(refusals[i].from, refusals[i].to, &policy);

		if (r != -EINVAL)
			print_message("# not refused: %s\n", refusals[i].to);
		assert_int_equal(r, -EINVAL);
		while (found < fault_count &&
		       (strcmp(faults[found].code, refusals[i].code) != 0 ||
			!strstr(faults[found].text, refusals[i].text)))
			found++;
		if (found == fault_count)
			print_message("# %zu: %d %s %s\n", i, faults[1].line,
				      faults[1].code, faults[1].text);
		assert_true(found < fault_count);
		if (faults[found].line != refusals[i].line)
			print_message("# refusal %zu\n", i);
		assert_int_equal(faults[found].line, refusals[i].line);
	}
}

static void pages_on_this_machine_may_go_without_tls(void **state)
{
	static const char *const good[] = {
		"http://127.0.0.1:8080", "http://localhost",
		"http://[::1]:81",	 "https://chat.agency.example:8443",
		"https://10.0.0.1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct policy *policy =
			policy_with("https://www.agency.example", good[i]);

		assert_true(policy_chat_allows(policy, slice_of(good[i])));
		policy_free(policy);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_week_has_hours_and_holidays_have_none),
		cmocka_unit_test(hours_are_civil_across_a_change_of_the_clock),
		cmocka_unit_test(exceptional_days_come_before_everything_else),
		cmocka_unit_test(what_never_closes_has_no_end),
		cmocka_unit_test(nothing_is_open_before_the_policy_holds),
		cmocka_unit_test(chats_start_from_listed_pages_only),
		cmocka_unit_test(queues_have_ids_and_labels),
		cmocka_unit_test(without_a_channel_there_is_no_chat),
		cmocka_unit_test(hours_are_told_as_people_write_them),
		cmocka_unit_test(visitors_are_told_what_the_policy_does),
		cmocka_unit_test(
			what_would_never_hold_is_refused_with_its_line),
		cmocka_unit_test(pages_on_this_machine_may_go_without_tls),
	};
	OWNED(drop_fd) int fd = -1;
	int failed;

	if (argc < 2)
		return 2;
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || file_read(fd, 1 << 20, &example, &example_size) < 0)
		return 2;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(example);
	return failed;
}
