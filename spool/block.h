/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file block.h
 * One block of a call, sealed: the write half of the format in
 * spool/spool.h. Nothing here can open what it made.
 *
 * One sealer serves any number of calls, one block after the other; each
 * block brings its call's key. The caller never seals two texts under one
 * key and number: a block that must be written again is written as it is.
 */
#ifndef TALLENNE_SPOOL_BLOCK_H
#define TALLENNE_SPOOL_BLOCK_H

#include "spool/spool.h"

enum {
	/** Room for records in a call's first block, and in later ones. */
	SPOOL_RECORDS_FIRST = SPOOL_CONTENT_SIZE - sizeof(struct spool_first),
	SPOOL_RECORDS_LATER = SPOOL_CONTENT_SIZE,
};

struct spool_sealer;

/** Make one; 0, -ENOMEM, or -ENOTSUP without AES-256-GCM. */
MUST int spool_sealer_new(struct spool_sealer **ret_sealer);

/** Free it and forget the last key; accepts NULL. */
void spool_sealer_free(struct spool_sealer *sealer);

/**
 * Seal records into a block.
 *
 * The hint of the block before (bytes 32 to 39) is left zero.
 *
 * @param key      of the call, SEAL_KEY_SIZE bytes, borrowed
 * @param call     the call
 * @param number   of the block within the call, never used before
 * @param first    stands in clear in block 0; NULL exactly in all others
 * @param records  packed records, borrowed
 * @param size     at most SPOOL_RECORDS_FIRST or SPOOL_RECORDS_LATER
 * @param[out] ret_block  SPOOL_BLOCK_SIZE bytes, aligned to 64, all of them
 *                        written
 */
void spool_block_seal(struct spool_sealer *sealer, const uint8_t *key,
		      const struct id *call, uint64_t number,
		      const struct spool_first *first, const void *records,
		      size_t size, uint8_t *ret_block);

/** Fill in where the block before stands. */
void spool_block_hint(uint8_t *block, uint32_t segment, uint32_t place);

/** Make the head of a segment: SPOOL_BLOCK_SIZE bytes. */
void spool_block_head(uint8_t *block, uint32_t segment, nanoseconds made_at);

#endif
