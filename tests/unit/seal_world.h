/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file seal_world.h
 * A vault's keys for tests: pairs for a few end dates, the key set a
 * recorder would get, and a node's seed. Link seal_open.
 */
#ifndef TALLENNE_TESTS_SEAL_WORLD_H
#define TALLENNE_TESTS_SEAL_WORLD_H

#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "vault/open.h"

enum { SEAL_WORLD_DATES = 3, SEAL_WORLD_PAIRS = 9 };

static const seal_date seal_world_dates[SEAL_WORLD_DATES] = { 20270523,
							      20271123,
							      20281123 };

struct seal_world {
	struct seal_keyset *set;
	struct seal_keyset_entry entry[SEAL_WORLD_PAIRS];
	struct open_pair pair[SEAL_WORLD_PAIRS];
	uint8_t vault_seed[32], node_seed[32];
	uint8_t *file; /* the key set as it stands in its file */
	size_t file_size;
};

static inline struct seal_world seal_world_new(void)
{
	struct seal_world world = { .set = NULL };
	int r = sodium_init(), i = 0;

	assert(r >= 0);
	randombytes_buf(world.vault_seed, sizeof(world.vault_seed));
	randombytes_buf(world.node_seed, sizeof(world.node_seed));
	for (uint32_t c = 1; c < SEAL_CLASSES; c++)
		for (int d = 0; d < SEAL_WORLD_DATES; d++, i++) {
			struct open_pair *pair = &world.pair[i];

			crypto_box_keypair(pair->public, pair->secret);
			world.entry[i].end.data_class = c;
			world.entry[i].end.date = seal_world_dates[d];
			memcpy(world.entry[i].public, pair->public,
			       SEAL_PUBLIC_SIZE);
		}
	r = seal_keyset_make(world.entry, SEAL_WORLD_PAIRS, 1795000000,
			     world.vault_seed, &world.file, &world.file_size);
	assert(r == 0);
	r = seal_keyset_read(world.file, world.file_size, &world.set);
	assert(r == 0);
	return world;
}

static inline void seal_world_free(struct seal_world *world)
{
	seal_keyset_free(world->set);
	free(world->file);
}

/* The pair of an end that stands in the world. */
static inline const struct open_pair *
seal_world_pair(const struct seal_world *world, const struct seal_end *end)
{
	for (int i = 0; i < SEAL_WORLD_PAIRS; i++)
		if (!memcmp(&world->entry[i].end, end, sizeof(*end)))
			return &world->pair[i];
	return NULL;
}

#endif
