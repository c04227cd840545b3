/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne completion: what shells offer after TAB, from the same tables. */
#include <stdio.h>
#include <string.h>

#include "cli/call/dialect.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/say.h"

static void names(void)
{
	for (size_t i = 0; i < command_count; i++)
		(void)printf("%s%s", i > 0 ? " " : "",
			     commands[i].command->name);
}

static void words_of(const struct command *command)
{
	for (size_t i = 0; i < command->verb_count; i++)
		(void)printf("%s ", command->verbs[i].name);
	for (size_t i = 0; i < command->option_count; i++)
		(void)printf("--%s ", command->options[i].name);
	(void)printf("--help");
}

static void dialect_names(void)
{
	for (size_t i = 0; i < dialect_count; i++)
		(void)printf("%s%s", i > 0 ? " " : "", dialects[i].name);
}

static void bash(void)
{
	(void)puts("# bash completion for tallenne\n_tallenne()\n{\n"
		   "\tlocal word=${COMP_WORDS[COMP_CWORD]}\n"
		   "\tlocal before=${COMP_WORDS[COMP_CWORD - 1]}\n"
		   "\tlocal words=\n\tCOMPREPLY=()\n"
		   "\tcase $before in\n\t--*-wav|--save-*|--ca|--cert|--key|"
		   "--config|--checkpoint|check|show)\n"
		   "\t\tCOMPREPLY=($(compgen -f -- \"$word\"))\n\t\treturn\n"
		   "\t\t;;");
	(void)printf("\t--dialect)\n\t\twords='list ");
	dialect_names();
	(void)printf("'\n\t\tCOMPREPLY=($(compgen -W \"$words\" -- "
		     "\"$word\"))\n\t\treturn\n\t\t;;\n\tesac\n"
		     "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\twords='");
	names();
	(void)puts("'\n\telse\n\t\tcase ${COMP_WORDS[1]} in");
	for (size_t i = 0; i < command_count; i++) {
		(void)printf("\t\t%s)\n\t\t\twords='",
			     commands[i].command->name);
		if (strcmp(commands[i].command->name, "help") == 0 ||
		    strcmp(commands[i].command->name, "man") == 0)
			names();
		else
			words_of(commands[i].command);
		(void)puts("'\n\t\t\t;;");
	}
	(void)puts("\t\tesac\n\tfi\n"
		   "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
		   "complete -F _tallenne tallenne");
}

/* A text inside single quotes of a shell; colons mean something to zsh. */
static void quoted(const char *text, bool zsh)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			(void)fputs("'\\''", stdout);
		else if (zsh && strchr(":[]", *text))
			(void)printf("\\%c", *text);
		else
			(void)putchar(*text);
	}
}

static void zsh(void)
{
	(void)puts("#compdef tallenne\n_tallenne() {\n\tlocal -a commands\n"
		   "\tcommands=(");
	for (size_t i = 0; i < command_count; i++) {
		(void)printf("\t\t'%s:", commands[i].command->name);
		quoted(commands[i].summary, true);
		(void)puts("'");
	}
	(void)puts("\t)\n\tif (( CURRENT == 2 )); then\n"
		   "\t\t_describe command commands\n\t\treturn\n\tfi\n"
		   "\tcase $words[2] in");
	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = commands[i].command;

		(void)printf("\t%s)\n\t\t_arguments", command->name);
		for (size_t o = 0; o < command->option_count; o++) {
			const struct option_row *row = &command->options[o];

			(void)printf(" \\\n\t\t\t'%s--%s[",
				     row->kind == OPTION_MANY ? "*" : "",
				     row->name);
			quoted(row->help, true);
			(void)printf("]");
			if (row->word) {
				(void)printf(":");
				quoted(row->word, true);
				(void)printf(":_files");
			}
			(void)printf("'");
		}
		if (command->verb_count > 0) {
			(void)printf(" \\\n\t\t\t'2:verb:(");
			for (size_t v = 0; v < command->verb_count; v++)
				(void)printf("%s%s", v > 0 ? " " : "",
					     command->verbs[v].name);
			(void)printf(")'");
		}
		(void)puts(" \\\n\t\t\t'*:file:_files'\n\t\t;;");
	}
	(void)puts("\tesac\n}\n_tallenne \"$@\"");
}

static void fish(void)
{
	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = commands[i].command;

		(void)printf("complete -c tallenne -n __fish_use_subcommand "
			     "-f -a %s -d '",
			     command->name);
		quoted(commands[i].summary, false);
		(void)puts("'");
		for (size_t v = 0; v < command->verb_count; v++) {
			(void)printf("complete -c tallenne -n "
				     "'__fish_seen_subcommand_from %s' -a %s "
				     "-d '",
				     command->name, command->verbs[v].name);
			quoted(command->verbs[v].summary, false);
			(void)puts("'");
		}
		for (size_t o = 0; o < command->option_count; o++) {
			const struct option_row *row = &command->options[o];

			(void)printf("complete -c tallenne -n "
				     "'__fish_seen_subcommand_from %s' -l %s "
				     "%s-d '",
				     command->name, row->name,
				     row->word ? "-r " : "");
			quoted(row->help, false);
			(void)puts("'");
		}
	}
}

static int run(void *values, int argc, char **argv)
{
	static const struct {
		const char *shell;
		void (*write)(void);
	} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

	(void)values;
	for (size_t i = 0; argc == 1 && i < COUNT(shells); i++) {
		if (strcmp(argv[0], shells[i].shell) != 0)
			continue;
		shells[i].write();
		return EXIT_OK;
	}
	say_error("completion bash, zsh or fish");
	return EXIT_USAGE;
}

static const struct command_verb verbs[] = {
	{ "bash", "", "for bash" },
	{ "zsh", "", "for zsh" },
	{ "fish", "", "for fish" },
};

static const struct command_example examples[] = {
	{ "tallenne completion bash > "
	  "/usr/share/bash-completion/completions/tallenne",
	  "For everybody on this machine:" },
};

const struct command command_completion = {
	.name = "completion",
	.words = "",
	.about = "Prints a script that completes commands and options.",
	.verbs = verbs,
	.verb_count = COUNT(verbs),
	.examples = examples,
	.example_count = COUNT(examples),
	.see_also = "tallenne(1)",
	.run = run,
};

static int help(void *values, int argc, char **argv)
{
	const struct command_row *row;

	(void)values;
	if (argc == 0) {
		help_all(stdout);
		return EXIT_OK;
	}
	/* "help chat list" is about chat: its help tells all its words. */
	row = command_find(argv[0]);
	if (!row) {
		say_error("unknown command: %s - see tallenne help", argv[0]);
		return EXIT_USAGE;
	}
	help_command(row);
	return EXIT_OK;
}

const struct command command_help = {
	.name = "help",
	.words = "[COMMAND]",
	.about = "Tells about a command, or lists all.",
	.see_also = "tallenne-man(1), tallenne(1)",
	.run = help,
};
