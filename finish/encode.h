/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file encode.h
 * Two lanes into one Ogg Opus file (RFC 7845, RFC 6716).
 *
 * Two uncoupled mono streams (mapping family 1, map 0 1: caller left,
 * agent right), so that nothing of one party is ever heard in the other's
 * lane. Loudness is left as it is. The file carries no comment, so it
 * tells nothing beyond its sound.
 */
#ifndef TALLENNE_FINISH_ENCODE_H
#define TALLENNE_FINISH_ENCODE_H

#include "base/base.h"

enum {
	ENCODE_BITRATE_LANE = 16000, /**< on average while there is speech */
	/**
	 * Chosen with tools/bench/finish_bench.c (decode to sealed object,
	 * times real time on one core): at 8 kHz complexity 1, 3, 5: 310,
	 * 220, 150; at 16 kHz complexity 1, 2, 3: 190, 130, 120. The goal is
	 * 150. Frames of 40 ms cost a tenth less than those of 20.
	 */
	ENCODE_COMPLEXITY_NARROW = 3,
	ENCODE_COMPLEXITY_WIDE = 1,
	ENCODE_FRAME_MS = 40,
};

struct encoder;

/**
 * Begin a file.
 *
 * @param out   empty, writable; borrowed
 * @param rate  8000 or 16000
 */
MUST int encoder_new(int out, uint32_t rate, struct encoder **ret_encoder);

void encoder_free(struct encoder *encoder);

/** Add frames, left and right interleaved. */
MUST int encoder_add(struct encoder *encoder, const int16_t *samples,
		     size_t count);

/** Write the end; the file then holds exactly what was added. */
MUST int encoder_finish(struct encoder *encoder, uint64_t *ret_size);

#endif
