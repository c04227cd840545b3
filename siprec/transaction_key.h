/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file transaction_key.h
 * What makes two requests the same, as a keyed hash: nobody outside can
 * choose what falls together, and no name of a caller is kept for it.
 */
#ifndef TALLENNE_SIPREC_TRANSACTION_KEY_H
#define TALLENNE_SIPREC_TRANSACTION_KEY_H

#include "siprec/flow.h"
#include "siprec/parse/message.h"

enum {
	TRANSACTION_SECRET_SIZE = 32,
	TRANSACTION_KEY_SIZE = 16,
	TRANSACTION_TAG_SIZE = 20,
};

/**
 * The transaction of a request (RFC 3261, 17.2.3): branch, sent-by and
 * method; without the magic cookie, what RFC 2543 compared. The client is
 * part of it: one cannot name another's transaction.
 *
 * @param method  that of its INVITE for an ACK or CANCEL, else its own
 */
void transaction_key(const uint8_t secret[TRANSACTION_SECRET_SIZE],
		     const struct message *request, enum message_method method,
		     const struct flow *flow,
		     uint8_t key[TRANSACTION_KEY_SIZE]);

/** A tag that is the same whenever this request comes (8.2.7). */
void transaction_tag_of(const uint8_t secret[TRANSACTION_SECRET_SIZE],
			const struct message *request, const struct flow *flow,
			char tag[TRANSACTION_TAG_SIZE]);

#endif
