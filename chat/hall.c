/* SPDX-License-Identifier: EUPL-1.2 */
#include "chat/hall.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "chat/deed.h"
#include "chat/hours.h"
#include "seal/keyset.h"

int hall_init(struct hall *hall, const struct clock *clock)
{
	memset(hall, 0, sizeof(*hall));
	if (sodium_init() < 0)
		return -EIO;
	hall->clock = clock;
	table_init(&hall->table);
	mouth_init(&hall->counter);
	mouth_init(&hall->desk);
	mouth_init(&hall->registry);
	mouth_init(&hall->vault);
	hall_counters(&hall->count);
	hall_settings(hall, NULL);
	return journal_new(NULL, &hall->journal);
}

void hall_done(struct hall *hall)
{
	table_done(&hall->table);
	mouth_close(&hall->counter);
	mouth_close(&hall->desk);
	mouth_close(&hall->registry);
	mouth_close(&hall->vault);
	journal_free(hall->journal);
	attic_close(hall->attic);
	policy_free(hall->policy);
	seal_keyset_free(hall->keys);
	sodium_memzero(hall->node, sizeof(hall->node));
}

nanoseconds hall_now(const struct hall *hall)
{
	return clock_monotonic() + hall->ahead;
}

static uint32_t number_of(const struct settings *settings, const char *key,
			  uint32_t otherwise, uint32_t least, uint32_t most)
{
	int64_t number =
		settings ? setting_number(settings, otherwise, "%s", key)
			 : otherwise;

	return number < least ? least : number > most ? most : (uint32_t)number;
}

void hall_settings(struct hall *hall, const struct settings *settings)
{
	enum { DAY_MINUTES = 24 * 60 };

	hall->agents.load_max = number_of(settings, "load_max", 3, 1, 100);
	hall->idle_minutes =
		number_of(settings, "idle_minutes", 30, 1, DAY_MINUTES);
	hall->warn_minutes =
		number_of(settings, "warn_minutes", 5, 0, hall->idle_minutes);
	hall->away_minutes =
		number_of(settings, "away_minutes", 10, 1, DAY_MINUTES);
	hall->per_minute = number_of(settings, "messages_per_minute", 30, 1,
				     CONVERSATION_PACE_MAX);
}

void hall_policy(struct hall *hall, struct policy *policy)
{
	policy_free(hall->policy);
	hall->policy = policy;
}

void hall_keys(struct hall *hall, struct seal_keyset *keys)
{
	seal_keyset_free(hall->keys);
	hall->keys = keys;
}

/* ---- what is to be told ---- */

void hall_touch(struct hall *hall, uint32_t place)
{
	struct conversation *conversation = hall->table.place[place];

	if (conversation->is_touched)
		return;
	conversation->is_touched = true;
	hall->touched[hall->touched_count++] = place;
}

void hall_tell(struct hall *hall, uint32_t place)
{
	struct conversation *conversation = hall->table.place[place];

	conversation->is_state_due = true;
	if (conversation->is_followed && !conversation->is_listed) {
		conversation->is_listed = true;
		hall->listed[hall->listed_count++] = place;
	}
	board_tell(hall, place);
}

void hall_answer(struct hall *hall, struct mouth *mouth, struct letter *letter)
{
	struct hall_answer *answer = &hall->answers[hall->answer_count];

	assert(hall->answer_count < HALL_ANSWERS_MAX);
	assert(letter->size <= sizeof(answer->letter));
	answer->mouth = mouth;
	memcpy(&answer->letter, letter, letter->size);
	hall->answer_count++;
}

/* ---- the end of a turn ---- */

void hall_recount(struct hall *hall)
{
	for (uint32_t i = 0; i < AGENTS_MAX; i++)
		hall->agents.agent[i].load = 0;
	for (uint32_t i = 0; i < hall->table.used; i++) {
		const struct conversation *one = hall->table.place[i];

		if (one && one->standing.phase == CHAT_TALKING)
			agents_carry(&hall->agents, one->standing.agent, 1);
	}
	hall->are_agents_due = true;
}

/* Another file, with all that lives. */
static int renew(struct hall *hall)
{
	const nanoseconds now = clock_now(hall->clock);
	struct seal_end end;
	int r;

	if (!hall->policy || !hall->keys)
		return -ENOKEY;
	r = policy_end(hall->policy, SEAL_CLASS_CHAT, now, now, &end);
	if (r < 0)
		return r;
	r = journal_renew(hall->journal, hall->keys, &end, deed_put_all, hall);
	if (r == 0)
		log_info("journal", "begun anew with %u conversations",
			 hall->table.count);
	return r;
}

