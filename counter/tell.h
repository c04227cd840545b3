/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file tell.h
 * What counter tells a visitor's browser (docs/protocol-chat.md, "Server"),
 * printed as JSON from what the room chat has said.
 *
 * Pure. Only fields that are the visitor's business are printed: no ids of
 * agents or of the conversation, and not for which of its reasons an agent
 * closed it.
 */
#ifndef TALLENNE_COUNTER_TELL_H
#define TALLENNE_COUNTER_TELL_H

#include "chat/chat.h"
#include "http/text.h"

/** "not-found", "conflict" ... of a result; "later" for what none names. */
const char *tell_code(enum chat_result result);

/** "waiting", "talking", "over". */
const char *tell_phase(uint32_t phase);

/** "message", "joined", "passed", "queued", "closed". */
const char *tell_kind(uint32_t kind);

/** "visitor", "agent", "system". */
const char *tell_side(uint32_t side);

void tell_opened(struct text *out, const struct chat_opened *opened);
void tell_state(struct text *out, const struct chat_state *state);
void tell_event(struct text *out, const struct chat_event *event);
void tell_ack(struct text *out, const uint8_t *id,
	      const struct chat_said *said);
void tell_pong(struct text *out, uint64_t last);

/**
 * An error.
 *
 * @param code  tell_code(), or "limited"
 * @param id    of the message that failed, or NULL
 * @param retry_ms  when to try again; 0: not told
 */
void tell_error(struct text *out, const char *code, const uint8_t *id,
		uint32_t retry_ms);

#endif
