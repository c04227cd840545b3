/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file loop.h
 * One thread that waits for descriptors and times.
 *
 * epoll underneath; timers are a fixed table inside the loop, looked
 * through at each turn, so rooms with thousands of deadlines keep those in
 * structures of their own and ask the loop for one tick.
 *
 * A handler that takes longer than LOOP_SLOW_MS is counted.
 */
#ifndef TALLENNE_LOOP_H
#define TALLENNE_LOOP_H

#include "base/clock.h"

enum { LOOP_TIMERS_MAX = 64, LOOP_EVENTS_MAX = 64, LOOP_SLOW_MS = 50 };

struct loop;

/** Called when a descriptor is ready; events as in epoll(7). */
typedef void loop_ready_fn(void *self, int fd, uint32_t events);

/** Called when a time has come. */
typedef void loop_time_fn(void *self);

/** Make a loop; 0, -ENOMEM or the errno of epoll_create1(2). */
MUST int loop_new(struct loop **ret_loop);

/** Free it; accepts NULL. Descriptors stay open. */
void loop_free(struct loop *loop);

/**
 * Watch a descriptor, or change what is watched of it.
 *
 * The descriptor is borrowed: unwatch it before closing it.
 *
 * @param events  EPOLLIN and so on; level-triggered
 * @return 0, -ENOMEM or the negative errno of epoll_ctl(2)
 */
MUST int loop_watch(struct loop *loop, int fd, uint32_t events,
		    loop_ready_fn *ready, void *self);

/** Watch it no longer. Safe inside handlers, also for other descriptors. */
void loop_unwatch(struct loop *loop, int fd);

/**
 * Call something every so often, on the average: a single call may come up
 * to a quarter of the time early, when the loop is awake anyway, and late
 * when it is busy.
 *
 * @param every_ms  1 or more
 * @return a timer number for loop_stop_timer(), or -ENOSPC
 */
MUST int loop_every(struct loop *loop, int every_ms, loop_time_fn *act,
		    void *self);

/** Call something once, after so long; 0 ms means in the next turn. */
MUST int loop_after(struct loop *loop, int after_ms, loop_time_fn *act,
		    void *self);

/** Forget a timer; negative numbers are ignored. */
void loop_stop_timer(struct loop *loop, int timer);

/** Serve until loop_end(). @return 0 or the negative errno of epoll. */
MUST int loop_run(struct loop *loop);

/** One turn: wait at most wait_ms (-1: for ever), serve what is ready. */
MUST int loop_turn(struct loop *loop, int wait_ms);

/** Leave loop_run() after the present handler. */
void loop_end(struct loop *loop);

/** How many handlers took longer than LOOP_SLOW_MS. */
uint64_t loop_slow_count(const struct loop *loop);

#endif
