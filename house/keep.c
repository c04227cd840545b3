/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/keep.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/counters.h"
#include "base/log.h"
#include "base/room.h"
#include "house/program.h"

enum {
	CONTROL_BUFFER = 512 << 10,
};

struct keep {
	struct loop *loop;
	int program_dir;
	const char *users;
	const struct keep_face *face;
	void *self;
	bool is_stopping;
	bool was_ready;
	int kill_timer;
	size_t count;
	struct keep_process processes[KEEP_PROCESSES_MAX];
};

static const char *name_of(const struct keep_process *process)
{
	return plan_rooms[process->room].name;
}

uid_t keep_user(const struct keep *keep, int room)
{
	return program_user(keep->users, room);
}

struct keep_process *keep_find(struct keep *keep, int room, int index)
{
	for (size_t i = 0; i < keep->count; i++)
		if (keep->processes[i].room == room &&
		    keep->processes[i].index == index)
			return &keep->processes[i];
	return NULL;
}

void keep_each(struct keep *keep,
	       void (*act)(void *self, struct keep_process *process),
	       void *self)
{
	for (size_t i = 0; i < keep->count; i++)
		act(self, &keep->processes[i]);
}

/* Say something on the control line; a process that cannot hear is ended. */
static void say(struct keep_process *process, uint16_t type, const char *word,
		uint64_t number, int fd)
{
	struct room_letter_any letter = {
		.head = { .type = type, .size = sizeof(letter) },
		.number = number,
	};
	struct letter_fds fds = { { fd, -1, -1, -1 }, fd >= 0 };
	int r;

	if (process->control < 0)
		return;
	snprintf(letter.word, sizeof(letter.word), "%s", word);
	r = line_post(process->control, &letter.head, &fds, false);
	if (r == 0 || r == -EPIPE)
		return;
	log_error("control", "%s.%d does not take \"%s\": %s", name_of(process),
		  process->index, word, strerror(-r));
	if (process->pid > 0)
		(void)kill(process->pid, SIGKILL);
}

void keep_give(struct keep_process *process, const char *word, uint64_t number,
	       int fd)
{
	say(process, ROOM_FILE, word, number, fd);
}

void keep_give_room(struct keep *keep, int room, const char *word,
		    uint64_t number, int fd)
{
	for (size_t i = 0; i < keep->count; i++)
		if (keep->processes[i].room == room)
			keep_give(&keep->processes[i], word, number, fd);
}

static void check_ready(struct keep *keep)
{
	for (size_t i = 0; i < keep->count; i++)
		if (!keep->processes[i].is_ready)
			return;
	if (keep->was_ready)
		return;
	keep->was_ready = true;
	keep->face->all_ready(keep->self);
}

struct hearing {
	struct keep *keep;
	struct keep_process *process;
};

static int take_ready(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	struct hearing *hearing = self;

	(void)end, (void)head, (void)fds;
	hearing->process->is_ready = true;
	check_ready(hearing->keep);
	return 0;
}

static int take_want(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct room_letter_any *letter = (const void *)head;
	struct hearing *hearing = self;

	(void)end, (void)fds;
	if (letter->word[ROOM_WORD_SIZE - 1])
		return -EPROTO;
	hearing->keep->face->want(hearing->keep->self, hearing->process,
				  letter->word, letter->number);
	return 0;
}

static int take_give(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct room_letter_any *letter = (const void *)head;
	struct hearing *hearing = self;
	int fd = letter_fds_give(fds, 0);

	(void)end;
	if (fd < 0)
		return -EPROTO;
	if (letter->word[ROOM_WORD_SIZE - 1]) {
		(void)close(fd);
		return -EPROTO;
	}
	hearing->keep->face->give(hearing->keep->self, hearing->process,
				  letter->word, letter->number, fd);
	return 0;
}

static const struct line_rule rules[] = {
	{ ROOM_READY, sizeof(struct room_letter_any), take_ready },
	{ ROOM_WANT, sizeof(struct room_letter_any), take_want },
	{ ROOM_GIVE, sizeof(struct room_letter_any), take_give },
};

