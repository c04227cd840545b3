/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file vault_room.h
 * Plays the house, the register, finish, chat and the door for a real
 * tallenne-vault process.
 */
#ifndef TALLENNE_TESTS_VAULT_ROOM_H
#define TALLENNE_TESTS_VAULT_ROOM_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/bytes.h"
#include "base/room.h"
#include "seal/write.h"
#include "vault/vault.h"
#include "vault/volume.h"

enum { VAULT_ROOM_WAIT_MS = 60000 };

#define VAULT_ROOM_PASSPHRASE "correct horse battery staple"
#define VAULT_ROOM_SETTINGS                                                    \
	"unlock_memory_mib\t8\nhorizon_days\t30\nnode\ttest-1\n"               \
	"origin\texample.invalid/audit\n"

struct vault_room {
	pid_t pid;
	int control, reg, finish, chat, dir;
	char door_path[108];
	struct seal_keyset *keys;
	char place[64]; /* directory that belongs to the test */
};

/* The latest end date there is a key for. */
static inline seal_date vault_room_last(const struct vault_room *room)
{
	const struct seal_end wish = { SEAL_CLASS_AUDIO, 99991231 };
	struct seal_end found = { 0, 0 };
	uint8_t public[SEAL_PUBLIC_SIZE];
	int r = seal_keyset_find(room->keys, &wish, &found, public);

	assert(r == 0);
	return found.date;
}

static inline void vault_room_say(struct vault_room *room, uint16_t type,
				  const char *word, int fd)
{
	struct room_letter_any letter = {
		.head = { .type = type, .size = sizeof(letter) },
	};
	struct letter_fds fds = { { fd, -1, -1, -1 }, fd >= 0 };
	int r;

	snprintf(letter.word, sizeof(letter.word), "%s", word);
	r = line_post(room->control, &letter.head, &fds, true);
	assert(r == 0);
}

/* What the vault says on its control line, until it says this or ends. */
static inline int vault_room_hear(struct vault_room *room, uint16_t until)
{
	for (;;) {
		struct room_letter_any letter;
		struct letter_fds fds;
		struct pollfd ready = { .fd = room->control, .events = POLLIN };
		OWNED(drop_fd) int fd = -1;
		int r;

		if (poll(&ready, 1, VAULT_ROOM_WAIT_MS) <= 0)
			return -ETIMEDOUT;
		r = line_take(room->control, &letter.head, sizeof(letter),
			      &fds);
		if (r < 0)
			return r;
		fd = letter_fds_give(&fds, 0);
		if (letter.head.type == ROOM_GIVE &&
		    strcmp(letter.word, "keys") == 0) {
			seal_keyset_free(room->keys);
			room->keys = NULL;
			r = seal_keyset_load(fd, &room->keys);
			assert(r == 0);
		}
		if (letter.head.type == until)
			return 0;
	}
}

static inline void vault_room_line(struct vault_room *room, const char *peer,
				   int *ret_end)
{
	int ends[2], r = line_open(ends);

	assert(r == 0);
	vault_room_say(room, ROOM_LINE, peer, ends[1]);
	(void)close(ends[1]);
	*ret_end = ends[0];
}

static inline int vault_room_door(const struct vault_room *room)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), r;

	memcpy(name.sun_path, room->door_path, sizeof(name.sun_path));
	(void)unlink(room->door_path);
	r = bind(fd, (struct sockaddr *)&name, sizeof(name));
	assert(r == 0);
	r = listen(fd, 8);
	assert(r == 0);
	return fd;
}

