/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/help.h"

#include <string.h>

#include "cli/say.h"

enum { COLUMN = 26, WIDTH = 78 };

const struct help_exit help_exits[HELP_EXITS] = {
	{ EXIT_OK, "all is well" },
	{ EXIT_ERROR, "something failed" },
	{ EXIT_USAGE, "the command was not understood" },
	{ EXIT_FOUND, "a check found problems" },
	{ EXIT_REFUSED, "refused, by the policy or by the recorder" },
	{ EXIT_LATER, "not now: try again" },
};

static void exits(FILE *out)
{
	(void)fprintf(out, "Exit status:\n");
	for (size_t i = 0; i < HELP_EXITS; i++)
		(void)fprintf(out, "  %2d  %s\n", help_exits[i].status,
			      help_exits[i].meaning);
}

void help_all(FILE *out)
{
	(void)fprintf(out, "usage: tallenne COMMAND [OPTION...]\n\n"
			   "Records calls and chats as its privacy notice "
			   "promises, and forgets them in time.\n\n");
	for (size_t i = 0; i < command_count; i++)
		(void)fprintf(out, "  %-12s %s\n", commands[i].command->name,
			      commands[i].summary);
	(void)fprintf(out, "\n\"tallenne COMMAND --help\" tells more about "
			   "one of them.\n\n");
	exits(out);
}

/* A help text at the right, wrapped at blanks. */
static void wrap(const char *text, size_t column, size_t at)
{
	while (*text != '\0') {
		size_t size = strcspn(text, " ");

		if (at > column && at + 1 + size > WIDTH) {
			(void)printf("\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			(void)putchar(' ');
			at++;
		}
		(void)printf("%.*s", (int)size, text);
		at += size;
		text += size;
		text += strspn(text, " ");
	}
	(void)putchar('\n');
}

static void option_line(const struct option_row *row)
{
	int size = printf("  %c%c%s --%s%s%s", row->letter ? '-' : ' ',
			  row->letter ? row->letter : ' ',
			  row->letter ? "," : " ", row->name,
			  row->word ? " " : "", row->word ? row->word : "");

	if (size >= COLUMN) {
		(void)printf("\n%*s", COLUMN, "");
		size = COLUMN;
	} else {
		size += printf("%*s", COLUMN - size, "");
	}
	wrap(row->help, COLUMN, (size_t)size);
}

static void synopsis(const struct command *command)
{
	const char *start = "usage:";

	for (size_t i = 0; i < command->verb_count; i++) {
		const struct command_verb *verb = &command->verbs[i];

		(void)printf("%s tallenne %s %s%s%s%s\n", start, command->name,
			     verb->name, verb->words[0] != '\0' ? " " : "",
			     verb->words,
			     command->option_count > 0 ? " [OPTION...]" : "");
		start = "      ";
	}
	if (command->verb_count == 0)
		(void)printf("%s tallenne %s%s%s%s\n", start, command->name,
			     command->words[0] != '\0' ? " " : "",
			     command->words,
			     command->option_count > 0 ? " [OPTION...]" : "");
}

static void paragraphs(const char *text)
{
	while (*text != '\0') {
		const char *end = strstr(text, "\n\n");
		size_t size = end ? (size_t)(end - text) : strlen(text);
		char part[2048];

		(void)snprintf(part, sizeof(part), "%.*s", (int)size, text);
		wrap(part, 0, 0);
		(void)putchar('\n');
		text += size + (end ? 2 : 0);
	}
}

void help_command(const struct command_row *row)
{
	const struct command *command = row->command;

	synopsis(command);
	(void)putchar('\n');
	paragraphs(command->about);
	if (command->verb_count > 0) {
		for (size_t i = 0; i < command->verb_count; i++) {
			int size = printf("  %-12s ", command->verbs[i].name);

			wrap(command->verbs[i].summary, 15, (size_t)size);
		}
		(void)putchar('\n');
	}
	for (size_t i = 0; i < command->option_count; i++)
		option_line(&command->options[i]);
	if (command->option_count > 0)
		(void)putchar('\n');
	if (command->example_count > 0)
		(void)printf("Examples:\n");
	for (size_t i = 0; i < command->example_count; i++)
		(void)printf("  %s\n%s      %s%s\n",
			     command->examples[i].meaning, say_colour(SAY_BOLD),
			     command->examples[i].line, say_colour(SAY_PLAIN));
	if (command->example_count > 0)
		(void)putchar('\n');
	exits(stdout);
	(void)printf("\nSee also: %s\n", command->see_also);
}
