/* SPDX-License-Identifier: EUPL-1.2 */
#include "spool/write.h"

#include <errno.h>
#include <string.h>

#include "spool/disk.h"
#include "spool/pool.h"
#include "spool/turns.h"

/*
 * Blocks wait in the pool; turns say which segment each went to. One batch
 * is under way at a time. Turns up to "durable" are on disk, those up to
 * "posted" are in the batch, those up to "last" exist.
 */
enum { AHEAD = 8 }; /* blocks, about as long as memory takes */

struct spare {
	uint32_t number;
	int fd;
};

struct spool_log {
	struct spool_news news;
	struct disk disk;
	struct pool pool;
	struct turns turns;
	int line; /* to the writing process, -1: none */

	uint64_t durable, posted, last;
	bool busy;     /* a batch is under way */
	bool has_head; /* of the present segment */
	struct disk_write job;
	nanoseconds posted_at;	   /* of this batch, or the last one */
	nanoseconds posted_before; /* of the one before */

	uint32_t segment_blocks;
	bool stopped;
	nanoseconds segment_since;
	nanoseconds not_before; /* after failures: next attempt */
	int failures_in_row;
	struct spare spares[SPOOL_SPARES_MAX];
	int spare_count;
	nanoseconds wanted_at;

	struct spool_figures figures;
};

int spool_log_new(uint64_t memory, uint32_t segment_blocks,
		  const struct spool_news *news, struct spool_log **ret_log)
{
	struct spool_log *log;
	int r;

	assert(segment_blocks >= 2);
	log = calloc(1, sizeof(*log));
	if (!log)
		return -ENOMEM;
	log->news = *news;
	log->line = log->disk.fd = -1;
	log->segment_blocks = segment_blocks;
	r = pool_init(&log->pool, memory);
	if (r < 0) {
		spool_log_free(log);
		return r;
	}
	log->disk.blocks = log->pool.memory;
	log->disk.block_count =
		(uint32_t)(log->pool.memory_size / SPOOL_BLOCK_SIZE);
	log->posted_at = log->posted_before = clock_monotonic();
	*ret_log = log;
	return 0;
}

void spool_log_free(struct spool_log *log)
{
	if (!log)
		return;
	for (int i = 0; i < log->spare_count; i++)
		drop_fd(&log->spares[i].fd);
	drop_fd(&log->disk.fd);
	drop_fd(&log->line);
	pool_done(&log->pool);
	free(log);
}

int spool_log_fork(struct spool_log *log, int *ret_line)
{
	int r = disk_fork(&log->disk, &log->line);

	if (r < 0)
		return r;
	*ret_line = log->line;
	return 0;
}

bool spool_log_is_full(const struct spool_log *log)
{
	return pool_is_full(&log->pool);
}

uint8_t *spool_log_block(struct spool_log *log, uint64_t before,
			 uint64_t *ret_turn)
{
	uint8_t *block;

	assert(before <= log->last);
	block = pool_take(&log->pool, log->last + 1, before);
	if (!block) {
		log->figures.refused++;
		return NULL;
	}
	*ret_turn = ++log->last;
	return block;
}

/* ---- segments ---- */

int spool_log_place(const struct spool_log *log, uint64_t turn,
		    uint32_t *ret_segment, uint32_t *ret_place)
{
	return turns_place(&log->turns, turn, ret_segment, ret_place);
}

static void want(struct spool_log *log, nanoseconds now)
{
	if (log->spare_count > 0 || log->stopped ||
	    (log->wanted_at != 0 &&
	     now - log->wanted_at < SPOOL_RETRY_MS * NS_PER_MS))
		return;
	log->wanted_at = now;
	log->news.want(log->news.self);
}

void spool_log_segment(struct spool_log *log, uint32_t segment, int fd)
{
	log->wanted_at = 0;
	if (log->spare_count == SPOOL_SPARES_MAX || segment == 0 ||
	    log->stopped) {
		drop_fd(&fd);
		log->news.done(log->news.self, segment);
		return;
	}
	log->spares[log->spare_count++] = (struct spare){ segment, fd };
}

