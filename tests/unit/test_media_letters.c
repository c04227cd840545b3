/* SPDX-License-Identifier: EUPL-1.2 */
/* What media answers to siprec's letters when the disk takes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "media/room.h"
#include "tests/unit/seal_world.h"

struct world {
	struct media media;
	struct seal_world seals;
	int end; /* siprec's */
	bool has_disk;
	uint32_t segment;
};

static void want(void *self)
{
	struct world *world = self;
	int fd;

	if (!world->has_disk)
		return;
	fd = memfd_create("segment", MFD_CLOEXEC);
	assert_true(fd >= 0);
	spool_log_segment(world->media.log, ++world->segment, fd);
}

static void ignore(void *self, uint32_t number)
{
	(void)self, (void)number;
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	const struct spool_news news = { world, want, ignore, ignore };
	int ends[2];

	assert_non_null(world);
	world->seals = seal_world_new();
	media_init(&world->media);
	world->media.calls_max = 4;
	world->media.buffer_mb = 2;
	world->media.segment_mb = 4;
	assert_int_equal(media_prepare(&world->media, &news), 0);
	for (uint16_t port = 10000; port < 10024; port++)
		table_add_port(world->media.table, port);
	world->media.keys = world->seals.set;
	assert_int_equal(line_open(ends), 0);
	world->end = ends[0];
	world->media.siprec = ends[1];
	assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;
	struct call *call;

	while ((call = table_next(world->media.table, NULL)))
		media_end_call(&world->media, call, CALL_END_LOST,
			       clock_monotonic());
	close(world->end);
	close(world->media.siprec);
	ended_free(world->media.ended);
	table_free(world->media.table);
	inlet_free(world->media.inlet);
	spool_sealer_free(world->media.sealer);
	spool_log_free(world->media.log);
	seal_world_free(&world->seals);
	free(world);
	return 0;
}

static int ask(struct world *world, uint16_t type, uint8_t name)
{
	struct media_open letter = {
		.head = { .type = type, .size = sizeof(letter), .tag = 7 },
		.contact = { { name, 1 } },
		.call = { { name, 2 } },
		.number = name,
		.end = { SEAL_CLASS_AUDIO, 20270523 },
		.stream_count = 1,
		.streams[0] = { .state = CALL_STREAM_LIVE,
				.codec_count = 1,
				.codecs[0] = { 8, CALL_CODEC_PCMA, 1, 0,
					       8000 } },
	};
	struct media_opened answer;

	assert_int_equal(line_post(world->end, &letter.head, NULL, false), 0);
	assert_int_equal(media_serve_siprec(&world->media, world->media.siprec),
			 0);
	assert_int_equal(
		line_take(world->end, &answer.head, sizeof(answer), NULL), 0);
	assert_int_equal(answer.head.type, MEDIA_OPENED);
	return answer.result;
}

/* Blocks of calls that run, until so many wait. */
static void fill(struct world *world, uint64_t blocks)
{
	struct spool_figures figures = { 0 };
	uint64_t turn;

	while (figures.waiting < blocks) {
		uint8_t *block = spool_log_block(world->media.log, 0, &turn);

		if (!block)
			return;
		memset(block, 0, SPOOL_BLOCK_SIZE);
		spool_log_figures(world->media.log, &figures);
	}
}

static void a_full_spool_takes_no_new_calls(void **state)
{
	struct world *world = *state;

	assert_int_equal(ask(world, MEDIA_OPEN, 1), 0);
	fill(world, 440);
	assert_int_equal(ask(world, MEDIA_OPEN, 2), 0);
	fill(world, 448);
	assert_int_equal(ask(world, MEDIA_OPEN, 3), -EAGAIN);
	assert_int_equal(world->media.counts.refused, 1);
	assert_int_equal(world->media.counts.refused_full, 1);
	/* Calls that run go on, also with the last block. */
	assert_int_equal(ask(world, MEDIA_CHANGE, 1), 0);
	fill(world, UINT64_MAX);
	assert_true(spool_log_is_full(world->media.log));
	assert_int_equal(ask(world, MEDIA_OPEN, 3), -EAGAIN);
	assert_int_equal(ask(world, MEDIA_CHANGE, 2), 0);
	assert_int_equal(ask(world, MEDIA_CHANGE, 3), -ENOENT);
}

static void room_on_disk_lets_calls_in_again(void **state)
{
	struct world *world = *state;
	struct spool_figures figures;

	assert_true(media_is_full(&world->media));
	world->has_disk = true;
	for (int i = 0; i < 200; i++) {
		spool_log_push(world->media.log);
		spool_log_figures(world->media.log, &figures);
		if (figures.waiting == 0)
			break;
	}
	assert_int_equal(figures.waiting, 0);
	assert_int_equal(ask(world, MEDIA_OPEN, 3), 0);
	assert_int_equal(world->media.counts.refused_full, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_spool_takes_no_new_calls),
		cmocka_unit_test(room_on_disk_lets_calls_in_again),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
