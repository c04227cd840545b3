/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file spool.h
 * The spool: what media appends while calls go on, and finish reads once
 * each has ended.
 *
 * A segment is one file, written in sequence by one media process, in
 * blocks of 4096 bytes: one segment head, then blocks of all calls as they
 * come. Every block of a call is sealed under that call's own key and
 * names the place of the block before it, so finish, which is handed one
 * key, reads that call and nothing else. All integers little-endian.
 *
 *	segment head (block 0)
 *	0	8	"TALLESPL"
 *	8	4	format version, 1
 *	12	4	number of the segment
 *	16	8	made at, nanoseconds since the epoch
 *	24	4072	zero
 *
 *	block of a call
 *	0	4	"CHNK"
 *	4	4	kind: 1 first block of the call, 2 any later one
 *	8	16	call
 *	24	8	number within the call: 0, 1, 2 ...
 *	32	4	segment of the block before; 0 in the first
 *	36	4	place of the block before, in blocks
 *	40	8	zero
 *	48	4032	content, see below
 *	4080	16	tag
 *
 * Kind 2: the content is AES-256-GCM over records; nonce is four zero
 * bytes and the number; additional data are bytes 0 to 31. Bytes 32 to 47
 * are only a hint and not authenticated: a block may have to be written a
 * second time elsewhere, and the same nonce must never cover two texts.
 * The chain is proved by the numbers.
 *
 * Kind 1: the content begins with struct spool_first in clear (who, until
 * when, the sealed key), which is additional data too; records follow.
 *
 * Records, packed, each:
 *	0	2	size of the payload; 0 ends the block, zeros follow
 *	2	1	enum spool_record
 *	3	1	place among the call's streams
 *	4	4	when it arrived, in 0.1 ms since struct spool_first.at
 *	8	...	payload
 *
 * A block holds whole records; media writes a block when the next record
 * does not fit or its oldest record is a quarter of a second old.
 */
#ifndef TALLENNE_SPOOL_H
#define TALLENNE_SPOOL_H

#include "base/clock.h"
#include "seal/seal.h"
#include "spool/call.h"

enum {
	SPOOL_BLOCK_SIZE = 4096,
	SPOOL_CONTENT_AT = 48,
	SPOOL_CONTENT_SIZE = 4032,
	SPOOL_TAG_SIZE = 16,
	SPOOL_RECORD_HEAD = 8,
	SPOOL_VERSION = 1,
};

/** How many units of a record's time are in a second. */
#define SPOOL_TICKS_PER_S 10000

enum spool_block {
	SPOOL_FIRST = 1,
	SPOOL_LATER = 2,
};

/** In clear at the start of a call's first block. */
struct spool_first {
	struct seal_wrapped wrapped; /**< the call's key, SEAL_FOR_SPOOL */
	struct id contact;
	uint64_t number;  /**< register number of the contact */
	nanoseconds at;	  /**< zero of all record times */
	uint32_t segment; /**< stretch of the contact: 0, 1 ... */
	uint32_t reserved;
};

enum spool_record {
	SPOOL_RTP = 1, /**< an RTP packet, whole, after SRTP */
	SPOOL_STREAM,  /**< struct spool_stream: holds from here on */
	SPOOL_MARK,    /**< struct spool_mark */
	SPOOL_CLOSE,   /**< struct spool_close: last record of the call */
	SPOOL_REPORT,  /**< struct spool_report: from an RTCP SR */
	SPOOL_OVERRUN, /**< struct spool_overrun: we were too slow */
};

/** The present state of one stream. */
struct spool_stream {
	uint8_t lane;  /**< enum call_lane */
	uint8_t state; /**< enum call_stream_state */
	uint8_t codec_count;
	uint8_t reserved;
	uint32_t label;
	struct call_codec_map codecs[CALL_CODECS_MAX];
};

/** A mark; its own time may be a little before its record's. */
struct spool_mark {
	nanoseconds at;
	uint32_t kind;	/**< enum call_mark */
	uint32_t label; /**< of the stream, UINT32_MAX: all */
};

struct spool_close {
	nanoseconds answered_at; /**< 0: never */
	nanoseconds ended_at;
	uint32_t reason; /**< enum call_end */
	uint32_t reserved;
};

/** Ties RTP timestamps to the sender's clock (RFC 3550, 6.4.1). */
struct spool_report {
	uint64_t ntp; /**< sender's NTP time */
	uint32_t rtp; /**< the same instant in RTP units */
	uint32_t ssrc;
};

struct spool_overrun {
	uint64_t packets; /**< dropped by us since the last such record */
};

static_assert(sizeof(struct spool_first) == 160, "format of the spool");
static_assert(sizeof(struct call_codec_map) == 8, "format of the spool");
static_assert(sizeof(struct spool_stream) == 72, "format of the spool");

#endif
