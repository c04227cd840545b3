/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/tell.h"

#include "counter/say.h"

const char *tell_code(enum chat_result result)
{
	switch (result) {
	case CHAT_NOT_FOUND:
		return "not-found";
	case CHAT_CONFLICT:
		return "conflict";
	case CHAT_ENDED:
		return "ended";
	case CHAT_TOO_LONG:
		return "too-long";
	case CHAT_TOO_FAST:
		return "too-fast";
	case CHAT_FULL:
		return "full";
	case CHAT_CLOSED:
		return "closed";
	case CHAT_INVALID:
		return "invalid";
	default:
		return "later";
	}
}

const char *tell_phase(uint32_t phase)
{
	return phase == CHAT_WAITING   ? "waiting"
	       : phase == CHAT_TALKING ? "talking"
				       : "over";
}

const char *tell_kind(uint32_t kind)
{
	switch (kind) {
	case CHAT_MESSAGE:
		return "message";
	case CHAT_JOINED:
		return "joined";
	case CHAT_PASSED:
		return "passed";
	case CHAT_QUEUED:
		return "queued";
	default:
		return "closed";
	}
}

const char *tell_side(uint32_t side)
{
	return side == CHAT_SIDE_VISITOR ? "visitor"
	       : side == CHAT_SIDE_AGENT ? "agent"
					 : "system";
}

static const char *reason_of(uint32_t reason)
{
	switch (reason) {
	case CHAT_REASON_VISITOR:
		return "visitor";
	case CHAT_REASON_LEFT:
		return "left";
	case CHAT_REASON_IDLE:
		return "idle";
	case CHAT_REASON_HOURS:
		return "hours";
	case CHAT_REASON_LOST:
		return "lost";
	case CHAT_REASON_FULL:
		return "full";
	default:
		return "agent";
	}
}

static void say_token(struct text *out, const char *name, const uint8_t *token)
{
	char text[SAY_TOKEN_TEXT];

	say_token_text(token, text);
	text_format(out, ",\"%s\":\"%s\"", name, text);
}

static void say_epoch(struct text *out, uint64_t epoch)
{
	char text[SAY_EPOCH_TEXT];

	say_epoch_text(epoch, text);
	text_format(out, ",\"epoch\":\"%s\"", text);
}

static void say_at(struct text *out, nanoseconds at)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(at, text);
	text_format(out, ",\"at\":\"%s\"", text);
}

static void say_words(struct text *out, const char *name, const char *words)
{
	text_format(out, ",\"%s\":", name);
	text_json(out, words);
}

void tell_opened(struct text *out, const struct chat_opened *opened)
{
	text_say(out, "{\"t\":\"opened\"");
	say_token(out, "token", opened->token);
	say_words(out, "receipt", opened->receipt);
	say_epoch(out, opened->epoch);
	text_format(out, ",\"last\":%llu}", (unsigned long long)opened->last);
}

void tell_state(struct text *out, const struct chat_state *state)
{
	text_format(out, "{\"t\":\"state\",\"phase\":\"%s\"",
		    tell_phase(state->phase));
	text_format(out, ",\"place\":%u,\"wait\":%u", state->place,
		    state->wait_s);
	say_words(out, "agent", state->agent_name);
	text_format(out, ",\"typing\":%s,\"agent_present\":%s",
		    state->agent_typing ? "true" : "false",
		    state->agent_present ? "true" : "false");
	text_format(out, ",\"closes_in\":%u,\"last\":%llu", state->closes_in_s,
		    (unsigned long long)state->last);
	text_format(out, ",\"seen\":%llu",
		    (unsigned long long)state->agent_seen);
	say_epoch(out, state->epoch);
	say_words(out, "receipt", state->receipt);
	text_say(out, "}");
}

void tell_event(struct text *out, const struct chat_event *event)
{
	text_format(out, "{\"t\":\"event\",\"n\":%llu",
		    (unsigned long long)event->seq);
	say_at(out, event->at);
	text_format(out, ",\"kind\":\"%s\",\"from\":\"%s\"",
		    tell_kind(event->kind), tell_side(event->side));
	if (event->name[0])
		say_words(out, "name", event->name);
	if (event->kind == CHAT_MESSAGE) {
		if (event->side == CHAT_SIDE_VISITOR)
			say_token(out, "id", event->client_id);
		say_words(out, "text", event->text);
		if (event->flags & CHAT_FLAG_MASKED)
			text_say(out, ",\"masked\":true");
	}
	if (event->kind == CHAT_CLOSED_BY)
		say_words(out, "reason", reason_of(event->reason));
	text_say(out, "}");
}

void tell_ack(struct text *out, const uint8_t *id, const struct chat_said *said)
{
	text_say(out, "{\"t\":\"ack\"");
	say_token(out, "id", id);
	text_format(out, ",\"n\":%llu", (unsigned long long)said->seq);
	say_at(out, said->at);
	if (said->flags & CHAT_FLAG_MASKED)
		text_say(out, ",\"masked\":true");
	text_say(out, "}");
}

void tell_pong(struct text *out, uint64_t last)
{
	text_format(out, "{\"t\":\"pong\",\"last\":%llu}",
		    (unsigned long long)last);
}

void tell_error(struct text *out, const char *code, const uint8_t *id,
		uint32_t retry_ms)
{
	text_format(out, "{\"t\":\"error\",\"code\":\"%s\"", code);
	if (id)
		say_token(out, "id", id);
	if (retry_ms)
		text_format(out, ",\"retry\":%u", retry_ms);
	text_say(out, "}");
}
