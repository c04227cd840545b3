/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file request.h
 * Requests of ours inside a dialog: BYE, UPDATE, OPTIONS, and re-INVITE
 * where a client has no UPDATE; client transactions (RFC 3261, 17.1).
 *
 * They go back where the dialog's requests come from: this room cannot
 * open a connection or resolve a name, and so cannot be made to.
 */
#ifndef TALLENNE_SIPREC_REQUEST_H
#define TALLENNE_SIPREC_REQUEST_H

#include "siprec/parse/message.h"
#include "siprec/tally.h"
#include "siprec/wheel.h"
#include "siprec/wire.h"

struct requests;

/** What a dialog lends to a request. */
struct request_dialog {
	const char *call_id;
	const char *local_tag, *remote_tag;
	const char *target; /**< remote target, a URI */
	const char *routes; /**< value of Route, or "" */
	const char *local;  /**< our address, a URI */
	uint32_t cseq;
	struct flow flow;
};

/**
 * The answer to a request of ours.
 *
 * @param answer  NULL: none came in time
 * @param status  408 if none came
 */
typedef void request_answer_fn(void *self, uint32_t session,
			       uint32_t generation, enum message_method method,
			       uint16_t status, const struct message *answer);

struct requests_setup {
	const struct wire *wire;
	const struct tally *tally;
	request_answer_fn *answer;
	void *self;
};

/** Make the table; 0 or -ENOMEM. */
MUST int requests_new(const struct requests_setup *setup, int64_t now_ms,
		      struct requests **ret_table);
void requests_free(struct requests *table);

/** Do what is due. */
void requests_turn(struct requests *table, int64_t now_ms);

/**
 * Send a request.
 *
 * @param session, generation  handed to the answer function
 * @param headers  whole lines with CRLF, or empty
 * @param wait_ms  how long to wait for an answer
 * @return 0, -ENOSPC, or what the wire said (then no answer is reported)
 */
MUST int request_send(struct requests *table,
		      const struct request_dialog *dialog, uint32_t session,
		      uint32_t generation, enum message_method method,
		      struct slice headers, int64_t wait_ms);

/**
 * The same with a description: an INVITE or UPDATE that offers. An INVITE's
 * final answer is acknowledged here, as often as it comes.
 */
MUST int request_offer(struct requests *table,
		       const struct request_dialog *dialog, uint32_t session,
		       uint32_t generation, enum message_method method,
		       struct slice headers, struct slice sdp, int64_t wait_ms);

/** A response has come; unknown ones are counted and dropped. */
void requests_take(struct requests *table, const struct message *response,
		   const struct flow *flow);

#endif
