/* SPDX-License-Identifier: EUPL-1.2 */
#include "spool/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/jail.h"

enum { CHILD_LINE_FD = 3 };

void disk_take(struct disk *disk, uint32_t segment, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	drop_fd(&disk->fd);
	disk->fd = fd;
	disk->segment = segment;
	/* Past the page cache a sync takes 0.2 ms instead of 4. Where the
	 * file system has no such way, the ordinary one is as correct. */
	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags | O_DIRECT);
}

static int write_piece(const struct disk *disk, const struct disk_piece *piece)
{
	const uint8_t *at =
		disk->blocks + (size_t)piece->block * SPOOL_BLOCK_SIZE;
	size_t left = (size_t)piece->count * SPOOL_BLOCK_SIZE;
	off_t offset = (off_t)piece->place * SPOOL_BLOCK_SIZE;

	while (left > 0) {
		ssize_t n = pwrite(disk->fd, at, left, offset);
		int flags;

		if (n < 0 && errno == EINTR)
			continue;
		flags = fcntl(disk->fd, F_GETFL);
		if (n < 0 && errno == EINVAL && flags >= 0 &&
		    (flags & O_DIRECT)) {
			/* Refused before it began: not a failed write. */
			if (fcntl(disk->fd, F_SETFL, flags & ~O_DIRECT) < 0)
				return -errno;
			continue;
		}
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ENOSPC;
		/* A short write may leave an odd offset: no more O_DIRECT. */
		if (n % SPOOL_BLOCK_SIZE &&
		    fcntl(disk->fd, F_SETFL, flags & ~O_DIRECT) < 0)
			return -errno;
		at += n;
		left -= (size_t)n;
		offset += n;
	}
	return 0;
}

int disk_write(struct disk *disk, const struct disk_write *job)
{
	if (disk->fd < 0 || job->segment != disk->segment ||
	    job->piece_count > DISK_PIECES_MAX)
		return -EPROTO;
	for (uint32_t i = 0; i < job->piece_count; i++) {
		const struct disk_piece *piece = &job->pieces[i];
		int r;

		if (piece->count > disk->block_count ||
		    piece->block > disk->block_count - piece->count)
			return -EPROTO;
		r = write_piece(disk, piece);
		if (r < 0)
			return r;
	}
	if (fdatasync(disk->fd) < 0)
		return -errno;
	return 0;
}

static int take_segment(void *self, int end, const struct letter *head,
			struct letter_fds *fds)
{
	const struct disk_segment *letter = (const void *)head;
	struct disk *disk = self;
	int fd = letter_fds_give(fds, 0);

	(void)end;
	if (fd < 0)
		return -EPROTO;
	disk_take(disk, letter->segment, fd);
	return 0;
}

static int take_write(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	const struct disk_write *job = (const void *)head;
	struct disk *disk = self;
	nanoseconds began = clock_monotonic();
	struct disk_done done = {
		.head = { .type = DISK_DONE,
			  .size = sizeof(done),
			  .tag = head->tag },
		.segment = job->segment,
	};

	(void)fds;
	done.result = disk_write(disk, job);
	done.took_ns = clock_monotonic() - began;
	return line_post(end, &done.head, NULL, true);
}

static const struct line_rule rules[] = {
	{ DISK_SEGMENT, sizeof(struct disk_segment), take_segment },
	{ DISK_WRITE, sizeof(struct disk_write), take_write },
};

/* The whole life of the process. The line is blocking here. */
static int work(struct disk *disk, int line)
{
	const struct jail nothing_more = { 0 };
	int r = jail_enter(&nothing_more);

	while (r == 0 || r == -EAGAIN) {
		struct pollfd ready = { .fd = line, .events = POLLIN };

		if (poll(&ready, 1, -1) > 0)
			r = line_serve(line, rules, COUNT(rules), disk);
	}
	return r == -EPIPE ? EXIT_SUCCESS : EXIT_FAILURE;
}

int disk_fork(const struct disk *disk, int *ret_line)
{
	struct disk own = *disk;
	int ends[2];
	pid_t pid;
	int r;

	r = line_open(ends);
	if (r < 0)
		return r;
	pid = fork();
	if (pid < 0) {
		r = -errno;
		drop_fd(&ends[0]);
		drop_fd(&ends[1]);
		return r;
	}
	if (pid == 0) {
		/* Nothing of media's may stay open here: a line that has one
		 * more holder never ends. */
		if (dup2(ends[1], CHILD_LINE_FD) < 0 ||
		    syscall(SYS_close_range, CHILD_LINE_FD + 1, ~0U, 0) < 0)
			_exit(EXIT_FAILURE);
		own.fd = -1;
		(void)prctl(PR_SET_NAME, "tallenne-disk");
		(void)signal(SIGTERM, SIG_IGN); /* ends with media, after it */
		_exit(work(&own, CHILD_LINE_FD));
	}
	(void)close(ends[1]);
	*ret_line = ends[0];
	return 0;
}
