/* SPDX-License-Identifier: EUPL-1.2 */
/* What visitors say, through counter, and what they are told. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "chat/deed.h"
#include "chat/hours.h"
#include "chat/stay.h"

/* ---- letters ---- */

static int take_open(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct chat_open *letter = (const void *)head;
	struct hall *hall = self;
	struct chat_opened answer = {
		.head = { .type = CHAT_OPENED,
			  .size = sizeof(answer),
			  .tag = head->tag },
	};
	uint32_t place;

	(void)end, (void)fds;
	answer.result = (int32_t)deed_open(hall, letter, &place);
	hall_count(hall, (enum chat_result)answer.result);
	if (answer.result == CHAT_LATER || answer.result == CHAT_FULL)
		answer.retry_ms = HALL_RETRY_MS;
	if (answer.result == CHAT_OK) {
		const struct conversation *one = hall->table.place[place];

		answer.chat = one->birth.id;
		answer.epoch = one->birth.epoch;
		answer.last = one->events.count;
		conversation_token(one->birth.salt, letter->key, answer.token,
				   answer.receipt);
	}
	hall_answer(hall, &hall->counter, &answer.head);
	sodium_memzero(&answer, sizeof(answer));
	return 0;
}

static int take_say(void *self, int end, const struct letter *head,
		    struct letter_fds *fds)
{
	const struct chat_say *letter = (const void *)head;
	struct hall *hall = self;
	uint32_t place = table_by_token(&hall->table, letter->token);
	const struct deed_words words = {
		.side = CHAT_SIDE_VISITOR,
		.client_id = letter->client_id,
		.text = letter->text,
		.size = letter->size,
	};
	struct deed_said said = { 0 };
	struct chat_said answer = {
		.head = { .type = CHAT_SAID,
			  .size = sizeof(answer),
			  .tag = head->tag },
		.result = (int32_t)hall_missing(hall),
	};

	(void)end, (void)fds;
	if (place != TABLE_NONE)
		answer.result = (int32_t)deed_say(hall, place, &words, &said);
	hall_count(hall, (enum chat_result)answer.result);
	answer.flags = said.flags;
	answer.seq = said.seq;
	answer.at = said.at;
	answer.retry_ms =
		answer.result == CHAT_LATER ? HALL_RETRY_MS : said.retry_ms;
	hall_answer(hall, &hall->counter, &answer.head);
	return 0;
}

static enum chat_result act(struct hall *hall, uint32_t place,
			    const struct chat_act *letter)
{
	struct conversation *conversation = hall->table.place[place];
	const nanoseconds now = hall_now(hall);

	switch (letter->act) {
	case CHAT_DO_PRESENT:
		conversation->visitor_present = letter->value != 0;
		conversation->visitor_gone_at = now;
		break;
	case CHAT_DO_SEEN:
		if (letter->value > conversation->events.durable)
			return CHAT_INVALID;
		if (letter->value <= conversation->visitor_seen)
			return CHAT_OK;
		conversation->visitor_seen = letter->value;
		break;
	case CHAT_DO_TYPING:
		conversation->visitor_typing = letter->value ? now : 0;
		conversation->acted_at = now;
		break;
	case CHAT_DO_STAY:
		conversation->acted_at = now;
		break;
	case CHAT_DO_END:
		return deed_end(hall, place, CHAT_SIDE_VISITOR,
				CHAT_REASON_VISITOR);
	default:
		return CHAT_INVALID;
	}
	if (conversation->standing.phase == CHAT_OVER &&
	    letter->act != CHAT_DO_PRESENT && letter->act != CHAT_DO_SEEN)
		return CHAT_ENDED;
	hall_tell(hall, place);
	return CHAT_OK;
}

static int take_act(void *self, int end, const struct letter *head,
		    struct letter_fds *fds)
{
	const struct chat_act *letter = (const void *)head;
	struct hall *hall = self;
	uint32_t place = table_by_token(&hall->table, letter->token);
	struct chat_done answer = {
		.head = { .type = CHAT_DONE,
			  .size = sizeof(answer),
			  .tag = head->tag },
		.result = (int32_t)hall_missing(hall),
	};

