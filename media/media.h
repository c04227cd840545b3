/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file media.h
 * What siprec may ask of a media process: listen, change, mark, close.
 *
 * media receives RTP and appends it, sealed, to the spool. It holds public
 * keys only, never sends a datagram and never reads back what it wrote. It
 * does nothing that siprec did not ask for: a packet that belongs to no
 * open call, comes from another source or with a wrong SRTP tag is counted
 * and dropped.
 *
 * A "contact" is what the register knows as one call; a "call" here is one
 * unbroken stretch of it in one media process (segment 0; after a crash
 * segment 1, and so on).
 *
 * The gates (S10, S11): sound counts from the moment of CALL_MARK_ANSWERED
 * up to "at" of MEDIA_CLOSE, by the arrival time of each packet. What comes
 * before the answer is held in memory for a fraction of a second only, to
 * make the edge exact, and is never written.
 */
#ifndef TALLENNE_MEDIA_H
#define TALLENNE_MEDIA_H

#include "base/clock.h"
#include "base/line.h"
#include "seal/seal.h"
#include "spool/call.h"

enum {
	MEDIA_SRTP_KEY_SIZE = 46, /**< master key and salt, RFC 4568, 7714 */
	/** No RTP on any unpaused stream for so long: MEDIA_SILENT. */
	MEDIA_SILENCE_S = 30,
};

enum media_letter {
	MEDIA_OPEN = 1, /**< struct media_open; answered by MEDIA_OPENED */
	MEDIA_OPENED,	/**< struct media_opened */
	MEDIA_CHANGE,	/**< struct media_open; answered by MEDIA_OPENED */
	MEDIA_MARK,	/**< struct media_mark; no answer */
	MEDIA_CLOSE,	/**< struct media_close; answered by MEDIA_CLOSED */
	MEDIA_CLOSED,	/**< struct media_closed */
	MEDIA_SILENT,	/**< struct media_closed; media's own, tag 0: this
			     call hears nothing since MEDIA_SILENCE_S */
	MEDIA_READY,	/**< struct media_ready; media's own, on a new line */
};

/** SRTP suites (RFC 4568, RFC 7714). */
enum media_srtp {
	MEDIA_SRTP_NONE,
	MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80,
	MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32,
	MEDIA_SRTP_AEAD_AES_128_GCM,
	MEDIA_SRTP_AEAD_AES_256_GCM,
	MEDIA_SRTP_AES_256_CM_HMAC_SHA1_80,
};

/** One stream, that is one m= line of the session. */
struct media_stream {
	uint8_t address[16];  /**< source; IPv4 as ::ffff:a.b.c.d; zero: none
				   told, then the first source that fits is
				   pinned */
	uint16_t source_port; /**< from the SDP; 0: any port of the address */
	uint16_t want_port;   /**< receive here if it can be, 0: any */
	uint8_t lane;	      /**< enum call_lane */
	uint8_t state;	      /**< enum call_stream_state */
	uint8_t srtp;	      /**< enum media_srtp */
	uint8_t codec_count;
	uint32_t label; /**< number of the stream in its call, stable
				   through changes */
	struct call_codec_map codecs[CALL_CODECS_MAX];
	uint8_t srtp_key[MEDIA_SRTP_KEY_SIZE]; /**< wiped after use */
	uint8_t rtcp_mux; /**< RTCP comes on the same port */
	uint8_t reserved;
};

/** Open a call, or tell the whole of its present state anew. */
struct media_open {
	struct letter head;	 /**< MEDIA_OPEN or MEDIA_CHANGE */
	struct id contact;	 /**< as in the register */
	struct id call;		 /**< this stretch; random, fresh at OPEN */
	uint64_t number;	 /**< the contact's register number */
	uint32_t segment;	 /**< 0, 1 ... */
	struct seal_end end;	 /**< of the sound, computed from the policy */
	uint32_t stream_count;	 /**< places used in streams, from the front */
	nanoseconds answered_at; /**< 0: not answered yet, the gate is shut */
	nanoseconds at;		 /**< when this change holds from */
	struct media_stream streams[CALL_STREAMS_MAX];
};

/** Ports that were taken, place by place as asked. */
struct media_opened {
	struct letter head; /**< MEDIA_OPENED */
	struct id call;
	int32_t result; /**< 0, -EAGAIN (no ports, no room, or the spool is
				 full: answer 503),
				 -ENOKEY (no key yet), -ENOENT (CHANGE of an
				 unknown call), -EINVAL */
	uint16_t port[CALL_STREAMS_MAX]; /**< RTP; RTCP is the next one */
	uint32_t reserved;
};

/** Something happened in the call that the timeline shows. */
struct media_mark {
	struct letter head; /**< MEDIA_MARK */
	struct id call;
	nanoseconds at; /**< when, by our own clock */
	uint32_t kind;	/**< enum call_mark */
	uint32_t label; /**< stream it concerns, UINT32_MAX: all */
};

/** End a call. */
struct media_close {
	struct letter head; /**< MEDIA_CLOSE */
	struct id call;
	nanoseconds at;	 /**< nothing that came later is kept */
	uint32_t reason; /**< enum call_end */
	uint32_t reserved;
};

/** A call is closed; its sound is with finish now. */
struct media_closed {
	struct letter head; /**< MEDIA_CLOSED or MEDIA_SILENT */
	struct id call;
	int32_t result;		/**< 0, or -ENOENT */
	uint32_t streams_heard; /**< how many streams brought any packet */
	nanoseconds last_at;	/**< arrival of the last packet kept, or 0 */
};

/** How much this process can take; sent when a line is new. */
struct media_ready {
	struct letter head; /**< MEDIA_READY */
	uint32_t calls_max;
	uint32_t reserved;
};

static_assert(sizeof(struct media_open) <= LETTER_SIZE_MAX, "fits a letter");

#endif
