/* SPDX-License-Identifier: EUPL-1.2 */
#include "house/anchor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "house/places.h"

#define PLACE "checkpoints"
#define FRESH "fresh"

enum { NAME_SIZE = 16 }; /* "20261130.txt" */

/* Three lines, an empty one, a signature: text that a page can show. */
static bool is_checkpoint(struct slice text)
{
	static const char dash[] = "\xe2\x80\x94 ";
	struct slice rest = text;

	for (int i = 0; i < 3; i++)
		if (slice_cut(rest, '\n', &rest).size == 0)
			return false;
	if (slice_cut(rest, '\n', &rest).size != 0 ||
	    rest.size < sizeof(dash) ||
	    memcmp(rest.at, dash, sizeof(dash) - 1) != 0)
		return false;
	for (size_t i = 0; i < text.size; i++)
		if ((uint8_t)text.at[i] < ' ' && text.at[i] != '\n')
			return false;
	return text.at[text.size - 1] == '\n';
}

static int read_one(int fd, char **ret_text, size_t *ret_size)
{
	int r = file_read(fd, ANCHOR_SIZE_MAX, ret_text, ret_size);

	if (r < 0)
		return r == -EFBIG ? -EBADMSG : r;
	return is_checkpoint((struct slice){ *ret_text, *ret_size }) ? 0
								     : -EBADMSG;
}

/* One of that day is replaced as a whole: never is there a part of one. */
static int put(int dir, uint32_t day, struct slice text)
{
	char name[NAME_SIZE];
	OWNED(drop_fd)
	int fd = openat(dir, FRESH,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
			0644);
	/* For any program that sends it, whatever the umask. */
	int r = fd < 0 || fchmod(fd, 0644) < 0
			? -errno
			: file_write_at(fd, text.at, text.size, 0);

	(void)snprintf(name, sizeof(name), "%08u.txt", day % 100000000);
	if (r == 0 && (fsync(fd) < 0 || renameat(dir, FRESH, dir, name) < 0 ||
		       fsync(dir) < 0))
		r = -errno;
	return r;
}

int anchor_keep(int state, int fd, uint32_t day)
{
	OWNED(drop_memory) char *text = NULL;
	OWNED(drop_fd) int dir = -1;
	size_t size;
	int r = read_one(fd, &text, &size);

	if (r < 0)
		return r;
	dir = places_enter(state, PLACE, 0755);
	if (dir >= 0 && fchmod(dir, 0755) < 0)
		return -errno;
	return dir < 0 ? dir : put(dir, day, (struct slice){ text, size });
}

static bool is_day(const char *name)
{
	return strlen(name) == 12 && strspn(name, "0123456789") == 8 &&
	       strcmp(name + 8, ".txt") == 0;
}

/* The name of the latest day; empty if there is none. */
static int find_last(int dir, char ret_name[NAME_SIZE])
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again < 0 ? NULL : fdopendir(again);
	const struct dirent *entry;

	ret_name[0] = '\0';
	if (!list) {
		drop_fd(&again);
		return -errno;
	}
	while ((entry = readdir(list)))
		if (is_day(entry->d_name) &&
		    strcmp(entry->d_name, ret_name) > 0)
			memcpy(ret_name, entry->d_name, 13);
	(void)closedir(list);
	return ret_name[0] ? 0 : -ENOENT;
}

int anchor_last(int state)
{
	OWNED(drop_fd)
	int dir = openat(state, PLACE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	OWNED(drop_memory) char *text = NULL;
	OWNED(drop_fd) int fd = -1;
	char name[NAME_SIZE];
	size_t size;
	int r = dir < 0 ? -errno : find_last(dir, name);

	if (r < 0)
		return r;
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	r = fd < 0 ? -errno : read_one(fd, &text, &size);
	return r < 0 ? r : file_of("checkpoint", text, size);
}
