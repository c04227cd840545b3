/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file peaks.h
 * The outline of both lanes, for drawing: audiowaveform's .dat, version 2.
 *
 * Its head: version 2, flags 1 (8 bits), sample rate, samples per pixel,
 * number of pixels, 2 channels; six little-endian 32-bit numbers. Then for
 * each pixel the least and the greatest sample of the left, of the right.
 */
#ifndef TALLENNE_FINISH_PEAKS_H
#define TALLENNE_FINISH_PEAKS_H

#include "base/base.h"

enum { PEAKS_PER_S = 50, PEAKS_HEAD_SIZE = 24 };

struct peaks {
	int out; /**< borrowed */
	uint32_t rate;
	uint32_t step;	 /**< samples in a pixel */
	uint32_t filled; /**< of the present pixel */
	uint32_t count;	 /**< pixels so far */
	int16_t least[2];
	int16_t greatest[2];
	size_t pending; /**< bytes not yet written */
	uint64_t written;
	int8_t bytes[4096];
};

/** Begin a file; out is empty and writable. */
void peaks_init(struct peaks *peaks, int out, uint32_t rate);

/** Add frames, left and right interleaved. */
MUST int peaks_add(struct peaks *peaks, const int16_t *samples, size_t count);

/** Write the rest and the head. */
MUST int peaks_finish(struct peaks *peaks, uint64_t *ret_size);

#endif
