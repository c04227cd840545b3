/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file room.h
 * The desk as a room of the house, for main.c and tests.
 */
#ifndef TALLENNE_DESK_ROOM_H
#define TALLENNE_DESK_ROOM_H

#include "base/room.h"
#include "desk/visit.h"

extern const struct room_face desk_face;

/** An empty room. */
void desk_init(struct desk *desk);

#endif
