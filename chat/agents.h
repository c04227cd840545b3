/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file agents.h
 * Who answers: presence, load, and how long a visitor will wait.
 *
 * Pure; time is a parameter. An agent is there while at least one of their
 * seats is; what they wished to be (available, busy, absent) is kept while
 * they are not, also over a crash of the room.
 */
#ifndef TALLENNE_CHAT_AGENTS_H
#define TALLENNE_CHAT_AGENTS_H

#include "chat/chat.h"

enum { AGENTS_MAX = CHAT_SEATS_MAX, AGENTS_NONE = UINT32_MAX };

struct agent {
	char id[CHAT_WORD_SIZE]; /**< empty: the place is free */
	char name[CHAT_NAME_SIZE];
	uint32_t wish;	     /**< enum chat_presence */
	uint32_t seats;	     /**< how many are taken */
	uint32_t load;	     /**< conversations */
	nanoseconds gone_at; /**< when the last seat was left */
};

struct agents {
	struct agent agent[AGENTS_MAX];
	uint32_t load_max;
	nanoseconds handling; /**< moving average of one conversation, or 0 */
};

/** The agent with this id, or AGENTS_NONE. */
uint32_t agents_find(const struct agents *agents, const char *id);

/**
 * The agent with this id, made if there is none.
 *
 * @param now  of the monotonic clock
 * @return AGENTS_NONE if there are too many
 */
uint32_t agents_get(struct agents *agents, const char *id, const char *name,
		    nanoseconds now);

/** What an agent is now. */
enum chat_presence agents_presence(const struct agents *agents, uint32_t agent);

/** A seat is taken or left. */
void agents_sit(struct agents *agents, uint32_t agent);
void agents_leave(struct agents *agents, uint32_t agent, nanoseconds now);

/** One conversation more or less; an id that is not known is no error. */
void agents_carry(struct agents *agents, const char *id, int more);

/** Whether one more is within the load cap. */
bool agents_may_take(const struct agents *agents, uint32_t agent);

/** Places of agents who are neither there nor carry anything are freed,
    but for those whose wish is of use when they come back. */
void agents_sweep(struct agents *agents, nanoseconds now, nanoseconds after);

/** How many are available. */
uint32_t agents_available(const struct agents *agents);

/** A conversation took so long from being taken to its end. */
void agents_learn(struct agents *agents, nanoseconds took);

/**
 * How long somebody at a place in the queue will wait.
 *
 * @param place  1: next
 * @return seconds, in steps of half a minute; 0: nobody can tell
 */
uint32_t agents_wait(const struct agents *agents, uint32_t place);

#endif
