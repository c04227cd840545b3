/* SPDX-License-Identifier: EUPL-1.2 */
#include "finish/segments.h"

#include <errno.h>
#include <sys/stat.h>

static struct spool_segment *find(struct segments *segments, uint32_t number)
{
	for (size_t i = 0; i < segments->count; i++)
		if (segments->segment[i].number == number)
			return &segments->segment[i];
	return NULL;
}

int segments_take(struct segments *segments, uint64_t number, int fd)
{
	OWNED(drop_fd) int taken = fd;
	struct spool_segment *segment;

	if (number == 0 || number > UINT32_MAX)
		return -EINVAL;
	segment = find(segments, (uint32_t)number);
	if (segment) {
		drop_fd(&segment->fd);
	} else {
		if (segments->count == SEGMENTS_MAX)
			return -ENOSPC;
		segment = &segments->segment[segments->count++];
		segment->number = (uint32_t)number;
	}
	segment->fd = GIVE_FD(taken);
	return 0;
}

const struct spool_segment *segments_find(const struct segments *segments,
					  uint32_t number)
{
	for (size_t i = 0; i < segments->count; i++)
		if (segments->segment[i].number == number)
			return &segments->segment[i];
	return NULL;
}

void segments_drop(struct segments *segments, uint32_t number)
{
	struct spool_segment *segment = find(segments, number);

	if (!segment)
		return;
	drop_fd(&segment->fd);
	*segment = segments->segment[--segments->count];
}

void segments_sweep(struct segments *segments)
{
	for (size_t i = segments->count; i-- > 0;) {
		struct stat is;

		if (fstat(segments->segment[i].fd, &is) == 0 && is.st_nlink > 0)
			continue;
		drop_fd(&segments->segment[i].fd);
		segments->segment[i] = segments->segment[--segments->count];
	}
}

void segments_done(struct segments *segments)
{
	for (size_t i = 0; i < segments->count; i++)
		drop_fd(&segments->segment[i].fd);
	segments->count = 0;
}
