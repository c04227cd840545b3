/* SPDX-License-Identifier: EUPL-1.2 */
#include "media/ended.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"

struct entry {
	struct id contact;
	struct id call;
	uint64_t number;
	uint32_t segment;
	struct seal_end end;
	uint32_t reason;
	nanoseconds answered_at;
	nanoseconds ended_at;
	uint64_t block_count;
	uint64_t first_turn, last_turn;
	uint8_t *key;		/* in the table's locked memory */
	nanoseconds not_before; /* monotonic */
	bool is_asked;
};

/* A ring, oldest first; entries in the middle that are done have no key. */
struct ended {
	struct table *table;
	struct entry *entries;
	uint32_t max, from, used;
	uint32_t count; /* of those with a key */
	uint32_t asked;
	uint64_t let_go;
	bool changed;
};

int ended_new(uint32_t max, struct table *table, struct ended **ret_ended)
{
	struct ended *ended = calloc(1, sizeof(*ended));

	assert(max > 0);
	if (!ended)
		return -ENOMEM;
	ended->table = table;
	ended->max = max;
	ended->entries = calloc(max, sizeof(*ended->entries));
	if (!ended->entries) {
		free(ended);
		return -ENOMEM;
	}
	*ret_ended = ended;
	return 0;
}

static struct entry *nth(const struct ended *ended, uint32_t index)
{
	return &ended->entries[(ended->from + index) % ended->max];
}

static void drop(struct ended *ended, struct entry *entry)
{
	if (entry->is_asked)
		ended->asked--;
	entry->is_asked = false;
	table_drop_key(ended->table, entry->key);
	entry->key = NULL;
	ended->count--;
	ended->changed = true;
	while (ended->used > 0 && !nth(ended, 0)->key) {
		ended->from = (ended->from + 1) % ended->max;
		ended->used--;
	}
}

void ended_free(struct ended *ended)
{
	if (!ended)
		return;
	while (ended->used > 0)
		drop(ended, nth(ended, 0));
	free(ended->entries);
	free(ended);
}

void ended_enter(struct ended *ended, const struct call *call)
{
	if (ended->used == ended->max) {
		drop(ended, nth(ended, 0));
		ended->let_go++;
	}
	*nth(ended, ended->used++) = (struct entry){
		.contact = call->contact,
		.call = call->name,
		.number = call->number,
		.segment = call->segment,
		.end = call->end,
		.reason = call->reason,
		.answered_at = call->zero_wall,
		.ended_at = call->ended_wall,
		.block_count = call->block_count,
		.first_turn = call->first_turn,
		.last_turn = call->last_turn,
		.key = call->key,
	};
	ended->count++;
	ended->changed = true;
}

static int ask(const struct entry *entry, const struct spool_log *log, int line)
{
	struct finish_call letter = {
		.head = { .type = FINISH_CALL, .size = sizeof(letter) },
		.contact = entry->contact,
		.call = entry->call,
		.number = entry->number,
		.segment = entry->segment,
		.end = entry->end,
		.reason = entry->reason,
		.answered_at = entry->answered_at,
		.ended_at = entry->ended_at,
		.chunk_count = entry->block_count,
	};
	int r;

	r = spool_log_place(log, entry->last_turn, &letter.last.segment,
			    &letter.last.block);
	assert(r == 0); /* needed segments are never given away */
	memcpy(letter.key, entry->key, sizeof(letter.key));
	r = line_post(line, &letter.head, NULL, false);
	sodium_memzero(letter.key, sizeof(letter.key));
	return r;
}

int ended_ask(struct ended *ended, const struct spool_log *log, int line)
{
	nanoseconds now = clock_monotonic();

	if (line < 0 || ended->count == ended->asked)
		return 0;
	for (uint32_t i = 0; i < ended->used; i++) {
		struct entry *entry = nth(ended, i);
		int r;

		if (ended->asked == ENDED_ASKED_MAX)
			return 0;
		if (!entry->key || entry->is_asked || now < entry->not_before ||
		    entry->last_turn > spool_log_durable(log))
			continue;
		r = ask(entry, log, line);
		if (r == -EAGAIN)
			return 0;
		if (r < 0)
			return r;
		entry->is_asked = true;
		ended->asked++;
	}
	return 0;
}

void ended_forget_asked(struct ended *ended)
{
	for (uint32_t i = 0; i < ended->used; i++)
		nth(ended, i)->is_asked = false;
	ended->asked = 0;
}

void ended_take(struct ended *ended, const struct finish_done *done)
{
	for (uint32_t i = 0; i < ended->used; i++) {
		struct entry *entry = nth(ended, i);

		if (!entry->key || !entry->is_asked ||
		    !id_is(&entry->call, &done->call))
			continue;
		if (done->result != -EAGAIN) {
			drop(ended, entry);
			return;
		}
		entry->is_asked = false;
		ended->asked--;
		entry->not_before =
			clock_monotonic() + ENDED_RETRY_MS * NS_PER_MS;
		return;
	}
}

void ended_need(const struct ended *ended, struct spool_log *log)
{
	for (uint32_t i = 0; i < ended->used; i++) {
		const struct entry *entry = nth(ended, i);

		if (entry->key)
			spool_log_need(log, entry->first_turn,
				       entry->last_turn);
	}
}

uint32_t ended_count(const struct ended *ended)
{
	return ended->count;
}

uint64_t ended_let_go(const struct ended *ended)
{
	return ended->let_go;
}

bool ended_changed(struct ended *ended)
{
	bool changed = ended->changed;

	ended->changed = false;
	return changed;
}
