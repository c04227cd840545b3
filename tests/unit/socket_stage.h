/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file socket_stage.h
 * What the tests of WebSockets share: waiting, passing of time, and a reader
 * that is slow.
 */
#ifndef TALLENNE_TESTS_SOCKET_STAGE_H
#define TALLENNE_TESTS_SOCKET_STAGE_H

#include "http_stage.h"

enum { SECOND = 1 };

static inline void turns(struct stage *stage, int count)
{
	for (int i = 0; i < count; i++)
		assert_int_equal(loop_turn(stage->loop, 1), 0);
}

/* Wait for what must come of itself. */
#define COMES(stage, condition)                                                \
	do {                                                                   \
		nanoseconds until_ = 0;                                        \
		while (!(condition))                                           \
			assert_true(stage_turn((stage), &until_));             \
	} while (0)

/* As if so many seconds had passed. */
static inline void later(struct stage *stage, int seconds)
{
	sockets_tick(stage->server, clock_monotonic() + seconds * NS_PER_S);
}

static inline uint64_t value(const struct counter *counter)
{
	return atomic_load(&counter->value);
}

/* Send until the reader is too slow; how much it could have taken. */
static inline size_t send_until_refused(struct stage *stage)
{
	static char much[8192];
	size_t sent = 0;
	int r = 0;

	memset(much, 'm', sizeof(much));
	while (r == 0 && sent < 64u << 20) {
		r = http_socket_send(stage->socket,
				     (struct slice){ much, sizeof(much) });
		sent += sizeof(much);
	}
	assert_int_equal(r, -ENOBUFS);
	return sent;
}

/* Fill what the kernel takes, so that the next bytes wait here. */
static inline void fill(struct stage *stage)
{
	static char much[4096];

	memset(much, 'm', sizeof(much));
	for (int i = 0; i < 4096 && http_socket_pending(stage->socket) < 8192;
	     i++) {
		assert_int_equal(
			http_socket_send(stage->socket,
					 (struct slice){ much, sizeof(much) }),
			0);
		turns(stage, 1);
	}
	assert_true(http_socket_pending(stage->socket) >= 8192);
}

/* Not even when the kernel has room again. */
static inline void nothing_overtakes_what_waits(struct stage *stage,
						struct client *client)
{
	static const char last[] = "\x81\x04last\x88\x02\x03\xe8";

	fill(stage);
	client_take(client);
	client->size = 0;
	assert_true(http_socket_pending(stage->socket) >= 8192);
	assert_int_equal(http_socket_send(stage->socket, SLICE("last")), 0);
	http_socket_end(stage->socket, SOCKET_NORMAL, "");
	assert_true(client_hears(stage, client, last));
	assert_memory_equal(client->got + client->size - (sizeof(last) - 1),
			    last, sizeof(last) - 1);
}

#endif
