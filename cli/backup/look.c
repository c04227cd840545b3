/* SPDX-License-Identifier: EUPL-1.2 */
/* tallenne backup list, verify, keys. Contract in backup.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "cli/backup/backup.h"
#include "cli/door.h"
#include "cli/say.h"
#include "vault/vault.h"

enum { RING_MAX = 4 << 20, PATH_ROOM = 512 };

int shelf_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		fd = -errno;
		say_error("%s: %s", path, strerror(-fd));
	}
	return fd;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

int shelf_read(int dir, struct shelf **ret_shelf)
{
	int own = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = own < 0 ? NULL : fdopendir(own);
	struct shelf *shelf = calloc(1, sizeof(*shelf));
	struct dirent *entry;

	if (!list || !shelf) {
		free(shelf);
		if (list)
			(void)closedir(list);
		else
			drop_fd(&own);
		return -ENOMEM;
	}
	while (shelf->count < SHELF_MAX && (entry = readdir(list)))
		if (backup_name_is(entry->d_name))
			memcpy(shelf->name[shelf->count++], entry->d_name,
			       strlen(entry->d_name) + 1);
	(void)closedir(list);
	qsort(shelf->name, shelf->count, sizeof(shelf->name[0]), by_name);
	*ret_shelf = shelf;
	return 0;
}

static int enter(int shelf, const char *name, struct backup *ret_backup)
{
	OWNED(drop_fd)
	int dir = openat(shelf, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = dir < 0 ? -errno : backup_read(dir, ret_backup);

	return r < 0 ? r : GIVE_FD(dir);
}

int shelf_list(const struct shelf_options *options, const char *path)
{
	OWNED(drop_fd) int dir = shelf_open(path);
	OWNED(drop_memory) struct shelf *shelf = NULL;

	if (dir < 0 || shelf_read(dir, &shelf) < 0)
		return EXIT_ERROR;
	for (size_t i = 0; i < shelf->count; i++) {
		struct backup backup;
		int r = enter(dir, shelf->name[i], &backup);

		if (r < 0) {
			say_error("%s: %s", shelf->name[i], strerror(-r));
			continue;
		}
		(void)close(r);
		if (options->json)
			(void)printf(
				"{\"name\":\"%s\",\"date\":%u,\"until\":%u,"
				"\"objects\":%" PRIu64 ",\"bytes\":%" PRIu64
				",\"entries\":%" PRIu64 "}\n",
				shelf->name[i], backup.date, backup.until,
				backup.objects, backup.bytes, backup.entries);
		else
			(void)printf("%s  %10" PRIu64 " objects %14" PRIu64
				     " bytes  until %u\n",
				     shelf->name[i], backup.objects,
				     backup.bytes, backup.until);
	}
	return EXIT_OK;
}

/* Every object of its list, byte by byte. */
static int check_pool(int shelf, int dir, uint64_t *ret_bad)
{
	OWNED(drop_fd) int pool = pool_open(shelf, false);
	OWNED(pool_list_drop) struct pool_list list = { NULL, 0, 0 };
	int r = pool < 0 ? pool : pool_list_read(dir, &list);
	char id[ID_TEXT_SIZE];

	for (size_t i = 0; r == 0 && i < list.count; i++) {
		int bad = pool_check(pool, &list.item[i]);

		if (bad == -ENOENT || bad == -EBADMSG) {
			id_text(&list.item[i].id, id);
			say_error("object %s: %s", id,
				  bad == -ENOENT ? "missing" : "damaged");
			(*ret_bad)++;
		} else {
			r = bad;
		}
	}
	return r;
}

int shelf_verify(const struct shelf_options *options, const char *path,
		 const char *name)
{
	OWNED(drop_fd) int shelf = shelf_open(path);
	OWNED(drop_memory) struct shelf *all = NULL;
	OWNED(drop_fd) int dir = -1;
	const char *problem = NULL;
	char seq[SHELF_SEQ_SIZE];
	struct backup backup;
	uint64_t bad = 0;
	int r;

	if (shelf < 0 || shelf_read(shelf, &all) < 0)
		return EXIT_ERROR;
	if (!name && all->count == 0) {
		say_error("%s: there is no back-up here", path);
		return EXIT_FOUND;
	}
	name = name ? name : all->name[all->count - 1];
	dir = enter(shelf, name, &backup);
	r = dir < 0 ? dir : backup_check(&backup, dir, options->key, &problem);
	if (r < 0) {
		say_error("%s: not whole: %s", name,
			  problem ? problem : strerror(-r));
		return EXIT_FOUND;
	}
	r = check_pool(shelf, dir, &bad);
	if (r < 0 || bad > 0) {
		say_error("%s: not whole: %s", name,
			  r < 0 ? strerror(-r) : "objects");
		return EXIT_FOUND;
	}
	/* Also without the service: then it is written down nowhere. */
	OWNED(drop_fd) int vault = door_go(options->run, "vault");
	if (vault >= 0 &&
	    shelf_note(options->run, "verified", &backup, seq) < 0)
		return EXIT_LATER;
	(void)printf("%s: whole: %zu files, %" PRIu64 " objects, %" PRIu64
		     " bytes; the audit log names it%s\n",
		     name, backup.file_count, backup.objects, backup.bytes,
		     options->key ? ", signed"
				  : "; who signed it was not checked (--key)");
	return EXIT_OK;
}

/* Replaced as a whole: at every instant there is one, and never two. */
static int write_over(const char *file, int from)
{
	OWNED(drop_memory) char *copy = strdup(file), *bytes = NULL;
	char fresh[PATH_ROOM];
	OWNED(drop_fd) int out = -1;
	OWNED(drop_fd) int dir = -1;
	size_t size;
	int r = file_read(from, RING_MAX, &bytes, &size);

	if (r < 0)
		return r;
	if (!copy ||
	    snprintf(fresh, sizeof(fresh), "%s.new", file) >= PATH_ROOM)
		return -ENAMETOOLONG;
	(void)unlink(fresh);
	out = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return -errno;
	r = file_write_at(out, bytes, size, 0);
	if (r == 0 && (fsync(out) < 0 || rename(fresh, file) < 0))
		r = -errno;
	if (r < 0)
		return r;
	dir = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 || fsync(dir) < 0 ? -errno : 0;
}

int shelf_keys(const struct shelf_options *options, const char *file)
{
	OWNED(drop_fd) int ring = memfd_create("ring", MFD_CLOEXEC);
	char days[8];
	int r;

	if (ring < 0)
		return EXIT_ERROR;
	(void)snprintf(days, sizeof(days), "%u", (unsigned)options->ahead);
	if (shelf_ask_vault(options->run, VAULT_DOOR_RING, days, ring) < 0)
		return EXIT_LATER;
	r = write_over(file, ring);
	if (r < 0) {
		say_error("%s: %s", file, strerror(-r));
		return EXIT_ERROR;
	}
	(void)printf("%s: the keys, without those of the next %u days; replace "
		     "it by then, and keep no other copy\n",
		     file, (unsigned)options->ahead);
	return EXIT_OK;
}
