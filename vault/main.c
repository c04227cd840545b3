/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "vault/keeper.h"

static int take_file(void *self, const char *word, uint64_t number, int fd)
{
	struct keeper *keeper = self;
	OWNED(drop_fd) int owned = fd;

	(void)number;
	if (!strcmp(word, "settings"))
		return keeper_set(keeper, owned);
	if (!strcmp(word, "state")) {
		drop_fd(&keeper->dir);
		keeper->dir = GIVE_FD(owned);
	} else if (!strcmp(word, "door")) {
		drop_fd(&keeper->door);
		keeper->door = GIVE_FD(owned);
	} else if (!strcmp(word, "passphrase") && !keeper->room) {
		drop_fd(&keeper->passphrase);
		keeper->passphrase = GIVE_FD(owned);
	} else if (!strcmp(word, "passphrase") && !keeper->asks) {
		/* Sent again on reload: of use only while locked. */
		(void)!keeper_unlock_from(keeper, owned);
	}
	return 0;
}

static int watch_line(struct keeper *keeper, int which)
{
	if (keeper->line[which] < 0)
		return 0;
	return loop_watch(keeper->loop, keeper->line[which], EPOLLIN,
			  letters_hear, keeper);
}

static int take_line(void *self, const char *peer, uint64_t number, int end)
{
	struct keeper *keeper = self;
	OWNED(drop_fd) int owned = end;
	int which;

	(void)number;
	if (!strcmp(peer, "register"))
		which = KEEPER_REGISTER;
	else if (!strcmp(peer, "finish"))
		which = KEEPER_FINISH;
	else if (!strcmp(peer, "chat"))
		which = KEEPER_CHAT;
	else
		return 0;
	if (keeper->room && keeper->line[which] >= 0)
		loop_unwatch(keeper->loop, keeper->line[which]);
	drop_fd(&keeper->line[which]);
	keeper->line[which] = GIVE_FD(owned);
	return keeper->room ? watch_line(keeper, which) : 0;
}

static int start(void *self, struct room *room)
{
	struct keeper *keeper = self;
	int r = keeper_start(keeper, room, room_loop(room));

	for (int i = 0; r == 0 && i < KEEPER_LINES_MAX; i++)
		r = watch_line(keeper, i);
	if (r == 0 && keeper->door >= 0)
		r = loop_watch(keeper->loop, keeper->door, EPOLLIN, door_hear,
			       keeper);
	return r;
}

/* Files beneath its own directory, and commands that come to the door. */
static void fill_jail(void *self, struct jail *jail)
{
	static const char *const calls[] = { "openat",	 "rename",
					     "renameat", "renameat2",
					     "unlinkat", "getdents64",
					     "accept4" };
	struct keeper *keeper = self;

	for (size_t i = 0; i < COUNT(calls); i++)
		jail->calls[i] = calls[i];
	jail->places[jail->place_count++] = (struct jail_place){
		.dir = keeper->dir, .read = true, .write = true
	};
}

static void stop(void *self)
{
	struct keeper *keeper = self;
	char checkpoint[NOTE_SIZE];

	streams_end(&keeper->streams);
	/* So that a log cut off while the vault is down is seen. */
	if (keeper_note(keeper, "{\"event\":\"vault.stopped\"}") == 0 &&
	    !keyring_is_locked(keeper->ring) &&
	    audit_sign(keeper->audit, keeper->origin,
		       keyring_seed(keeper->ring), checkpoint) < 0)
		keeper_fail(keeper, "the checkpoint cannot be written", -EIO);
	loop_end(keeper->loop);
}

int main(int argc, char **argv)
{
	static const struct room_face face = {
		.name = "vault",
		.file = take_file,
		.line = take_line,
		.start = start,
		.jail = fill_jail,
		.stop = stop,
	};
	struct keeper keeper = keeper_new();
	int status = room_main(argc, argv, &face, &keeper);

	keyring_close(keeper.ring);
	audit_close(keeper.audit);
	return keeper.has_failed ? EXIT_FAILURE : status;
}
