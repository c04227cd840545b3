/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file limit.h
 * How much one network, one conversation and all together may do.
 *
 * Buckets of tokens in one table of fixed size, in memory and nowhere
 * else: the only place where an address has any effect. What is kept is a
 * keyed hash of the network (/24 of IPv4, /64 of IPv6: whoever has one
 * address of that has them all) and how full its bucket is. Time is a
 * parameter.
 *
 * Many who have one /64 of IPv6 have a whole /48, and so 65536 of them: all
 * of one /48 together may do LIMIT_SITE_NETWORKS times as much as one.
 *
 * The table fails closed: where no place is free for somebody new, who
 * comes new is refused until others are forgotten. A bucket that is full
 * again is forgotten, so an idle network leaves nothing behind.
 */
#ifndef TALLENNE_COUNTER_LIMIT_H
#define TALLENNE_COUNTER_LIMIT_H

#include "base/bytes.h"
#include "base/clock.h"

enum {
	LIMIT_SETS = 4096,
	LIMIT_WAYS = 8, /**< places of one set */
	LIMIT_SITE_NETWORKS = 8,
};

/** What is counted. Each has a bucket of its own for each network. */
enum limit_kind {
	LIMIT_CONNECT, /**< a page, a socket, a feed, a request */
	LIMIT_OPEN,    /**< a conversation is opened */
	LIMIT_FAIL,    /**< a wrong bearer */
	LIMIT_KINDS
};

/** So many at once, and again so many in each span of time. */
struct limit_rate {
	uint32_t count;
	uint32_t span_s; /**< 1 or more */
};

struct limit;

/**
 * @param network  rates of one network, by kind
 * @param all      rates of all networks together, by kind; count 0: no limit
 * @return NULL: no memory
 */
struct limit *limit_new(const struct limit_rate network[LIMIT_KINDS],
			const struct limit_rate all[LIMIT_KINDS]);
void limit_free(struct limit *limit);

/** Names a network; of no use outside this process's life. */
struct limit_who {
	uint64_t hash;
	uint64_t site; /**< of its /48; 0: has none */
};

/** Whose address this is; a text that is none is a network of its own. */
struct limit_who limit_who(const struct limit *limit, struct slice address);

/**
 * Take one of what a network may do.
 *
 * @param now  monotonic
 * @return 0, or in how many milliseconds it may
 */
uint32_t limit_take(struct limit *limit, enum limit_kind kind,
		    struct limit_who who, nanoseconds now);

/** The same without taking: whether it may at all. */
uint32_t limit_look(struct limit *limit, enum limit_kind kind,
		    struct limit_who who, nanoseconds now);

/** A single bucket, for a conversation. */
struct bucket {
	uint32_t used;	  /**< thousandths of a token */
	nanoseconds last; /**< when used was right */
};

/** Take one token; 0, or in how many milliseconds there is one. */
uint32_t bucket_take(struct bucket *bucket, struct limit_rate rate,
		     nanoseconds now);

#endif
