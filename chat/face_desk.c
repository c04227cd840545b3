/* SPDX-License-Identifier: EUPL-1.2 */
/* What agents say and do, through desk. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "chat/deed.h"
#include "chat/text.h"

/* The taken seat with this number, or NULL. */
static struct seat *seat_of(struct hall *hall, uint32_t number)
{
	struct seat *seat;

	if (number == 0 || number > CHAT_SEATS_MAX)
		return NULL;
	seat = &hall->seats[number - 1];
	return seat->state == SEAT_TAKEN ? seat : NULL;
}

/* A session whose agent says and does nothing shall end by itself. */
static void wake(struct hall *hall, uint32_t number)
{
	struct seat *seat = seat_of(hall, number);

	if (seat)
		seat->is_active = true;
}

/*
 * The conversation, if it is this agent's: the present one or, when it is
 * over, the last. To all others it does not exist.
 */
static uint32_t own(struct hall *hall, const struct seat *seat,
		    const struct id *id)
{
	uint32_t place = table_by_id(&hall->table, id);
	const struct conversation *conversation = hall_at(hall, place);

	if (!conversation || !conversation->is_durable ||
	    strcmp(conversation->standing.agent,
		   hall->agents.agent[seat->agent].id) != 0)
		return TABLE_NONE;
	return place;
}

/* ---- seats ---- */

static void say_seated(struct hall *hall, uint32_t number, uint64_t tag,
		       enum chat_result result)
{
	const struct seat *seat = &hall->seats[number];
	const struct agent *agent = &hall->agents.agent[seat->agent];
	struct chat_seated answer = {
		.head = { .type = CHAT_SEATED,
			  .size = sizeof(answer),
			  .tag = tag },
		.result = (int32_t)result,
		.seat = number + 1,
		.load_max = hall->agents.load_max,
	};

	hall_count(hall, result);
	if (result == CHAT_OK) {
		memcpy(answer.agent, agent->id, sizeof(answer.agent));
		memcpy(answer.name, agent->name, sizeof(answer.name));
		answer.presence = agents_presence(&hall->agents, seat->agent);
	}
	mouth_answer(&hall->desk, &answer.head);
}

static void count_seats(struct hall *hall)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < CHAT_SEATS_MAX; i++)
		count += hall->seats[i].state == SEAT_TAKEN;
	counter_set(hall->count.seats, count);
}

/* An agent's presence or load changed: visitors and colleagues see it. */
static void agent_changed(struct hall *hall, uint32_t agent)
{
	board_tell_agent(hall, agent);
	for (uint32_t i = 0; i < hall->table.used; i++) {
		const struct conversation *one = hall->table.place[i];

		if (one && one->standing.phase == CHAT_TALKING &&
		    !strcmp(one->standing.agent, hall->agents.agent[agent].id))
			hall_tell(hall, i);
	}
	hall->are_places_due = true;
}

static void leave(struct hall *hall, struct seat *seat)
{
	uint32_t agent = seat->agent;
	bool was_taken = seat->state == SEAT_TAKEN;

	sodium_memzero(seat, sizeof(*seat));
	if (!was_taken)
		return;
	agents_leave(&hall->agents, agent, hall_now(hall));
	agent_changed(hall, agent);
	count_seats(hall);
}

static int take_seat(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct chat_seat *letter = (const void *)head;
	struct hall *hall = self;
	uint32_t number = 0;
	struct chat_seated full = {
		.head = { .type = CHAT_SEATED,
			  .size = sizeof(full),
			  .tag = head->tag },
		.result = CHAT_FULL,
	};

	(void)end, (void)fds;
	while (number < CHAT_SEATS_MAX &&
	       hall->seats[number].state != SEAT_FREE)
		number++;
	if (number == CHAT_SEATS_MAX) {
		hall_count(hall, CHAT_FULL);
		mouth_answer(&hall->desk, &full.head);
		return 0;
	}
	hall->seats[number].state = SEAT_ASKED;
	hall->seats[number].tag = head->tag;
	memcpy(hall->seats[number].session, letter->session, CHAT_SESSION_SIZE);
	if (!registry_ask_seat(hall, number)) {
		leave(hall, &hall->seats[number]);
		full.result = CHAT_LATER;
		hall_count(hall, CHAT_LATER);
		mouth_answer(&hall->desk, &full.head);
	}
	return 0;
}

