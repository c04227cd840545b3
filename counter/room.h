/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file room.h
 * The counter as a room of the house, for main.c and tests.
 *
 * It is the only room that faces the internet. It holds the sockets of
 * visitors, limits, and the numbers up to which each has read; no text, no
 * key, no name. What it may show is decided by the room chat, each time, by
 * the bearer that the visitor brings.
 */
#ifndef TALLENNE_COUNTER_ROOM_H
#define TALLENNE_COUNTER_ROOM_H

#include "base/room.h"
#include "counter/visit.h"

extern const struct room_face lobby_face;

/** An empty room. */
void lobby_init(struct lobby *lobby);

#endif
