/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/contact.h"

#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "siprec/attic.h"
#include "siprec/recorder.h"

enum { CLOSING_MS = 10000 };

uint32_t contact_index(const struct recorder *recorder,
		       const struct contact *contact)
{
	return (uint32_t)(contact - recorder->contacts);
}

struct contact *contact_tied(struct recorder *recorder, uint64_t client_key,
			     uint64_t tie)
{
	for (uint32_t i = 0; tie != 0 && i < recorder->contacts_used; i++) {
		struct contact *contact = &recorder->contacts[i];

		if (contact->state == CONTACT_OPEN && contact->tie == tie &&
		    contact->client_key == client_key)
			return contact;
	}
	return NULL;
}

static void open_gate(struct recorder *recorder, struct contact *contact,
		      nanoseconds at)
{
	contact->row.answered_at = at;
	contact->row.state = REGISTER_STATE_ANSWERED;
	contact->call.answered_at = at;
	contact_row_due(recorder, contact);
	media_mark(recorder, contact, CALL_MARK_ANSWERED, UINT32_MAX, at);
	TALLY(&recorder->tally, calls_answered);
}

void contact_gate(struct recorder *recorder, struct contact *contact,
		  enum gate_event event, const struct gate_facts *facts,
		  nanoseconds at)
{
	if (contact->state != CONTACT_OPEN || !contact->is_allowed ||
	    contact->row.answered_at != 0)
		return;
	if (gate_opens(contact->answer_rule, event, facts))
		open_gate(recorder, contact, at);
}

/*
 * On hold the agent may speak with somebody else: the caller's stream
 * rests while the agent's goes on. Whether that is recorded is the
 * policy's choice; if not, what still sounds is paused as well.
 */
static void hush(struct recorder *recorder, struct contact *contact)
{
	bool is_held = false;
	bool wants_all = policy_records_consultation(recorder->policy) &&
			 !policy_pauses_on_hold(recorder->policy);

	for (uint32_t i = 0; i < contact->call.stream_count; i++)
		if (contact->paused & 1u << i)
			is_held = true;
	contact->is_hushed = is_held && !wants_all;
	for (uint32_t i = 0; i < contact->call.stream_count; i++) {
		struct media_stream *stream = &contact->call.streams[i];

		if (stream->state == CALL_STREAM_FREE)
			continue;
		stream->state =
			contact->is_hushed || (contact->paused & 1u << i)
				? CALL_STREAM_PAUSED
				: CALL_STREAM_LIVE;
	}
}

static uint8_t used_of(const struct contact *contact)
{
	uint8_t used = 0;

	for (uint32_t i = 0; i < contact->call.stream_count; i++)
		if (contact->call.streams[i].state != CALL_STREAM_FREE)
			used |= (uint8_t)(1u << i);
	return used;
}

void contact_changed(struct recorder *recorder, struct contact *contact,
		     bool is_hold, nanoseconds at)
{
	uint8_t used = used_of(contact);
	uint8_t paused = contact->paused & used;

	contact->paused = paused;
	hush(recorder, contact);
	/*
	 * All at rest, and nothing said of it: the recording is paused. If
	 * metadata came along or one side goes on, something happened to the
	 * call itself, as in the flows of RFC 8068: a hold.
	 */
	if (paused != contact->shown) {
		bool is_pause = paused == used && !is_hold;
		enum call_mark mark = paused == 0 ? CALL_MARK_RESUME
				      : is_pause  ? CALL_MARK_PAUSE
						  : CALL_MARK_HOLD;

		media_mark(recorder, contact, mark, UINT32_MAX, at);
	}
	contact->shown = paused;
	contact->call.at = at;
	contact_post_due(recorder, contact);
}

static void count_end(struct recorder *recorder, const struct contact *contact,
		      enum call_end reason)
{
	struct tally *tally = &recorder->tally;

