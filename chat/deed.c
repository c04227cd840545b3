/* SPDX-License-Identifier: EUPL-1.2 */
#include "chat/deed.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "chat/guard.h"
#include "chat/hours.h"
#include "chat/record.h"
#include "chat/text.h"

static void put(struct hall *hall, const struct record *record)
{
	uint8_t bytes[RECORD_SIZE_MAX];
	size_t size = record_write(record, bytes);

	/* What cannot go to this file goes to another, with everything. */
	if (!journal_can_write(hall->journal) ||
	    journal_put(hall->journal, bytes, size) < 0)
		hall->is_whole_due = true;
	sodium_memzero(bytes, sizeof(bytes));
}

static struct record record_of(const struct conversation *conversation,
			       bool is_note, uint64_t seq)
{
	const struct event *event =
		conversation_event(conversation, is_note, seq);
	struct record record = {
		.kind = RECORD_EVENT,
		.id = conversation->birth.id,
		.seq = seq,
		.text = event->text,
	};

	memcpy(&record.event, event, sizeof(record.event));
	return record;
}

/* Add an event that may come; CHAT_OK, CHAT_FULL or CHAT_LATER. */
static enum chat_result add(struct hall *hall, uint32_t place,
			    const struct event *event, const char *text)
{
	struct conversation *conversation = hall->table.place[place];
	struct standing *standing = &conversation->standing;
	bool is_note = event->kind == CHAT_NOTE;
	char agent[CHAT_WORD_SIZE];
	struct record record;
	int r;

	memcpy(agent, standing->agent, sizeof(agent));
	if (standing->phase != CHAT_TALKING)
		agent[0] = '\0';
	r = conversation_add(conversation, event, text);
	if (r < 0)
		return r == -ENOSPC ? CHAT_FULL : CHAT_LATER;
	if (agent[0] != '\0')
		agents_carry(&hall->agents, agent, -1);
	if (standing->phase == CHAT_TALKING)
		agents_carry(&hall->agents, standing->agent, 1);
	if (event->kind != CHAT_MESSAGE && !is_note)
		hall->are_places_due = hall->are_agents_due = true;
	record = record_of(conversation, is_note,
			   is_note ? conversation->notes.count
				   : conversation->events.count);
	put(hall, &record);
	hall_touch(hall, place);
	conversation->acted_at = hall_now(hall);
	return CHAT_OK;
}

static struct event event_of(const struct hall *hall, enum chat_event_kind kind,
			     enum chat_side side)
{
	return (struct event){ .at = clock_now(hall->clock),
			       .kind = kind,
			       .side = side };
}

static void name_agent(struct event *event, const char *id, const char *name)
{
	snprintf(event->agent, sizeof(event->agent), "%s", id);
	snprintf(event->name, sizeof(event->name), "%s", name);
}

/* ---- opening ---- */

static bool is_language(const char *language)
{
	static const char *const languages[] = { "fi", "sv", "en" };

	for (size_t i = 0; i < COUNT(languages); i++)
		if (!strncmp(language, languages[i], CHAT_LANGUAGE_SIZE))
			return true;
	return false;
}

static uint32_t count_living(const struct hall *hall)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < hall->table.used; i++)
		count += hall->table.place[i] &&
			 !hall->table.place[i]->is_forgotten;
	return count;
}

static enum chat_result may_open(const struct hall *hall,
				 const struct chat_open *letter,
				 char queue[CHAT_WORD_SIZE])
{
	if (!hall->policy || !hall->is_open)
		return CHAT_CLOSED;
	if (bytes_are_zero(letter->key, sizeof(letter->key)) ||
	    !is_language(letter->language) ||
	    !text_is_word(letter->queue, sizeof(letter->queue)) ||
	    !text_is_name(letter->nickname, sizeof(letter->nickname)) ||
	    !hours_queue(hall->policy, letter->queue, queue))
		return CHAT_INVALID;
	if (count_living(hall) >= CHAT_CONVERSATIONS_MAX)
		return CHAT_FULL;
	return CHAT_OK;
}

enum chat_result deed_open(struct hall *hall, const struct chat_open *letter,
			   uint32_t *ret_place)
{
	struct record record = { .kind = RECORD_BIRTH };
	struct conversation_birth *birth = &record.birth;
	struct conversation *conversation;
	uint8_t token[CHAT_TOKEN_SIZE];
	enum chat_result result;
	int place;

	*ret_place = table_by_key(&hall->table, letter->key);
	if (*ret_place != TABLE_NONE)
		return CHAT_OK;
	if (!hall_may_open(hall))
		return CHAT_LATER;
	result = may_open(hall, letter, birth->queue);
	if (result != CHAT_OK)
		return result;
	birth->id = record.id = id_new();
	randombytes_buf(&birth->epoch, sizeof(birth->epoch));
	randombytes_buf(birth->salt, sizeof(birth->salt));
	birth->born = ++hall->born;
	birth->opened_at = clock_now(hall->clock);
	birth->policy = letter->policy;
	memcpy(birth->language, letter->language, sizeof(birth->language));
	memcpy(birth->nickname, letter->nickname, sizeof(birth->nickname));
	if (guard_mask(NULL, 0, birth->nickname, strlen(birth->nickname)) > 0) {
		birth->flags = CHAT_FLAG_MASKED;
		counter_add(hall->count.masked, 1);
	}
	conversation_hash(letter->key, birth->key_hash);
	conversation_token(birth->salt, letter->key, token, birth->receipt);
	conversation_hash(token, birth->token_hash);
	sodium_memzero(token, sizeof(token));

	conversation = conversation_new(birth);
	place = conversation ? table_add(&hall->table, conversation) : -ENOMEM;
	if (place < 0) {
		conversation_free(conversation);
		return CHAT_FULL;
	}
	conversation->acted_at = conversation->visitor_gone_at = hall_now(hall);
	put(hall, &record);
	*ret_place = (uint32_t)place;
	hall_touch(hall, *ret_place);
	hall->are_places_due = true;
	return CHAT_OK;
}

