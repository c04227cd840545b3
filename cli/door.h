/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file door.h
 * The way from a command to a running room: a socket in the run directory
 * that only the administrator can open.
 */
#ifndef TALLENNE_CLI_DOOR_H
#define TALLENNE_CLI_DOOR_H

#include "base/line.h"

enum { DOOR_WAIT_MS = 10000, DOOR_LONG_WAIT_MS = 600000 };

/** The run directory: as told, TALLENNE_RUN, or /run/tallenne. */
const char *door_place(const char *told);

/**
 * Go to a room's door.
 *
 * @param run   run directory as told by an option, or NULL
 * @param room  "register" or "vault"
 * @return an end the caller owns, or a negative errno
 */
MUST int door_go(const char *run, const char *room);

/** The same; prints on stderr what is wrong and what to do about it. */
MUST int door_enter(const char *run, const char *room);

/** line_ask(), with what went wrong printed on stderr. */
MUST int door_ask(int end, struct letter *ask, const struct letter_fds *fds,
		  struct letter *answer, uint16_t type, size_t size,
		  int wait_ms);

/**
 * Copy a pipe to its end.
 *
 * @return 0 or a negative errno
 */
MUST int door_pour(int from, int to);

#endif
