/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file chat_house.h
 * The program tallenne-chat with the house and all its neighbours played:
 * it is started and killed, visitors and an agent talk, and what was
 * acknowledged to them is kept.
 */
#ifndef TALLENNE_TESTS_CHAT_HOUSE_H
#define TALLENNE_TESTS_CHAT_HOUSE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <sodium.h>

#include "base/bytes.h"
#include "base/counters.h"
#include "base/room.h"
#include "chat/chat.h"
#include "register/register.h"
#include "vault/open.h"
#include "vault/vault.h"

enum {
	VISITORS = 8,
	SAID_MAX = 1500, /* of each side of one conversation */
	FLIGHT_MAX = 24,
	WAIT_MS = 60000,
};

static const char *program, *policy_path;
static int rounds = 6;

enum line { COUNTER, DESK, REGISTER, VAULT, LINES };

static const char *const names[LINES] = { "counter", "desk", "register",
					  "vault" };

/* What one side of a conversation said: message N has client id N. */
struct side {
	uint64_t seq[SAID_MAX]; /* where it stands; 0: not acknowledged */
	uint32_t count;
};

struct visitor {
	struct chat_opened opened;
	struct side visitor, agent;
	bool is_taken;
	uint8_t turn; /* how many conversations it had before */
};

struct world {
	pid_t pid;
	int control, line[LINES];
	int files[2], attic, settings, policy, keys, node, counters;
	struct open_pair pair;
	struct visitor visitors[VISITORS];
	uint32_t seat, flight;
	uint64_t stored; /* states that the register was told of */
	uint64_t said;	 /* in conversations that ended */
	unsigned draw;
};

static inline unsigned draw(struct world *world, unsigned below)
{
	world->draw = world->draw * 1103515245 + 12345;
	return world->draw / 65536 % below;
}

/* ---- the house ---- */

static inline void say(struct world *world, uint16_t type, const char *word,
		       uint64_t number, int fd)
{
	struct room_letter_any letter = {
		.head = { .type = type, .size = sizeof(letter) },
		.number = number,
	};
	struct letter_fds fds = { { fd, -1, -1, -1 }, fd >= 0 };

	snprintf(letter.word, sizeof(letter.word), "%s", word);
	assert_int_equal(line_post(world->control, &letter.head, &fds, true),
			 0);
}

static inline void wait_ready(struct world *world)
{
	for (;;) {
		struct room_letter_any letter;
		struct pollfd ready = { .fd = world->control,
					.events = POLLIN };

		assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
		assert_int_equal(line_take(world->control, &letter.head,
					   sizeof(letter), NULL),
				 0);
		if (letter.head.type == ROOM_READY)
			return;
	}
}

