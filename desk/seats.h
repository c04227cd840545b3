/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file seats.h
 * Where agents sit: one seat at the room chat for each session that has a
 * chat desk open, shared by all its pages.
 *
 * A seat lasts as long as a page of its session listens, and a little
 * longer, so that a reload is no leaving. When the room chat or the line
 * starts anew, everybody is seated again; pages are told the whole board
 * again, and ask for what they have missed by its number.
 *
 * Nothing of what is said is kept here, and no right: a question carries
 * the seat, the room chat decides, and what it answers goes to the browser
 * that asked. Questions are held (http/hold.h) and answered in any case
 * within SEATS_ASK_MS.
 */
#ifndef TALLENNE_DESK_SEATS_H
#define TALLENNE_DESK_SEATS_H

#include "chat/chat.h"
#include "desk/visit.h"

enum {
	SEATS_PAGES_MAX = 8,   /**< of one session, listening */
	SEATS_ASKS_MAX = 512,  /**< questions under way */
	SEATS_ASK_MS = 10000,  /**< for an answer of the room chat */
	SEATS_GRACE_S = 30,    /**< a seat without a page */
	SEATS_AGAIN_S = 2,     /**< between two attempts to sit down */
	SEATS_PING_S = 15,     /**< between two signs of life to a page */
	SEATS_LOOK_S = 60,     /**< between two looks at whose session it is */
	SEATS_FETCH_MAX = 100, /**< events in one answer */
};

struct seats;

/** Make them; NULL without memory that can be locked. */
struct seats *seats_new(struct desk *desk);
/** End every page and question; accepts NULL. */
void seats_free(struct seats *seats);

/** The room chat is there (anew); the end is owned from now on. */
void seats_line(struct seats *seats, int end);

/** Answer with the feed of this session's seat. */
void seats_listen(struct visit *visit);

/** Ask in the name of this session, and hold the request meanwhile. */
void seats_say(struct visit *visit, struct chat_desk_say *letter);
void seats_act(struct visit *visit, struct chat_desk_act *letter);
void seats_fetch(struct visit *visit, struct chat_desk_fetch *letter);

/** The session has ended: get up at once. */
void seats_leave(struct seats *seats, const uint8_t token[DESK_TOKEN_SIZE]);

#endif
