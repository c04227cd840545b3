/* SPDX-License-Identifier: EUPL-1.2 */
#include "chat/table.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

void table_init(struct table *table)
{
	memset(table, 0, sizeof(*table));
	for (size_t i = 0; i < TABLE_PLACES; i++)
		table->by_id[i] = table->by_token[i] = table->by_key[i] =
			TABLE_NONE;
}

void table_done(struct table *table)
{
	for (uint32_t i = 0; i < table->used; i++)
		conversation_free(table->place[i]);
	table_init(table);
}

/* Ids are random, and so are hashes: their first bytes choose the bucket. */
static uint32_t bucket(const void *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return number % TABLE_PLACES;
}

int table_add(struct table *table, struct conversation *conversation)
{
	uint32_t place = 0, *head;

	while (place < table->used && table->place[place])
		place++;
	if (place == TABLE_PLACES)
		return -ENOSPC;
	if (place == table->used)
		table->used++;
	table->place[place] = conversation;
	table->count++;

	head = &table->by_id[bucket(&conversation->birth.id)];
	conversation->next_by_id = *head;
	*head = place;
	head = &table->by_token[bucket(conversation->birth.token_hash)];
	conversation->next_by_token = *head;
	*head = place;
	head = &table->by_key[bucket(conversation->birth.key_hash)];
	conversation->next_by_key = *head;
	*head = place;
	return (int)place;
}

void table_remove(struct table *table, uint32_t place)
{
	struct conversation *gone = table->place[place];
	uint32_t *link;

	assert(gone);
	for (link = &table->by_id[bucket(&gone->birth.id)]; *link != place;)
		link = &table->place[*link]->next_by_id;
	*link = gone->next_by_id;
	for (link = &table->by_token[bucket(gone->birth.token_hash)];
	     *link != place;)
		link = &table->place[*link]->next_by_token;
	*link = gone->next_by_token;
	for (link = &table->by_key[bucket(gone->birth.key_hash)];
	     *link != place;)
		link = &table->place[*link]->next_by_key;
	*link = gone->next_by_key;

	table->place[place] = NULL;
	table->count--;
	conversation_free(gone);
}

uint32_t table_by_id(const struct table *table, const struct id *id)
{
	uint32_t place = table->by_id[bucket(id)];

	while (place != TABLE_NONE &&
	       !id_is(&table->place[place]->birth.id, id))
		place = table->place[place]->next_by_id;
	return place;
}

uint32_t table_by_token(const struct table *table,
			const uint8_t token[CHAT_TOKEN_SIZE])
{
	uint8_t hash[CONVERSATION_HASH_SIZE];
	uint32_t place;

	conversation_hash(token, hash);
	place = table->by_token[bucket(hash)];
	while (place != TABLE_NONE &&
	       !bytes_are(table->place[place]->birth.token_hash, hash,
			  sizeof(hash)))
		place = table->place[place]->next_by_token;
	return place;
}

uint32_t table_by_key(const struct table *table,
		      const uint8_t key[CHAT_TOKEN_SIZE])
{
	uint8_t hash[CONVERSATION_HASH_SIZE];
	uint32_t place, found = TABLE_NONE;

	conversation_hash(key, hash);
	/* Two may have been opened with one key, when the former could not
	   be read for a while: the later one is meant. */
	for (place = table->by_key[bucket(hash)]; place != TABLE_NONE;
	     place = table->place[place]->next_by_key)
		if (bytes_are(table->place[place]->birth.key_hash, hash,
			      sizeof(hash)) &&
		    (found == TABLE_NONE ||
		     table->place[place]->birth.born >
			     table->place[found]->birth.born))
			found = place;
	return found;
}
