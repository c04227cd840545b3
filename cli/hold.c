/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne hold: keeping one contact from deletion, for a reason. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/dates.h"
#include "cli/door.h"
#include "cli/holds.h"
#include "cli/say.h"

struct options {
	const char *run, *kind, *until, *review, *reference;
	bool json;
};

#define AT(field) offsetof(struct options, field)

static const struct option_row rows[] = {
	{ "kind", 0, OPTION_TEXT, AT(kind), "KIND",
	  "place: access, legal or restriction" },
	{ "until", 0, OPTION_TEXT, AT(until), "DATE",
	  "place: the last day of it, 2026-12-31 or 31.12.2026; must be told, "
	  "except for a restriction, which is lifted by a decision" },
	{ "review", 0, OPTION_TEXT, AT(review), "DATE",
	  "place: when somebody looks at it again (30 days from now); must be "
	  "told for legal, at most 90 days from now" },
	{ "reference", 0, OPTION_TEXT, AT(reference), "REF",
	  "place: the file it belongs to, such as TSV/123/2026; no text, no "
	  "name" },
	{ "run", 0, OPTION_TEXT, AT(run), "DIR",
	  "run directory of the service (/run/tallenne, TALLENNE_RUN)" },
	{ "json", 0, OPTION_FLAG, AT(json), NULL, "one JSON object a line" },
};

static const char *const kinds[] = { "unknown", "access", "legal",
				     "restriction" };

const char *holds_kind(uint32_t kind)
{
	return kinds[kind < COUNT(kinds) ? kind : 0];
}

int holds_each(int register_end, holds_fn *each, void *self)
{
	struct door_list ask = {
		.head = { .type = DOOR_HOLDS, .size = sizeof(ask) },
	};
	struct door_hold_rows got;
	int r;

	do {
		r = door_ask(register_end, &ask.head, NULL, &got.head,
			     DOOR_HOLD_ROWS, sizeof(got), DOOR_WAIT_MS);
		for (uint32_t i = 0;
		     r == 0 && i < got.count && i < DOOR_HOLDS_MAX; i++)
			r = each(self, &got.row[i]);
		ask.before = r == 0 ? got.next : 0;
	} while (ask.before);
	return r;
}

void holds_text(const struct door_hold *hold)
{
	char contact[ID_TEXT_SIZE], id[ID_TEXT_SIZE];
	char until[DATES_TEXT_SIZE], review[DATES_TEXT_SIZE];

	id_text(&hold->contact, contact);
	id_text(&hold->hold, id);
	dates_text(hold->expires_at ? dates_of(hold->expires_at - 1) : 0,
		   until);
	dates_text(dates_of(hold->review_at), review);
	(void)printf("%s  %-11s %-20s contact %s until %s, review %s%s%s\n", id,
		     holds_kind(hold->kind), hold->reference, contact,
		     until[0] ? until : "lifted", review,
		     hold->is_beyond ? ", past its end" : "",
		     hold->is_kept ? "" : ", waits for the vault");
}

void holds_json(const struct door_hold *hold, const char *word)
{
	char contact[ID_TEXT_SIZE], id[ID_TEXT_SIZE];
	char audio[DATES_TEXT_SIZE], chat[DATES_TEXT_SIZE];
	char end[DATES_TEXT_SIZE];
	json_t *object;

	id_text(&hold->contact, contact);
	id_text(&hold->hold, id);
	dates_text(hold->audio_end, audio);
	dates_text(hold->chat_end, chat);
	dates_text(hold->contact_end, end);
	object = json_pack(
		"{s:s*, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:s, s:s, "
		"s:b, s:b}",
		"type", word, "hold", id, "contact", contact, "kind",
		holds_kind(hold->kind), "reference", hold->reference, "since",
		(json_int_t)hold->since, "expires_at",
		(json_int_t)hold->expires_at, "review_at",
		(json_int_t)hold->review_at, "actor", hold->actor,
		"sound_until", audio, "chat_until", chat, "contact_until", end,
		"past_end", (int)hold->is_beyond, "kept", (int)hold->is_kept);
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(object);
}

static const char *why_not(int result)
{
	switch (result) {
	case -ENOENT:
		return "there is no such contact, or no such hold";
	case -EPERM:
		return "the notice tells of no such hold: \"holds\" in the "
		       "policy must list its kind first (E-HOLD-UNDISCLOSED)";
	case -EKEYEXPIRED:
		return "its end date has come: there is nothing to hold any "
		       "more";
	case -ENOSPC:
		return "no more contacts can be held at a time";
	case -EMLINK:
		return "there are as many holds on this contact as there may "
		       "be";
	case -EINVAL:
		return "such a hold may not be: look at --until, --review and "
		       "--reference (tallenne help hold)";
	default:
		return strerror(-result);
	}
}

static int tell(const struct options *options, const struct door_hold *answer)
{
	if (answer->result < 0) {
		say_error("the register says: %s", why_not(answer->result));
		return answer->result == -EINVAL  ? EXIT_USAGE
		       : answer->result == -EPERM ? EXIT_REFUSED
						  : EXIT_ERROR;
	}
	if (options->json)
		holds_json(answer, NULL);
	else
		holds_text(answer);
	return EXIT_OK;
}

/* Seconds of the midnight that ends a day, or begins it. */
static bool read_day(const char *option, const char *text, bool ends,
		     int64_t *ret_at)
{
	seal_date date;

	if (!text)
		return true;
	if (dates_read(text, &date) < 0) {
		say_error("--%s: a date is 2026-12-31 or 31.12.2026", option);
		return false;
	}
	*ret_at = dates_midnight(date);
	/* 36 hours on is surely the next day, also when clocks turn. */
	if (ends)
		*ret_at = dates_midnight(dates_of(*ret_at + 36 * 3600));
	return true;
}

