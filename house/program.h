/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file program.h
 * A room's program: finding it, and becoming it in a fresh child.
 *
 * A room runs as a user of its own ("users" is how their names begin,
 * followed by the room's). Where no such user exists it gets a number that
 * no system gives out, so that two rooms never share one. When the house
 * is not root, all run as its own user.
 */
#ifndef TALLENNE_HOUSE_PROGRAM_H
#define TALLENNE_HOUSE_PROGRAM_H

#include <sys/types.h>

#include "house/plan.h"

/** The user a room runs as: (uid_t)-1 if we are not root. */
uid_t program_user(const char *users, int room);

/**
 * Open a room's program.
 *
 * @param dir  open directory: of installed programs, or one of the build
 *             tree's rooms
 * @return a descriptor the caller owns, or a negative errno
 */
MUST int program_open(int dir, int room);

/**
 * In the child: drop what is not needed and become the room.
 *
 * @param program  what program_open() gave
 * @param control  the child's end of its control line
 * @param index    which of the room's processes this is
 */
_Noreturn void program_become(int program, const char *users, int room,
			      int index, int control);

#endif
