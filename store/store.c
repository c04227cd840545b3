/* SPDX-License-Identifier: EUPL-1.2 */
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
	COPY_SIZE = 1 << 18,
	NAME_SIZE = 64, /* "ab/" and ".new-" and an id */
	OBJECT_MODE = 0400,
	FOLDER_MODE = 0700,
};

struct store {
	int dir;
	const EVP_MD *sha256;
	uint8_t *buffer;
};

static void name_of(const struct id *object, const char *mark,
		    char out[NAME_SIZE])
{
	char text[ID_TEXT_SIZE];

	id_text(object, text);
	snprintf(out, NAME_SIZE, "%.2s/%s%s", text, mark, text);
}

static int open_folder(const struct store *store, uint8_t which)
{
	char name[4];
	int fd;

	hex_text(&which, 1, name);
	fd = openat(store->dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int sync_folder(const struct store *store, const struct id *object)
{
	OWNED(drop_fd) int fd = open_folder(store, object->byte[0]);

	if (fd < 0)
		return fd;
	return fsync(fd) < 0 ? -errno : 0;
}

/* What a crash left half-written is nobody's: no row names it. */
static int clear_folder(int folder)
{
	int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = own < 0 ? NULL : fdopendir(own);
	struct dirent *entry;

	if (!list) {
		int r = -errno;

		drop_fd(&own);
		return r;
	}
	while ((entry = readdir(list)))
		if (!strncmp(entry->d_name, ".new-", 5))
			(void)unlinkat(folder, entry->d_name, 0);
	(void)closedir(list);
	return 0;
}

static int make_folders(struct store *store)
{
	for (int i = 0; i < STORE_FOLDERS; i++) {
		uint8_t which = (uint8_t)i;
		char name[4];
		int r;

		hex_text(&which, 1, name);
		if (mkdirat(store->dir, name, FOLDER_MODE) < 0 &&
		    errno != EEXIST)
			return -errno;

		OWNED(drop_fd) int folder = open_folder(store, which);
		if (folder < 0)
			return folder;
		r = clear_folder(folder);
		if (r < 0)
			return r;
	}
	return fsync(store->dir) < 0 ? -errno : 0;
}

int store_open(int dir, struct store **ret_store)
{
	struct store *store = calloc(1, sizeof(*store));
	int r;

	if (!store)
		return -ENOMEM;
	store->dir = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	if (store->dir < 0) {
		r = -errno;
		free(store);
		return r;
	}
	store->sha256 = EVP_sha256();
	store->buffer = malloc(COPY_SIZE);
	r = store->buffer ? make_folders(store) : -ENOMEM;
	if (r < 0) {
		store_close(store);
		return r;
	}
	*ret_store = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	drop_fd(&store->dir);
	free(store->buffer);
	free(store);
}

void store_drop(struct store **store)
{
	store_close(*store);
	*store = NULL;
}

/* Read all of a file, hash it, and copy it if "to" is one. */
static int digest(struct store *store, int from, int to, uint64_t size,
		  uint8_t hash[STORE_HASH_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint64_t at = 0;
	int r = 0;

	if (!context || !EVP_DigestInit_ex(context, store->sha256, NULL))
		r = -ENOMEM;
	while (r == 0 && at < size) {
		uint64_t left = size - at;
		size_t part = left < COPY_SIZE ? (size_t)left : COPY_SIZE;

		r = file_read_at(from, store->buffer, part, (int64_t)at);
		if (r == 0 && to >= 0)
			r = file_write_at(to, store->buffer, part, (int64_t)at);
		if (r == 0 && !EVP_DigestUpdate(context, store->buffer, part))
			r = -ENOMEM;
		at += part;
	}
	if (r == 0 && !EVP_DigestFinal_ex(context, hash, NULL))
		r = -ENOMEM;
	EVP_MD_CTX_free(context);
	return r == -ENODATA ? -EBADMSG : r;
}

static int write_new(struct store *store, const char *name, int from,
		     uint64_t size, const uint8_t hash[STORE_HASH_SIZE])
{
	uint8_t is[STORE_HASH_SIZE];
	int r;

	OWNED(drop_fd)
	int to = openat(store->dir, name,
			O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, OBJECT_MODE);
	if (to < 0)
		return -errno;
	r = digest(store, from, to, size, is);
	if (r == 0 && !bytes_are(is, hash, sizeof(is)))
		r = -EBADMSG;
	if (r == 0 && fsync(to) < 0)
		r = -errno;
	return r;
}

int store_put(struct store *store, const struct id *object, int from,
	      uint64_t size, const uint8_t hash[STORE_HASH_SIZE])
{
	char name[NAME_SIZE], fresh[NAME_SIZE];
	struct stat about;
	int r;

	if (fstat(from, &about) < 0)
		return -errno;
	if (!S_ISREG(about.st_mode) || about.st_size < 0 ||
	    (uint64_t)about.st_size != size)
		return -EBADMSG;
	name_of(object, "", name);
	name_of(object, ".new-", fresh);

	r = store_check(store, object, size, hash);
	if (r == 0) /* stored before a crash, but its row was not written */
		return sync_folder(store, object);
	if (r == -EBADMSG)
		return -EEXIST;
	if (r != -ENOENT)
		return r;

	(void)unlinkat(store->dir, fresh, 0);
	r = write_new(store, fresh, from, size, hash);
	if (r == 0 && renameat2(store->dir, fresh, store->dir, name,
				RENAME_NOREPLACE) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(store->dir, fresh, 0);
		return r;
	}
	r = sync_folder(store, object);
	if (r < 0)
		(void)unlinkat(store->dir, name, 0);
	return r;
}

int store_get(struct store *store, const struct id *object)
{
	char name[NAME_SIZE];
	int fd;

	name_of(object, "", name);
	fd = openat(store->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

int store_check(struct store *store, const struct id *object, uint64_t size,
		const uint8_t hash[STORE_HASH_SIZE])
{
	OWNED(drop_fd) int fd = store_get(store, object);
	uint8_t is[STORE_HASH_SIZE];
	struct stat about;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &about) < 0)
		return -errno;
	if (about.st_size < 0 || (uint64_t)about.st_size != size)
		return -EBADMSG;
	r = digest(store, fd, -1, size, is);
	if (r < 0)
		return r;
	return bytes_are(is, hash, sizeof(is)) ? 0 : -EBADMSG;
}

int store_remove(struct store *store, const struct id *object)
{
	char name[NAME_SIZE];

	name_of(object, "", name);
	if (unlinkat(store->dir, name, 0) < 0)
		return errno == ENOENT ? 0 : -errno;
	return sync_folder(store, object);
}

static int64_t list_folder(int folder,
			   void (*each)(void *self, const struct id *object,
					int64_t age_s),
			   void *self)
{
	int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = own < 0 ? NULL : fdopendir(own);
	int64_t now = (int64_t)time(NULL), count = 0;
	struct dirent *entry;

	if (!list) {
		int r = -errno;

		drop_fd(&own);
		return r;
	}
	while ((entry = readdir(list))) {
		struct stat about;
		struct id object;

		if (id_read(slice_of(entry->d_name), &object) < 0 ||
		    fstatat(folder, entry->d_name, &about,
			    AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		count++;
		each(self, &object, now - (int64_t)about.st_ctim.tv_sec);
	}
	(void)closedir(list);
	return count;
}

int64_t store_each(struct store *store, uint8_t which,
		   void (*each)(void *self, const struct id *object,
				int64_t age_s),
		   void *self)
{
	OWNED(drop_fd) int folder = open_folder(store, which);

	if (folder < 0)
		return folder;
	return list_folder(folder, each, self);
}