/* ---- saying ---- */

/* Whether it was said before, and if so how. */
static enum chat_result
find_said(const struct conversation *conversation,
	  const struct deed_words *words,
	  const uint8_t digest[CONVERSATION_DIGEST_SIZE],
	  struct deed_said *ret_said)
{
	uint64_t seq = conversation_find(conversation, words->is_note,
					 words->client_id);
	const struct event *event =
		conversation_event(conversation, words->is_note, seq);

	if (!event)
		return CHAT_NOT_FOUND;
	if (event->side != words->side ||
	    (!bytes_are_zero(event->digest, sizeof(event->digest)) &&
	     !bytes_are(event->digest, digest, sizeof(event->digest))))
		return CHAT_CONFLICT;
	*ret_said = (struct deed_said){ .seq = seq,
					.flags = event->flags,
					.at = event->at };
	return CHAT_OK;
}

static enum chat_result check_words(const struct deed_words *words)
{
	if (words->size > CHAT_TEXT_MAX)
		return CHAT_TOO_LONG;
	if (!text_may_be_said(words->text, words->size) ||
	    bytes_are_zero(words->client_id, CHAT_TOKEN_SIZE))
		return CHAT_INVALID;
	return CHAT_OK;
}

static bool mask_words(struct hall *hall,
		       const struct conversation *conversation,
		       const struct deed_words *words, char *text)
{
	const struct event *former =
		words->is_note ? NULL
			       : conversation_last(conversation, words->side);
	int found = guard_mask(former ? former->text : NULL,
			       former ? former->size : 0, text, words->size);

	if (found > 0)
		counter_add(hall->count.masked, (uint64_t)found);
	return found > 0;
}

/* Whether there is a place for it; the last one is for the end. */
static bool has_room(struct hall *hall, uint32_t place, bool is_note)
{
	const struct conversation *conversation = hall->table.place[place];

	if (is_note)
		return conversation->notes.count < CHAT_NOTES_MAX;
	if (!conversation_is_full(conversation))
		return true;
	(void)deed_end(hall, place, CHAT_SIDE_SYSTEM, CHAT_REASON_FULL);
	return false;
}

enum chat_result deed_say(struct hall *hall, uint32_t place,
			  const struct deed_words *words,
			  struct deed_said *ret_said)
{
	struct conversation *conversation = hall->table.place[place];
	struct event event = event_of(
		hall, words->is_note ? CHAT_NOTE : CHAT_MESSAGE, words->side);
	enum chat_result result = check_words(words);
	char text[CHAT_TEXT_SIZE];

	if (result != CHAT_OK)
		return result;
	conversation_digest(conversation, words->text, words->size,
			    event.digest);
	result = find_said(conversation, words, event.digest, ret_said);
	if (result != CHAT_NOT_FOUND)
		return result;
	if (conversation->standing.phase == CHAT_OVER)
		return CHAT_ENDED;
	if (!has_room(hall, place, words->is_note))
		return CHAT_FULL;
	if (!conversation_may_speak(conversation, words->side, hall->per_minute,
				    hall_now(hall), &ret_said->retry_ms))
		return CHAT_TOO_FAST;

	memcpy(text, words->text, words->size);
	event.size = words->size;
	if (mask_words(hall, conversation, words, text))
		event.flags = CHAT_FLAG_MASKED;
	memcpy(event.client_id, words->client_id, sizeof(event.client_id));
	if (words->agent)
		name_agent(&event, words->agent, words->name);
	else
		memcpy(event.name, conversation->birth.nickname,
		       sizeof(event.name));
	if (!conversation_may_come(conversation, &event))
		result = CHAT_NOT_FOUND;
	else
		result = add(hall, place, &event, text);
	sodium_memzero(text, sizeof(text));
	if (result != CHAT_OK)
		return result;
	if (words->side == CHAT_SIDE_VISITOR)
		conversation->visitor_typing = 0;
	else
		conversation->agent_typing = 0;
	*ret_said = (struct deed_said){
		.seq = words->is_note ? conversation->notes.count
				      : conversation->events.count,
		.flags = event.flags,
		.at = event.at,
	};
	return CHAT_OK;
}

