/* SPDX-License-Identifier: EUPL-1.2 */
#include "spool/write.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "spool/disk.h"

/*
 * Memory is one shared file: block 0 for the head of a segment, then
 * chunks of 256 blocks. Chunks in use stand in "order", oldest first:
 *
 *	order   [ c7 ][ c2 ][ c9 ]            free: a stack, so that the
 *	          |            `- filled       same few chunks are used
 *	          `- durable up to here        again while the disk is fast
 *
 * One batch is under way at a time. Turns up to "durable" are on disk,
 * those up to "posted" are in the batch, those up to "last" exist.
 */
struct chunk {
	uint64_t first; /* turn of its first block */
	uint32_t count;
	uint64_t before[SPOOL_CHUNK_BLOCKS];
};

struct segment {
	uint32_t number;
	int32_t need;  /* > 0 while somebody needs it; see spool_log_need() */
	uint64_t base; /* turn of the block at place 0, if that were one */
	uint64_t last; /* last turn in it; equal to base: none */
};

struct spare {
	uint32_t number;
	int fd;
};

/* Free chunks beyond these give their memory back. */
enum { WARM_CHUNKS = 64 };

struct spool_log {
	struct spool_news news;
	struct disk disk;
	uint8_t *memory;
	size_t memory_size;
	int file;
	int line; /* to the writing process, -1: none */

	struct chunk *chunks;
	uint32_t *order; /* ring of chunk numbers */
	uint32_t *free;	 /* stack of chunk numbers */
	uint32_t chunk_count, order_from, order_count, free_count;

	uint64_t durable, posted, last;
	bool busy;     /* a batch is under way */
	bool has_head; /* of the present segment */
	struct disk_write job;
	nanoseconds posted_at;	   /* of this batch, or the last one */
	nanoseconds posted_before; /* of the one before */

	struct segment segments[SPOOL_SEGMENTS_MAX];
	uint32_t segment_count;
	uint32_t segment_blocks;
	bool has_segment; /* the last of them is written to */
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
	uint64_t chunk_size = (uint64_t)SPOOL_CHUNK_BLOCKS * SPOOL_BLOCK_SIZE;
	uint64_t count = memory / chunk_size;
	struct spool_log *log;
	int r;

	assert(segment_blocks >= 2);
	if (count < 2)
		count = 2;
	if (count > UINT32_MAX / SPOOL_CHUNK_BLOCKS - 1)
		return -ENOMEM;
	log = calloc(1, sizeof(*log));
	if (!log)
		return -ENOMEM;
	log->news = *news;
	log->file = log->line = log->disk.fd = -1;
	log->segment_blocks = segment_blocks;
	log->chunk_count = log->free_count = (uint32_t)count;
	log->chunks = calloc(count, sizeof(*log->chunks));
	log->order = calloc(count, sizeof(*log->order));
	log->free = calloc(count, sizeof(*log->free));
	r = -ENOMEM;
	if (!log->chunks || !log->order || !log->free)
		goto fail;
	for (uint32_t i = 0; i < log->chunk_count; i++)
		log->free[i] = log->chunk_count - 1 - i;

	log->memory_size = (1 + count) * chunk_size;
	log->file = memfd_create("spool", MFD_CLOEXEC);
	if (log->file < 0 ||
	    ftruncate(log->file, (off_t)log->memory_size) < 0) {
		r = -errno;
		goto fail;
	}
	log->memory = mmap(NULL, log->memory_size, PROT_READ | PROT_WRITE,
			   MAP_SHARED, log->file, 0);
	if (log->memory == MAP_FAILED) {
		log->memory = NULL;
		r = -errno;
		goto fail;
	}
	log->disk.blocks = log->memory;
	log->disk.block_count = (uint32_t)(log->memory_size / SPOOL_BLOCK_SIZE);
	log->posted_at = log->posted_before = clock_monotonic();
	*ret_log = log;
	return 0;
fail:
	spool_log_free(log);
	return r;
}

