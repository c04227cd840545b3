/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file gate.h
 * When a call counts as answered (notice S10). Pure.
 *
 * A client may open the recording session before the callee has answered
 * (Oracle, Cisco). What proves the answer is chosen per client; "auto" is
 * right for all known ones:
 *
 *	established   the session stands: the ACK has come. Not our own 200,
 *	              which is our deed and proves nothing of theirs.
 *	metadata      an update binds caller and agent
 *	offer         a later INVITE or UPDATE offers other media than before
 *
 * With "auto" the ACK is enough if the metadata of the INVITE already
 * binds both parties, or the client sends none at all, and something is
 * sent (not all inactive). Else it takes both parties or a later offer.
 */
#ifndef TALLENNE_SIPREC_GATE_H
#define TALLENNE_SIPREC_GATE_H

#include "siprec/client.h"

enum gate_event { GATE_ESTABLISHED, GATE_METADATA, GATE_OFFER };

struct gate_facts {
	bool are_both_present; /**< caller and agent are known to be in */
	bool has_metadata;     /**< the client sent any that was usable */
	bool has_live_stream;  /**< at least one stream is not paused */
	bool is_changed;       /**< the offer is not the one before */
};

/** Whether this event is the evidence. */
static inline bool gate_opens(enum client_answer rule, enum gate_event event,
			      const struct gate_facts *facts)
{
	bool is_offer = event == GATE_OFFER && facts->is_changed &&
			facts->has_live_stream;

	switch (rule) {
	case CLIENT_ANSWER_ESTABLISHED:
		return true;
	case CLIENT_ANSWER_SECOND_PARTICIPANT:
		return facts->are_both_present && facts->has_live_stream;
	case CLIENT_ANSWER_REINVITE:
		return is_offer;
	case CLIENT_ANSWER_AUTO:
		break;
	}
	if (is_offer)
		return true;
	if (!facts->has_live_stream)
		return false;
	return facts->are_both_present || !facts->has_metadata;
}

#endif
