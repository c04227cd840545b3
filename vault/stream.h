/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file stream.h
 * Pouring opened content into pipes, many at a time, never waiting.
 *
 * A stream opens one frame when there is room for it in the pipe, so that
 * no more than one frame of each lies open in memory. It ends when all is
 * poured, when nobody reads for too long, when a frame is not what it
 * should be, or when the vault is locked; the reader knows how much it
 * should get and so knows which.
 */
#ifndef TALLENNE_VAULT_STREAM_H
#define TALLENNE_VAULT_STREAM_H

#include "base/loop.h"
#include "vault/open.h"
#include "vault/volume.h"

enum {
	STREAMS_MAX = 64,
	/** A stream gives way to others after so many bytes. */
	STREAM_TURN_SIZE = 1 << 18,
};

struct streams;

struct stream {
	struct streams *all;	    /**< NULL: free */
	int out;		    /**< owned */
	int in;			    /**< object or file, owned, or -1 */
	struct open_object *object; /**< or "log"; neither: "in" is copied */
	struct volume_reader *log;
	uint64_t at, end;
	const uint8_t *ready; /**< opened, not yet written */
	size_t ready_size;
	uint64_t seq; /**< of the entry that allowed it */
	nanoseconds moved_at;
	int timer;  /**< where "out" is a file, which is always ready */
	char *text; /**< buffer for lines of the log or a file */
};

struct streams {
	struct loop *loop;
	int wait_s; /**< without progress */
	/** Told when a stream ended early because its object is damaged. */
	void (*damaged)(void *self, uint64_t seq);
	void *self;
	struct stream stream[STREAMS_MAX];
};

/** How many run. */
int streams_count(const struct streams *streams);

/**
 * Pour content.
 *
 * @param out     pipe, socket or file; owned from now on, also on error
 * @param in      the object's descriptor; owned, as above
 * @param object  owned, as above
 * @param at      first byte of content
 * @param end     one after the last, at most open_object_size()
 * @param seq     number of the audit entry
 * @return 0, -EBUSY when STREAMS_MAX run, or errno
 */
MUST int streams_pour(struct streams *streams, int out, int in,
		      struct open_object *object, uint64_t at, uint64_t end,
		      uint64_t seq);

/** Copy the first "size" bytes of a file; otherwise the same. */
MUST int streams_copy(struct streams *streams, int out, int in, uint64_t size);

/** Pour the log as JSON lines; the reader is owned, otherwise the same. */
MUST int streams_pour_log(struct streams *streams, int out,
			  struct volume_reader *log);

/** End those that nobody reads; call every few seconds. */
void streams_tick(struct streams *streams);

/** End all. */
void streams_end(struct streams *streams);

#endif
