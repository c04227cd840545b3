/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file reply.h
 * Writing answers: what of a request is repeated (RFC 3261, 8.2.6), and
 * where the answer goes (18.2, RFC 3581).
 */
#ifndef TALLENNE_SIPREC_REPLY_H
#define TALLENNE_SIPREC_REPLY_H

#include "siprec/text.h"
#include "siprec/transaction.h"

/**
 * Write the lines that every answer to this request repeats: Via with
 * received and rport, From, Call-ID, CSeq, Record-Route, and last To, whose
 * line is left open for a tag if the request has none.
 *
 * @return whether To is left open: ";tag=..." and CRLF must follow
 */
bool reply_repeat(struct text *text, const struct message *request,
		  const struct flow *flow);

/** Where an answer to this request goes. */
struct flow reply_flow(const struct message *request, const struct flow *flow);

/**
 * Write a whole answer.
 *
 * @param repeated  what reply_repeat() wrote
 * @param tag       for a To that was left open; NULL: it was not
 */
void reply_write(struct text *text, const struct transaction_reply *reply,
		 struct slice repeated, const char *tag);

#endif
