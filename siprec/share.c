/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/share.h"

/* What each client has for itself. */
static uint64_t own_part(const struct share *share,
			 const struct clients *clients)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < clients->count; i++)
		count += clients->client[i].key != 0;
	return count > 0 ? share->room / SHARE_PROMISED / count : 0;
}

/* What must stay free because it belongs to others. */
static uint64_t promised(const struct share *share,
			 const struct clients *clients, uint32_t client,
			 uint64_t own)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < clients->count; i++)
		if (i != client && clients->client[i].key != 0 &&
		    share->held[i] < own)
			sum += own - share->held[i];
	return sum;
}

bool share_take(struct share *share, const struct clients *clients,
		uint32_t client, uint64_t amount)
{
	uint64_t own = own_part(share, clients);
	uint64_t left = share->room - share->used;

	assert(client < CLIENTS_MAX);
	if (amount > left)
		return false;
	if (share->held[client] + amount > own &&
	    amount + promised(share, clients, client, own) > left)
		return false;
	share->held[client] += amount;
	share->used += amount;
	return true;
}

void share_give(struct share *share, uint32_t client, uint64_t amount)
{
	assert(client < CLIENTS_MAX);
	assert(share->held[client] >= amount && share->used >= amount);
	share->held[client] -= amount;
	share->used -= amount;
}
