/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * tallenne backup create: while the service runs. The order is what makes it
 * whole: first the log's length, then the database, then the objects that it
 * knows; what is erased meanwhile is missing rightly.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "backup/pages.h"
#include "backup/rows.h"
#include "cli/backup/backup.h"
#include "cli/door.h"
#include "cli/say.h"
#include "notice/civil.h"
#include "register/register.h"
#include "seal/copy.h"
#include "vault/vault.h"
#include "vault/verify.h"

enum { KEYS_MAX = 4 << 20, TELL_EVERY_S = 5 };

/* A back-up under way. */
struct making {
	const struct shelf_options *options;
	int shelf, pool, dir, room, objects, database;
	struct seal_keyset *set;
	struct backup backup;
	struct pool_list before, list;
	struct door_copy copy;
	uint64_t fresh, missing, pruned;
	int64_t told_at;
};

static void making_drop(struct making *making)
{
	drop_fd(&making->shelf);
	drop_fd(&making->pool);
	drop_fd(&making->dir);
	drop_fd(&making->room);
	drop_fd(&making->objects);
	drop_fd(&making->database);
	seal_keyset_free(making->set);
	pool_list_drop(&making->before);
	pool_list_drop(&making->list);
}

static _Noreturn void broken(const char *why)
{
	say_error("the copy of the database cannot be read: %s", why);
	_exit(EXIT_ERROR);
}

