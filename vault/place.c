/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"

enum { NAME_MAX_SIZE = 40 };

int place_write(int dir, const char *name, const void *bytes, size_t size)
{
	OWNED(drop_fd) int fd = -1;
	char new_name[NAME_MAX_SIZE];
	int r;

	r = snprintf(new_name, sizeof(new_name), "%s.new", name);
	assert(r > 0 && r < NAME_MAX_SIZE);
	fd = openat(dir, new_name,
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (fd < 0)
		return -errno;
	r = file_write_at(fd, bytes, size, 0);
	if (r < 0)
		return r;
	if (fsync(fd) < 0 || renameat(dir, new_name, dir, name) < 0 ||
	    fsync(dir) < 0)
		return -errno;
	return 0;
}

static void overwrite(int fd)
{
	static const uint8_t zeros[4096];
	struct stat about;

	if (fstat(fd, &about) < 0)
		return;
	for (int64_t at = 0; at < about.st_size; at += sizeof(zeros))
		if (file_write_at(fd, zeros, sizeof(zeros), at) < 0)
			return;
	(void)fdatasync(fd);
}

int place_write_over(int dir, const char *name, const void *bytes, size_t size)
{
	OWNED(drop_fd)
	int old = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	int r = place_write(dir, name, bytes, size);

	if (r == 0 && old >= 0)
		overwrite(old);
	return r;
}

int place_read(int dir, const char *name, size_t max, char **ret_bytes,
	       size_t *ret_size)
{
	OWNED(drop_fd)
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -errno;
	return file_read(fd, max, ret_bytes, ret_size);
}

int place_put(int fd, const void *bytes, size_t size)
{
	int flags = fcntl(fd, F_GETFL);
	ssize_t put;

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -EBADF;
	do
		put = write(fd, bytes, size);
	while (put < 0 && errno == EINTR);
	if (put < 0)
		return -errno;
	return (size_t)put == size ? 0 : -EAGAIN;
}
