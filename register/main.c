/* SPDX-License-Identifier: EUPL-1.2 */
/* The room register: what the house hands in, and where it goes. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <liboath/oath.h>
#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "base/room.h"
#include "notice/signed.h"
#include "register/front.h"
#include "register/tally.h"

enum { LINES_MAX = 32, FAULTS_MAX = 8 };

struct waiting {
	char name[ROOM_WORD_SIZE];
	uint64_t number;
	int end;
};

/* What comes before "start" waits here. */
struct main {
	int state, zones, policy, note, door;
	struct settings *settings;
	struct books *books;
	struct front *front;
	struct loop *loop;
	struct waiting line[LINES_MAX];
	int line_count;
};

static _Noreturn void broken(const char *why)
{
	log_error("database", "cannot go on: %s", why);
	_exit(EXIT_FAILURE);
}

static int take_settings(struct main *self, int fd)
{
	struct settings *settings;
	int r = settings_load(fd, &settings);

	if (r < 0)
		return r;
	settings_free(self->settings);
	self->settings = settings;
	r = self->books ? books_set(self->books, settings) : 0;
	if (r == 0 && self->front)
		front_look_anew(self->front);
	return r;
}

/* The house has checked it: a fault here is a policy of another version. */
static int take_policy(struct main *self, int fd)
{
	struct notice_fault faults[FAULTS_MAX];
	size_t count = COUNT(faults), size;
	struct policy *policy = NULL;
	struct civil_zone *zone = NULL;
	OWNED(drop_memory) char *text = NULL, *note = NULL;
	size_t note_size = 0;
	int r = file_read(fd, NOTICE_SIZE_MAX, &text, &size);

	if (r == 0 && self->note >= 0)
		r = file_read(self->note, SIGNED_SIZE_MAX, &note, &note_size);
	drop_fd(&self->note);
	if (r == 0)
		r = policy_read((struct slice){ text, size }, faults, &count,
				&policy);
	if (r == 0)
		r = civil_zone_load(policy_zone_name(policy), &zone);
	if (r < 0) {
		log_error("policy", "cannot be used: %s", strerror(-r));
		policy_free(policy);
		return self->books && self->books->policy ? 0 : r;
	}
	policy_set_zone(policy, zone);
	r = books_take_policy(self->books, policy,
			      (struct slice){ note, note_size });
	if (r == 0 && self->front)
		front_look_anew(self->front);
	return r;
}

static int take_file(void *self_, const char *word, uint64_t number, int fd)
{
	struct main *self = self_;
	OWNED(drop_fd) int file = fd;

	(void)number;
	if (!strcmp(word, "settings"))
		return take_settings(self, file);
	if (!strcmp(word, "state") && self->state < 0) {
		self->state = GIVE_FD(file);
	} else if (!strcmp(word, "policy-signed")) {
		drop_fd(&self->note);
		self->note = GIVE_FD(file);
	} else if (!strcmp(word, "policy")) {
		if (self->books)
			return take_policy(self, file);
		drop_fd(&self->policy);
		self->policy = GIVE_FD(file);
	} else if (!strcmp(word, "door")) {
		if (self->front)
			return front_take_door(self->front, GIVE_FD(file));
		drop_fd(&self->door);
		self->door = GIVE_FD(file);
	}
	return 0;
}

static int use_line(struct main *self, const char *name, uint64_t number,
		    int end)
{
	if (!strcmp(name, "vault"))
		return front_take_vault(self->front, end);
	return front_take_line(self->front, name, number, end);
}

static int take_line(void *self_, const char *peer, uint64_t number, int end)
{
	struct main *self = self_;
	struct waiting *waiting;

	if (self->front)
		return use_line(self, peer, number, end);
	if (self->line_count == LINES_MAX) {
		drop_fd(&end);
		return -ENOSPC;
	}
	waiting = &self->line[self->line_count++];
	memcpy(waiting->name, peer, strlen(peer) + 1);
	waiting->number = number;
	waiting->end = end;
	return 0;
}

/* What libraries read at first use has to be read before the walls close. */
static int warm_up(struct main *self)
{
	if (sodium_init() < 0 || oath_init() != OATH_OK)
		return -ENOSYS;
	json_object_seed(0);
	self->zones =
		open("/usr/share/zoneinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	tally_init();
	return 0;
}

static int open_books(struct main *self)
{
	int r = books_open(self->state, broken, &self->books);

	if (r == -EBUSY)
		log_error("database", "another process has it");
	else if (r < 0)
		log_error("database", "cannot be opened: %s", strerror(-r));
	if (r == 0 && self->settings)
		r = books_set(self->books, self->settings);
	if (r == 0 && self->policy >= 0)
		r = take_policy(self, self->policy);
	drop_fd(&self->policy);
	return r;
}

static int start(void *self_, struct room *room)
{
	struct main *self = self_;
	int r;

	if (self->state < 0)
		return -ENOENT;
	self->loop = room_loop(room);
	r = warm_up(self);
	if (r == 0)
		r = open_books(self);
	if (r == 0)
		r = front_new(self->loop, self->books, &self->front);
	for (int i = 0; r == 0 && i < self->line_count; i++)
		r = use_line(self, self->line[i].name, self->line[i].number,
			     self->line[i].end);
	if (r == 0 && self->door >= 0)
		r = front_take_door(self->front, GIVE_FD(self->door));
	if (r == 0)
		r = front_start(self->front);
	return r;
}

static void walls(void *self_, struct jail *jail)
{
	static const char *const calls[] = {
		"openat",  "unlinkat",	"unlink",     "renameat", "renameat2",
		"rename",  "mkdirat",	"getdents64", "lstat",	  "stat",
		"access",  "faccessat", "faccessat2", "fchmod",	  "fchown",
		"getcwd",  "readlink",	"fallocate",  "statx",	  "accept4",
		"geteuid", "open",	"mincore",
	};
	struct main *self = self_;

	static_assert(COUNT(calls) <= JAIL_CALLS_MAX, "fits");
	for (size_t i = 0; i < COUNT(calls); i++)
		jail->calls[i] = calls[i];
	jail->places[jail->place_count++] =
		(struct jail_place){ self->state, true, true };
	if (self->zones >= 0)
		jail->places[jail->place_count++] =
			(struct jail_place){ self->zones, true, false };
}

static void stop(void *self_)
{
	struct main *self = self_;

	loop_end(self->loop);
}

int main(int argc, char **argv)
{
	static const struct room_face face = {
		.name = "register",
		.file = take_file,
		.line = take_line,
		.start = start,
		.jail = walls,
		.stop = stop,
	};
	struct main self = {
		.state = -1, .zones = -1, .policy = -1, .note = -1, .door = -1
	};
	int status = room_main(argc, argv, &face, &self);

	/* The loop is gone by now; the database is closed in good order. */
	books_close(self.books);
	settings_free(self.settings);
	return status;
}