/* ---- queue and agents ---- */

uint32_t deed_oldest(const struct hall *hall)
{
	uint32_t found = TABLE_NONE;

	for (uint32_t i = 0; i < hall->table.used; i++) {
		const struct conversation *one = hall->table.place[i];

		if (one && one->standing.phase == CHAT_WAITING &&
		    (found == TABLE_NONE ||
		     one->birth.born < hall->table.place[found]->birth.born))
			found = i;
	}
	return found;
}

enum chat_result deed_take(struct hall *hall, uint32_t place, uint32_t agent)
{
	const struct conversation *conversation = hall->table.place[place];
	const struct standing *standing = &conversation->standing;
	const struct agent *who = &hall->agents.agent[agent];
	struct event event = event_of(hall, CHAT_JOINED, CHAT_SIDE_AGENT);

	if (standing->phase == CHAT_TALKING &&
	    !strcmp(standing->agent, who->id))
		return CHAT_OK;
	if (standing->phase != CHAT_WAITING)
		return CHAT_TAKEN;
	if (!agents_may_take(&hall->agents, agent))
		return CHAT_LOAD;
	if (conversation_is_full(conversation))
		return CHAT_FULL;
	name_agent(&event, who->id, who->name);
	return add(hall, place, &event, NULL);
}

static enum chat_result queue_again(struct hall *hall, uint32_t place,
				    enum chat_side side, const char *queue)
{
	struct event event = event_of(hall, CHAT_QUEUED, side);

	snprintf(event.queue, sizeof(event.queue), "%s", queue);
	return add(hall, place, &event, NULL);
}

enum chat_result deed_pass(struct hall *hall, uint32_t place, uint32_t to,
			   const char *queue)
{
	const struct conversation *conversation = hall->table.place[place];
	const struct standing *standing = &conversation->standing;
	struct event event = event_of(hall, CHAT_PASSED, CHAT_SIDE_AGENT);
	char other[CHAT_WORD_SIZE];
	enum chat_result result;

	assert(standing->phase == CHAT_TALKING);
	if (to == AGENTS_NONE) {
		if (!hours_queue(hall->policy,
				 queue[0] ? queue : standing->queue, other))
			return CHAT_INVALID;
	} else if (!strcmp(hall->agents.agent[to].id, standing->agent)) {
		return CHAT_INVALID;
	} else if (agents_presence(&hall->agents, to) == CHAT_ABSENT) {
		return CHAT_AWAY;
	} else if (!agents_may_take(&hall->agents, to)) {
		return CHAT_LOAD;
	}
	if (conversation->events.count + 3 > CHAT_EVENTS_MAX)
		return CHAT_FULL;
	name_agent(&event, standing->agent, standing->agent_name);
	result = add(hall, place, &event, NULL);
	if (result != CHAT_OK)
		return result;
	return to == AGENTS_NONE
		       ? queue_again(hall, place, CHAT_SIDE_AGENT, other)
		       : deed_take(hall, place, to);
}

void deed_release(struct hall *hall, uint32_t place)
{
	const struct conversation *conversation = hall->table.place[place];
	char queue[CHAT_WORD_SIZE];

	memcpy(queue, conversation->standing.queue, sizeof(queue));
	if (conversation_is_full(conversation))
		(void)deed_end(hall, place, CHAT_SIDE_SYSTEM, CHAT_REASON_FULL);
	else
		(void)queue_again(hall, place, CHAT_SIDE_SYSTEM, queue);
}

enum chat_result deed_end(struct hall *hall, uint32_t place,
			  enum chat_side side, enum chat_reason reason)
{
	struct conversation *conversation = hall->table.place[place];
	const struct standing *standing = &conversation->standing;
	struct event event = event_of(hall, CHAT_CLOSED_BY, side);

	if (standing->phase == CHAT_OVER)
		return CHAT_ENDED;
	event.reason = reason;
	if (side == CHAT_SIDE_AGENT)
		name_agent(&event, standing->agent, standing->agent_name);
	if (standing->talks_since > 0)
		agents_learn(&hall->agents, event.at - standing->talks_since);
	return add(hall, place, &event, NULL);
}

void deed_forget(struct hall *hall, uint32_t place)
{
	struct conversation *conversation = hall->table.place[place];
	const struct record record = { .kind = RECORD_FORGET,
				       .id = conversation->birth.id };

	conversation->is_forgotten = true;
	put(hall, &record);
}

static struct record record_of_agent(const struct agent *agent)
{
	struct record record = { .kind = RECORD_AGENT,
				 .presence = agent->wish };

	memcpy(record.agent, agent->id, sizeof(record.agent));
	memcpy(record.name, agent->name, sizeof(record.name));
	return record;
}

void deed_wish(struct hall *hall, uint32_t agent, uint32_t presence)
{
	struct agent *one = &hall->agents.agent[agent];
	struct record record;

	if (one->wish == presence)
		return;
	one->wish = presence;
	record = record_of_agent(one);
	put(hall, &record);
	board_tell_agent(hall, agent);
}
