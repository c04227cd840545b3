/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file session.h
 * One recording session (RFC 7866): a dialog with a client, its streams
 * and what it says of the call.
 *
 *	FREE ─INVITE─► OPENING ─200─► ACCEPTED ─ACK─► LIVE ─BYE─► FREE
 *	                  │ no room, CANCEL: refused     │
 *	                  └──────────► FREE ◄────────────┘ time-out
 *
 * In OPENING the answer waits for the journal and for media. A re-INVITE
 * or UPDATE that changes streams waits in the same way, one at a time.
 */
#ifndef TALLENNE_SIPREC_SESSION_H
#define TALLENNE_SIPREC_SESSION_H

#include "siprec/dialog.h"
#include "siprec/parse/metadata.h"
#include "siprec/parse/sdp.h"
#include "siprec/transaction.h"

enum session_state {
	SESSION_FREE,
	SESSION_OPENING,
	SESSION_ACCEPTED,
	SESSION_LIVE,
};

/** What outlives a crash; flat. */
struct session_kept {
	uint32_t state;	  /**< enum session_state */
	uint32_t contact; /**< index of its contact */
	struct dialog dialog;
	uint32_t expires_s; /**< session timer, 0: none */
	bool is_refresher;  /**< we refresh */
	bool has_update;    /**< the client allows UPDATE */
	bool has_offered;   /**< our offer waits for its answer in an ACK */
	bool is_probed;	    /**< heard nothing; an OPTIONS is out */
	uint8_t lane;	    /**< enum call_lane, if the dialog has one side */
	bool was_alive;	    /**< it has answered one since */
	uint8_t misses;	    /**< unanswered ones in a row */
	bool is_moved;	    /**< the client was not told our new ports yet */
	int64_t began_ms;
	int64_t expires_ms; /**< session timer runs out, 0: never */
	int64_t refresh_ms; /**< we refresh then, 0: never */
	int64_t probe_ms;   /**< we ask for a sign of life then, 0: never */
	int64_t silent_at;  /**< last sound heard, wall clock, or 0 */
	int8_t place[SDP_MEDIA_MAX]; /**< stream of the call, -1: none */
	struct sdp sdp;		     /**< theirs, without slices and keys */
	struct sdp_ours ours;
	struct metadata metadata;
};

/** What happens in this process only. */
struct session {
	struct session_kept kept;
	uint32_t generation;
	uint32_t next;	       /**< in its hash row, plus 1 */
	uint32_t sibling;      /**< next of the same contact, plus 1 */
	bool is_restored;      /**< from the attic: its INVITE may come again */
	transaction_id invite; /**< whose 2xx waits for its ACK, or 0 */
	transaction_id pending;	 /**< waits for media, or 0 */
	uint32_t pending_method; /**< enum message_method */
	uint32_t wanted;	 /**< version of the call it waits for */
	int64_t opening_ms;	 /**< when waiting ends */
	bool is_offering;	 /**< our new ports are out, unanswered */
	bool is_refreshing;	 /**< an UPDATE of ours is */
	uint8_t offers;		 /**< how often they were */
	int64_t offer_ms;	 /**< not before */
	char *offer;		 /**< text that waits for its answer, or NULL */
	size_t offer_size;
};

#endif
