/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne chat: which chats there are; nothing that was said. */
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
	const char *run, *since, *until, *agent, *queue;
	uint64_t limit;
	bool json;
	/* as read */
	int64_t from, to;
};

#define AT(field) offsetof(struct options, field)

static const struct option_row rows[] = {
	{ "since", 0, OPTION_TEXT, AT(since), "DATE",
	  "from this day on: 2026-10-01 or 1.10.2026" },
	{ "until", 0, OPTION_TEXT, AT(until), "DATE",
	  "up to this day, included" },
	{ "agent", 0, OPTION_TEXT, AT(agent), "ID", "this agent only" },
	{ "queue", 0, OPTION_TEXT, AT(queue), "ID", "this queue only" },
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
	return EXIT_OK;
}

static bool fits(const struct options *options, const struct desk_chat_row *row)
{
	return row->started_at >= options->from &&
	       row->started_at < options->to &&
	       (!options->agent || strcmp(row->agent, options->agent) == 0) &&
	       (!options->queue || strcmp(row->queue, options->queue) == 0);
}

static const char *state_of(const struct desk_chat_row *row)
{
	static const char *const state[] = {
		[0] = "unknown",
		[REGISTER_STATE_OPEN] = "waiting",
		[REGISTER_STATE_ANSWERED] = "talking",
		[REGISTER_STATE_ENDED] = "ended",
		[REGISTER_STATE_UNANSWERED] = "unanswered",
	};

	return row->state < COUNT(state) ? state[row->state] : state[0];
}

static const char *content_of(const struct desk_chat_row *row)
{
	switch (row->content_state) {
	case DESK_OK:
		return "stored";
	case DESK_RESTRICTED:
		return "restricted";
	case DESK_GONE:
		return "gone";
	default:
		return "none";
	}
}

static void text(const struct desk_chat_row *row)
{
	char began[DATES_TEXT_SIZE], until[DATES_TEXT_SIZE];
	int64_t length = row->ended_at ? row->ended_at - row->started_at : 0;

	dates_time_text(row->started_at, began);
	dates_text(row->chat_end, until);
	(void)printf("%8" PRIu64 "  %s  %-10s %5" PRId64 ":%02" PRId64
		     "  %-2s %-12s %-12s content %s%s%s\n",
		     row->number, began, state_of(row), length / 60,
		     length % 60, row->language, row->queue, row->agent,
		     content_of(row), until[0] != '\0' ? " until " : "", until);
}

static void json(const struct desk_chat_row *row)
{
	char id[ID_TEXT_SIZE], chat[DATES_TEXT_SIZE], end[DATES_TEXT_SIZE];
	json_t *object;

	id_text(&row->chat, id);
	dates_text(row->chat_end, chat);
	dates_text(row->contact_end, end);
	object = json_pack("{s:s, s:I, s:s, s:I, s:I, s:I, s:s, s:s, s:s, s:s, "
			   "s:i, s:s, s:s}",
			   "id", id, "number", (json_int_t)row->number, "state",
			   state_of(row), "started_at",
			   (json_int_t)row->started_at, "answered_at",
			   (json_int_t)row->answered_at, "ended_at",
			   (json_int_t)row->ended_at, "language", row->language,
			   "queue", row->queue, "agent", row->agent, "content",
			   content_of(row), "flags", (int)row->flags,
			   "content_until", chat, "contact_until", end);
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(object);
}

/* One answer of the register; -EAGAIN if it shows nothing now. */
static int next_rows(int end, struct door_list *ask,
		     struct desk_chat_rows *ret_rows)
{
	int r = door_ask(end, &ask->head, NULL, &ret_rows->head, DOOR_CHAT_ROWS,
			 sizeof(*ret_rows), DOOR_WAIT_MS);

	if (r < 0 || ret_rows->result == DESK_OK)
		return r;
	say_error("the look cannot be written down now, so nothing is shown - "
		  "try again");
	return -EAGAIN;
}

static int list(const struct options *options, int end)
{
	struct door_list ask = {
		.head = { .type = DOOR_CHATS, .size = sizeof(ask) },
		.limit = DESK_ROWS_MAX,
	};
	struct desk_chat_rows *got = malloc(sizeof(*got));
	OWNED(drop_memory) char *memory = (void *)got;
	uint64_t told = 0;
	int r;

	if (!got)
		return EXIT_LATER;
	do {
		r = next_rows(end, &ask, got);
		if (r < 0)
			return EXIT_LATER;
		for (uint32_t i = 0; i < got->count && i < DESK_ROWS_MAX; i++) {
			if (!fits(options, &got->row[i]))
				continue;
			if (options->json)
				json(&got->row[i]);
			else
				text(&got->row[i]);
			if (++told == options->limit)
				return EXIT_OK;
		}
		ask.before = got->next;
	} while (got->next != 0);
	return EXIT_OK;
}

static int run(void *values, int argc, char **argv)
{
	struct options *options = values;
	OWNED(drop_fd) int end = -1;
	int status;

	if (argc != 1 || strcmp(argv[0], "list") != 0) {
		say_error("chat list");
		return EXIT_USAGE;
	}
	status = prepare(options);
	if (status != EXIT_OK) {
		say_error("a date is 2026-10-01 or 1.10.2026");
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
	{ "list", "", "list chats, newest first" },
};

static const struct command_example examples[] = {
	{ "tallenne chat list --since 1.10.2026 --queue general",
	  "Chats of one queue this month:" },
	{ "tallenne chat list --limit 0 --json",
	  "All of them, for a program:" },
};

const struct command command_chat = {
	.name = "chat",
	.words = "",
	.about = "Lists chats: when, in which queue and language, who "
		 "answered, and until when content and contact are kept. "
		 "Nothing that was said can be seen here, nor what a visitor "
		 "is called. Each look is written to the audit log.",
	.verbs = verbs,
	.verb_count = COUNT(verbs),
	.options = rows,
	.option_count = COUNT(rows),
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne-contact(1), tallenne-retention(1)",
	.values_size = sizeof(struct options),
	.defaults = defaults,
	.run = run,
};