/* Hand the segment to whoever writes. */
static void hand_over(struct spool_log *log, uint32_t number, int fd)
{
	struct disk_segment letter = {
		.head = { .type = DISK_SEGMENT, .size = sizeof(letter) },
		.segment = number,
	};
	const struct letter_fds fds = { { fd, -1, -1, -1 }, 1 };

	disk_take(&log->disk, number, fd);
	/* A lost writer is noticed when its line is heard. */
	if (log->line >= 0 && line_post(log->line, &letter.head, &fds, true))
		return;
}

static bool is_past(struct spool_log *log, nanoseconds now)
{
	const struct turns_segment *segment = turns_present(&log->turns);
	uint64_t used = 1 + segment->last - segment->base;

	return used >= log->segment_blocks ||
	       (segment->last > segment->base &&
		now - log->segment_since > SPOOL_SEGMENT_AGE_S * NS_PER_S);
}

/* Have a segment with room; false if there is none. */
static bool have_segment(struct spool_log *log, nanoseconds now)
{
	struct spare spare;

	if (log->turns.has_present && !is_past(log, now))
		return true;
	if (log->spare_count == 0 || now < log->not_before ||
	    turns_is_full(&log->turns))
		return false;

	spare = log->spares[0];
	memmove(log->spares, log->spares + 1,
		(size_t)--log->spare_count * sizeof(spare));
	turns_begin(&log->turns, spare.number, log->durable);
	log->has_head = false;
	log->segment_since = now;
	hand_over(log, spare.number, spare.fd);
	return true;
}

static void segment_dies(struct spool_log *log)
{
	uint32_t number = turns_present(&log->turns)->number;
	bool is_empty = turns_end(&log->turns, log->durable);

	drop_fd(&log->disk.fd);
	log->figures.failures++;
	/* Another at once, but not one after the other. */
	if (log->failures_in_row++ > 0)
		log->not_before =
			clock_monotonic() + SPOOL_RETRY_MS * NS_PER_MS;
	log->news.dead(log->news.self, number);
	if (is_empty)
		log->news.done(log->news.self, number);
}

/* ---- batches ---- */

/* Add one chunk's blocks that are not durable; false if no more fit. */
static bool gather(struct spool_log *log, uint32_t number)
{
	const struct pool_chunk *chunk = &log->pool.chunks[number];
	struct turns_segment *segment = turns_present(&log->turns);
	uint64_t end = chunk->first + chunk->count;
	uint64_t from = log->posted + 1;
	uint64_t room = log->segment_blocks - 1 - (log->posted - segment->base);
	uint32_t count;

	if (from >= end)
		return true;
	if (room == 0 || log->job.piece_count == DISK_PIECES_MAX)
		return false;
	count = (uint32_t)(end - from < room ? end - from : room);
	log->job.pieces[log->job.piece_count++] = (struct disk_piece){
		.block = pool_place(number, (uint32_t)(from - chunk->first)),
		.place = (uint32_t)(from - segment->base),
		.count = count,
	};
	log->posted += count;
	segment->last = log->posted;

	for (uint64_t turn = from; turn < from + count; turn++) {
		uint32_t index = (uint32_t)(turn - chunk->first);
		uint32_t before_segment = 0, before_place = 0;

		/* A chunk's last has none behind it: fetched in vain. */
		__builtin_prefetch(
			pool_block(&log->pool, number, index + AHEAD), 1);
		if (spool_log_place(log, chunk->before[index], &before_segment,
				    &before_place) == 0)
			spool_block_hint(pool_block(&log->pool, number, index),
					 before_segment, before_place);
	}
	return true;
}

static void batch_is_done(struct spool_log *log, int result, nanoseconds took)
{
	assert(log->busy);
	log->busy = false;
	if (took > log->figures.sync_longest)
		log->figures.sync_longest = took;
	if (result < 0) {
		log->posted = log->durable;
		segment_dies(log);
		return;
	}
	log->failures_in_row = 0;
	log->has_head = true;
	log->figures.syncs++;
	log->figures.blocks += log->posted - log->durable;
	log->durable = log->posted;
	pool_free(&log->pool, log->durable);
}

