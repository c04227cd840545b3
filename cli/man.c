/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tallenne man: manual pages in mdoc(7), written from the same tables as
 * --help. The build runs this for every command.
 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/help.h"
#include "cli/mdoc.h"
#include "cli/policy.h"
#include "cli/say.h"

enum { SEE_MAX = 16, SEE_SIZE = 64 };

static void paragraphs(const char *text)
{
	bool first = true;

	while (*text != '\0') {
		const char *end = strstr(text, "\n\n");
		size_t size = end ? (size_t)(end - text) : strlen(text);
		char part[2048];

		if (!first)
			(void)puts(".Pp");
		first = false;
		(void)snprintf(part, sizeof(part), "%.*s", (int)size, text);
		mdoc_sentences(part);
		text += size + (end ? 2 : 0);
	}
}

static void argument(const char *text)
{
	/* "[FILE]" is optional, "--to URI" an option with its argument. */
	if (text[0] == '\0')
		return;
	if (strncmp(text, "--", 2) == 0) {
		const char *blank = strchr(text, ' ');

		(void)printf(
			".Fl -%.*s",
			(int)(blank ? blank - text - 2 : (long)strlen(text)),
			text + 2);
		if (blank)
			(void)printf(" Ar %s", blank + 1);
		(void)putchar('\n');
	} else if (text[0] == '[') {
		(void)printf(".Op Ar %.*s\n", (int)strlen(text) - 2, text + 1);
	} else {
		(void)printf(".Ar %s\n", text);
	}
}

static void synopsis(const struct command *command)
{
	(void)puts(".Sh SYNOPSIS");
	for (size_t i = 0; i < command->verb_count; i++) {
		(void)printf(".Nm tallenne %s\n.Cm %s\n", command->name,
			     command->verbs[i].name);
		argument(command->verbs[i].words);
		if (command->option_count > 0)
			(void)puts(".Op Ar OPTION ...");
	}
	if (command->verb_count > 0)
		return;
	(void)printf(".Nm tallenne %s\n", command->name);
	argument(command->words);
	if (command->option_count > 0)
		(void)puts(".Op Ar OPTION ...");
}

static void verbs(const struct command *command)
{
	if (command->verb_count == 0)
		return;
	(void)puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < command->verb_count; i++) {
		(void)printf(".It Cm %s\n", command->verbs[i].name);
		mdoc_sentence(command->verbs[i].summary);
	}
	(void)puts(".El");
}

static void options(const struct command *command)
{
	if (command->option_count == 0)
		return;
	(void)puts(".Sh OPTIONS\n.Bl -tag -width Ds");
	for (size_t i = 0; i < command->option_count; i++) {
		const struct option_row *row = &command->options[i];

		(void)printf(".It ");
		if (row->letter)
			(void)printf("Fl %c , ", row->letter);
		(void)printf("Fl -%s", row->name);
		if (row->word) {
			(void)printf(" Ar ");
			mdoc_words(row->word);
		}
		(void)putchar('\n');
		mdoc_sentence(row->help);
	}
	(void)puts(".El");
}

static void exits(void)
{
	(void)puts(".Sh EXIT STATUS\n.Bl -tag -width Ds -compact");
	for (size_t i = 0; i < HELP_EXITS; i++) {
		(void)printf(".It %d\n", help_exits[i].status);
		mdoc_sentence(help_exits[i].meaning);
	}
	(void)puts(".El");
}

static void examples(const struct command *command)
{
	if (command->example_count == 0)
		return;
	(void)puts(".Sh EXAMPLES");
	for (size_t i = 0; i < command->example_count; i++) {
		if (i > 0)
			(void)puts(".Pp");
		mdoc_words(command->examples[i].meaning);
		(void)printf("\n.Bd -literal -offset indent\n");
		mdoc_words(command->examples[i].line);
		(void)puts("\n.Ed");
	}
}

