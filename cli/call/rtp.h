/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file rtp.h
 * Senders: one for each stream of each call, frame after frame on time.
 *
 * A stream has an own pair of ports (RTP, RTCP) as a real client has, or
 * shares few sockets with all others so that thousands of streams leave in
 * few system calls (sendmmsg). Nothing is ever received here.
 */
#ifndef TALLENNE_CLI_CALL_RTP_H
#define TALLENNE_CLI_CALL_RTP_H

#include <netinet/in.h>
#include <srtp2/srtp.h>
#include <sys/socket.h>

#include "cli/call/call.h"
#include "cli/call/sdp.h"
#include "cli/call/track.h"

enum {
	RTP_HEAD_SIZE = 12,
	RTP_PACKET_SIZE = RTP_HEAD_SIZE + TRACK_FRAME_SIZE_MAX + 64,
	RTP_BATCH = 64,
	RTCP_EVERY_S = 5,
	RTP_BEHIND_MAX = 50, /**< frames sent at once to catch up */
};

/** A pair of sockets. */
struct rtp_port {
	int rtp, rtcp;
	uint16_t number;	 /**< of the RTP socket, even */
	struct rtp_batch *batch; /**< of a shared pair, else NULL */
};

MUST int rtp_port_open(const struct sockaddr_storage *own, bool shared,
		       struct rtp_port *ret_port);
void rtp_port_close(struct rtp_port *port);
/** Send what waits in a shared pair's batch. */
void rtp_port_flush(struct rtp_port *port);

struct rtp_stream {
	struct rtp_port *port; /**< borrowed */
	const struct call_plan *plan;
	struct call_stream_report *report;
	struct sockaddr_storage to;
	socklen_t to_size;
	uint32_t ssrc, clock_base;
	uint16_t sequence;
	uint8_t payload;
	uint32_t step; /**< RTP clock ticks a frame */
	bool sending, paused, marker;
	bool queued; /**< on the fleet's wheel */
	uint8_t key[SDP_KEY_SIZE];
	srtp_t secure;
	nanoseconds began_at; /**< monotonic; frame 0 is due then */
	uint64_t next;	      /**< frame that is due next */
	const struct track *track;
	uint64_t track_from;   /**< frame at which the track began */
	uint64_t chance;       /**< state of the seeded draws */
	uint32_t octets;       /**< payload, for RTCP */
	nanoseconds report_at; /**< when RTCP is due */
	size_t held_size;      /**< a packet that waits to be swapped */
	uint8_t held[RTP_PACKET_SIZE];
};

/** Make SSRC, sequence, keys; nothing is sent yet. */
MUST int rtp_stream_init(struct rtp_stream *stream,
			 const struct call_plan *plan, struct rtp_port *port,
			 struct call_stream_report *report, uint64_t seed);
void rtp_stream_done(struct rtp_stream *stream);

/** Where to; 0 or -EINVAL if the address is none. */
MUST int rtp_stream_aim(struct rtp_stream *stream, const char *address,
			uint16_t port);

/** Send this track from now on; the first frame is due at once. */
void rtp_stream_play(struct rtp_stream *stream, const struct track *track,
		     nanoseconds now);

void rtp_stream_stop(struct rtp_stream *stream);

/** Leave a gap, or end it: the clock runs on, the sequence does not. */
void rtp_stream_pause(struct rtp_stream *stream, bool pause);

/**
 * Send all frames due by now.
 *
 * @return nanoseconds by which the latest one was late
 */
nanoseconds rtp_stream_turn(struct rtp_stream *stream, nanoseconds now);

#endif
