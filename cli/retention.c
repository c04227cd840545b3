/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne retention: what goes when, and letting it go now. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/dates.h"
#include "cli/door.h"
#include "cli/holds.h"
#include "cli/receipt.h"
#include "cli/say.h"
#include "register/register.h"

enum { PLAN_DAYS = 30, PLAN_DAYS_MAX = 800 };

struct options {
	const char *run, *until, *ground, *reference;
	bool yes, ics, json;
};

#define AT(field) offsetof(struct options, field)

static const struct option_row rows[] = {
	{ "until", 0, OPTION_TEXT, AT(until), "DATE",
	  "plan: up to this day, 2026-12-31 or 31.12.2026 (30 days from "
	  "now)" },
	{ "ics", 0, OPTION_FLAG, AT(ics), NULL,
	  "plan: as a calendar (iCalendar): a day's events by class" },
	{ "yes", 0, OPTION_FLAG, AT(yes), NULL,
	  "run, erase: erase; without it nothing is erased" },
	{ "ground", 0, OPTION_TEXT, AT(ground), "GROUND",
	  "erase: unlawful, consent, objection or order" },
	{ "reference", 0, OPTION_TEXT, AT(reference), "REF",
	  "erase: the decision, such as TSV/123/2026; no text, no name" },
	{ "run", 0, OPTION_TEXT, AT(run), "DIR",
	  "run directory of the service (/run/tallenne, TALLENNE_RUN)" },
	{ "json", 0, OPTION_FLAG, AT(json), NULL, "one JSON object a line" },
};

static int ask(int end, bool dry, int64_t as_of, struct door_sweep *ret_sweep)
{
	struct door_sweep question = {
		.head = { .type = DOOR_SWEEP, .size = sizeof(question) },
		.dry_run = dry,
		.as_of = as_of,
	};
	int r = door_ask(end, &question.head, NULL, &ret_sweep->head,
			 DOOR_SWEEP, sizeof(*ret_sweep),
			 dry ? DOOR_WAIT_MS : DOOR_LONG_WAIT_MS);

	if (r == 0 && ret_sweep->result < 0) {
		say_error("the register says: %s",
			  strerror(-ret_sweep->result));
		return ret_sweep->result;
	}
	return r;
}

static void tell(const struct options *options, const char *day,
		 const struct door_sweep *sweep, bool done)
{
	json_t *object;

	char before[DATES_TEXT_SIZE];

	dates_text(sweep->log_before, before);
	if (!options->json) {
		(void)printf(
			"%-12s %8" PRIu64 " recordings %8" PRIu64
			" chats %8" PRIu64 " contacts %6" PRIu64 " keys%s\n",
			day, sweep->recordings, sweep->chats, sweep->contacts,
			sweep->keys, done ? " erased" : "");
		if (before[0])
			(void)printf("%-12s entries of the audit log from "
				     "before %s\n",
				     "", before);
		return;
	}
	object = json_pack("{s:s, s:I, s:I, s:I, s:I, s:b}", "day", day,
			   "recordings", (json_int_t)sweep->recordings, "chats",
			   (json_int_t)sweep->chats, "contacts",
			   (json_int_t)sweep->contacts, "keys",
			   (json_int_t)sweep->keys, "erased", (int)done);
	if (before[0])
		json_object_set_new(object, "log_before", json_string(before));
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(object);
}

static struct door_sweep minus(const struct door_sweep *a,
			       const struct door_sweep *b)
{
	struct door_sweep difference = *a;

	difference.recordings -= b->recordings;
	difference.chats -= b->chats;
	difference.contacts -= b->contacts;
	difference.keys -= b->keys;
	return difference;
}

static bool is_empty(const struct door_sweep *sweep)
{
	return sweep->recordings == 0 && sweep->chats == 0 &&
	       sweep->contacts == 0 && sweep->keys == 0;
}

