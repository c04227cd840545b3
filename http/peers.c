/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * How many live connections each address has. An address is kept while it
 * has one, and nowhere else but here.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "http/parts.h"

/* Whoever has one address of IPv6 has the whole /64 of it. */
static struct slice network_of(struct slice address,
			       char text[INET6_ADDRSTRLEN])
{
	struct in6_addr six;

	if (slice_text(address, text, INET6_ADDRSTRLEN) < 0 ||
	    inet_pton(AF_INET6, text, &six) != 1 || IN6_IS_ADDR_V4MAPPED(&six))
		return address;
	memset(&six.s6_addr[8], 0, 8);
	(void)inet_ntop(AF_INET6, &six, text, INET6_ADDRSTRLEN);
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

struct peer *peers_take(struct peers *peers, struct slice address,
			unsigned int limit)
{
	struct peer **bucket, *peer;
	char text[INET6_ADDRSTRLEN];

	address = network_of(address, text);
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

void peers_give(struct peers *peers, struct peer *peer)
{
	struct peer **link;

	if (!peer || --peer->count > 0)
		return;
	link = bucket_of(peers, slice_of(peer->address));
	while (*link != peer)
		link = &(*link)->next;
	*link = peer->next;
	free(peer);
}
