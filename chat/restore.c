/* SPDX-License-Identifier: EUPL-1.2 */
/* Into the journal as a whole, and back from it. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "chat/deed.h"
#include "chat/record.h"

static int put(struct hall *hall, const struct record *record)
{
	uint8_t bytes[RECORD_SIZE_MAX];
	size_t size = record_write(record, bytes);
	int r = journal_put(hall->journal, bytes, size);

	sodium_memzero(bytes, sizeof(bytes));
	return r;
}

static int put_events(struct hall *hall, const struct id *id,
		      const struct events *events)
{
	struct record record = { .kind = RECORD_EVENT, .id = *id };
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < events->count; i++) {
		memcpy(&record.event, events->event[i], sizeof(record.event));
		record.text = events->event[i]->text;
		record.seq = i + 1;
		r = put(hall, &record);
	}
	return r;
}

int deed_put_whole(struct hall *hall, const struct conversation *conversation)
{
	const struct id *id = &conversation->birth.id;
	const struct record birth = {
		.kind = RECORD_BIRTH,
		.id = *id,
		.birth = conversation->birth,
	};
	const struct record mark = {
		.kind = RECORD_MARK,
		.id = *id,
		.flags = conversation->recovered,
	};
	int r = put(hall, &birth);

	/* A note needs a conversation that is not over: notes first. */
	if (r == 0)
		r = put_events(hall, id, &conversation->notes);
	if (r == 0)
		r = put_events(hall, id, &conversation->events);
	if (r == 0 && conversation->recovered)
		r = put(hall, &mark);
	return r;
}

int deed_put_all(void *self)
{
	struct hall *hall = self;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < AGENTS_MAX; i++) {
		const struct agent *agent = &hall->agents.agent[i];
		struct record record = { .kind = RECORD_AGENT,
					 .presence = agent->wish };

		if (agent->id[0] == '\0')
			continue;
		memcpy(record.agent, agent->id, sizeof(record.agent));
		memcpy(record.name, agent->name, sizeof(record.name));
		r = put(hall, &record);
	}
	for (uint32_t i = 0; r == 0 && i < hall->table.used; i++)
		if (hall->table.place[i] && !hall->table.place[i]->is_forgotten)
			r = deed_put_whole(hall, hall->table.place[i]);
	return r;
}

/* ---- reading ---- */

static void read_birth(struct hall *hall, const struct record *record)
{
	uint32_t place = table_by_id(&hall->table, &record->id);
	struct conversation *conversation;

	/* It comes again whole, from an older file or in a later write. */
	if (place != TABLE_NONE)
		table_remove(&hall->table, place);
	conversation = conversation_new(&record->birth);
	if (!conversation || table_add(&hall->table, conversation) < 0) {
		conversation_free(conversation);
		counter_add(hall->count.lost, 1);
		log_error("journal", "a conversation found no place");
		return;
	}
	conversation->is_loaded = true;
	if (record->birth.born > hall->born)
		hall->born = record->birth.born;
}

static void read_event(struct hall *hall, const struct record *record)
{
	uint32_t place = table_by_id(&hall->table, &record->id);
	struct conversation *conversation = hall_at(hall, place);
	const struct events *events;

	if (!conversation || !conversation->is_loaded)
		return;
	events = record->event.kind == CHAT_NOTE ? &conversation->notes
						 : &conversation->events;
	if (record->seq <= events->count)
		return;
	if (record->seq > events->count + 1)
		conversation->is_broken = true;
	if (!conversation_may_come(conversation, &record->event) ||
	    conversation_add(conversation, &record->event, record->text) < 0)
		conversation->is_broken = true;
}

void deed_read(void *self, const uint8_t *bytes, size_t size)
{
	struct hall *hall = self;
	struct conversation *conversation;
	struct record record;
	uint32_t agent;

	if (record_read(bytes, size, &record) < 0) {
		counter_add(hall->count.damaged, 1);
		return;
	}
	switch (record.kind) {
	case RECORD_BIRTH:
		read_birth(hall, &record);
		break;
	case RECORD_EVENT:
		read_event(hall, &record);
		break;
	case RECORD_MARK:
		conversation =
			hall_at(hall, table_by_id(&hall->table, &record.id));
		if (conversation)
			conversation->recovered =
				record.flags & CHAT_FLAG_RECOVERED;
		break;
	case RECORD_FORGET:
		conversation =
			hall_at(hall, table_by_id(&hall->table, &record.id));
		if (conversation && conversation->is_loaded)
			table_remove(&hall->table,
				     table_by_id(&hall->table, &record.id));
		break;
	case RECORD_AGENT:
		agent = agents_get(&hall->agents, record.agent, record.name,
				   hall_now(hall));
		if (agent != AGENTS_NONE)
			hall->agents.agent[agent].wish = record.presence;
		break;
	default:
		journal_moved(hall->journal, &record.id);
	}
	sodium_memzero(&record, sizeof(record));
}

static void mend(struct hall *hall, uint32_t place)
{
	struct conversation *conversation = hall->table.place[place];
	const struct standing *standing = &conversation->standing;
	const nanoseconds now = hall_now(hall);

	conversation_settle(conversation);
	conversation->is_loaded = false;
	conversation->recovered = CHAT_FLAG_RECOVERED;
	conversation->acted_at = conversation->visitor_gone_at = now;
	conversation->posted = conversation->noted = 0;
	if (standing->phase == CHAT_TALKING)
		(void)agents_get(&hall->agents, standing->agent,
				 standing->agent_name, now);
	if (standing->phase == CHAT_OVER)
		conversation->over_at = now;
	counter_add(hall->count.recovered, 1);
}

/* What is left of it ends here, and its numbers mean nothing now. */
static void end_broken(struct hall *hall, uint32_t place)
{
	struct conversation *conversation = hall->table.place[place];

	conversation->is_broken = false;
	randombytes_buf(&conversation->birth.epoch,
			sizeof(conversation->birth.epoch));
	counter_add(hall->count.lost, 1);
	log_error("journal", "a conversation could not be recovered whole");
	if (!journal_can_write(hall->journal) ||
	    deed_put_whole(hall, conversation) < 0)
		hall->is_whole_due = true;
	(void)deed_end(hall, place, CHAT_SIDE_SYSTEM, CHAT_REASON_LOST);
}

void deed_mend(struct hall *hall)
{
	for (uint32_t i = 0; i < hall->table.used; i++)
		if (hall->table.place[i] && hall->table.place[i]->is_loaded)
			mend(hall, i);
	hall_recount(hall);
	for (uint32_t i = 0; i < hall->table.used; i++)
		if (hall->table.place[i] && hall->table.place[i]->is_broken)
			end_broken(hall, i);
	hall->are_places_due = true;
}
