/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne contact: which contacts there are; no content, no callers. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/dates.h"
#include "cli/door.h"
#include "cli/say.h"
#include "register/register.h"

struct options {
	const char *run, *since, *until, *service, *agent;
	uint32_t min_ms;
	uint64_t limit;
	bool json;
	/* as read */
	int64_t from, to;
	char number[24];
};

#define AT(field) offsetof(struct options, field)

static const struct option_row rows[] = {
	{ "since", 0, OPTION_TEXT, AT(since), "DATE",
	  "from this day on: 2026-10-01 or 1.10.2026" },
	{ "until", 0, OPTION_TEXT, AT(until), "DATE",
	  "up to this day, included" },
	{ "service", 0, OPTION_TEXT, AT(service), "NUMBER",
	  "this service number only: \"029 555 0100\" or +358295550100" },
	{ "agent", 0, OPTION_TEXT, AT(agent), "ID", "this agent only" },
	{ "min-duration", 0, OPTION_SECONDS, AT(min_ms), "SECONDS",
	  "recordings that are at least so long" },
	{ "limit", 'n', OPTION_NUMBER, AT(limit), "NUMBER",
	  "at most so many, newest first; 0: all (20)" },
	{ "run", 0, OPTION_TEXT, AT(run), "DIR",
	  "run directory of the service (/run/tallenne, TALLENNE_RUN)" },
	{ "json", 0, OPTION_FLAG, AT(json), NULL, "one JSON object a line" },
};

static void defaults(void *values)
{
	struct options *options = values;

	options->limit = DESK_ROWS_MAX;
}

/* "029 555 0100" is +358295550100 here. */
static bool read_number(const char *text, char out[24])
{
	char digits[24] = "";
	size_t size = 0;

	for (; *text != '\0'; text++) {
		if (*text == ' ' || *text == '-')
			continue;
		if (size + 1 == sizeof(digits))
			return false;
		digits[size++] = *text;
	}
	digits[size] = '\0';
	if (digits[0] == '0')
		(void)snprintf(out, 24, "+358%.18s", digits + 1);
	else
		(void)snprintf(out, 24, "%s", digits);
	return size > 3;
}

static int prepare(struct options *options)
{
	seal_date date;

	if (options->since) {
		if (dates_read(options->since, &date) < 0)
			return EXIT_USAGE;
		options->from = dates_midnight(date);
	}
	options->to = INT64_MAX;
	if (options->until) {
		if (dates_read(options->until, &date) < 0)
			return EXIT_USAGE;
		/* 36 hours on is surely the next day, also when clocks turn. */
		options->to = dates_midnight(
			dates_of(dates_midnight(date) + 36 * 3600));
	}
	if (options->service && !read_number(options->service, options->number))
		return EXIT_USAGE;
	return EXIT_OK;
}

static bool fits(const struct options *options,
		 const struct desk_contact_row *row)
{
	return row->started_at >= options->from &&
	       row->started_at < options->to &&
	       row->duration_ms >= options->min_ms &&
	       (!options->service ||
		strcmp(row->service_number, options->number) == 0) &&
	       (!options->agent || strcmp(row->agent, options->agent) == 0);
}

static const char *state_of(const struct desk_contact_row *row)
{
	static const char *const state[] = {
		[0] = "unknown",
		[REGISTER_STATE_OPEN] = "ringing",
		[REGISTER_STATE_ANSWERED] = "recording",
		[REGISTER_STATE_ENDED] = "ended",
		[REGISTER_STATE_UNANSWERED] = "unanswered",
	};

	return row->state < COUNT(state) ? state[row->state] : state[0];
}

static void text(const struct desk_contact_row *row)
{
	char began[DATES_TEXT_SIZE], number[DATES_TEXT_SIZE];
	char until[DATES_TEXT_SIZE];

	dates_time_text(row->started_at, began);
	dates_number_text(row->service_number, number);
	dates_text(row->audio_end, until);
	(void)printf("%8" PRIu64 "  %s  %-14s %-10s %5" PRIu64 ":%02" PRIu64
		     "  %-12s sound until %s\n",
		     row->number, began, number, state_of(row),
		     row->duration_ms / 60000, row->duration_ms / 1000 % 60,
		     row->agent, until[0] != '\0' ? until : "-");
}

