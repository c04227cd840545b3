/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/talks.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/counters.h"
#include "counter/tell.h"

enum { ROWS = 8192, TICK_MS = 100, AGAIN_MS = 1 * MS_PER_S };

struct talk {
	struct talk *next_token, *next_chat;
	uint8_t token[CHAT_TOKEN_SIZE];
	struct chat_state state; /* if is_known */
	bool is_known;		 /* chat has said that it exists */
	bool is_followed;	 /* on the present line */
	bool is_present;	 /* as chat was told on the present line */
	uint64_t follow;	 /* question that is open, or 0 */
	nanoseconds follow_at;	 /* not before */
	nanoseconds until;	 /* kept without guests */
	struct guest *guests;
	struct bucket acts;
};

struct talks {
	struct loop *loop;
	struct asks *asks;
	int timer;
	uint8_t key[crypto_shorthash_KEYBYTES];
	struct talk *by_token[ROWS], *by_chat[ROWS];
	size_t count;
	struct chat_hours hours;
	bool has_hours;
	uint64_t hours_ask;
	struct counter *talking, *events, *fetches, *refused;
};

static size_t row_of(const struct talks *talks, const uint8_t *bytes)
{
	uint8_t out[crypto_shorthash_BYTES];
	uint64_t hash;

	(void)crypto_shorthash(out, bytes, CHAT_TOKEN_SIZE, talks->key);
	memcpy(&hash, out, sizeof(hash));
	return hash % ROWS;
}

static struct talk *find(const struct talks *talks, const uint8_t *token)
{
	struct talk *talk = talks->by_token[row_of(talks, token)];

	while (talk && !bytes_are(talk->token, token, CHAT_TOKEN_SIZE))
		talk = talk->next_token;
	return talk;
}

static struct talk *find_chat(const struct talks *talks, const struct id *chat)
{
	struct talk *talk = talks->by_chat[row_of(talks, chat->byte)];

	while (talk && !id_is(&talk->state.chat, chat))
		talk = talk->next_chat;
	return talk;
}

static struct talk *talk_new(struct talks *talks, const uint8_t *token)
{
	struct talk **row = &talks->by_token[row_of(talks, token)];
	struct talk *talk;

	if (talks->count >= TALKS_MAX)
		return NULL;
	talk = calloc(1, sizeof(*talk));
	if (!talk)
		return NULL;
	memcpy(talk->token, token, CHAT_TOKEN_SIZE);
	talk->next_token = *row;
	*row = talk;
	talks->count++;
	counter_set(talks->talking, talks->count);
	return talk;
}

static void unlink_chat(struct talks *talks, struct talk *talk)
{
	struct talk **link =
		&talks->by_chat[row_of(talks, talk->state.chat.byte)];

	if (!talk->is_known)
		return;
	while (*link != talk)
		link = &(*link)->next_chat;
	*link = talk->next_chat;
	talk->is_known = false;
}

static void talk_free(struct talks *talks, struct talk *talk)
{
	struct talk **link = &talks->by_token[row_of(talks, talk->token)];

	assert(!talk->guests);
	unlink_chat(talks, talk);
	while (*link != talk)
		link = &(*link)->next_token;
	*link = talk->next_token;
	asks_forget(talks->asks, talk->follow);
	talks->count--;
	counter_set(talks->talking, talks->count);
	explicit_bzero(talk, sizeof(*talk));
	free(talk);
}

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

/* Tell chat whether the visitor is here, if it does not know. */
static void tell_presence(struct talks *talks, struct talk *talk,
			  bool is_present)
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

static void unfollow(struct talks *talks, struct talk *talk)
{
	struct chat_follow letter = {
		.head = { .type = CHAT_UNFOLLOW, .size = sizeof(letter) },
	};

	memcpy(letter.token, talk->token, CHAT_TOKEN_SIZE);
	if (talk->is_followed)
		(void)asks_tell(talks->asks, &letter.head);
}

/*
 * Guests and their places in the numbering.
 */

static void heard_events(void *self, uint64_t note,
			 const struct letter *letter);

static void mark_behind(struct guest *guest)
{
	if (guest->is_behind)
		return;
	guest->is_behind = true;
	guest->since = clock_monotonic();
}

/* Fetch what a guest lacks, if it lacks anything and can take it. */
static void catch_up(struct talks *talks, struct guest *guest)
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
		mark_behind(guest);
		return;
	}
	memcpy(letter.token, talk->token, CHAT_TOKEN_SIZE);
	counter_add(talks->fetches, 1);
	guest->fetch = asks_ask(talks->asks, &letter.head, CHAT_DONE,
				heard_events, guest, (uintptr_t)talks);
	if (!guest->fetch)
		mark_behind(guest);
}