/* What can be seen to be wrong without asking. */
static int check(const struct options *options, struct door_hold *ask)
{
	while (options->kind && ask->kind < COUNT(kinds) &&
	       strcmp(options->kind, kinds[ask->kind]) != 0)
		ask->kind++;
	if (!options->kind || ask->kind == 0 || ask->kind == COUNT(kinds)) {
		say_error("--kind is access, legal or restriction");
		return EXIT_USAGE;
	}
	if (!options->reference ||
	    strlen(options->reference) >= sizeof(ask->reference)) {
		say_error("--reference REF is missing or too long: the file "
			  "it belongs to, such as TSV/123/2026");
		return EXIT_USAGE;
	}
	memcpy(ask->reference, options->reference, strlen(options->reference));
	if (strcmp(options->kind, "restriction") == 0 && options->until) {
		say_error("a restriction has no --until: it is lifted by a "
			  "decision, after the person was told (GDPR Art. "
			  "18(3)); --review says when it is looked at");
		return EXIT_USAGE;
	}
	if (strcmp(options->kind, "restriction") != 0 && !options->until) {
		say_error("--until DATE is missing: no hold of this kind is "
			  "for ever");
		return EXIT_USAGE;
	}
	if (strcmp(options->kind, "legal") == 0 && !options->review) {
		say_error("--review DATE is missing: an order or a claim is "
			  "looked at again within 90 days");
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

static bool read_days(const struct options *options, struct door_hold *ask)
{
	return read_day("until", options->until, true, &ask->expires_at) &&
	       read_day("review", options->review, false, &ask->review_at);
}

static int ask_for(const struct options *options, int end,
		   struct door_hold *ask)
{
	struct door_hold answer;

	if (door_ask(end, &ask->head, NULL, &answer.head, ask->head.type,
		     sizeof(answer), DOOR_WAIT_MS) < 0)
		return EXIT_LATER;
	return tell(options, &answer);
}

static int show(void *self, const struct door_hold *hold)
{
	const struct options *options = self;

	if (options->json)
		holds_json(hold, NULL);
	else
		holds_text(hold);
	return 0;
}

static int run(void *values, int argc, char **argv)
{
	struct options *options = values;
	struct door_hold ask = { .head = { .size = sizeof(ask) } };
	OWNED(drop_fd) int end = -1;
	const char *verb = argc > 0 ? argv[0] : "";
	bool places = argc == 2 && strcmp(verb, "place") == 0;
	bool lifts = argc == 2 && strcmp(verb, "lift") == 0;

	if (!places && !lifts && (argc != 1 || strcmp(verb, "list") != 0)) {
		say_error("hold place CONTACT, hold list, or hold lift HOLD");
		return EXIT_USAGE;
	}
	if (!places && (options->kind || options->until || options->review ||
			options->reference)) {
		say_error("--kind, --until, --review and --reference are for "
			  "place");
		return EXIT_USAGE;
	}
	if ((places || lifts) &&
	    id_read(slice_of(argv[1]), places ? &ask.contact : &ask.hold) < 0) {
		say_error("%s: an id has 32 digits and letters, as "
			  "\"tallenne %s list --json\" shows it",
			  verb, places ? "contact" : "hold");
		return EXIT_USAGE;
	}
	if (places &&
	    (check(options, &ask) != EXIT_OK || !read_days(options, &ask)))
		return EXIT_USAGE;
	end = door_enter(options->run, "register");
	if (end < 0)
		return EXIT_LATER;
	/* The words were right; now the days are those of the policy. */
	door_use_zone(end, NULL);
	(void)read_days(options, &ask);
	ask.head.type = places ? DOOR_HOLD_PLACE : DOOR_HOLD_LIFT;
	if (places || lifts)
		return ask_for(options, end, &ask);
	return holds_each(end, show, options) < 0 ? EXIT_LATER : EXIT_OK;
}

static const struct command_verb verbs[] = {
	{ "place", "CONTACT",
	  "keep a contact, its recordings and its chat from deletion" },
	{ "list", "", "list the holds there are, the oldest first" },
	{ "lift", "HOLD",
	  "let go; what has come to its end is erased at once" },
};

static const struct command_example examples[] = {
	{ "tallenne hold place 3f0c...9a --kind legal --until 2027-06-30 "
	  "--review 2027-01-31 --reference K-2026/17",
	  "An order of an authority:" },
	{ "tallenne hold place 3f0c...9a --kind restriction --reference "
	  "TSV/123/2026",
	  "Restriction of processing, from now on:" },
	{ "tallenne hold list --json | jq 'select(.past_end)'",
	  "What is kept beyond its end:" },
};

const struct command command_hold = {
	.name = "hold",
	.words = "",
	.about = "Keeps one contact from deletion, for a reason of a closed "
		 "list: access (an open request of the person or for a "
		 "document), legal (an order, claim or inquiry), restriction "
		 "(GDPR Art. 18). A hold widens nobody's use: after its end a "
		 "held recording is heard only for a purpose that the policy "
		 "grants for holds, and while it is restricted by nobody but "
		 "with a ground of Art. 18(2).\n\nHolds are counted by kind "
		 "where they keep something beyond its end (tallenne "
		 "status). Who placed and who lifted one is in the audit log, "
		 "with its reference: so that is one to a file, and never a "
		 "text about a person.",
	.verbs = verbs,
	.verb_count = COUNT(verbs),
	.options = rows,
	.option_count = COUNT(rows),
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne-contact(1), tallenne-retention(1), "
		    "tallenne-audit(1)",
	.values_size = sizeof(struct options),
	.run = run,
};