static void hear(void *self, int fd, uint32_t events)
{
	struct keep *keep = self;
	struct hearing hearing = { .keep = keep };
	int r;

	(void)events;
	for (size_t i = 0; i < keep->count; i++)
		if (keep->processes[i].control == fd)
			hearing.process = &keep->processes[i];
	assert(hearing.process);

	r = line_serve(fd, rules, COUNT(rules), &hearing);
	if (r == 0 || r == -EAGAIN)
		return;
	/* Whatever it was: the room ends, and keep_reap() does the rest. */
	if (r != -EPIPE)
		log_error("control", "%s.%d broke its control line: %s",
			  name_of(hearing.process), hearing.process->index,
			  strerror(-r));
	if (hearing.process->pid > 0 && r != -EPIPE)
		(void)kill(hearing.process->pid, SIGKILL);
	loop_unwatch(keep->loop, fd);
	drop_fd(&hearing.process->control);
}

/* Make the line between two processes anew and hand out both ends. */
static void draw_line(const struct plan_line *line, struct keep_process *from,
		      struct keep_process *to)
{
	int ends[2], r = line_open(ends);

	if (r == 0 && line->one_way)
		r = line_one_way(ends);
	if (r < 0) {
		log_error("line", "cannot draw %s to %s: %s", line->from,
			  line->to, strerror(-r));
		return;
	}
	say(from, ROOM_LINE, line->to, (uint64_t)to->index, ends[0]);
	say(to, ROOM_LINE, line->from, (uint64_t)from->index, ends[1]);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* All lines of a fresh process to those that run. */
static void draw_lines(struct keep *keep, struct keep_process *process)
{
	for (size_t i = 0; i < plan_line_count; i++) {
		const struct plan_line *line = &plan_lines[i];

		for (size_t j = 0; j < keep->count; j++) {
			struct keep_process *other = &keep->processes[j];

			if (other->control < 0)
				continue;
			if (!strcmp(line->from, name_of(process)) &&
			    !strcmp(line->to, name_of(other)))
				draw_line(line, process, other);
			else if (!strcmp(line->to, name_of(process)) &&
				 !strcmp(line->from, name_of(other)))
				draw_line(line, other, process);
		}
	}
}

static int start(struct keep *keep, struct keep_process *process)
{
	OWNED(drop_fd)
	int program = program_open(keep->program_dir, process->room);
	const int buffer = CONTROL_BUFFER;
	int ends[2], r;
	pid_t pid;

	if (program < 0) {
		log_error("start", "the program of room %s is missing: %s",
			  name_of(process), strerror(-program));
		return program;
	}
	r = line_open(ends);
	if (r < 0)
		return r;
	/* Beyond the system's limit only root may go; more is only comfort. */
	if (setsockopt(ends[0], SOL_SOCKET, SO_SNDBUFFORCE, &buffer,
		       sizeof(buffer)) < 0)
		(void)setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &buffer,
				 sizeof(buffer));

	pid = fork();
	if (pid < 0) {
		r = -errno;
		(void)close(ends[0]);
		(void)close(ends[1]);
		return r;
	}
	if (pid == 0)
		program_become(program, keep->users, process->room,
			       process->index, ends[1]);

	(void)close(ends[1]);
	process->pid = pid;
	process->control = ends[0];
	process->is_ready = process->is_stopping = false;
	process->began = clock_monotonic();
	r = loop_watch(keep->loop, process->control, EPOLLIN, hear, keep);
	if (r < 0)
		return r;

	say(process, ROOM_FILE, "counters", 0, process->counters);
	draw_lines(keep, process);
	r = keep->face->furnish(keep->self, process);
	if (r < 0)
		return r;
	say(process, ROOM_GO, "", 0, -1);
	return 0;
}

static int add(struct keep *keep, int room, int index)
{
	struct keep_process *process = &keep->processes[keep->count];

	assert(keep->count < KEEP_PROCESSES_MAX);
	*process = (struct keep_process){
		.room = room,
		.index = index,
		.control = -1,
		.wait_ms = KEEP_WAIT_MS,
	};
	process->counters = memfd_create("counters", MFD_CLOEXEC);
	if (process->counters < 0 ||
	    ftruncate(process->counters, sizeof(struct counter_page)) < 0)
		return -errno;
	keep->count++;
	return 0;
}

int keep_new(struct loop *loop, int media_count, const char *users,
	     int program_dir, const struct keep_face *face, void *self,
	     struct keep **ret_keep)
{
	struct keep *keep = calloc(1, sizeof(*keep));
	int r = 0;

	if (!keep)
		return -ENOMEM;
	*keep = (struct keep){
		.loop = loop,
		.program_dir = program_dir,
		.users = users,
		.face = face,
		.self = self,
		.kill_timer = -1,
	};
	assert(media_count >= 1 && media_count <= KEEP_MEDIA_MAX);
	for (int room = 0; r == 0 && room < HOUSE_ROOMS; room++) {
		int count = plan_rooms[room].each_core ? media_count : 1;

		for (int index = 0; r == 0 && index < count; index++)
			r = add(keep, room, index);
	}
	if (r < 0) {
		keep_free(keep);
		return r;
	}
	*ret_keep = keep;
	return 0;
}

