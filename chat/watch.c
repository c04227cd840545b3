/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Which lines are waited for, and what happens when one speaks. A line that
 * asks and does not take answers is not listened to; one that answers
 * always is.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "chat/hall.h"

/* The four lines. */
static const struct way {
	size_t mouth;
	const char *name;
	int (*hear)(struct hall *hall);
	void (*line)(struct hall *hall, int end);
	bool asks;
} ways[] = {
	{ offsetof(struct hall, counter), "counter", counter_hear, counter_line,
	  true },
	{ offsetof(struct hall, desk), "desk", desk_hear, desk_line, true },
	{ offsetof(struct hall, registry), "register", registry_hear,
	  registry_line, false },
	{ offsetof(struct hall, vault), "vault", vault_hear, vault_line,
	  false },
};

static struct mouth *mouth_of(struct hall *hall, const struct way *way)
{
	return (struct mouth *)((char *)hall + way->mouth);
}

static void close_line(struct hall *hall, const struct way *way, int r)
{
	struct mouth *mouth = mouth_of(hall, way);

	if (r != -EPIPE) {
		counter_add(hall->count.cut, 1);
		log_warn("line", "%s was cut off: %s", way->name, strerror(-r));
	}
	loop_unwatch(hall->loop, mouth->end);
	way->line(hall, -1);
}

static void commit(void *self)
{
	hall_commit(self);
}

void hall_commit_soon(struct hall *hall)
{
	if (!hall->loop || hall->is_commit_due)
		return;
	hall->is_commit_due = true;
	/* In this very turn, when everything that waits has been heard. */
	if (loop_after(hall->loop, 0, commit, hall) < 0)
		hall_commit(hall);
}

static void hear(void *self, int fd, uint32_t events)
{
	struct hall *hall = self;
	int r;

	for (size_t i = 0; i < COUNT(ways); i++) {
		struct mouth *mouth = mouth_of(hall, &ways[i]);

		if (mouth->end != fd)
			continue;
		r = events & EPOLLIN ? ways[i].hear(hall) : 0;
		if (r == 0 && events & (EPOLLERR | EPOLLHUP) &&
		    !(events & EPOLLIN))
			r = -EPIPE;
		if (r < 0)
			close_line(hall, &ways[i], r);
		hall_commit_soon(hall);
		return;
	}
}

static void watch_one(struct hall *hall, const struct way *way)
{
	struct mouth *mouth = mouth_of(hall, way);
	uint32_t events = EPOLLIN;

	if (mouth->end < 0)
		return;
	if (mouth->is_broken) {
		close_line(hall, way, -EPIPE);
		return;
	}
	if (mouth->count > 0 || mouth->is_full)
		events = EPOLLOUT | (way->asks ? 0 : EPOLLIN);
	if (events == mouth->watched)
		return;
	if (loop_watch(hall->loop, mouth->end, events, hear, hall) < 0) {
		close_line(hall, way, -ENOMEM);
		return;
	}
	mouth->watched = events;
}

void hall_watch(struct hall *hall)
{
	for (size_t i = 0; hall->loop && i < COUNT(ways); i++)
		watch_one(hall, &ways[i]);
}

void hall_line(struct hall *hall, const char *peer, int end)
{
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct mouth *mouth = mouth_of(hall, &ways[i]);

		if (strcmp(peer, ways[i].name) != 0)
			continue;
		if (hall->loop)
			loop_unwatch(hall->loop, mouth->end);
		ways[i].line(hall, end);
		hall_watch(hall);
		hall_commit_soon(hall);
		return;
	}
	drop_fd(&end);
}
