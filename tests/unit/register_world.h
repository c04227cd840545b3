/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file register_world.h
 * The register in one process with its tests: lines to siprec, finish, chat,
 * desk and door, and a vault that does what it is told to do.
 */
#ifndef TALLENNE_TESTS_REGISTER_WORLD_H
#define TALLENNE_TESTS_REGISTER_WORLD_H

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <liboath/oath.h>
#include <openssl/sha.h>
#include <poll.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/log.h"
#include "clear_dir.h"
#include "register/front.h"
#include "register/register.h"
#include "world_vault.h"

struct world {
	char path[64];
	int home, dir;
	struct loop *loop;
	struct books *books;
	struct front *front;
	struct world_vault vault;
	int siprec, finish, chat, desk, door;
	uint64_t tag;
};

static const char *world_policy = "notice/example.yaml";
static const char *world_place = "/tmp/test-register-XXXXXX";

static _Noreturn void world_broken(const char *why)
{
	fprintf(stderr, "database broken: %s\n", why);
	abort();
}

static inline void world_take_policy(struct world *world)
{
	struct notice_fault faults[8];
	size_t count = COUNT(faults), size;
	struct policy *policy;
	struct civil_zone *zone;
	OWNED(drop_memory) char *text = NULL;
	OWNED(drop_fd) int fd = openat(world->home, world_policy, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(file_read(fd, NOTICE_SIZE_MAX, &text, &size), 0);
	assert_int_equal(policy_read((struct slice){ text, size }, faults,
				     &count, &policy),
			 0);
	assert_int_equal(civil_zone_load(policy_zone_name(policy), &zone), 0);
	policy_set_zone(policy, zone);
	assert_int_equal(
		books_take_policy(world->books, policy, (struct slice){ 0 }),
		0);
}

static inline int world_line(struct world *world, const char *name)
{
	int ends[2];

	assert_int_equal(line_open(ends), 0);
	if (!strcmp(name, "vault"))
		assert_int_equal(front_take_vault(world->front, ends[0]), 0);
	else
		assert_int_equal(
			front_take_line(world->front, name, 0, ends[0]), 0);
	return ends[1];
}

/* A door of its own: the peer is added as an accepted one would be. */
static inline int world_door(struct world *world)
{
	int ends[2];

	assert_int_equal(line_open(ends), 0);
	assert_int_equal(front_take_visitor(world->front, ends[0]), 0);
	return ends[1];
}

static inline void world_sleep(struct world *world)
{
	front_free(world->front);
	books_close(world->books);
	loop_free(world->loop);
	drop_fd(&world->siprec);
	drop_fd(&world->finish);
	drop_fd(&world->chat);
	drop_fd(&world->desk);
	drop_fd(&world->door);
	drop_fd(&world->vault.end);
}

static inline int world_end(void **state)
{
	struct world *world = *state;

	world_sleep(world);
	assert_int_equal(fchdir(world->home), 0);
	clear_dir(world->dir);
	drop_fd(&world->dir);
	drop_fd(&world->home);
	return rmdir(world->path);
}

static inline void world_turn(struct world *world, int wait_ms)
{
	assert_int_equal(loop_turn(world->loop, wait_ms), 0);
	errands_tick(&world->books->errands);
	world_vault_turn(&world->vault);
}

/* Begin, or go on after a restart of the register alone. */
static inline void world_wake(struct world *world)
{
	struct settings *settings;

	assert_int_equal(loop_new(&world->loop), 0);
	assert_int_equal(books_open(world->dir, world_broken, &world->books),
			 0);
	assert_int_equal(settings_of("direct_codes\ttrue\n"
				     "test_number\t+358295550199\n"
				     "agents.0.id\ta1\n"
				     "agents.0.name\tAgent 1\n"
				     "agents.0.number\t+358295550111\n"
				     "agents.1.id\ta2\n"
				     "agents.1.name\tAgent 2\n",
				     &settings),
			 0);
	assert_int_equal(books_set(world->books, settings), 0);
	settings_free(settings);
	world->books->clock.fixed = WORLD_NOW;
	world_take_policy(world);
	assert_int_equal(front_new(world->loop, world->books, &world->front),
			 0);
	world->siprec = world_line(world, "siprec");
	world->finish = world_line(world, "finish");
	world->chat = world_line(world, "chat");
	world->desk = world_line(world, "desk");
	world->door = world_door(world);
	world->vault.end = world_line(world, "vault");
	for (int i = 0; i < 4; i++)
		world_turn(world, 0); /* the vault tells how it stands */
}

static inline int world_begin(void **state)
{
	static struct world world;

	assert_true(sodium_init() >= 0);
	memset(&world, 0, sizeof(world));
	snprintf(world.path, sizeof(world.path), "%s", world_place);
	assert_non_null(mkdtemp(world.path));
	world.home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	world.dir = open(world.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	world_wake(&world);
	*state = &world;
	return 0;
}

/* Until nothing happens any more. */
static inline void world_settle(struct world *world)
{
	for (int i = 0; i < 60; i++)
		world_turn(world, 1);
}

/* Ask, and live on until the answer comes. */
static inline int world_ask(struct world *world, int end, const void *question,
			    const struct letter_fds *fds, void *answer,
			    size_t size)
{
	union {
		struct letter head;
		uint8_t bytes[LETTER_SIZE_MAX];
	} letter;
	const struct letter *head = question;
	nanoseconds until = clock_monotonic() + WORLD_WAIT_MS * NS_PER_MS;

	memcpy(letter.bytes, question, head->size);
	letter.head.tag = ++world->tag;
	assert_int_equal(line_post(end, &letter.head, fds, true), 0);
	while (clock_monotonic() < until) {
		struct pollfd ready = { .fd = end, .events = POLLIN };
		int r;

		world_turn(world, 1);
		if (poll(&ready, 1, 0) <= 0)
			continue;
		r = line_take(end, answer, size, NULL);
		if (r < 0)
			return r;
		assert_int_equal(((struct letter *)answer)->tag, world->tag);
		return 0;
	}
	return -ETIMEDOUT;
}

#define WORLD_ASK(world, end, question, answer)                                \
	assert_int_equal(world_ask(world, end, &(question), NULL, &(answer),   \
				   sizeof(answer)),                            \
			 0)

static inline struct register_contact world_contact(uint64_t number)
{
	struct register_contact contact = {
		.head = { .type = REGISTER_CONTACT, .size = sizeof(contact) },
		.contact = id_new(),
		.number = number,
		.version = 1,
		.state = REGISTER_STATE_ANSWERED,
		.started_at = WORLD_NOW - 3600 * NS_PER_S,
		.answered_at = WORLD_NOW - 3590 * NS_PER_S,
		.audio_end = { SEAL_CLASS_AUDIO, 20270523 },
		.contact_end = { SEAL_CLASS_CONTACT, 20271123 },
		.service_number = "+358295550100",
		.agent = "a1",
		.agent_name = "Agent 1",
		.agent_number = "+358295550111",
		.caller_tail = "123",
		.caller = { .end = { SEAL_CLASS_CONTACT, 20271123 },
			    .box = { 1, 2, 3 } },
	};

	return contact;
}

static inline int32_t world_note(struct world *world,
				 struct register_contact *contact)
{
	struct register_noted noted;

	WORLD_ASK(world, world->siprec, *contact, noted);
	assert_int_equal(noted.number, contact->number);
	assert_int_equal(noted.version, contact->version);
	return noted.result;
}

/* A contact that is over. */
static inline struct register_contact
world_ended(struct world *world, uint64_t number, const char *agent)
{
	struct register_contact contact = world_contact(number);

	memset(contact.agent, 0, sizeof(contact.agent));
	memcpy(contact.agent, agent, strlen(agent));
	contact.state = REGISTER_STATE_ENDED;
	contact.ended_at = contact.answered_at + 60 * NS_PER_S;
	contact.end_reason = 1;
	assert_int_equal(world_note(world, &contact), 0);
	return contact;
}

static inline struct register_recording
world_recording(const struct register_contact *contact,
		struct letter_fds *ret_fds)
{
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

	*ret_fds = NO_FDS;
	for (int i = 0; i < 3; i++) {
		uint8_t bytes[2000];

		randombytes_buf(bytes, sizeof(bytes));
		recording.object[i] = id_new();
		recording.sealed_size[i] = sizeof(bytes);
		recording.size[i] = 1000;
		recording.wrapped[i].end = recording.end;
		recording.wrapped[i].box[0] = (uint8_t)(i + 1);
		SHA256(bytes, sizeof(bytes), recording.hash[i]);
		ret_fds->fd[i] = file_of("object", bytes, sizeof(bytes));
		assert_true(ret_fds->fd[i] >= 0);
		ret_fds->count++;
	}
	return recording;
}

static inline int32_t world_take(struct world *world,
				 const struct register_recording *recording,
				 const struct letter_fds *fds)
{
	struct register_taken taken;

	assert_int_equal(world_ask(world, world->finish, recording, fds, &taken,
				   sizeof(taken)),
			 0);
	assert_true(id_is(&taken.call, &recording->call));
	return taken.result;
}

/* A contact that is over, and its recording. */
static inline struct register_recording
world_recorded(struct world *world, uint64_t number, const char *agent)
{
	struct register_contact contact = world_ended(world, number, agent);
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct register_recording recording = world_recording(&contact, &fds);

	assert_int_equal(world_take(world, &recording, &fds), 0);
	return recording;
}

/* A chat that goes on: opened an hour ago, taken by agent 1. */
static inline struct register_chat world_chat(void)
{
	struct register_chat chat = {
		.head = { .type = REGISTER_CHAT, .size = sizeof(chat) },
		.chat = id_new(),
		.version = 1,
		.phase = REGISTER_PHASE_TALKING,
		.started_at = WORLD_NOW - 3600 * NS_PER_S,
		.answered_at = WORLD_NOW - 3500 * NS_PER_S,
		.contact_end = { SEAL_CLASS_CONTACT, 20271123 },
		.language = "fi",
		.queue = "general",
		.agent = "a1",
		.agent_name = "Agent 1",
		.receipt = { 7, 7, 7 },
	};

	return chat;
}

/* Its end, with what was said in it. */
static inline void world_chat_over(struct register_chat *chat,
				   struct letter_fds *ret_fds)
{
	uint8_t bytes[2000];

	randombytes_buf(bytes, sizeof(bytes));
	chat->version++;
	chat->phase = REGISTER_PHASE_OVER;
	chat->ended_at = chat->started_at + 600 * NS_PER_S;
	chat->end_reason = 2;
	chat->has_object = 1;
	chat->object = id_new();
	chat->chat_end = (struct seal_end){ SEAL_CLASS_CHAT, 20281123 };
	chat->size = 1000;
	chat->sealed_size = sizeof(bytes);
	SHA256(bytes, sizeof(bytes), chat->hash);
	chat->wrapped.end = chat->chat_end;
	chat->wrapped.box[0] = 1;
	*ret_fds = NO_FDS;
	ret_fds->fd[0] = file_of("object", bytes, sizeof(bytes));
	assert_true(ret_fds->fd[0] >= 0);
	ret_fds->count = 1;
}

static inline struct register_chat_noted
world_note_chat(struct world *world, const struct register_chat *chat,
		const struct letter_fds *fds)
{
	struct register_chat_noted noted;

	assert_int_equal(
		world_ask(world, world->chat, chat, fds, &noted, sizeof(noted)),
		0);
	assert_true(id_is(&noted.chat, &chat->chat));
	assert_int_equal(noted.version, chat->version);
	return noted;
}

/* A chat that is over and stored. */
static inline struct register_chat world_chatted(struct world *world,
						 const char *agent)
{
	struct register_chat chat = world_chat();
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;

	memset(chat.agent, 0, sizeof(chat.agent));
	memcpy(chat.agent, agent, strlen(agent));
	assert_int_equal(world_note_chat(world, &chat, NULL).result, 0);
	world_chat_over(&chat, &fds);
	assert_int_equal(world_note_chat(world, &chat, &fds).result, 0);
	return chat;
}

static inline struct door_staff world_staff(struct world *world,
					    const char *user, uint32_t role,
					    const char *agent, bool direct)
{
	struct door_staff staff = {
		.head = { .type = DOOR_STAFF_ADD, .size = sizeof(staff) },
		.role = role,
		.direct = direct,
	}, answer;

	snprintf(staff.user, sizeof(staff.user), "%s", user);
	snprintf(staff.name, sizeof(staff.name), "The %s", user);
	snprintf(staff.agent, sizeof(staff.agent), "%s", agent);
	WORLD_ASK(world, world->door, staff, answer);
	return answer;
}

/* A session of somebody new with that role. */
static inline struct desk_session world_session(struct world *world,
						const char *user, uint32_t role,
						const char *agent)
{
	struct door_staff staff = world_staff(world, user, role, agent, true);
	struct desk_sign_in ask = {
		.head = { .type = DESK_SIGN_IN, .size = sizeof(ask) },
	};
	struct desk_session session;

	assert_int_equal(staff.result, 0);
	memcpy(ask.once, staff.once, sizeof(ask.once));
	WORLD_ASK(world, world->desk, ask, session);
	assert_int_equal(session.result, DESK_OK);
	return session;
}

/* How many audit entries have this in them. */
static inline int world_entries(const struct world *world, const char *text)
{
	int count = 0;

	for (int i = 0; i < world->vault.entries; i++)
		count += strstr(world->vault.entry[i], text) != NULL;
	return count;
}

#endif
