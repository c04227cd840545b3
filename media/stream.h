/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file stream.h
 * One stream of a call: whether a datagram belongs to it.
 *
 * The source is pinned to what the SDP told. Where it told nothing, the
 * first source that brings a valid packet is pinned, and never another
 * (rtpengine CVE-2025-53399, Asterisk CVE-2017-14099). Nothing a datagram
 * contains can end a stream or change its pin.
 */
#ifndef TALLENNE_MEDIA_STREAM_H
#define TALLENNE_MEDIA_STREAM_H

#include "media/counts.h"
#include "media/media.h"
#include "media/rtp.h"
#include "media/secure.h"
#include "media/track.h"

/** Where a datagram came from; IPv4 as ::ffff:a.b.c.d. */
struct source {
	uint8_t address[16];
	uint16_t port;
};

/** What of a stream most packets do not touch. */
struct stream_rest {
	uint64_t events[RTP_TYPES / 64]; /**< payload types of key presses */
	struct track_rest track;
	struct secure *secure; /**< NULL exactly if srtp is none: plain RTP */
	struct spool_stream told; /**< as written to the spool last */
};

/**
 * What each packet is judged by: two lines of the cache. Those of all calls
 * lie close together; with thousands of calls every page counts, too.
 */
struct stream {
	_Alignas(64) uint8_t state; /**< enum call_stream_state */
	bool is_pinned;		    /**< the address is known */
	bool is_learned;	    /**< from a packet, not from the SDP */
	bool takes_control;	    /**< RTCP comes on the same port */
	bool was_heard;
	uint8_t srtp;	      /**< enum media_srtp */
	uint16_t port;	      /**< ours, RTP; RTCP is the next; 0: none */
	struct source source; /**< port 0: any */
	uint64_t sound[RTP_TYPES / 64]; /**< payload types that are kept */
	struct stream_rest *rest;	/**< borrowed, its own for good */
	_Alignas(64) struct track_source current; /**< its numbers */
};

static_assert(sizeof(struct stream) == 128, "two lines");

enum stream_verdict {
	STREAM_DROP,
	STREAM_SOUND,  /**< an RTP packet to be kept */
	STREAM_REPORT, /**< an RTCP sender report */
};

/** What became of a datagram. */
struct stream_result {
	enum drop drop;		    /**< why it is dropped */
	struct spool_report report; /**< what to keep of RTCP */
};

/** Make one of which nothing was told, and its rest. */
void stream_make(struct stream *stream, struct stream_rest *rest);

/**
 * Take over what the session says about this stream now.
 *
 * @param told    checked by stream_is_sane()
 * @return 0, or what secure_new() says; then nothing has changed
 */
MUST int stream_tell(struct stream *stream, const struct media_stream *told);

/** Whether all fields have values that exist. */
bool stream_is_sane(const struct media_stream *told);

/** Forget everything; the port number too. As made anew. */
void stream_clear(struct stream *stream);

/** How many packets never came, so far. */
uint64_t stream_lost(const struct stream *stream);

/**
 * Judge a datagram.
 *
 * @param packet  aligned to 4; decrypted in place
 * @param[in,out] size  0 < size; without the SRTP tag afterwards
 * @param from    where it came from
 * @param is_control_port  it came to the port above the stream's
 * @param at      arrival, monotonic
 */
enum stream_verdict stream_take(struct stream *stream, uint8_t *packet,
				size_t *size, const struct source *from,
				bool is_control_port, nanoseconds at,
				struct stream_result *ret_result);

#endif
