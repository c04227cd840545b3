/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne version */
#include <stdio.h>

#include "cli/command.h"
#include "cli/say.h"

static int run(void *values, int argc, char **argv)
{
	(void)values;
	(void)argv;
	if (argc > 0) {
		say_error("version takes no words");
		return EXIT_USAGE;
	}
	(void)printf("tallenne %s\n", TALLENNE_VERSION);
	return EXIT_OK;
}

const struct command command_version = {
	.name = "version",
	.words = "",
	.about = "Prints the version of the program.",
	.see_also = "tallenne(1)",
	.run = run,
};