static int read_until(const char *text, int64_t now, seal_date *ret_last)
{
	seal_date last;
	int r = dates_read(text, &last);

	if (r < 0)
		return r; /* told before the door was opened */
	if (last < dates_of(now)) {
		say_error("--until %s is past; what is due already is told "
			  "by \"retention run\", which erases nothing "
			  "without --yes",
			  text);
		return -EINVAL;
	}
	if (last > dates_of(now + PLAN_DAYS_MAX * INT64_C(86400))) {
		say_error("--until %s is more than %d days ahead", text,
			  PLAN_DAYS_MAX);
		return -EINVAL;
	}
	*ret_last = last;
	return 0;
}

static void event(const char *day, const char *class, uint64_t count,
		  const char *what)
{
	char stamp[CLOCK_TEXT_SIZE];
	int year, month, date;

	if (count == 0 || sscanf(day, "%d-%d-%d", &year, &month, &date) != 3)
		return;
	clock_text(clock_now(&clock_system), stamp);
	(void)printf("BEGIN:VEVENT\r\nUID:%04d%02d%02d-%s@tallenne.invalid\r\n"
		     "DTSTAMP:%.4s%.2s%.2sT%.2s%.2s%.2sZ\r\n"
		     "DTSTART;VALUE=DATE:%04d%02d%02d\r\n"
		     "SUMMARY:Erased: %" PRIu64 " %s\r\n"
		     "TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n",
		     year, month, date, class, stamp, stamp + 5, stamp + 8,
		     stamp + 11, stamp + 14, stamp + 17, year, month, date,
		     count, what);
}

/* RFC 5545. Lines end in CR and LF, and none is longer than 75 bytes. */
static void events(const char *day, const struct door_sweep *sweep)
{
	event(day, "audio", sweep->recordings, "recordings of calls");
	event(day, "chat", sweep->chats, "contents of chats");
	event(day, "contact", sweep->contacts, "contacts");
}

/* A hold that keeps something whose end comes within the plan. */
struct blocked {
	const struct options *options;
	seal_date last;
	bool told;
};

static int tell_blocked(void *self, const struct door_hold *hold)
{
	struct blocked *blocked = self;
	const seal_date ends[] = { hold->audio_end, hold->chat_end,
				   hold->contact_end };
	bool ends_by = false;

	for (size_t i = 0; i < COUNT(ends); i++)
		ends_by |= ends[i] && ends[i] <= blocked->last;
	if (!ends_by)
		return 0;
	if (blocked->options->json) {
		holds_json(hold, "blocked");
		return 0;
	}
	if (!blocked->told)
		(void)printf("Not erased while it is held:\n");
	blocked->told = true;
	holds_text(hold);
	return 0;
}

/* One line for each day on which anything goes: what would go by the next
 * day, less what would go by the day before. */
static int plan(const struct options *options, int end, const char *zone)
{
	int64_t now = clock_seconds(&clock_system);
	seal_date last = dates_of(now + PLAN_DAYS * 86400);
	struct blocked blocked = { .options = options };
	struct door_sweep before, after;
	seal_date day = dates_of(now);
	char today[DATES_TEXT_SIZE];

	if (options->until && read_until(options->until, now, &last) < 0)
		return EXIT_USAGE;
	blocked.last = last;
	if (ask(end, true, 0, &before) < 0)
		return EXIT_LATER;
	/* A day of the log goes each day: that is no news in a plan. */
	before.log_before = 0;
	if (options->ics)
		(void)printf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
			     "PRODID:-//Tallenne//retention plan//EN\r\n");
	else if (!options->json)
		(void)printf("Days are those of %s.\n", zone);
	if (options->ics) {
		dates_text(day, today);
		events(today, &before);
	} else if (!is_empty(&before) || options->json) {
		tell(options, "due now", &before, false);
	}
	for (int i = 0; i < PLAN_DAYS_MAX && day < last; i++) {
		struct door_sweep difference;
		char text[DATES_TEXT_SIZE];

		day = dates_of(dates_midnight(day) + 36 * 3600);
		if (ask(end, true, dates_midnight(day) + 1, &after) < 0)
			return EXIT_LATER;
		after.log_before = 0;
		difference = minus(&after, &before);
		before = after;
		if (is_empty(&difference))
			continue;
		dates_text(day, text);
		if (options->ics)
			events(text, &difference);
		else
			tell(options, text, &difference, false);
	}
	if (options->ics) {
		(void)printf("END:VCALENDAR\r\n");
		return EXIT_OK;
	}
	tell(options, "in all", &before, false);
	return holds_each(end, tell_blocked, &blocked) < 0 ? EXIT_LATER
							   : EXIT_OK;
}

