/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/wires.h"

#include <errno.h>
#include <string.h>

#include "counter/errors.h"
#include "counter/say.h"
#include "counter/tell.h"
#include "http/socket.h"

#define PROTOCOL "tallenne.chat.v1"

struct wire {
	struct guest guest; /* first: the face gets it back from there */
	struct lobby *lobby;
	struct http_socket *socket;
	struct wire *next, **link;
	struct limit_who who;
	nanoseconds since, heard;
	struct bucket frames;
	unsigned int faults;
	bool is_opening;
	uint32_t under_way; /* bits: which of these are */
	uint8_t id[WIRES_UNDER_WAY_MAX][CHAT_TOKEN_SIZE];
};

static void wire_free(struct wire *wire)
{
	struct lobby *lobby = wire->lobby;

	talks_leave(lobby->talks, &wire->guest);
	asks_forget_all(talks_asks(lobby->talks), wire);
	*wire->link = wire->next;
	if (wire->next)
		wire->next->link = wire->link;
	free(wire);
}

static void wire_end(struct wire *wire, enum socket_close code, const char *why)
{
	http_socket_end(wire->socket, code, why);
	wire_free(wire);
}

/* That it cannot be sent ends the socket; the loop tells us then. */
static void send_text(struct wire *wire, struct text *json)
{
	if (!json->failed &&
	    http_socket_send(wire->socket,
			     (struct slice){ json->bytes, json->size }) < 0)
		counter_add(wire->lobby->broken, 1);
	text_drop(json);
}

static void say_error(struct wire *wire, const char *code, const uint8_t *id,
		      uint32_t retry_ms)
{
	struct text json = TEXT_NEW;

	tell_error(&json, code, id, retry_ms);
	send_text(wire, &json);
}

static void say_limited(struct wire *wire, const uint8_t *id, uint32_t wait_ms)
{
	counter_add(wire->lobby->limited, 1);
	say_error(wire, "limited", id, wait_ms);
}

static void tell(struct guest *guest, struct slice json, uint64_t number)
{
	struct wire *wire = (struct wire *)guest;

	(void)number;
	if (http_socket_send(wire->socket, json) < 0)
		counter_add(wire->lobby->broken, 1);
}

static size_t pending(const struct guest *guest)
{
	return http_socket_pending(((const struct wire *)guest)->socket);
}

static void known(struct guest *guest, enum chat_result result)
{
	struct wire *wire = (struct wire *)guest;

	if (result == CHAT_OK)
		return;
	if (result == CHAT_NOT_FOUND)
		(void)limit_take(wire->lobby->limit, LIMIT_FAIL, wire->who,
				 clock_monotonic());
	say_error(wire, tell_code(result), NULL,
		  result == CHAT_NOT_FOUND ? 0 : WIRES_RETRY_MS);
	wire_end(wire, result == CHAT_NOT_FOUND ? SOCKET_POLICY : SOCKET_LATER,
		 "");
}

static const struct guest_face guest_face = {
	.known = known,
	.tell = tell,
	.pending = pending,
};

static void heard_opened(void *self, uint64_t note, const struct letter *letter)
{
	const struct chat_opened *opened = (const void *)letter;
	struct text json = TEXT_NEW;
	struct wire *wire = self;

	(void)note;
	wire->is_opening = false;
	if (!opened || opened->result != CHAT_OK) {
		say_error(wire, tell_code(opened ? opened->result : CHAT_LATER),
			  NULL,
			  opened && opened->retry_ms ? opened->retry_ms
			  : opened		     ? 0
						     : WIRES_RETRY_MS);
		return;
	}
	tell_opened(&json, opened);
	send_text(wire, &json);
	wire->guest.sent = 0;
	talks_join(wire->lobby->talks, opened->token, &wire->guest);
}

static void do_open(struct wire *wire, const struct say *said)
{
	struct lobby *lobby = wire->lobby;
	struct chat_open letter = {
		.head = { .type = CHAT_OPEN, .size = sizeof(letter) },
		.policy = said->notice,
	};
	uint32_t wait_ms;

	if (wire->guest.talk || wire->is_opening) {
		say_error(wire, "invalid", NULL, 0);
		return;
	}
	wait_ms = limit_take(lobby->limit, LIMIT_OPEN, wire->who,
			     clock_monotonic());
	if (wait_ms) {
		say_limited(wire, NULL, wait_ms);
		return;
	}
	memcpy(letter.key, said->key, sizeof(letter.key));
	memcpy(letter.language, said->language, sizeof(letter.language));
	memcpy(letter.queue, said->queue, sizeof(letter.queue));
	memcpy(letter.nickname, said->nickname, sizeof(letter.nickname));
	wire->is_opening = asks_ask(talks_asks(lobby->talks), &letter.head,
				    CHAT_OPENED, heard_opened, wire, 0);
	if (!wire->is_opening)
		say_error(wire, "later", NULL, WIRES_RETRY_MS);
}

