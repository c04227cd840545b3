/* SPDX-License-Identifier: EUPL-1.2 */
#include "spool_world.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static const struct id call = { { 1, 2, 3 } };
static const uint8_t key[SEAL_KEY_SIZE] = { 7 };

/* A call that writes one record a block. */
struct writer {
	struct spool_sealer *sealer;
	uint64_t number, first_turn, last_turn;
};

static bool write_block(struct spool_world *world, struct writer *writer)
{
	struct {
		uint16_t size;
		uint8_t type, place;
		uint32_t ticks;
		uint64_t payload;
	} record = { sizeof(uint64_t), SPOOL_RTP, 1, (uint32_t)writer->number,
		     writer->number };
	const struct spool_first first = { .number = 42, .at = 1000 };
	uint64_t turn;
	uint8_t *block = spool_log_block(world->log, writer->last_turn, &turn);

	if (!block)
		return false;
	spool_block_seal(writer->sealer, key, &call, writer->number,
			 writer->number == 0 ? &first : NULL, &record,
			 sizeof(record), block);
	if (writer->number++ == 0)
		writer->first_turn = turn;
	writer->last_turn = turn;
	return true;
}

static void write_blocks(struct spool_world *world, struct writer *writer,
			 int count)
{
	if (!writer->sealer)
		assert_int_equal(spool_sealer_new(&writer->sealer), 0);
	for (int i = 0; i < count; i++)
		assert_true(write_block(world, writer));
}

/* Everything that was written is there, in order, by its chain alone. */
static void all_can_be_read(struct spool_world *world, struct writer *writer)
{
	OWNED(spool_reader_drop) struct spool_reader *reader = NULL;
	struct spool_place last;
	struct spool_item item;

	assert_int_equal(spool_log_place(world->log, writer->last_turn,
					 &last.segment, &last.block),
			 0);
	assert_int_equal(spool_reader_new(world->segments, world->count, &call,
					  key, &reader),
			 0);
	assert_int_equal(spool_reader_follow(reader, last, writer->number), 0);
	for (uint64_t i = 0; i < writer->number; i++) {
		uint64_t payload;

		assert_int_equal(spool_reader_next(reader, &item), 0);
		assert_int_equal(item.kind, SPOOL_RTP);
		assert_int_equal(item.payload.size, sizeof(payload));
		memcpy(&payload, item.payload.at, sizeof(payload));
		assert_int_equal(payload, i);
	}
	assert_int_equal(spool_reader_next(reader, &item), -ENODATA);
	assert_int_equal(spool_reader_missing(reader), 0);
}

static void what_is_written_can_be_read(void **state)
{
	struct spool_world world;
	struct writer writer = { 0 };

	(void)state;
	world_open(&world, 4 << 20, 4096);
	world_give(&world);
	write_blocks(&world, &writer, 1000);
	world_settle(&world, -1);
	all_can_be_read(&world, &writer);
	spool_sealer_free(writer.sealer);
	world_close(&world);
}

static void a_call_runs_through_many_segments(void **state)
{
	struct spool_world world;
	struct writer writer = { 0 };

	(void)state;
	world_open(&world, 4 << 20, 100);
	world.gives = true;
	for (int i = 0; i < 10; i++) {
		write_blocks(&world, &writer, 97);
		world_settle(&world, -1);
	}
	all_can_be_read(&world, &writer);
	assert_true(world.count >= 10);
	spool_sealer_free(writer.sealer);
	world_close(&world);
}

static void the_writing_process_does_the_same(void **state)
{
	struct spool_world world;
	struct writer writer = { 0 };
	int line = -1;

	(void)state;
	world_open(&world, 4 << 20, 300);
	world.gives = true;
	assert_int_equal(spool_log_fork(world.log, &line), 0);
	for (int i = 0; i < 5; i++) {
		write_blocks(&world, &writer, 211);
		world_settle(&world, line);
	}
	all_can_be_read(&world, &writer);
	spool_sealer_free(writer.sealer);
	world_close(&world);
}

static pid_t only_child(void)
{
	char path[64];
	int pid = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%d", &pid) != 1)
		pid = 0;
	fclose(file);
	return pid;
}

static void a_killed_writing_process_loses_nothing(void **state)
{
	struct spool_world world;
	struct writer writer = { 0 };
	int line = -1, r;
	pid_t pid;

	(void)state;
	world_open(&world, 4 << 20, 300);
	world.gives = true;
	/* Of the tests before. */
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	assert_int_equal(spool_log_fork(world.log, &line), 0);
	write_blocks(&world, &writer, 100);
	world_settle(&world, line);

	pid = only_child();
	assert_true(pid > 0);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	write_blocks(&world, &writer, 100);
	spool_log_push(world.log);
	assert_int_equal(spool_log_durable(world.log), 100);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	do
		r = spool_log_hear(world.log);
	while (r == -EAGAIN);
	assert_int_equal(r, -EPIPE);
	assert_int_equal(spool_log_durable(world.log), 200);

	write_blocks(&world, &writer, 300);
	world_settle(&world, -1);
	all_can_be_read(&world, &writer);
	spool_sealer_free(writer.sealer);
	world_close(&world);
}

