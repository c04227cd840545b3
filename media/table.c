/* SPDX-License-Identifier: EUPL-1.2 */
#include "media/table.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bytes.h"
#include "media/inlet.h"

enum {
	LARGE_PAGE = 2 << 20,
	/* So many rooms, 5 MB of them, lie on small pages. */
	SMALL_ROOMS = 256,
};

static_assert(SMALL_ROOMS * sizeof(struct call_room) % 4096 == 0,
	      "large pages begin at a page");

/*
 * Names stand apart from the calls, so that looking for one reads 16 bytes
 * a call and not 24 kB.
 */
struct table {
	struct call *calls;	 /* mapped, untouched until used */
	struct call_room *rooms; /* the same */
	uint32_t call_max;
	uint32_t call_count;
	uint32_t high;	  /* places from here on were never used */
	struct id *names; /* zero: free place */
	uint32_t *free;	  /* stack of places */
	uint32_t free_count;

	uint8_t *keys; /* locked */
	uint32_t key_max;
	uint32_t *free_keys;
	uint32_t free_key_count;

	bool is_port[INLET_PORTS];
	/* 0: nobody's; else 1 + place * streams + stream of the pair. */
	uint32_t owner[INLET_PORTS / 2];
	uint32_t next_pair;
};

/*
 * Each packet is another call's: with thousands of them on small pages each
 * is a walk through the page tables. Places from "small" on lie on large
 * ones; the first few need none. Where there are none: dearer, not wrong.
 */