void keep_free(struct keep *keep)
{
	if (!keep)
		return;
	for (size_t i = 0; i < keep->count; i++) {
		drop_fd(&keep->processes[i].control);
		drop_fd(&keep->processes[i].counters);
	}
	free(keep);
}

int keep_start(struct keep *keep)
{
	int r = 0;

	/* The plan lists rooms from the innermost out. */
	for (size_t i = 0; r == 0 && i < keep->count; i++)
		r = start(keep, &keep->processes[i]);
	return r;
}

struct again {
	struct keep *keep;
	struct keep_process *process;
};

static void start_again(void *self)
{
	struct again *again = self;
	int r = 0;

	if (!again->keep->is_stopping && again->process->pid == 0)
		r = start(again->keep, again->process);
	if (r < 0)
		log_error("start", "cannot start %s.%d: %s",
			  name_of(again->process), again->process->index,
			  strerror(-r));
	free(again);
}

/* It ended unasked: start it anew, at once if it had been steady. */
static void restart(struct keep *keep, struct keep_process *process, int status)
{
	bool was_steady =
		clock_monotonic() - process->began > KEEP_STEADY_MS * NS_PER_MS;
	struct again *again = malloc(sizeof(*again));
	int wait_ms = 0;

	if (WIFSIGNALED(status))
		log_error("ended", "%s.%d was ended by signal %d",
			  name_of(process), process->index, WTERMSIG(status));
	else
		log_error("ended", "%s.%d ended with status %d",
			  name_of(process), process->index,
			  WEXITSTATUS(status));

	keep->face->ended(keep->self, process);
	process->restarts++;
	if (was_steady) {
		process->wait_ms = KEEP_WAIT_MS;
	} else {
		wait_ms = process->wait_ms;
		process->wait_ms = wait_ms * 2 > KEEP_WAIT_MS_MAX
					   ? KEEP_WAIT_MS_MAX
					   : wait_ms * 2;
	}
	assert(again);
	*again = (struct again){ keep, process };
	if (wait_ms == 0)
		start_again(again);
	else if (loop_after(keep->loop, wait_ms, start_again, again) < 0)
		start_again(again);
}

/* Ask the outermost rooms that still run to stop; end when none does. */
static void stop_next(struct keep *keep)
{
	int outermost = -1;

	for (size_t i = 0; i < keep->count; i++) {
		const struct keep_process *process = &keep->processes[i];

		if (process->pid > 0 &&
		    plan_rooms[process->room].depth > outermost)
			outermost = plan_rooms[process->room].depth;
	}
	if (outermost < 0) {
		loop_end(keep->loop);
		return;
	}
	for (size_t i = 0; i < keep->count; i++) {
		struct keep_process *process = &keep->processes[i];

		if (process->pid == 0 || process->is_stopping ||
		    plan_rooms[process->room].depth != outermost)
			continue;
		process->is_stopping = true;
		say(process, ROOM_STOP, "", 0, -1);
	}
}

static void kill_late(void *self)
{
	struct keep *keep = self;

	for (size_t i = 0; i < keep->count; i++)
		if (keep->processes[i].pid > 0) {
			log_error("stop", "%s.%d did not stop in time",
				  name_of(&keep->processes[i]),
				  keep->processes[i].index);
			(void)kill(keep->processes[i].pid, SIGKILL);
		}
}

void keep_stop(struct keep *keep)
{
	if (keep->is_stopping) { /* asked twice: now */
		kill_late(keep);
		return;
	}
	keep->is_stopping = true;
	keep->kill_timer =
		loop_after(keep->loop, KEEP_STOP_MS, kill_late, keep);
	stop_next(keep);
}

void keep_reap(struct keep *keep)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct keep_process *process = NULL;

		for (size_t i = 0; i < keep->count; i++)
			if (keep->processes[i].pid == pid)
				process = &keep->processes[i];
		if (!process)
			continue;
		process->pid = 0;
		process->is_ready = false;
		if (process->control >= 0) {
			loop_unwatch(keep->loop, process->control);
			drop_fd(&process->control);
		}
		if (!keep->is_stopping)
			restart(keep, process, status);
	}
	if (keep->is_stopping)
		stop_next(keep);
}
