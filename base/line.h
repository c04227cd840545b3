/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file line.h
 * A line between two rooms: whole letters, in order, few descriptors.
 *
 * A line is one end of a SOCK_SEQPACKET pair, so a letter arrives whole or
 * not at all and a reader never has to find where it ends. Letters are
 * plain structs of fixed size without holes; the receiver checks type,
 * version and length before it looks at a single field. A letter that does
 * not fit its struct is a broken or hostile peer, and the receiver's only
 * answer is to end that line (-EBADMSG), never to end itself.
 *
 * A letter never carries a path. What another room shall read or write is
 * sent along as a descriptor.
 */
#ifndef TALLENNE_LINE_H
#define TALLENNE_LINE_H

#include "base/base.h"

enum {
	LETTER_SIZE_MAX = 8192,
	LETTER_FDS_MAX = 4,
	/** Raised whenever any letter of any room changes. */
	LETTER_VERSION = 1,
};

/** First bytes of every letter. */
struct letter {
	uint16_t type;	  /**< room-specific, never 0 */
	uint16_t version; /**< LETTER_VERSION; filled in by line_post() */
	uint32_t size;	  /**< of the whole letter, this head included */
	uint64_t tag;	  /**< chosen by who asks, repeated in the answer */
};

/** Descriptors that travel with a letter. */
struct letter_fds {
	int fd[LETTER_FDS_MAX]; /**< -1 where there is none */
	int count;		/**< how many are filled, from the front */
};

/** No descriptors. */
#define NO_FDS ((struct letter_fds){ { -1, -1, -1, -1 }, 0 })

/** Close what is left in it; for OWNED(). */
void letter_fds_drop(struct letter_fds *fds);

/** Take one descriptor out; -1 if there is none at that place. */
int letter_fds_give(struct letter_fds *fds, int index);

/**
 * Make a line.
 *
 * @param[out] ret_ends  both ends, close-on-exec; the caller owns them
 * @return 0, or the negative errno of socketpair(2)
 */
MUST int line_open(int ret_ends[2]);

/**
 * Make a line one-way: letters go from ends[0] to ends[1], never back.
 *
 * @param ends  both ends of a line, borrowed
 * @return 0, or the negative errno of shutdown(2)
 */
MUST int line_one_way(const int ends[2]);

/**
 * Post one letter.
 *
 * @param end     an end of a line, borrowed
 * @param letter  head of a struct of letter->size bytes; its version is set
 * @param fds     descriptors to send along, borrowed; NULL for none
 * @param wait    whether to block while the other room is behind
 * @return 0, -EAGAIN when wait is false and the line is full, -EPIPE when
 *         the other room is gone, or another negative errno
 */
MUST int line_post(int end, struct letter *letter, const struct letter_fds *fds,
		   bool wait);

/**
 * Take one letter of any type.
 *
 * @param end     an end of a line, borrowed
 * @param letter  room for size bytes; zeroed first, filled on success
 * @param size    room in letter, LETTER_SIZE_MAX at most
 * @param[out] ret_fds  descriptors that came along; the caller owns them;
 *                NULL where none is welcome (any that come are closed)
 * @return 0, -EAGAIN if nothing waits and the end is non-blocking, -EPIPE
 *         at the end, -EBADMSG for a letter that is none, or another
 *         negative errno
 */
MUST int line_take(int end, struct letter *letter, size_t size,
		   struct letter_fds *ret_fds);

/**
 * Ask and wait for the answer with the same tag.
 *
 * For rooms that serve people, where waiting is cheaper than a state. The
 * recording side never waits: it posts, and takes answers in its loop.
 * Letters with other tags that arrive meanwhile are discarded: a line on
 * which one room waits must carry nothing else.
 *
 * @param end         an end of a line, borrowed
 * @param ask         the question; its tag is chosen here
 * @param fds         descriptors to send along, borrowed; NULL for none
 * @param answer      room for answer_size bytes
 * @param answer_type only legal type of the answer
 * @param answer_size only legal size of the answer
 * @param[out] ret_fds  as in line_take()
 * @param wait_ms     how long to wait at most
 * @return 0, -ETIMEDOUT, -EPIPE, -EBADMSG, or another negative errno
 */
MUST int line_ask(int end, struct letter *ask, const struct letter_fds *fds,
		  struct letter *answer, uint16_t answer_type,
		  size_t answer_size, struct letter_fds *ret_fds, int wait_ms);

/** One row of the table of letters that a room takes on a line. */
struct line_rule {
	uint16_t type; /**< which letter */
	uint32_t size; /**< its only legal size */
	/** Take it. 0, or a negative errno that ends the line. */
	int (*take)(void *room, int end, const struct letter *letter,
		    struct letter_fds *fds);
};

/**
 * Take one waiting letter and hand it to its rule.
 *
 * @param end    a non-blocking or readable end, borrowed
 * @param rules  the whole of what may be said on this line
 * @param count  number of rules
 * @param room   handed to the rule
 * @return 0; -EAGAIN if nothing waits; -EPROTO for a letter without a rule
 *         or of a wrong size; what line_take() or the rule returned else.
 *         Anything but 0 and -EAGAIN means: close this line.
 */
MUST int line_serve(int end, const struct line_rule *rules, size_t count,
		    void *room);

#endif
