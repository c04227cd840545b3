/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file transaction.h
 * Server transactions (RFC 3261, 17.2; RFC 6026): what was asked, what we
 * answered, and answering the same when it is asked again.
 *
 * A transaction is found by a keyed hash over what identifies it; of the
 * request itself only the headers that an answer repeats are kept, and
 * wiped with it. A request that comes again never reaches the session
 * layer.
 *
 * The table is divided among the clients (siprec/share.h), places as well
 * as bytes, and some places are for requests that end a session only: a
 * client that floods takes no other client's place and delays no end. A
 * request that changes nothing needs no place: transactions_reply_once()
 * says the same however often it comes.
 */
#ifndef TALLENNE_SIPREC_TRANSACTION_H
#define TALLENNE_SIPREC_TRANSACTION_H

#include "siprec/parse/message.h"
#include "siprec/share.h"
#include "siprec/tally.h"
#include "siprec/transaction_key.h"
#include "siprec/wheel.h"
#include "siprec/wire.h"

struct transactions;

/** A number that names a transaction for as long as it lives; 0: none. */
typedef uint64_t transaction_id;

/** What an answer says beyond what it repeats. */
struct transaction_reply {
	uint16_t status;
	const char *reason;   /**< literal */
	struct slice headers; /**< whole lines with CRLF, or empty */
	struct slice type;    /**< of the body, if there is one */
	struct slice body;
};

/** Tells whose answer never got its ACK; the transaction is over. */
typedef void transaction_lost_fn(void *self, transaction_id id,
				 uint16_t status);

struct transactions_setup {
	const struct wire *wire;
	const struct tally *tally;
	const struct clients *clients; /**< borrowed; may be reloaded */
	transaction_lost_fn *lost;
	void *self;
};

/** Make the table; 0 or -ENOMEM. */
MUST int transactions_new(const struct transactions_setup *setup,
			  int64_t now_ms, struct transactions **ret_table);
void transactions_free(struct transactions *table);

/** Do what is due. */
void transactions_turn(struct transactions *table, int64_t now_ms);

/**
 * A request, neither ACK nor CANCEL: true if it came before. It is answered
 * as then, as far as it was; or passed over, as if it had been lost.
 *
 * @param may_answer  false: its client asks too much
 */
bool transactions_repeat(struct transactions *table,
			 const struct message *request, const struct flow *flow,
			 bool may_answer);

/**
 * Keep a request that has not come before.
 *
 * @param flow    where it came from
 * @param is_end  whether it ends a session: may take a reserved place
 * @return 0, or -ENOSPC: its client's share is full
 */
MUST int transactions_begin(struct transactions *table,
			    const struct message *request,
			    const struct flow *flow, bool is_end,
			    transaction_id *ret_id);

/** An ACK: true if it belongs to a refusal and is dealt with. */
bool transactions_ack(struct transactions *table, const struct message *ack,
		      const struct flow *flow);

/** The INVITE that a CANCEL names, or 0. */
transaction_id transactions_cancelled(struct transactions *table,
				      const struct message *cancel,
				      const struct flow *flow);

/** The tag that our answers carry; borrowed. */
const char *transaction_tag(const struct transactions *table,
			    transaction_id id);

/** Whether it still waits for its final answer. */
bool transaction_is_open(const struct transactions *table, transaction_id id);

/**
 * Answer. A provisional one may be followed by others; a final one is
 * repeated as long as RFC 3261 wants. What was answered already is not
 * answered again. Never fails: what cannot be sent is counted, and the
 * client asks again.
 */
void transaction_reply(struct transactions *table, transaction_id id,
		       const struct transaction_reply *reply);

/** The ACK of a 2xx has come: stop repeating it. */
void transaction_acked(struct transactions *table, transaction_id id);

/**
 * Answer a request without any state (RFC 3261, 8.2.7). If it comes again
 * it may be answered so again: the tag in To is the same each time. To a
 * CANCEL it is that of its INVITE (9.2).
 */
void transactions_reply_once(struct transactions *table,
			     const struct message *request,
			     const struct flow *flow,
			     const struct transaction_reply *reply);

#endif
