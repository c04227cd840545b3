/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file write.h
 * The log of one media process: sealed blocks in order, from memory to
 * durable, through as many segments as it takes.
 *
 * Each block gets the next number of the log, its "turn"; a block is
 * durable when its turn is not above spool_log_durable(). A turn never
 * changes, but where the block stands does: only when it is written, and
 * when a segment dies, everything not yet durable is written, unchanged
 * but for the hint, into another (no write and no sync is ever repeated on
 * a failed descriptor: the kernel would report success and keep nothing).
 *
 * Nothing here blocks while the writing process lives. Blocks wait in
 * memory for as long as the disk takes; when that is full, new ones are
 * refused and the caller labels the hole (SPOOL_OVERRUN).
 */
#ifndef TALLENNE_SPOOL_WRITE_H
#define TALLENNE_SPOOL_WRITE_H

#include "spool/block.h"

enum {
	SPOOL_CHUNK_BLOCKS = 256,  /**< memory is handed out in such runs */
	SPOOL_SEGMENTS_MAX = 4096, /**< unfinished at one time */
	SPOOL_SPARES_MAX = 2,
	SPOOL_SYNC_MS = 100, /**< one batch and one sync so often */
	/** The same while less than SPOOL_BATCH_SMALL blocks wait: a sync
	    costs the same for one block as for hundreds. */
	SPOOL_SYNC_SMALL_MS = 150,
	SPOOL_BATCH_SMALL = 256,
	SPOOL_RETRY_MS = 1000,	    /**< between segments that fail at once */
	SPOOL_SEGMENT_AGE_S = 3600, /**< then the next one is begun */
};

struct spool_log;

/** What the log says to who made it. */
struct spool_news {
	void *self;
	void (*want)(void *self); /**< hand me a fresh segment */
	void (*dead)(void *self, uint32_t segment); /**< could not write it */
	void (*done)(void *self, uint32_t segment); /**< not needed now */
};

/** How it stands; totals since the start. */
struct spool_figures {
	uint64_t blocks; /**< made durable */
	uint64_t syncs;
	uint64_t failures; /**< writes or syncs that failed */
	uint64_t refused;  /**< blocks for which there was no memory */
	uint64_t waiting;  /**< blocks not yet durable */
	nanoseconds lag;   /**< age of the oldest block not yet durable */
	nanoseconds sync_longest;
};

/**
 * Make a log.
 *
 * @param memory  bytes of blocks that may wait; touched only when needed
 * @param segment_blocks  length of a segment, head included; 2 or more
 * @param news    copied
 * @return 0, -ENOMEM, or the negative errno of making shared memory
 */
MUST int spool_log_new(uint64_t memory, uint32_t segment_blocks,
		       const struct spool_news *news,
		       struct spool_log **ret_log);

/** Free it; what is not durable is lost. Accepts NULL. */
void spool_log_free(struct spool_log *log);

/**
 * Start the writing process; without it the log writes by itself and
 * blocks.
 *
 * @param[out] ret_line  watch it and call spool_log_hear(); borrowed
 */
MUST int spool_log_fork(struct spool_log *log, int *ret_line);

/**
 * Take an answer of the writing process.
 *
 * @return 0, -EAGAIN, or -EPIPE: it is gone and so is its line (unwatch
 *         it); the log writes by itself from now on
 */
MUST int spool_log_hear(struct spool_log *log);

/** Take a fresh segment to write to; number 1 or more; fd is owned. */
void spool_log_segment(struct spool_log *log, uint32_t segment, int fd);

/**
 * Take the next place in the log.
 *
 * @param before  turn of the same call's block before, 0 for its first
 * @param[out] ret_turn  turn of this one
 * @return SPOOL_BLOCK_SIZE bytes to be filled before anything else is
 *         called; NULL if memory is full
 */
uint8_t *spool_log_block(struct spool_log *log, uint64_t before,
			 uint64_t *ret_turn);

/** Whether a block would be refused now. */
bool spool_log_is_full(const struct spool_log *log);

/** Call every few milliseconds: starts a batch when it is time. */
void spool_log_tick(struct spool_log *log);

/** Start a batch now if none is under way. */
void spool_log_push(struct spool_log *log);

/** All turns up to this one are durable. */
uint64_t spool_log_durable(const struct spool_log *log);

/** The last turn given, 0 if none. */
uint64_t spool_log_last(const struct spool_log *log);

/** Where a durable block stands; 0, or -ENOENT. */
MUST int spool_log_place(const struct spool_log *log, uint64_t turn,
			 uint32_t *ret_segment, uint32_t *ret_place);

/** Begin to tell which blocks are still needed. */
void spool_log_need_begin(struct spool_log *log);

/** All segments from one turn to another are needed. */
void spool_log_need(struct spool_log *log, uint64_t from, uint64_t to);

/** Those nobody needs are done, but for the present one. */
void spool_log_need_end(struct spool_log *log);

/** Begin no other segment and call the present one past: before the end. */
void spool_log_stop(struct spool_log *log);

void spool_log_figures(const struct spool_log *log,
		       struct spool_figures *ret_figures);

#endif
