/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The line that visitors read before they write (S21). Each promise of the
 * retention (at most or to its end, how long, from start or end) has its
 * words in each language, so that the line says what the policy does.
 */
#include <stdio.h>

#include "notice/model.h"

enum { MONTHS_PER_YEAR = 12 };

/* After the number. Finnish says all of them in the genitive, before
 * "ajan"; the others have a word for one and for many. */
struct unit {
	const char *one, *many;
};

static const struct words {
	struct unit years, months, days, hours;
	/* The line: before, "at most", period, after, start or end, last. */
	const char *before, *at_most, *after, *start, *end, *last;
} words[NOTICE_LANGUAGES] = {
	[NOTICE_FI] = {
		.years = { "vuoden", "vuoden" },
		.months = { "kuukauden", "kuukauden" },
		.days = { "päivän", "päivän" },
		.hours = { "tunnin", "tunnin" },
		.before = "Tämä keskustelu tallennetaan. Sitä säilytetään ",
		.at_most = "enintään ",
		.after = " ajan keskustelun ",
		.start = "alkamisesta",
		.end = "päättymisestä",
		.last = ", ja sitten se hävitetään.",
	},
	[NOTICE_SV] = {
		.years = { "år", "år" },
		.months = { "månad", "månader" },
		.days = { "dag", "dagar" },
		.hours = { "timme", "timmar" },
		.before = "Den här chatten sparas. Den bevaras i ",
		.at_most = "högst ",
		.after = " från det att den ",
		.start = "börjar",
		.end = "avslutas",
		.last = " och förstörs sedan.",
	},
	[NOTICE_EN] = {
		.years = { "year", "years" },
		.months = { "month", "months" },
		.days = { "day", "days" },
		.hours = { "hour", "hours" },
		.before = "This chat is recorded. It is kept for ",
		.at_most = "at most ",
		.after = " from its ",
		.start = "start",
		.end = "end",
		.last = " and then destroyed.",
	},
};

/* Whole years are said as years. */
static const struct unit *unit_of(const struct words *in,
				  struct model_period period, int *ret_number)
{
	*ret_number = period.hours;
	if (period.hours > 0)
		return &in->hours;
	*ret_number = period.days;
	if (period.months == 0)
		return &in->days;
	*ret_number = period.months;
	if (period.months % MONTHS_PER_YEAR != 0)
		return &in->months;
	*ret_number = period.months / MONTHS_PER_YEAR;
	return &in->years;
}

void policy_chat_line(const struct policy *policy,
		      enum notice_language language,
		      char line[CHANNEL_LINE_SIZE])
{
	const struct model_class *class = model_class(policy, SEAL_CLASS_CHAT);
	const struct words *in = &words[language];
	const struct unit *unit;
	int number;

	assert(language < NOTICE_LANGUAGES);
	line[0] = '\0';
	if (!class)
		return;
	unit = unit_of(in, *model_longest(class), &number);
	(void)snprintf(line, CHANNEL_LINE_SIZE, "%s%s%d %s%s%s%s", in->before,
		       class->retention != MODEL_RETENTION_EXACT ? in->at_most
								 : "",
		       number, number == 1 ? unit->one : unit->many, in->after,
		       class->anchor == MODEL_ANCHOR_END ? in->end : in->start,
		       in->last);
}