static void do_hello(struct wire *wire, const struct say *said)
{
	uint32_t wait_ms;

	if (wire->guest.talk || wire->is_opening) {
		say_error(wire, "invalid", NULL, 0);
		return;
	}
	wait_ms = limit_look(wire->lobby->limit, LIMIT_FAIL, wire->who,
			     clock_monotonic());
	if (wait_ms) {
		say_limited(wire, NULL, wait_ms);
		return;
	}
	wire->guest.sent = said->number;
	wire->guest.has_epoch = said->has_epoch;
	wire->guest.epoch = said->epoch;
	talks_join(wire->lobby->talks, said->key, &wire->guest);
}

static void heard_said(void *self, uint64_t note, const struct letter *letter)
{
	const struct chat_said *said = (const void *)letter;
	struct text json = TEXT_NEW;
	struct wire *wire = self;

	wire->under_way &= ~(1U << note);
	if (said && said->result == CHAT_OK)
		tell_ack(&json, wire->id[note], said);
	else
		tell_error(&json, tell_code(said ? said->result : CHAT_LATER),
			   wire->id[note],
			   said && said->retry_ms ? said->retry_ms
			   : said && said->result != CHAT_LATER &&
					   said->result != CHAT_TOO_FAST
				   ? 0
				   : WIRES_RETRY_MS);
	send_text(wire, &json);
}

static void do_say(struct wire *wire, const struct say *said)
{
	struct lobby *lobby = wire->lobby;
	struct chat_say letter = {
		.head = { .type = CHAT_SAY, .size = sizeof(letter) },
		.size = said->size,
	};
	uint32_t wait_ms =
		talks_may(lobby->talks, talks_token(&wire->guest), lobby->acts);
	unsigned int slot = 0;

	while (slot < WIRES_UNDER_WAY_MAX && wire->under_way >> slot & 1)
		slot++;
	if (!wait_ms && slot == WIRES_UNDER_WAY_MAX)
		wait_ms = WIRES_RETRY_MS;
	if (wait_ms) {
		counter_add(lobby->limited, 1);
		say_error(wire, "too-fast", said->id, wait_ms);
		return;
	}
	memcpy(letter.token, talks_token(&wire->guest), CHAT_TOKEN_SIZE);
	memcpy(letter.client_id, said->id, sizeof(letter.client_id));
	memcpy(letter.text, said->text, said->size);
	memcpy(wire->id[slot], said->id, sizeof(wire->id[slot]));
	if (!asks_ask(talks_asks(lobby->talks), &letter.head, CHAT_SAID,
		      heard_said, wire, slot)) {
		say_error(wire, "later", said->id, WIRES_RETRY_MS);
		return;
	}
	wire->under_way |= 1U << slot;
}

/* What needs no answer, as long as there is not too much of it. */
static void do_act(struct wire *wire, enum chat_do act, uint64_t value)
{
	struct lobby *lobby = wire->lobby;
	const uint8_t *token = talks_token(&wire->guest);

	if (talks_may(lobby->talks, token, lobby->acts))
		counter_add(lobby->limited, 1);
	else
		talks_act(lobby->talks, token, act, value);
}

static void heard_end(void *self, uint64_t note, const struct letter *letter)
{
	struct wire *wire = self;

	(void)note;
	if (!letter ||
	    ((const struct chat_done *)(const void *)letter)->result ==
		    CHAT_LATER)
		say_error(wire, "later", NULL, WIRES_RETRY_MS);
}

static void do_end(struct wire *wire)
{
	struct chat_act letter = {
		.head = { .type = CHAT_ACT, .size = sizeof(letter) },
		.act = CHAT_DO_END,
	};

	memcpy(letter.token, talks_token(&wire->guest), CHAT_TOKEN_SIZE);
	if (!asks_ask(talks_asks(wire->lobby->talks), &letter.head, CHAT_DONE,
		      heard_end, wire, 0))
		say_error(wire, "later", NULL, WIRES_RETRY_MS);
}

