/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file help.h
 * What people read on the screen about commands.
 */
#ifndef TALLENNE_CLI_HELP_H
#define TALLENNE_CLI_HELP_H

#include <stdio.h>

#include "cli/command.h"

/** What an exit status means; the same for all commands. */
struct help_exit {
	int status; /**< enum say_exit */
	const char *meaning;
};

enum { HELP_EXITS = 6 };
extern const struct help_exit help_exits[HELP_EXITS];

/** All commands, one line each. */
void help_all(FILE *out);
/** One command: synopsis, options, examples. On stdout. */
void help_command(const struct command_row *row);

#endif