static void *map_places(uint32_t count, size_t size, uint32_t small)
{
	size_t whole = count * size + LARGE_PAGE, front;
	uint8_t *places =
		mmap(NULL, whole, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (places == MAP_FAILED)
		return NULL;
	front = LARGE_PAGE - (uintptr_t)places % LARGE_PAGE;
	(void)munmap(places, front);
	places += front;
	if (count > small)
		(void)madvise(places + small * size, (count - small) * size,
			      MADV_HUGEPAGE);
	return places;
}

static void unmap_places(void *places, uint32_t count, size_t size)
{
	if (places)
		(void)munmap(places, count * size);
}

int table_new(uint32_t calls, uint32_t keys, struct table **ret_table)
{
	struct table *table;

	assert(calls > 0 && calls <= TABLE_CALLS_MAX && keys > calls);
	table = calloc(1, sizeof(*table));
	if (!table)
		return -ENOMEM;
	table->call_max = calls;
	table->key_max = keys;
	table->names = calloc(calls, sizeof(*table->names));
	table->free = calloc(calls, sizeof(*table->free));
	table->free_keys = calloc(keys, sizeof(*table->free_keys));
	table->keys = sodium_allocarray(keys, SEAL_KEY_SIZE);
	table->calls = map_places(calls, sizeof(*table->calls), 0);
	table->rooms = map_places(calls, sizeof(*table->rooms), SMALL_ROOMS);
	/* sodium_malloc() is content without a lock; keys are not. */
	if (!table->names || !table->free || !table->free_keys ||
	    !table->keys || !table->calls || !table->rooms ||
	    sodium_mlock(table->keys, keys * SEAL_KEY_SIZE) < 0) {
		table_free(table);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < calls; i++)
		table->free[i] = calls - 1 - i;
	for (uint32_t i = 0; i < keys; i++)
		table->free_keys[i] = keys - 1 - i;
	table->free_count = calls;
	table->free_key_count = keys;
	*ret_table = table;
	return 0;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (uint32_t i = 0; i < table->high; i++) {
		struct call *call = &table->calls[i];

		for (int s = 0; s < CALL_STREAMS_MAX; s++)
			stream_clear(&call->streams[s]);
		sodium_memzero(call->room, sizeof(*call->room));
		sodium_memzero(call, sizeof(*call));
	}
	unmap_places(table->calls, table->call_max, sizeof(*table->calls));
	unmap_places(table->rooms, table->call_max, sizeof(*table->rooms));
	sodium_free(table->keys); /* wipes */
	free(table->names);
	free(table->free);
	free(table->free_keys);
	free(table);
}

void table_add_port(struct table *table, uint16_t port)
{
	table->is_port[port] = true;
}

static bool is_pair(const struct table *table, uint32_t pair)
{
	return pair > 0 && table->is_port[2 * pair] &&
	       table->is_port[2 * pair + 1];
}

uint32_t table_pairs(const struct table *table)
{
	uint32_t count = 0;

	for (uint32_t pair = 1; pair < INLET_PORTS / 2; pair++)
		count += is_pair(table, pair);
	return count;
}

static uint32_t place_of(const struct table *table, const struct call *call)
{
	return (uint32_t)(call - table->calls);
}

struct call *table_take(struct table *table, const struct id *name,
			uint8_t **ret_key)
{
	uint32_t place;

	if (table->free_count == 0 || table->free_key_count == 0)
		return NULL;
	place = table->free[--table->free_count];
	table->names[place] = *name;
	table->call_count++;
	/* Its first use; freed places are as made already. */
	while (table->high <= place) {
		call_make(&table->calls[table->high],
			  &table->rooms[table->high]);
		table->high++;
	}
	*ret_key = table->keys +
		   (size_t)table->free_keys[--table->free_key_count] *
			   SEAL_KEY_SIZE;
	randombytes_buf(*ret_key, SEAL_KEY_SIZE);
	return &table->calls[place];
}

void table_drop_key(struct table *table, uint8_t *key)
{
	size_t index = (size_t)(key - table->keys) / SEAL_KEY_SIZE;

	assert(index < table->key_max);
	assert(table->free_key_count < table->key_max);
	sodium_memzero(key, SEAL_KEY_SIZE);
	table->free_keys[table->free_key_count++] = (uint32_t)index;
}

void table_give(struct table *table, struct call *call, bool keep_key)
{
	uint32_t place = place_of(table, call);
	uint32_t first = 1 + place * CALL_STREAMS_MAX;

	assert(table->free_count < table->call_max);
	for (uint32_t pair = 1; pair < INLET_PORTS / 2; pair++)
		if (table->owner[pair] >= first &&
		    table->owner[pair] < first + CALL_STREAMS_MAX)
			table->owner[pair] = 0;
	if (!keep_key)
		table_drop_key(table, call->key);
	call->key = NULL;
	call->state = CALL_FREE;
	memset(&table->names[place], 0, sizeof(table->names[place]));
	table->free[table->free_count++] = place;
	table->call_count--;
}

struct call *table_find(const struct table *table, const struct id *name)
{
	if (id_is_none(name))
		return NULL;
	for (uint32_t i = 0; i < table->high; i++)
		if (id_is(&table->names[i], name))
			return &table->calls[i];
	return NULL;
}

struct call *table_find_orphan(const struct table *table,
			       const struct id *contact)
{
	for (uint32_t i = 0; i < table->high; i++) {
		struct call *call = &table->calls[i];

		if (!id_is_none(&table->names[i]) && call->is_orphan &&
		    call->state != CALL_ENDING &&
		    id_is(&call->contact, contact))
			return call;
	}
	return NULL;
}

void table_rename(struct table *table, const struct call *call,
		  const struct id *name)
{
	table->names[place_of(table, call)] = *name;
}

const struct id *table_name(const struct table *table, const struct call *call)
{
	return &table->names[place_of(table, call)];
}

uint16_t table_open_port(struct table *table, const struct call *call,
			 uint32_t place, uint16_t wished)
{
	uint32_t owner = 1 + place_of(table, call) * CALL_STREAMS_MAX + place;
	uint32_t pair = wished / 2;

	if (wished % 2 == 0 && is_pair(table, pair) &&
	    table->owner[pair] == 0) {
		table->owner[pair] = owner;
		return wished;
	}
	for (uint32_t i = 0; i < INLET_PORTS / 2; i++) {
		pair = (table->next_pair + i) % (INLET_PORTS / 2);
		if (!is_pair(table, pair) || table->owner[pair] != 0)
			continue;
		table->next_pair = pair + 1;
		table->owner[pair] = owner;
		return (uint16_t)(2 * pair);
	}
	return 0;
}

void table_close_port(struct table *table, uint16_t port)
{
	table->owner[port / 2] = 0;
}

struct call *table_at_port(struct table *table, uint16_t port,
			   uint32_t *ret_place, bool *ret_is_control)
{
	uint32_t owner = table->owner[port / 2];

	if (owner == 0)
		return NULL;
	*ret_place = (owner - 1) % CALL_STREAMS_MAX;
	*ret_is_control = port % 2;
	return &table->calls[(owner - 1) / CALL_STREAMS_MAX];
}

uint32_t table_count(const struct table *table)
{
	return table->call_count;
}

struct call *table_next(const struct table *table, const struct call *call)
{
	uint32_t i = call ? place_of(table, call) + 1 : 0;

	for (; i < table->high; i++)
		if (!id_is_none(&table->names[i]))
			return &table->calls[i];
	return NULL;
}
