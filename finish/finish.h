/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file finish.h
 * What media asks of finish: make one ended call into a recording.
 *
 * finish reads the call's chunks from the spool (spool/spool.h has the
 * format), decodes each stream, puts both lanes on one clock, encodes
 * them, draws the peaks, seals all three and hands them to the register.
 * Each call is worked on in a process of its own that has no network, can
 * open nothing, and ends with it: a call that breaks a decoder breaks only
 * itself.
 */
#ifndef TALLENNE_FINISH_H
#define TALLENNE_FINISH_H

#include "base/clock.h"
#include "base/line.h"
#include "seal/seal.h"

enum finish_letter {
	FINISH_CALL = 1, /**< struct finish_call; answered by FINISH_DONE */
	FINISH_DONE,	 /**< struct finish_done */
};

/** Place of one chunk in the spool. */
struct finish_place {
	uint32_t segment; /**< number of the spool segment, 0: none */
	uint32_t block;	  /**< 4096-byte block within it */
};

/** An ended call. */
struct finish_call {
	struct letter head; /**< FINISH_CALL */
	struct id contact;
	struct id call;
	uint64_t number;  /**< the contact's register number */
	uint32_t segment; /**< stretch of the contact: 0, 1 ... */
	struct seal_end end;
	uint32_t reason;	    /**< enum call_end */
	nanoseconds answered_at;    /**< gate S10 */
	nanoseconds ended_at;	    /**< gate S11 */
	uint64_t chunk_count;	    /**< how many chunks belong to the call */
	struct finish_place last;   /**< each chunk names the one before it */
	uint8_t key[SEAL_KEY_SIZE]; /**< of the chunks; wiped after use */
};

/** It is a recording now, or will never be one. */
struct finish_done {
	struct letter head; /**< FINISH_DONE */
	struct id call;
	int32_t result; /**< 0; -ENODATA: no sound inside the gates, the
				 register was told; -EAGAIN: try again later;
				 -EBADMSG: damaged, what could be saved was */
	uint32_t reserved;
};

#endif