/* Begin a test with an empty directory. */
static inline struct vault_room vault_room_new(void)
{
	struct vault_room room = { .pid = -1, .dir = -1 };
	char *made;

	snprintf(room.place, sizeof(room.place), "/tmp/tallenne-vault-XXXXXX");
	made = mkdtemp(room.place);
	assert(made);
	room.dir = open(room.place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(room.dir >= 0);
	snprintf(room.door_path, sizeof(room.door_path), "%s/door", room.place);
	return room;
}

/* The child: only the control line, as the house starts it. */
static inline void vault_room_exec(const char *program, int control)
{
	if (control != ROOM_CONTROL_FD) {
		(void)dup2(control, ROOM_CONTROL_FD);
	} else {
		(void)fcntl(control, F_SETFD, 0);
	}
	execl(program, program, (char *)NULL);
	_exit(127);
}

/* Start the program; 0 once it is ready, or how it ended. */
static inline int vault_room_start(struct vault_room *room, const char *program,
				   const char *settings, const char *passphrase)
{
	OWNED(drop_fd) int door = vault_room_door(room);
	OWNED(drop_fd)
	int file = file_of("settings", settings, strlen(settings));
	int ends[2], r = line_open(ends);

	assert(r == 0 && file >= 0);
	room->pid = fork();
	assert(room->pid >= 0);
	if (room->pid == 0)
		vault_room_exec(program, ends[1]);
	(void)close(ends[1]);
	room->control = ends[0];
	vault_room_say(room, ROOM_FILE, "settings", file);
	vault_room_say(room, ROOM_FILE, "state", room->dir);
	vault_room_say(room, ROOM_FILE, "door", door);
	if (passphrase) {
		OWNED(drop_fd)
		int fd = file_of("passphrase", passphrase, strlen(passphrase));

		vault_room_say(room, ROOM_FILE, "passphrase", fd);
	}
	vault_room_line(room, "register", &room->reg);
	vault_room_line(room, "finish", &room->finish);
	vault_room_line(room, "chat", &room->chat);
	vault_room_say(room, ROOM_GO, "", -1);
	return vault_room_hear(room, ROOM_READY);
}

/* Wait for its end; its exit status, 128 + signal if it was killed. */
static inline int vault_room_wait(struct vault_room *room)
{
	int status;
	pid_t got = waitpid(room->pid, &status, 0);

	assert(got == room->pid);
	room->pid = -1;
	(void)close(room->control);
	(void)close(room->reg);
	(void)close(room->finish);
	(void)close(room->chat);
	seal_keyset_free(room->keys);
	room->keys = NULL;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline int vault_room_stop(struct vault_room *room)
{
	vault_room_say(room, ROOM_STOP, "", -1);
	return vault_room_wait(room);
}

static inline int vault_room_kill(struct vault_room *room)
{
	(void)kill(room->pid, SIGKILL);
	return vault_room_wait(room);
}

static inline void vault_room_free(struct vault_room *room)
{
	static const char *const names[] = {
		"ring",	      "ring.new",	"log.keys",	"leaves",
		"checkpoint", "checkpoint.new", "keys",		"keys.new",
		"door",	      "trace",		"log.keys.new",
	};
	struct volumes volumes;

	assert_int_equal(volumes_find(room->dir, &volumes), 0);
	for (size_t i = 0; i < volumes.count; i++) {
		char name[VOLUME_NAME_SIZE];

		volume_name(volumes.at[i].date, name);
		(void)unlinkat(room->dir, name, 0);
	}
	volumes_free(&volumes);
	for (size_t i = 0; i < COUNT(names); i++)
		(void)unlinkat(room->dir, names[i], 0);
	drop_fd(&room->dir);
	(void)rmdir(room->place);
}

/* Ask on a line and take the answer. */
static inline int vault_room_ask(int end, struct letter *ask,
				 const struct letter_fds *fds,
				 struct letter *answer, uint16_t type,
				 size_t size)
{
	return line_ask(end, ask, fds, answer, type, size, NULL,
			VAULT_ROOM_WAIT_MS);
}

static inline struct vault_entry vault_room_entry(const char *text)
{
	struct vault_entry entry = { .size = (uint32_t)strlen(text) };

	memcpy(entry.text, text, entry.size);
	return entry;
}

static inline int vault_room_append(struct vault_room *room, const char *text,
				    uint64_t *ret_seq)
{
	struct vault_append ask = {
		.head = { .type = VAULT_APPEND, .size = sizeof(ask) },
		.entry = vault_room_entry(text),
	};
	struct vault_answer answer;

	assert_int_equal(vault_room_ask(room->reg, &ask.head, NULL,
					&answer.head, VAULT_ANSWER,
					sizeof(answer)),
			 0);
	if (ret_seq)
		*ret_seq = answer.seq;
	return answer.result;
}

static inline int vault_room_destroy(struct vault_room *room,
				     uint32_t data_class, seal_date date)
{
	struct vault_destroy ask = {
		.head = { .type = VAULT_DESTROY, .size = sizeof(ask) },
		.entry = vault_room_entry("{\"event\":\"key.destroyed\"}"),
		.end = { data_class, date },
	};
	struct vault_answer answer;

	assert_int_equal(vault_room_ask(room->reg, &ask.head, NULL,
					&answer.head, VAULT_ANSWER,
					sizeof(answer)),
			 0);
	return answer.result;
}

static inline struct vault_status vault_room_status(struct vault_room *room)
{
	struct vault_status ask = {
		.head = { .type = VAULT_STATUS, .size = sizeof(ask) },
	};
	struct vault_status answer;

	assert_int_equal(vault_room_ask(room->reg, &ask.head, NULL,
					&answer.head, VAULT_STATUS,
					sizeof(answer)),
			 0);
	return answer;
}

/* Ask at the door; fd is sent along if it is not -1. */
static inline struct vault_door vault_room_knock(struct vault_room *room,
						 uint16_t type,
						 const char *text, int fd)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	OWNED(drop_fd)
	int end = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct vault_door ask = {
		.head = { .type = type, .size = sizeof(ask) },
		.text_size = (uint32_t)strlen(text),
	};
	struct letter_fds fds = { { fd, -1, -1, -1 }, fd >= 0 };
	struct vault_door answer;

	memcpy(name.sun_path, room->door_path, sizeof(name.sun_path));
	memcpy(ask.text, text, ask.text_size);
	assert_int_equal(connect(end, (struct sockaddr *)&name, sizeof(name)),
			 0);
	assert_int_equal(vault_room_ask(end, &ask.head, &fds, &answer.head,
					VAULT_DOOR_IS, sizeof(answer)),
			 0);
	return answer;
}

/* The log on the disk as whoever has ring and passphrase reads it; the caller
 * frees it. Without a ring yet, what is in clear. */
static inline char *vault_room_log(const struct vault_room *room,
				   size_t *ret_size)
{
	char line[RECORD_LINE_MAX + 1], *text = NULL;
	FILE *out = open_memstream(&text, ret_size);
	struct volume_reader *reader;
	struct keyring *ring;
	struct record record;
	int r;

	assert_int_equal(keyring_open(room->dir, &ring), 0);
	if (keyring_is_made(ring))
		assert_int_equal(
			keyring_unlock(ring, slice_of(VAULT_ROOM_PASSPHRASE)),
			0);
	assert_int_equal(
		volume_reader_new(room->dir, ring, 0, UINT64_MAX, &reader), 0);
	while ((r = volume_reader_next(reader, &record)) > 0) {
		(void)record_line(&record, line);
		(void)fputs(line, out);
	}
	assert_int_equal(r, 0);
	volume_reader_free(reader);
	keyring_close(ring);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* The same as a file, for those who verify it. */
static inline int vault_room_log_file(const struct vault_room *room)
{
	OWNED(drop_memory) char *text = NULL;
	size_t size;

	text = vault_room_log(room, &size);
	return file_of("log", text, size);
}

/* Whether the log contains this text. */
static inline bool vault_room_log_has(const struct vault_room *room,
				      const char *text)
{
	OWNED(drop_memory) char *bytes = NULL;
	size_t size;

	bytes = vault_room_log(room, &size);
	return strstr(bytes, text) != NULL;
}

/* Name of the volume that was written last; "" if there is none. */
static inline void vault_room_volume(const struct vault_room *room,
				     char ret_name[VOLUME_NAME_SIZE])
{
	struct volumes volumes;

	assert_int_equal(volumes_find(room->dir, &volumes), 0);
	ret_name[0] = '\0';
	if (volumes.count > 0)
		volume_name(volumes.at[volumes.count - 1].date, ret_name);
	volumes_free(&volumes);
}

#endif
