/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file register_pair.h
 * The programs of register and vault, with the house and all their other
 * neighbours played by the test.
 */
#ifndef TALLENNE_TESTS_REGISTER_PAIR_H
#define TALLENNE_TESTS_REGISTER_PAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "clear_dir.h"
#include "notice/civil.h"
#include "register/register.h"
#include "vault_room.h"

enum { SOUND_SIZE = 100000 };

static const char *program, *vault_program, *policy_path;

static const char settings_text[] = "direct_codes\ttrue\n"
				    "agents.0.id\ta1\n"
				    "agents.0.name\tAgent 1\n";

/* A register and its vault. */
struct pair {
	struct vault_room vault;
	pid_t pid;
	int control, siprec, finish, chat, desk, door;
	char place[64], door_path[108];
	int dir;
};

static inline void say(struct pair *pair, uint16_t type, const char *word,
		       int fd)
{
	struct room_letter_any letter = {
		.head = { .type = type, .size = sizeof(letter) },
	};
	struct letter_fds fds = { { fd, -1, -1, -1 }, fd >= 0 };

	snprintf(letter.word, sizeof(letter.word), "%s", word);
	assert_int_equal(line_post(pair->control, &letter.head, &fds, true), 0);
}

static inline int give_line(struct pair *pair, const char *peer)
{
	int ends[2];

	assert_int_equal(line_open(ends), 0);
	say(pair, ROOM_LINE, peer, ends[1]);
	(void)close(ends[1]);
	return ends[0];
}

static inline int listen_at(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	memcpy(name.sun_path, path, strlen(path) + 1);
	(void)unlink(path);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static inline int knock(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	memcpy(name.sun_path, path, strlen(path) + 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)),
			 0);
	return fd;
}

static inline int hear_ready(struct pair *pair)
{
	for (;;) {
		struct room_letter_any letter;
		struct pollfd ready = { .fd = pair->control, .events = POLLIN };
		int r;

		if (poll(&ready, 1, VAULT_ROOM_WAIT_MS) <= 0)
			return -ETIMEDOUT;
		r = line_take(pair->control, &letter.head, sizeof(letter),
			      NULL);
		if (r < 0 || letter.head.type == ROOM_READY)
			return r;
	}
}

