/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/talks.h"

#include <errno.h>
#include <string.h>

#include "counter/talks_parts.h"

enum { TICK_MS = 100 };

static size_t row_of(const struct talks *talks, const uint8_t *bytes)
{
	uint8_t out[crypto_shorthash_BYTES];
	uint64_t hash;

	(void)crypto_shorthash(out, bytes, CHAT_TOKEN_SIZE, talks->key);
	memcpy(&hash, out, sizeof(hash));
	return hash % TALKS_ROWS;
}

static struct talk *find(const struct talks *talks, const uint8_t *token)
{
	struct talk *talk = talks->by_token[row_of(talks, token)];

	while (talk && !bytes_are(talk->token, token, CHAT_TOKEN_SIZE))
		talk = talk->next_token;
	return talk;
}

struct talk *talk_of_chat(const struct talks *talks, const struct id *chat)
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

void talk_link_chat(struct talks *talks, struct talk *talk,
		    const struct id *chat)
{
	struct talk **row = &talks->by_chat[row_of(talks, chat->byte)];

	talk->next_chat = *row;
	*row = talk;
	talk->is_known = true;
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

void talk_free(struct talks *talks, struct talk *talk)
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

static void look_at(struct talks *talks, struct talk *talk, nanoseconds now)
{
	struct guest *next;

	follow_begin(talks, talk);
	for (struct guest *guest = talk->guests; guest; guest = next) {
		next = guest->next;
		guest_look(talks, guest, now);
	}
	follow_presence(talks, talk, talk->guests || talk->until > now);
	if (talk->guests || talk->until > now || talk->follow)
		return;
	follow_end(talks, talk);
	talk_free(talks, talk);
}

static void tick(void *self)
{
	struct talks *talks = self;
	nanoseconds now = clock_monotonic();
	struct talk *next;

	follow_hours(talks);
	if (talks->count == 0)
		return;
	for (size_t i = 0; i < TALKS_ROWS; i++)
		for (struct talk *talk = talks->by_token[i]; talk;
		     talk = next) {
			next = talk->next_token;
			look_at(talks, talk, now);
		}
}

struct talks *talks_new(struct loop *loop)
{
	struct talks *talks = calloc(1, sizeof(*talks));

	if (!talks)
		return NULL;
	talks->loop = loop;
	randombytes_buf(talks->key, sizeof(talks->key));
	talks->asks = asks_new(loop, &follow_face, talks);
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
	for (size_t i = 0; i < TALKS_ROWS; i++)
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
		guest_send_away(talks, last, CHAT_FULL);
	guest->talk = talk;
	guest->next = talk->guests;
	talk->guests = guest;
	if (talk->is_known) {
		follow_presence(talks, talk, true);
		guest_welcome(talks, guest);
	} else {
		follow_begin(talks, talk);
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
	guest_catch_up(talks, guest);
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