static enum chat_result result_of(const struct register_seat_is *answer)
{
	switch (answer->result) {
	case DESK_OK:
		return answer->agent[0] != '\0' &&
				       text_is_word(answer->agent,
						    sizeof(answer->agent)) &&
				       text_is_name(answer->name,
						    sizeof(answer->name))
			       ? CHAT_OK
			       : CHAT_FORBIDDEN;
	case DESK_FORBIDDEN:
		return CHAT_FORBIDDEN;
	case DESK_LATER:
	case DESK_TOO_MANY:
		return CHAT_LATER;
	default:
		return CHAT_NOT_SIGNED_IN;
	}
}

void desk_seat_is(struct hall *hall, uint32_t number,
		  const struct register_seat_is *answer)
{
	struct seat *seat = &hall->seats[number];
	enum chat_result result = result_of(answer);
	uint32_t agent = AGENTS_NONE;

	seat->asked = 0;
	seat->checked = hall_now(hall);
	/* Who sits already stays while the register cannot tell. */
	if (seat->state == SEAT_TAKEN && result == CHAT_LATER)
		return;
	if (result == CHAT_OK) {
		agent = agents_get(&hall->agents, answer->agent, answer->name,
				   hall_now(hall));
		result = agent == AGENTS_NONE ? CHAT_FULL : CHAT_OK;
	}
	if (seat->state == SEAT_TAKEN) {
		if (result == CHAT_OK && agent == seat->agent)
			return;
		if (result == CHAT_OK) /* became another agent */
			result = CHAT_NOT_SIGNED_IN;
		say_seated(hall, number, 0, result);
		leave(hall, seat);
		return;
	}
	if (result != CHAT_OK) {
		say_seated(hall, number, seat->tag, result);
		leave(hall, seat);
		return;
	}
	seat->state = SEAT_TAKEN;
	seat->agent = agent;
	agents_sit(&hall->agents, agent);
	agent_changed(hall, agent);
	count_seats(hall);
	say_seated(hall, number, seat->tag, CHAT_OK);
}

void desk_seats_unanswered(struct hall *hall)
{
	for (uint32_t i = 0; i < CHAT_SEATS_MAX; i++) {
		struct seat *seat = &hall->seats[i];

		seat->asked = 0;
		seat->checked = 0; /* asked anew as soon as it is back */
		if (seat->state != SEAT_ASKED)
			continue;
		say_seated(hall, i, seat->tag, CHAT_LATER);
		leave(hall, seat);
	}
}

static int take_unseat(void *self, int end, const struct letter *head,
		       struct letter_fds *fds)
{
	const struct chat_desk_act *letter = (const void *)head;
	struct hall *hall = self;
	struct seat *seat = seat_of(hall, letter->seat);

	(void)end, (void)fds;
	if (seat)
		leave(hall, seat);
	return 0;
}

/* ---- words ---- */

static enum chat_result say(struct hall *hall,
			    const struct chat_desk_say *letter,
			    struct deed_said *ret_said)
{
	const struct seat *seat = seat_of(hall, letter->seat);
	const struct agent *agent;
	uint32_t place;

	if (!seat)
		return CHAT_NOT_SIGNED_IN;
	place = own(hall, seat, &letter->chat);
	if (place == TABLE_NONE)
		return hall_missing(hall);
	agent = &hall->agents.agent[seat->agent];
	return deed_say(hall, place,
			&(struct deed_words){
				.side = CHAT_SIDE_AGENT,
				.is_note = letter->is_note != 0,
				.agent = agent->id,
				.name = agent->name,
				.client_id = letter->client_id,
				.text = letter->text,
				.size = letter->size,
			},
			ret_said);
}

