/* SPDX-License-Identifier: EUPL-1.2 */
#include "chat/conversation.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "chat/text.h"

enum { EVENTS_FIRST = 16, RECEIPT_BYTES = 10, PACE_UNIT = 1000 };

static_assert(CONVERSATION_HASH_SIZE == crypto_generichash_BYTES,
	      "BLAKE2b-256");

static void begin(struct conversation *conversation)
{
	const struct conversation_birth *birth = &conversation->birth;
	struct standing *standing = &conversation->standing;

	*standing = (struct standing){
		.phase = CHAT_WAITING,
		.version = 1,
		.flags = birth->flags,
		.waits_since = birth->opened_at,
		.said_at = birth->opened_at,
	};
	memcpy(standing->queue, birth->queue, sizeof(standing->queue));
}

struct conversation *conversation_new(const struct conversation_birth *birth)
{
	struct conversation *conversation = calloc(1, sizeof(*conversation));

	if (!conversation)
		return NULL;
	conversation->birth = *birth;
	begin(conversation);
	return conversation;
}

static void drop_last(struct events *events)
{
	struct event *last = events->event[--events->count];

	sodium_memzero(last, sizeof(*last) + last->size);
	free(last);
}

static void drop_events(struct events *events)
{
	while (events->count > 0)
		drop_last(events);
	free(events->event);
}

void conversation_free(struct conversation *conversation)
{
	if (!conversation)
		return;
	drop_events(&conversation->events);
	drop_events(&conversation->notes);
	sodium_memzero(conversation, sizeof(*conversation));
	free(conversation);
}

/* 80 bits in the letters of Crockford's base 32, four by four. */
static void write_receipt(const uint8_t bytes[RECEIPT_BYTES],
			  char out[CHAT_RECEIPT_SIZE])
{
	static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	size_t at = 0;

	memset(out, 0, CHAT_RECEIPT_SIZE);
	for (size_t i = 0; i < RECEIPT_BYTES * 8 / 5; i++) {
		size_t bit = i * 5;
		uint32_t two = (uint32_t)bytes[bit / 8] << 8;

		if (bit / 8 + 1 < RECEIPT_BYTES)
			two |= bytes[bit / 8 + 1];
		if (i > 0 && i % 4 == 0)
			out[at++] = '-';
		out[at++] = letters[two >> (11 - bit % 8) & 31];
	}
}

static void derive(const uint8_t salt[CONVERSATION_HASH_SIZE],
		   const char *label, const uint8_t *bytes, size_t size,
		   uint8_t *out, size_t out_size)
{
	crypto_generichash_state state;
	uint8_t hash[CONVERSATION_HASH_SIZE];

	crypto_generichash_init(&state, salt, CONVERSATION_HASH_SIZE,
				sizeof(hash));
	crypto_generichash_update(&state, (const uint8_t *)label,
				  strlen(label) + 1);
	crypto_generichash_update(&state, bytes, size);
	crypto_generichash_final(&state, hash, sizeof(hash));
	memcpy(out, hash, out_size);
	sodium_memzero(hash, sizeof(hash));
	sodium_memzero(&state, sizeof(state));
}

void conversation_token(const uint8_t salt[CONVERSATION_HASH_SIZE],
			const uint8_t key[CHAT_TOKEN_SIZE],
			uint8_t ret_token[CHAT_TOKEN_SIZE],
			char ret_receipt[CHAT_RECEIPT_SIZE])
{
	uint8_t receipt[RECEIPT_BYTES];

	derive(salt, "token", key, CHAT_TOKEN_SIZE, ret_token, CHAT_TOKEN_SIZE);
	derive(salt, "receipt", key, CHAT_TOKEN_SIZE, receipt, sizeof(receipt));
	write_receipt(receipt, ret_receipt);
}

void conversation_hash(const uint8_t secret[CHAT_TOKEN_SIZE],
		       uint8_t ret_hash[CONVERSATION_HASH_SIZE])
{
	crypto_generichash(ret_hash, CONVERSATION_HASH_SIZE, secret,
			   CHAT_TOKEN_SIZE, NULL, 0);
}

void conversation_digest(const struct conversation *conversation,
			 const char *text, size_t size,
			 uint8_t ret_digest[CONVERSATION_DIGEST_SIZE])
{
	derive(conversation->birth.salt, "said", (const uint8_t *)text, size,
	       ret_digest, CONVERSATION_DIGEST_SIZE);
	ret_digest[0] |= 1; /* zero means unknown */
}

uint64_t conversation_find(const struct conversation *conversation,
			   bool is_note,
			   const uint8_t client_id[CHAT_TOKEN_SIZE])
{
	const struct events *events =
		is_note ? &conversation->notes : &conversation->events;

	for (uint32_t i = events->count; i > 0; i--)
		if (!memcmp(events->event[i - 1]->client_id, client_id,
			    CHAT_TOKEN_SIZE))
			return i;
	return 0;
}

const struct event *conversation_event(const struct conversation *conversation,
				       bool is_note, uint64_t seq)
{
	const struct events *events =
		is_note ? &conversation->notes : &conversation->events;

	if (seq == 0 || seq > events->count)
		return NULL;
	return events->event[seq - 1];
}

const struct event *conversation_last(const struct conversation *conversation,
				      enum chat_side side)
{
	const struct events *events = &conversation->events;

	for (uint32_t i = events->count; i > 0; i--) {
		const struct event *event = events->event[i - 1];

		if (event->kind == CHAT_MESSAGE && event->side == side)
			return event;
	}
	return NULL;
}

