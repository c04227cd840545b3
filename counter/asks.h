/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file asks.h
 * The counter's questions to the room chat: posted, never waited for.
 *
 * Each question has a number that its answers repeat. Whoever asks is told
 * once how it ended: with chat's answer, or with none when the line is
 * away, full, or silent for ASKS_WAIT_MS. Letters without a question are
 * what chat tells by itself; they go to asks_news_fn.
 *
 * Every letter is looked through before anybody uses it: texts end within
 * their fields, sizes and choices are in range. One that is not so ends
 * the line, and the house makes a new one.
 */
#ifndef TALLENNE_COUNTER_ASKS_H
#define TALLENNE_COUNTER_ASKS_H

#include "base/loop.h"
#include "chat/chat.h"

enum { ASKS_MAX = 4096, ASKS_WAIT_MS = 8 * MS_PER_S };

struct asks;

/**
 * An answer came.
 *
 * @param letter  CHAT_EVENT as often as there are, then the last answer;
 *                NULL: there is none, nobody knows whether it was done
 */
typedef void asks_heard_fn(void *self, uint64_t note,
			   const struct letter *letter);

/** Chat tells by itself; tag is 0. */
typedef void asks_news_fn(void *self, const struct letter *letter);

/** The line is here (again), or away. */
typedef void asks_line_fn(void *self, bool is_here);

struct asks_face {
	asks_news_fn *news;
	asks_line_fn *line;
};

/** @return NULL: no memory or no timer */
struct asks *asks_new(struct loop *loop, const struct asks_face *face,
		      void *self);
void asks_free(struct asks *asks);

/** A (new) line; owned from now on. Questions of the old one end. */
MUST int asks_take_line(struct asks *asks, int end);

bool asks_has_line(const struct asks *asks);

/**
 * Ask. heard() is called later, never before this returns.
 *
 * @param question  head.type and size are filled in
 * @param last      type of the letter that ends the answer
 * @param note      handed to heard()
 * @return number of the question; 0: it could not be asked, and heard()
 *         will not be called
 */
uint64_t asks_ask(struct asks *asks, struct letter *question, uint16_t last,
		  asks_heard_fn *heard, void *self, uint64_t note);

/** Tell without an answer; false if it did not go through. */
bool asks_tell(struct asks *asks, struct letter *letter);

/** Forget one question; 0 is ignored. */
void asks_forget(struct asks *asks, uint64_t number);
/** Forget all of one asker. */
void asks_forget_all(struct asks *asks, const void *self);

/** Whether a letter can be relied on; pure. */
bool asks_opened_holds(const struct chat_opened *opened);
bool asks_state_holds(const struct chat_state *state);
bool asks_event_holds(const struct chat_event *event);
bool asks_said_holds(const struct chat_said *said);
bool asks_hours_holds(const struct chat_hours *hours);
bool asks_result_holds(int32_t result);

#endif
