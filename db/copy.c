/* SPDX-License-Identifier: EUPL-1.2 */
/* Copies of a database: made while it is in use, and worked on. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "db/parts.h"

#define OWN_FILES "/proc/self/fd/"

enum { PATH_SIZE = 40, COPY_NAME_SIZE = 32 };

struct db_copy {
	sqlite3 *to;
	sqlite3_backup *under_way;
	char name[COPY_NAME_SIZE];
};

static int open_copy(const char *name, sqlite3 **ret_file)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			  SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
			  SQLITE_OPEN_EXRESCODE;
	int r = db_make_vfs();

	return r < 0 ? r
		     : db_errno(sqlite3_open_v2(name, ret_file, flags,
						"tallenne"));
}

int db_copy_begin(struct db *db, const char *name, struct db_copy **ret_copy)
{
	struct db_copy *copy = calloc(1, sizeof(*copy));
	int r;

	assert(!strchr(name, '/') && strlen(name) < COPY_NAME_SIZE);
	assert(db->depth == 0);
	if (!copy)
		return -ENOMEM;
	(void)unlink(name);
	(void)snprintf(copy->name, sizeof(copy->name), "%s", name);
	r = open_copy(name, &copy->to);
	if (r == 0)
		r = db_run_first(copy->to, "PRAGMA locking_mode = EXCLUSIVE");
	if (r == 0)
		r = db_run_first(copy->to, "PRAGMA synchronous = OFF");
	if (r == 0) {
		copy->under_way =
			sqlite3_backup_init(copy->to, "main", db->file, "main");
		if (!copy->under_way)
			r = db_errno(sqlite3_errcode(copy->to));
	}
	if (r < 0) {
		db_copy_end(copy);
		return r;
	}
	*ret_copy = copy;
	return 0;
}

/*
 * The copy says of itself that it has a write-ahead log beside it (bytes 18
 * and 19 are 2), as the original does. It has none.
 */
static int forget_log(const char *name)
{
	static const uint8_t without[2] = { 1, 1 };
	OWNED(drop_fd) int fd = open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno
		      : file_write_at(fd, without, sizeof(without), 18);
}

int db_copy_step(struct db_copy *copy, int pages)
{
	int code = sqlite3_backup_step(copy->under_way, pages);

	if (code == SQLITE_OK)
		return 1;
	if (code != SQLITE_DONE)
		return db_errno(code);
	code = sqlite3_backup_finish(copy->under_way);
	copy->under_way = NULL;
	if (code != SQLITE_OK)
		return db_errno(code);
	code = sqlite3_close(copy->to);
	copy->to = NULL;
	return code != SQLITE_OK ? db_errno(code) : forget_log(copy->name);
}

void db_copy_end(struct db_copy *copy)
{
	if (!copy)
		return;
	(void)sqlite3_backup_finish(copy->under_way);
	(void)sqlite3_close(copy->to);
	free(copy);
}

/*
 * SQLite follows no link where it opens a file, and wants a name for it. A
 * file without one is a link in /proc that is ours alone.
 */
static int open_without_name(const char *path, int flags, int mode)
{
	if (strncmp(path, OWN_FILES, strlen(OWN_FILES)) == 0)
		flags &= ~(O_NOFOLLOW | O_CREAT);
	return open(path, flags, mode);
}

static int allow_files_without_name(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find("unix");

	return vfs && vfs->xSetSystemCall(
			      vfs, "open",
			      (sqlite3_syscall_ptr)open_without_name) ==
				       SQLITE_OK
		       ? 0
		       : -ENOSYS;
}

static void path_of(int fd, char path[PATH_SIZE])
{
	(void)snprintf(path, PATH_SIZE, OWN_FILES "%d", fd);
}

int db_adopt(int fd, db_broken_fn *broken, struct db **ret_db)
{
	static const char *const first[] = {
		"PRAGMA locking_mode = EXCLUSIVE",
		"PRAGMA journal_mode = MEMORY",
		"PRAGMA synchronous = OFF",
		"PRAGMA secure_delete = ON",
		"PRAGMA foreign_keys = ON",
		"PRAGMA temp_store = MEMORY",
		"PRAGMA trusted_schema = OFF",
	};
	struct db *db = calloc(1, sizeof(*db));
	char path[PATH_SIZE];
	int r;

	if (!db)
		return -ENOMEM;
	db->broken = broken;
	path_of(fd, path);
	r = allow_files_without_name();
	if (r == 0)
		r = open_copy(path, &db->file);
	if (r == 0)
		db_be_strict(db->file);
	for (size_t i = 0; r == 0 && i < COUNT(first); i++)
		r = db_run_first(db->file, first[i]);
	if (r < 0) {
		db_close(db);
		return r;
	}
	*ret_db = db;
	return 0;
}

int db_attach(struct db *db, int fd)
{
	char path[PATH_SIZE];
	int r;

	path_of(fd, path);
	r = allow_files_without_name();
	if (r < 0)
		return r;
	(void)sqlite3_limit(db->file, SQLITE_LIMIT_ATTACHED, 1);
	r = db_run(db, "ATTACH DATABASE $1 AS tail", db_text(path));
	(void)sqlite3_limit(db->file, SQLITE_LIMIT_ATTACHED, 0);
	if (r >= 0)
		r = db_run_first(db->file, "PRAGMA tail.journal_mode = MEMORY");
	if (r >= 0)
		r = db_run_first(db->file, "PRAGMA tail.synchronous = OFF");
	return r;
}

void db_detach(struct db *db)
{
	/* Statements that know it must be forgotten first. */
	for (size_t i = 0; i < STATEMENTS_MAX; i++) {
		(void)sqlite3_finalize(db->kept[i].statement);
		db->kept[i] = (struct kept){ NULL, NULL };
	}
	(void)!db_run_first(db->file, "DETACH DATABASE tail");
}

int db_forget(struct db *db)
{
	if (db->depth > 0)
		return -EBUSY;
	return db_run_first(db->file, "PRAGMA wal_checkpoint(TRUNCATE)");
}
