/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The room itself, as the house would run it, in both its jails: a call in,
 * three sealed objects out, and what a crash left behind.
 *
 * Started with the path of tallenne-finish.
 */
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

static void give(struct world *world, int type, const char *word,
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

static int give_line(struct world *world, const char *peer)
{
	int ends[2];

	assert_int_equal(line_open(ends), 0);
	give(world, ROOM_LINE, peer, 0, ends[1]);
	close(ends[1]);
	return ends[0];
}

static void wait_for(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&ready, 1, 60000), 1);
}

/* Take a letter from the control line with this word. */
static uint64_t hear_house(struct world *world, uint16_t type, const char *word)
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

static void start(struct world *world)
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

static void stop(struct world *world)
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
static void say(struct world *world, int packets)
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
static void make_call(struct world *world, bool is_closed)
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
static void make_long_call(struct world *world)
{
	make_call(world, false);
	say(world, 15 * 60 * 50);
	syn_flush(&world->syn, &world->syn.call[0]);
}

static void ask(struct world *world)
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

static struct register_recording hear_recording(struct world *world,
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

static void say_taken(struct world *world, int32_t result)
{
	struct register_taken taken = {
		.head = { .type = REGISTER_TAKEN, .size = sizeof(taken) },
		.call = world->syn.call[0].call,
		.result = result,
	};

	assert_int_equal(line_post(world->registry, &taken.head, NULL, true),
			 0);
}

static int hear_done(struct world *world)
{
	struct finish_done done;

	wait_for(world->media);
	assert_int_equal(
		line_take(world->media, &done.head, sizeof(done), NULL), 0);
	assert_int_equal(done.head.type, FINISH_DONE);
	assert_int_equal(done.head.tag, 99);
	return done.result;
}

static void a_call_becomes_three_sealed_objects(void **state)
{
	struct world world;
	struct letter_fds fds;
	struct register_recording recording;

	(void)state;
	start(&world);
	make_call(&world, true);
	give(&world, ROOM_FILE, "spool-read", 1, world.syn.segment[0].fd);
	ask(&world);
	recording = hear_recording(&world, &fds);
	assert_int_equal(fds.count, 3);
	assert_int_equal(recording.flags, 0);
	assert_int_equal(recording.duration_ms, 2000);
	assert_int_equal(recording.began_at, SYN_ZERO);
	for (int i = 0; i < 3; i++) {
		char magic[8];

		assert_int_equal(file_read_at(fds.fd[i], magic, 8, 0), 0);
		assert_memory_equal(magic, "tallenne", 8);
		assert_true(recording.size[i] > 0);
		assert_int_equal(lseek(fds.fd[i], 0, SEEK_END),
				 recording.sealed_size[i]);
		/* Nobody can change it any more. */
		assert_int_equal(pwrite(fds.fd[i], magic, 1, 0), -1);
	}
	letter_fds_drop(&fds);
	say_taken(&world, 0);
	assert_int_equal(hear_done(&world), 0);
	stop(&world);
}

static void a_call_without_sound_is_told_to_the_register(void **state)
{
	struct world world;
	struct letter_fds fds;
	struct register_recording recording;

	(void)state;
	start(&world);
	syn_begin(&world.syn);
	syn_stream(&world.syn, &world.syn.call[0], 0, SYN_ZERO,
		   CALL_LANE_CALLER, 1, &pcma, CALL_STREAM_LIVE);
	syn_close(&world.syn, &world.syn.call[0], SYN_ZERO,
		  SYN_ZERO + 2 * NS_PER_S);
	give(&world, ROOM_FILE, "spool-read", 1, world.syn.segment[0].fd);
	ask(&world);
	recording = hear_recording(&world, &fds);
	assert_int_equal(fds.count, 0);
	assert_int_equal(recording.flags, REGISTER_FLAG_NO_SOUND);
	assert_true(id_is_none(&recording.object[0]));
	say_taken(&world, 0);
	assert_int_equal(hear_done(&world), -ENODATA);
	stop(&world);
}

static void what_the_register_cannot_take_now_is_asked_for_again(void **state)
{
	struct world world;
	struct letter_fds fds;

	(void)state;
	start(&world);
	make_call(&world, true);
	give(&world, ROOM_FILE, "spool-read", 1, world.syn.segment[0].fd);
	ask(&world);
	(void)hear_recording(&world, &fds);
	letter_fds_drop(&fds);
	say_taken(&world, -EAGAIN);
	assert_int_equal(hear_done(&world), -EAGAIN);

	/* A register that was started anew is told again. */
	ask(&world);
	(void)hear_recording(&world, &fds);
	letter_fds_drop(&fds);
	close(world.registry);
	world.registry = give_line(&world, "register");
	(void)hear_recording(&world, &fds);
	assert_int_equal(fds.count, 3);
	letter_fds_drop(&fds);
	say_taken(&world, 0);
	assert_int_equal(hear_done(&world), 0);
	stop(&world);
}

static void say_known(struct world *world, int32_t is_known)
{
	struct register_is_known known;

	wait_for(world->registry);
	assert_int_equal(
		line_take(world->registry, &known.head, sizeof(known), NULL),
		0);
	assert_int_equal(known.head.type, REGISTER_IS_KNOWN);
	assert_memory_equal(&known.call, &world->syn.call[0].call, 16);
	known.is_known = is_known;
	assert_int_equal(line_post(world->registry, &known.head, NULL, true),
			 0);
}

static void say_key(struct world *world, int32_t result)
{
	struct vault_recovered answer = {
		.head = { .type = VAULT_RECOVERED, .size = sizeof(answer) },
		.result = result,
	};
	struct vault_recover question;

	wait_for(world->vault);
	assert_int_equal(
		line_take(world->vault, &question.head, sizeof(question), NULL),
		0);
	assert_int_equal(question.head.type, VAULT_RECOVER);
	assert_memory_equal(&question.call, &world->syn.call[0].call, 16);
	answer.head.tag = question.head.tag;
	memcpy(answer.key, world->syn.call[0].key, SEAL_KEY_SIZE);
	assert_int_equal(line_post(world->vault, &answer.head, NULL, true), 0);
}

static void what_a_crash_left_is_finished_and_flagged(void **state)
{
	struct world world;
	struct letter_fds fds;
	struct register_recording recording;

	(void)state;
	start(&world);
	make_call(&world, false);
	give(&world, ROOM_FILE, "spool-old", 1, world.syn.segment[0].fd);
	say_known(&world, 0);
	say_key(&world, 0);
	recording = hear_recording(&world, &fds);
	assert_int_equal(fds.count, 3);
	assert_int_equal(recording.flags, REGISTER_FLAG_RECOVERED);
	/* Ended with the last packet: 99 * 20 ms, and its own 20. */
	assert_int_equal(recording.duration_ms, 2000);
	assert_int_equal(recording.began_at, SYN_ZERO);
	letter_fds_drop(&fds);
	say_taken(&world, 0);
	assert_int_equal(hear_house(&world, ROOM_WANT, "spool-empty"), 1);
	stop(&world);
}

static void a_key_beyond_repair_is_told_to_the_register(void **state)
{
	struct world world;
	struct letter_fds fds;
	struct register_recording recording;

	(void)state;
	start(&world);
	make_call(&world, false);
	give(&world, ROOM_FILE, "spool-old", 1, world.syn.segment[0].fd);
	say_known(&world, 0);
	say_key(&world, -EBADMSG);
	recording = hear_recording(&world, &fds);
	assert_int_equal(fds.count, 0);
	assert_int_equal(recording.flags,
			 REGISTER_FLAG_DAMAGED | REGISTER_FLAG_RECOVERED);
	assert_true(id_is_none(&recording.object[0]));
	/* Even a register that knows no such contact ends the matter. */
	say_taken(&world, -EBADMSG);
	assert_int_equal(hear_house(&world, ROOM_WANT, "spool-empty"), 1);
	stop(&world);
}

static void say_status(struct world *world, uint32_t is_locked)
{
	struct vault_status status;

	wait_for(world->vault);
	assert_int_equal(
		line_take(world->vault, &status.head, sizeof(status), NULL), 0);
	assert_int_equal(status.head.type, VAULT_STATUS);
	status.is_locked = is_locked;
	assert_int_equal(line_post(world->vault, &status.head, NULL, true), 0);
}

static void an_unlocked_vault_is_known_within_seconds(void **state)
{
	struct world world;
	struct letter_fds fds;
	nanoseconds since;

	(void)state;
	start(&world);
	make_call(&world, false);
	give(&world, ROOM_FILE, "spool-old", 1, world.syn.segment[0].fd);
	say_known(&world, 0);
	say_key(&world, -ENOKEY);
	since = clock_monotonic();
	/* Nobody asks for a key again before it is open. */
	say_status(&world, 1);
	say_status(&world, 1);
	say_status(&world, 0);
	say_key(&world, 0);
	assert_true(clock_monotonic() - since < 10 * NS_PER_S);
	(void)hear_recording(&world, &fds);
	assert_int_equal(fds.count, 3);
	letter_fds_drop(&fds);
	say_taken(&world, 0);
	assert_int_equal(hear_house(&world, ROOM_WANT, "spool-empty"), 1);
	stop(&world);
}

static void what_the_register_has_is_not_finished_twice(void **state)
{
	struct world world;

	(void)state;
	start(&world);
	make_call(&world, true);
	give(&world, ROOM_FILE, "spool-old", 1, world.syn.segment[0].fd);
	say_known(&world, 1);
	assert_int_equal(hear_house(&world, ROOM_WANT, "spool-empty"), 1);
	stop(&world);
}

/* A process that the room started, once there is one. */
static pid_t worker_of(const struct world *world)
{
	char path[64];
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
		 (int)world->pid, (int)world->pid);
	for (int i = 0; pid == 0 && i < 100000; i++) {
		FILE *file = fopen(path, "r");

		assert_non_null(file);
		if (fscanf(file, "%d", &pid) != 1)
			pid = 0;
		fclose(file);
		usleep(200);
	}
	return pid;
}

