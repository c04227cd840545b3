/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file anchor.h
 * Where on our wall clock each packet of a stream belongs.
 *
 * A sender's RTP clock tells exactly how packets lie to each other, but not
 * when they were, and it runs a little fast or slow; their arrival tells
 * when they were, but trembles. So: a packet lies at its RTP time plus the
 * least delay (arrival minus RTP time) seen around it. Where that least
 * delay jumps by more than ANCHOR_JUMP, or the SSRC or the clock rate
 * changes, a new run begins, and runs have nothing to do with each other.
 *
 * Two passes over the same packets in the same order: the first one sees
 * them all ("see"), the second one is told where each belongs ("follow").
 * Memory is 8 bytes per ANCHOR_WINDOW.
 */
#ifndef TALLENNE_FINISH_ANCHOR_H
#define TALLENNE_FINISH_ANCHOR_H

#include "base/clock.h"
#include "finish/rtp.h"

#define ANCHOR_WINDOW (5 * NS_PER_S)
#define ANCHOR_JUMP (60 * NS_PER_MS)

enum {
	ANCHOR_RUNS_MAX = 4096,
	ANCHOR_WINDOWS_MAX = 1 << 18, /**< of all runs: two weeks */
};

struct anchor;

/** What following a packet tells. */
struct anchor_place {
	uint32_t run;	  /**< number of the run */
	uint32_t epoch;	  /**< changes where sequence numbers start anew */
	int64_t sequence; /**< without wrap, within the epoch */
	int64_t ticks;	  /**< RTP time without wrap, within SSRC and rate */
	nanoseconds at;	  /**< where the packet's first sample belongs */
};

MUST int anchor_new(struct anchor **ret_anchor);
void anchor_free(struct anchor *anchor);

/**
 * First pass: see one packet.
 *
 * @param clock_rate  of its payload type, 1 or more
 * @return 0 or -ENOMEM
 */
MUST int anchor_see(struct anchor *anchor, const struct rtp_packet *packet,
		    nanoseconds arrived_at, uint32_t clock_rate);

/** After the first pass, before the second one. */
void anchor_rewind(struct anchor *anchor);

/** Second pass: where it belongs. Same packets, same order. */
struct anchor_place anchor_follow(struct anchor *anchor,
				  const struct rtp_packet *packet,
				  nanoseconds arrived_at, uint32_t clock_rate);

/** Both passes: sequence numbers start anew: nothing lost from here. */
void anchor_cut(struct anchor *anchor);

#endif
