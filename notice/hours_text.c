/* SPDX-License-Identifier: EUPL-1.2 */
/* Opening hours as people write them: "ma–to 9–16; pe 9–15". */
#include <stdio.h>
#include <string.h>

#include "notice/model.h"

enum { MINUTES_PER_DAY = 1440, DAYS_PER_WEEK = 7 };

static const struct words {
	const char *days[DAYS_PER_WEEK];
	/* Between hour and minutes; whether full hours have minutes. */
	const char *point;
	bool has_minutes;
	const char *always;
} words[NOTICE_LANGUAGES] = {
	[NOTICE_FI] = { { "ma", "ti", "ke", "to", "pe", "la", "su" },
			".",
			false,
			"joka päivä ympäri vuorokauden" },
	[NOTICE_SV] = { { "mån", "tis", "ons", "tors", "fre", "lör", "sön" },
			".",
			false,
			"alla dagar dygnet runt" },
	[NOTICE_EN] = { { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" },
			":",
			true,
			"every day around the clock" },
};

/* One day's hours, in order. */
struct day {
	size_t count;
	struct model_hours part[MODEL_RANGES_MAX];
};

static void find_day(const struct model_channel *channel, int number,
		     struct day *day)
{
	const int begins = number * MINUTES_PER_DAY;

	day->count = 0;
	for (size_t i = 0; i < channel->hours_count; i++) {
		struct model_hours part = channel->hours[i];
		size_t at = day->count;

		if (part.from < begins || part.from >= begins + MINUTES_PER_DAY)
			continue;
		for (; at > 0 && day->part[at - 1].from > part.from - begins;
		     at--)
			day->part[at] = day->part[at - 1];
		day->part[at] = (struct model_hours){ part.from - begins,
						      part.until - begins };
		day->count++;
	}
}

static bool is_same(const struct day *one, const struct day *other)
{
	for (size_t i = 0; i < one->count && i < other->count; i++)
		if (one->part[i].from != other->part[i].from ||
		    one->part[i].until != other->part[i].until)
			return false;
	return one->count == other->count;
}

static void say_time(const struct words *in, int minutes, FILE *out)
{
	fprintf(out, "%d", minutes / 60);
	if (in->has_minutes || minutes % 60 != 0)
		fprintf(out, "%s%02d", in->point, minutes % 60);
}

static void say_days(const struct words *in, int first, int last,
		     const struct day *day, FILE *out)
{
	fprintf(out, "%s", in->days[first]);
	if (last > first)
		fprintf(out, "–%s", in->days[last]);
	for (size_t i = 0; i < day->count; i++) {
		fprintf(out, "%s", i == 0 ? " " : ", ");
		say_time(in, day->part[i].from, out);
		fprintf(out, "–");
		say_time(in, day->part[i].until, out);
	}
}

static bool is_always(const struct day week[DAYS_PER_WEEK])
{
	for (int i = 0; i < DAYS_PER_WEEK; i++)
		if (week[i].count != 1 ||
		    week[i].part[0].until - week[i].part[0].from !=
			    MINUTES_PER_DAY)
			return false;
	return true;
}

void policy_chat_hours_text(const struct policy *policy,
			    enum notice_language language, FILE *out)
{
	const struct model_class *class = model_class(policy, SEAL_CLASS_CHAT);
	const struct words *in = &words[language];
	const char *before = "";
	struct day week[DAYS_PER_WEEK];

	assert(language < NOTICE_LANGUAGES);
	if (!class)
		return;
	for (int i = 0; i < DAYS_PER_WEEK; i++)
		find_day(&class->channel, i, &week[i]);
	if (is_always(week)) {
		fprintf(out, "%s", in->always);
		return;
	}
	for (int first = 0, last; first < DAYS_PER_WEEK; first = last + 1) {
		last = first;
		while (last + 1 < DAYS_PER_WEEK &&
		       is_same(&week[first], &week[last + 1]))
			last++;
		if (week[first].count == 0)
			continue;
		fprintf(out, "%s", before);
		say_days(in, first, last, &week[first], out);
		before = "; ";
	}
}