void spool_log_free(struct spool_log *log)
{
	if (!log)
		return;
	for (int i = 0; i < log->spare_count; i++)
		drop_fd(&log->spares[i].fd);
	drop_fd(&log->disk.fd);
	drop_fd(&log->line);
	drop_fd(&log->file);
	if (log->memory)
		(void)munmap(log->memory, log->memory_size);
	free(log->chunks);
	free(log->order);
	free(log->free);
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

static uint32_t place_of(const struct spool_log *log, uint32_t chunk,
			 uint32_t index)
{
	(void)log;
	return (1 + chunk) * SPOOL_CHUNK_BLOCKS + index;
}

static uint8_t *memory_of(const struct spool_log *log, uint32_t chunk,
			  uint32_t index)
{
	return log->memory +
	       (size_t)place_of(log, chunk, index) * SPOOL_BLOCK_SIZE;
}

static uint32_t nth(const struct spool_log *log, uint32_t index)
{
	return log->order[(log->order_from + index) % log->chunk_count];
}

static struct chunk *filling(const struct spool_log *log)
{
	struct chunk *chunk;

	if (log->order_count == 0)
		return NULL;
	chunk = &log->chunks[nth(log, log->order_count - 1)];
	return chunk->count < SPOOL_CHUNK_BLOCKS ? chunk : NULL;
}

bool spool_log_is_full(const struct spool_log *log)
{
	return !filling(log) && log->free_count == 0;
}

uint8_t *spool_log_block(struct spool_log *log, uint64_t before,
			 uint64_t *ret_turn)
{
	struct chunk *chunk = filling(log);
	uint32_t index;

	assert(before <= log->last);
	if (!chunk) {
		if (log->free_count == 0) {
			log->figures.refused++;
			return NULL;
		}
		index = log->free[--log->free_count];
		log->order[(log->order_from + log->order_count++) %
			   log->chunk_count] = index;
		chunk = &log->chunks[index];
		chunk->first = log->last + 1;
		chunk->count = 0;
	}
	index = chunk->count++;
	chunk->before[index] = before;
	*ret_turn = ++log->last;
	return memory_of(log, (uint32_t)(chunk - log->chunks), index);
}

/* ---- segments ---- */

static struct segment *present(struct spool_log *log)
{
	assert(log->has_segment && log->segment_count > 0);
	return &log->segments[log->segment_count - 1];
}

/* Segments are in the order of their turns. */
static const struct segment *segment_of(const struct spool_log *log,
					uint64_t turn)
{
	uint32_t from = 0, to = log->segment_count;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (log->segments[middle].last < turn)
			from = middle + 1;
		else
			to = middle;
	}
	if (from == log->segment_count || log->segments[from].base >= turn)
		return NULL;
	return &log->segments[from];
}

int spool_log_place(const struct spool_log *log, uint64_t turn,
		    uint32_t *ret_segment, uint32_t *ret_place)
{
	const struct segment *segment = segment_of(log, turn);

	if (!segment)
		return -ENOENT;
	*ret_segment = segment->number;
	*ret_place = (uint32_t)(turn - segment->base);
	return 0;
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
	const struct segment *segment = present(log);
	uint64_t used = 1 + segment->last - segment->base;

	return used >= log->segment_blocks ||
	       (segment->last > segment->base &&
		now - log->segment_since > SPOOL_SEGMENT_AGE_S * NS_PER_S);
}

/* Have a segment with room; false if there is none. */
static bool have_segment(struct spool_log *log, nanoseconds now)
{
	struct spare spare;

	if (log->has_segment && !is_past(log, now))
		return true;
	if (log->spare_count == 0 || now < log->not_before ||
	    log->segment_count == SPOOL_SEGMENTS_MAX)
		return false;

	spare = log->spares[0];
	memmove(log->spares, log->spares + 1,
		(size_t)--log->spare_count * sizeof(spare));
	log->segments[log->segment_count++] = (struct segment){
		.number = spare.number,
		.base = log->durable,
		.last = log->durable,
	};
	log->has_segment = true;
	log->has_head = false;
	log->segment_since = now;
	hand_over(log, spare.number, spare.fd);
	return true;
}

