/* SPDX-License-Identifier: EUPL-1.2 */
/* The room chat: what comes from the house, and the loop. */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "chat/hall.h"
#include "notice/facts.h"
#include "seal/keyset.h"

static int take_settings(struct hall *hall, int fd)
{
	OWNED(settings_drop) struct settings *settings = NULL;
	int r = settings_load(fd, &settings);

	if (r == 0)
		hall_settings(hall, settings);
	return r;
}

/*
 * The house has checked it: it can only be short of memory, or name another
 * time zone, which needs a restart. The one there was goes on.
 */
static int take_policy(struct hall *hall, int fd)
{
	static struct facts facts; /* in the jail no zone can be read again */
	int r = facts_take(&facts, fd);

	if (r < 0) {
		log_error("policy", "cannot be read: %s", strerror(-r));
		return hall->policy ? 0 : r;
	}
	hall_policy(hall, facts.policy);
	facts.policy = NULL;
	return 0;
}

static int take_keys(struct hall *hall, int fd)
{
	struct seal_keyset *keys;
	int r = seal_keyset_load(fd, &keys);

	/* The old ones still serve; the vault will make new ones. */
	if (r < 0)
		log_error("keys", "cannot be read: %s", strerror(-r));
	else
		hall_keys(hall, keys);
	return 0;
}

static int take_node(struct hall *hall, int fd)
{
	int r = file_read_at(fd, hall->node, sizeof(hall->node), 0);

	hall->has_node = r == 0;
	return r;
}

static int take_journal(struct hall *hall, uint64_t number, int fd)
{
	int r = journal_file(hall->journal, number, fd);

	if (r < 0)
		log_error("journal", "file %llu cannot be used: %s",
			  (unsigned long long)number, strerror(-r));
	return 0;
}

static int on_file(void *self, const char *word, uint64_t number, int fd)
{
	struct hall *hall = self;
	OWNED(drop_fd) int file = fd;

	if (!strcmp(word, "settings"))
		return take_settings(hall, file);
	if (!strcmp(word, "policy"))
		return take_policy(hall, file);
	if (!strcmp(word, "keys"))
		return take_keys(hall, file);
	if (!strcmp(word, "node"))
		return take_node(hall, file);
	if (!strcmp(word, "attic") && !hall->attic)
		return attic_open(file, &hall->attic);
	if (!strcmp(word, "journal"))
		return take_journal(hall, number, GIVE_FD(file));
	return 0;
}

static int on_line(void *self, const char *peer, uint64_t number, int end)
{
	(void)number;
	hall_line(self, peer, end);
	return 0;
}

static void tick(void *self)
{
	struct hall *hall = self;

	counter_set(hall->count.slow, loop_slow_count(hall->loop));
	hall_tick(hall);
}

static int on_start(void *self, struct room *room)
{
	struct hall *hall = self;

	hall->room = room;
	hall->loop = room_loop(room);
	hall_start(hall);
	hall_watch(hall);
	return loop_every(hall->loop, HALL_TICK_MS, tick, hall) < 0 ? -ENOSPC
								    : 0;
}

/* Conversations go on: journal and attic keep them for who comes after. */
static void on_stop(void *self)
{
	struct hall *hall = self;

	hall_commit(hall);
	loop_end(hall->loop);
}

int main(int argc, char **argv)
{
	static const struct room_face face = {
		.name = "chat",
		.file = on_file,
		.line = on_line,
		.start = on_start,
		.stop = on_stop,
	};
	static struct hall hall;
	int status;

	if (hall_init(&hall, &clock_system) < 0)
		return EXIT_FAILURE;
	status = room_main(argc, argv, &face, &hall);
	hall_done(&hall);
	return status;
}