	if (contact->row.answered_at == 0) {
		TALLY(tally, calls_unanswered);
		/* Nobody ever told a service number: S8 keeps nothing. */
		if (!contact->is_allowed && reason != CALL_END_REFUSED)
			TALLY(tally, no_number);
		return;
	}
	switch (reason) {
	case CALL_END_BYE:
		TALLY(tally, ends_bye);
		break;
	case CALL_END_SILENCE:
		TALLY(tally, ends_silence);
		break;
	case CALL_END_EXPIRED:
		TALLY(tally, ends_expired);
		break;
	case CALL_END_LOST:
		TALLY(tally, ends_lost);
		break;
	default:
		TALLY(tally, ends_other);
	}
}

static void end_sessions(struct recorder *recorder,
			 const struct contact *contact, nanoseconds at,
			 enum call_end reason)
{
	uint32_t index = contact_index(recorder, contact), place;

	while ((place = recorder->contact_first[index]) != 0)
		session_bye(recorder, &recorder->sessions[place - 1], at,
			    reason);
}

void contact_end(struct recorder *recorder, struct contact *contact,
		 nanoseconds at, enum call_end reason)
{
	struct register_contact *row = &contact->row;

	if (contact->state != CONTACT_OPEN)
		return;
	contact->state = CONTACT_CLOSING;
	contact->closing_ms = recorder->now_ms + CLOSING_MS;
	count_end(recorder, contact, reason);
	row->state = row->answered_at != 0 ? REGISTER_STATE_ENDED
					   : REGISTER_STATE_UNANSWERED;
	/* Never before it began, whatever a clock did meanwhile. */
	row->ended_at = at > row->started_at ? at : row->started_at;
	if (row->ended_at < row->answered_at)
		row->ended_at = row->answered_at;
	row->end_reason = row->answered_at != 0 ? reason : CALL_END_REFUSED;
	if (reason == CALL_END_SILENCE || reason == CALL_END_EXPIRED)
		row->flags |= REGISTER_FLAG_END_LOST;
	contact_row_due(recorder, contact);
	media_close(recorder, contact, row->ended_at, row->end_reason);
	if (contact->session_count > 0)
		end_sessions(recorder, contact, at, reason);
}

void contact_free(struct recorder *recorder, struct contact *contact)
{
	uint32_t generation = contact->generation;

	assert(!contact->is_row_due && !contact->is_post_due);
	if (recorder->media[contact->media].calls > 0)
		recorder->media[contact->media].calls--;
	attic_touch_contact(recorder, contact);
	if (contact_index(recorder, contact) < recorder->contact_free)
		recorder->contact_free = contact_index(recorder, contact);
	recorder->contact_count--;
	counter_set(recorder->tally.contacts, recorder->contact_count);
	sodium_memzero(contact, sizeof(*contact));
	contact->generation = generation;
}

void contact_tick(struct recorder *recorder, struct contact *contact)
{
	media_retry(recorder, contact);
	if (contact->state != CONTACT_CLOSING || contact->is_row_due ||
	    contact->is_post_due || recorder->now_ms < contact->closing_ms)
		return;
	contact_free(recorder, contact);
}

void contact_mourn(void *self, const struct register_contact *row)
{
	struct recorder *recorder = self;
	struct register_contact over = *row;
	int r;

	for (uint32_t i = 0; i < recorder->contacts_used; i++)
		if (recorder->contacts[i].state != CONTACT_FREE &&
		    recorder->contacts[i].row.number == row->number)
			return;
	over.version++;
	over.ended_at = clock_now(recorder->clock);
	if (over.ended_at < over.started_at)
		over.ended_at = over.started_at;
	over.state = row->answered_at != 0 ? REGISTER_STATE_ENDED
					   : REGISTER_STATE_UNANSWERED;
	over.end_reason = CALL_END_LOST;
	over.flags |= REGISTER_FLAG_END_LOST;
	r = journal_append(recorder->journal, &over);
	if (r < 0)
		log_warn("journal", "cannot end a lost call: %s", strerror(-r));
	else
		TALLY(&recorder->tally, ends_lost);
}