static void do_ping(struct wire *wire)
{
	struct text json = TEXT_NEW;

	tell_pong(&json, wire->guest.is_known && wire->guest.talk
				 ? talks_state(&wire->guest)->last
				 : 0);
	send_text(wire, &json);
}

/* What only somebody in a conversation may say. */
static void do_inside(struct wire *wire, const struct say *said)
{
	if (!wire->guest.talk || !wire->guest.is_known) {
		say_error(wire,
			  wire->guest.talk || wire->is_opening ? "later"
							       : "not-found",
			  said->has_id ? said->id : NULL,
			  wire->guest.talk ? WIRES_RETRY_MS : 0);
		return;
	}
	switch (said->kind) {
	case SAY_TEXT:
		do_say(wire, said);
		break;
	case SAY_TYPING:
		do_act(wire, CHAT_DO_TYPING, said->on);
		break;
	case SAY_SEEN:
		do_act(wire, CHAT_DO_SEEN, said->number);
		break;
	case SAY_STAY:
		do_act(wire, CHAT_DO_STAY, 0);
		break;
	case SAY_GET:
		talks_again(wire->lobby->talks, &wire->guest, said->number);
		break;
	case SAY_END:
		do_end(wire);
		break;
	case SAY_OPEN:
	case SAY_HELLO:
	case SAY_PING:
		break;
	}
}

static void hear(void *self, struct http_socket *socket, struct slice json)
{
	const struct limit_rate rate = { WIRES_FRAMES_PER_MINUTE, 60 };
	struct wire *wire = self;
	enum chat_result result;
	struct say said;

	(void)socket;
	wire->heard = clock_monotonic();
	if (bucket_take(&wire->frames, rate, wire->heard)) {
		counter_add(wire->lobby->limited, 1);
		wire_end(wire, SOCKET_LATER, "too many messages");
		return;
	}
	result = say_read(json, &said);
	if (result != CHAT_OK) {
		if (++wire->faults > WIRES_FAULTS_MAX)
			wire_end(wire, SOCKET_POLICY, "too many faults");
		else
			say_error(wire, tell_code(result),
				  said.has_id ? said.id : NULL, 0);
	} else if (said.kind == SAY_OPEN) {
		do_open(wire, &said);
	} else if (said.kind == SAY_HELLO) {
		do_hello(wire, &said);
	} else if (said.kind == SAY_PING) {
		do_ping(wire);
	} else {
		do_inside(wire, &said);
	}
	/* It may hold a bearer, and what somebody said. */
	explicit_bzero(&said, sizeof(said));
}

static void gone(void *self, struct http_socket *socket)
{
	(void)socket;
	wire_free(self);
}

static const struct http_socket_face socket_face = {
	.text = hear,
	.gone = gone,
};

void do_chat_socket(struct visit *visit)
{
	struct lobby *lobby = visit->lobby;
	struct wire *wire = calloc(1, sizeof(*wire));
	int r = wire ? http_socket_open(visit->request, visit->answer, PROTOCOL,
					&socket_face, wire, &wire->socket)
		     : -ENOMEM;

	if (r < 0) {
		free(wire);
		if (r == -ENOMEM)
			error_show(visit, PROBLEM_later);
		return;
	}
	wire->guest.face = &guest_face;
	wire->lobby = lobby;
	wire->who = visit->who;
	wire->since = wire->heard = clock_monotonic();
	wire->next = lobby->wires;
	wire->link = &lobby->wires;
	if (wire->next)
		wire->next->link = &wire->next;
	lobby->wires = wire;
}

void wires_look(struct lobby *lobby, nanoseconds now)
{
	struct wire *next;

	for (struct wire *wire = lobby->wires; wire; wire = next) {
		next = wire->next;
		if (wire->heard + WIRES_SILENT_MS * NS_PER_MS <= now)
			wire_end(wire, SOCKET_AWAY, "silent");
		else if (!wire->guest.talk && !wire->is_opening &&
			 wire->since + WIRES_NAMELESS_MS * NS_PER_MS <= now)
			wire_end(wire, SOCKET_POLICY, "no conversation");
	}
}

void wires_stop(struct lobby *lobby)
{
	while (lobby->wires)
		wire_end(lobby->wires, SOCKET_AWAY, "");
}
