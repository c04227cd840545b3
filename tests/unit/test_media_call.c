/* SPDX-License-Identifier: EUPL-1.2 */
#include "spool_world.h"

#include <errno.h>
#include <sodium.h>

#include "base/bytes.h"
#include "media/call.h"

enum { SIZE = 172, PCMA = 8, PTIME_MS = 20 };

static const struct source there = { { [10] = 0xff, [11] = 0xff, 127, 0, 0, 1 },
				     4000 };

struct world {
	struct spool_world spool;
	struct counts counts;
	struct pen pen;
	struct call *call;
	struct call_room *room;
	uint8_t key[SEAL_KEY_SIZE];
	nanoseconds began; /* monotonic */
	uint16_t sequence[2];
};

static struct media_stream told_of(uint8_t place)
{
	struct media_stream told = {
		.source_port = there.port,
		.lane = (uint8_t)(CALL_LANE_CALLER + place),
		.state = CALL_STREAM_LIVE,
		.label = place,
		.codec_count = 1,
		.codecs = { { PCMA, CALL_CODEC_PCMA, 1, 0, 8000 } },
	};

	memcpy(told.address, there.address, sizeof(told.address));
	return told;
}

static void open_world(struct world *world, uint64_t memory)
{
	const struct media_open letter = { .contact = { { 5 } },
					   .call = { { 6 } },
					   .number = 77 };
	const struct seal_wrapped wrapped = { { 1, 20270523 }, { 9 } };

	memset(world, 0, sizeof(*world));
	world_open(&world->spool, memory, 4096);
	world->pen.log = world->spool.log;
	world->pen.counts = &world->counts;
	assert_int_equal(spool_sealer_new(&world->pen.sealer), 0);
	world->call = aligned_alloc(CALL_CACHE_LINE, sizeof(*world->call));
	world->room = calloc(1, sizeof(*world->room));
	assert_non_null(world->call);
	assert_non_null(world->room);
	call_make(world->call, world->room);
	randombytes_buf(world->key, sizeof(world->key));
	world->began = clock_monotonic() - 100 * NS_PER_S;
	call_open(world->call, &letter, world->key, &wrapped, world->began);
	for (uint8_t place = 0; place < 2; place++) {
		struct media_stream told = told_of(place);

		assert_int_equal(call_tell(world->call, &world->pen, place,
					   &told, world->began),
				 0);
	}
}

static void close_world(struct world *world)
{
	spool_sealer_free(world->pen.sealer);
	call_clear(world->call, &world->pen);
	free(world->call);
	free(world->room);
	world_close(&world->spool);
}

static nanoseconds at_ms(const struct world *world, int64_t ms)
{
	return world->began + ms * NS_PER_MS;
}

/* A packet that carries when it came, in milliseconds, in its payload. */
static void send_at(struct world *world, uint8_t place, int64_t ms)
{
	uint16_t sequence = world->sequence[place]++;
	_Alignas(8)
		uint8_t packet[SIZE] = { 0x80, PCMA, (uint8_t)(sequence >> 8),
					 (uint8_t)sequence };

	packet[11] = place;
	memcpy(packet + 12, &ms, sizeof(ms));
	call_take(world->call, &world->pen, place, packet, SIZE, &there, false,
		  at_ms(world, ms));
}

/* Both streams, 50 packets a second each, from one time to another. */
static void talk(struct world *world, int64_t from_ms, int64_t to_ms)
{
	for (int64_t ms = from_ms; ms < to_ms; ms += PTIME_MS) {
		send_at(world, 0, ms);
		send_at(world, 1, ms + 3);
		if (ms % 100 == 0)
			call_tick(world->call, &world->pen, at_ms(world, ms));
	}
}

struct found {
	int64_t first_ms[2], last_ms[2];
	uint32_t packets[2];
	uint32_t marks, streams, closes, reports;
	uint64_t overruns;
	struct spool_close close;
	nanoseconds last_tick;
};

static struct found read_back(struct world *world)
{
	OWNED(spool_reader_drop) struct spool_reader *reader = NULL;
	struct found found = { 0 };
	struct spool_place last;
	struct spool_item item;

