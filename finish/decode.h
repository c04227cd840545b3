/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file decode.h
 * From payloads to samples, one decoder for each codec of a stream.
 *
 * G.711 and L16 are done here, Opus by libopus (which conceals loss and
 * decodes at the rate we want), the rest by libavcodec. All of it runs in
 * a worker that may crash: nothing here is trusted with more than one call.
 *
 * Samples are mono; both channels of a stereo payload are averaged.
 */
#ifndef TALLENNE_FINISH_DECODE_H
#define TALLENNE_FINISH_DECODE_H

#include "base/bytes.h"
#include "spool/call.h"

enum {
	/** Samples one packet may decode to: 240 ms at 48 kHz. */
	DECODE_SAMPLES_MAX = 11520,
	DECODE_PAYLOAD_MAX = 4096,
	/** Loss is hidden for so long, then there is silence. */
	DECODE_CONCEAL_MS = 60,
};

struct decoder;

/**
 * Make a decoder.
 *
 * @param codec  one that track_codec() let pass
 * @param rate   wished rate of the samples, 8000 or 16000
 * @return 0; -ENOTSUP for what is never sound (CN, telephone-event) or has
 *         no decoder; -ENOMEM
 */
MUST int decoder_new(const struct call_codec_map *codec, uint32_t rate,
		     struct decoder **ret_decoder);

void decoder_free(struct decoder *decoder);

/** Rate of its samples; only some decoders give the wished one. */
uint32_t decoder_rate(const struct decoder *decoder);

/**
 * Decode one payload.
 *
 * @param samples  room for DECODE_SAMPLES_MAX
 * @return how many samples, or -EBADMSG: nothing sensible in it
 */
MUST int decoder_take(struct decoder *decoder, struct slice payload,
		      int16_t *samples);

/**
 * Samples for what never came.
 *
 * @param count    how many; at most DECODE_CONCEAL_MS in a row make sense
 * @param next     payload that follows the loss directly, which may hold
 *                 a copy of what was lost (Opus FEC); empty if none
 * @param samples  room for count samples, filled
 */
void decoder_conceal(struct decoder *decoder, int count, struct slice next,
		     int16_t *samples);

#endif
