/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Chunks in use stand in "order", oldest first:
 *
 *	order   [ c7 ][ c2 ][ c9 ]            free: a stack, so that the
 *	          |            `- filled       same few chunks are used
 *	          `- durable up to here        again while the disk is fast
 */
#include "spool/pool.h"

#include <errno.h>
#include <sys/mman.h>

enum {
	CHUNK_SIZE = SPOOL_CHUNK_BLOCKS * SPOOL_BLOCK_SIZE,
	/* Free chunks beyond these give their memory back. */
	WARM_CHUNKS = 64,
};

int pool_init(struct pool *pool, uint64_t memory)
{
	uint64_t count = memory / CHUNK_SIZE;

	*pool = (struct pool){ .file = -1 };
	if (count < 2)
		count = 2;
	if (count > UINT32_MAX / SPOOL_CHUNK_BLOCKS - 1)
		return -ENOMEM;
	pool->chunk_count = pool->free_count = (uint32_t)count;
	pool->chunks = calloc(count, sizeof(*pool->chunks));
	pool->order = calloc(count, sizeof(*pool->order));
	pool->free = calloc(count, sizeof(*pool->free));
	if (!pool->chunks || !pool->order || !pool->free)
		return -ENOMEM;
	for (uint32_t i = 0; i < pool->chunk_count; i++)
		pool->free[i] = pool->chunk_count - 1 - i;

	pool->memory_size = (1 + count) * CHUNK_SIZE;
	pool->file = memfd_create("spool", MFD_CLOEXEC);
	if (pool->file < 0 ||
	    ftruncate(pool->file, (off_t)pool->memory_size) < 0)
		return -errno;
	pool->memory = mmap(NULL, pool->memory_size, PROT_READ | PROT_WRITE,
			    MAP_SHARED, pool->file, 0);
	if (pool->memory == MAP_FAILED) {
		pool->memory = NULL;
		return -errno;
	}
	return 0;
}

void pool_done(struct pool *pool)
{
	if (pool->memory)
		(void)munmap(pool->memory, pool->memory_size);
	drop_fd(&pool->file);
	free(pool->chunks);
	free(pool->order);
	free(pool->free);
}

uint32_t pool_place(uint32_t chunk, uint32_t index)
{
	return (1 + chunk) * SPOOL_CHUNK_BLOCKS + index;
}

uint8_t *pool_block(const struct pool *pool, uint32_t chunk, uint32_t index)
{
	return pool->memory +
	       (size_t)pool_place(chunk, index) * SPOOL_BLOCK_SIZE;
}

uint32_t pool_nth(const struct pool *pool, uint32_t n)
{
	assert(n < pool->order_count);
	return pool->order[(pool->order_from + n) % pool->chunk_count];
}

static struct pool_chunk *filling(const struct pool *pool)
{
	struct pool_chunk *chunk;

	if (pool->order_count == 0)
		return NULL;
	chunk = &pool->chunks[pool_nth(pool, pool->order_count - 1)];
	return chunk->count < SPOOL_CHUNK_BLOCKS ? chunk : NULL;
}

bool pool_is_full(const struct pool *pool)
{
	return !filling(pool) && pool->free_count == 0;
}

uint8_t *pool_take(struct pool *pool, uint64_t turn, uint64_t before)
{
	struct pool_chunk *chunk = filling(pool);
	uint32_t index;

	if (!chunk) {
		if (pool->free_count == 0)
			return NULL;
		index = pool->free[--pool->free_count];
		pool->order[(pool->order_from + pool->order_count++) %
			    pool->chunk_count] = index;
		chunk = &pool->chunks[index];
		chunk->first = turn;
		chunk->count = 0;
		/* Its pages at one go: each by itself is a fault at a packet.
		 * A kernel that cannot, and memory that is none: as before. */
		if (!chunk->has_pages)
			(void)madvise(pool_block(pool, index, 0), CHUNK_SIZE,
				      MADV_POPULATE_WRITE);
		chunk->has_pages = true;
	}
	assert(turn == chunk->first + chunk->count);
	index = chunk->count++;
	chunk->before[index] = before;
	return pool_block(pool, (uint32_t)(chunk - pool->chunks), index);
}

void pool_free(struct pool *pool, uint64_t durable)
{
	while (pool->order_count > 0) {
		uint32_t number = pool_nth(pool, 0);
		struct pool_chunk *chunk = &pool->chunks[number];

		if (chunk->count < SPOOL_CHUNK_BLOCKS ||
		    chunk->first + chunk->count - 1 > durable)
			return;
		pool->order_from = (pool->order_from + 1) % pool->chunk_count;
		pool->order_count--;
		/* After a slow hour, memory goes back to the system. */
		if (pool->order_count > WARM_CHUNKS) {
			(void)madvise(pool_block(pool, number, 0), CHUNK_SIZE,
				      MADV_REMOVE);
			chunk->has_pages = false;
		}
		pool->free[pool->free_count++] = number;
	}
}
