/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file call.h
 * Words about calls that media writes and finish reads.
 */
#ifndef TALLENNE_SPOOL_CALL_H
#define TALLENNE_SPOOL_CALL_H

#include "base/base.h"

enum { CALL_STREAMS_MAX = 8, CALL_CODECS_MAX = 8 };

/** Codecs. Values are on disk. */
enum call_codec {
	CALL_CODEC_UNKNOWN,
	CALL_CODEC_PCMU,
	CALL_CODEC_PCMA,
	CALL_CODEC_G722,
	CALL_CODEC_G729,
	CALL_CODEC_OPUS,
	CALL_CODEC_GSM,
	CALL_CODEC_ILBC,
	CALL_CODEC_AMR,
	CALL_CODEC_AMR_WB,
	CALL_CODEC_L16,
	CALL_CODEC_CN,		    /**< comfort noise, RFC 3389 */
	CALL_CODEC_TELEPHONE_EVENT, /**< RFC 4733: never decoded, S7 */
	CALL_CODECS
};

/** Whose voice a stream carries. Values are on disk. */
enum call_lane {
	CALL_LANE_UNKNOWN, /**< not yet told; decided by a later change */
	CALL_LANE_CALLER,  /**< left */
	CALL_LANE_AGENT,   /**< right */
	CALL_LANE_MIXED,   /**< both in one stream: goes left and right */
};

/** What a place among the streams is doing. On disk. */
enum call_stream_state {
	CALL_STREAM_FREE,   /**< place not used; frees the port if it was */
	CALL_STREAM_LIVE,   /**< recorded */
	CALL_STREAM_PAUSED, /**< received but not recorded: a=inactive,
				  c=0.0.0.0, pause by RFC 7866 or policy */
};

enum {
	CALL_CODEC_FLAG_OCTET_ALIGNED = 1, /**< AMR, RFC 4867 */
	CALL_CODEC_FLAG_MODE_20 = 2,	   /**< iLBC in 20 ms frames */
};

/** A payload type and what it means. */
struct call_codec_map {
	uint8_t payload_type; /**< 0 to 127 */
	uint8_t codec;	      /**< enum call_codec */
	uint8_t channels;     /**< 1 or 2 */
	uint8_t flags;	      /**< CALL_CODEC_FLAG_* */
	uint32_t clock_rate;  /**< of its RTP timestamps, Hz */
};

/** What happens in a call that its timeline shows. On disk. */
enum call_mark {
	CALL_MARK_ANSWERED = 1, /**< the gate opens */
	CALL_MARK_HOLD,		/**< labels a hole: call on hold */
	CALL_MARK_PAUSE,	/**< labels a hole: recording paused */
	CALL_MARK_RESUME,	/**< ends HOLD and PAUSE */
	CALL_MARK_TRANSFER,	/**< another agent from here on */
	CALL_MARK_JOIN,		/**< another party joined */
	CALL_MARK_LEAVE,
};

/** Why a call ended. On disk and in the database. */
enum call_end {
	CALL_END_BYE = 1, /**< the end-of-call signal (S11) */
	CALL_END_SILENCE, /**< BYE lost: closed by time-out and flagged */
	CALL_END_EXPIRED, /**< session timer ran out */
	CALL_END_LOST,	  /**< siprec or media ended by itself */
	CALL_END_REFUSED, /**< never answered: everything is discarded */
	CALL_END_LIMIT,	  /**< longest call length was reached */
	CALL_END_POLICY,  /**< it went where the policy does not record */
};

#endif