bool conversation_may_come(const struct conversation *conversation,
			   const struct event *event)
{
	const struct standing *standing = &conversation->standing;
	bool is_agent = event->side == CHAT_SIDE_AGENT;

	if (standing->phase == CHAT_OVER || event->side < CHAT_SIDE_VISITOR ||
	    event->side > CHAT_SIDE_SYSTEM || event->size > CHAT_TEXT_MAX ||
	    !text_is_name(event->name, sizeof(event->name)) ||
	    !text_is_word(event->agent, sizeof(event->agent)) ||
	    !text_is_word(event->queue, sizeof(event->queue)))
		return false;
	switch (event->kind) {
	case CHAT_MESSAGE:
		return event->size > 0 && event->side != CHAT_SIDE_SYSTEM &&
		       (!is_agent || standing->phase == CHAT_TALKING);
	case CHAT_NOTE:
		return event->size > 0 && is_agent;
	case CHAT_JOINED:
		return standing->phase == CHAT_WAITING && is_agent &&
		       event->agent[0] != '\0';
	case CHAT_PASSED:
	case CHAT_QUEUED:
		return standing->phase == CHAT_TALKING ||
		       event->kind == CHAT_QUEUED;
	case CHAT_CLOSED_BY:
		return event->reason >= CHAT_REASON_VISITOR &&
		       event->reason <= CHAT_REASON_FULL;
	default:
		return false;
	}
}

static void leave(struct standing *standing, nanoseconds at)
{
	standing->phase = CHAT_WAITING;
	standing->waits_since = at;
	standing->talks_since = 0;
	memset(standing->agent, 0, sizeof(standing->agent));
	memset(standing->agent_name, 0, sizeof(standing->agent_name));
}

/* What an event does to how the conversation stands. */
static void apply(struct standing *standing, const struct event *event)
{
	standing->flags |= event->flags & CHAT_FLAG_MASKED;
	switch (event->kind) {
	case CHAT_MESSAGE:
		standing->said_at = event->at;
		standing->said_by = event->side;
		standing->said++;
		return;
	case CHAT_JOINED:
		standing->phase = CHAT_TALKING;
		standing->talks_since = event->at;
		if (standing->answered_at == 0)
			standing->answered_at = event->at;
		memcpy(standing->agent, event->agent, sizeof(event->agent));
		memcpy(standing->agent_name, event->name, sizeof(event->name));
		break;
	case CHAT_PASSED:
		leave(standing, event->at);
		break;
	case CHAT_QUEUED:
		leave(standing, event->at);
		memcpy(standing->queue, event->queue, sizeof(event->queue));
		break;
	case CHAT_CLOSED_BY:
		standing->phase = CHAT_OVER;
		standing->ended_at = event->at;
		standing->reason = event->reason;
		break;
	default: /* a note */
		return;
	}
	standing->version++;
}

static int make_room(struct events *events)
{
	uint32_t room = events->room ? events->room * 2 : EVENTS_FIRST;
	struct event **grown;

	if (events->count < events->room)
		return 0;
	grown = realloc(events->event, room * sizeof(struct event *));
	if (!grown)
		return -ENOMEM;
	events->event = grown;
	events->room = room;
	return 0;
}

int conversation_add(struct conversation *conversation,
		     const struct event *event, const char *text)
{
	bool is_note = event->kind == CHAT_NOTE;
	struct events *events =
		is_note ? &conversation->notes : &conversation->events;
	struct event *copy;
	int r;

	assert(conversation_may_come(conversation, event));
	if (events->count >= (is_note ? CHAT_NOTES_MAX : CHAT_EVENTS_MAX))
		return -ENOSPC;
	r = make_room(events);
	if (r < 0)
		return r;
	copy = malloc(sizeof(*copy) + event->size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, event, sizeof(*copy));
	if (event->size > 0)
		memcpy(copy->text, text, event->size);
	events->event[events->count++] = copy;
	apply(&conversation->standing, copy);
	return 0;
}

bool conversation_is_full(const struct conversation *conversation)
{
	return conversation->events.count + 1 >= CHAT_EVENTS_MAX;
}

void conversation_settle(struct conversation *conversation)
{
	conversation->is_durable = true;
	conversation->events.durable = conversation->events.count;
	conversation->notes.durable = conversation->notes.count;
}

void conversation_take_back(struct conversation *conversation)
{
	struct events *events = &conversation->events;

	while (conversation->notes.count > conversation->notes.durable)
		drop_last(&conversation->notes);
	if (events->count == events->durable)
		return;
	while (events->count > events->durable)
		drop_last(events);
	begin(conversation);
	for (uint32_t i = 0; i < events->count; i++)
		apply(&conversation->standing, events->event[i]);
}

bool conversation_may_speak(struct conversation *conversation,
			    enum chat_side side, uint32_t per_minute,
			    nanoseconds now, uint32_t *ret_retry_ms)
{
	const nanoseconds one = 60 * NS_PER_S / per_minute;
	struct pace *pace = &conversation->pace[side == CHAT_SIDE_AGENT];
	nanoseconds passed = now - pace->at;

	assert(per_minute > 0 && per_minute <= CONVERSATION_PACE_MAX);
	if (passed > 60 * NS_PER_S || passed * PACE_UNIT / one > pace->used)
		pace->used = 0;
	else
		pace->used -= (uint32_t)(passed * PACE_UNIT / one);
	pace->at = now;
	if (pace->used + PACE_UNIT <= per_minute * PACE_UNIT) {
		pace->used += PACE_UNIT;
		return true;
	}
	*ret_retry_ms = (uint32_t)(one / NS_PER_MS) + 1;
	return false;
}

uint32_t conversation_flags(const struct conversation *conversation)
{
	return conversation->standing.flags | conversation->recovered;
}
