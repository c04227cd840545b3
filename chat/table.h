/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file table.h
 * All conversations, found by id, by bearer and by open key.
 *
 * Bearers and keys are looked up by their hashes, so the time a look-up
 * takes tells nothing about how near a guess was. Places are numbers from
 * 0 on that stay while a conversation lives.
 */
#ifndef TALLENNE_CHAT_TABLE_H
#define TALLENNE_CHAT_TABLE_H

#include "chat/conversation.h"

enum {
	/** Twice what may be opened: what a crash left joins the new ones. */
	TABLE_PLACES = 2 * CHAT_CONVERSATIONS_MAX,
	TABLE_NONE = UINT32_MAX,
};

struct table {
	struct conversation *place[TABLE_PLACES];
	uint32_t by_id[TABLE_PLACES];
	uint32_t by_token[TABLE_PLACES];
	uint32_t by_key[TABLE_PLACES];
	uint32_t count;
	uint32_t used; /**< places from here on were never taken */
};

void table_init(struct table *table);
/** Frees all conversations. */
void table_done(struct table *table);

/**
 * Take a conversation in; the table owns it from now on.
 *
 * @return its place, or -ENOSPC: then it is still the caller's
 */
MUST int table_add(struct table *table, struct conversation *conversation);

/** Remove and free the one at this place. */
void table_remove(struct table *table, uint32_t place);

/** Its place; TABLE_NONE if there is none. */
uint32_t table_by_id(const struct table *table, const struct id *id);
uint32_t table_by_token(const struct table *table,
			const uint8_t token[CHAT_TOKEN_SIZE]);
uint32_t table_by_key(const struct table *table,
		      const uint8_t key[CHAT_TOKEN_SIZE]);

#endif
