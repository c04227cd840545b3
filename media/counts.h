/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file counts.h
 * Why a datagram was not recorded, and the other figures of media.
 *
 * Counted in plain memory on the way of a packet and shown on the counters
 * page a few times a second.
 */
#ifndef TALLENNE_MEDIA_COUNTS_H
#define TALLENNE_MEDIA_COUNTS_H

#include "base/base.h"

/** Reasons, in the order of the checks. */
enum drop {
	DROP_PORT,    /**< no open call behind the port */
	DROP_LONG,    /**< longer than RTP_SIZE_MAX */
	DROP_SOURCE,  /**< not from where the SDP said */
	DROP_FORM,    /**< neither RTP nor RTCP */
	DROP_TAG,     /**< wrong SRTP tag */
	DROP_PAUSED,  /**< stream on hold or recording paused */
	DROP_EVENT,   /**< telephone event: pressed keys (S7) */
	DROP_PAYLOAD, /**< payload type that the SDP does not name */
	DROP_DUPLICATE,
	DROP_REPLAY,
	DROP_INTRUDER, /**< another SSRC beside the live one */
	DROP_BEFORE,   /**< before the answer (S10) */
	DROP_AFTER,    /**< after the end (S11) */
	DROP_OVERRUN,  /**< the disk was too slow for too long */
	DROPS
};

struct counts {
	uint64_t packets; /**< that arrived */
	uint64_t bytes;
	uint64_t kept; /**< RTP packets recorded */
	uint64_t reports;
	uint64_t lost;	       /**< that never came, of ended calls */
	uint64_t calls;	       /**< opened */
	uint64_t refused;      /**< OPEN that was answered with an error */
	uint64_t refused_full; /**< of these, because the spool was full */
	uint64_t adopted;      /**< calls that outlived a siprec process */
	uint64_t dropped[DROPS];
};

/** How things are at present. */
struct counts_gauges {
	uint64_t calls_active;
	uint64_t calls_waiting; /**< ended, not yet taken by finish */
	uint64_t blocks, syncs, failures, blocks_waiting;
	uint64_t lag_ms, sync_longest_ms;
	uint64_t is_full;      /**< 1: new calls are refused for it */
	uint64_t kernel_drops; /**< datagrams the sockets had no room for */
};

/** Find the counters on the page. Call once, after counters_open(). */
void counts_open(void);

/** Show how far they have come. */
void counts_show(const struct counts *counts,
		 const struct counts_gauges *gauges);

#endif