static void segment_dies(struct spool_log *log)
{
	struct segment *segment = present(log);
	uint32_t number = segment->number;
	bool is_empty;

	segment->last = log->durable;
	is_empty = segment->last == segment->base;
	log->has_segment = false;
	drop_fd(&log->disk.fd);
	log->figures.failures++;
	/* Another at once, but not one after the other. */
	if (log->failures_in_row++ > 0)
		log->not_before =
			clock_monotonic() + SPOOL_RETRY_MS * NS_PER_MS;
	if (is_empty)
		log->segment_count--;
	log->news.dead(log->news.self, number);
	if (is_empty)
		log->news.done(log->news.self, number);
}

/* ---- batches ---- */

/* Add one chunk's blocks that are not durable; false if no more fit. */
static bool gather(struct spool_log *log, uint32_t number)
{
	struct chunk *chunk = &log->chunks[number];
	struct segment *segment = present(log);
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
		.block = place_of(log, number, (uint32_t)(from - chunk->first)),
		.place = (uint32_t)(from - segment->base),
		.count = count,
	};
	log->posted += count;
	segment->last = log->posted;

	for (uint64_t turn = from; turn < from + count; turn++) {
		uint32_t index = (uint32_t)(turn - chunk->first);
		uint32_t before_segment = 0, before_place = 0;

		if (spool_log_place(log, chunk->before[index], &before_segment,
				    &before_place) == 0)
			spool_block_hint(memory_of(log, number, index),
					 before_segment, before_place);
	}
	return true;
}

static void free_durable_chunks(struct spool_log *log)
{
	while (log->order_count > 0) {
		uint32_t number = nth(log, 0);
		struct chunk *chunk = &log->chunks[number];

		if (chunk->count < SPOOL_CHUNK_BLOCKS ||
		    chunk->first + chunk->count - 1 > log->durable)
			return;
		log->order_from = (log->order_from + 1) % log->chunk_count;
		log->order_count--;
		/* After a slow hour, memory goes back to the system. */
		if (log->order_count > WARM_CHUNKS)
			(void)madvise(memory_of(log, number, 0),
				      (size_t)SPOOL_CHUNK_BLOCKS *
					      SPOOL_BLOCK_SIZE,
				      MADV_REMOVE);
		log->free[log->free_count++] = number;
	}
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
	free_durable_chunks(log);
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
		.segment = present(log)->number,
	};
	if (!log->has_head) {
		spool_block_head(log->memory, log->job.segment,
				 clock_now(&clock_system));
		log->job.pieces[log->job.piece_count++] =
			(struct disk_piece){ .count = 1 };
	}
	for (uint32_t i = 0; i < log->order_count; i++)
		if (!gather(log, nth(log, i)))
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

	want(log, now);
	if (log->busy)
		return;
	if (log->last == log->durable) {
		log->posted_before = log->posted_at = now;
		return;
	}
	if (now - log->posted_at >= SPOOL_SYNC_MS * NS_PER_MS)
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
	for (uint32_t i = 0; i < log->segment_count; i++)
		log->segments[i].need = 0;
}

/* Only beginnings and ends are marked here; need_end() sums them up. */
void spool_log_need(struct spool_log *log, uint64_t from, uint64_t to)
{
	const struct segment *first = segment_of(log, from);
	const struct segment *last = segment_of(log, to);

	if (from == 0)
		return;
	if (first)
		log->segments[first - log->segments].need++;
	/* Neither written yet: the present segment is kept anyway. */
	if (first && last && last + 1 < log->segments + log->segment_count)
		log->segments[last + 1 - log->segments].need--;
}

void spool_log_need_end(struct spool_log *log)
{
	int32_t need = 0;
	uint32_t kept = 0;
	uint32_t count = log->segment_count;

	for (uint32_t i = 0; i < count; i++) {
		struct segment segment = log->segments[i];
		bool is_present = log->has_segment && i == count - 1;

		need += segment.need;
		if (need > 0 || is_present)
			log->segments[kept++] = segment;
		else
			log->news.done(log->news.self, segment.number);
	}
	log->segment_count = kept;
}

void spool_log_stop(struct spool_log *log)
{
	log->stopped = true;
	if (log->last == log->durable)
		log->has_segment = false;
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
