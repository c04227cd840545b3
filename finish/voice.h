/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file voice.h
 * One track, becoming sound: ordered, decoded, concealed, resampled and
 * laid where it belongs in the lanes.
 *
 * Packets wait VOICE_WAIT for those they overtook. Between packets the RTP
 * clock decides, to the sample; against our wall clock the voice slips by
 * single samples as the sender's clock drifts, and is set anew where the
 * drift is a jump.
 */
#ifndef TALLENNE_FINISH_VOICE_H
#define TALLENNE_FINISH_VOICE_H

#include <stdatomic.h>

#include "finish/lanes.h"
#include "finish/track.h"

#define VOICE_WAIT (1 * NS_PER_S)

enum {
	VOICE_WAITING_MAX = 512, /**< packets; then the first must go */
	VOICE_NOBODY = UINT32_MAX,
};

/** Where the work is, in memory that outlives a crash of the worker. */
struct voice_progress {
	_Atomic uint32_t track; /**< being decoded, or VOICE_NOBODY */
	_Atomic uint32_t codec;
	_Atomic uint32_t is_begun; /**< the worker is past its own start */
};

/** What all voices of a call share. */
struct voice_stage {
	struct lanes *lanes;
	uint32_t rate;			 /**< of the lanes */
	nanoseconds began_at;		 /**< instant of their first sample */
	struct voice_progress *progress; /**< or NULL */
	uint32_t avoid_track; /**< not to be decoded, or VOICE_NOBODY: */
	uint32_t avoid_codec; /**< it broke the decoder before */
};

struct voice;

/** What is counted of a voice. */
struct voice_count {
	uint64_t lost;	  /**< packets that never came or were not sound */
	uint64_t doubled; /**< came twice, or too late to be heard */
};

/**
 * @param stage  borrowed for the voice's life
 * @param track  borrowed; its number among the call's tracks
 */
MUST int voice_new(const struct voice_stage *stage, const struct track *track,
		   uint32_t number, struct voice **ret_voice);

void voice_free(struct voice *voice);

/**
 * Take a packet inside the gates, in the order of arrival.
 *
 * @param packet  borrowed; its payload is copied
 * @param codec   of its payload type
 * @param place   what anchor_follow() said of it
 */
MUST int voice_take(struct voice *voice, const struct rtp_packet *packet,
		    const struct call_codec_map *codec,
		    const struct anchor_place *place, nanoseconds arrived_at);

/** Play what has waited long enough at this instant; INT64_MAX: all. */
MUST int voice_play(struct voice *voice, nanoseconds now);

/** After all was played: the last samples out of the resampler. */
MUST int voice_finish(struct voice *voice);

struct voice_count voice_count(const struct voice *voice);

#endif
