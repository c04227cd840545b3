/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Who listens to a conversation, each from a place of its own:
 *
 *	joined ──► known ──► abreast ◄──► behind
 *	              │          the next event came / it could not be taken
 *	              └──► fetching: pages of events until abreast
 */
#include <string.h>

#include "counter/talks_parts.h"
#include "counter/tell.h"

static void heard_events(void *self, uint64_t note,
			 const struct letter *letter);

void guest_behind(struct guest *guest)
{
	if (guest->is_behind)
		return;
	guest->is_behind = true;
	guest->since = clock_monotonic();
}

void guest_catch_up(struct talks *talks, struct guest *guest)
{
	struct talk *talk = guest->talk;
	struct chat_fetch letter = {
		.head = { .type = CHAT_FETCH, .size = sizeof(letter) },
		.after = guest->sent,
		.most = TALKS_FETCH_MOST,
	};

	if (guest->fetch || !guest->is_known || !guest->face->tell)
		return;
	if (guest->sent >= talk->state.last) {
		guest->is_behind = false;
		return;
	}
	if (guest->face->pending(guest) > TALKS_PENDING_LOW ||
	    !talk->is_followed) {
		guest_behind(guest);
		return;
	}
	memcpy(letter.token, talk->token, CHAT_TOKEN_SIZE);
	counter_add(talks->fetches, 1);
	guest->fetch = asks_ask(talks->asks, &letter.head, CHAT_DONE,
				heard_events, guest, (uintptr_t)talks);
	if (!guest->fetch)
		guest_behind(guest);
}

void guest_tell_next(struct talks *talks, struct guest *guest,
		     const struct chat_event *event)
{
	struct text json = TEXT_NEW;

	if (event->seq != guest->sent + 1 ||
	    event->epoch != guest->talk->state.epoch ||
	    guest->face->pending(guest) > TALKS_PENDING_HIGH)
		return;
	tell_event(&json, event);
	if (!json.failed) {
		guest->sent = event->seq;
		counter_add(talks->events, 1);
		guest->face->tell(guest,
				  (struct slice){ json.bytes, json.size },
				  event->seq);
	}
	text_drop(&json);
}

static void heard_events(void *self, uint64_t note, const struct letter *letter)
{
	struct talks *talks = (struct talks *)(uintptr_t)note;
	struct guest *guest = self;
	uint64_t had;

	if (letter && letter->type == CHAT_EVENT) {
		had = guest->sent;
		guest_tell_next(talks, guest, (const void *)letter);
		if (guest->sent > had)
			guest->is_behind = false;
		return;
	}
	guest->fetch = 0;
	if (guest->sent >= guest->talk->state.last)
		return;
	/* Chat had none, or the guest could not take it: not at once. */
	if (!letter || guest->is_behind ||
	    ((const struct chat_done *)(const void *)letter)->result != CHAT_OK)
		guest_behind(guest);
	else
		guest_catch_up(talks, guest);
}

void guest_tell_state(struct guest *guest)
{
	struct text json = TEXT_NEW;

	if (!guest->face->tell ||
	    guest->face->pending(guest) > TALKS_PENDING_HIGH)
		return;
	tell_state(&json, &guest->talk->state);
	if (!json.failed)
		guest->face->tell(guest,
				  (struct slice){ json.bytes, json.size }, 0);
	text_drop(&json);
}

void guest_welcome(struct talks *talks, struct guest *guest)
{
	struct talk *talk = guest->talk;

	guest->is_known = true;
	if (guest->sent > talk->state.last ||
	    (guest->has_epoch && guest->epoch != talk->state.epoch))
		guest->sent = 0;
	guest_tell_state(guest);
	guest_catch_up(talks, guest);
	guest->face->known(guest, CHAT_OK);
}

void guest_send_away(struct talks *talks, struct guest *guest,
		     enum chat_result result)
{
	talks_leave(talks, guest);
	guest->face->known(guest, result);
}

void guest_look(struct talks *talks, struct guest *guest, nanoseconds now)
{
	if (!guest->is_known) {
		if (guest->since + TALKS_WAIT_MS * NS_PER_MS <= now)
			guest_send_away(talks, guest, CHAT_LATER);
		return;
	}
	if (!guest->is_behind)
		return;
	if (guest->since + TALKS_STALL_MS * NS_PER_MS <= now &&
	    guest->face->pending(guest) > TALKS_PENDING_LOW) {
		counter_add(talks->refused, 1);
		guest_send_away(talks, guest, CHAT_LATER);
		return;
	}
	guest_catch_up(talks, guest);
}
