/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file sdp.h
 * Session descriptions (RFC 8866, RFC 3264) of recorded streams.
 *
 * Reads an offer or an answer of a client, and writes ours: we only ever
 * receive. Slices point into the text that was read; keys of SRTP
 * (RFC 4568) are copied and must be wiped with sdp_wipe().
 */
#ifndef TALLENNE_SIPREC_SDP_H
#define TALLENNE_SIPREC_SDP_H

#include "base/bytes.h"
#include "media/media.h"

enum {
	SDP_MEDIA_MAX = 16, /**< m= lines; CALL_STREAMS_MAX of them usable */
	SDP_LINES_MAX = 1024,
	SDP_LABEL_SIZE = 40, /**< NUL included */
	SDP_SIZE_MAX = 8192, /**< of what we write */
	SDP_ADDRESS_TEXT = 46,
	SDP_FORMATS_MAX = 32, /**< formats looked at in one m= line */
};

enum sdp_direction {
	SDP_SENDRECV, /**< also if nothing was written */
	SDP_SENDONLY,
	SDP_RECVONLY,
	SDP_INACTIVE,
};

/** One m= line. */
struct sdp_media {
	struct slice type;     /**< "audio" */
	struct slice protocol; /**< "RTP/AVP" */
	struct slice formats;  /**< as written */
	bool is_usable;	       /**< audio over RTP that we can record; port
				    not 0 */
	bool is_paused;	       /**< a=inactive, recvonly or c=0.0.0.0 */
	bool is_secure;	       /**< RTP/SAVP or SAVPF */
	bool is_unplaced;      /**< there is no c= line for it at all */
	bool has_rtcp_mux;
	uint8_t direction; /**< enum sdp_direction */
	uint8_t codec_count;
	uint16_t port;
	uint16_t rtcp_port;	    /**< told by a=rtcp, or port + 1, or port */
	uint16_t ptime_ms;	    /**< 0: not told */
	uint8_t address[16];	    /**< as in struct media_stream; zero: paused
				    or a name we do not resolve */
	char label[SDP_LABEL_SIZE]; /**< a=label, or empty */
	struct call_codec_map codecs[CALL_CODECS_MAX]; /**< in offered order */
	struct slice fmtp[CALL_CODECS_MAX]; /**< their a=fmtp, or empty */
	uint8_t srtp; /**< enum media_srtp; NONE with is_secure: no
				    suite we know, not usable */
	uint8_t srtp_key[MEDIA_SRTP_KEY_SIZE]; /**< of their sound */
	struct slice srtp_tag; /**< of the chosen a=crypto line */
};

struct sdp {
	struct slice origin; /**< o= line */
	uint64_t session_id; /**< from it, or 0 */
	uint64_t version;    /**< from it, or 0 */
	uint32_t media_count;
	struct sdp_media media[SDP_MEDIA_MAX];
};

/**
 * Read a description.
 *
 * @return 0; -EBADMSG: not SDP; -E2BIG: more m= lines than we take.
 */
MUST int sdp_parse(struct slice text, struct sdp *ret_sdp);

/**
 * Whether all sound that it describes is sent from an address that it tells
 * and that can reach ours: literal, and of the same family. A line of which
 * that is not true becomes unusable: nobody else may fill its place.
 *
 * Where no c= line is written (old OpenSIPS) it is the signalling's source.
 *
 * @param ours    literal IPv4 or IPv6
 * @param source  of the signalling, as in struct media_stream
 */
bool sdp_keep_reachable(struct sdp *sdp, const char *ours,
			const uint8_t source[16]);

/** Why nothing of it can be recorded, as a literal for the log. */
const char *sdp_why_deaf(const struct sdp *sdp);

/** Wipe the keys. Accepts NULL. */
void sdp_wipe(struct sdp *sdp);

/**
 * Fill in what the description knows of a stream: address, source port,
 * state, codecs, rtcp_mux, srtp and its key. Leaves lane, label and
 * want_port alone.
 */
void sdp_fill_stream(const struct sdp_media *media,
		     struct media_stream *stream);

/** Our side of one m= line. */
struct sdp_place {
	uint16_t port;			       /**< of RTP; 0: refused */
	uint8_t srtp_key[MEDIA_SRTP_KEY_SIZE]; /**< ours, random; needed if
						    the line is secure */
};

/** Our side. */
struct sdp_ours {
	char address[SDP_ADDRESS_TEXT]; /**< literal IPv4 or IPv6 */
	uint64_t session_id;
	uint64_t version; /**< one more at each change */
	struct sdp_place places[SDP_MEDIA_MAX];
};

/** How many bytes of key and salt a suite has; 0 for NONE. */
size_t sdp_key_size(enum media_srtp suite);

/**
 * Write our answer: the same m= lines, each recvonly (inactive to
 * inactive and to recvonly), refused with port 0 where our port is 0,
 * label echoed, codecs we know in the order they were offered.
 *
 * @param out  room of SDP_SIZE_MAX
 * @return 0 or -EMSGSIZE
 */
MUST int sdp_write_answer(const struct sdp *offer, const struct sdp_ours *ours,
			  char *out, size_t size, size_t *ret_size);

/**
 * Write an offer of our own, for an INVITE without one (Cisco BiB):
 * count recvonly streams, G.711, G.722, G.729 and Opus.
 *
 * @param suite  MEDIA_SRTP_NONE, or offer this one with the places' keys;
 *               the answer brings the key of their sound
 */
MUST int sdp_write_offer(const struct sdp_ours *ours, uint32_t count,
			 enum media_srtp suite, char *out, size_t size,
			 size_t *ret_size);

#endif
