/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file lanes.h
 * The two lanes of a recording, from the first sample to the last.
 *
 * Tracks add their sound where it belongs, in any order within a window of
 * LANES_WINDOW_S; what lies behind the window is handed on, both lanes
 * interleaved, and can no longer be changed. Where nothing was added there
 * is silence, and a map in cells of LANES_CELL_MS remembers why.
 */
#ifndef TALLENNE_FINISH_LANES_H
#define TALLENNE_FINISH_LANES_H

#include "base/base.h"

enum {
	LANES = 2,
	LANES_WINDOW_S = 16,
	LANES_CELL_MS = 10,
	LANES_BLOCK = 4096, /**< samples a lane handed on at once, at most */
};

/** What a cell holds; the highest told wins. */
enum lanes_cell {
	CELL_EMPTY,   /**< nothing was ever told of it */
	CELL_LOSS,    /**< packets are known to lack */
	CELL_DAMAGED, /**< packets came that could not be decoded */
	CELL_QUIET,   /**< the sender said it was silent */
	CELL_SOUND,
};

/**
 * Takes finished sound.
 *
 * @param samples  count frames, left and right interleaved; borrowed
 * @return 0, or a negative errno that ends the work
 */
typedef int lanes_sink_fn(void *self, const int16_t *samples, size_t count);

struct lanes;

/**
 * Make both lanes.
 *
 * @param rate    samples a second
 * @param length  of the whole recording, in samples
 */
MUST int lanes_new(uint32_t rate, int64_t length, lanes_sink_fn *sink,
		   void *self, struct lanes **ret_lanes);

void lanes_free(struct lanes *lanes);

/**
 * Add sound. What lies outside the recording or has been handed on
 * already is dropped.
 *
 * @param sides  TRACK_LEFT | TRACK_RIGHT
 * @param at     position of the first sample
 */
void lanes_add(struct lanes *lanes, unsigned sides, int64_t at,
	       const int16_t *samples, size_t count);

/** Tell what a stretch of samples is. */
void lanes_tell(struct lanes *lanes, unsigned sides, int64_t from, int64_t to,
		enum lanes_cell cell);

/** Hand on everything before this position. */
MUST int lanes_advance(struct lanes *lanes, int64_t to);

/** Hand on the rest, to the very length of the recording. */
MUST int lanes_finish(struct lanes *lanes);

/** The map of one lane, 0 or 1, and how many cells it has. */
const uint8_t *lanes_cells(const struct lanes *lanes, int lane,
			   size_t *ret_count);

#endif
