/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file sdp.h
 * The client's half of SDP: writing what it sends, reading what it gets.
 */
#ifndef TALLENNE_CLI_CALL_SDP_H
#define TALLENNE_CLI_CALL_SDP_H

#include "cli/call/dialect.h"

enum { SDP_KEY_SIZE = 64 };

/** What a codec is in RTP. */
struct sdp_codec {
	const char *name;   /**< option word: "pcma" */
	const char *rtpmap; /**< "PCMA/8000" */
	uint8_t payload;    /**< payload type used */
	bool is_static;	    /**< RFC 3551 type: rtpmap may be left out */
	uint32_t clock;	    /**< RTP clock rate */
	uint32_t rate;	    /**< sampling rate of what is encoded */
};

/** By enum call_coding. */
extern const struct sdp_codec sdp_codecs[CALL_CODINGS];

/** By enum call_srtp; the names of RFC 4568. */
extern const char *const sdp_suites[CALL_SRTP_SUITES];

/** One m= line to be written. */
struct sdp_line {
	uint16_t port;	   /**< 0: refused or gone */
	const char *label; /**< NULL: none */
	bool paused;
	uint8_t key[SDP_KEY_SIZE];
};

struct sdp_offer {
	const struct dialect *dialect;
	const char *address;
	bool ipv6;
	enum call_coding codec;
	enum call_srtp srtp;
	uint64_t session, version;
	size_t line_count;
	struct sdp_line line[CALL_MEDIA_MAX];
};

void sdp_write(struct text *text, const struct sdp_offer *offer);

/** One m= line that was read. */
struct sdp_media {
	uint16_t port;
	char address[64];
	char direction[12]; /**< "recvonly" ...; "sendrecv" if none */
	char label[32];
	char suite[40]; /**< of the first a=crypto, or empty */
	uint32_t crypto_tag;
	bool savp; /**< RTP/SAVP */
	uint8_t payload[16];
	size_t payload_count;
};

struct sdp_answer {
	size_t media_count;
	struct sdp_media media[CALL_MEDIA_MAX + 2];
};

/** Read an SDP; 0 or -EBADMSG. */
MUST int sdp_read(struct slice text, struct sdp_answer *ret_answer);

#endif