static void json(const struct desk_contact_row *row)
{
	char id[ID_TEXT_SIZE], audio[DATES_TEXT_SIZE], end[DATES_TEXT_SIZE];
	json_t *object;

	id_text(&row->contact, id);
	dates_text(row->audio_end, audio);
	dates_text(row->contact_end, end);
	object = json_pack(
		"{s:s, s:I, s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:i, s:i, s:s, "
		"s:s}",
		"id", id, "number", (json_int_t)row->number, "state",
		state_of(row), "started_at", (json_int_t)row->started_at,
		"answered_at", (json_int_t)row->answered_at, "ended_at",
		(json_int_t)row->ended_at, "duration_ms",
		(json_int_t)row->duration_ms, "service_number",
		row->service_number, "agent", row->agent, "recordings",
		(int)row->recordings, "flags", (int)row->flags, "sound_until",
		audio, "contact_until", end);
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(object);
}

static int list(const struct options *options, int end)
{
	struct door_list ask = {
		.head = { .type = DOOR_CONTACTS, .size = sizeof(ask) },
		.limit = DESK_ROWS_MAX,
	};
	struct desk_contact_rows *rows_got = calloc(1, sizeof(*rows_got));
	uint64_t told = 0;
	int r = rows_got ? 0 : -ENOMEM;

	while (r == 0) {
		r = door_ask(end, &ask.head, NULL, &rows_got->head,
			     DOOR_CONTACT_ROWS, sizeof(*rows_got),
			     DOOR_WAIT_MS);
		if (r < 0)
			break;
		if (rows_got->result != DESK_OK) {
			say_error("the look cannot be written down now, so "
				  "nothing is shown - try again");
			r = -EAGAIN;
			break;
		}
		for (uint32_t i = 0; i < rows_got->count && i < DESK_ROWS_MAX;
		     i++) {
			if (!fits(options, &rows_got->row[i]))
				continue;
			if (options->json)
				json(&rows_got->row[i]);
			else
				text(&rows_got->row[i]);
			if (++told == options->limit)
				goto out;
		}
		ask.before = rows_got->next;
		if (rows_got->next == 0)
			break;
	}
out:
	free(rows_got);
	return r < 0 ? EXIT_LATER : EXIT_OK;
}

static int run(void *values, int argc, char **argv)
{
	struct options *options = values;
	OWNED(drop_fd) int end = -1;
	int status;

	if (argc != 1 || strcmp(argv[0], "list") != 0) {
		say_error("contact list");
		return EXIT_USAGE;
	}
	status = prepare(options);
	if (status != EXIT_OK) {
		say_error("a date is 2026-10-01 or 1.10.2026, a number "
			  "029 555 0100 or +358295550100");
		return status;
	}
	end = door_enter(options->run, "register");
	if (end < 0)
		return EXIT_LATER;
	/* The words were right; now the days are those of the policy. */
	door_use_zone(end, NULL);
	(void)prepare(options);
	return list(options, end);
}

static const struct command_verb verbs[] = {
	{ "list", "", "list contacts, newest first" },
};

static const struct command_example examples[] = {
	{ "tallenne contact list --since 1.10.2026 --service \"029 555 0100\"",
	  "Calls to one number this month:" },
	{ "tallenne contact list --min-duration 30 --json | jq .id",
	  "Ids for another program:" },
};

const struct command command_contact = {
	.name = "contact",
	.words = "",
	.about = "Lists contacts as the register knows them. Who called is "
		 "not shown here, and no sound can be had: that takes a "
		 "person with a purpose, at the desk.",
	.verbs = verbs,
	.verb_count = COUNT(verbs),
	.options = rows,
	.option_count = COUNT(rows),
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne-status(1), tallenne-retention(1)",
	.values_size = sizeof(struct options),
	.defaults = defaults,
	.run = run,
};