static int sweep(const struct options *options, int end)
{
	struct door_sweep done;

	if (ask(end, !options->yes, 0, &done) < 0)
		return EXIT_ERROR;
	tell(options, options->yes ? "now" : "would go", &done, options->yes);
	if (!options->yes && !options->json)
		(void)printf("Nothing was erased; --yes does it.\n");
	return EXIT_OK;
}

static const char *why_not(int result)
{
	switch (result) {
	case -ENOENT:
		return "there is nothing of that id (any more)";
	case -EPERM:
		return "it is held, and the hold wins: lift it first "
		       "(tallenne hold list)";
	case -EAGAIN:
		return "it goes on: when it has ended";
	case -EINVAL:
		return "such a reference may not be (tallenne help hold)";
	default:
		return strerror(-result);
	}
}

static bool read_ground(const struct options *options, struct door_erase *ask)
{
	static const char *const grounds[] = { "", "unlawful", "consent",
					       "objection", "order" };
	uint32_t ground = 1;

	while (options->ground && ground < COUNT(grounds) &&
	       strcmp(options->ground, grounds[ground]) != 0)
		ground++;
	if (!options->ground || ground == COUNT(grounds)) {
		say_error("--ground is unlawful, consent, objection or order");
		return false;
	}
	if (!options->reference ||
	    strlen(options->reference) >= sizeof(ask->reference)) {
		say_error("--reference REF is missing or too long: the "
			  "decision, such as TSV/123/2026");
		return false;
	}
	ask->ground = ground;
	memcpy(ask->reference, options->reference, strlen(options->reference));
	return true;
}

/* One contact or recording, before its end; it cannot be taken back. */
static int erase(const struct options *options, int end,
		 const struct door_erase *question)
{
	struct door_erase ask = *question, answer;

	if (door_ask(end, &ask.head, NULL, &answer.head, DOOR_ERASE,
		     sizeof(answer), DOOR_LONG_WAIT_MS) < 0)
		return EXIT_LATER;
	if (answer.result < 0) {
		say_error("the register says: %s", why_not(answer.result));
		return answer.result == -EPERM	  ? EXIT_REFUSED
		       : answer.result == -EINVAL ? EXIT_USAGE
						  : EXIT_ERROR;
	}
	if (!options->json)
		(void)printf("Erased, with %" PRIu64 " recordings. In "
			     "back-ups it is gone when the last one that was "
			     "made before has died (docs/backup.md).\n",
			     answer.recordings);
	return receipt_print(options->run, end, &ask.item, options->json);
}

/* Of a recording the API tells contact and recording, joined by '-'. */
static int read_item(const char *text, struct id *ret_item)
{
	struct slice recording;
	struct slice first = slice_cut(slice_of(text), '-', &recording);

	return id_read(recording.size > 0 ? recording : first, ret_item);
}

