/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * How many live connections each address has. An address is kept while it
 * has one, and nowhere else but here.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "http/parts.h"

enum { NETWORK_BYTES = 8, SITE_BYTES = 6, SIX_BYTES = 16 };

/*
 * Whoever has one address of IPv6 has the whole /64 of it, and often a /48;
 * false: it is none.
 */
static bool read_six(struct slice address, struct in6_addr *ret_six)
{
	char text[INET6_ADDRSTRLEN];

	return slice_text(address, text, sizeof(text)) == 0 &&
	       inet_pton(AF_INET6, text, ret_six) == 1 &&
	       !IN6_IS_ADDR_V4MAPPED(ret_six);
}

static struct slice prefix_of(struct in6_addr six, size_t bytes, char mark,
			      char text[INET6_ADDRSTRLEN + 1])
{
	memset(&six.s6_addr[bytes], 0, SIX_BYTES - bytes);
	text[0] = mark;
	(void)inet_ntop(AF_INET6, &six, text + 1, INET6_ADDRSTRLEN);
	return slice_of(text);
}

/* FNV-1a; who chooses addresses to collide gains a longer walk at most. */
static struct peer **bucket_of(struct peers *peers, struct slice address)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < address.size; i++)
		hash = (hash ^ (uint8_t)address.at[i]) * 16777619u;
	return &peers->bucket[hash % PEERS_BUCKETS];
}

static struct peer *take(struct peers *peers, struct slice address,
			 unsigned int limit)
{
	struct peer **bucket, *peer;

	if (address.size >= sizeof(peer->address))
		address.size = sizeof(peer->address) - 1;
	bucket = bucket_of(peers, address);
	for (peer = *bucket; peer; peer = peer->next)
		if (slice_is(slice_of(peer->address), address))
			break;
	if (peer && peer->count >= limit)
		return NULL;
	if (!peer) {
		peer = calloc(1, sizeof(*peer));
		if (!peer)
			return NULL;
		memcpy(peer->address, address.at, address.size);
		peer->next = *bucket;
		*bucket = peer;
	}
	peer->count++;
	return peer;
}

struct peer *peers_take(struct peers *peers, struct slice address,
			unsigned int limit)
{
	char text[INET6_ADDRSTRLEN + 1];
	struct peer *peer, *site;
	struct in6_addr six;

	if (!read_six(address, &six))
		return take(peers, address, limit);
	site = take(peers, prefix_of(six, SITE_BYTES, '/', text),
		    limit * PEERS_SITE_NETWORKS);
	peer = site ? take(peers, prefix_of(six, NETWORK_BYTES, ':', text),
			   limit)
		    : NULL;
	if (peer)
		peer->site = site;
	else
		peers_give(peers, site);
	return peer;
}

void peers_give(struct peers *peers, struct peer *peer)
{
	struct peer **link;

	if (!peer)
		return;
	peers_give(peers, peer->site);
	if (--peer->count > 0)
		return;
	link = bucket_of(peers, slice_of(peer->address));
	while (*link != peer)
		link = &(*link)->next;
	*link = peer->next;
	free(peer);
}
