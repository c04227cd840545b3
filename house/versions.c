/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/versions.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "house/places.h"
#include "notice/signed.h"

enum { FILE_NAME_SIZE = NOTICE_SHA256_SIZE + 16 };

static const char current[] = "current", fresh[] = "current.new";

void versions_drop(struct versions_text *version)
{
	free(version->text);
	free(version->note);
	*version = (struct versions_text){ .text = NULL };
}

/* What lies below a directory; -ENOENT: nothing does. */
static int read_below(int dir, const char *name, size_t max, char **ret_text,
		      size_t *ret_size)
{
	OWNED(drop_fd)
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : file_read(fd, max, ret_text, ret_size);
}

static void name_of(const char *sha256, const char *kind,
		    char ret_name[FILE_NAME_SIZE])
{
	(void)snprintf(ret_name, FILE_NAME_SIZE, "%.64s.%s", sha256, kind);
}

static bool has_hash(const struct versions_text *version)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	char text[NOTICE_SHA256_SIZE];

	crypto_hash_sha256(hash, (const uint8_t *)version->text, version->size);
	hex_text(hash, sizeof(hash), text);
	return !strcmp(text, version->sha256);
}

/* Which one holds, in hex. */
static int read_current(int dir, char ret_sha256[NOTICE_SHA256_SIZE])
{
	OWNED(drop_memory) char *text = NULL;
	uint8_t hash[crypto_hash_sha256_BYTES];
	size_t size;
	int r = read_below(dir, current, 256, &text, &size);

	if (r < 0)
		return r;
	if (hex_read(slice_trim((struct slice){ text, size }), hash,
		     sizeof(hash)) < 0)
		return -EBADMSG;
	hex_text(hash, sizeof(hash), ret_sha256);
	return 0;
}

static int read_version(int dir, struct versions_text *version)
{
	char name[FILE_NAME_SIZE];
	int r;

	name_of(version->sha256, "yaml", name);
	r = read_below(dir, name, NOTICE_SIZE_MAX, &version->text,
		       &version->size);
	if (r < 0)
		return r == -ENOENT ? -EBADMSG : r;
	if (!has_hash(version))
		return -EBADMSG;
	name_of(version->sha256, "signed", name);
	r = read_below(dir, name, SIGNED_SIZE_MAX, &version->note,
		       &version->note_size);
	return r == -ENOENT ? -EBADMSG : r;
}

int versions_last(const char *state, struct versions_text *ret_version)
{
	struct versions_text version = { .text = NULL };
	OWNED(drop_fd)
	int parent = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	OWNED(drop_fd) int dir = -1;
	int r;

	if (parent < 0)
		return -errno;
	dir = openat(parent, "policies", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	r = read_current(dir, version.sha256);
	if (r == 0)
		r = read_version(dir, &version);
	if (r < 0)
		versions_drop(&version);
	else
		*ret_version = version;
	return r;
}

/* The name of a text, in hex, if a file is one. */
static bool is_text(const char *name, char ret_sha256[NOTICE_SHA256_SIZE])
{
	struct slice rest, hex = slice_cut(slice_of(name), '.', &rest);
	uint8_t hash[crypto_hash_sha256_BYTES];

	if (!slice_is(rest, SLICE("yaml")) ||
	    hex_read(hex, hash, sizeof(hash)) < 0)
		return false;
	hex_text(hash, sizeof(hash), ret_sha256);
	return true;
}

/* Those of an open directory, which is closed. */
static int tell_all(DIR *list,
		    void (*tell)(void *self, uint64_t index,
				 const struct versions_text *version),
		    void *self)
{
	const struct dirent *entry;
	int count = 0;

	while (count < VERSIONS_MAX && (entry = readdir(list))) {
		struct versions_text version = { .text = NULL };

		if (is_text(entry->d_name, version.sha256) &&
		    read_version(dirfd(list), &version) == 0)
			tell(self, (uint64_t)count++, &version);
		versions_drop(&version);
	}
	(void)closedir(list);
	return count;
}

int versions_each(const char *state,
		  void (*tell)(void *self, uint64_t index,
			       const struct versions_text *version),
		  void *self)
{
	OWNED(drop_fd)
	int parent = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	OWNED(drop_fd) int dir = -1;
	DIR *list;

	if (parent < 0)
		return -errno;
	dir = openat(parent, "policies", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	list = fdopendir(dir);
	if (!list)
		return -errno;
	dir = -1; /* the list's now */
	return tell_all(list, tell, self);
}

static int write_below(int dir, const char *name, struct slice text)
{
	OWNED(drop_fd)
	int fd = openat(dir, name,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
			0600);
	int r = fd < 0 ? -errno : file_write_at(fd, text.at, text.size, 0);

	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

int versions_keep(const char *state, const char *sha256, struct slice text,
		  struct slice note)
{
	char name[FILE_NAME_SIZE], line[NOTICE_SHA256_SIZE + 1];
	OWNED(drop_fd) int parent = places_enter(AT_FDCWD, state, 0711);
	OWNED(drop_fd) int dir = -1;
	int r;

	if (parent < 0)
		return parent;
	dir = places_enter(parent, "policies", 0700);
	if (dir < 0)
		return dir;
	name_of(sha256, "yaml", name);
	r = write_below(dir, name, text);
	name_of(sha256, "signed", name);
	if (r == 0)
		r = write_below(dir, name, note);
	(void)snprintf(line, sizeof(line), "%.64s\n", sha256);
	if (r == 0)
		r = write_below(dir, fresh, slice_of(line));
	/* Both are there before one of them is named. */
	if (r == 0 && fsync(dir) < 0)
		r = -errno;
	if (r == 0 && renameat(dir, fresh, dir, current) < 0)
		r = -errno;
	if (r == 0 && (fsync(dir) < 0 || fsync(parent) < 0))
		r = -errno;
	return r;
}