	(void)end, (void)fds;
	if (place != TABLE_NONE) {
		answer.result = (int32_t)act(hall, place, letter);
		answer.chat = hall->table.place[place]->birth.id;
	}
	hall_count(hall, (enum chat_result)answer.result);
	hall_answer(hall, &hall->counter, &answer.head);
	return 0;
}

static void fill_state(struct hall *hall,
		       const struct conversation *conversation, uint64_t tag,
		       struct chat_state *ret_letter)
{
	const struct standing *standing = &conversation->standing;
	uint32_t agent = standing->phase == CHAT_TALKING
				 ? agents_find(&hall->agents, standing->agent)
				 : AGENTS_NONE;

	*ret_letter = (struct chat_state){
		.head = { .type = CHAT_STATE,
			  .size = sizeof(*ret_letter),
			  .tag = tag },
		.result = CHAT_OK,
		.phase = standing->phase,
		.chat = conversation->birth.id,
		.epoch = conversation->birth.epoch,
		.last = conversation->events.durable,
		.place = conversation->place,
		.wait_s = conversation->wait_s,
		.agent_typing = conversation->agent_typing > 0,
		.visitor_typing = conversation->visitor_typing > 0,
		.closes_in_s = stay_closes_in(hall, conversation),
		.agent_present =
			agent != AGENTS_NONE &&
			agents_presence(&hall->agents, agent) != CHAT_ABSENT,
		.agent_seen = conversation->agent_seen,
		.visitor_seen = conversation->visitor_seen,
	};
	memcpy(ret_letter->agent_name, standing->agent_name,
	       sizeof(standing->agent_name));
	memcpy(ret_letter->receipt, conversation->birth.receipt,
	       sizeof(conversation->birth.receipt));
}

static int take_follow(void *self, int end, const struct letter *head,
		       struct letter_fds *fds)
{
	const struct chat_follow *letter = (const void *)head;
	struct hall *hall = self;
	struct conversation *conversation =
		hall_at(hall, table_by_token(&hall->table, letter->token));
	struct chat_state answer = {
		.head = { .type = CHAT_STATE,
			  .size = sizeof(answer),
			  .tag = head->tag },
		.result = (int32_t)hall_missing(hall),
	};

	(void)end, (void)fds;
	if (conversation) {
		fill_state(hall, conversation, head->tag, &answer);
		if (!conversation->is_followed)
			conversation->sent = conversation->events.durable;
		conversation->is_followed = true;
	}
	hall_count(hall, (enum chat_result)answer.result);
	/* At once: what follows it counts from here. */
	mouth_answer(&hall->counter, &answer.head);
	return 0;
}

static int take_unfollow(void *self, int end, const struct letter *head,
			 struct letter_fds *fds)
{
	const struct chat_follow *letter = (const void *)head;
	struct hall *hall = self;
	struct conversation *conversation =
		hall_at(hall, table_by_token(&hall->table, letter->token));

	(void)end, (void)fds;
	if (conversation)
		conversation->is_followed = false;
	return 0;
}

static int take_fetch(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	const struct chat_fetch *letter = (const void *)head;
	struct hall *hall = self;
	const struct conversation *conversation =
		hall_at(hall, table_by_token(&hall->table, letter->token));
	struct fetch fetch = { .tag = head->tag };
	struct chat_done answer = {
		.head = { .type = CHAT_DONE,
			  .size = sizeof(answer),
			  .tag = head->tag },
		.result = (int32_t)hall_missing(hall),
	};

	(void)end, (void)fds;
	if (conversation) {
		fetch.chat = conversation->birth.id;
		answer.result = (int32_t)hall_fetch_from(
			&hall->counter_fetches, &fetch, letter->after,
			letter->most, conversation->events.durable);
	}
	hall_count(hall, (enum chat_result)answer.result);
	if (answer.result != CHAT_OK)
		mouth_answer(&hall->counter, &answer.head);
	return 0;
}

