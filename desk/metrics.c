/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * /metrics and /healthz. Figures are read from the pages of shared memory
 * that all rooms count on. A page may have been written by a room that is
 * not what it was: names and helps are made harmless before they are shown.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/metrics.h"

/* By the numbers with which the house hands over pages of counters. */
static const char *const rooms[] = {
#define LIBRARY(room, storey)
#define ROOM(room, depth) #room,
#define EACH_CORE(room, depth) #room,
#define PEOPLE(program, depth)
#define TELL(from, to)
#define ASK(from, to)
#include "house/plan.def"
#undef LIBRARY
#undef ROOM
#undef EACH_CORE
#undef PEOPLE
#undef TELL
#undef ASK
};

const char *metrics_room(uint32_t room)
{
	return room < COUNT(rooms) ? rooms[room] : NULL;
}

/* A figure under its harmless name; false if the slot holds none. */
static bool name_of(const struct counter *counter, char out[COUNTER_NAME_SIZE])
{
	size_t size = strnlen(counter->name, COUNTER_NAME_SIZE - 1);

	if (counter->kind != COUNTER_TOTAL && counter->kind != COUNTER_GAUGE)
		return false;
	for (size_t i = 0; i < size; i++)
		out[i] =
			islower((unsigned char)counter->name[i]) ||
					isdigit((unsigned char)counter->name[i])
				? counter->name[i]
				: '_';
	out[size] = '\0';
	/* The suffix belongs to the sample, not to the family. */
	if (size > 6 && !strcmp(out + size - 6, "_total"))
		out[size - 6] = '\0';
	return strncmp(out, "tallenne_", 9) == 0;
}

static void help_of(const struct counter *counter, struct text *out)
{
	for (size_t i = 0; i < COUNTER_HELP_SIZE && counter->help[i]; i++) {
		char c = counter->help[i];

		if (c >= 0x20 && c < 0x7f && c != '\\' && c != '"')
			text_add(out, (struct slice){ &c, 1 });
	}
}

static void samples(const struct counters_of *pages, size_t count,
		    const char *name, uint64_t kind, struct text *out)
{
	char other[COUNTER_NAME_SIZE];

	for (size_t p = 0; p < count; p++)
		for (size_t i = 0; i < COUNTERS_MAX; i++) {
			const struct counter *each = &pages[p].page->counter[i];

			if (each->kind != kind || !name_of(each, other) ||
			    strcmp(other, name) != 0)
				continue;
			text_say(out, name);
			text_format(
				out, "%s{room=\"%s\",process=\"%u\"} %llu\n",
				kind == COUNTER_TOTAL ? "_total" : "",
				rooms[pages[p].room], pages[p].index,
				(unsigned long long)atomic_load(&each->value));
			break;
		}
}

/* Whether an earlier page or slot has shown this family already. */
static bool is_shown(const struct counters_of *pages, size_t page, size_t slot,
		     const char *name)
{
	char other[COUNTER_NAME_SIZE];

	for (size_t p = 0; p <= page; p++)
		for (size_t i = 0; i < (p == page ? slot : COUNTERS_MAX); i++)
			if (name_of(&pages[p].page->counter[i], other) &&
			    !strcmp(other, name))
				return true;
	return false;
}

void metrics_write(const struct counters_of *pages, size_t count,
		   struct text *out)
{
	char name[COUNTER_NAME_SIZE];

	for (size_t p = 0; p < count; p++)
		for (size_t i = 0; i < COUNTERS_MAX; i++) {
			const struct counter *each = &pages[p].page->counter[i];
			uint64_t kind = each->kind;

			if (!name_of(each, name) || is_shown(pages, p, i, name))
				continue;
			text_format(out, "# TYPE %s %s\n# HELP %s ", name,
				    kind == COUNTER_TOTAL ? "counter" : "gauge",
				    name);
			help_of(each, out);
			text_say(out, "\n");
			samples(pages, count, name, kind, out);
		}
	text_say(out, "# EOF\n");
}

static bool may_read(const struct visit *visit)
{
	const char *token = setting(visit->desk->settings, "metrics_token");
	struct slice bearer = http_header(visit->request, "Authorization");

	if (visit->request->from_here)
		return true;
	if (!token || !token[0] ||
	    !slice_starts_nocase(bearer, SLICE("Bearer ")))
		return false;
	bearer = slice_trim(slice_from(bearer, 7));
	return bearer.size == strlen(token) &&
	       bytes_are(bearer.at, token, bearer.size);
}

void do_metrics(struct visit *visit)
{
	if (!may_read(visit)) {
		error_show(visit, PROBLEM_forbidden);
		return;
	}
	visit->answer->type = "application/openmetrics-text; version=1.0.0; "
			      "charset=utf-8";
	metrics_write(visit->desk->counters, visit->desk->counters_count,
		      visit_out(visit));
}

void do_healthz(struct visit *visit)
{
	static const uint8_t nobody[DESK_TOKEN_SIZE];
	struct desk_session session;

	/* A question that any register answers: no. */
	if (asks_who(visit->desk, nobody, &session) == DESK_LATER) {
		error_show(visit, PROBLEM_later);
		return;
	}
	visit->answer->type = "text/plain; charset=utf-8";
	text_say(visit_out(visit), "ok\n");
}