static void write_it_here(struct spool_log *log)
{
	nanoseconds began = clock_monotonic();
	int r = disk_write(&log->disk, &log->job);

	batch_is_done(log, r, clock_monotonic() - began);
}

void spool_log_push(struct spool_log *log)
{
	nanoseconds now = clock_monotonic();

	if (log->busy || log->last == log->durable)
		return;
	if (!have_segment(log, now)) {
		want(log, now);
		return;
	}

	log->job = (struct disk_write){
		.head = { .type = DISK_WRITE, .size = sizeof(log->job) },
		.segment = turns_present(&log->turns)->number,
	};
	if (!log->has_head) {
		spool_block_head(log->pool.memory, log->job.segment,
				 clock_now(&clock_system));
		log->job.pieces[log->job.piece_count++] =
			(struct disk_piece){ .count = 1 };
	}
	for (uint32_t i = 0; i < log->pool.order_count; i++)
		if (!gather(log, pool_nth(&log->pool, i)))
			break;
	log->posted_before = log->posted_at;
	log->posted_at = now;
	log->busy = true;
	/* If it is gone, so is its line, and that is heard soon. */
	if (log->line < 0)
		write_it_here(log);
	else if (line_post(log->line, &log->job.head, NULL, true) < 0)
		return;
}

void spool_log_tick(struct spool_log *log)
{
	nanoseconds now = clock_monotonic();
	int every = log->last - log->durable < SPOOL_BATCH_SMALL
			    ? SPOOL_SYNC_SMALL_MS
			    : SPOOL_SYNC_MS;

	want(log, now);
	if (log->busy)
		return;
	if (log->last == log->durable) {
		log->posted_before = log->posted_at = now;
		return;
	}
	if (now - log->posted_at >= every * NS_PER_MS)
		spool_log_push(log);
}

static int take_done(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct disk_done *letter = (const void *)head;
	struct spool_log *log = self;

	(void)end, (void)fds;
	if (!log->busy || letter->segment != log->job.segment)
		return -EPROTO;
	batch_is_done(log, letter->result > 0 ? -EIO : letter->result,
		      letter->took_ns);
	return 0;
}

static const struct line_rule rules[] = {
	{ DISK_DONE, sizeof(struct disk_done), take_done },
};

int spool_log_hear(struct spool_log *log)
{
	int r = line_serve(log->line, rules, COUNT(rules), log);

	if (r == 0 || r == -EAGAIN)
		return r;
	drop_fd(&log->line);
	/* Whatever of the batch it wrote: the same bytes at the same places
	 * are no second attempt at anything that failed. */
	if (log->busy)
		write_it_here(log);
	return -EPIPE;
}

uint64_t spool_log_durable(const struct spool_log *log)
{
	return log->durable;
}

uint64_t spool_log_last(const struct spool_log *log)
{
	return log->last;
}

/* ---- what is still needed ---- */

void spool_log_need_begin(struct spool_log *log)
{
	turns_need_begin(&log->turns);
}

void spool_log_need(struct spool_log *log, uint64_t from, uint64_t to)
{
	turns_need(&log->turns, from, to);
}

void spool_log_need_end(struct spool_log *log)
{
	turns_need_end(&log->turns, log->news.done, log->news.self);
}

void spool_log_stop(struct spool_log *log)
{
	log->stopped = true;
	if (log->last == log->durable)
		log->turns.has_present = false;
	for (int i = 0; i < log->spare_count; i++) {
		drop_fd(&log->spares[i].fd);
		log->news.done(log->news.self, log->spares[i].number);
	}
	log->spare_count = 0;
}

void spool_log_figures(const struct spool_log *log,
		       struct spool_figures *ret_figures)
{
	*ret_figures = log->figures;
	ret_figures->waiting = log->last - log->durable;
	if (ret_figures->waiting > 0)
		ret_figures->lag = clock_monotonic() - log->posted_before;
	else
		ret_figures->lag = 0;
}
