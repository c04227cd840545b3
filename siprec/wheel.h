/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file wheel.h
 * Many deadlines, one tick.
 *
 * A hashed wheel: setting, moving and clearing a deadline costs the same
 * however many there are. Time is given, never asked for, in milliseconds
 * of the monotonic clock.
 */
#ifndef TALLENNE_SIPREC_WHEEL_H
#define TALLENNE_SIPREC_WHEEL_H

#include "base/base.h"

enum { WHEEL_SLOTS = 512, WHEEL_TICK_MS = 50 };

struct wheel_node;

/** Called when a deadline has come; it is cleared before. */
typedef void wheel_fn(void *self, struct wheel_node *node);

/** One deadline, part of what it belongs to. Zeroed: not set. */
struct wheel_node {
	struct wheel_node *next, *previous;
	int64_t due_ms;
};

struct wheel {
	struct wheel_node slots[WHEEL_SLOTS]; /**< heads of rings */
	int64_t turned_ms;		      /**< up to here all is done */
	wheel_fn *act;
	void *self;
};

/** Prepare it; act is called for each deadline that has come. */
void wheel_init(struct wheel *wheel, int64_t now_ms, wheel_fn *act, void *self);

/** Set or move a deadline. One in the past comes at the next turn. */
void wheel_set(struct wheel *wheel, struct wheel_node *node, int64_t due_ms);

/** Clear it; harmless if it is not set. */
void wheel_clear(struct wheel_node *node);

/** Call act for everything due. */
void wheel_turn(struct wheel *wheel, int64_t now_ms);

#endif
