/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file room.h
 * What every process room has in common: its line to the house.
 *
 * A room is started with one descriptor, number ROOM_CONTROL_FD. Over it
 * the house sends, in any order and at any later time too:
 *
 *	ROOM_FILE   something opened: "settings", "policy", "keys",
 *	            a listening socket, a directory, a spool segment ...
 *	ROOM_LINE   an end of a line to another room; a later one with the
 *	            same name and index replaces it (the other room was
 *	            started anew)
 *	ROOM_GO     everything needed at start has been sent
 *	ROOM_STOP   finish what is at hand and end
 *
 * and the room answers ROOM_READY once it serves, and may say ROOM_WANT
 * (please do) and ROOM_GIVE (please hand this on) with words that
 * house/house.h lists. A room whose control line ends, ends.
 *
 * Between "start" and ROOM_READY the room enters its jail: what it must
 * open itself it opens in "start", everything later comes from the house.
 */
#ifndef TALLENNE_ROOM_H
#define TALLENNE_ROOM_H

#include "base/jail.h"
#include "base/line.h"
#include "base/loop.h"

enum { ROOM_CONTROL_FD = 3, ROOM_WORD_SIZE = 32 };

enum room_letter {
	ROOM_FILE = 1,
	ROOM_LINE,
	ROOM_GO,
	ROOM_STOP,
	ROOM_READY,
	ROOM_WANT,
	ROOM_GIVE,
};

/** Every letter on the control line has this shape. */
struct room_letter_any {
	struct letter head;
	char word[ROOM_WORD_SIZE]; /**< which file, room or wish; NUL-padded */
	uint64_t number; /**< its index; meaning depends on the word */
};

struct room;

/** What a room brings along. Any function may be NULL. */
struct room_face {
	const char *name; /**< as in house/plan.def */

	/** A file came. The fd is owned by the room from now on. */
	int (*file)(void *self, const char *word, uint64_t number, int fd);

	/** A line came. The end is owned by the room from now on. */
	int (*line)(void *self, const char *peer, uint64_t number, int end);

	/** Everything is there: prepare to serve, before the jail closes. */
	int (*start)(void *self, struct room *room);

	/** Fill in what this room needs in its jail; called after start. */
	void (*jail)(void *self, struct jail *jail);

	/** Asked to stop: finish, then call loop_end(). NULL: end at once. */
	void (*stop)(void *self);
};

/** The room's loop. */
struct loop *room_loop(struct room *room);

/** Ask the house for something; never blocks for an answer. */
MUST int room_want(struct room *room, const char *word, uint64_t number);

/** Hand the house a descriptor for other rooms; fd is borrowed. */
MUST int room_give(struct room *room, const char *word, uint64_t number,
		   int fd);

/**
 * Be a room: the whole main() of a room's program.
 *
 * @param face  what it does
 * @param self  handed to every function of the face
 * @return exit status for main(): 0 after a clean stop
 */
int room_main(int argc, char **argv, const struct room_face *face, void *self);

#endif
