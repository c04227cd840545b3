/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file talks.h
 * The conversations whose visitors are here, and who listens to each.
 *
 * A conversation is known by its bearer. It is followed once on the line to
 * chat, however many tabs a visitor has. Each listener (a guest) has its own
 * place in the numbering: an event is told to it when it is the next one,
 * and what it lacks is fetched. So nobody gets one twice or out of order,
 * and no text is kept here.
 *
 * When the line is lost and comes again, everything is followed anew and
 * each guest goes on from its own place.
 */
#ifndef TALLENNE_COUNTER_TALKS_H
#define TALLENNE_COUNTER_TALKS_H

#include "base/bytes.h"
#include "counter/asks.h"
#include "counter/limit.h"

enum {
	TALKS_MAX = 8192,
	TALKS_GUESTS_MAX = 8,  /**< of one conversation; the oldest goes */
	TALKS_FETCH_MOST = 16, /**< events of one question */
	/** Bytes that wait for one guest: more are not sent, and fetching
	    goes on when only so few are left. */
	TALKS_PENDING_HIGH = 32 << 10,
	TALKS_PENDING_LOW = 8 << 10,
	TALKS_STALL_MS = 30 * MS_PER_S, /**< above LOW for so long: ended */
	TALKS_WAIT_MS = 8 * MS_PER_S,	/**< for chat to know a bearer */
	TALKS_GRACE_MS = 5 * MS_PER_S,	/**< between two pages of one visit */
};

struct talks;
struct talk;
struct guest;

struct guest_face {
	/**
	 * What chat says of the bearer. After anything but CHAT_OK the guest
	 * has left already. Never called for a guest that left.
	 */
	void (*known)(struct guest *guest, enum chat_result result);
	/**
	 * Send a message; number is that of its event, or 0.
	 * NULL: this one only wants to know. The guest may not leave in it.
	 */
	void (*tell)(struct guest *guest, struct slice json, uint64_t number);
	/** Bytes that wait. */
	size_t (*pending)(const struct guest *guest);
};

/** Somebody who listens; part of a struct of its owner. */
struct guest {
	const struct guest_face *face;
	struct talk *talk; /**< NULL: has not joined, or has left */
	struct guest *next;
	uint64_t sent;	/**< number of the last event that it has */
	uint64_t fetch; /**< question that is open, or 0 */
	uint64_t epoch;
	bool has_epoch, is_known, is_behind;
	nanoseconds since; /**< when it joined; then when it stalled */
};

/** @return NULL: no memory */
struct talks *talks_new(struct loop *loop);
/** All guests must have left. */
void talks_free(struct talks *talks);

/** For questions about single messages. */
struct asks *talks_asks(struct talks *talks);

/** A (new) line to chat; owned from now on. */
MUST int talks_take_line(struct talks *talks, int end);

/**
 * Listen to the conversation of a bearer. known() may be called before this
 * returns.
 *
 * @param guest  its face, sent, epoch and has_epoch are filled in
 */
void talks_join(struct talks *talks, const uint8_t token[CHAT_TOKEN_SIZE],
		struct guest *guest);

/** Listen no more; fine for who does not. */
void talks_leave(struct talks *talks, struct guest *guest);

/** Send what is above its place again: it has seen a gap. */
void talks_again(struct talks *talks, struct guest *guest, uint64_t after);

/** How the conversation stands; guest is known. */
const struct chat_state *talks_state(const struct guest *guest);
const uint8_t *talks_token(const struct guest *guest);

/** Take one of what a conversation may do; 0, or in how many milliseconds
    it may. A bearer of which nobody is here has no bucket: 0. */
uint32_t talks_may(struct talks *talks, const uint8_t token[CHAT_TOKEN_SIZE],
		   struct limit_rate rate);

/** A page of forms was asked for: the visitor is here for so long. */
void talks_stay(struct guest *guest, uint32_t ms);

/** Something without an answer: typing, seen. */
void talks_act(struct talks *talks, const uint8_t token[CHAT_TOKEN_SIZE],
	       enum chat_do act, uint64_t value);

/** Hours as chat told them last; NULL if it has not yet. */
const struct chat_hours *talks_hours(const struct talks *talks);

#endif