static int run(void *values, int argc, char **argv)
{
	const struct options *options = values;
	OWNED(drop_fd) int end = -1;
	char zone[DOOR_ZONE_SIZE];
	seal_date day;
	bool plans = argc == 1 && strcmp(argv[0], "plan") == 0;
	bool proves = argc == 2 && strcmp(argv[0], "receipt") == 0;
	bool erases = argc == 2 && strcmp(argv[0], "erase") == 0;
	struct door_erase ask = {
		.head = { .type = DOOR_ERASE, .size = sizeof(ask) },
	};
	struct id item = { { 0 } };

	if (!plans && !proves && !erases &&
	    (argc != 1 || strcmp(argv[0], "run") != 0)) {
		say_error("retention plan, retention run --yes, retention "
			  "receipt ID, or retention erase ID");
		return EXIT_USAGE;
	}
	if (!erases && (options->ground || options->reference)) {
		say_error("--ground and --reference are for erase");
		return EXIT_USAGE;
	}
	if (options->ics && (!plans || options->json)) {
		say_error("--ics is for plan, and without --json");
		return EXIT_USAGE;
	}
	if ((proves || erases) && read_item(argv[1], &item) < 0) {
		say_error("%s: an id has 32 digits and letters: that of "
			  "a contact, a chat or a recording",
			  argv[0]);
		return EXIT_USAGE;
	}
	if (erases && !read_ground(options, &ask))
		return EXIT_USAGE;
	if (erases && !options->yes) {
		say_error("erase cannot be taken back; --yes does it");
		return EXIT_USAGE;
	}
	ask.item = item;
	if (options->until && (!plans || dates_read(options->until, &day))) {
		say_error(plans ? "--until: a date is 2026-12-31 or 31.12.2026"
				: "--until is for plan: only what is due can "
				  "be erased");
		return EXIT_USAGE;
	}
	end = door_enter(options->run, "register");
	if (end < 0)
		return EXIT_LATER;
	door_use_zone(end, zone);
	if (proves)
		return receipt_print(options->run, end, &item, options->json);
	if (erases)
		return erase(options, end, &ask);
	return plans ? plan(options, end, zone) : sweep(options, end);
}

static const struct command_verb verbs[] = {
	{ "plan", "",
	  "tell day by day how many recordings of calls, contents of chats, "
	  "contacts (of both) and keys will be erased, and what is held" },
	{ "run", "",
	  "count what is due; with --yes erase it now, without waiting for "
	  "the next night" },
	{ "receipt", "ID",
	  "print what was erased of a contact, chat or recording, when and "
	  "why, and the proof that the audit log tells that its key is "
	  "destroyed" },
	{ "erase", "ID",
	  "with --yes erase one contact, chat or recording before its end, "
	  "on a ground and a decision; what is held is not erased" },
};

static const struct command_example examples[] = {
	{ "tallenne retention plan --until 31.12.2026",
	  "What goes this year:" },
	{ "tallenne retention plan --until 31.12.2026 --ics > end-dates.ics",
	  "The same for a calendar:" },
	{ "tallenne retention receipt 3f0c...9a",
	  "For the person whose call it was:" },
	{ "tallenne retention run", "What is due now; nothing is erased:" },
	{ "tallenne retention run --yes", "Erase it:" },
	{ "tallenne retention erase 3f0c...9a --ground unlawful --reference "
	  "TSV/123/2026 --yes",
	  "A call that should not have been recorded:" },
};

const struct command command_retention = {
	.name = "retention",
	.words = "",
	.about = "Shows and carries out the end dates of the policy. What is "
		 "due is erased by itself, soon after midnight in the time "
		 "zone of the policy; this is for seeing it beforehand, and "
		 "for not waiting. What is not due is erased by \"erase\" "
		 "alone, "
		 "on a ground of Art. 17 GDPR. "
		 "With the key of an end date goes everything sealed to it, "
		 "in back-ups as well.",
	.verbs = verbs,
	.verb_count = COUNT(verbs),
	.options = rows,
	.option_count = COUNT(rows),
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne-policy(1), tallenne-hold(1), tallenne-audit(1)",
	.values_size = sizeof(struct options),
	.run = run,
};