	assert_true(call_is_written(world->call));
	world_settle(&world->spool, -1);
	assert_int_equal(spool_log_place(world->spool.log,
					 world->call->last_turn, &last.segment,
					 &last.block),
			 0);
	assert_int_equal(
		spool_reader_new(world->spool.segments, world->spool.count,
				 &world->call->name, world->key, &reader),
		0);
	assert_int_equal(
		spool_reader_follow(reader, last, world->call->block_count), 0);
	while (spool_reader_next(reader, &item) == 0) {
		int64_t ms;

		assert_int_not_equal(item.kind, SPOOL_GAP);
		found.last_tick = item.at;
		switch (item.kind) {
		case SPOOL_RTP:
			assert_int_equal(item.payload.size, SIZE);
			assert_true(item.stream < 2);
			memcpy(&ms, item.payload.at + 12, sizeof(ms));
			if (found.packets[item.stream]++ == 0)
				found.first_ms[item.stream] = ms;
			found.last_ms[item.stream] = ms;
			break;
		case SPOOL_STREAM:
			found.streams++;
			break;
		case SPOOL_MARK:
			found.marks++;
			break;
		case SPOOL_REPORT:
			found.reports++;
			break;
		case SPOOL_OVERRUN: {
			struct spool_overrun overrun;

			memcpy(&overrun, item.payload.at, sizeof(overrun));
			found.overruns += overrun.packets;
			break;
		}
		case SPOOL_CLOSE:
			found.closes++;
			memcpy(&found.close, item.payload.at,
			       sizeof(found.close));
			break;
		default:
			fail();
		}
	}
	assert_int_equal(found.closes, 1);
	return found;
}

static void the_gates_are_exact_to_one_packet(void **state)
{
	(void)state;
	/* However the letters fall between the packets, and however late. */
	for (int64_t edge = 1000; edge < 1040; edge++) {
		struct world world;
		struct found found;
		int64_t end = edge + 2000;

		open_world(&world, 4 << 20);
		world_give(&world.spool);
		talk(&world, 0, edge + 200);
		call_answer(world.call, &world.pen, at_ms(&world, edge),
			    at_ms(&world, edge + 200));
		talk(&world, (edge + 200 + 19) / 20 * 20, end + 25);
		call_close(world.call, &world.pen, CALL_END_BYE,
			   at_ms(&world, end));
		found = read_back(&world);
		for (int place = 0; place < 2; place++) {
			int64_t offset = place * 3;
			int64_t first = (edge - offset + 19) / 20 * 20 + offset;
			int64_t last = (end - offset) / 20 * 20 + offset;

			assert_int_equal(found.first_ms[place], first);
			assert_int_equal(found.last_ms[place], last);
			assert_int_equal(found.packets[place],
					 (last - first) / 20 + 1);
		}
		assert_int_equal(found.streams, 2);
		assert_int_equal(found.marks, 1);
		assert_int_equal(found.close.reason, CALL_END_BYE);
		assert_int_equal(found.close.ended_at - found.close.answered_at,
				 2000 * NS_PER_MS);
		close_world(&world);
	}
}

static void a_call_that_is_never_answered_leaves_nothing(void **state)
{
	static struct call fresh;
	struct world world;

	(void)state;
	open_world(&world, 4 << 20);
	world_give(&world.spool);
	talk(&world, 0, 60000);
	assert_true(world.call->early_used > 0);
	call_close(world.call, &world.pen, CALL_END_REFUSED,
		   at_ms(&world, 60000));
	assert_int_equal(world.call->state, CALL_FREE);
	assert_true(bytes_are_zero(world.room, sizeof(*world.room)));
	call_make(&fresh, world.room);
	assert_memory_equal(world.call, &fresh, sizeof(fresh));
	assert_int_equal(spool_log_last(world.spool.log), 0);
	close_world(&world);
}

