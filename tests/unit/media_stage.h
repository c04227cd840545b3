/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A stage for tallenne-media: plays the house, siprec and finish around
 * the real program, on loopback. For its test and for the benchmark.
 * Link seal_open, spool_read and house/ports.c.
 */
#ifndef TALLENNE_TESTS_MEDIA_STAGE_H
#define TALLENNE_TESTS_MEDIA_STAGE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/bytes.h"
#include "base/counters.h"
#include "base/room.h"
#include "finish/finish.h"
#include "house/ports.h"
#include "media/media.h"
#include "seal_world.h"

enum { STAGE_SEGMENTS_MAX = 256, STAGE_WAIT_MS = 60000 };

struct stage_segment {
	uint32_t number;
	int fd; /* to read */
	bool is_done, is_dead;
};

struct stage {
	struct seal_world seals;
	pid_t pid;
	int control, siprec, finish;
	int spool; /* directory */
	int link;  /* keeps a range of ports alive */
	bool is_range;
	bool is_ready;
	const char *fail_on; /* hand out this device instead of a file */
	int fail_count;
	struct stage_segment segments[STAGE_SEGMENTS_MAX];
	uint32_t segment_count;
	struct counter_page *counters;
};

#define STAGE_MAYBE_UNUSED __attribute__((unused))

#define STAGE_MUST(call)                                                       \
	do {                                                                   \
		if ((call) < 0) {                                              \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, \
				#call, strerror(errno));                       \
			abort();                                               \
		}                                                              \
	} while (0)

static void stage_give(struct stage *stage, uint16_t type, const char *word,
		       uint64_t number, int fd)
{
	struct room_letter_any letter = {
		.head = { .type = type, .size = sizeof(letter) },
		.number = number,
	};
	const struct letter_fds fds = { { fd, -1, -1, -1 }, fd >= 0 };

	snprintf(letter.word, sizeof(letter.word), "%s", word);
	STAGE_MUST(line_post(stage->control, &letter.head, &fds, true));
}

static void stage_give_segment(struct stage *stage)
{
	struct stage_segment *segment =
		&stage->segments[stage->segment_count++];
	char name[32];
	int fd;

	assert(stage->segment_count <= STAGE_SEGMENTS_MAX);
	segment->number = stage->segment_count;
	snprintf(name, sizeof(name), "%u.spool", segment->number);
	fd = openat(stage->spool, name,
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	STAGE_MUST(fd);
	segment->fd = openat(stage->spool, name, O_RDONLY | O_CLOEXEC);
	STAGE_MUST(segment->fd);
	STAGE_MUST(unlinkat(stage->spool, name, 0));
	if (stage->fail_count > 0) {
		stage->fail_count--;
		(void)close(fd);
		fd = open(stage->fail_on, O_WRONLY | O_CLOEXEC);
		STAGE_MUST(fd);
	}
	stage_give(stage, ROOM_FILE, "spool", segment->number, fd);
	(void)close(fd);
}

/* Do what the program asks of the house; false when its line has ended. */
static bool stage_serve_house(struct stage *stage, int wait_ms)
{
	struct pollfd ready = { .fd = stage->control, .events = POLLIN };
	struct room_letter_any letter;
	int r;

	if (poll(&ready, 1, wait_ms) <= 0)
		return true;
	r = line_take(stage->control, &letter.head, sizeof(letter), NULL);
	if (r < 0)
		return false;
	if (letter.head.type == ROOM_READY)
		stage->is_ready = true;
	if (letter.head.type != ROOM_WANT)
		return true;
	if (!strcmp(letter.word, "spool")) {
		stage_give_segment(stage);
		return true;
	}
	assert(letter.number >= 1 && letter.number <= stage->segment_count);
	struct stage_segment *segment = &stage->segments[letter.number - 1];
	if (!strcmp(letter.word, "spool-dead"))
		segment->is_dead = true;
	if (!strcmp(letter.word, "spool-done")) {
		segment->is_done = true;
		drop_fd(&segment->fd); /* the name is gone: so is the file */
	}
	return true;
}

static int stage_line(struct stage *stage, const char *peer)
{
	int ends[2];

	STAGE_MUST(line_open(ends));
	stage_give(stage, ROOM_LINE, peer, 0, ends[1]);
	(void)close(ends[1]);
	return ends[0];
}

/* A new siprec, a new finish; the old one is gone. */
STAGE_MAYBE_UNUSED static void stage_new_siprec(struct stage *stage)
{
	drop_fd(&stage->siprec);
	stage->siprec = stage_line(stage, "siprec");
}

STAGE_MAYBE_UNUSED static void stage_new_finish(struct stage *stage)
{
	drop_fd(&stage->finish);
	stage->finish = stage_line(stage, "finish");
}

static void stage_give_keys(struct stage *stage)
{
	int fd = file_of("keys", stage->seals.file, stage->seals.file_size);

	STAGE_MUST(fd);
	stage_give(stage, ROOM_FILE, "keys", 0, fd);
	(void)close(fd);
}

static void stage_give_ports(struct stage *stage, const char *address,
			     uint16_t first, uint16_t count, bool want_range)
{
	int fd = -1;
	int *each;

	stage->link = -1;
	if (want_range &&
	    ports_open_range(address, first, count, &fd, &stage->link) == 0) {
		stage->is_range = true;
		stage_give(stage, ROOM_FILE, "rtp",
			   (uint64_t)first << 32 | count, fd);
		(void)close(fd);
		return;
	}
	each = calloc(count, sizeof(*each));
	assert(each);
	errno = -ports_open_each(address, first, count, each);
	STAGE_MUST(errno ? -1 : 0);
	for (uint16_t i = 0; i < count; i++) {
		stage_give(stage, ROOM_FILE, "rtp",
			   (uint64_t)(first + i) << 32 | 1, each[i]);
		(void)close(each[i]);
	}
	free(each);
}

static pid_t stage_fork(const char *program, int control, int core)
{
	pid_t pid = fork();

	STAGE_MUST(pid);
	if (pid > 0)
		return pid;
	if (core >= 0) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET((unsigned)core, &set);
		(void)sched_setaffinity(0, sizeof(set), &set);
	}
	if (control != ROOM_CONTROL_FD)
		STAGE_MUST(dup2(control, ROOM_CONTROL_FD));
	else
		STAGE_MUST(fcntl(control, F_SETFD, 0));
	/* A room lets nobody look into it, a leak checker neither. */
	(void)setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	execl(program, program, "0", NULL);
	_exit(127);
}

