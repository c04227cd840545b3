/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne: the one program for people. Finds the subcommand and runs it. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/help.h"
#include "cli/say.h"
#include "cli/suggest.h"

enum { VALUES_MAX = 8192 };

const struct command_row commands[] = {
#define COMMAND(word, summary) { &command_##word, summary },
#include "cli/commands.def"
#undef COMMAND
};

const size_t command_count = COUNT(commands);

const struct command_row *command_find(const char *name)
{
	/* Accounts are looked for under either word. */
	if (strcmp(name, "user") == 0)
		name = "staff";
	for (size_t i = 0; i < command_count; i++)
		if (strcmp(commands[i].command->name, name) == 0)
			return &commands[i];
	return NULL;
}

static int tell_unknown(const char *name)
{
	struct suggest suggest = suggest_for(slice_of(name));

	for (size_t i = 0; i < command_count; i++)
		suggest_weigh(&suggest, commands[i].command->name);
	if (suggest.best)
		say_error("unknown command: %s - did you mean %s?", name,
			  suggest.best);
	else
		say_error("unknown command: %s - see tallenne help", name);
	return EXIT_USAGE;
}

static bool is_verb(const struct command *command, const char *word)
{
	for (size_t i = 0; i < command->verb_count; i++)
		if (strcmp(command->verbs[i].name, word) == 0)
			return true;
	return false;
}

static int tell_unknown_verb(const struct command *command, const char *word)
{
	struct suggest suggest = suggest_for(slice_of(word));

	for (size_t i = 0; i < command->verb_count; i++)
		suggest_weigh(&suggest, command->verbs[i].name);
	if (suggest.best)
		say_error("unknown word: %s - did you mean %s?", word,
			  suggest.best);
	else
		say_error("unknown word: %s - see tallenne %s --help", word,
			  command->name);
	return EXIT_USAGE;
}

static int run(const struct command_row *row, int argc, char **argv)
{
	const struct command *command = row->command;
	_Alignas(16) char values[VALUES_MAX] = { 0 };
	int words;
	int r;

	assert(command->values_size <= sizeof(values));
	say_name(command->name);
	if (command->defaults)
		command->defaults(values);
	r = option_read(command->options, command->option_count, values, argc,
			argv, &words);
	if (r == -ECANCELED) {
		help_command(row);
		return EXIT_OK;
	}
	if (r < 0)
		return EXIT_USAGE;
	if (command->verb_count > 0 && words > 0 && !is_verb(command, argv[0]))
		return tell_unknown_verb(command, argv[0]);
	return command->run(values, words, argv);
}

int main(int argc, char **argv)
{
	const struct command_row *row;

	(void)setlocale(LC_CTYPE, "");
	if (argc < 2) {
		help_all(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help_all(stdout);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0)
		argv[1] += 2;
	row = command_find(argv[1]);
	if (!row)
		return tell_unknown(argv[1]);
	return run(row, argc - 2, argv + 2);
}
