/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/log.h"

/*
 * Life of a segment:
 *
 *	(none) --media wants one--> held --media: done--> removed
 *	                             |
 *	                             +--media ends, or says dead--> left
 *	                                       left --finish: empty--> removed
 */
enum owner { LEFT = -1 };

struct segment {
	uint64_t number;
	int owner;    /* index of the media process that writes it, or LEFT */
	bool is_told; /* to finish that it was left */
};

struct house_spool {
	int dir;
	uint64_t last;
	size_t count;
	struct segment segments[HOUSE_SPOOL_MAX];
	uint32_t owed[KEEP_MEDIA_MAX]; /* segments that could not be made */
};

static void name_of(uint64_t number, char out[32])
{
	snprintf(out, 32, "%010llu.spool", (unsigned long long)number);
}

static bool number_of(const char *name, uint64_t *ret_number)
{
	struct slice rest, stem = slice_cut(slice_of(name), '.', &rest);

	return slice_is(rest, SLICE("spool")) && stem.size == 10 &&
	       slice_number(stem, UINT32_MAX, ret_number) == 0;
}

int house_spool_new(int dir, struct house_spool **ret_spool)
{
	struct house_spool *spool = calloc(1, sizeof(*spool));
	struct dirent *entry;
	DIR *list;

	if (!spool)
		return -ENOMEM;
	spool->dir = dir;
	list = fdopendir(dup(dir));
	if (!list) {
		int r = -errno;
		house_spool_free(spool);
		return r;
	}
	while ((entry = readdir(list)) && spool->count < HOUSE_SPOOL_MAX) {
		uint64_t number;

		if (!number_of(entry->d_name, &number))
			continue;
		spool->segments[spool->count++] =
			(struct segment){ number, LEFT, false };
		if (number > spool->last)
			spool->last = number;
	}
	closedir(list);
	*ret_spool = spool;
	return 0;
}

void house_spool_free(struct house_spool *spool)
{
	if (!spool)
		return;
	drop_fd(&spool->dir);
	free(spool);
}

static struct segment *find(struct house_spool *spool, uint64_t number)
{
	for (size_t i = 0; i < spool->count; i++)
		if (spool->segments[i].number == number)
			return &spool->segments[i];
	return NULL;
}

/*
 * Whether somebody still writes to it: what media told its writing process
 * is written after its own end, and a disk may stand still. All of them
 * share the descriptor that was locked in make(). Where the file system
 * knows no locks, nobody does.
 */
static bool is_written(int fd)
{
	return flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* Show a segment to finish. */
static void show(struct house_spool *spool, struct keep_process *finish,
		 struct segment *segment)
{
	OWNED(drop_fd) int fd = -1;
	char name[32];

	if (!finish || finish->control < 0)
		return;
	name_of(segment->number, name);
	fd = openat(spool->dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		log_error("spool", "cannot open segment %llu: %s",
			  (unsigned long long)segment->number, strerror(errno));
		return;
	}
	segment->is_told = segment->owner == LEFT && !is_written(fd);
	(void)flock(fd, LOCK_UN);
	keep_give(finish, segment->is_told ? "spool-old" : "spool-read",
		  segment->number, fd);
}

static int make(struct house_spool *spool, struct keep *keep,
		struct keep_process *media)
{
	OWNED(drop_fd) int fd = -1;
	struct segment *segment;
	char name[32];

	if (spool->count == HOUSE_SPOOL_MAX)
		return -ENOSPC;
	name_of(spool->last + 1, name);
	fd = openat(spool->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    S_IRUSR | S_IWUSR);
	if (fd < 0)
		return -errno;
	/* The directory entry is durable before the first frame is written. */
	if (fsync(spool->dir) < 0) {
		int r = -errno;
		(void)unlinkat(spool->dir, name, 0);
		return r;
	}
	(void)flock(fd, LOCK_EX | LOCK_NB);
	segment = &spool->segments[spool->count++];
	*segment = (struct segment){ ++spool->last, media->index, false };
	show(spool, keep_find(keep, HOUSE_ROOM_finish, 0), segment);
	keep_give(media, "spool", segment->number, fd);
	return 0;
}

static void make_or_owe(struct house_spool *spool, struct keep *keep,
			struct keep_process *media)
{
	int r = make(spool, keep, media);

	if (r < 0) {
		spool->owed[media->index]++;
		log_error("spool", "cannot make a segment, trying again: %s",
			  strerror(-r));
	}
}

void house_spool_furnish(struct house_spool *spool, struct keep *keep,
			 struct keep_process *process)
{
	if (process->room == HOUSE_ROOM_media)
		make_or_owe(spool, keep, process);
	if (process->room == HOUSE_ROOM_finish)
		for (size_t i = 0; i < spool->count; i++)
			show(spool, process, &spool->segments[i]);
}

static void leave(struct house_spool *spool, struct keep *keep,
		  struct segment *segment)
{
	segment->owner = LEFT;
	show(spool, keep_find(keep, HOUSE_ROOM_finish, 0), segment);
}

void house_spool_ended(struct house_spool *spool, struct keep *keep,
		       const struct keep_process *process)
{
	if (process->room != HOUSE_ROOM_media)
		return;
	spool->owed[process->index] = 0;
	for (size_t i = 0; i < spool->count; i++)
		if (spool->segments[i].owner == process->index)
			leave(spool, keep, &spool->segments[i]);
}

static void remove_segment(struct house_spool *spool, struct segment *segment)
{
	char name[32];

	name_of(segment->number, name);
	if (unlinkat(spool->dir, name, 0) < 0 && errno != ENOENT) {
		log_error("spool", "cannot remove segment %llu: %s",
			  (unsigned long long)segment->number, strerror(errno));
		return;
	}
	*segment = spool->segments[--spool->count];
}

void house_spool_want(struct house_spool *spool, struct keep *keep,
		      struct keep_process *process, const char *word,
		      uint64_t number)
{
	struct segment *segment = find(spool, number);
	bool is_media = process->room == HOUSE_ROOM_media;

	if (is_media && !strcmp(word, "spool"))
		make_or_owe(spool, keep, process);
	else if (!segment)
		return;
	else if (is_media && segment->owner == process->index &&
		 !strcmp(word, "spool-done"))
		remove_segment(spool, segment);
	else if (is_media && segment->owner == process->index &&
		 !strcmp(word, "spool-dead"))
		/* Its calls go on elsewhere; media will still say done. */
		log_error("spool", "writing segment %llu failed",
			  (unsigned long long)number);
	else if (process->room == HOUSE_ROOM_finish && segment->owner == LEFT &&
		 !strcmp(word, "spool-empty"))
		remove_segment(spool, segment);
	else
		log_warn("spool", "a room asked for what is not its own");
}

void house_spool_tick(struct house_spool *spool, struct keep *keep)
{
	for (int i = 0; i < KEEP_MEDIA_MAX; i++) {
		struct keep_process *media =
			keep_find(keep, HOUSE_ROOM_media, i);

		while (media && media->control >= 0 && spool->owed[i] > 0 &&
		       make(spool, keep, media) == 0)
			spool->owed[i]--;
	}
	for (size_t i = 0; i < spool->count; i++)
		if (spool->segments[i].owner == LEFT &&
		    !spool->segments[i].is_told)
			show(spool, keep_find(keep, HOUSE_ROOM_finish, 0),
			     &spool->segments[i]);
}