static void see_also(const char *text)
{
	char page[SEE_MAX][SEE_SIZE];
	size_t count = 0;

	/* "tallenne-policy(5)": by sections, then by names. */
	while (*text != '\0' && count < SEE_MAX) {
		size_t size = strcspn(text, "(");

		(void)snprintf(page[count++], SEE_SIZE, "%c%.*s",
			       text[size + 1], (int)size, text);
		text += size;
		text += strcspn(text, ",");
		text += strspn(text, ", ");
	}
	qsort(page, count, SEE_SIZE,
	      (int (*)(const void *, const void *))strcmp);
	(void)puts(".Sh SEE ALSO");
	for (size_t i = 0; i < count; i++)
		(void)printf(".Xr %s %c%s\n", page[i] + 1, page[i][0],
			     i + 1 < count ? " ," : "");
}

static void page_of(const struct command_row *row)
{
	const struct command *command = row->command;
	char title[64];

	(void)snprintf(title, sizeof(title), "tallenne-%s", command->name);
	mdoc_head(title, 1, row->summary);
	synopsis(command);
	(void)puts(".Sh DESCRIPTION");
	paragraphs(command->about);
	verbs(command);
	options(command);
	exits();
	examples(command);
	see_also(command->see_also);
}

static void page_of_all(void)
{
	mdoc_head("tallenne", 1, "record calls as the privacy notice promises");
	(void)puts(".Sh SYNOPSIS\n.Nm\n.Ar COMMAND\n.Op Ar OPTION ...\n"
		   ".Sh DESCRIPTION\n.Nm\n"
		   "records an agency's customer calls over SIPREC, seals them "
		   "so that the recorder\ncannot read back, and plays them "
		   "only when register, vault and audit log agree.\nIts "
		   "configuration is the privacy notice: what is recorded, "
		   "why, who may\nlisten, and until when everything may "
		   "exist.\n.Pp\nThe commands are:\n.Bl -tag -width Ds");
	for (size_t i = 0; i < command_count; i++) {
		(void)printf(".It Cm %s\n", commands[i].command->name);
		mdoc_sentence(commands[i].summary);
	}
	(void)puts(".El\n.Pp\nEvery command takes\n.Fl -help .\n"
		   "Options may stand anywhere after the command; those with "
		   "an argument take it\nafter a blank or\n.Sq = .\n"
		   ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n"
		   ".It Ev TALLENNE_RUN\nThe run directory of the service, "
		   "instead of\n.Pa /run/tallenne .\n"
		   ".It Ev NO_COLOR\nIf set, nothing is coloured.\n.El");
	exits();
	(void)puts(".Sh SEE ALSO");
	(void)puts(".Xr tallenne-call 1 ,\n.Xr tallenne-demo 1 ,\n"
		   ".Xr tallenne-doctor 1 ,\n.Xr tallenne-serve 1");
}

static int run(void *values, int argc, char **argv)
{
	const char *name = argc > 0 ? argv[0] : "tallenne";
	const struct command_row *row;

	(void)values;
	if (argc > 1) {
		say_error("man [PAGE]");
		return EXIT_USAGE;
	}
	if (strcmp(name, "tallenne") == 0) {
		page_of_all();
		return EXIT_OK;
	}
	if (strncmp(name, "tallenne-", 9) == 0)
		name += 9;
	if (strcmp(name, "policy.5") == 0) {
		policy_man();
		return EXIT_OK;
	}
	row = command_find(name);
	if (!row) {
		say_error("no page %s", name);
		return EXIT_USAGE;
	}
	page_of(row);
	return EXIT_OK;
}

static const struct command_example command_examples[] = {
	{ "tallenne man call | mandoc -a", "Read a page:" },
};

const struct command command_man = {
	.name = "man",
	.words = "[PAGE]",
	.about = "Prints a manual page in mdoc(7): tallenne, or that of a "
		 "command, or policy.5: the keys of a policy file.",
	.examples = command_examples,
	.example_count = COUNT(command_examples),
	.see_also = "tallenne-help(1), tallenne(1)",
	.run = run,
};
