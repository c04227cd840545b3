/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file help.h
 * What people read on the screen about commands.
 */
#ifndef TALLENNE_CLI_HELP_H
#define TALLENNE_CLI_HELP_H

#include <stdio.h>

#include "cli/command.h"

/** All commands, one line each. */
void help_all(FILE *out);
/** One command: synopsis, options, examples. On stdout. */
void help_command(const struct command_row *row);

#endif