static int take_say(void *self, int end, const struct letter *head,
		    struct letter_fds *fds)
{
	const struct chat_desk_say *letter = (const void *)head;
	struct hall *hall = self;
	struct deed_said said = { 0 };
	struct chat_said answer = {
		.head = { .type = CHAT_SAID,
			  .size = sizeof(answer),
			  .tag = head->tag },
		.result = (int32_t)say(hall, letter, &said),
	};

	(void)end, (void)fds;
	wake(hall, letter->seat);
	hall_count(hall, (enum chat_result)answer.result);
	answer.flags = said.flags;
	answer.seq = said.seq;
	answer.at = said.at;
	answer.retry_ms =
		answer.result == CHAT_LATER ? HALL_RETRY_MS : said.retry_ms;
	hall_answer(hall, &hall->desk, &answer.head);
	return 0;
}

/* ---- deeds ---- */

static enum chat_result take(struct hall *hall, const struct seat *seat,
			     struct id *chat)
{
	uint32_t place = id_is_none(chat) ? deed_oldest(hall)
					  : table_by_id(&hall->table, chat);

	if (place == TABLE_NONE)
		return id_is_none(chat) ? CHAT_TAKEN : hall_missing(hall);
	*chat = hall->table.place[place]->birth.id;
	return deed_take(hall, place, seat->agent);
}

static enum chat_result pass(struct hall *hall, uint32_t place,
			     const struct chat_desk_act *letter)
{
	uint32_t to = AGENTS_NONE;

	if (!text_is_word(letter->word, sizeof(letter->word)) ||
	    !text_is_word(letter->queue, sizeof(letter->queue)))
		return CHAT_INVALID;
	if (hall->table.place[place]->standing.phase != CHAT_TALKING)
		return CHAT_ENDED;
	if (letter->word[0] != '\0') {
		to = agents_find(&hall->agents, letter->word);
		if (to == AGENTS_NONE)
			return CHAT_AWAY;
	}
	return deed_pass(hall, place, to, letter->queue);
}

static bool is_agents_reason(uint64_t reason)
{
	return reason >= CHAT_REASON_SOLVED && reason <= CHAT_REASON_OTHER;
}

static enum chat_result act_on_own(struct hall *hall, uint32_t place,
				   const struct chat_desk_act *letter)
{
	struct conversation *conversation = hall->table.place[place];
	const nanoseconds now = hall_now(hall);

	switch (letter->act) {
	case CHAT_DO_PASS:
		return pass(hall, place, letter);
	case CHAT_DO_END:
		return is_agents_reason(letter->value)
			       ? deed_end(hall, place, CHAT_SIDE_AGENT,
					  (enum chat_reason)letter->value)
			       : CHAT_INVALID;
	case CHAT_DO_TYPING:
		conversation->agent_typing = letter->value ? now : 0;
		conversation->acted_at = now;
		break;
	case CHAT_DO_STAY:
		conversation->acted_at = now;
		break;
	case CHAT_DO_SEEN:
		if (letter->value > conversation->events.durable)
			return CHAT_INVALID;
		if (letter->value > conversation->agent_seen)
			conversation->agent_seen = letter->value;
		break;
	default:
		return CHAT_INVALID;
	}
	if (conversation->standing.phase == CHAT_OVER)
		return CHAT_ENDED;
	hall_tell(hall, place);
	return CHAT_OK;
}

static enum chat_result act(struct hall *hall,
			    const struct chat_desk_act *letter, struct id *chat)
{
	const struct seat *seat = seat_of(hall, letter->seat);
	uint32_t place;

	if (!seat)
		return CHAT_NOT_SIGNED_IN;
	if (letter->act == CHAT_DO_PRESENCE) {
		if (letter->value < CHAT_AVAILABLE ||
		    letter->value > CHAT_ABSENT)
			return CHAT_INVALID;
		deed_wish(hall, seat->agent, (uint32_t)letter->value);
		agent_changed(hall, seat->agent);
		return CHAT_OK;
	}
	if (letter->act == CHAT_DO_TAKE)
		return take(hall, seat, chat);
	place = own(hall, seat, chat);
	return place == TABLE_NONE ? hall_missing(hall)
				   : act_on_own(hall, place, letter);
}