static void fill_hours(const struct hall *hall, struct chat_hours *ret_hours)
{
	struct hours hours = { 0 };

	if (hall->policy)
		hours_at(hall->policy, clock_now(hall->clock), &hours);
	*ret_hours = (struct chat_hours){
		.head = { .type = CHAT_HOURS, .size = sizeof(*ret_hours) },
		.is_open = hours.is_open,
		.agents = agents_available(&hall->agents),
		.waiting = hall->waiting,
		.wait_s = agents_wait(&hall->agents, hall->waiting + 1),
		.opens_at = hours.opens_at,
		.closes_at = hours.closes_at,
	};
}

static int take_hours(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	struct hall *hall = self;
	struct chat_hours answer;

	(void)end, (void)fds;
	fill_hours(hall, &answer);
	answer.head.tag = head->tag;
	mouth_answer(&hall->counter, &answer.head);
	return 0;
}

/* All that may be said on counter's line. */
int counter_hear(struct hall *hall)
{
	static const struct line_rule rules[] = {
		{ CHAT_OPEN, sizeof(struct chat_open), take_open },
		{ CHAT_SAY, sizeof(struct chat_say), take_say },
		{ CHAT_ACT, sizeof(struct chat_act), take_act },
		{ CHAT_FOLLOW, sizeof(struct chat_follow), take_follow },
		{ CHAT_UNFOLLOW, sizeof(struct chat_follow), take_unfollow },
		{ CHAT_FETCH, sizeof(struct chat_fetch), take_fetch },
		{ CHAT_HOURS, sizeof(struct chat_hours), take_hours },
	};

	return hall_hear(hall, &hall->counter, &hall->counter_fetches, rules,
			 COUNT(rules));
}

/* ---- what it is told ---- */

void counter_line(struct hall *hall, int end)
{
	mouth_open(&hall->counter, end);
	hall->counter_fetches = (struct fetches){ .count = 0 };
	hall->listed_count = 0;
	hall->are_hours_due = true;
	for (uint32_t i = 0; i < hall->table.used; i++) {
		struct conversation *one = hall->table.place[i];

		if (!one)
			continue;
		one->is_followed = one->is_listed = false;
		if (!one->visitor_present)
			continue;
		/* Their connections ended with that counter. */
		one->visitor_present = false;
		one->visitor_gone_at = hall_now(hall);
		hall_tell(hall, i);
	}
}

/* Its events and its state; whether all went. */
static bool tell_one(struct hall *hall, struct conversation *conversation)
{
	struct chat_event event;
	struct chat_state state;

	while (conversation->sent < conversation->events.durable) {
		hall_event_letter(conversation, false, conversation->sent + 1,
				  false, 0, &event);
		if (!mouth_say(&hall->counter, &event.head))
			return false;
		conversation->sent++;
	}
	if (!conversation->is_state_due)
		return true;
	fill_state(hall, conversation, 0, &state);
	if (!mouth_say(&hall->counter, &state.head))
		return false;
	conversation->is_state_due = false;
	return true;
}

static bool tell_hours(struct hall *hall)
{
	struct chat_hours hours;

	if (!hall->are_hours_due)
		return true;
	fill_hours(hall, &hours);
	if (!mouth_say(&hall->counter, &hours.head))
		return false;
	hall->are_hours_due = false;
	hall->hours = hours;
	return true;
}

void counter_flush(struct hall *hall)
{
	uint32_t left = 0;

	if (hall->counter.end < 0 || !mouth_flush(&hall->counter) ||
	    !hall_send_fetched(hall, &hall->counter, &hall->counter_fetches,
			       false) ||
	    !tell_hours(hall))
		return;
	for (uint32_t i = 0; i < hall->listed_count; i++) {
		uint32_t place = hall->listed[i];
		struct conversation *one = hall->table.place[place];

		if (one->is_followed && !tell_one(hall, one))
			hall->listed[left++] = place;
		else
			one->is_listed = false;
	}
	hall->listed_count = left;
}

void counter_hours(struct hall *hall)
{
	struct chat_hours now;

	fill_hours(hall, &now);
	hall->is_open = now.is_open;
	if (memcmp(&now, &hall->hours, sizeof(now)) != 0)
		hall->are_hours_due = true;
}
