/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/filter.h"

#include <errno.h>

#include "desk/when.h"
#include "notice/civil.h"

static void read_day(const struct visit *visit, const char *name,
		     char out[FILTER_FIELD_SIZE], int days_later,
		     int64_t *ret_at, enum filter_fault *ret_fault)
{
	seal_date date;
	int r;

	if (!visit_query(visit, name, out, FILTER_FIELD_SIZE) || !out[0])
		return;
	r = when_read_date(slice_of(out), &date);
	if (r < 0)
		*ret_fault = r == -EDOM ? FILTER_NO_DAY : FILTER_NO_DATE;
	else
		*ret_at = when_midnight(civil_add_days(date, days_later));
}

static void read_length(const struct visit *visit, const char *name,
			char out[FILTER_FIELD_SIZE], int64_t *ret_s,
			enum filter_fault *ret_fault)
{
	if (!visit_query(visit, name, out, FILTER_FIELD_SIZE) || !out[0])
		return;
	if (when_read_length(slice_of(out), ret_s) < 0)
		*ret_fault = FILTER_NO_LENGTH;
}

/* Each is good alone, but together they can find nothing. */
static void check_order(const struct filter_limits *limits,
			struct filter_span *span)
{
	if (!span->from_bad && !span->until_bad && limits->until &&
	    limits->from >= limits->until)
		span->until_bad = FILTER_TOO_EARLY;
	if (!span->min_bad && !span->max_bad && span->max[0] &&
	    limits->min_s > limits->max_s)
		span->max_bad = FILTER_TOO_SHORT;
}

void filter_read(const struct visit *visit, struct filter_span *ret_span,
		 struct filter_limits *ret_limits)
{
	struct filter_span span = { 0 };
	struct filter_limits limits = { 0 };

	read_day(visit, "from", span.from, 0, &limits.from, &span.from_bad);
	read_day(visit, "until", span.until, 1, &limits.until, &span.until_bad);
	read_length(visit, "min", span.min, &limits.min_s, &span.min_bad);
	read_length(visit, "max", span.max, &limits.max_s, &span.max_bad);
	check_order(&limits, &span);
	span.is_bad =
		span.from_bad || span.until_bad || span.min_bad || span.max_bad;
	*ret_span = span;
	*ret_limits = limits;
}

uint64_t filter_number(const struct visit *visit, const char *name,
		       uint64_t max, uint64_t otherwise)
{
	char text[24];
	uint64_t number;

	if (!visit_query(visit, name, text, sizeof(text)) ||
	    slice_number(slice_of(text), max, &number) < 0 || number == 0)
		return otherwise;
	return number;
}

void filter_keep(struct text *out, const char *name, const char *value)
{
	if (!value[0])
		return;
	text_say(out, name);
	text_say(out, "=");
	text_url(out, value);
	text_say(out, "&");
}

static void input(struct visit *visit, const char *name, enum text_id words,
		  const char *value, enum filter_fault fault, bool is_first,
		  const char *hint)
{
	static const enum text_id faults[] = {
		[FILTER_NO_DATE] = TEXT_bad_date,
		[FILTER_NO_DAY] = TEXT_no_such_day,
		[FILTER_NO_LENGTH] = TEXT_bad_length,
		[FILTER_TOO_EARLY] = TEXT_until_too_early,
		[FILTER_TOO_SHORT] = TEXT_max_too_short,
	};
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<p class=\"field\"><label for=\"$\">$</label>"
		  "<input id=\"$\" name=\"$\" value=\"$\" maxlength=\"31\" "
		  "placeholder=\"$\" autocomplete=\"off\"",
		  name, say(visit, words), name, name, value, hint);
	if (fault)
		text_fill(out,
			  " aria-invalid=\"true\" aria-describedby=\"$-bad\""
			  "$><span class=\"bad\" id=\"$-bad\">$</span></p>",
			  name, is_first ? " autofocus" : "", name,
			  say(visit, faults[fault]));
	else
		text_say(out, "></p>");
}

void filter_days(struct visit *visit, const struct filter_span *span)
{
	const char *hint = say(visit, TEXT_date_example);

	input(visit, "from", TEXT_from, span->from, span->from_bad, true, hint);
	input(visit, "until", TEXT_until, span->until, span->until_bad,
	      !span->from_bad, hint);
}

void filter_lengths(struct visit *visit, const struct filter_span *span)
{
	bool is_first = !span->from_bad && !span->until_bad;

	input(visit, "min", TEXT_min_length, span->min, span->min_bad, is_first,
	      "0:30");
	input(visit, "max", TEXT_max_length, span->max, span->max_bad,
	      is_first && !span->min_bad, "10:00");
}

void filter_pages(struct visit *visit, const char *newest, const char *next)
{
	struct text *out = visit_out(visit);

	text_fill(out, "<nav class=\"pages\" aria-label=\"$\">",
		  say(visit, TEXT_pages));
	if (newest)
		text_fill(out, "<a class=\"button\" href=\"$\">$</a> ", newest,
			  say(visit, TEXT_newest_first));
	if (next)
		text_fill(out,
			  "<a class=\"button\" rel=\"next\" href=\"$\">$</a>",
			  next, say(visit, TEXT_older));
	text_say(out, "</nav>\n");
}
