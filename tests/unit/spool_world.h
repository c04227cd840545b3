/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A log over segments in memory, and what it said to its maker. Unused
 * parts are no error: each test takes what it needs.
 */
#ifndef TALLENNE_TEST_SPOOL_WORLD_H
#define TALLENNE_TEST_SPOOL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>

#include "spool/read.h"
#include "spool/write.h"

#define MAYBE_UNUSED __attribute__((unused))

enum { WORLD_SEGMENTS_MAX = 64 };

struct spool_world {
	struct spool_log *log;
	struct spool_segment segments[WORLD_SEGMENTS_MAX];
	uint32_t count; /* segments made, numbered from 1 */
	uint32_t wants, deads, dones;
	bool is_done[WORLD_SEGMENTS_MAX + 1];
	const char *fail_on; /* hand out this device instead of memory */
	uint32_t fail_count; /* so often */
	bool gives;	     /* hands out a segment whenever one is wanted */
};

MAYBE_UNUSED static void world_give(struct spool_world *world)
{
	uint32_t number = world->count + 1;
	int fd = memfd_create("segment", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(world->count < WORLD_SEGMENTS_MAX);
	world->segments[world->count++] = (struct spool_segment){ number, fd };
	if (world->fail_count > 0) {
		world->fail_count--;
		spool_log_segment(world->log, number,
				  open(world->fail_on, O_WRONLY | O_CLOEXEC));
		return;
	}
	spool_log_segment(world->log, number, dup(fd));
}

static void world_want(void *self)
{
	struct spool_world *world = self;

	world->wants++;
	if (world->gives)
		world_give(world);
}

static void world_dead(void *self, uint32_t segment)
{
	struct spool_world *world = self;

	(void)segment;
	world->deads++;
}

static void world_done(void *self, uint32_t segment)
{
	struct spool_world *world = self;

	world->dones++;
	assert_true(segment <= WORLD_SEGMENTS_MAX);
	world->is_done[segment] = true;
}

MAYBE_UNUSED static void world_open(struct spool_world *world, uint64_t memory,
				    uint32_t segment_blocks)
{
	const struct spool_news news = { world, world_want, world_dead,
					 world_done };

	memset(world, 0, sizeof(*world));
	assert_int_equal(
		spool_log_new(memory, segment_blocks, &news, &world->log), 0);
}

MAYBE_UNUSED static void world_close(struct spool_world *world)
{
	spool_log_free(world->log);
	for (uint32_t i = 0; i < world->count; i++)
		(void)close(world->segments[i].fd);
}

/* Write until everything is durable, with patience for retries. */
MAYBE_UNUSED static void world_settle(struct spool_world *world, int line)
{
	for (int i = 0; i < 60000 && spool_log_durable(world->log) <
					     spool_log_last(world->log);
	     i++) {
		struct pollfd ready = { .fd = line, .events = POLLIN };

		spool_log_push(world->log);
		if (line >= 0 && poll(&ready, 1, 1) > 0)
			assert_int_equal(spool_log_hear(world->log), 0);
		else if (line < 0 && i > 2)
			(void)poll(NULL, 0, 1);
	}
	assert_int_equal(spool_log_durable(world->log),
			 spool_log_last(world->log));
}

#endif
