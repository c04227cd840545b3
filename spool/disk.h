/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file disk.h
 * The hand that writes blocks to the spool, in a process of its own.
 *
 * A disk may stand still for seconds, and RTP does not wait. So media
 * forks this small process at its start: it shares one memory file with
 * media (sealed blocks only, no key, no sound), writes what it is told and
 * answers when it is durable. It never writes or syncs anything twice: the
 * first error is the answer, and what then happens is decided by
 * spool/write.h. Should it die, media does its work itself.
 *
 * If media dies, what was already told is still written, then it ends.
 */
#ifndef TALLENNE_SPOOL_DISK_H
#define TALLENNE_SPOOL_DISK_H

#include "base/line.h"
#include "spool/spool.h"

enum { DISK_PIECES_MAX = 64 };

enum disk_letter {
	DISK_SEGMENT = 1, /**< struct disk_segment, one fd; no answer */
	DISK_WRITE,	  /**< struct disk_write; answered by DISK_DONE */
	DISK_DONE,	  /**< struct disk_done */
};

/** From now on, write to this file. */
struct disk_segment {
	struct letter head;
	uint32_t segment;
	uint32_t reserved;
};

/** A run of blocks that lie together in memory and in the file. */
struct disk_piece {
	uint32_t block; /**< first one, in the memory file */
	uint32_t place; /**< where it goes, in the segment */
	uint32_t count;
};

struct disk_write {
	struct letter head;
	uint32_t segment;
	uint32_t piece_count;
	struct disk_piece pieces[DISK_PIECES_MAX];
};

/** Everything of the job is durable, or nothing is certain. */
struct disk_done {
	struct letter head;
	int32_t result; /**< 0 or the negative errno of the first failure */
	uint32_t segment;
	int64_t took_ns; /**< writing and syncing */
};

/** Memory of blocks, and where they go at present. */
struct disk {
	uint8_t *blocks;      /**< mapped, borrowed */
	uint32_t block_count; /**< blocks in it */
	uint32_t segment;     /**< number of the file, 0: none yet */
	int fd;		      /**< owned, -1: none yet */
};

/** Take a segment to write to, owned from now on; direct if it can be. */
void disk_take(struct disk *disk, uint32_t segment, int fd);

/** Write a job and make it durable; 0 or the first negative errno. */
MUST int disk_write(struct disk *disk, const struct disk_write *job);

/**
 * Start the process. Call before the jail closes and before there is any
 * secret in memory. Every other descriptor is closed in it.
 *
 * @param disk  what it works on
 * @param[out] ret_line  our end of the line to it; the caller owns it
 */
MUST int disk_fork(const struct disk *disk, int *ret_line);

#endif
