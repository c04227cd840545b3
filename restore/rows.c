/* SPDX-License-Identifier: EUPL-1.2 */
/* The register's database and its objects. Contract in restore.h. */
#include "backup/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "restore/restore.h"
#include "vault/open_copy.h"

static _Noreturn void broken(const char *why)
{
	restore_say("the database of the back-up cannot be read: %s", why);
	_exit(RESTORE_FAILED);
}

/* Open a sealed file of the back-up; -ENOKEY: its key is gone. */
static int open_file(const struct restore *restore, const char *name, int to)
{
	OWNED(drop_fd)
	int from =
		openat(restore->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	const struct open_pair *pair;
	struct seal_copy copy;
	int r = from < 0 ? -errno : seal_copy_read(from, &copy);

	if (r < 0)
		return r;
	pair = keyring_find(restore->ring, &copy.wrapped.end);
	return pair ? open_copy(from, pair, &restore->backup.id, to) : -ENOKEY;
}

static int take_file(struct restore *restore, const char *name, const char *as,
		     int *ret_fd)
{
	OWNED(drop_fd)
	int to = openat(restore->rows, as,
			O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r = to < 0 ? -errno : open_file(restore, name, to);

	if (r == -ENOKEY) {
		restore_say("refused: there is no key for %u, the end of this "
			    "back-up: it was destroyed, or this key back-up "
			    "leaves it out (keys --ahead). Take a newer one.",
			    restore->backup.until);
		return RESTORE_REFUSED;
	}
	if (r < 0) {
		restore_say("%s: %s", name,
			    r == -EBADMSG ? "damaged" : strerror(-r));
		return RESTORE_FAILED;
	}
	if (ret_fd)
		*ret_fd = GIVE_FD(to);
	return RESTORE_DONE;
}

/* Rows that end sooner than the whole, if they have not ended. */
static int join_rows(struct restore *restore, const char *name)
{
	OWNED(drop_fd) int tail = memfd_create("rows", MFD_CLOEXEC);
	int r = tail < 0 ? -errno : open_file(restore, name, tail);

	if (r == -ENOKEY) {
		restore->figures.ended++;
		return RESTORE_DONE;
	}
	if (r == 0)
		r = rows_join(restore->db, tail);
	if (r == 0)
		return RESTORE_DONE;
	restore_say("%s: %s", name, strerror(-r));
	return RESTORE_FAILED;
}

int restore_take_rows(struct restore *restore)
{
	int r = take_file(restore, BACKUP_DATABASE, "register.db",
			  &restore->database);

	if (r == RESTORE_DONE)
		r = take_file(restore, BACKUP_STAFF, "staff.key", NULL);
	if (r != RESTORE_DONE)
		return r;
	r = db_adopt(restore->database, broken, &restore->db);
	if (r < 0) {
		restore_say("the database: %s", strerror(-r));
		return RESTORE_FAILED;
	}
	r = RESTORE_DONE;
	for (size_t i = 0; r == RESTORE_DONE && i < restore->backup.file_count;
	     i++)
		if (strncmp(restore->backup.file[i].name, BACKUP_ROWS,
			    strlen(BACKUP_ROWS)) == 0)
			r = join_rows(restore, restore->backup.file[i].name);
	return r;
}

struct taking {
	struct restore *restore;
	struct pool_list list;
	int pool;
};

static int take_object(void *self, const struct pool_item *item,
		       const uint8_t hash[SEAL_HASH_SIZE],
		       const struct seal_wrapped *wrapped)
{
	struct taking *taking = self;
	struct restore_figures *figures = &taking->restore->figures;
	const struct pool_item *kept = pool_list_find(&taking->list, &item->id);
	char id[ID_TEXT_SIZE];
	int r = kept ? pool_get(taking->pool, taking->restore->objects, kept,
				wrapped, hash)
		     : -ENOENT;

	restore_tell(taking->restore, "objects", figures->objects,
		     taking->restore->backup.objects);
	if (r == -ENOENT || r == -EBADMSG) {
		id_text(&item->id, id);
		restore_say("object %s: %s", id,
			    r == -ENOENT ? "missing" : "damaged");
		figures->missing++;
		return 0;
	}
	if (r == 0) {
		figures->objects++;
		figures->bytes += item->size;
	}
	return r;
}

int restore_take_objects(struct restore *restore)
{
	struct taking taking = { .restore = restore, .pool = -1 };
	int r = pool_list_read(restore->dir, &taking.list);

	if (r == 0)
		r = taking.pool = pool_open(restore->shelf, false);
	if (r >= 0)
		r = rows_each_object(restore->db, take_object, &taking);
	drop_fd(&taking.pool);
	pool_list_drop(&taking.list);
	if (r == 0 && fsync(restore->database) < 0)
		r = -errno;
	if (r == 0)
		return RESTORE_DONE;
	restore_say("the objects: %s", strerror(-r));
	return RESTORE_FAILED;
}
