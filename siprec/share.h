/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file share.h
 * Dividing what all clients use: places of a table, bytes kept.
 *
 * One part of it is split evenly among the configured clients, and nobody
 * else can take what belongs to one; the rest goes to whoever comes first.
 * So one client alone may use nearly all, and one that floods still leaves
 * every other its part.
 *
 * Invariant: what is free is enough for all that was promised and is not
 * yet taken. A reload that brings more clients makes the promises smaller
 * at once; what others hold beyond theirs comes back as it ends.
 */
#ifndef TALLENNE_SIPREC_SHARE_H
#define TALLENNE_SIPREC_SHARE_H

#include "siprec/client.h"

struct share {
	uint64_t room;		    /**< to be divided; set by the owner */
	uint64_t used;		    /**< by all */
	uint64_t held[CLIENTS_MAX]; /**< by each, by its place */
};

/** Take so much for this client; false: it may not have it now. */
bool share_take(struct share *share, const struct clients *clients,
		uint32_t client, uint64_t amount);

/** Give back so much of what this client took. */
void share_give(struct share *share, uint32_t client, uint64_t amount);

#endif
