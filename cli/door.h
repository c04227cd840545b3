/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file door.h
 * The way from a command to a running room: a socket in the run directory
 * that only the administrator can open.
 */
#ifndef TALLENNE_CLI_DOOR_H
#define TALLENNE_CLI_DOOR_H

#include "base/line.h"

enum { DOOR_ZONE_SIZE = 64, DOOR_ADDRESS_SIZE = 128 };
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

/**
 * Show times from now on in the zone of the running service's policy.
 *
 * @param register_end  the register's door
 * @param[out] ret_name  its name, DOOR_ZONE_SIZE bytes; "UTC" if the
 *                       register does not tell, or NULL
 */
void door_use_zone(int register_end, char *ret_name);

/** line_ask(), with what went wrong printed on stderr. */
MUST int door_ask(int end, struct letter *ask, const struct letter_fds *fds,
		  struct letter *answer, uint16_t type, size_t size,
		  int wait_ms);

/**
 * Where a room listens, as the house wrote it down when it started.
 *
 * @param run   run directory as told by an option, or NULL
 * @param what  "siprec.udp", "desk.web" ...; the first of several
 * @return 0, or -ENOENT
 */
MUST int door_address(const char *run, const char *what,
		      char out[DOOR_ADDRESS_SIZE]);

/**
 * Copy a pipe to its end.
 *
 * @return 0 or a negative errno
 */
MUST int door_pour(int from, int to);

#endif
