/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/loop.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

enum { SLACK = 4 }; /* what part of its period a timer may come early */

/*
 * Watches are found by descriptor number. A handler may unwatch any
 * descriptor, its own included, while events of the same turn still wait
 * for it; the generation tells such stale events from fresh ones.
 */
struct watch {
	loop_ready_fn *ready;
	void *self;
	uint32_t generation;
};

struct timer {
	loop_time_fn *act; /* NULL when the place is free */
	void *self;
	nanoseconds due;
	nanoseconds every; /* 0: once */
};

struct loop {
	int epoll;
	bool ended;
	uint32_t generation;
	uint64_t slow;
	struct watch *watches;
	size_t watches_size;
	struct timer timers[LOOP_TIMERS_MAX];
};

int loop_new(struct loop **ret_loop)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int r;

	if (!loop)
		return -ENOMEM;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0) {
		r = -errno;
		free(loop);
		return r;
	}
	*ret_loop = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	drop_fd(&loop->epoll);
	free(loop->watches);
	free(loop);
}

static int make_room(struct loop *loop, size_t size)
{
	struct watch *watches;

	if (size <= loop->watches_size)
		return 0;
	size = (size + 63) / 64 * 64;
	watches = realloc(loop->watches, size * sizeof(*watches));
	if (!watches)
		return -ENOMEM;
	memset(watches + loop->watches_size, 0,
	       (size - loop->watches_size) * sizeof(*watches));
	loop->watches = watches;
	loop->watches_size = size;
	return 0;
}

int loop_watch(struct loop *loop, int fd, uint32_t events, loop_ready_fn *ready,
	       void *self)
{
	struct epoll_event event = { .events = events };
	bool is_new;
	int r;

	assert(fd >= 0);
	assert(ready);

	r = make_room(loop, (size_t)fd + 1);
	if (r < 0)
		return r;

	struct watch *watch = &loop->watches[fd];
	is_new = !watch->ready;
	if (is_new)
		watch->generation = ++loop->generation;
	event.data.u64 = (uint64_t)watch->generation << 32 | (uint32_t)fd;
	if (epoll_ctl(loop->epoll, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd,
		      &event) < 0)
		return -errno;

	watch->ready = ready;
	watch->self = self;
	return 0;
}

void loop_unwatch(struct loop *loop, int fd)
{
	if (fd < 0 || (size_t)fd >= loop->watches_size ||
	    !loop->watches[fd].ready)
		return;
	(void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
	loop->watches[fd].ready = NULL;
}

static int add_timer(struct loop *loop, int after_ms, int every_ms,
		     loop_time_fn *act, void *self)
{
	assert(act);
	for (int i = 0; i < LOOP_TIMERS_MAX; i++) {
		struct timer *timer = &loop->timers[i];

		if (timer->act)
			continue;
		timer->act = act;
		timer->self = self;
		timer->due = clock_monotonic() + after_ms * NS_PER_MS;
		timer->every = every_ms * NS_PER_MS;
		return i;
	}
	return -ENOSPC;
}

int loop_every(struct loop *loop, int every_ms, loop_time_fn *act, void *self)
{
	assert(every_ms >= 1);
	return add_timer(loop, every_ms, every_ms, act, self);
}

int loop_after(struct loop *loop, int after_ms, loop_time_fn *act, void *self)
{
	assert(after_ms >= 0);
	return add_timer(loop, after_ms, 0, act, self);
}

void loop_stop_timer(struct loop *loop, int timer)
{
	if (timer >= 0 && timer < LOOP_TIMERS_MAX)
		loop->timers[timer].act = NULL;
}

static void note_duration(struct loop *loop, nanoseconds began)
{
	if (clock_monotonic() - began > LOOP_SLOW_MS * NS_PER_MS)
		loop->slow++;
}

/* How long to sleep: until the first timer, but not longer than asked. */
static int wait_of(const struct loop *loop, int wait_ms)
{
	nanoseconds now = clock_monotonic();

	for (size_t i = 0; i < LOOP_TIMERS_MAX; i++) {
		const struct timer *timer = &loop->timers[i];
		nanoseconds left;

		if (!timer->act)
			continue;
		left = (timer->due - now + NS_PER_MS - 1) / NS_PER_MS;
		if (left < 0)
			left = 0;
		if (wait_ms < 0 || left < wait_ms)
			wait_ms = (int)left;
	}
	return wait_ms;
}

static void serve_timers(struct loop *loop)
{
	nanoseconds now = clock_monotonic();

	for (size_t i = 0; i < LOOP_TIMERS_MAX; i++) {
		struct timer *timer = &loop->timers[i];
		struct timer present = *timer;

		/* Awake for another one's sake: those that are nearly due
		 * need not wake it again. */
		if (!timer->act || timer->due - timer->every / SLACK > now)
			continue;
		if (timer->every == 0)
			timer->act = NULL;
		else if (timer->due + timer->every > now)
			timer->due += timer->every;
		else /* missed turns are not made up for */
			timer->due = now + timer->every;

		nanoseconds began = clock_monotonic();
		present.act(present.self);
		note_duration(loop, began);
	}
}

int loop_turn(struct loop *loop, int wait_ms)
{
	struct epoll_event events[LOOP_EVENTS_MAX];
	int count = epoll_wait(loop->epoll, events, LOOP_EVENTS_MAX,
			       wait_of(loop, wait_ms));

	if (count < 0 && errno != EINTR)
		return -errno;

	for (int i = 0; i < count; i++) {
		int fd = (int)(uint32_t)events[i].data.u64;
		uint32_t generation = (uint32_t)(events[i].data.u64 >> 32);
		struct watch *watch = &loop->watches[fd];

		if (!watch->ready || watch->generation != generation)
			continue;
		nanoseconds began = clock_monotonic();
		watch->ready(watch->self, fd, events[i].events);
		note_duration(loop, began);
	}
	serve_timers(loop);
	return 0;
}

int loop_run(struct loop *loop)
{
	loop->ended = false;
	while (!loop->ended) {
		int r = loop_turn(loop, -1);
		if (r < 0)
			return r;
	}
	return 0;
}

void loop_end(struct loop *loop)
{
	loop->ended = true;
}

uint64_t loop_slow_count(const struct loop *loop)
{
	return loop->slow;
}
