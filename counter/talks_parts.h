/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file talks_parts.h
 * What the files about conversations know of each other; nobody else
 * includes it: talks.c (which there are), follow.c (what chat tells of
 * them), guests.c (who listens, and up to where).
 */
#ifndef TALLENNE_COUNTER_TALKS_PARTS_H
#define TALLENNE_COUNTER_TALKS_PARTS_H

#include <sodium.h>

#include "base/counters.h"
#include "counter/talks.h"

enum { TALKS_ROWS = 8192 };

struct talk {
	struct talk *next_token, *next_chat;
	uint8_t token[CHAT_TOKEN_SIZE];
	struct chat_state state; /* if is_known */
	bool is_known;		 /* chat has said that it exists */
	bool is_followed;	 /* on the present line */
	bool is_present;	 /* as chat was told on the present line */
	uint64_t follow;	 /* question that is open, or 0 */
	nanoseconds follow_at;	 /* not before */
	nanoseconds until;	 /* kept without guests */
	struct guest *guests;
	struct bucket acts;
};

struct talks {
	struct loop *loop;
	struct asks *asks;
	int timer;
	uint8_t key[crypto_shorthash_KEYBYTES];
	struct talk *by_token[TALKS_ROWS], *by_chat[TALKS_ROWS];
	size_t count;
	struct chat_hours hours;
	bool has_hours;
	uint64_t hours_ask;
	struct counter *talking, *events, *fetches, *refused;
};

/** talks.c */
struct talk *talk_of_chat(const struct talks *talks, const struct id *chat);
/** It can be found by this id from now on. */
void talk_link_chat(struct talks *talks, struct talk *talk,
		    const struct id *chat);
/** Forget it; nobody listens any more. */
void talk_free(struct talks *talks, struct talk *talk);

/** follow.c */
extern const struct asks_face follow_face;
void follow_begin(struct talks *talks, struct talk *talk);
void follow_end(struct talks *talks, struct talk *talk);
/** Tell chat whether the visitor is here, if it does not know. */
void follow_presence(struct talks *talks, struct talk *talk, bool is_present);
void follow_hours(struct talks *talks);

/** guests.c */
/** It lacks something that cannot be fetched at once. */
void guest_behind(struct guest *guest);
/** Tell an event if it is the next one for this guest. */
void guest_tell_next(struct talks *talks, struct guest *guest,
		     const struct chat_event *event);
void guest_tell_state(struct guest *guest);
/** Fetch what a guest lacks, if it lacks anything and can take it. */
void guest_catch_up(struct talks *talks, struct guest *guest);
/** Its bearer is known: tell it how things stand, and what it lacks. */
void guest_welcome(struct talks *talks, struct guest *guest);
void guest_send_away(struct talks *talks, struct guest *guest,
		     enum chat_result result);
/** What time brings. */
void guest_look(struct talks *talks, struct guest *guest, nanoseconds now);

#endif