/* Where the device fails, the blocks go to another segment, unchanged. */
static void fails_over(const char *device)
{
	struct spool_world world;
	struct writer writer = { 0 };

	world_open(&world, 4 << 20, 4096);
	world.gives = true;
	world.fail_on = device;
	world.fail_count = 2;
	write_blocks(&world, &writer, 300);
	world_settle(&world, -1);
	assert_int_equal(world.deads, 2);
	/* Nothing durable was in them. */
	assert_true(world.is_done[1] && world.is_done[2]);
	assert_false(world.is_done[3]);
	all_can_be_read(&world, &writer);
	spool_sealer_free(writer.sealer);
	world_close(&world);
}

static void a_failed_sync_is_never_retried_but_written_elsewhere(void **state)
{
	(void)state;
	fails_over("/dev/null"); /* takes every byte, cannot sync */
}

static void a_full_disk_is_left_for_another_segment(void **state)
{
	(void)state;
	fails_over("/dev/full");
}

static void a_segment_that_dies_half_way_keeps_what_was_durable(void **state)
{
	struct spool_world world;
	struct writer writer = { 0 };
	uint32_t segment, place;

	(void)state;
	world_open(&world, 4 << 20, 4096);
	world.segments[0] = (struct spool_segment){
		1, memfd_create("segment", MFD_ALLOW_SEALING | MFD_CLOEXEC)
	};
	world.count = 1;
	spool_log_segment(world.log, 1, dup(world.segments[0].fd));
	world.gives = true;
	write_blocks(&world, &writer, 100);
	world_settle(&world, -1);
	/* From here on the file cannot grow: the next write fails. */
	assert_int_equal(fcntl(world.segments[0].fd, F_ADD_SEALS, F_SEAL_GROW),
			 0);
	write_blocks(&world, &writer, 100);
	world_settle(&world, -1);

	assert_int_equal(world.deads, 1);
	assert_int_equal(world.dones, 0);
	assert_int_equal(spool_log_place(world.log, 100, &segment, &place), 0);
	assert_int_equal(segment, 1);
	assert_int_equal(place, 100);
	assert_int_equal(spool_log_place(world.log, 101, &segment, &place), 0);
	assert_int_equal(segment, 2);
	assert_int_equal(place, 1);
	all_can_be_read(&world, &writer);
	spool_sealer_free(writer.sealer);
	world_close(&world);
}

static void without_a_segment_blocks_wait_and_then_are_refused(void **state)
{
	struct spool_world world;
	struct writer writer = { 0 };
	struct spool_figures figures;

	(void)state;
	world_open(&world, 2 << 20, 4096);
	write_blocks(&world, &writer, 512);
	spool_log_push(world.log);
	assert_true(spool_log_is_full(world.log));
	assert_false(write_block(&world, &writer));
	spool_log_figures(world.log, &figures);
	assert_int_equal(figures.refused, 1);
	assert_int_equal(figures.waiting, 512);
	assert_true(figures.lag > 0);

	world_give(&world);
	world_settle(&world, -1);
	write_blocks(&world, &writer, 512);
	world_settle(&world, -1);
	all_can_be_read(&world, &writer);
	spool_sealer_free(writer.sealer);
	world_close(&world);
}

static void a_segment_is_done_when_nobody_needs_it(void **state)
{
	struct spool_world world;
	struct writer writer = { 0 };

	(void)state;
	world_open(&world, 4 << 20, 100);
	world.gives = true;
	write_blocks(&world, &writer, 450); /* 99 a segment: five of them */
	world_settle(&world, -1);

	spool_log_need_begin(world.log);
	spool_log_need(world.log, 150, 220); /* segments 2 and 3 */
	spool_log_need_end(world.log);
	assert_true(world.is_done[1]);
	assert_false(world.is_done[2]);
	assert_false(world.is_done[3]);
	assert_true(world.is_done[4]);
	assert_false(world.is_done[5]); /* the present one */

	spool_log_need_begin(world.log);
	spool_log_need_end(world.log);
	assert_true(world.is_done[2] && world.is_done[3]);
	assert_false(world.is_done[5]);
	spool_sealer_free(writer.sealer);
	world_close(&world);
}

static void blocks_of_any_size_open_and_no_other_key_does(void **state)
{
	struct spool_world world;
	struct writer writer = { 0 };
	const uint8_t other[SEAL_KEY_SIZE] = { 8 };
	OWNED(spool_reader_drop) struct spool_reader *reader = NULL;
	struct spool_item item;

	(void)state;
	world_open(&world, 4 << 20, 4096);
	world_give(&world);
	write_blocks(&world, &writer, 3);
	world_settle(&world, -1);
	assert_int_equal(
		spool_reader_new(world.segments, 1, &call, other, &reader), 0);
	assert_int_equal(spool_reader_search(reader), 0);
	/* Whatever it says, it never says a record. */
	while (spool_reader_next(reader, &item) == 0)
		assert_int_equal(item.kind, SPOOL_GAP);
	spool_sealer_free(writer.sealer);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_can_be_read),
		cmocka_unit_test(a_call_runs_through_many_segments),
		cmocka_unit_test(the_writing_process_does_the_same),
		cmocka_unit_test(a_killed_writing_process_loses_nothing),
		cmocka_unit_test(
			a_failed_sync_is_never_retried_but_written_elsewhere),
		cmocka_unit_test(a_full_disk_is_left_for_another_segment),
		cmocka_unit_test(
			a_segment_that_dies_half_way_keeps_what_was_durable),
		cmocka_unit_test(
			without_a_segment_blocks_wait_and_then_are_refused),
		cmocka_unit_test(a_segment_is_done_when_nobody_needs_it),
		cmocka_unit_test(blocks_of_any_size_open_and_no_other_key_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
