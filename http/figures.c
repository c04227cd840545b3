/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A page may have been written by a room that is not what it was: names and
 * helps are made harmless before they are shown.
 */
#include "http/figures.h"

#include <ctype.h>
#include <string.h>

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

static void samples(const struct figures_page *pages, size_t count,
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
				pages[p].room, pages[p].index,
				(unsigned long long)atomic_load(&each->value));
			break;
		}
}

/* Whether an earlier page or slot has shown this family already. */
static bool is_shown(const struct figures_page *pages, size_t page, size_t slot,
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

void figures_write(const struct figures_page *pages, size_t count,
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