static int take_act(void *self, int end, const struct letter *head,
		    struct letter_fds *fds)
{
	const struct chat_desk_act *letter = (const void *)head;
	struct hall *hall = self;
	struct chat_done answer = {
		.head = { .type = CHAT_DONE,
			  .size = sizeof(answer),
			  .tag = head->tag },
		.chat = letter->chat,
	};

	(void)end, (void)fds;
	if (letter->act != CHAT_DO_SEEN) /* pages tell that by themselves */
		wake(hall, letter->seat);
	answer.result = (int32_t)act(hall, letter, &answer.chat);
	hall_count(hall, (enum chat_result)answer.result);
	hall_answer(hall, &hall->desk, &answer.head);
	return 0;
}

static enum chat_result fetch(struct hall *hall,
			      const struct chat_desk_fetch *letter)
{
	const struct seat *seat = seat_of(hall, letter->seat);
	struct fetch one = { .tag = letter->head.tag,
			     .is_note = letter->notes != 0 };
	const struct conversation *conversation;

	if (!seat)
		return CHAT_NOT_SIGNED_IN;
	conversation = hall_at(hall, own(hall, seat, &letter->chat));
	if (!conversation)
		return hall_missing(hall);
	one.chat = letter->chat;
	return hall_fetch_from(&hall->desk_fetches, &one, letter->after,
			       letter->most,
			       one.is_note ? conversation->notes.durable
					   : conversation->events.durable);
}

static int take_fetch(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	const struct chat_desk_fetch *letter = (const void *)head;
	struct hall *hall = self;
	struct chat_done answer = {
		.head = { .type = CHAT_DONE,
			  .size = sizeof(answer),
			  .tag = head->tag },
		.result = (int32_t)fetch(hall, letter),
		.chat = letter->chat,
	};

	(void)end, (void)fds;
	hall_count(hall, (enum chat_result)answer.result);
	if (answer.result != CHAT_OK)
		mouth_answer(&hall->desk, &answer.head);
	return 0;
}

static int take_board(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	const struct chat_desk_act *letter = (const void *)head;
	struct hall *hall = self;
	struct seat *seat = seat_of(hall, letter->seat);
	struct chat_done answer = {
		.head = { .type = CHAT_DONE,
			  .size = sizeof(answer),
			  .tag = head->tag },
		.result = CHAT_NOT_SIGNED_IN,
	};

	(void)end, (void)fds;
	if (seat)
		board_open(hall, letter->seat - 1, head->tag);
	else
		mouth_answer(&hall->desk, &answer.head);
	return 0;
}

/* All that may be said on desk's line. */
int desk_hear(struct hall *hall)
{
	static const struct line_rule rules[] = {
		{ CHAT_SEAT, sizeof(struct chat_seat), take_seat },
		{ CHAT_UNSEAT, sizeof(struct chat_desk_act), take_unseat },
		{ CHAT_DESK_SAY, sizeof(struct chat_desk_say), take_say },
		{ CHAT_DESK_ACT, sizeof(struct chat_desk_act), take_act },
		{ CHAT_DESK_FETCH, sizeof(struct chat_desk_fetch), take_fetch },
		{ CHAT_BOARD, sizeof(struct chat_desk_act), take_board },
	};

	return hall_hear(hall, &hall->desk, &hall->desk_fetches, rules,
			 COUNT(rules));
}

void desk_line(struct hall *hall, int end)
{
	mouth_open(&hall->desk, end);
	hall->desk_fetches = (struct fetches){ .count = 0 };
	for (uint32_t i = 0; i < CHAT_SEATS_MAX; i++)
		if (hall->seats[i].state != SEAT_FREE)
			leave(hall, &hall->seats[i]);
}

void desk_flush(struct hall *hall)
{
	if (hall->desk.end < 0 || !mouth_flush(&hall->desk) ||
	    !hall_send_fetched(hall, &hall->desk, &hall->desk_fetches, true))
		return;
	board_flush(hall);
}
