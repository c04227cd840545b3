/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne staff (or user): accounts of people who sign in at the desk. */
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/dates.h"
#include "cli/door.h"
#include "cli/say.h"
#include "cli/suggest.h"
#include "register/register.h"

struct options {
	const char *run, *role, *name, *agent, *team, *language;
	bool direct, json;
};

#define AT(field) offsetof(struct options, field)

static const struct option_row rows[] = {
	{ "role", 'r', OPTION_TEXT, AT(role), "ROLE",
	  "agent, supervisor, quality, registrar, approver, dpo, admin or "
	  "auditor" },
	{ "name", 0, OPTION_TEXT, AT(name), "NAME",
	  "name as shown to others (the user)" },
	{ "agent", 0, OPTION_TEXT, AT(agent), "ID",
	  "id in the roster (\"agents\" in the configuration); an agent "
	  "needs one" },
	{ "team", 0, OPTION_TEXT, AT(team), "TEAM",
	  "show this supervisor or trainer the contacts of the agents of that "
	  "team alone (all)" },
	{ "language", 0, OPTION_TEXT, AT(language), "LANGUAGE",
	  "fi, sv or en (fi)" },
	{ "direct", 0, OPTION_FLAG, AT(direct), NULL,
	  "the code opens the desk at once, without a password; in the demo "
	  "only" },
	{ "run", 0, OPTION_TEXT, AT(run), "DIR",
	  "run directory of the service (/run/tallenne, TALLENNE_RUN)" },
	{ "json", 0, OPTION_FLAG, AT(json), NULL, "one JSON object a line" },
};

static void defaults(void *values)
{
	struct options *options = values;

	options->language = "fi";
}

static const char *role_name(uint32_t role)
{
	return role > 0 && role < NOTICE_ROLES ? notice_roles[role - 1]
					       : "none";
}

static int read_role(const char *text, uint32_t *ret_role)
{
	struct suggest suggest = suggest_for(slice_of(text ? text : ""));

	for (uint32_t i = 0; notice_roles[i]; i++) {
		if (text && strcmp(text, notice_roles[i]) == 0) {
			*ret_role = i + 1;
			return 0;
		}
		suggest_weigh(&suggest, notice_roles[i]);
	}
	if (!text)
		say_error("--role is missing");
	else
		say_error("unknown role: %s%s%s%s", text,
			  suggest.best ? " - did you mean " : "",
			  suggest.best ? suggest.best : "",
			  suggest.best ? "?" : "");
	return -EINVAL;
}

static int fill(char *out, size_t size, const char *text, const char *what)
{
	int r = slice_text(slice_of(text ? text : ""), out, size);

	if (r < 0)
		say_error("%s is too long", what);
	return r;
}

static bool language_is(const char *text)
{
	static const char *const languages[] = { "fi", "sv", "en" };

	for (size_t i = 0; i < COUNT(languages); i++)
		if (strcmp(text, languages[i]) == 0)
			return true;
	return false;
}

static int tell_result(const struct door_staff *staff)
{
	switch (staff->result) {
	case 0:
		return EXIT_OK;
	case -EEXIST:
		say_error("there is a %s already: nobody has two roles, so "
			  "that duties that must differ in person do",
			  staff->user);
		break;
	case -ENOENT:
		say_error("there is no such account");
		break;
	case -EINVAL:
		say_error("the register does not take that: a user is small "
			  "letters, digits, . _ -; --direct is for the demo");
		break;
	default:
		say_error("the register says: %s", strerror(-staff->result));
	}
	return EXIT_ERROR;
}

static void tell_once(const struct options *options,
		      const struct door_staff *staff, const char *zone)
{
	char until[DATES_TEXT_SIZE], web[DOOR_ADDRESS_SIZE];
	json_t *object;

	dates_time_text(staff->once_until, until);
	if (!options->json) {
		(void)printf(
			"user           %s\none-time code  %s\nvalid until "
			"   %s (%s)\n",
			staff->user, staff->once, until, zone);
		/* Only the demo is surely where it says it is. */
		if (options->direct &&
		    door_address(options->run, "desk.web", web) == 0)
			(void)printf("link           http://%s/?once=%s\n", web,
				     staff->once);
		else
			(void)printf("link           /?once=%s at the desk's "
				     "address\n",
				     staff->once);
		return;
	}
	object = json_pack("{s:s, s:s, s:I}", "user", staff->user, "once",
			   staff->once, "once_until",
			   (json_int_t)staff->once_until);
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(object);
}