/* The next event for a guest; any other one is not told. */
static void tell_next(struct talks *talks, struct guest *guest,
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
		tell_next(talks, guest, (const void *)letter);
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
		mark_behind(guest);
	else
		catch_up(talks, guest);
}

static void tell_state_to(struct guest *guest)
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

static void welcome(struct talks *talks, struct guest *guest)
{
	struct talk *talk = guest->talk;

	guest->is_known = true;
	if (guest->sent > talk->state.last ||
	    (guest->has_epoch && guest->epoch != talk->state.epoch))
		guest->sent = 0;
	tell_state_to(guest);
	catch_up(talks, guest);
	guest->face->known(guest, CHAT_OK);
}

static void send_away(struct talks *talks, struct guest *guest,
		      enum chat_result result)
{
	talks_leave(talks, guest);
	guest->face->known(guest, result);
}

/* All of them hear the same, and the conversation is forgotten. */
static void end_talk(struct talks *talks, struct talk *talk,
		     enum chat_result result)
{
	talk->is_followed = false;
	while (talk->guests)
		send_away(talks, talk->guests, result);
	talk_free(talks, talk);
}

/*
 * Following on the line.
 */

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
	if (!talk->is_known) {
		struct talk **row =
			&talks->by_chat[row_of(talks, state->chat.byte)];

		talk->next_chat = *row;
		*row = talk;
		talk->is_known = true;
	}
	talk->state = *state;
	for (struct guest *guest = talk->guests; guest; guest = next) {
		next = guest->next;
		if (!guest->is_known) {
			welcome(talks, guest);
			continue;
		}
		if (is_news)
			tell_state_to(guest);
		if (guest->sent < state->last)
			mark_behind(guest);
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
	tell_presence(talks, talk,
		      talk->guests || talk->until > clock_monotonic());
}

static void follow(struct talks *talks, struct talk *talk)
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

static void ask_hours(struct talks *talks)
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
		talk = find_chat(talks, &state->chat);
		if (talk && talk->is_followed && state->result == CHAT_OK)
			take_state(talks, talk, state);
		break;
	case CHAT_EVENT:
		talk = find_chat(talks, &event->chat);
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
			tell_next(talks, guest, event);
			if (guest->sent < talk->state.last)
				mark_behind(guest);
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
	for (size_t i = 0; i < ROWS; i++)
		for (struct talk *talk = talks->by_token[i]; talk;
		     talk = talk->next_token) {
			talk->is_followed = false;
			talk->follow_at = 0;
		}
	if (is_here)
		ask_hours(talks);
}

/*
 * What time brings.
 */

static void look_at_guest(struct talks *talks, struct guest *guest,
			  nanoseconds now)
{
	if (!guest->is_known) {
		if (guest->since + TALKS_WAIT_MS * NS_PER_MS <= now)
			send_away(talks, guest, CHAT_LATER);
		return;
	}
	if (!guest->is_behind)
		return;
	if (guest->since + TALKS_STALL_MS * NS_PER_MS <= now &&
	    guest->face->pending(guest) > TALKS_PENDING_LOW) {
		counter_add(talks->refused, 1);
		send_away(talks, guest, CHAT_LATER);
		return;
	}
	catch_up(talks, guest);
}

static void look_at(struct talks *talks, struct talk *talk, nanoseconds now)
{
	struct guest *next;

	follow(talks, talk);
	for (struct guest *guest = talk->guests; guest; guest = next) {
		next = guest->next;
		look_at_guest(talks, guest, now);
	}
	tell_presence(talks, talk, talk->guests || talk->until > now);
	if (talk->guests || talk->until > now || talk->follow)
		return;
	unfollow(talks, talk);
	talk_free(talks, talk);
}

static void tick(void *self)
{
	struct talks *talks = self;
	nanoseconds now = clock_monotonic();
	struct talk *next;

	ask_hours(talks);
	if (talks->count == 0)
		return;
	for (size_t i = 0; i < ROWS; i++)
		for (struct talk *talk = talks->by_token[i]; talk;
		     talk = next) {
			next = talk->next_token;
			look_at(talks, talk, now);
		}
}

static const struct asks_face face = { .news = hear_news, .line = hear_line };

