/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file vault_stage.h
 * What the tests of a real tallenne-vault share: the vault started and
 * checked, an object sealed for it, its content asked for.
 */
#ifndef TALLENNE_TESTS_VAULT_STAGE_H
#define TALLENNE_TESTS_VAULT_STAGE_H

#include <time.h>

#include "vault/verify.h"
#include "vault_room.h"

static const char *program;
static int pipe_size; /* 0: as the system has it */

static const char reads[] =
	"{\"event\":\"content.read\",\"actor\":\"stf_1\",\"role\":"
	"\"supervisor\",\"purpose\":\"quality\"}";

enum { CONTENT_SIZE = 50000 };

static inline uint8_t content_at(size_t i)
{
	return (uint8_t)(i * 7 + i / 256);
}

/* A sealed object and what the register would know of it. */
struct object {
	struct seal_object about;
	int fd;
};

static inline seal_date today(void)
{
	time_t now = time(NULL);
	struct tm at;

	localtime_r(&now, &at);
	return (seal_date)((at.tm_year + 1900) * 10000 + (at.tm_mon + 1) * 100 +
			   at.tm_mday);
}

static inline struct object seal_to(const struct vault_room *room,
				    seal_date date)
{
	static const uint8_t node_seed[32] = { 3 };
	const struct seal_end end = { SEAL_CLASS_AUDIO, date };
	uint8_t content[CONTENT_SIZE];
	struct object object = {
		.about = { .object = id_new(),
			   .contact = id_new(),
			   .kind = SEAL_KIND_SOUND },
		.fd = memfd_create("object", MFD_CLOEXEC),
	};

	for (size_t i = 0; i < CONTENT_SIZE; i++)
		content[i] = content_at(i);
	assert_int_equal(seal_write(object.fd, room->keys, &end, node_seed,
				    &object.about, content, CONTENT_SIZE),
			 0);
	assert_int_equal(object.about.wrapped.end.date, date);
	return object;
}

/* Ask for a part; the answer's result, the pipe in *ret_pipe. */
static inline int unseal(struct vault_room *room, const struct object *object,
			 uint64_t offset, uint64_t size, int *ret_pipe)
{
	struct vault_unseal ask = {
		.head = { .type = VAULT_UNSEAL, .size = sizeof(ask) },
		.entry = vault_room_entry(reads),
		.wrapped = object->about.wrapped,
		.object = object->about.object,
		.offset = offset,
		.size = size,
	};
	struct vault_answer answer;
	struct letter_fds fds;
	int ends[2];

	memcpy(ask.hash, object->about.hash, sizeof(ask.hash));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	if (pipe_size)
		assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, pipe_size),
				 pipe_size);
	fds = (struct letter_fds){ { object->fd, ends[1], -1, -1 }, 2 };
	assert_int_equal(vault_room_ask(room->reg, &ask.head, &fds,
					&answer.head, VAULT_ANSWER,
					sizeof(answer)),
			 0);
	(void)close(ends[1]);
	if (answer.result < 0) {
		char byte;

		/* Nothing was poured. */
		assert_int_equal(read(ends[0], &byte, 1), 0);
		(void)close(ends[0]);
		ends[0] = -1;
	}
	*ret_pipe = ends[0];
	return answer.result;
}

static inline void expect_content(int pipe, uint64_t offset, size_t size)
{
	uint8_t *got = malloc(size + 1);
	size_t at = 0;

	for (;;) {
		ssize_t more = read(pipe, got + at, size + 1 - at);

		assert_true(more >= 0);
		if (more == 0)
			break;
		at += (size_t)more;
	}
	assert_int_equal(at, size);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(got[i], content_at(offset + i));
	free(got);
	(void)close(pipe);
}

static inline void start(struct vault_room *room)
{
	assert_int_equal(vault_room_start(room, program, VAULT_ROOM_SETTINGS,
					  VAULT_ROOM_PASSPHRASE),
			 0);
	assert_non_null(room->keys);
}

/* The log in the directory must be whole. @return its entries */
static inline uint64_t verify(const struct vault_room *room)
{
	OWNED(drop_fd) int log = vault_room_log_file(room);
	struct audit_found found;
	int r = audit_verify(log, (struct slice){ NULL, 0 }, NULL, &found);

	if (r < 0)
		fail_msg("%s", found.problem ? found.problem : strerror(-r));
	return found.entries;
}

#endif