/*
 * Start the program and wait until it serves.
 *
 * core: pin it there, -1: do not. keys: whether it has any yet.
 */
static void stage_open(struct stage *stage, const char *program,
		       const char *settings, const char *address,
		       uint16_t first, uint16_t count, bool want_range,
		       const char *spool, int core, bool keys)
{
	int ends[2], fd;

	stage->seals = seal_world_new();
	stage->siprec = stage->finish = -1;
	stage->spool = open(spool, O_DIRECTORY | O_CLOEXEC);
	STAGE_MUST(stage->spool);
	STAGE_MUST(line_open(ends));
	stage->control = ends[0];
	stage->pid = stage_fork(program, ends[1], core);
	(void)close(ends[1]);

	fd = file_of("settings", settings, strlen(settings));
	STAGE_MUST(fd);
	stage_give(stage, ROOM_FILE, "settings", 0, fd);
	(void)close(fd);
	fd = memfd_create("counters", MFD_CLOEXEC);
	STAGE_MUST(fd);
	STAGE_MUST(ftruncate(fd, sizeof(struct counter_page)));
	stage->counters = mmap(NULL, sizeof(struct counter_page), PROT_READ,
			       MAP_SHARED, fd, 0);
	assert(stage->counters != MAP_FAILED);
	stage_give(stage, ROOM_FILE, "counters", 0, fd);
	(void)close(fd);
	if (keys)
		stage_give_keys(stage);
	stage_give_ports(stage, address, first, count, want_range);
	stage_give_segment(stage);
	stage_new_siprec(stage);
	stage_new_finish(stage);
	stage_give(stage, ROOM_GO, "", 0, -1);
	for (int i = 0; !stage->is_ready && i < STAGE_WAIT_MS; i++)
		if (!stage_serve_house(stage, 1))
			break;
	assert(stage->is_ready);
}

/* Stop it in an orderly way; its exit status. */
STAGE_MAYBE_UNUSED static int stage_close(struct stage *stage)
{
	int status = -1;

	stage_give(stage, ROOM_STOP, "", 0, -1);
	for (int i = 0; i < STAGE_WAIT_MS; i++) {
		(void)stage_serve_house(stage, 1);
		if (waitpid(stage->pid, &status, WNOHANG) == stage->pid)
			break;
	}
	while (poll(&(struct pollfd){ .fd = stage->control, .events = POLLIN },
		    1, 0) > 0 &&
	       stage_serve_house(stage, 0))
		continue;
	drop_fd(&stage->control);
	drop_fd(&stage->siprec);
	drop_fd(&stage->finish);
	drop_fd(&stage->spool);
	drop_fd(&stage->link);
	for (uint32_t i = 0; i < stage->segment_count; i++)
		drop_fd(&stage->segments[i].fd);
	(void)munmap(stage->counters, sizeof(struct counter_page));
	seal_world_free(&stage->seals);
	return status;
}

/* Wait for a letter of one type, doing the house's work meanwhile. */
static bool stage_take(struct stage *stage, int end, uint16_t type,
		       struct letter *letter, size_t size, int wait_ms)
{
	nanoseconds until = clock_monotonic() + wait_ms * NS_PER_MS;

	do {
		struct pollfd ready = { .fd = end, .events = POLLIN };

		(void)stage_serve_house(stage, 0);
		if (poll(&ready, 1, 1) <= 0)
			continue;
		if (line_take(end, letter, size, NULL) < 0)
			return false;
		if (letter->type == type)
			return true;
	} while (clock_monotonic() < until);
	return false;
}

/* A figure of the program; 0 if there is none of that name. */
STAGE_MAYBE_UNUSED static uint64_t stage_figure(const struct stage *stage,
						const char *name)
{
	for (int i = 0; i < COUNTERS_MAX; i++) {
		const struct counter *counter = &stage->counters->counter[i];
		const char *own = counter->name;

		if (!strncmp(own, "tallenne_", 9))
			own += 9;
		if (!strcmp(own, name))
			return atomic_load(&counter->value);
	}
	return 0;
}

#endif
