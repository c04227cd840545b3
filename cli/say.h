/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file say.h
 * What commands tell people: errors on stderr, colours where they are
 * wanted, exit codes.
 */
#ifndef TALLENNE_CLI_SAY_H
#define TALLENNE_CLI_SAY_H

#include "base/base.h"

/** How a command ends; the same for all of them. */
enum say_exit {
	EXIT_OK = 0,
	EXIT_ERROR = 1,
	EXIT_USAGE = 2,
	EXIT_FOUND = 3,	  /**< a check found problems */
	EXIT_REFUSED = 4, /**< by the policy, or by the recorder */
	EXIT_LATER = 75,  /**< try again (sysexits.h: EX_TEMPFAIL) */
};

enum say_colour { SAY_PLAIN, SAY_GREEN, SAY_YELLOW, SAY_RED, SAY_BOLD };

/** "tallenne call: text" on stderr; the command's name from say_name(). */
void say_error(const char *format, ...) FORMAT(1, 2);
/** Which command speaks; kept, never freed. NULL: none. */
void say_name(const char *command);

/** The escape that switches a colour on stdout on (SAY_PLAIN: off); empty
 *  if stdout is no terminal or NO_COLOR is set. */
const char *say_colour(enum say_colour colour);

#endif