static inline void give_vault(struct pair *pair)
{
	int ends[2];

	assert_int_equal(line_open(ends), 0);
	vault_room_say(&pair->vault, ROOM_LINE, "register", ends[0]);
	say(pair, ROOM_LINE, "vault", ends[1]);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static inline void start(struct pair *pair)
{
	OWNED(drop_fd)
	int file =
		file_of("settings", settings_text, sizeof(settings_text) - 1);
	OWNED(drop_fd) int policy = open(policy_path, O_RDONLY | O_CLOEXEC);
	OWNED(drop_fd) int door = listen_at(pair->door_path);
	int ends[2];

	assert_true(policy >= 0 && file >= 0);
	assert_int_equal(line_open(ends), 0);
	pair->pid = fork();
	if (pair->pid == 0)
		vault_room_exec(program, ends[1]);
	(void)close(ends[1]);
	pair->control = ends[0];
	say(pair, ROOM_FILE, "settings", file);
	say(pair, ROOM_FILE, "state", pair->dir);
	say(pair, ROOM_FILE, "policy", policy);
	say(pair, ROOM_FILE, "door", door);
	pair->siprec = give_line(pair, "siprec");
	pair->finish = give_line(pair, "finish");
	pair->chat = give_line(pair, "chat");
	pair->desk = give_line(pair, "desk");
	give_vault(pair);
	say(pair, ROOM_GO, "", -1);
	assert_int_equal(hear_ready(pair), 0);
	pair->door = knock(pair->door_path);
}

static inline int end_of(struct pair *pair)
{
	int status;

	assert_int_equal(waitpid(pair->pid, &status, 0), pair->pid);
	drop_fd(&pair->control);
	drop_fd(&pair->siprec);
	drop_fd(&pair->finish);
	drop_fd(&pair->chat);
	drop_fd(&pair->desk);
	drop_fd(&pair->door);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static inline int prepare(void **state)
{
	static struct pair pair;

	memset(&pair, 0, sizeof(pair));
	pair.vault = vault_room_new();
	snprintf(pair.place, sizeof(pair.place), "/tmp/register-room-XXXXXX");
	assert_non_null(mkdtemp(pair.place));
	pair.dir = open(pair.place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(pair.door_path, sizeof(pair.door_path), "%s/door", pair.place);
	assert_int_equal(vault_room_start(&pair.vault, vault_program,
					  VAULT_ROOM_SETTINGS,
					  VAULT_ROOM_PASSPHRASE),
			 0);
	start(&pair);
	*state = &pair;
	return 0;
}

static inline int clear(void **state)
{
	struct pair *pair = *state;

	say(pair, ROOM_STOP, "", -1);
	assert_int_equal(end_of(pair), 0);
	assert_int_equal(vault_room_stop(&pair->vault), 0);
	vault_room_free(&pair->vault);
	clear_dir(pair->dir);
	drop_fd(&pair->dir);
	return rmdir(pair->place);
}

#define ASK(end, ask, answer, want)                                            \
	assert_int_equal(vault_room_ask(end, &(ask).head, NULL,                \
					&(answer).head, want, sizeof(answer)), \
			 0)

static inline seal_date in_days(int days)
{
	struct civil_zone *zone;
	seal_date date;

	assert_int_equal(civil_zone_load("Europe/Helsinki", &zone), 0);
	date = civil_add_days(civil_date(zone, clock_now(&clock_system)), days);
	civil_zone_free(zone);
	return date;
}

static inline struct register_contact contact(struct pair *pair,
					      uint64_t number)
{
	nanoseconds now = clock_now(&clock_system);
	struct register_contact contact = {
		.head = { .type = REGISTER_CONTACT, .size = sizeof(contact) },
		.contact = id_new(),
		.number = number,
		.version = 1,
		.state = REGISTER_STATE_ENDED,
		.started_at = now - 90 * NS_PER_S,
		.answered_at = now - 80 * NS_PER_S,
		.ended_at = now - 20 * NS_PER_S,
		.end_reason = 1,
		/* The vault of the test makes keys 30 days ahead. */
		.audio_end = { SEAL_CLASS_AUDIO, in_days(20) },
		.contact_end = { SEAL_CLASS_CONTACT, in_days(25) },
		.service_number = "+358295550100",
		.agent = "a1",
		.agent_name = "Agent 1",
		.caller_tail = "123",
	};
	struct register_noted noted;

	ASK(pair->siprec, contact, noted, REGISTER_NOTED);
	assert_int_equal(noted.result, 0);
	return contact;
}

static inline uint8_t sound_at(size_t i)
{
	return (uint8_t)(i * 13 + i / 251);
}

/* Seal and hand in, as finish does. */
static inline struct register_recording
record(struct pair *pair, const struct register_contact *contact)
{
	static const uint8_t node_seed[32] = { 5 };
	static uint8_t sound[SOUND_SIZE];
	struct register_recording recording = {
		.head = { .type = REGISTER_RECORDING,
			  .size = sizeof(recording) },
		.contact = contact->contact,
		.call = id_new(),
		.number = contact->number,
		.began_at = contact->answered_at,
		.duration_ms = 60000,
		.end = contact->audio_end,
	};
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_taken taken;

	for (size_t i = 0; i < SOUND_SIZE; i++)
		sound[i] = sound_at(i);
	for (uint32_t i = 0; i < 3; i++) {
		struct seal_object about = {
			.object = id_new(),
			.contact = contact->contact,
			.kind = SEAL_KIND_SOUND + i,
		};
		int fd =
			memfd_create("object", MFD_CLOEXEC | MFD_ALLOW_SEALING);

		assert_int_equal(seal_write(fd, pair->vault.keys,
					    &recording.end, node_seed, &about,
					    sound, SOUND_SIZE),
				 0);
		assert_int_equal(
			fcntl(fd, F_ADD_SEALS,
			      F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW),
			0);
		recording.object[i] = about.object;
		recording.size[i] = about.size;
		recording.sealed_size[i] = about.sealed_size;
		memcpy(recording.hash[i], about.hash, SEAL_HASH_SIZE);
		/* The last one's key is found in the object itself. */
		if (i < 2)
			recording.wrapped[i] = about.wrapped;
		fds.fd[fds.count++] = fd;
	}
	assert_int_equal(vault_room_ask(pair->finish, &recording.head, &fds,
					&taken.head, REGISTER_TAKEN,
					sizeof(taken)),
			 0);
	assert_int_equal(taken.result, 0);
	return recording;
}

/* Seal a conversation and hand it in, as the room chat does. */
static inline struct register_chat converse(struct pair *pair)
{
	static const uint8_t node_seed[32] = { 5 };
	static uint8_t text[SOUND_SIZE];
	nanoseconds now = clock_now(&clock_system);
	struct register_chat chat = {
		.head = { .type = REGISTER_CHAT, .size = sizeof(chat) },
		.chat = id_new(),
		.version = 1,
		.phase = REGISTER_PHASE_OVER,
		.started_at = now - 90 * NS_PER_S,
		.answered_at = now - 80 * NS_PER_S,
		.ended_at = now - 20 * NS_PER_S,
		.end_reason = 2,
		.contact_end = { SEAL_CLASS_CONTACT, in_days(25) },
		.has_object = 1,
		.language = "sv",
		.queue = "general",
		.agent = "a1",
		.agent_name = "Agent 1",
		.chat_end = { SEAL_CLASS_CHAT, in_days(20) },
	};
	struct seal_object about = {
		.object = id_new(),
		.contact = chat.chat,
		.kind = SEAL_KIND_CHAT,
	};
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_chat_noted noted;

	for (size_t i = 0; i < SOUND_SIZE; i++)
		text[i] = sound_at(i);
	fds.fd[0] = memfd_create("object", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	fds.count = 1;
	assert_int_equal(seal_write(fds.fd[0], pair->vault.keys, &chat.chat_end,
				    node_seed, &about, text, SOUND_SIZE),
			 0);
	assert_int_equal(fcntl(fds.fd[0], F_ADD_SEALS,
			       F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW),
			 0);
	chat.object = about.object;
	chat.size = about.size;
	chat.sealed_size = about.sealed_size;
	memcpy(chat.hash, about.hash, SEAL_HASH_SIZE);
	chat.wrapped = about.wrapped;
	assert_int_equal(vault_room_ask(pair->chat, &chat.head, &fds,
					&noted.head, REGISTER_CHAT_NOTED,
					sizeof(noted)),
			 0);
	assert_int_equal(noted.result, 0);
	return chat;
}

static inline struct desk_session session(struct pair *pair, const char *user)
{
	struct door_staff staff = {
		.head = { .type = DOOR_STAFF_ADD, .size = sizeof(staff) },
		.role = NOTICE_ROLE_SUPERVISOR,
		.direct = 1,
	}, made;
	struct desk_sign_in ask = {
		.head = { .type = DESK_SIGN_IN, .size = sizeof(ask) },
	};
	struct desk_session session;

	snprintf(staff.user, sizeof(staff.user), "%s", user);
	snprintf(staff.name, sizeof(staff.name), "Supervisor");
	ASK(pair->door, staff, made, DOOR_STAFF_IS);
	assert_int_equal(made.result, 0);
	memcpy(ask.once, made.once, sizeof(ask.once));
	ASK(pair->desk, ask, session, DESK_SESSION);
	assert_int_equal(session.result, DESK_OK);
	return session;
}

static inline int32_t play(struct pair *pair, const struct desk_session *who,
			   const struct id *call, uint32_t kind,
			   uint64_t offset, uint64_t size, int *ret_pipe)
{
	struct desk_play ask = {
		.head = { .type = DESK_PLAY, .size = sizeof(ask) },
		.call = *call,
		.kind = kind,
		.offset = offset,
		.size = size,
		.purpose = "laatu",
	};
	struct desk_playing playing;
	int ends[2];

	memcpy(ask.token, who->token, sizeof(ask.token));
	assert_int_equal(pipe(ends), 0);
	struct letter_fds fds = { { ends[1], -1, -1, -1 }, 1 };
	assert_int_equal(vault_room_ask(pair->desk, &ask.head, &fds,
					&playing.head, DESK_PLAYING,
					sizeof(playing)),
			 0);
	(void)close(ends[1]);
	*ret_pipe = ends[0];
	if (playing.result == DESK_OK)
		assert_int_equal(playing.total, SOUND_SIZE);
	return playing.result;
}

static inline void assert_heard(int from, uint64_t offset, uint64_t size)
{
	uint8_t part[4096];
	uint64_t at = 0;
	ssize_t got;

	while ((got = read(from, part, sizeof(part))) > 0)
		for (ssize_t i = 0; i < got; i++, at++)
			assert_int_equal(part[i], sound_at(offset + at));
	assert_int_equal(at, size);
	(void)close(from);
}

#endif
