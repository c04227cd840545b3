/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file visitor.h
 * Somebody who waits in the demo's queue.
 *
 * A conversation over the public pages, by events and POST as written in
 * docs/protocol-chat.md, with nothing that a browser could not do. When an
 * agent writes, the visitor types for a while and answers, a few times.
 */
#ifndef TALLENNE_CLI_DEMO_VISITOR_H
#define TALLENNE_CLI_DEMO_VISITOR_H

#include "base/clock.h"
#include "cli/text.h"

enum { VISITOR_ADDRESS_SIZE = 64, VISITOR_TOKEN_SIZE = 32 };

struct visitor {
	char address[VISITOR_ADDRESS_SIZE]; /**< of the public pages */
	char token[VISITOR_TOKEN_SIZE];	    /**< the bearer */
	int events;			    /**< the stream of events, or -1 */
	struct text line;		    /**< of it, what has come so far */
	uint64_t last;	   /**< number of the last event seen */
	size_t said;	   /**< how many lines */
	nanoseconds due;   /**< when the next one is said, or 0 */
	nanoseconds again; /**< not before then for another stream */
	bool is_over;
};

/**
 * Come: open a conversation and say the first line.
 *
 * @param address  of the public pages, as address:port
 * @return 0; -EPROTO: the pages answered something else than promised; or
 *         another negative errno. visitor_leave() is due in any case
 */
MUST int visitor_come(struct visitor *visitor, const char *address);

/** Hear what came, answer what is due. Call now and then, and whenever
    visitor->events can be read. */
void visitor_stay(struct visitor *visitor);

/** Go without a word. */
void visitor_leave(struct visitor *visitor);

#endif
