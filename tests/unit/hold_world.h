/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file hold_world.h
 * Holds placed and lifted by the door, and what is left afterwards.
 */
#ifndef TALLENNE_TESTS_HOLD_WORLD_H
#define TALLENNE_TESTS_HOLD_WORLD_H

#include "notice/model.h"
#include "register/due.h"
#include "register/figures.h"
#include "register/hold.h"
#include "register_world.h"

/* 00:00 in Helsinki on 23 May 2027 and on 23 November 2027. */
#define AUDIO_END (1811019600 * NS_PER_S)
#define CONTACT_END (1826920800 * NS_PER_S)
#define DAY_S 86400

static inline struct door_hold place(struct world *world,
				     const struct id *contact, uint32_t kind,
				     int64_t days)
{
	int64_t now = books_seconds(world->books);
	struct door_hold ask = {
		.head = { .type = DOOR_HOLD_PLACE, .size = sizeof(ask) },
		.kind = kind,
		.contact = *contact,
		.expires_at = days ? now + days * DAY_S : 0,
		.review_at = now + 30 * DAY_S,
		.reference = "TSV/123/2026",
	}, answer;

	WORLD_ASK(world, world->door, ask, answer);
	world_settle(world);
	return answer;
}

static inline int32_t lift(struct world *world, const struct id *hold)
{
	struct door_hold ask = {
		.head = { .type = DOOR_HOLD_LIFT, .size = sizeof(ask) },
		.hold = *hold,
	}, answer;

	WORLD_ASK(world, world->door, ask, answer);
	world_settle(world);
	return answer.result;
}

static inline struct door_sweep sweep(struct world *world)
{
	struct door_sweep ask = {
		.head = { .type = DOOR_SWEEP, .size = sizeof(ask) },
	}, answer;

	WORLD_ASK(world, world->door, ask, answer);
	return answer;
}

static inline int64_t count(struct world *world, const char *what)
{
	if (!strcmp(what, "kept"))
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM object"
				     " WHERE length(held) = length(wrapped)");
	if (!strcmp(what, "lost"))
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM object"
				     " WHERE length(held) = 1");
	if (!strcmp(what, "callers"))
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM contact"
				     " WHERE length(caller_held) ="
				     " length(caller)");
	if (!strcmp(what, "recordings"))
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM recording");
	return db_ask_number(world->books->db, -1, "SELECT count(*) FROM held");
}

static inline bool key_is_gone(const struct world *world, uint32_t data_class,
			       seal_date date)
{
	const struct seal_end end = { data_class, date };

	return world_key_is_gone(&world->vault, &end);
}

/* Ask for a recording. What the vault was given to open is in "last". */
static inline int32_t play(struct world *world, const struct desk_session *who,
			   const struct id *call, const char *purpose)
{
	struct desk_play ask = {
		.head = { .type = DESK_PLAY, .size = sizeof(ask) },
		.call = *call,
		.kind = SEAL_KIND_SOUND,
	};
	struct desk_playing playing;
	int ends[2];

	memcpy(ask.token, who->token, sizeof(ask.token));
	memcpy(ask.purpose, purpose, strlen(purpose));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	struct letter_fds fds = { { ends[1], -1, -1, -1 }, 1 };
	assert_int_equal(world_ask(world, world->desk, &ask, &fds, &playing,
				   sizeof(playing)),
			 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return playing.result;
}

#endif
