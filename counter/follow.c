/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What chat tells of conversations, and what it must know of them. Each is
 * followed once on a line; on a new line each is followed anew.
 */
#include <string.h>

#include "counter/talks_parts.h"

enum { AGAIN_MS = 1 * MS_PER_S };

void talks_act(struct talks *talks, const uint8_t token[CHAT_TOKEN_SIZE],
	       enum chat_do act, uint64_t value)
{
	struct chat_act letter = {
		.head = { .type = CHAT_ACT, .size = sizeof(letter) },
		.act = act,
		.value = value,
	};

	memcpy(letter.token, token, CHAT_TOKEN_SIZE);
	(void)asks_tell(talks->asks, &letter.head);
}

void follow_presence(struct talks *talks, struct talk *talk, bool is_present)
{
	struct chat_act letter = {
		.head = { .type = CHAT_ACT, .size = sizeof(letter) },
		.act = CHAT_DO_PRESENT,
		.value = is_present,
	};

	if (!talk->is_followed || talk->is_present == is_present)
		return;
	memcpy(letter.token, talk->token, CHAT_TOKEN_SIZE);
	if (asks_tell(talks->asks, &letter.head))
		talk->is_present = is_present;
}

void follow_end(struct talks *talks, struct talk *talk)
{
	struct chat_follow letter = {
		.head = { .type = CHAT_UNFOLLOW, .size = sizeof(letter) },
	};

	memcpy(letter.token, talk->token, CHAT_TOKEN_SIZE);
	if (talk->is_followed)
		(void)asks_tell(talks->asks, &letter.head);
}

/* All of them hear the same, and the conversation is forgotten. */
static void end_talk(struct talks *talks, struct talk *talk,
		     enum chat_result result)
{
	talk->is_followed = false;
	while (talk->guests)
		guest_send_away(talks, talk->guests, result);
	talk_free(talks, talk);
}

/* Whether a visitor sees no difference: events tell their numbers
   themselves, and what the visitor does the visitor knows. */
static bool looks_alike(const struct chat_state *one,
			const struct chat_state *other)
{
	struct chat_state same = *one;

	same.head = other->head;
	same.last = other->last;
	same.visitor_typing = other->visitor_typing;
	same.visitor_seen = other->visitor_seen;
	return !memcmp(&same, other, sizeof(same));
}

static void take_state(struct talks *talks, struct talk *talk,
		       const struct chat_state *state)
{
	bool is_news = !looks_alike(&talk->state, state);
	struct guest *next;

	if (talk->is_known && state->epoch != talk->state.epoch)
		for (struct guest *guest = talk->guests; guest;
		     guest = guest->next)
			guest->sent = 0;
	if (!talk->is_known)
		talk_link_chat(talks, talk, &state->chat);
	talk->state = *state;
	for (struct guest *guest = talk->guests; guest; guest = next) {
		next = guest->next;
		if (!guest->is_known) {
			guest_welcome(talks, guest);
			continue;
		}
		if (is_news)
			guest_tell_state(guest);
		if (guest->sent < state->last)
			guest_behind(guest);
	}
}

static void heard_state(void *self, uint64_t note, const struct letter *letter)
{
	struct talks *talks = (struct talks *)(uintptr_t)note;
	const struct chat_state *state = (const void *)letter;
	struct talk *talk = self;

	talk->follow = 0;
	if (!letter || state->result == CHAT_LATER) {
		talk->follow_at = clock_monotonic() + AGAIN_MS * NS_PER_MS;
		return;
	}
	if (state->result != CHAT_OK ||
	    (talk->is_known && !id_is(&state->chat, &talk->state.chat))) {
		end_talk(talks, talk,
			 state->result == CHAT_OK ? CHAT_NOT_FOUND
						  : state->result);
		return;
	}
	talk->is_followed = true;
	talk->is_present = false;
	take_state(talks, talk, state);
	follow_presence(talks, talk,
			talk->guests || talk->until > clock_monotonic());
}

void follow_begin(struct talks *talks, struct talk *talk)
{
	struct chat_follow letter = {
		.head = { .type = CHAT_FOLLOW, .size = sizeof(letter) },
	};

	if (talk->is_followed || talk->follow || !asks_has_line(talks->asks) ||
	    talk->follow_at > clock_monotonic())
		return;
	memcpy(letter.token, talk->token, CHAT_TOKEN_SIZE);
	talk->follow = asks_ask(talks->asks, &letter.head, CHAT_STATE,
				heard_state, talk, (uintptr_t)talks);
}

static void heard_hours(void *self, uint64_t note, const struct letter *letter)
{
	struct talks *talks = self;

	(void)note;
	talks->hours_ask = 0;
	if (letter) {
		talks->hours = *(const struct chat_hours *)(const void *)letter;
		talks->has_hours = true;
	}
}

void follow_hours(struct talks *talks)
{
	struct chat_hours letter = {
		.head = { .type = CHAT_HOURS, .size = sizeof(letter) },
	};

	if (!talks->has_hours && !talks->hours_ask &&
	    asks_has_line(talks->asks))
		talks->hours_ask = asks_ask(talks->asks, &letter.head,
					    CHAT_HOURS, heard_hours, talks, 0);
}

static void hear_news(void *self, const struct letter *letter)
{
	const struct chat_event *event = (const void *)letter;
	const struct chat_state *state = (const void *)letter;
	struct talks *talks = self;
	struct talk *talk;

	switch (letter->type) {
	case CHAT_HOURS:
		heard_hours(talks, 0, letter);
		break;
	case CHAT_STATE:
		talk = talk_of_chat(talks, &state->chat);
		if (talk && talk->is_followed && state->result == CHAT_OK)
			take_state(talks, talk, state);
		break;
	case CHAT_EVENT:
		talk = talk_of_chat(talks, &event->chat);
		if (!talk || !talk->is_followed ||
		    event->epoch != talk->state.epoch)
			break;
		if (event->seq > talk->state.last)
			talk->state.last = event->seq;
		for (struct guest *guest = talk->guests; guest;
		     guest = guest->next) {
			if (!guest->is_known || !guest->face->tell ||
			    guest->fetch)
				continue;
			guest_tell_next(talks, guest, event);
			if (guest->sent < talk->state.last)
				guest_behind(guest);
		}
		break;
	default:
		break;
	}
}

static void hear_line(void *self, bool is_here)
{
	struct talks *talks = self;

	talks->has_hours = false;
	for (size_t i = 0; i < TALKS_ROWS; i++)
		for (struct talk *talk = talks->by_token[i]; talk;
		     talk = talk->next_token) {
			talk->is_followed = false;
			talk->follow_at = 0;
		}
	if (is_here)
		follow_hours(talks);
}

const struct asks_face follow_face = { .news = hear_news, .line = hear_line };
