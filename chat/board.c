/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What agents see of conversations and colleagues, without a word of what
 * is said. Each seat has a bit for each conversation that is to be told of:
 * what changes twice before the line takes it is told once, and nothing is
 * ever lost.
 *
 * A seat sees what waits and what is its agent's. What another took, and
 * what is over, is told once more, so that it can be taken away.
 */
#include <string.h>

#include "chat/hall.h"
#include "chat/stay.h"

static bool has(const uint64_t *bits, uint32_t i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

static void set(uint64_t *bits, uint32_t i)
{
	bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static void clear(uint64_t *bits, uint32_t i)
{
	bits[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

static bool is_mine(const struct hall *hall, const struct seat *seat,
		    const struct conversation *conversation)
{
	return !strcmp(conversation->standing.agent,
		       hall->agents.agent[seat->agent].id);
}

static bool sees(const struct hall *hall, const struct seat *seat,
		 const struct conversation *conversation)
{
	return conversation->is_durable &&
	       (conversation->standing.phase == CHAT_WAITING ||
		(conversation->standing.phase == CHAT_TALKING &&
		 is_mine(hall, seat, conversation)));
}

void board_tell(struct hall *hall, uint32_t place)
{
	const struct conversation *conversation = hall->table.place[place];

	for (uint32_t i = 0; i < CHAT_SEATS_MAX; i++) {
		struct seat *seat = &hall->seats[i];

		if (seat->state == SEAT_TAKEN && seat->has_board &&
		    (has(seat->shown, place) || sees(hall, seat, conversation)))
			set(seat->due, place);
	}
}

void board_tell_agent(struct hall *hall, uint32_t agent)
{
	if (hall->agents.agent[agent].id[0] == '\0')
		return;
	for (uint32_t i = 0; i < CHAT_SEATS_MAX; i++)
		if (hall->seats[i].has_board)
			set(hall->seats[i].colleagues, agent);
}

bool board_holds(const struct hall *hall, uint32_t place)
{
	for (uint32_t i = 0; i < CHAT_SEATS_MAX; i++)
		if (has(hall->seats[i].shown, place))
			return true;
	return false;
}

void board_drop(struct hall *hall, uint32_t place)
{
	for (uint32_t i = 0; i < CHAT_SEATS_MAX; i++) {
		clear(hall->seats[i].shown, place);
		clear(hall->seats[i].due, place);
	}
}

void board_open(struct hall *hall, uint32_t number, uint64_t tag)
{
	struct seat *seat = &hall->seats[number];

	seat->has_board = seat->is_whole = true;
	seat->board_tag = tag;
	for (uint32_t i = 0; i < hall->table.used; i++)
		if (hall->table.place[i] &&
		    sees(hall, seat, hall->table.place[i]))
			set(seat->due, i);
	for (uint32_t i = 0; i < AGENTS_MAX; i++)
		if (hall->agents.agent[i].id[0] != '\0')
			set(seat->colleagues, i);
}

static void fill_row(const struct hall *hall, uint32_t number, uint32_t place,
		     struct chat_row *ret_row)
{
	const struct seat *seat = &hall->seats[number];
	const struct conversation *one = hall->table.place[place];
	const struct standing *standing = &one->standing;
	bool mine = is_mine(hall, seat, one);

	*ret_row = (struct chat_row){
		.head = { .type = CHAT_ROW,
			  .size = sizeof(*ret_row),
			  .tag = seat->is_whole ? seat->board_tag : 0 },
		.chat = one->birth.id,
		.seat = number + 1,
		.phase = standing->phase,
		.is_mine = mine,
		.place = one->place,
		.opened_at = one->birth.opened_at,
		.waits_since = standing->waits_since,
		.talks_since = standing->talks_since,
		.epoch = one->birth.epoch,
		.last = one->events.durable,
		.notes = one->notes.durable,
		.agent_seen = one->agent_seen,
		.visitor_seen = one->visitor_seen,
		.visitor_typing = one->visitor_typing > 0,
		.visitor_present = one->visitor_present,
		.closes_in_s = mine ? stay_closes_in(hall, one) : 0,
		.unanswered = standing->said_by == CHAT_SIDE_VISITOR,
	};
	memcpy(ret_row->language, one->birth.language,
	       sizeof(ret_row->language));
	memcpy(ret_row->queue, standing->queue, sizeof(ret_row->queue));
	memcpy(ret_row->nickname, one->birth.nickname,
	       sizeof(ret_row->nickname));
	memcpy(ret_row->agent, standing->agent, sizeof(ret_row->agent));
	memcpy(ret_row->agent_name, standing->agent_name,
	       sizeof(ret_row->agent_name));
}

static bool tell_row(struct hall *hall, uint32_t number, uint32_t place)
{
	struct seat *seat = &hall->seats[number];
	const struct conversation *one = hall->table.place[place];
	bool is_seen = one && sees(hall, seat, one);
	struct chat_row row;

	if (is_seen || (one && has(seat->shown, place))) {
		fill_row(hall, number, place, &row);
		if (!mouth_say(&hall->desk, &row.head))
			return false;
	}
	if (is_seen)
		set(seat->shown, place);
	else
		clear(seat->shown, place);
	clear(seat->due, place);
	return true;
}

static bool tell_colleague(struct hall *hall, uint32_t number, uint32_t agent)
{
	struct seat *seat = &hall->seats[number];
	const struct agent *one = &hall->agents.agent[agent];
	struct chat_colleague letter = {
		.head = { .type = CHAT_COLLEAGUE,
			  .size = sizeof(letter),
			  .tag = seat->is_whole ? seat->board_tag : 0 },
		.presence = agents_presence(&hall->agents, agent),
		.load = one->load,
		.load_max = hall->agents.load_max,
		.seat = number + 1,
	};

	memcpy(letter.agent, one->id, sizeof(letter.agent));
	memcpy(letter.name, one->name, sizeof(letter.name));
	if (one->id[0] != '\0' && !mouth_say(&hall->desk, &letter.head))
		return false;
	clear(seat->colleagues, agent);
	return true;
}

/* Everything that is due on one board; whether all went. */
static bool tell_board(struct hall *hall, uint32_t number)
{
	struct seat *seat = &hall->seats[number];
	struct chat_done done = {
		.head = { .type = CHAT_DONE,
			  .size = sizeof(done),
			  .tag = seat->board_tag },
		.result = CHAT_OK,
	};

	for (uint32_t w = 0; w < HALL_WORDS; w++)
		while (seat->due[w] != 0)
			if (!tell_row(hall, number,
				      w * 64 + (uint32_t)__builtin_ctzll(
						       seat->due[w])))
				return false;
	for (uint32_t w = 0; w < COUNT(seat->colleagues); w++)
		while (seat->colleagues[w] != 0)
			if (!tell_colleague(
				    hall, number,
				    w * 64 + (uint32_t)__builtin_ctzll(
						     seat->colleagues[w])))
				return false;
	if (seat->is_whole && !mouth_say(&hall->desk, &done.head))
		return false;
	seat->is_whole = false;
	return true;
}

void board_flush(struct hall *hall)
{
	for (uint32_t i = 0; i < CHAT_SEATS_MAX; i++)
		if (hall->seats[i].has_board && !tell_board(hall, i))
			return;
}
