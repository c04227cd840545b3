/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file segments.h
 * The spool segments that the house showed, to read.
 *
 * Owns their descriptors, and gives one up when its file was removed:
 * nothing tells finish when that happens, so it looks.
 */
#ifndef TALLENNE_FINISH_SEGMENTS_H
#define TALLENNE_FINISH_SEGMENTS_H

#include "spool/read.h"

enum { SEGMENTS_MAX = 4096 };

struct segments {
	size_t count;
	struct spool_segment segment[SEGMENTS_MAX];
};

/**
 * Take a segment; a number that is known gets the new descriptor.
 *
 * @param fd  owned from now on, also on failure
 * @return 0, -EINVAL for number 0, -ENOSPC beyond SEGMENTS_MAX
 */
MUST int segments_take(struct segments *segments, uint64_t number, int fd);

/** The segment of a number, or NULL. */
const struct spool_segment *segments_find(const struct segments *segments,
					  uint32_t number);

/** Close one. */
void segments_drop(struct segments *segments, uint32_t number);

/** Close those whose files are gone. */
void segments_sweep(struct segments *segments);

void segments_done(struct segments *segments);

#endif