static int change(const struct options *options, uint16_t type,
		  const char *user)
{
	OWNED(drop_fd) int end = -1;
	struct door_staff ask = {
		.head = { .type = type, .size = sizeof(ask) },
	};
	char zone[DOOR_ZONE_SIZE];
	struct door_staff answer;
	int status;

	if (fill(ask.user, sizeof(ask.user), user, "the user") < 0)
		return EXIT_USAGE;
	if (type == DOOR_STAFF_ADD) {
		const char *name = options->name ? options->name : user;

		if (read_role(options->role, &ask.role) < 0 ||
		    fill(ask.name, sizeof(ask.name), name, "the name") < 0 ||
		    fill(ask.agent, sizeof(ask.agent), options->agent,
			 "the agent") < 0 ||
		    fill(ask.team, sizeof(ask.team), options->team,
			 "the team") < 0)
			return EXIT_USAGE;
		if (!language_is(options->language)) {
			say_error("--language %s: it is fi, sv or en",
				  options->language);
			return EXIT_USAGE;
		}
		memcpy(ask.language, options->language, 3);
		if (ask.role == NOTICE_ROLE_AGENT && ask.agent[0] == '\0') {
			say_error("an agent needs --agent ID, the id in the "
				  "roster: by it the desk finds the person's "
				  "own calls");
			return EXIT_USAGE;
		}
	}
	ask.direct = options->direct;
	end = door_enter(options->run, "register");
	if (end < 0)
		return EXIT_LATER;
	door_use_zone(end, zone);
	if (door_ask(end, &ask.head, NULL, &answer.head, DOOR_STAFF_IS,
		     sizeof(answer), DOOR_WAIT_MS) < 0)
		return EXIT_LATER;
	status = tell_result(&answer);
	if (status == EXIT_OK && type != DOOR_STAFF_DISABLE)
		tell_once(options, &answer, zone);
	sodium_memzero(&answer, sizeof(answer));
	return status;
}

static void tell_row(const struct options *options,
		     const struct door_staff_rows *all, uint32_t i)
{
	char last[DATES_TEXT_SIZE], until[DATES_TEXT_SIZE];
	char id[ID_TEXT_SIZE];
	json_t *object;

	id_text(&all->row[i].id, id);
	dates_time_text(all->row[i].last_sign_in, last);
	dates_time_text(all->row[i].grant_until, until);
	if (!options->json) {
		(void)printf("%-20s %-11s %-24s %s%s\n"
			     "%-20s stf_%s\n",
			     all->row[i].user, role_name(all->row[i].role),
			     all->row[i].name,
			     last[0] != '\0' ? last : "never signed in",
			     all->row[i].disabled ? "  disabled" : "", "", id);
		return;
	}
	object =
		json_pack("{s:s, s:s+, s:s, s:s, s:b, s:I, s:I}", "user",
			  all->row[i].user, "id", "stf_", id, "role",
			  role_name(all->row[i].role), "name", all->row[i].name,
			  "disabled", (int)all->row[i].disabled, "last_sign_in",
			  (json_int_t)all->row[i].last_sign_in, "grant_until",
			  (json_int_t)all->row[i].grant_until);
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(object);
}

static int list(const struct options *options)
{
	OWNED(drop_fd) int end = door_enter(options->run, "register");
	struct door_list ask = {
		.head = { .type = DOOR_STAFF_LIST, .size = sizeof(ask) },
		.limit = DESK_ROWS_MAX,
	};
	struct door_staff_rows answer;

	if (end < 0)
		return EXIT_LATER;
	door_use_zone(end, NULL);
	do {
		if (door_ask(end, &ask.head, NULL, &answer.head,
			     DOOR_STAFF_ROWS, sizeof(answer), DOOR_WAIT_MS) < 0)
			return EXIT_LATER;
		for (uint32_t i = 0; i < answer.count && i < DESK_ROWS_MAX; i++)
			tell_row(options, &answer, i);
		ask.before = answer.next;
	} while (answer.next != 0);
	return EXIT_OK;
}

static int run(void *values, int argc, char **argv)
{
	static const struct {
		const char *verb;
		uint16_t type;
	} verbs[] = { { "add", DOOR_STAFF_ADD },
		      { "reset", DOOR_STAFF_RESET },
		      { "disable", DOOR_STAFF_DISABLE } };

	if (argc == 1 && strcmp(argv[0], "list") == 0)
		return list(values);
	for (size_t i = 0; argc == 2 && i < COUNT(verbs); i++)
		if (strcmp(argv[0], verbs[i].verb) == 0)
			return change(values, verbs[i].type, argv[1]);
	say_error("staff add USER --role ROLE, reset USER, disable USER, or "
		  "list");
	return EXIT_USAGE;
}

static const struct command_verb verbs[] = {
	{ "add", "USER",
	  "make an account; prints a one-time code for the "
	  "first sign-in" },
	{ "reset", "USER",
	  "forget password and second factor; prints a new "
	  "one-time code" },
	{ "disable", "USER", "let nobody sign in with it; its sessions end" },
	{ "list", "", "list all accounts" },
};

static const struct command_example examples[] = {
	{ "tallenne staff add supervisor1 --role supervisor",
	  "Someone who may listen, for the purposes of the policy:" },
	{ "tallenne staff add agent1 --role agent --agent 1",
	  "Someone who answers calls and hears who listened to them:" },
	{ "tallenne staff reset supervisor1", "A forgotten password:" },
};

const struct command command_staff = {
	.name = "staff",
	.words = "",
	.about = "Accounts of people who sign in at the desk. There are no "
		 "passwords here: everybody chooses one with the one-time "
		 "code, together with a second factor. Also called user.",
	.verbs = verbs,
	.verb_count = COUNT(verbs),
	.options = rows,
	.option_count = COUNT(rows),
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne-policy(1)",
	.values_size = sizeof(struct options),
	.defaults = defaults,
	.run = run,
};
