/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/plan.h"

#include <string.h>

#define LIBRARY(room, storey)
#define PEOPLE(room, depth)

const struct plan_room plan_rooms[HOUSE_ROOMS] = {
#define ROOM(room, depth) [HOUSE_ROOM_##room] = { #room, depth, false },
#define EACH_CORE(room, depth) [HOUSE_ROOM_##room] = { #room, depth, true },
#define TELL(from, to)
#define ASK(from, to)
#include "house/plan.def"
#undef ROOM
#undef EACH_CORE
#undef TELL
#undef ASK
};

const struct plan_line plan_lines[] = {
#define ROOM(room, depth)
#define EACH_CORE(room, depth)
#define TELL(from, to) { #from, #to, true },
#define ASK(from, to) { #from, #to, false },
#include "house/plan.def"
};

const size_t plan_line_count = COUNT(plan_lines);

int plan_room_find(const char *name)
{
	for (int i = 0; i < HOUSE_ROOMS; i++)
		if (!strcmp(plan_rooms[i].name, name))
			return i;
	return -1;
}
