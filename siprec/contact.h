/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file contact.h
 * One call of a customer, however many dialogs record it.
 *
 * Owns the contact's row (what the register knows), the state of its call
 * in media, and which rule of the policy lets it be recorded. Nothing here
 * is sent: contact_row.c writes rows, media_face.c letters.
 *
 * Invariant: a number is given to a contact once and its row is durable
 * before media hears of it; answered_at is never set before the policy
 * allowed the recording and the gate opened.
 */
#ifndef TALLENNE_SIPREC_CONTACT_H
#define TALLENNE_SIPREC_CONTACT_H

#include "media/media.h"
#include "register/register.h"
#include "siprec/limit.h"
#include "siprec/parse/parties.h"

enum contact_state {
	CONTACT_FREE,
	CONTACT_OPEN,
	CONTACT_CLOSING, /**< over; media is still to say so */
};

/** Flat: it stands in the attic as it is. */
struct contact {
	uint32_t state;	     /**< enum contact_state */
	uint32_t generation; /**< of this place in the table */
	uint32_t session_count;
	uint32_t media; /**< index of the media process */
	uint64_t client_key;
	uint64_t tie;	      /**< parties_tie.key, or 0 */
	uint32_t answer_rule; /**< enum client_answer */
	bool is_allowed;      /**< the policy lets it be recorded */
	bool is_row_due;      /**< the row waits for the next commit */
	bool is_post_due;     /**< media waits for the next commit */
	bool is_opened;	      /**< media has answered for this segment */
	bool is_hushed;	      /**< the policy pauses what still sounds */
	uint8_t paused;	      /**< streams that the client paused, bits */
	uint8_t shown;	      /**< the same, as the timeline shows it */
	bool is_returning;    /**< media is new and does not know it yet */
	uint32_t wanted;      /**< version of "call" that is wanted */
	uint32_t posted;      /**< version that media was told */
	uint32_t done;	      /**< version that media has answered */
	uint32_t last_result; /**< errno of the last refusal, or 0 */
	int64_t closing_ms;   /**< when it is forgotten at the latest */
	int64_t retry_ms;     /**< when media is asked again, 0: need not be */
	uint32_t refusals;    /**< of its next segment, one after another */
	uint32_t reserved;
	uint64_t tag;	/**< of the letter in flight, or 0 */
	uint64_t tried; /**< media processes without a port, bits */
	uint16_t port[CALL_STREAMS_MAX];
	struct register_contact row;
	struct media_open call; /**< the whole of its present state */
	struct parties parties; /**< without the caller's number */
};

/** Whether any stream of it is recorded now. */
static inline bool contact_has_live(const struct contact *contact)
{
	for (uint32_t i = 0; i < contact->call.stream_count; i++)
		if (contact->call.streams[i].state == CALL_STREAM_LIVE)
			return true;
	return false;
}

#endif
