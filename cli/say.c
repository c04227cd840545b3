/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/say.h"

#include <stdarg.h>
#include <stdio.h>

static const char *name;

void say_name(const char *command)
{
	name = command;
}

void say_error(const char *format, ...)
{
	va_list arguments;

	(void)fprintf(stderr, "tallenne%s%s: ", name ? " " : "",
		      name ? name : "");
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
}

const char *say_colour(enum say_colour colour)
{
	static const char *const code[] = { "\033[0m", "\033[32m", "\033[33m",
					    "\033[31m", "\033[1m" };
	const char *no_color = getenv("NO_COLOR");

	if ((no_color && no_color[0] != '\0') || !isatty(STDOUT_FILENO))
		return "";
	return code[colour];
}
