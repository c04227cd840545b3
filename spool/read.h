/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file read.h
 * Reading one call, or what a crash left, out of the spool.
 *
 * A reader is handed segments and one call's key. It opens the blocks of
 * that call and no others, in the order of their numbers, and gives out
 * their records. Nothing it returns is unauthenticated, except the facts
 * in struct spool_head, which only say where to look.
 *
 * A block that is missing or does not open is no error: the reader says
 * SPOOL_GAP in its place, and everything around it stays readable.
 *
 * Lives in the worker of finish: it owns no descriptor and never writes.
 */
#ifndef TALLENNE_SPOOL_READ_H
#define TALLENNE_SPOOL_READ_H

#include "base/bytes.h"
#include "spool/spool.h"

enum {
	/** Blocks of one call at most: 64 GiB, a month of two lanes. */
	SPOOL_CHUNKS_MAX = 1 << 24,
	/** Pseudo record: blocks are missing here. Never on disk. */
	SPOOL_GAP = 255,
};

/** One segment to read; the descriptor is borrowed. */
struct spool_segment {
	uint32_t number; /**< never 0 */
	int fd;
};

/** Where a block lies. */
struct spool_place {
	uint32_t segment; /**< 0: nowhere */
	uint32_t block;	  /**< never 0: that is the segment's head */
};

/** What stands in clear at the start of a block. Not authenticated. */
struct spool_head {
	uint32_t kind; /**< enum spool_block */
	struct id call;
	uint64_t number;	   /**< within the call */
	struct spool_place before; /**< the hint; segment 0 in the first */
};

/** One record, or a gap. */
struct spool_item {
	uint32_t kind;	      /**< enum spool_record, or SPOOL_GAP */
	uint32_t stream;      /**< place among the call's streams, 0 to 7 */
	nanoseconds at;	      /**< arrival; of a gap: of the record before */
	struct slice payload; /**< borrowed until the next item */
	uint64_t missing;     /**< SPOOL_GAP: how many blocks */
};

/**
 * Read the head of a block.
 *
 * @param block  the first SPOOL_CONTENT_AT bytes of one, at least
 * @return 0, or -EBADMSG if it is the block of no call
 */
MUST int spool_head_of(struct slice block, struct spool_head *ret_head);

/**
 * Look at one block.
 *
 * @param block  number of the block within the segment
 * @param[out] ret_head   its head
 * @param[out] ret_first  if not NULL and it is a first block: what stands
 *                        there in clear, not authenticated
 * @return 0, -EBADMSG if it is no call's, -ENODATA behind the last block
 */
MUST int spool_look(const struct spool_segment *segment, uint32_t block,
		    struct spool_head *ret_head, struct spool_first *ret_first);

/**
 * Take the next record out of a block's opened content.
 *
 * @param content   what follows the record last taken
 * @param[out] ret_item  at is in ticks, not nanoseconds
 * @param[out] ret_rest  what follows this record
 * @return 0, -ENODATA at the end, -EBADMSG for a record that is none
 */
MUST int spool_record_of(struct slice content, struct spool_item *ret_item,
			 struct slice *ret_rest);

struct spool_reader;

/**
 * Make a reader for one call.
 *
 * @param segments  all that may hold it; copied, descriptors borrowed
 * @param key       of the call; copied, wiped by spool_reader_free()
 */
MUST int spool_reader_new(const struct spool_segment *segments, size_t count,
			  const struct id *call,
			  const uint8_t key[SEAL_KEY_SIZE],
			  struct spool_reader **ret_reader);

void spool_reader_free(struct spool_reader *reader);

/** Cleanup for OWNED(). */
void spool_reader_drop(struct spool_reader **reader);

/**
 * Find the blocks by their chain, from the last one back. Where the chain
 * is broken, all segments are searched for the rest.
 *
 * @return 0, -E2BIG beyond SPOOL_CHUNKS_MAX, -ENOMEM
 */
MUST int spool_reader_follow(struct spool_reader *reader,
			     struct spool_place last, uint64_t chunk_count);

/** Find the blocks by looking at every block of every segment. */
MUST int spool_reader_search(struct spool_reader *reader);

/** Start again at the first record. */
void spool_reader_rewind(struct spool_reader *reader);

/**
 * The next record in the order of its writing.
 *
 * @return 0, or -ENODATA at the end
 */
MUST int spool_reader_next(struct spool_reader *reader,
			   struct spool_item *ret_item);

/** How many blocks did not open in this pass so far. */
uint64_t spool_reader_missing(const struct spool_reader *reader);

/**
 * What zero of all record times is when the first block, which tells it,
 * is lost: set it before the first spool_reader_next().
 */
void spool_reader_assume(struct spool_reader *reader, nanoseconds at);

#endif
