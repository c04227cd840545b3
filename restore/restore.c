/* SPDX-License-Identifier: EUPL-1.2 */
#include "restore/restore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "vault/today.h"

enum { TELL_EVERY_S = 5 };

struct restore restore_new(const struct restore_options *options)
{
	return (struct restore){
		.options = options,
		.shelf = -1,
		.dir = -1,
		.state = -1,
		.vault = -1,
		.rows = -1,
		.objects = -1,
		.database = -1,
		.pages = -1,
		.told_at = clock_monotonic() / NS_PER_S,
	};
}

void restore_drop(struct restore *restore)
{
	db_close(restore->db);
	restore->db = NULL;
	keyring_close(restore->ring);
	restore->ring = NULL;
	drop_fd(&restore->shelf);
	drop_fd(&restore->dir);
	drop_fd(&restore->state);
	drop_fd(&restore->vault);
	drop_fd(&restore->rows);
	drop_fd(&restore->objects);
	drop_fd(&restore->database);
	drop_fd(&restore->pages);
}

void restore_say(const char *format, ...)
{
	va_list arguments;

	(void)fputs("tallenne backup: ", stderr);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
}

void restore_tell(struct restore *restore, const char *what, uint64_t done,
		  uint64_t of)
{
	const int64_t now = clock_monotonic() / NS_PER_S;

	if (now < restore->told_at + TELL_EVERY_S)
		return;
	restore->told_at = now;
	(void)fprintf(stderr, "%s: %" PRIu64 " of %" PRIu64 "\n", what, done,
		      of);
}

int restore_before(int shelf, const char *before,
		   char ret_name[BACKUP_NAME_SIZE])
{
	int own = openat(shelf, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = own < 0 ? NULL : fdopendir(own);
	char best[BACKUP_NAME_SIZE] = "";
	struct dirent *entry;

	if (!list) {
		drop_fd(&own);
		return -ENOMEM;
	}
	while ((entry = readdir(list)))
		if (backup_name_is(entry->d_name) &&
		    strcmp(entry->d_name, best) > 0 &&
		    (!before || strcmp(entry->d_name, before) < 0))
			memcpy(best, entry->d_name, strlen(entry->d_name) + 1);
	(void)closedir(list);
	memcpy(ret_name, best, sizeof(best));
	return best[0] ? 0 : -ENOENT;
}

/* Which one, and that it is whole. */
static int open_backup(struct restore *restore)
{
	const struct restore_options *options = restore->options;
	char name[BACKUP_NAME_SIZE];
	const char *problem = NULL;
	int r;

	restore->shelf = open(options->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = restore->shelf < 0 ? -errno
	    : options->name
		    ? slice_text(slice_of(options->name), name, sizeof(name))
		    : restore_before(restore->shelf, NULL, name);
	if (r < 0) {
		restore_say("%s: %s", options->dir,
			    r == -ENOENT ? "there is no back-up here"
					 : strerror(-r));
		return RESTORE_FAILED;
	}
	restore->dir = openat(restore->shelf, name,
			      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = restore->dir < 0 ? -errno
			     : backup_read(restore->dir, &restore->backup);
	if (r == 0)
		r = backup_check(&restore->backup, restore->dir, NULL,
				 &problem);
	if (r < 0) {
		restore_say("%s: not whole: %s", name,
			    problem ? problem : strerror(-r));
		return RESTORE_FAILED;
	}
	restore->today = options->today ? options->today
					: today_date(clock_now(&clock_system));
	if (restore->backup.until > restore->today)
		return RESTORE_DONE;
	restore_say("%s: refused: its end was %u and today is %u; what is in "
		    "it has ended. Take a newer one.",
		    name, restore->backup.until, restore->today);
	return RESTORE_REFUSED;
}

/* Whether nothing is in a directory; or a negative errno. */
static int is_empty(int dir)
{
	int own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = own < 0 ? NULL : fdopendir(own);
	struct dirent *entry;
	int is = 1;

	if (!list)
		return -errno;
	while ((entry = readdir(list)))
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			is = 0;
	(void)closedir(list);
	return is;
}

static int enter(int parent, const char *name, int *ret_fd)
{
	if (mkdirat(parent, name, 0700) < 0)
		return -errno;
	*ret_fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *ret_fd < 0 ? -errno : 0;
}

/* From here on it is not whole until all of it is. */
static int open_state(struct restore *restore)
{
	const char *path = restore->options->state;
	OWNED(drop_fd) int mark = -1;
	int r = 0;

	if (mkdir(path, 0711) < 0 && errno != EEXIST)
		r = -errno;
	if (r == 0)
		restore->state = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0)
		r = restore->state < 0 ? -errno : is_empty(restore->state);
	if (r == 0) {
		restore_say("%s: refused: it is not empty. What is there would "
			    "be mixed with what was: move it away, and keep "
			    "its \"vault\" directory, which is the better "
			    "source of keys.",
			    path);
		return RESTORE_REFUSED;
	}
	if (r > 0) {
		mark = openat(restore->state, BACKUP_UNFINISHED,
			      O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		r = mark < 0 || fsync(restore->state) < 0 ? -errno : 0;
	}
	if (r == 0)
		r = enter(restore->state, "vault", &restore->vault);
	if (r == 0)
		r = enter(restore->state, "register", &restore->rows);
	if (r == 0)
		r = enter(restore->rows, "objects", &restore->objects);
	if (r == 0)
		return RESTORE_DONE;
	restore_say("%s: %s", path, strerror(-r));
	return RESTORE_FAILED;
}

static int finish(struct restore *restore)
{
	if (syncfs(restore->state) == 0 &&
	    renameat(restore->state, BACKUP_UNFINISHED, restore->state,
		     BACKUP_RESTORED) == 0 &&
	    fsync(restore->state) == 0)
		return RESTORE_DONE;
	restore_say("%s: %s", restore->options->state, strerror(errno));
	return RESTORE_FAILED;
}

int restore_all(struct restore *restore, struct slice passphrase, bool keeps)
{
	int r = open_backup(restore);

	if (r == RESTORE_DONE)
		r = open_state(restore);
	if (r == RESTORE_DONE)
		r = restore_take_log(restore, passphrase);
	if (r == RESTORE_DONE)
		r = restore_take_rows(restore);
	if (r == RESTORE_DONE)
		r = restore_replay(restore);
	if (r == RESTORE_DONE)
		r = restore_take_objects(restore);
	if (r == RESTORE_DONE && keeps)
		r = restore_note(restore);
	if (r == RESTORE_DONE && keeps)
		r = finish(restore);
	if (r == RESTORE_DONE && restore->figures.missing > 0)
		r = RESTORE_FOUND;
	return r;
}
