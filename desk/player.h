/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file player.h
 * The recordings of a contact on its page. Until a purpose is chosen there
 * is a choice of purposes and nothing that could play; what is drawn here
 * works without scripts, ui/player.js makes it two lanes.
 */
#ifndef TALLENNE_DESK_PLAYER_H
#define TALLENNE_DESK_PLAYER_H

#include "desk/visit.h"

void player_part(struct visit *visit, const char *contact,
		 const struct desk_contact_whole *whole);

#endif
