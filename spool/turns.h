/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file turns.h
 * Which turns of the log lie in which segment, and which segments are
 * still needed.
 *
 * Segments stand in the order of their turns; only the last, the present
 * one, grows. Everything here is bookkeeping: no file, no memory of blocks.
 */
#ifndef TALLENNE_SPOOL_TURNS_H
#define TALLENNE_SPOOL_TURNS_H

#include "spool/write.h"

struct turns_segment {
	uint32_t number;
	int32_t need;  /**< > 0 while somebody needs it; see turns_need() */
	uint64_t base; /**< turn of the block at place 0, if that were one */
	uint64_t last; /**< last turn in it; equal to base: none */
};

struct turns {
	struct turns_segment segments[SPOOL_SEGMENTS_MAX];
	uint32_t count;
	bool has_present; /**< the last of them is written to */
};

bool turns_is_full(const struct turns *turns);

/** A segment becomes the present one, for the turns after this one. */
void turns_begin(struct turns *turns, uint32_t number, uint64_t after);

/** The segment that is written to; there must be one. */
struct turns_segment *turns_present(struct turns *turns);

/**
 * The present segment takes no more: of its turns those up to "durable"
 * stand in it.
 *
 * @return whether it is empty, and so forgotten
 */
bool turns_end(struct turns *turns, uint64_t durable);

/** Where a turn stands; 0, or -ENOENT. */
MUST int turns_place(const struct turns *turns, uint64_t turn,
		     uint32_t *ret_segment, uint32_t *ret_place);

/** Begin to tell which turns are needed. */
void turns_need_begin(struct turns *turns);

/** All segments from one turn to another are needed; from 0: none. */
void turns_need(struct turns *turns, uint64_t from, uint64_t to);

/** Forget those nobody needs, but for the present one; tell each. */
void turns_need_end(struct turns *turns,
		    void (*done)(void *self, uint32_t number), void *self);

#endif
