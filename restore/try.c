/* SPDX-License-Identifier: EUPL-1.2 */
/* What a restore is good for, and what not. Contract in restore.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "restore/restore.h"
#include "vault/open.h"

enum { PATH_SIZE = 48 };

/* An object, by its row or by nothing but the back-up's list. */
struct trial {
	struct id object, contact;
	struct seal_wrapped wrapped; /* by a hold, if there is one */
	bool is_held;
	seal_date date; /* of its row; 0: it has none */
};

static int open_below(int dir, const struct id *object)
{
	char id[ID_TEXT_SIZE], path[PATH_SIZE];
	int fd;

	id_text(object, id);
	(void)snprintf(path, sizeof(path), "%.2s/%s", id, id);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

/* Every byte of it. */
static int read_through(struct open_object *object)
{
	uint64_t at = 0;
	int r = 0;

	while (r == 0 && at < open_object_size(object)) {
		const uint8_t *content;
		size_t size;

		r = open_object_read(object, at, &content, &size);
		if (r == 0)
			at += size;
	}
	return r;
}

static const struct open_pair *pair_of(const struct restore *restore,
				       const struct trial *trial)
{
	return trial->is_held
		       ? keyring_held(restore->ring, &trial->contact, NULL)
		       : keyring_find(restore->ring, &trial->wrapped.end);
}

/* 0: opened; -ENOKEY: nothing opens it; -EBADMSG and others: it should. */
static int try_one(const struct restore *restore, int dir,
		   const struct trial *trial)
{
	OWNED(open_object_drop) struct open_object *object = NULL;
	OWNED(drop_fd) int fd = open_below(dir, &trial->object);
	const struct open_pair *pair = pair_of(restore, trial);
	uint8_t key[SEAL_KEY_SIZE];
	int r;

	if (fd < 0)
		return fd;
	if (!pair)
		return -ENOKEY;
	r = open_key(&trial->wrapped, pair, SEAL_FOR_OBJECT, &trial->object,
		     key);
	if (r == 0)
		r = open_object_new(fd, &trial->object, key, &object);
	sodium_memzero(key, sizeof(key));
	return r < 0 ? r : read_through(object);
}

static void tell(const struct trial *trial, const char *what)
{
	char id[ID_TEXT_SIZE];

	id_text(&trial->object, id);
	restore_say("object %s: %s", id, what);
}

static void try_row(struct restore *restore, const struct trial *trial)
{
	struct restore_figures *figures = &restore->figures;
	int r = try_one(restore, restore->objects, trial);

	if (r == -ENOENT) /* told when it was not found */
		return;
	if (r == -ENOKEY) {
		figures->closed++;
	} else if (r < 0) {
		figures->broken++;
		tell(trial, "its key is there, and does not open it");
	} else if (trial->date <= restore->today && !trial->is_held) {
		figures->overdue++;
		tell(trial, "its day has come, and it opens");
	} else {
		figures->opened++;
	}
}

static void try_rows(struct restore *restore)
{
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(restore->db,
		       "SELECT object.id, recording.contact, end_date, wrapped,"
		       " held FROM object JOIN recording"
		       " ON recording.call = object.call ORDER BY object.id");
	uint64_t done = 0;

	while (db_rows_next(&rows)) {
		struct trial trial = { .is_held = false };

		(void)db_rows_bytes(&rows, 0, &trial.object,
				    sizeof(trial.object));
		(void)db_rows_bytes(&rows, 1, &trial.contact,
				    sizeof(trial.contact));
		trial.date = (seal_date)db_rows_number(&rows, 2);
		trial.is_held = db_rows_bytes(&rows, 4, &trial.wrapped,
					      sizeof(trial.wrapped));
		if (!trial.is_held)
			(void)db_rows_bytes(&rows, 3, &trial.wrapped,
					    sizeof(trial.wrapped));
		try_row(restore, &trial);
		restore_tell(restore, "objects tried", ++done,
			     restore->figures.objects);
	}
}

/* What lies in the pool and has no row: nothing opens it by itself. */
static int try_rest(struct restore *restore)
{
	OWNED(pool_list_drop) struct pool_list list = { NULL, 0, 0 };
	OWNED(drop_fd) int pool = pool_open(restore->shelf, false);
	int r = pool < 0 ? pool : pool_list_read(restore->dir, &list);

	for (size_t i = 0; r == 0 && i < list.count; i++) {
		struct trial trial = { .object = list.item[i].id };
		OWNED(drop_fd) int there = -1;
		OWNED(drop_fd) int fd = -1;
		struct seal_seen seen;

		there = open_below(restore->objects, &trial.object);
		if (there >= 0)
			continue;
		fd = open_below(pool, &trial.object);
		if (fd < 0)
			continue;
		/* Without its key its head is not what was signed. */
		if (seal_check_ends(fd, &seen) == 0)
			trial.wrapped = seen.header.wrapped;
		if (try_one(restore, pool, &trial) == 0) {
			restore->figures.overdue++;
			tell(&trial, "it has ended, and it opens");
		} else {
			restore->figures.closed++;
		}
	}
	return r;
}

int restore_try(struct restore *restore)
{
	const struct restore_figures *figures = &restore->figures;
	int r;

	try_rows(restore);
	r = try_rest(restore);
	if (r < 0) {
		restore_say("the objects: %s", strerror(-r));
		return RESTORE_FAILED;
	}
	if (figures->overdue > 0) {
		restore_say("%" PRIu64 " objects open although they have "
			    "ended: is the key back-up replaced every day?",
			    figures->overdue);
		return RESTORE_REFUSED;
	}
	return figures->broken > 0 ? RESTORE_FOUND : RESTORE_DONE;
}

int restore_remove(int parent, const char *name)
{
	OWNED(drop_fd)
	int dir = openat(parent, name,
			 O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *list = dir < 0 ? NULL : fdopendir(dup(dir));
	struct dirent *entry;
	int r = 0;

	if (!list)
		return -errno;
	while (r == 0 && (entry = readdir(list))) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(dir, entry->d_name, 0) < 0)
			r = errno == EISDIR || errno == EPERM
				    ? restore_remove(dir, entry->d_name)
				    : -errno;
	}
	(void)closedir(list);
	return r < 0 || unlinkat(parent, name, AT_REMOVEDIR) == 0 ? r : -errno;
}
