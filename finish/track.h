/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file track.h
 * The voices of a call: which stream is whose, and what is heard where.
 *
 * A track is one stream of the session under one label. The spool tells
 * the state of each stream at each change; whose voice it is may be told
 * late, and then holds from the start. Both passes over the spool take the
 * same records and so find the same tracks.
 */
#ifndef TALLENNE_FINISH_TRACK_H
#define TALLENNE_FINISH_TRACK_H

#include "finish/anchor.h"
#include "spool/spool.h"

enum {
	TRACKS_MAX = 32, /**< in a call; further streams stay silent */
	TRACK_LEFT = 1,	 /**< heard in the caller's lane */
	TRACK_RIGHT = 2, /**< heard in the agent's lane */
};

struct track {
	uint32_t label;
	uint8_t lane;	 /**< enum call_lane, as last told */
	uint8_t sides;	 /**< TRACK_LEFT | TRACK_RIGHT, tracks_assign() */
	bool is_paused;	 /**< at this point of the pass */
	bool is_heard;	 /**< any packet came inside the gates */
	uint32_t codecs; /**< heard, a bit for each enum call_codec */
	struct anchor *anchor;
	int codec_count; /**< at this point of the pass */
	struct call_codec_map codec[CALL_CODECS_MAX];
};

struct tracks {
	struct track track[TRACKS_MAX];
	int count;
	int made;		  /**< in this pass */
	int at[CALL_STREAMS_MAX]; /**< track of each place, or -1 */
	uint64_t refused;	  /**< streams beyond TRACKS_MAX */
};

void tracks_init(struct tracks *tracks);
void tracks_done(struct tracks *tracks);

/** Before the second pass. */
void tracks_rewind(struct tracks *tracks);

/**
 * Take the state of a stream.
 *
 * @param place  among the call's streams
 * @return 0, -ENOSPC beyond TRACKS_MAX, or -ENOMEM
 */
MUST int tracks_take(struct tracks *tracks, uint32_t place,
		     const struct spool_stream *state);

/**
 * The track at a place. Where the spool's record of it was lost, one is
 * made that knows the static payload types (RFC 3551).
 *
 * @return NULL if there can be no more tracks
 */
struct track *tracks_find(struct tracks *tracks, uint32_t place);

/** What a payload type means here; false if nobody told. */
bool track_codec(const struct track *track, uint8_t payload_type,
		 struct call_codec_map *ret_codec);

/**
 * Decide who is heard where, once all is known.
 *
 * @return whether caller and agent are in one stream
 */
bool tracks_assign(struct tracks *tracks);

#endif