static int new_file(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

/* What an earlier try left is nobody's. */
static int clear_unfinished(int dir, const char *name)
{
	OWNED(drop_fd)
	int own = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = own < 0 ? NULL : fdopendir(dup(own));
	struct dirent *entry;

	if (!list)
		return -errno;
	while ((entry = readdir(list)))
		if (entry->d_name[0] != '.')
			(void)unlinkat(own, entry->d_name, 0);
	(void)closedir(list);
	return unlinkat(dir, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

/* How long the log is before anything is copied. */
static int ask_entries(struct making *making)
{
	OWNED(drop_fd) int file = memfd_create("checkpoint", MFD_CLOEXEC);
	OWNED(drop_memory) char *text = NULL;
	struct note note;
	size_t size;
	int r = file < 0 ? -errno
			 : shelf_ask_vault(making->options->run,
					   VAULT_DOOR_CHECKPOINT, "", file);

	if (r == 0)
		r = file_read(file, NOTE_SIZE - 1, &text, &size);
	if (r == 0)
		r = note_read((struct slice){ text, size }, NULL, &note);
	if (r == 0)
		making->backup.entries = note.size;
	return r;
}

static int ask_keys(struct making *making)
{
	OWNED(drop_fd) int file = new_file(making->dir, "keys");
	int r = file < 0 ? file
			 : shelf_ask_vault(making->options->run,
					   VAULT_DOOR_KEYS, "", file);

	if (r == 0)
		r = seal_keyset_load(file, &making->set);
	return r;
}

static int ask_copy(struct making *making)
{
	OWNED(drop_fd) int end = door_enter(making->options->run, "register");
	OWNED(letter_fds_drop) struct letter_fds fds = NO_FDS;
	struct door_copy ask = {
		.head = { .type = DOOR_COPY, .size = sizeof(ask) },
	};
	int r = end < 0 ? end
			: line_ask(end, &ask.head, NULL, &making->copy.head,
				   DOOR_COPY, sizeof(making->copy), &fds,
				   DOOR_LONG_WAIT_MS);

	if (r == 0)
		r = making->copy.result;
	if (r < 0) {
		say_error("the register gives no copy: %s", strerror(-r));
		return r;
	}
	making->database = letter_fds_give(&fds, 0);
	making->room = letter_fds_give(&fds, 1);
	if (making->database < 0 || making->room < 0)
		return -EPROTO;
	making->objects = openat(making->room, "objects",
				 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (making->objects < 0) {
		say_error("the register's objects cannot be read: run this as "
			  "the user that the service runs as, or as root");
		return -errno;
	}
	making->backup.made_at = making->copy.now;
	making->backup.date = making->copy.today;
	return 0;
}

/* The key that this back-up lives by: of that day, or of one before it. */
static int choose_end(struct making *making)
{
	const struct seal_end wish = {
		SEAL_CLASS_CONTACT,
		civil_add_days(making->backup.date, (int)making->options->days),
	};
	uint8_t public[SEAL_PUBLIC_SIZE];
	struct seal_end found;
	int r = seal_keyset_find(making->set, &wish, &found, public);

	if (r == 0 && found.date <= making->backup.date)
		r = -ENOKEY;
	if (r < 0)
		say_error("the vault has no key for a day after this one");
	else
		making->backup.until = found.date;
	return r;
}

static void tell_progress(struct making *making)
{
	const int64_t now = clock_monotonic() / NS_PER_S;

	if (now < making->told_at + TELL_EVERY_S)
		return;
	making->told_at = now;
	(void)fprintf(stderr, "%zu objects, %" PRIu64 " of them copied now\n",
		      making->list.count, making->fresh);
}

static int keep_object(void *self, const struct pool_item *item,
		       const uint8_t hash[SEAL_HASH_SIZE],
		       const struct seal_wrapped *wrapped)
{
	struct making *making = self;
	struct pool_item kept = *item;
	const struct pool_item *known =
		pool_list_find(&making->before, &item->id);
	int r = 0;

	(void)wrapped;
	if (known && known->size == item->size && pool_has(making->pool, known))
		kept = *known;
	else
		r = pool_put(making->pool, making->objects, &kept, hash);
	/* Erased a moment ago, or damaged: told, and the others go on. */
	if (r == -ENOENT || r == -EBADMSG) {
		making->missing++;
		return 0;
	}
	if (r < 0)
		return r;
	making->fresh += (uint64_t)r;
	making->backup.bytes += kept.size;
	tell_progress(making);
	return pool_list_add(&making->list, &kept);
}

static int seal_file(struct making *making, int from, const char *name,
		     seal_date date)
{
	const struct seal_end end = { SEAL_CLASS_CONTACT, date };
	OWNED(drop_fd) int to = new_file(making->dir, name);
	struct seal_end found;
	int r = to < 0 ? to
		       : seal_copy_write(from, to, making->set, &end,
					 &making->backup.id, &found);

	return r < 0 ? r : backup_add(&making->backup, making->dir, name);
}

/* Rows that end before the whole does, each day of them by itself. */
static int cut_rows(struct making *making, struct db *db)
{
	const int64_t now = making->copy.now;
	seal_date date;
	int r = rows_forget(db, making->copy.due, now);

	while (r == 0 && (date = rows_next(db, making->backup.until, now))) {
		OWNED(drop_fd) int tail = memfd_create("rows", MFD_CLOEXEC);
		char name[BACKUP_NAME_SIZE];

		(void)snprintf(name, sizeof(name), BACKUP_ROWS "%u.sealed",
			       date);
		r = tail < 0 ? -errno : rows_cut(db, tail, date, now);
		if (r == 0)
			r = seal_file(making, tail, name, date);
	}
	return r;
}

static int keep_database(struct making *making)
{
	OWNED(db_drop) struct db *db = NULL;
	OWNED(drop_fd) int staff = -1;
	int r = db_adopt(making->database, broken, &db);

	if (r == 0)
		r = rows_each_object(db, keep_object, making);
	if (r == 0)
		r = cut_rows(making, db);
	db_close(db);
	db = NULL;
	if (r == 0)
		r = seal_file(making, making->database, BACKUP_DATABASE,
			      making->backup.until);
	if (r < 0)
		return r;
	staff = openat(making->room, "staff.key", O_RDONLY | O_CLOEXEC);
	return staff < 0 ? -errno
			 : seal_file(making, staff, BACKUP_STAFF,
				     making->backup.until);
}

static int keep_policy(struct making *making, const char *from, const char *as)
{
	OWNED(drop_fd) int in = open(from, O_RDONLY | O_CLOEXEC);
	OWNED(drop_fd) int out = -1;
	int r;

	if (in < 0)
		return errno == ENOENT ? 0 : -errno;
	out = new_file(making->dir, as);
	r = out < 0 ? out : door_pour(in, out);
	return r < 0 ? r : backup_add(&making->backup, making->dir, as);
}

static int keep_policies(struct making *making)
{
	const char *policy = making->options->policy
				     ? making->options->policy
				     : "/etc/tallenne/policy.yaml";
	char path[512];
	int r;

	if (snprintf(path, sizeof(path), "%s.signed", policy) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	r = keep_policy(making, policy, "policy.yaml");
	return r < 0 ? r : keep_policy(making, path, "policy.yaml.signed");
}

/* Written down, and the log that says so taken along, sealed as it is. */
static int keep_log(struct making *making)
{
	const char *run = making->options->run;
	OWNED(drop_fd) int note = new_file(making->dir, PAGES_CHECKPOINT);
	OWNED(drop_fd) int made = new_file(making->dir, PAGES_MADE);
	OWNED(drop_fd) int log = new_file(making->dir, PAGES_LOG);
	char seq[SHELF_SEQ_SIZE];
	int r = note < 0 ? note : made < 0 ? made : log < 0 ? log : 0;

	if (r == 0)
		r = shelf_note(run, "made", &making->backup, seq);
	if (r == 0)
		r = shelf_ask_vault(run, VAULT_DOOR_PROVE, seq, made);
	if (r == 0)
		r = shelf_ask_vault(run, VAULT_DOOR_CHECKPOINT, "", note);
	if (r == 0)
		r = shelf_pages(run, log);
	return r < 0 ? r : pages_sum(making->dir);
}

/* What has died cannot be opened any more: it need not lie there. */
static int prune(struct making *making, const struct shelf *shelf)
{
	OWNED(drop_memory)
	struct pool_list *lists = calloc(shelf->count + 1, sizeof(*lists));
	size_t count = 0;
	int64_t pruned;
	int r = lists ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < shelf->count; i++) {
		OWNED(drop_fd)
		int dir = openat(making->shelf, shelf->name[i],
				 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		struct backup backup;

		if (dir < 0 || backup_read(dir, &backup) < 0)
			continue;
		if (backup.until <= making->backup.date) {
			if (clear_unfinished(making->shelf, shelf->name[i]) ==
			    0)
				making->pruned++;
			continue;
		}
		r = pool_list_read(dir, &lists[count]);
		count += r == 0;
	}
	if (r == 0) {
		pruned = pool_prune(making->pool, lists, count);
		r = pruned < 0 ? (int)pruned : 0;
	}
	for (size_t i = 0; i < count; i++)
		pool_list_drop(&lists[i]);
	return r;
}

static void tell(const struct making *making, const char *name)
{
	const struct backup *backup = &making->backup;

	if (making->options->json)
		(void)printf(
			"{\"name\":\"%s\",\"until\":%u,\"objects\":%" PRIu64
			",\"copied\":%" PRIu64 ",\"missing\":%" PRIu64
			",\"bytes\":%" PRIu64 ",\"dropped\":%" PRIu64 "}\n",
			name, backup->until, backup->objects, making->fresh,
			making->missing, backup->bytes, making->pruned);
	else
		(void)printf("%s: %" PRIu64 " objects (%" PRIu64
			     " copied now), %" PRIu64 " bytes; dies on %u\n",
			     name, backup->objects, making->fresh,
			     backup->bytes, backup->until);
	if (making->missing)
		say_error("%" PRIu64 " objects were not there or not what they "
			  "should be: look at \"tallenne status\"",
			  making->missing);
}

/* What is in there already, to copy nothing twice. */
static int look_around(struct making *making, struct shelf **ret_shelf)
{
	struct shelf *shelf;
	int r = shelf_read(making->shelf, &shelf);

	if (r < 0)
		return r;
	*ret_shelf = shelf;
	if (shelf->count == 0)
		return 0;
	OWNED(drop_fd)
	int newest = openat(making->shelf, shelf->name[shelf->count - 1],
			    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Without it all are copied anew, and nothing is lost by that. */
	if (newest >= 0 && pool_list_read(newest, &making->before) < 0)
		pool_list_drop(&making->before);
	return 0;
}

static int make(struct making *making)
{
	int r = ask_entries(making);

	if (r == 0)
		r = ask_keys(making);
	if (r == 0)
		r = ask_copy(making);
	if (r == 0)
		r = choose_end(making);
	if (r == 0)
		r = keep_database(making);
	making->backup.objects = making->list.count;
	if (r == 0)
		r = pool_list_write(&making->list, making->dir);
	if (r == 0)
		r = backup_add(&making->backup, making->dir, BACKUP_LIST);
	if (r == 0)
		r = backup_add(&making->backup, making->dir, "keys");
	if (r == 0)
		r = keep_policies(making);
	if (r == 0)
		r = backup_write(&making->backup, making->dir);
	if (r == 0)
		r = keep_log(making);
	return r;
}

int shelf_create(const struct shelf_options *options, const char *path)
{
	OWNED(making_drop)
	struct making making = {
		.options = options,
		.shelf = -1,
		.pool = -1,
		.dir = -1,
		.room = -1,
		.objects = -1,
		.database = -1,
		.told_at = clock_monotonic() / NS_PER_S,
	};
	OWNED(drop_memory) struct shelf *shelf = NULL, *after = NULL;
	char name[BACKUP_NAME_SIZE];
	int r;

	if (mkdir(path, 0700) < 0 && errno != EEXIST) {
		say_error("%s: %s", path, strerror(errno));
		return EXIT_ERROR;
	}
	making.shelf = shelf_open(path);
	if (making.shelf < 0)
		return EXIT_ERROR;
	if (flock(making.shelf, LOCK_EX | LOCK_NB) < 0) {
		say_error("%s: another back-up is being made here", path);
		return EXIT_LATER;
	}
	making.backup.id = id_new();
	making.pool = pool_open(making.shelf, true);
	r = making.pool < 0 ? making.pool : look_around(&making, &shelf);
	if (r == 0) {
		(void)clear_unfinished(making.shelf, ".new");
		if (mkdirat(making.shelf, ".new", 0700) < 0)
			r = -errno;
	}
	if (r == 0)
		making.dir = openat(making.shelf, ".new",
				    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0)
		r = making.dir < 0 ? -errno : make(&making);
	backup_name(&making.backup, name);
	/* All of it is on the disk before it has its name. */
	if (r == 0 && (syncfs(making.shelf) < 0 ||
		       renameat(making.shelf, ".new", making.shelf, name) < 0 ||
		       fsync(making.shelf) < 0))
		r = -errno;
	if (r == 0)
		r = shelf_read(making.shelf, &after);
	if (r == 0)
		r = prune(&making, after);
	if (r < 0) {
		say_error("no back-up was made: %s", strerror(-r));
		return r == -ENOSPC || r == -EIO ? EXIT_ERROR : EXIT_LATER;
	}
	tell(&making, name);
	return making.missing ? EXIT_FOUND : EXIT_OK;
}