struct talks *talks_new(struct loop *loop)
{
	struct talks *talks = calloc(1, sizeof(*talks));

	if (!talks)
		return NULL;
	talks->loop = loop;
	randombytes_buf(talks->key, sizeof(talks->key));
	talks->asks = asks_new(loop, &face, talks);
	talks->timer =
		talks->asks ? loop_every(loop, TICK_MS, tick, talks) : -ENOMEM;
	if (talks->timer < 0) {
		asks_free(talks->asks);
		free(talks);
		return NULL;
	}
	talks->talking = counter_new(COUNTER_GAUGE, "counter_conversations",
				     "Conversations whose visitors are here.");
	talks->events = counter_new(COUNTER_TOTAL, "counter_events_total",
				    "Events told to visitors.");
	talks->fetches = counter_new(COUNTER_TOTAL, "counter_fetches_total",
				     "Times that a visitor lacked events.");
	talks->refused =
		counter_new(COUNTER_TOTAL, "counter_slow_readers_total",
			    "Visitors' connections ended because they did not "
			    "read.");
	return talks;
}

void talks_free(struct talks *talks)
{
	if (!talks)
		return;
	loop_stop_timer(talks->loop, talks->timer);
	for (size_t i = 0; i < ROWS; i++)
		while (talks->by_token[i])
			talk_free(talks, talks->by_token[i]);
	asks_free(talks->asks);
	free(talks);
}

struct asks *talks_asks(struct talks *talks)
{
	return talks->asks;
}

int talks_take_line(struct talks *talks, int end)
{
	return asks_take_line(talks->asks, end);
}

static struct guest *oldest(struct talk *talk, size_t *ret_count)
{
	struct guest *last = NULL;

	*ret_count = 0;
	for (struct guest *guest = talk->guests; guest; guest = guest->next) {
		last = guest;
		++*ret_count;
	}
	return last;
}

void talks_join(struct talks *talks, const uint8_t token[CHAT_TOKEN_SIZE],
		struct guest *guest)
{
	struct talk *talk = find(talks, token);
	struct guest *last;
	size_t count;

	assert(!guest->talk);
	guest->fetch = 0;
	guest->is_known = guest->is_behind = false;
	guest->since = clock_monotonic();
	if (!talk)
		talk = talk_new(talks, token);
	if (!talk) {
		guest->face->known(guest, CHAT_FULL);
		return;
	}
	last = oldest(talk, &count);
	if (count >= TALKS_GUESTS_MAX)
		send_away(talks, last, CHAT_FULL);
	guest->talk = talk;
	guest->next = talk->guests;
	talk->guests = guest;
	if (talk->is_known) {
		tell_presence(talks, talk, true);
		welcome(talks, guest);
	} else {
		follow(talks, talk);
	}
}

void talks_leave(struct talks *talks, struct guest *guest)
{
	struct talk *talk = guest->talk;
	struct guest **link;
	nanoseconds until;

	if (!talk)
		return;
	link = &talk->guests;
	while (*link != guest)
		link = &(*link)->next;
	*link = guest->next;
	guest->talk = NULL;
	asks_forget(talks->asks, guest->fetch);
	guest->fetch = 0;
	until = clock_monotonic() + TALKS_GRACE_MS * NS_PER_MS;
	if (talk->is_known && talk->until < until)
		talk->until = until;
}

void talks_again(struct talks *talks, struct guest *guest, uint64_t after)
{
	if (!guest->is_known || after >= guest->talk->state.last)
		return;
	asks_forget(talks->asks, guest->fetch);
	guest->fetch = 0;
	guest->sent = after;
	catch_up(talks, guest);
}

const struct chat_state *talks_state(const struct guest *guest)
{
	assert(guest->talk && guest->is_known);
	return &guest->talk->state;
}

const uint8_t *talks_token(const struct guest *guest)
{
	assert(guest->talk);
	return guest->talk->token;
}

uint32_t talks_may(struct talks *talks, const uint8_t token[CHAT_TOKEN_SIZE],
		   struct limit_rate rate)
{
	struct talk *talk = find(talks, token);

	return talk ? bucket_take(&talk->acts, rate, clock_monotonic()) : 0;
}

void talks_stay(struct guest *guest, uint32_t ms)
{
	nanoseconds until = clock_monotonic() + ms * NS_PER_MS;

	if (guest->talk->until < until)
		guest->talk->until = until;
}

const struct chat_hours *talks_hours(const struct talks *talks)
{
	return talks->has_hours ? &talks->hours : NULL;
}
