/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file pool.h
 * The memory in which blocks wait until they are durable.
 *
 * One file shared with the writing process (spool/disk.h): a chunk's worth
 * of room in front, whose first block is the head of a segment, then
 * chunks of SPOOL_CHUNK_BLOCKS blocks. Touched only when needed, given
 * back when a slow disk has caught up.
 *
 * Owns the memory, not the order of turns: the caller numbers the blocks
 * one by one and says up to where they are durable.
 */
#ifndef TALLENNE_SPOOL_POOL_H
#define TALLENNE_SPOOL_POOL_H

#include "spool/write.h"

struct pool_chunk {
	uint64_t first; /**< turn of its first block */
	uint32_t count;
	bool has_pages; /**< its memory is there, not only promised */
	/** For each block: turn of the same call's block before, or 0. */
	uint64_t before[SPOOL_CHUNK_BLOCKS];
};

struct pool {
	uint8_t *memory;
	size_t memory_size;
	int file;
	struct pool_chunk *chunks;
	uint32_t *order; /**< ring of chunk numbers */
	uint32_t *free;	 /**< stack of chunk numbers */
	uint32_t chunk_count, order_from, order_count, free_count;
};

/**
 * Make it, in place.
 *
 * @param memory  bytes of blocks that may wait
 * @return 0, -ENOMEM, or the errno of making shared memory; pool_done()
 *         also then
 */
MUST int pool_init(struct pool *pool, uint64_t memory);
void pool_done(struct pool *pool);

/** Whether there is no room for one more block. */
bool pool_is_full(const struct pool *pool);

/**
 * Take room for a block.
 *
 * @param turn    of this block: one more than the last time
 * @param before  kept for it, see struct pool_chunk
 * @return SPOOL_BLOCK_SIZE bytes, or NULL if it is full
 */
uint8_t *pool_take(struct pool *pool, uint64_t turn, uint64_t before);

/** Number of the n-th chunk in use, oldest first; n < order_count. */
uint32_t pool_nth(const struct pool *pool, uint32_t n);

/** Which block of the memory file one of a chunk is. */
uint32_t pool_place(uint32_t chunk, uint32_t index);

uint8_t *pool_block(const struct pool *pool, uint32_t chunk, uint32_t index);

/** All turns up to this one are durable: their chunks are free. */
void pool_free(struct pool *pool, uint64_t durable);

#endif
