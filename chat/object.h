/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file object.h
 * A conversation as it is stored: one JSON document, sealed.
 *
 * The fields are those of the notice (S12) and no others: no address, no
 * browser, no page. Version 1:
 *
 *	{
 *	  "format": "tallenne.chat.1",
 *	  "chat": id,                  hexadecimal
 *	  "start": time, "answered": time or null, "end": time,
 *	  "language": "fi",
 *	  "queue": id of the last queue,
 *	  "nickname": text, may be empty,
 *	  "agents": [name ...],        in the order in which they joined
 *	  "end_by": "visitor" | "agent" | "system",
 *	  "end_reason": word,          see end_words in object.c
 *	  "notice": "1a2b3c4d",        hash of the notice that was shown
 *	  "masked": bool,              a code or card number was masked
 *	  "recovered": bool,           it went through a crash
 *	  "events": [{"n": 1, "at": time,
 *	              "kind": "message" | "joined" | "passed" | "queued" |
 *	                      "closed",
 *	              "from": "visitor" | "agent" | "system",
 *	              "name": text, "text": text, "masked": true,
 *	              "queue": id}],   members that say nothing are left out
 *	  "notes": [{"n": 1, "at": time, "name": text, "text": text}]
 *	}
 *
 * Times are RFC 3339 in UTC with milliseconds. Notes stand apart: they are
 * no part of what the visitor saw.
 */
#ifndef TALLENNE_CHAT_OBJECT_H
#define TALLENNE_CHAT_OBJECT_H

#include "chat/conversation.h"
#include "seal/write.h"

/**
 * Write the document.
 *
 * @param[out] ret_text  heap memory; the caller wipes and frees it
 * @return 0 or -ENOMEM
 */
MUST int object_text(const struct conversation *conversation, char **ret_text,
		     size_t *ret_size);

/**
 * The same, sealed.
 *
 * @param end     of class chat
 * @param node    seed of the node's signing key
 * @param[out] ret_about  what the register must know of it
 * @return a descriptor the caller owns, sealed against change; or a
 *         negative errno
 */
MUST int object_seal(const struct conversation *conversation,
		     const struct seal_keyset *set, const struct seal_end *end,
		     const uint8_t node[32], struct seal_object *ret_about);

#endif
