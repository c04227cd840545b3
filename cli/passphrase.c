/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/passphrase.h"

#include <errno.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "cli/say.h"

int passphrase_read(const char *prompt, char *out, size_t size)
{
	struct termios before, quiet;
	bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;
	ssize_t got;

	if (terminal) {
		fprintf(stderr, "%s: ", prompt);
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	got = read(STDIN_FILENO, out, size);
	if (terminal) {
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		(void)fputc('\n', stderr);
	}
	while (got > 0 && (out[got - 1] == '\n' || out[got - 1] == '\r'))
		got--;
	if (got <= 0) {
		say_error("no passphrase was given");
		return -EINVAL;
	}
	return (int)got;
}
