/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/room.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/bytes.h"
#include "base/counters.h"
#ifdef TALLENNE_EVIL
#include "base/evil.h"
#endif
#include "base/log.h"

struct room {
	const struct room_face *face;
	void *self;
	struct loop *loop;
	int control;
	int index;
	bool serves;
	int failed; /* why it must end, or 0 */
};

struct loop *room_loop(struct room *room)
{
	return room->loop;
}

static int say(struct room *room, uint16_t type, const char *word,
	       uint64_t number, int fd)
{
	struct room_letter_any letter = {
		.head = { .type = type, .size = sizeof(letter) },
		.number = number,
	};
	struct letter_fds fds = { { fd, -1, -1, -1 }, fd >= 0 };

	snprintf(letter.word, sizeof(letter.word), "%s", word);
	return line_post(room->control, &letter.head, &fds, true);
}

int room_want(struct room *room, const char *word, uint64_t number)
{
	return say(room, ROOM_WANT, word, number, -1);
}

int room_give(struct room *room, const char *word, uint64_t number, int fd)
{
	return say(room, ROOM_GIVE, word, number, fd);
}

static const char *word_of(const struct room_letter_any *letter)
{
	return letter->word[ROOM_WORD_SIZE - 1] ? NULL : letter->word;
}

static int take_file(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct room_letter_any *letter = (const void *)head;
	struct room *room = self;
	const char *word = word_of(letter);
	OWNED(drop_fd) int fd = letter_fds_give(fds, 0);

	(void)end;
	if (!word || fd < 0)
		return -EPROTO;
	if (!strcmp(word, "counters"))
		return counters_open(fd);
	if (!room->face->file)
		return 0;
	return room->face->file(room->self, word, letter->number, GIVE_FD(fd));
}

static int take_line(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct room_letter_any *letter = (const void *)head;
	struct room *room = self;
	const char *word = word_of(letter);
	OWNED(drop_fd) int fd = letter_fds_give(fds, 0);

	(void)end;
	if (!word || fd < 0)
		return -EPROTO;
	if (!room->face->line)
		return 0;
	return room->face->line(room->self, word, letter->number, GIVE_FD(fd));
}

static int take_go(void *self, int end, const struct letter *head,
		   struct letter_fds *fds)
{
	struct room *room = self;
	struct jail jail = { 0 };
	int r = 0;

	(void)end, (void)head, (void)fds;
	if (room->serves)
		return -EPROTO;
	if (room->face->start)
		r = room->face->start(room->self, room);
	if (r < 0)
		return r;
	if (room->face->jail)
		room->face->jail(room->self, &jail);
	r = jail_enter(&jail);
	if (r < 0) {
		log_error("jail", "cannot lock myself in: %s", strerror(-r));
		return r;
	}
#ifdef TALLENNE_EVIL
	evil_try(room->face->name);
#endif
	room->serves = true;
	return say(room, ROOM_READY, room->face->name, (uint64_t)room->index,
		   -1);
}

static int take_stop(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	struct room *room = self;

	(void)end, (void)head, (void)fds;
	if (room->face->stop && room->serves)
		room->face->stop(room->self);
	else
		loop_end(room->loop);
	return 0;
}

static const struct line_rule rules[] = {
	{ ROOM_FILE, sizeof(struct room_letter_any), take_file },
	{ ROOM_LINE, sizeof(struct room_letter_any), take_line },
	{ ROOM_GO, sizeof(struct room_letter_any), take_go },
	{ ROOM_STOP, sizeof(struct room_letter_any), take_stop },
};

static void hear_house(void *self, int fd, uint32_t events)
{
	struct room *room = self;
	int r;

	(void)events;
	r = line_serve(fd, rules, COUNT(rules), room);
	if (r == 0 || r == -EAGAIN)
		return;
	if (r != -EPIPE)
		log_error("house", "cannot go on: %s", strerror(-r));
	room->failed = r;
	loop_end(room->loop);
}

int room_main(int argc, char **argv, const struct room_face *face, void *self)
{
	struct room room = {
		.face = face,
		.self = self,
		.control = ROOM_CONTROL_FD,
	};
	const struct rlimit no_core = { 0, 0 };
	uint64_t index = 0;
	int r;

	log_name(face->name);
	if (argc > 2 ||
	    (argc == 2 && slice_number(slice_of(argv[1]), 1024, &index) < 0) ||
	    fcntl(room.control, F_GETFD) < 0) {
		fprintf(stderr,
			"%s is a room of Tallenne and is started by the house: "
			"see tallenne(1), \"tallenne serve\"\n",
			face->name);
		return 2;
	}
	room.index = (int)index;

	/* No memory of a room may ever reach a disk or a debugger. */
	if (setrlimit(RLIMIT_CORE, &no_core) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0) < 0 ||
	    fcntl(room.control, F_SETFD, FD_CLOEXEC) < 0)
		return EXIT_FAILURE;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT,
		     SIG_IGN); /* the house hears Ctrl-C and says stop */

	r = loop_new(&room.loop);
	if (r == 0)
		r = loop_watch(room.loop, room.control, EPOLLIN, hear_house,
			       &room);
	if (r == 0)
		r = loop_run(room.loop);
	loop_free(room.loop);
	return r < 0 || room.failed < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
