/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne status: the figures of the register. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/dates.h"
#include "cli/doctor.h"
#include "cli/door.h"
#include "cli/figures.h"
#include "cli/say.h"

struct options {
	const char *run;
	bool json;
};

static const struct option_row rows[] = {
	{ "run", 0, OPTION_TEXT, offsetof(struct options, run), "DIR",
	  "run directory of the service (/run/tallenne, TALLENNE_RUN)" },
	{ "json", 0, OPTION_FLAG, offsetof(struct options, json), NULL,
	  "as one JSON object" },
};

int figures_ask(int register_end, struct desk_figures *ret_figures)
{
	struct door_list ask = {
		.head = { .type = DOOR_FIGURES, .size = sizeof(ask) },
	};

	return line_ask(register_end, &ask.head, NULL, &ret_figures->head,
			DESK_FIGURES_ARE, sizeof(*ret_figures), NULL,
			DOOR_WAIT_MS);
}

static void line(const char *name, uint64_t value, bool bad)
{
	(void)printf("%-28s %s%10" PRIu64 "%s\n", name,
		     bad ? say_colour(SAY_RED) : "", value,
		     bad ? say_colour(SAY_PLAIN) : "");
}

static void text(const struct desk_figures *f, const char *zone)
{
	char date[DATES_TEXT_SIZE], root[65];

	(void)printf("%-28s %s\n", "vault",
		     f->vault_locked ? "locked" : "unlocked");
	line("contacts", f->contacts, false);
	line("  of them going on", f->open_contacts, false);
	line("recordings", f->recordings, false);
	line("chats", f->chats, false);
	line("  of them going on", f->open_chats, false);
	line("contents of chats", f->stored_chats, false);
	line("objects expected", f->rows, false);
	line("objects stored", f->objects, f->objects != f->rows);
	line("objects without a row", f->orphans, f->orphans > 0);
	line("rows without an object", f->phantoms, f->phantoms > 0);
	line("kept beyond their end", f->overdue, f->overdue > 0);
	line("holds", f->holds, false);
	line("  past the end: access", f->held_beyond[1], false);
	line("  past the end: legal", f->held_beyond[2], false);
	line("  past the end: restriction", f->held_beyond[3], false);
	line("gaps in contact numbers", f->number_gaps, f->number_gaps > 0);
	line("gaps in chat numbers", f->chat_number_gaps,
	     f->chat_number_gaps > 0);
	dates_text(f->oldest_audio_end, date);
	(void)printf("%-28s %10s\n", "oldest sound ends", date);
	dates_time_text(f->swept_at, date);
	(void)printf("%-28s %s\n", "swept last",
		     date[0] != '\0' ? date : "not yet");
	(void)printf("%-28s %s\n", "time zone of the policy", zone);
	line("audit log entries", f->audit_entries, false);
	hex_text(f->audit_root, sizeof(f->audit_root), root);
	(void)printf("%-28s %s\n", "audit log root", root);
}

static void json(const struct desk_figures *f)
{
	char date[DATES_TEXT_SIZE], root[65];
	json_t *object;

	dates_text(f->oldest_audio_end, date);
	hex_text(f->audit_root, sizeof(f->audit_root), root);
	object = json_pack(
		"{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, "
		"s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
		"vault_locked", (int)f->vault_locked, "contacts",
		(json_int_t)f->contacts, "open_contacts",
		(json_int_t)f->open_contacts, "recordings",
		(json_int_t)f->recordings, "rows", (json_int_t)f->rows,
		"objects", (json_int_t)f->objects, "orphans",
		(json_int_t)f->orphans, "phantoms", (json_int_t)f->phantoms,
		"overdue", (json_int_t)f->overdue, "number_gaps",
		(json_int_t)f->number_gaps, "audit_entries",
		(json_int_t)f->audit_entries, "audit_root", root,
		"oldest_audio_end", date, "swept_at", (json_int_t)f->swept_at,
		"chats", (json_int_t)f->chats, "open_chats",
		(json_int_t)f->open_chats, "stored_chats",
		(json_int_t)f->stored_chats, "chat_number_gaps",
		(json_int_t)f->chat_number_gaps, "holds", (json_int_t)f->holds,
		"held_beyond_access", (json_int_t)f->held_beyond[1],
		"held_beyond_legal", (json_int_t)f->held_beyond[2],
		"held_beyond_restriction", (json_int_t)f->held_beyond[3]);
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(object);
}

/* Whether all that must be zero is zero. */
static bool figures_are_sound(const struct desk_figures *figures)
{
	return figures->overdue == 0 && figures->number_gaps == 0 &&
	       figures->chat_number_gaps == 0 && figures->orphans == 0 &&
	       figures->phantoms == 0;
}

static int run(void *values, int argc, char **argv)
{
	const struct options *options = values;
	OWNED(drop_fd) int end = -1;
	struct desk_figures figures;
	char zone[DOOR_ZONE_SIZE], refused[512];
	int r;

	(void)argv;
	if (argc > 0) {
		say_error("status takes no words");
		return EXIT_USAGE;
	}
	end = door_enter(options->run, "register");
	if (end < 0)
		return EXIT_LATER;
	door_use_zone(end, zone);
	r = figures_ask(end, &figures);
	if (r < 0) {
		say_error("no answer from the register");
		return EXIT_LATER;
	}
	if (options->json)
		json(&figures);
	else
		text(&figures, zone);
	if (doctor_reload_was_refused(options->run, refused, sizeof(refused)))
		say_error("warning: the last reload was refused, the old "
			  "configuration and policy go on: %s",
			  refused);
	return figures_are_sound(&figures) ? EXIT_OK : EXIT_FOUND;
}

static const struct command_example examples[] = {
	{ "tallenne status", "How things are:" },
	{ "tallenne status --json", "The same for a program:" },
};

const struct command command_status = {
	.name = "status",
	.words = "",
	.about = "Prints how many contacts, recordings and chats there are, "
		 "whether "
		 "rows and objects agree, and whether anything is kept longer "
		 "than promised. Ends with 3 if a figure is not as it should "
		 "be, 75 if the service does not answer.",
	.options = rows,
	.option_count = COUNT(rows),
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne-doctor(1), tallenne-retention(1)",
	.values_size = sizeof(struct options),
	.run = run,
};
