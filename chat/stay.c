/* SPDX-License-Identifier: EUPL-1.2 */
#include "chat/stay.h"

#include "chat/deed.h"

static nanoseconds minutes(uint32_t count)
{
	return (nanoseconds)count * 60 * NS_PER_S;
}

/* When it is ended unless somebody does something; and why. */
static nanoseconds end_of(const struct hall *hall,
			  const struct conversation *conversation,
			  enum chat_reason *ret_reason)
{
	nanoseconds idle = INT64_MAX, left = INT64_MAX;

	/* Who waits for us is not idle. */
	if (conversation->standing.phase == CHAT_TALKING)
		idle = conversation->acted_at + minutes(hall->idle_minutes);
	if (!conversation->visitor_present)
		left = conversation->visitor_gone_at +
		       minutes(hall->away_minutes);
	*ret_reason = left < idle ? CHAT_REASON_LEFT : CHAT_REASON_IDLE;
	return left < idle ? left : idle;
}

uint32_t stay_closes_in(const struct hall *hall,
			const struct conversation *conversation)
{
	enum chat_reason reason;
	nanoseconds left;

	if (conversation->standing.phase == CHAT_OVER)
		return 0;
	left = end_of(hall, conversation, &reason) - hall_now(hall);
	if (left > minutes(hall->warn_minutes))
		return 0;
	return left <= 0 ? 1 : (uint32_t)(left / NS_PER_S) + 1;
}

static void end_if_due(struct hall *hall, uint32_t place)
{
	const struct conversation *conversation = hall->table.place[place];
	enum chat_reason reason;

	if (hall_now(hall) >= end_of(hall, conversation, &reason))
		(void)deed_end(hall, place, CHAT_SIDE_SYSTEM, reason);
	else if (conversation->standing.phase == CHAT_WAITING && !hall->is_open)
		(void)deed_end(hall, place, CHAT_SIDE_SYSTEM,
			       CHAT_REASON_HOURS);
}

static void release_if_due(struct hall *hall, uint32_t place)
{
	const struct standing *standing = &hall->table.place[place]->standing;
	const struct agent *who;
	uint32_t agent;

	if (standing->phase != CHAT_TALKING)
		return;
	agent = agents_find(&hall->agents, standing->agent);
	who = agent == AGENTS_NONE ? NULL : &hall->agents.agent[agent];
	if (!who || (who->seats == 0 && hall_now(hall) - who->gone_at >=
						minutes(hall->away_minutes)))
		deed_release(hall, place);
}

static void calm(struct hall *hall, uint32_t place)
{
	struct conversation *conversation = hall->table.place[place];
	const nanoseconds before =
		hall_now(hall) - CONVERSATION_TYPING_S * NS_PER_S;
	bool is_warned = stay_closes_in(hall, conversation) > 0;
	bool is_changed = is_warned != conversation->is_warned;

	conversation->is_warned = is_warned;
	if (conversation->visitor_typing > 0 &&
	    conversation->visitor_typing < before) {
		conversation->visitor_typing = 0;
		is_changed = true;
	}
	if (conversation->agent_typing > 0 &&
	    conversation->agent_typing < before) {
		conversation->agent_typing = 0;
		is_changed = true;
	}
	if (is_changed)
		hall_tell(hall, place);
}

/* What is over, stored and told goes; whoever is far behind holds it no
   longer than HALL_GONE_S. */
static void let_go(struct hall *hall, uint32_t place)
{
	const struct conversation *conversation = hall->table.place[place];
	nanoseconds over = hall_now(hall) - conversation->over_at;

	if (!conversation->is_forgotten || conversation->is_touched ||
	    over < CHAT_LINGER_S * NS_PER_S)
		return;
	if ((conversation->is_listed || board_holds(hall, place)) &&
	    over < HALL_GONE_S * NS_PER_S)
		return;
	for (uint32_t i = 0; i < hall->listed_count; i++)
		if (hall->listed[i] == place) {
			hall->listed[i] = hall->listed[--hall->listed_count];
			break;
		}
	board_drop(hall, place);
	table_remove(&hall->table, place);
}

void stay_tick(struct hall *hall)
{
	uint32_t living = 0;

	for (uint32_t i = 0; i < hall->table.used; i++) {
		const struct conversation *one = hall->table.place[i];

		if (!one)
			continue;
		living += !one->is_forgotten;
		if (one->standing.phase == CHAT_OVER) {
			let_go(hall, i);
			continue;
		}
		release_if_due(hall, i);
		end_if_due(hall, i);
		calm(hall, i);
	}
	counter_set(hall->count.living, living);
	agents_sweep(&hall->agents, hall_now(hall), minutes(12 * 60));
}
