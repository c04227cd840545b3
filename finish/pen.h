/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file pen.h
 * The place in the lanes where a voice writes next.
 *
 * Resamples what it writes if need be; its position counts what is still
 * inside the resampler, so a writer only ever thinks in positions.
 */
#ifndef TALLENNE_FINISH_PEN_H
#define TALLENNE_FINISH_PEN_H

#include "finish/lanes.h"

struct SwrContext;

struct pen {
	struct lanes *lanes; /**< borrowed */
	unsigned sides;	     /**< TRACK_LEFT | TRACK_RIGHT */
	uint32_t rate;	     /**< of the lanes */
	int64_t at;	     /**< next sample to reach the lanes */
	uint32_t from_rate;  /**< what the resampler takes; 0: there is none */
	struct SwrContext *resampler;
};

void pen_init(struct pen *pen, struct lanes *lanes, unsigned sides,
	      uint32_t rate);
void pen_done(struct pen *pen);

/** Position of the next sample written. */
int64_t pen_at(const struct pen *pen);

/** Lift the pen, set it down elsewhere. */
MUST int pen_move(struct pen *pen, int64_t to);

/**
 * Write sound.
 *
 * @param samples  count samples at from_rate
 * @param cell     what they are, for the map
 */
MUST int pen_write(struct pen *pen, const int16_t *samples, int count,
		   uint32_t from_rate, enum lanes_cell cell);

#endif
