/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file finish_house.h
 * The program tallenne-finish as the house runs it, in both its jails: with
 * a call to finish, and a register that is played.
 */
#ifndef TALLENNE_TESTS_FINISH_HOUSE_H
#define TALLENNE_TESTS_FINISH_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/jail.h"
#include "base/room.h"
#include "finish/finish.h"
#include "register/register.h"
#include "seal/write.h"
#include "seal_world.h"
#include "synthetic.h"
#include "vault/vault.h"

static const char *program;
static const struct call_codec_map pcma = { 8, CALL_CODEC_PCMA, 1, 0, 8000 };

struct world {
	pid_t pid;
	int control;
	int media;
	int registry;
	int vault;
	struct seal_world keys;
	struct syn syn;
};

static inline void give(struct world *world, int type, const char *word,
			uint64_t number, int fd)
{
	struct room_letter_any letter = {
		.head = { .type = (uint16_t)type, .size = sizeof(letter) },
		.number = number,
	};
	struct letter_fds fds = NO_FDS;

	snprintf(letter.word, sizeof(letter.word), "%s", word);
	if (fd >= 0) {
		fds.fd[0] = fd;
		fds.count = 1;
	}
	assert_int_equal(line_post(world->control, &letter.head, &fds, true),
			 0);
}

static inline int give_line(struct world *world, const char *peer)
{
	int ends[2];

	assert_int_equal(line_open(ends), 0);
	give(world, ROOM_LINE, peer, 0, ends[1]);
	close(ends[1]);
	return ends[0];
}

static inline void wait_for(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&ready, 1, 60000), 1);
}

/* Take a letter from the control line with this word. */
static inline uint64_t hear_house(struct world *world, uint16_t type,
				  const char *word)
{
	struct room_letter_any letter;

	wait_for(world->control);
	assert_int_equal(
		line_take(world->control, &letter.head, sizeof(letter), NULL),
		0);
	assert_int_equal(letter.head.type, type);
	assert_string_equal(letter.word, word);
	return letter.number;
}

static inline void start(struct world *world)
{
	posix_spawn_file_actions_t actions;
	char name[256];
	char *argv[] = { name, NULL };
	int ends[2];
	int fd;

	snprintf(name, sizeof(name), "%s", program);
	assert_int_equal(line_open(ends), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], ROOM_CONTROL_FD);
	assert_int_equal(
		posix_spawn(&world->pid, name, &actions, NULL, argv, environ),
		0);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	world->control = ends[0];

	world->keys = seal_world_new();
	fd = file_of("keys", world->keys.file, world->keys.file_size);
	give(world, ROOM_FILE, "keys", 0, fd);
	close(fd);
	fd = file_of("node", world->keys.node_seed, 32);
	give(world, ROOM_FILE, "node", 0, fd);
	close(fd);
	world->media = give_line(world, "media");
	world->registry = give_line(world, "register");
	world->vault = give_line(world, "vault");
	give(world, ROOM_GO, "", 0, -1);
	(void)hear_house(world, ROOM_READY, "finish");
}

static inline void stop(struct world *world)
{
	int status = -1;

	give(world, ROOM_STOP, "", 0, -1);
	assert_int_equal(waitpid(world->pid, &status, 0), world->pid);
	assert_int_equal(status, 0);
	close(world->control);
	close(world->media);
	close(world->registry);
	close(world->vault);
	seal_world_free(&world->keys);
	syn_end(&world->syn);
}

/* The caller says something, in packets of 20 ms. */
static inline void say(struct world *world, int packets)
{
	struct syn *syn = &world->syn;

	for (int i = 0; i < packets; i++) {
		struct syn_rtp head = { 8, (uint16_t)i, 160U * (uint32_t)i, 7 };
		uint8_t payload[160];

		for (int j = 0; j < 160; j++)
			payload[j] = syn_alaw((int16_t)lrint(
				8000 * sin(0.3 * (i * 160 + j))));
		syn_rtp(syn, &syn->call[0], 0, SYN_ZERO + i * 20 * NS_PER_MS,
			&head, payload, 160);
	}
}

/* Two seconds. */
static inline void make_call(struct world *world, bool is_closed)
{
	struct syn *syn = &world->syn;
	struct syn_call *call;

	syn_begin(syn);
	call = &syn->call[0];
	call->wrapped.end = (struct seal_end){ SEAL_CLASS_AUDIO, 20270523 };
	syn_stream(syn, call, 0, SYN_ZERO, CALL_LANE_CALLER, 1, &pcma,
		   CALL_STREAM_LIVE);
	syn_stream(syn, call, 1, SYN_ZERO, CALL_LANE_AGENT, 2, &pcma,
		   CALL_STREAM_LIVE);
	syn_mark(syn, call, SYN_ZERO, CALL_MARK_ANSWERED);
	say(world, 100);
	if (is_closed)
		syn_close(syn, call, SYN_ZERO, SYN_ZERO + 2 * NS_PER_S);
	syn_flush(syn, call);
}

/* Long enough to be met at work; nobody hears it. */
static inline void make_long_call(struct world *world)
{
	make_call(world, false);
	say(world, 15 * 60 * 50);
	syn_flush(&world->syn, &world->syn.call[0]);
}

static inline void ask(struct world *world)
{
	struct syn_call *call = &world->syn.call[0];
	struct finish_call letter = {
		.head = { .type = FINISH_CALL,
			  .size = sizeof(letter),
			  .tag = 99 },
		.contact = call->contact,
		.call = call->call,
		.number = 17,
		.end = call->wrapped.end,
		.reason = CALL_END_BYE,
		.answered_at = SYN_ZERO,
		.ended_at =
			SYN_ZERO + (call->chunks > 100 ? 900 : 2) * NS_PER_S,
		.chunk_count = call->chunks,
		.last = { call->last.segment, call->last.block },
	};

	memcpy(letter.key, call->key, SEAL_KEY_SIZE);
	assert_int_equal(line_post(world->media, &letter.head, NULL, true), 0);
}

static inline struct register_recording hear_recording(struct world *world,
						       struct letter_fds *fds)
{
	struct register_recording recording;

	wait_for(world->registry);
	assert_int_equal(line_take(world->registry, &recording.head,
				   sizeof(recording), fds),
			 0);
	assert_int_equal(recording.head.type, REGISTER_RECORDING);
	assert_memory_equal(&recording.call, &world->syn.call[0].call, 16);
	assert_memory_equal(&recording.contact, &world->syn.call[0].contact,
			    16);
	assert_int_equal(recording.number, 17);
	return recording;
}

static inline void say_taken(struct world *world, int32_t result)
{
	struct register_taken taken = {
		.head = { .type = REGISTER_TAKEN, .size = sizeof(taken) },
		.call = world->syn.call[0].call,
		.result = result,
	};

	assert_int_equal(line_post(world->registry, &taken.head, NULL, true),
			 0);
}

static inline int hear_done(struct world *world)
{
	struct finish_done done;

	wait_for(world->media);
	assert_int_equal(
		line_take(world->media, &done.head, sizeof(done), NULL), 0);
	assert_int_equal(done.head.type, FINISH_DONE);
	assert_int_equal(done.head.tag, 99);
	return done.result;
}

/* What each of the programs of tests begins with; false without a room. */
static inline bool may_begin(int argc, char **argv)
{
	if (argc < 2)
		return false;
	program = argv[1];
	/* In its jail a room cannot be searched for leaks; a crash shall be one. */
	setenv("ASAN_OPTIONS", "detect_leaks=0:handle_segv=0", 1);
	signal(SIGPIPE, SIG_IGN);
	return true;
}

#endif