/* One line of a file in the worker's /proc; empty when it is gone. */
static void about(pid_t pid, const char *name, const char *begin,
		  char line[256])
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	file = fopen(path, "r");
	line[0] = '\0';
	while (file && fgets(line, 256, file) &&
	       strncmp(line, begin, strlen(begin)) != 0)
		line[0] = '\0';
	if (file)
		fclose(file);
}

static int filters_of(pid_t pid)
{
	static const char begin[] = "Seccomp_filters:";
	char line[256];

	about(pid, "status", begin, line);
	return line[0] ? (int)strtol(line + sizeof(begin) - 1, NULL, 10) : 0;
}

/* How far it steps back for others, the last thing before its jail. */
static int niceness_of(pid_t pid)
{
	char line[256];
	const char *rest;
	int nice = 0;

	about(pid, "stat", "", line);
	rest = strrchr(line, ')');
	if (!rest || sscanf(rest,
			    ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
			    "%*u %*u %*d %*d %*d %d",
			    &nice) != 1)
		return 0;
	return nice;
}

static bool is_at_work(const struct world *world, pid_t pid)
{
	if (niceness_of(pid) <= niceness_of(world->pid))
		return false;
	/* The sanitizers' builds have no jail (base/jail.h). */
	return JAIL_HAS_SANITIZER || filters_of(pid) > filters_of(world->pid);
}