static int make_durable(struct hall *hall)
{
	int r = -EAGAIN;

	if (!hall->is_whole_due && journal_can_write(hall->journal))
		r = journal_commit(hall->journal);
	if (r == 0)
		return 0;
	if (r != -EAGAIN)
		log_error("journal", "cannot be written: %s", strerror(-r));
	if (hall_now(hall) < hall->renew_at) {
		journal_abandon(hall->journal);
		return -EAGAIN;
	}
	r = renew(hall);
	if (r < 0) {
		/* Not at each letter: a disk that is full stays so a while. */
		hall->renew_at = hall_now(hall) + HALL_RETRY_MS * NS_PER_MS;
		journal_abandon(hall->journal);
		log_error("journal", "no other file can be begun: %s",
			  strerror(-r));
	}
	return r;
}

static void settle(struct hall *hall)
{
	for (uint32_t i = 0; i < hall->touched_count; i++) {
		uint32_t place = hall->touched[i];
		struct conversation *conversation = hall->table.place[place];
		uint32_t before = conversation->events.durable;

		if (!conversation->is_durable)
			counter_add(hall->count.opened, 1);
		conversation_settle(conversation);
		counter_add(hall->count.events,
			    conversation->events.durable - before);
		conversation->is_touched = false;
		if (conversation->standing.phase == CHAT_OVER &&
		    conversation->over_at == 0) {
			conversation->over_at = hall_now(hall);
			counter_add(hall->count.ended, 1);
		}
		hall_tell(hall, place);
	}
	hall->touched_count = 0;
}

/* Nothing of this turn was taken, and whoever asked hears so. */
static void take_back(struct hall *hall)
{
	for (uint32_t i = 0; i < hall->touched_count; i++) {
		uint32_t place = hall->touched[i];
		struct conversation *conversation = hall->table.place[place];

		conversation->is_touched = false;
		if (conversation->is_durable)
			conversation_take_back(conversation);
		else
			table_remove(&hall->table, place);
	}
	hall->touched_count = 0;
	hall_recount(hall);
	for (uint32_t i = 0; i < hall->answer_count; i++) {
		struct hall_answer *answer = &hall->answers[i];
		struct letter head = answer->letter.head;

		memset(&answer->letter, 0, sizeof(answer->letter));
		answer->letter.head = head;
		if (head.type == CHAT_OPENED) {
			answer->letter.opened.result = CHAT_LATER;
			answer->letter.opened.retry_ms = HALL_RETRY_MS;
		} else if (head.type == CHAT_SAID) {
			answer->letter.said.result = CHAT_LATER;
			answer->letter.said.retry_ms = HALL_RETRY_MS;
		} else {
			answer->letter.done.result = CHAT_LATER;
		}
		counter_add(hall->count.later, 1);
	}
}

static void send_answers(struct hall *hall)
{
	for (uint32_t i = 0; i < hall->answer_count; i++)
		mouth_answer(hall->answers[i].mouth,
			     &hall->answers[i].letter.head);
	sodium_memzero(hall->answers,
		       hall->answer_count * sizeof(hall->answers[0]));
	hall->answer_count = 0;
}

static int by_birth(const void *a, const void *b)
{
	const struct conversation *one = *(struct conversation *const *)a;
	const struct conversation *two = *(struct conversation *const *)b;

	return one->birth.born < two->birth.born   ? -1
	       : one->birth.born > two->birth.born ? 1
						   : 0;
}

/* Who stands where in the queue; of all queues, for agents serve all. */
static void place_all(struct hall *hall)
{
	struct conversation *row[TABLE_PLACES];
	uint32_t where[TABLE_PLACES], count = 0;

	hall->are_places_due = false;
	for (uint32_t i = 0; i < hall->table.used; i++) {
		struct conversation *one = hall->table.place[i];

		if (!one)
			continue;
		if (one->standing.phase == CHAT_WAITING)
			row[count++] = one;
		else
			one->place = one->wait_s = 0;
	}
	qsort(row, count, sizeof(row[0]), by_birth);
	for (uint32_t i = 0; i < count; i++)
		where[i] = table_by_id(&hall->table, &row[i]->birth.id);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t wait = agents_wait(&hall->agents, i + 1);

		if (row[i]->place == i + 1 && row[i]->wait_s == wait)
			continue;
		row[i]->place = i + 1;
		row[i]->wait_s = wait;
		hall_tell(hall, where[i]);
	}
	hall->waiting = count;
	counter_set(hall->count.waiting, count);
}