static void a_pause_cuts_what_came_after_it(void **state)
{
	struct world world;
	struct media_stream told = told_of(0);
	struct found found;

	(void)state;
	open_world(&world, 4 << 20);
	world_give(&world.spool);
	call_answer(world.call, &world.pen, at_ms(&world, 0), at_ms(&world, 0));
	talk(&world, 0, 1000);
	told.state = CALL_STREAM_PAUSED;
	/* Told 20 ms late: the packet of 980 is taken back. */
	assert_int_equal(
		call_tell(world.call, &world.pen, 0, &told, at_ms(&world, 970)),
		0);
	talk(&world, 1000, 5000);
	told.state = CALL_STREAM_LIVE;
	assert_int_equal(call_tell(world.call, &world.pen, 0, &told,
				   at_ms(&world, 5000)),
			 0);
	talk(&world, 5000, 6000);
	call_close(world.call, &world.pen, CALL_END_BYE, at_ms(&world, 6000));
	found = read_back(&world);
	assert_int_equal(found.packets[0], 49 + 50);
	assert_int_equal(found.packets[1], 300);
	assert_int_equal(found.streams, 4);
	assert_int_equal(world.counts.dropped[DROP_AFTER], 1);
	close_world(&world);
}

static void a_slow_disk_loses_nothing_for_thirty_seconds(void **state)
{
	struct world world;
	struct found found;

	(void)state;
	/* 200 calls have 128 MiB: one call has this. */
	open_world(&world, (128 << 20) / 200 + (1 << 20));
	call_answer(world.call, &world.pen, at_ms(&world, 0), at_ms(&world, 0));
	talk(&world, 0, 30000);
	assert_int_equal(world.counts.dropped[DROP_OVERRUN], 0);
	/* Then it is labelled, and goes on. */
	talk(&world, 30000, 200000);
	assert_true(world.counts.dropped[DROP_OVERRUN] > 0);
	world.spool.gives = true;
	world_settle(&world.spool, -1);
	talk(&world, 200000, 201000);
	call_close(world.call, &world.pen, CALL_END_BYE, at_ms(&world, 201000));
	found = read_back(&world);
	assert_int_equal(found.overruns, world.counts.dropped[DROP_OVERRUN]);
	assert_int_equal(found.packets[0] + found.packets[1] + found.overruns,
			 2 * 201000 / PTIME_MS);
	assert_int_equal(found.last_ms[0], 200980);
	close_world(&world);
}

static void a_long_call_needs_no_more_memory(void **state)
{
	struct world world;
	struct found found;
	int64_t hour = 3600 * 1000;

	(void)state;
	open_world(&world, 8 << 20);
	world.spool.gives = true;
	call_answer(world.call, &world.pen, at_ms(&world, 0), at_ms(&world, 0));
	/* Wraps of the sequence number; a packet a second is enough. */
	for (int64_t ms = 0; ms < 72 * hour; ms += 1000) {
		send_at(&world, 0, ms);
		if (ms % 60000 == 0)
			world_settle(&world.spool, -1);
	}
	call_close(world.call, &world.pen, CALL_END_BYE,
		   at_ms(&world, 72 * hour));
	found = read_back(&world);
	assert_int_equal(found.packets[0], 72 * 3600);
	assert_int_equal(world.counts.dropped[DROP_OVERRUN], 0);
	assert_int_equal(found.close.ended_at - found.close.answered_at,
			 72 * hour * NS_PER_MS);
	close_world(&world);
}

static void no_record_is_older_than_half_a_second_in_memory(void **state)
{
	struct world world;

	(void)state;
	open_world(&world, 4 << 20);
	world_give(&world.spool);
	call_answer(world.call, &world.pen, at_ms(&world, 0), at_ms(&world, 0));
	for (int64_t ms = 0; ms < 20000; ms += PTIME_MS) {
		/* One stream alone: blocks are not full, only old. */
		send_at(&world, 0, ms);
		if (ms % 100 == 0)
			call_tick(world.call, &world.pen, at_ms(&world, ms));
		if (world.call->used > 0)
			assert_true(ms - world.call->oldest / 10 <= 340);
	}
	close_world(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_gates_are_exact_to_one_packet),
		cmocka_unit_test(a_call_that_is_never_answered_leaves_nothing),
		cmocka_unit_test(a_pause_cuts_what_came_after_it),
		cmocka_unit_test(a_slow_disk_loses_nothing_for_thirty_seconds),
		cmocka_unit_test(a_long_call_needs_no_more_memory),
		cmocka_unit_test(
			no_record_is_older_than_half_a_second_in_memory),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
