/* SPDX-License-Identifier: EUPL-1.2 */
/* What the tests of stored chats ask of the register, and its tables. */
#ifndef TALLENNE_TESTS_CHAT_BOOKS_H
#define TALLENNE_TESTS_CHAT_BOOKS_H

#include "notice/roles.h"
#include "register/shorten.h"
#include "register_world.h"

static inline struct desk_chat_rows chats(struct world *world,
					  const struct desk_session *session,
					  struct desk_chats ask)
{
	struct desk_chat_rows rows;

	ask.head = (struct letter){ .type = DESK_CHATS, .size = sizeof(ask) };
	if (!ask.limit)
		ask.limit = DESK_ROWS_MAX;
	memcpy(ask.token, session->token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, rows);
	return rows;
}

static inline struct desk_chat_whole whole(struct world *world,
					   const struct desk_session *session,
					   const struct id *chat)
{
	struct desk_about ask = {
		.head = { .type = DESK_CHAT, .size = sizeof(ask) },
		.contact = *chat,
	};
	struct desk_chat_whole answer;

	memcpy(ask.token, session->token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, answer);
	return answer;
}

/* Read it; what came through the pipe is whole only when all agreed. */
static inline enum desk_result read_chat(struct world *world,
					 const struct desk_session *session,
					 const struct id *content,
					 uint32_t kind, const char *purpose)
{
	struct desk_play ask = {
		.head = { .type = DESK_PLAY, .size = sizeof(ask) },
		.call = *content,
		.kind = kind,
	};
	struct desk_playing answer;
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	char text[8];
	int ends[2];
	ssize_t size;

	snprintf(ask.purpose, sizeof(ask.purpose), "%s", purpose);
	memcpy(ask.token, session->token, sizeof(ask.token));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fds.fd[0] = ends[1];
	fds.count = 1;
	assert_int_equal(world_ask(world, world->desk, &ask, &fds, &answer,
				   sizeof(answer)),
			 0);
	letter_fds_drop(&fds);
	size = read(ends[0], text, sizeof(text));
	assert_int_equal(size, answer.result == DESK_OK ? 5 : 0);
	(void)close(ends[0]);
	return (enum desk_result)answer.result;
}

static inline struct desk_reader_rows
readers(struct world *world, const struct desk_session *session,
	const struct id *chat)
{
	struct desk_about ask = {
		.head = { .type = DESK_READERS, .size = sizeof(ask) },
	};
	struct desk_reader_rows rows;

	if (chat)
		ask.contact = *chat;
	memcpy(ask.token, session->token, sizeof(ask.token));
	WORLD_ASK(world, world->desk, ask, rows);
	return rows;
}

static inline void hold(struct world *world, const struct id *chat,
			int64_t kind, int64_t expires_at)
{
	struct id id = id_new();

	assert_int_equal(db_run(world->books->db,
				"INSERT INTO hold (id, contact, kind, since,"
				" expires_at) VALUES ($1, $2, $3, 0, $4)",
				db_id(&id), db_id(chat), db_number(kind),
				db_number(expires_at)),
			 1);
}

static inline struct door_sweep sweep(struct world *world, bool dry)
{
	struct door_sweep ask = {
		.head = { .type = DOOR_SWEEP, .size = sizeof(ask) },
		.dry_run = dry,
	}, answer;

	WORLD_ASK(world, world->door, ask, answer);
	return answer;
}

static inline int64_t count(struct world *world, char which)
{
	switch (which) {
	case 'c':
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM contact");
	case 'x':
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM chat");
	case 'r':
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM reader");
	case 'h':
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM hold");
	case 't':
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM tombstone");
	default:
		return db_ask_number(world->books->db, -1,
				     "SELECT count(*) FROM object");
	}
}

static inline bool key_is_gone(const struct world *world, uint32_t data_class,
			       seal_date date)
{
	for (int i = 0; i < world->vault.gone_count; i++)
		if (world->vault.gone[i].data_class == data_class &&
		    world->vault.gone[i].date == date)
			return true;
	return false;
}

/*
 * 00:00 in Helsinki on 23 November 2027, when the row is dead; and on 24
 * November 2028, when the content is: kept for all of its last day.
 */
#define ROW_END (1826920800 * NS_PER_S)
#define CONTENT_END (1858629600 * NS_PER_S)

#endif