static bool has_changes(const struct hall *hall)
{
	return hall->touched_count > 0 || hall->is_whole_due ||
	       journal_has_pending(hall->journal);
}

void hall_commit(struct hall *hall)
{
	nanoseconds began = clock_monotonic();

	hall->is_commit_due = false;
	if (has_changes(hall)) {
		int r = make_durable(hall);

		hall->is_whole_due = false;
		if (r == 0)
			settle(hall);
		else
			take_back(hall);
		counter_add(hall->count.commits, 1);
		counter_add(hall->count.commit_us,
			    (uint64_t)((clock_monotonic() - began) / 1000));
	}
	if (hall->are_agents_due) {
		hall->are_agents_due = false;
		for (uint32_t i = 0; i < AGENTS_MAX; i++)
			board_tell_agent(hall, i);
	}
	if (hall->are_places_due)
		place_all(hall);
	send_answers(hall);
	counter_flush(hall);
	desk_flush(hall);
	registry_push(hall);
	hall_watch(hall);
}

/* ---- fetching ---- */

enum chat_result hall_fetch_from(struct fetches *fetches, struct fetch *fetch,
				 uint64_t after, uint64_t most, uint64_t last)
{
	if (fetches->count == HALL_FETCHES_MAX)
		return CHAT_LATER;
	if (after > last)
		after = last;
	fetch->next = after + 1;
	fetch->last = most > 0 && most < last - after ? after + most : last;
	fetches->fetch[(fetches->first + fetches->count++) % HALL_FETCHES_MAX] =
		*fetch;
	return CHAT_OK;
}

int hall_hear(struct hall *hall, struct mouth *mouth,
	      const struct fetches *fetches, const struct line_rule *rules,
	      size_t count)
{
	int r = 0;

	for (int i = 0; r == 0 && i < HALL_LETTERS_MAX; i++) {
		/* Whoever does not take answers asks no more questions. */
		if (fetches && (mouth->count > 0 || mouth->is_full))
			return 0;
		r = line_serve(mouth->end, rules, count, hall);
	}
	return r == -EAGAIN ? 0 : r;
}

void hall_event_letter(const struct conversation *conversation, bool is_note,
		       uint64_t seq, bool is_desk, uint64_t tag,
		       struct chat_event *ret_letter)
{
	const struct event *event =
		conversation_event(conversation, is_note, seq);

	*ret_letter = (struct chat_event){
		.head = { .type = CHAT_EVENT,
			  .size = sizeof(*ret_letter),
			  .tag = tag },
		.chat = conversation->birth.id,
		.epoch = conversation->birth.epoch,
		.seq = seq,
		.at = event->at,
		.kind = event->kind,
		.side = event->side,
		.flags = event->flags,
		.reason = event->reason,
		.size = event->size,
	};
	memcpy(ret_letter->client_id, event->client_id, CHAT_TOKEN_SIZE);
	memcpy(ret_letter->name, event->name, sizeof(event->name));
	if (is_desk)
		memcpy(ret_letter->agent, event->agent, sizeof(event->agent));
	if (event->size > 0)
		memcpy(ret_letter->text, event->text, event->size);
}

static bool send_done(struct mouth *mouth, const struct fetch *fetch,
		      enum chat_result result)
{
	struct chat_done done = {
		.head = { .type = CHAT_DONE,
			  .size = sizeof(done),
			  .tag = fetch->tag },
		.result = result,
		.chat = fetch->chat,
	};

	return mouth_say(mouth, &done.head);
}

/* One question's events, then that it is done; whether all went. */
static bool send_one(struct hall *hall, struct mouth *mouth,
		     struct fetch *fetch, bool is_desk)
{
	struct conversation *conversation =
		hall_at(hall, table_by_id(&hall->table, &fetch->chat));
	struct chat_event letter;

	if (!conversation)
		return send_done(mouth, fetch, CHAT_NOT_FOUND);
	for (; fetch->next <= fetch->last; fetch->next++) {
		hall_event_letter(conversation, fetch->is_note, fetch->next,
				  is_desk, fetch->tag, &letter);
		if (!mouth_say(mouth, &letter.head))
			return false;
	}
	return send_done(mouth, fetch, CHAT_OK);
}

bool hall_send_fetched(struct hall *hall, struct mouth *mouth,
		       struct fetches *fetches, bool is_desk)
{
	while (fetches->count > 0) {
		if (!send_one(hall, mouth, &fetches->fetch[fetches->first],
			      is_desk))
			return false;
		fetches->first = (fetches->first + 1) % HALL_FETCHES_MAX;
		fetches->count--;
	}
	return true;
}