/* Wait until it has locked itself in, further than the room that it comes
 * from, and has worked for a while: who dies before is no fault of the call. */
static void let_work(const struct world *world, pid_t pid)
{
	char line[256];
	uint64_t before, now;

	assert_int_not_equal(pid, 0);
	for (int i = 0; i < 100000 && !is_at_work(world, pid); i++)
		usleep(200);
	assert_true(is_at_work(world, pid));
	about(pid, "schedstat", "", line);
	before = now = strtoull(line, NULL, 10);
	for (int i = 0; i < 100000 && now < before + 10 * NS_PER_MS; i++) {
		usleep(200);
		about(pid, "schedstat", "", line);
		now = strtoull(line, NULL, 10);
	}
}

static void a_call_that_crashes_is_tried_twice_and_told_as_damaged(void **state)
{
	struct world world;
	struct register_recording recording;
	struct letter_fds fds;
	pid_t last = 0;

	(void)state;
	start(&world);
	make_long_call(&world);
	give(&world, ROOM_FILE, "spool-read", 1, world.syn.segment[0].fd);
	ask(&world);
	for (int i = 0; i < 2; i++) {
		pid_t pid;

		do
			pid = worker_of(&world);
		while (pid == last);
		last = pid;
		let_work(&world, pid);
		assert_int_equal(kill(pid, SIGSEGV), 0);
	}
	recording = hear_recording(&world, &fds);
	assert_int_equal(fds.count, 0);
	assert_int_equal(recording.flags, REGISTER_FLAG_DAMAGED);
	say_taken(&world, 0);
	assert_int_equal(hear_done(&world), -EBADMSG);
	stop(&world);
}

static void a_worker_out_of_memory_is_no_fault_of_the_call(void **state)
{
	struct world world;
	pid_t pid;

	(void)state;
	start(&world);
	make_long_call(&world);
	give(&world, ROOM_FILE, "spool-read", 1, world.syn.segment[0].fd);
	ask(&world);
	pid = worker_of(&world);
	let_work(&world, pid);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(hear_done(&world), -EAGAIN);
	stop(&world);
}

static void nonsense_ends_the_line_and_not_the_room(void **state)
{
	struct world world;
	struct finish_done wrong = {
		.head = { .type = FINISH_DONE, .size = sizeof(wrong) },
	};
	struct letter answer;

	(void)state;
	start(&world);
	make_call(&world, true);
	assert_int_equal(line_post(world.media, &wrong.head, NULL, true), 0);
	wait_for(world.media);
	assert_int_equal(line_take(world.media, &answer, sizeof(answer), NULL),
			 -EPIPE);
	close(world.media);
	world.media = give_line(&world, "media");
	stop(&world);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_becomes_three_sealed_objects),
		cmocka_unit_test(a_call_without_sound_is_told_to_the_register),
		cmocka_unit_test(
			what_the_register_cannot_take_now_is_asked_for_again),
		cmocka_unit_test(what_a_crash_left_is_finished_and_flagged),
		cmocka_unit_test(a_key_beyond_repair_is_told_to_the_register),
		cmocka_unit_test(an_unlocked_vault_is_known_within_seconds),
		cmocka_unit_test(what_the_register_has_is_not_finished_twice),
		cmocka_unit_test(
			a_call_that_crashes_is_tried_twice_and_told_as_damaged),
		cmocka_unit_test(
			a_worker_out_of_memory_is_no_fault_of_the_call),
		cmocka_unit_test(nonsense_ends_the_line_and_not_the_room),
	};

	if (argc < 2)
		return 77;
	program = argv[1];
	/* In its jail a room cannot be searched for leaks; a crash shall be one. */
	setenv("ASAN_OPTIONS", "detect_leaks=0:handle_segv=0", 1);
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
