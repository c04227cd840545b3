/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file plan.h
 * house/plan.def as tables.
 */
#ifndef TALLENNE_HOUSE_PLAN_H
#define TALLENNE_HOUSE_PLAN_H

#include "base/base.h"
#include "house/house.h"

struct plan_room {
	const char *name;
	int depth;
	bool each_core; /**< as many processes as there are cores */
};

/** By enum house_room. */
extern const struct plan_room plan_rooms[HOUSE_ROOMS];

struct plan_line {
	const char *from, *to;
	bool one_way;
};

extern const struct plan_line plan_lines[];
extern const size_t plan_line_count;

/** Number of a room, or -1 if no process room is called so. */
int plan_room_find(const char *name);

#endif
