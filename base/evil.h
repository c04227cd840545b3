/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file evil.h
 * What a room that was taken over would try. Only in the programs of tests/evil.
 *
 * Called by base/room.c right after the jail closed. Tries every forbidden
 * act and writes one line each to stderr:
 *
 *	evil ROOM ACT: refused (ERROR)	as it should be
 *	evil ROOM ACT: DONE		a hole in the wall
 *	evil ROOM ACT: trying		if nothing follows, the process was
 *					ended for it, as it should be
 *
 * Acts that end the process are tried one per start of the room; the house
 * starts it anew until none is left.
 */
#ifndef TALLENNE_EVIL_H
#define TALLENNE_EVIL_H

/** Try everything; room is the name to say. */
void evil_try(const char *room);

#endif