static inline void start(struct world *world)
{
	int ends[2];

	assert_int_equal(line_open(ends), 0);
	world->pid = fork();
	assert_true(world->pid >= 0);
	if (world->pid == 0) {
		if (ends[1] != ROOM_CONTROL_FD)
			(void)dup2(ends[1], ROOM_CONTROL_FD);
		else
			(void)fcntl(ends[1], F_SETFD, 0);
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	(void)close(ends[1]);
	world->control = ends[0];
	say(world, ROOM_FILE, "counters", 0, world->counters);
	say(world, ROOM_FILE, "settings", 0, world->settings);
	say(world, ROOM_FILE, "policy", 0, world->policy);
	say(world, ROOM_FILE, "keys", 0, world->keys);
	say(world, ROOM_FILE, "node", 0, world->node);
	say(world, ROOM_FILE, "attic", 0, world->attic);
	for (uint64_t i = 0; i < 2; i++)
		say(world, ROOM_FILE, "journal", i, world->files[i]);
	for (int i = 0; i < LINES; i++) {
		assert_int_equal(line_open(ends), 0);
		say(world, ROOM_LINE, names[i], 0, ends[1]);
		(void)close(ends[1]);
		world->line[i] = ends[0];
		assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	}
	say(world, ROOM_GO, "", 0, -1);
	wait_ready(world);
	world->flight = 0;
	world->seat = 0;
}

static inline void kill_it(struct world *world, bool power_fails)
{
	assert_int_equal(kill(world->pid, SIGKILL), 0);
	assert_int_equal(waitpid(world->pid, NULL, 0), world->pid);
	(void)close(world->control);
	for (int i = 0; i < LINES; i++)
		(void)close(world->line[i]);
	if (!power_fails)
		return;
	(void)close(world->attic);
	world->attic = memfd_create("attic", MFD_CLOEXEC);
}

/* ---- the neighbours ---- */

union any {
	struct letter head;
	struct chat_said said;
	struct chat_opened opened;
	struct chat_done done;
	struct chat_seated seated;
	struct chat_event event;
	struct register_chat told;
	struct register_seat seat;
	struct vault_recover recover;
	uint8_t bytes[LETTER_SIZE_MAX];
};

static inline void post(struct world *world, enum line line,
			struct letter *letter)
{
	struct pollfd ready = { .fd = world->line[line], .events = POLLOUT };
	int r;

	do {
		assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
		r = line_post(world->line[line], letter, NULL, false);
	} while (r == -EAGAIN);
	assert_int_equal(r, 0);
}

static inline void serve_register(struct world *world, const union any *asked)
{
	struct register_chat_noted noted = {
		.head = { .type = REGISTER_CHAT_NOTED, .size = sizeof(noted) },
		.chat = asked->told.chat,
		.version = asked->told.version,
	};
	struct register_seat_is is = {
		.head = { .type = REGISTER_SEAT_IS,
			  .size = sizeof(is),
			  .tag = asked->head.tag },
		.result = DESK_OK,
		.agent = "agent-1",
		.name = "Agent 1",
	};

	if (asked->head.type == REGISTER_CHAT) {
		world->stored++;
		post(world, REGISTER, &noted.head);
	} else {
		memcpy(is.session, asked->seat.session, sizeof(is.session));
		post(world, REGISTER, &is.head);
	}
}

static inline void serve_vault(struct world *world, const union any *asked)
{
	struct vault_recovered answer = {
		.head = { .type = VAULT_RECOVERED,
			  .size = sizeof(answer),
			  .tag = asked->head.tag },
	};

	answer.result =
		open_key(&asked->recover.wrapped, &world->pair, SEAL_FOR_CHAT,
			 &asked->recover.call, answer.key);
	assert_int_equal(answer.result, 0);
	post(world, VAULT, &answer.head);
}

/* Tags: conversation * 2 + side, then the message. */
static inline void take_said(struct world *world, const struct chat_said *said)
{
	uint64_t who = said->head.tag >> 32;
	uint32_t n = (uint32_t)said->head.tag;
	struct visitor *visitor = &world->visitors[who / 2];
	struct side *side = who % 2 ? &visitor->agent : &visitor->visitor;

	assert_true(who / 2 < VISITORS && n < side->count);
	assert_int_equal(said->result, CHAT_OK);
	assert_true(said->seq > 0);
	/* Answered alike, however often it was asked. */
	if (side->seq[n] != 0)
		assert_int_equal(said->seq, side->seq[n]);
	side->seq[n] = said->seq;
	world->flight--;
}

/* Take what there is, for so long; until an answer of a type comes. */
static inline bool hear(struct world *world, int wait_ms, uint16_t until,
			union any *ret_answer)
{
	const nanoseconds end = clock_monotonic() + wait_ms * NS_PER_MS;

	for (;;) {
		struct pollfd ready[LINES];
		int left = (int)((end - clock_monotonic()) / NS_PER_MS);

		for (int i = 0; i < LINES; i++)
			ready[i] = (struct pollfd){ world->line[i], POLLIN, 0 };
		if (poll(ready, LINES, left > 0 ? left : 0) <= 0)
			return false;
		for (int i = 0; i < LINES; i++) {
			union any letter;

			if (!ready[i].revents ||
			    line_take(world->line[i], &letter.head,
				      sizeof(letter), NULL) < 0)
				continue;
			if (i == REGISTER)
				serve_register(world, &letter);
			else if (i == VAULT)
				serve_vault(world, &letter);
			else if (letter.head.type == CHAT_SAID)
				take_said(world, &letter.said);
			if (letter.head.type == until && letter.head.tag != 0) {
				*ret_answer = letter;
				return true;
			}
		}
	}
}

static inline union any ask(struct world *world, enum line line,
			    struct letter *letter, uint16_t type)
{
	union any answer;

	letter->tag = 1;
	post(world, line, letter);
	if (!hear(world, WAIT_MS, type, &answer))
		fail_msg("no answer of type %u", type);
	return answer;
}

/* ---- what is said ---- */

static inline void text_of(uint32_t n, char text[32])
{
	snprintf(text, 32, "message %u", n);
}

static inline void say_visitor(struct world *world, uint32_t who, uint32_t n)
{
	struct chat_say letter = {
		.head = { .type = CHAT_SAY,
			  .size = sizeof(letter),
			  .tag = (uint64_t)who * 2 << 32 | n },
		.client_id = { 1, (uint8_t)n, (uint8_t)(n >> 8) },
	};

	memcpy(letter.token, world->visitors[who].opened.token,
	       sizeof(letter.token));
	text_of(n, letter.text);
	letter.size = (uint32_t)strlen(letter.text);
	world->flight++;
	post(world, COUNTER, &letter.head);
}

static inline void say_agent(struct world *world, uint32_t who, uint32_t n)
{
	struct chat_desk_say letter = {
		.head = { .type = CHAT_DESK_SAY,
			  .size = sizeof(letter),
			  .tag = ((uint64_t)who * 2 + 1) << 32 | n },
		.chat = world->visitors[who].opened.chat,
		.client_id = { 2, (uint8_t)n, (uint8_t)(n >> 8) },
		.seat = world->seat,
	};

	text_of(n, letter.text);
	letter.size = (uint32_t)strlen(letter.text);
	world->flight++;
	post(world, DESK, &letter.head);
}

/* Open, or find what was opened before. */
static inline void open_all(struct world *world)
{
	for (uint8_t i = 0; i < VISITORS; i++) {
		struct visitor *visitor = &world->visitors[i];
		struct chat_open letter = {
			.head = { .type = CHAT_OPEN, .size = sizeof(letter) },
			.key = { 7, i, visitor->turn },
			.language = "fi",
		};
		union any answer;

		/* Until the vault has said what it knows. */
		do
			answer = ask(world, COUNTER, &letter.head, CHAT_OPENED);
		while (answer.opened.result == CHAT_LATER);
		assert_int_equal(answer.opened.result, CHAT_OK);
		if (visitor->opened.epoch != 0) {
			assert_int_equal(answer.opened.epoch,
					 visitor->opened.epoch);
			assert_memory_equal(answer.opened.token,
					    visitor->opened.token,
					    CHAT_TOKEN_SIZE);
			assert_string_equal(answer.opened.receipt,
					    visitor->opened.receipt);
		}
		visitor->opened = answer.opened;
	}
}

static inline void sit_and_take(struct world *world)
{
	struct chat_seat seat = {
		.head = { .type = CHAT_SEAT, .size = sizeof(seat) },
		.session = { 3 },
	};
	struct chat_desk_act take = {
		.head = { .type = CHAT_DESK_ACT, .size = sizeof(take) },
		.act = CHAT_DO_TAKE,
	};
	union any answer = ask(world, DESK, &seat.head, CHAT_SEATED);

	assert_int_equal(answer.seated.result, CHAT_OK);
	world->seat = answer.seated.seat;
	take.seat = world->seat;
	for (uint32_t i = 0; i < VISITORS / 2; i++) {
		/* Some stay in the queue. */
		take.chat = world->visitors[i].opened.chat;
		answer = ask(world, DESK, &take.head, CHAT_DONE);
		assert_int_equal(answer.done.result, CHAT_OK);
		world->visitors[i].is_taken = true;
	}
}

/* What was not acknowledged is said again, in order. */
static inline void say_again(struct world *world)
{
	union any none;

	for (uint32_t i = 0; i < VISITORS; i++) {
		struct visitor *visitor = &world->visitors[i];

		for (uint32_t n = 0; n < visitor->visitor.count; n++)
			if (visitor->visitor.seq[n] == 0)
				say_visitor(world, i, n);
		for (uint32_t n = 0; n < visitor->agent.count; n++)
			if (visitor->agent.seq[n] == 0)
				say_agent(world, i, n);
	}
	for (int i = 0; world->flight > 0 && i < WAIT_MS / 10; i++)
		(void)hear(world, 10, UINT16_MAX, &none);
	assert_int_equal(world->flight, 0);
}

static inline void load(struct world *world, int for_ms)
{
	const nanoseconds end = clock_monotonic() + for_ms * NS_PER_MS;
	union any none;

	while (clock_monotonic() < end) {
		uint32_t who = draw(world, VISITORS);
		struct visitor *visitor = &world->visitors[who];

		if (world->flight >= FLIGHT_MAX) {
			(void)hear(world, 1, UINT16_MAX, &none);
			continue;
		}
		if (visitor->is_taken && draw(world, 2)) {
			if (visitor->agent.count < SAID_MAX / 2)
				say_agent(world, who, visitor->agent.count++);
		} else if (visitor->visitor.count < SAID_MAX / 2) {
			say_visitor(world, who, visitor->visitor.count++);
		}
		(void)hear(world, 0, UINT16_MAX, &none);
	}
}

#endif
