/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file command.h
 * A subcommand: what it is called, what people read about it, what it does.
 *
 * --help, "tallenne help", the man pages and the completion are written
 * from these structs and from nothing else.
 */
#ifndef TALLENNE_CLI_COMMAND_H
#define TALLENNE_CLI_COMMAND_H

#include "cli/option.h"

/** A word after the command: "add" in "tallenne staff add". */
struct command_verb {
	const char *name;
	const char *words; /**< what follows it, for the synopsis */
	const char *summary;
};

struct command_example {
	const char *line; /**< without the prompt */
	const char *meaning;
};

struct command {
	const char *name;
	const char *words; /**< synopsis after the name, without verbs */
	const char *about; /**< paragraphs, split by blank lines */
	const struct command_verb *verbs;
	size_t verb_count;
	const struct option_row *options;
	size_t option_count;
	const struct command_example *examples;
	size_t example_count;
	const char *see_also; /**< "tallenne-call(1), tallenne(1)" */
	size_t values_size;
	void (*defaults)(void *values); /**< NULL: all zero */
	/** @return an exit status */
	int (*run)(void *values, int argc, char **argv);
};

/** One line of the table of all commands. */
struct command_row {
	const struct command *command;
	const char *summary;
};

extern const struct command_row commands[];
extern const size_t command_count;

/** By name, or NULL. */
const struct command_row *command_find(const char *name);

#define COMMAND(word, summary) extern const struct command command_##word;
#include "cli/commands.def"
#undef COMMAND

#endif
