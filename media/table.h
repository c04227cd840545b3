/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file table.h
 * All calls of this process in fixed places, the ports they listen on, and
 * the locked memory of their keys.
 *
 * A place costs nothing until it is used. Ports are given in pairs, RTP on
 * the even one and RTCP above it, each time the next free pair, so a port
 * rests as long as it can before another call gets it.
 */
#ifndef TALLENNE_MEDIA_TABLE_H
#define TALLENNE_MEDIA_TABLE_H

#include "media/call.h"

enum { TABLE_CALLS_MAX = 16384 };

struct table;

/**
 * Make a table.
 *
 * @param calls  places for calls, 1 to TABLE_CALLS_MAX
 * @param keys   places for keys, more than calls: an ended call's key is
 *               kept until finish has used it
 * @return 0, or -ENOMEM, also if memory cannot be locked
 */
MUST int table_new(uint32_t calls, uint32_t keys, struct table **ret_table);

/** Wipe and free it; accepts NULL. */
void table_free(struct table *table);

/** A port can be used; those whose neighbour cannot be are of no use. */
void table_add_port(struct table *table, uint16_t port);

/** How many pairs of ports there are, in use or not. */
uint32_t table_pairs(const struct table *table);

/** A free place with a fresh random key, known by this id; or NULL. */
struct call *table_take(struct table *table, const struct id *name,
			uint8_t **ret_key);

/**
 * Free a place: its ports, its name. The call was cleared before.
 *
 * @param keep_key  the key lives on; table_drop_key() ends it
 */
void table_give(struct table *table, struct call *call, bool keep_key);

/** Wipe a key and free its place. */
void table_drop_key(struct table *table, uint8_t *key);

/** The call with this id, whatever its state, or NULL. */
struct call *table_find(const struct table *table, const struct id *name);

/** A call of this contact whose siprec process is gone, or NULL. */
struct call *table_find_orphan(const struct table *table,
			       const struct id *contact);

/** Know the call by another id from now on. */
void table_rename(struct table *table, const struct call *call,
		  const struct id *name);

/** The id it is known by, which is not always that in the spool. */
const struct id *table_name(const struct table *table, const struct call *call);

/**
 * Give a stream a pair of ports.
 *
 * @param wished  RTP port to be given if it is free, or 0
 * @return the RTP port, 0 if there is none
 */
uint16_t table_open_port(struct table *table, const struct call *call,
			 uint32_t place, uint16_t wished);

void table_close_port(struct table *table, uint16_t port);

/** Whose port it is; NULL if nobody's. */
struct call *table_at_port(struct table *table, uint16_t port,
			   uint32_t *ret_place, bool *ret_is_control);

/** How many calls there are. */
uint32_t table_count(const struct table *table);

/** Every call in turn: start with NULL; NULL after the last. */
struct call *table_next(const struct table *table, const struct call *call);

#endif
