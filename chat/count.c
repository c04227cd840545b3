/* SPDX-License-Identifier: EUPL-1.2 */
/* What this room counts. */
#include "chat/hall.h"

void hall_counters(struct hall_counters *count)
{
#define TOTAL(member, name, help)                                              \
	count->member = counter_new(COUNTER_TOTAL, "chat_" name, help)
#define GAUGE(member, name, help)                                              \
	count->member = counter_new(COUNTER_GAUGE, "chat_" name, help)
	TOTAL(opened, "opened_total", "Conversations opened by visitors.");
	TOTAL(events, "events_total", "Events made durable.");
	TOTAL(ended, "ended_total", "Conversations that ended.");
	TOTAL(stored, "stored_total",
	      "Conversations that the register has taken.");
	TOTAL(recovered, "recovered_total",
	      "Conversations that went through a crash of the room.");
	TOTAL(masked, "masked_total",
	      "Identity codes and card numbers masked before storage.");
	TOTAL(conflicts, "conflicts_total",
	      "Messages refused: their id was used for another text.");
	TOTAL(too_fast, "too_fast_total",
	      "Messages refused: one side spoke too fast.");
	TOTAL(too_long, "too_long_total", "Messages refused: too long.");
	TOTAL(invalid, "invalid_total",
	      "Letters refused: no UTF-8, empty or unknown words.");
	TOTAL(full, "full_total",
	      "Letters refused: too many conversations, events or seats.");
	TOTAL(not_found, "not_found_total",
	      "Letters refused: no such conversation, or not theirs.");
	TOTAL(later, "later_total",
	      "Letters refused: nothing could be made durable.");
	TOTAL(refused, "refused_total",
	      "Letters refused for any other reason.");
	TOTAL(commits, "commits_total", "Writes to the journal.");
	TOTAL(commit_us, "commit_microseconds_total",
	      "Time spent in making writes durable.");
	TOTAL(damaged, "journal_damaged_total",
	      "Damaged records of the journal that were passed over.");
	TOTAL(lost, "lost_total",
	      "Conversations that could not be recovered whole.");
	TOTAL(cut, "lines_cut_total",
	      "Lines closed because of what came over them.");
	TOTAL(register_refused, "register_refused_total",
	      "Conversations that the register will never take.");
	GAUGE(living, "living", "Conversations that are not stored yet.");
	GAUGE(waiting, "waiting", "Conversations in the queue.");
	GAUGE(locked, "journals_locked",
	      "Files of the journal that wait for the vault.");
	GAUGE(seats, "seats", "Seats of agents.");
	GAUGE(slow, "loop_slow", "Turns of the loop that took too long.");
#undef TOTAL
#undef GAUGE
}

void hall_count(struct hall *hall, enum chat_result result)
{
	struct hall_counters *count = &hall->count;
	struct counter *which;

	switch (result) {
	case CHAT_OK:
		return;
	case CHAT_NOT_FOUND:
		which = count->not_found;
		break;
	case CHAT_CONFLICT:
		which = count->conflicts;
		break;
	case CHAT_TOO_LONG:
		which = count->too_long;
		break;
	case CHAT_TOO_FAST:
		which = count->too_fast;
		break;
	case CHAT_FULL:
		which = count->full;
		break;
	case CHAT_INVALID:
		which = count->invalid;
		break;
	case CHAT_LATER:
		which = count->later;
		break;
	default:
		which = count->refused;
	}
	counter_add(which, 1);
}
