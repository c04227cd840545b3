/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file track.h
 * Which packets of one stream are new, by SSRC and sequence number.
 *
 * Each packet is kept at most once; late ones are kept as they come, and
 * finish puts them in order. A window of TRACK_WINDOW numbers tells a late
 * packet from one that came twice. What jumps out of the window is a
 * restarted sender if the next one follows it and the old numbering has
 * fallen silent, and a replay otherwise (RFC 3550, A.1, made stricter).
 *
 * Another SSRC is taken at once, so that a change of sender costs nothing.
 * If the one before goes on talking all the same, the newcomer is an
 * intruder and is barred until the other has been silent for a while.
 */
#ifndef TALLENNE_MEDIA_TRACK_H
#define TALLENNE_MEDIA_TRACK_H

#include "base/clock.h"

enum { TRACK_WINDOW = 256, TRACK_AHEAD_MAX = 3000 };

enum track_verdict {
	TRACK_KEEP,
	TRACK_DUPLICATE, /**< came before */
	TRACK_REPLAY,	 /**< far from where the stream is */
	TRACK_INTRUDER,	 /**< another SSRC beside the live one */
};

/** One SSRC; a line of the cache. */
struct track_source {
	uint32_t ssrc;
	uint32_t highest;    /**< sequence, extended by the number of wraps */
	uint32_t lowest;     /**< the same, where it began */
	uint32_t count;	     /**< packets kept; 0: none heard yet */
	uint32_t jumped;     /**< number expected after a jump, + 0x10000 */
	bool is_contested;   /**< another one is heard and not barred */
	nanoseconds last_at; /**< arrival of the last one kept */
	uint64_t seen[TRACK_WINDOW / 64];
};

static_assert(sizeof(struct track_source) == 64, "a line of the cache");

/** Of a stream, what most packets do not touch. */
struct track_rest {
	struct track_source rival; /**< count 0: none */
	uint32_t after_rival;	   /**< packets of current since it came */
	bool is_barred;		   /**< the rival */
	uint64_t lost;		   /**< of sources that are over */
	uint32_t changes;	   /**< of SSRC, and restarts */
};

/** Both, as they are borrowed. */
struct track {
	struct track_source *current;
	struct track_rest *rest; /**< touched when current is contested */
};

/** What to do with a packet that arrived at a (monotonic) time. */
enum track_verdict track_take(const struct track *track, uint32_t ssrc,
			      uint16_t sequence, nanoseconds at);

/** How many packets never came, so far. */
uint64_t track_lost(const struct track_source *current,
		    const struct track_rest *rest);

/** Forget everything but the loss. */
void track_reset(const struct track *track);

#endif
