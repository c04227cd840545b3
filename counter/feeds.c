/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/feeds.h"

#include <errno.h>
#include <string.h>

#include "counter/errors.h"
#include "counter/say.h"
#include "counter/tell.h"
#include "http/socket.h"

enum { RETRY_MS = 2 * MS_PER_S, NUMBER_MAX = 1 << 30 };

struct feed {
	struct guest guest; /* first: the face gets it back from there */
	struct lobby *lobby;
	struct http_feed *feed;
	struct feed *next, **link;
	struct limit_who who;
	nanoseconds since, beat;
};

static void feed_free(struct feed *feed)
{
	talks_leave(feed->lobby->talks, &feed->guest);
	*feed->link = feed->next;
	if (feed->next)
		feed->next->link = feed->link;
	free(feed);
}

static void feed_end(struct feed *feed)
{
	http_feed_end(feed->feed);
	feed_free(feed);
}

static void send_text(struct feed *feed, struct text *bytes)
{
	if (!bytes->failed &&
	    http_feed_send(feed->feed,
			   (struct slice){ bytes->bytes, bytes->size }) < 0)
		counter_add(feed->lobby->broken, 1);
	feed->beat = clock_monotonic();
	text_drop(bytes);
}

/* Messages hold no line break: text_json() writes \n as two letters. */
static void tell(struct guest *guest, struct slice json, uint64_t number)
{
	struct feed *feed = (struct feed *)guest;
	struct text bytes = TEXT_NEW;

	if (number)
		text_format(&bytes, "id: %llu\n", (unsigned long long)number);
	text_say(&bytes, "data: ");
	text_add(&bytes, json);
	text_say(&bytes, "\n\n");
	send_text(feed, &bytes);
}

static size_t pending(const struct guest *guest)
{
	return http_feed_pending(((const struct feed *)guest)->feed);
}

static void known(struct guest *guest, enum chat_result result)
{
	struct feed *feed = (struct feed *)guest;
	struct text json = TEXT_NEW;

	if (result == CHAT_OK)
		return;
	if (result == CHAT_NOT_FOUND)
		(void)limit_take(feed->lobby->limit, LIMIT_FAIL, feed->who,
				 clock_monotonic());
	tell_error(&json, tell_code(result), NULL,
		   result == CHAT_NOT_FOUND ? 0 : RETRY_MS);
	if (!json.failed)
		tell(guest, (struct slice){ json.bytes, json.size }, 0);
	text_drop(&json);
	feed_end(feed);
}

static const struct guest_face guest_face = {
	.known = known,
	.tell = tell,
	.pending = pending,
};

static void gone(void *self, struct http_feed *http)
{
	(void)http;
	feed_free(self);
}

/* Where the reader was: what its browser remembers, or what it says. */
static uint64_t number_after(const struct visit *visit)
{
	struct slice last = http_header(visit->request, "Last-Event-ID");
	char text[16] = "";
	uint64_t number;

	if (last.size > 0 && slice_number(last, NUMBER_MAX, &number) == 0)
		return number;
	if (visit_query(visit, "after", text, sizeof(text)) &&
	    slice_number(slice_of(text), NUMBER_MAX, &number) == 0)
		return number;
	return 0;
}

void do_chat_events(struct visit *visit)
{
	struct lobby *lobby = visit->lobby;
	uint8_t token[CHAT_TOKEN_SIZE];
	struct text hello = TEXT_NEW;
	struct feed *feed;
	char epoch[SAY_EPOCH_TEXT];
	uint32_t wait_ms = limit_look(lobby->limit, LIMIT_FAIL, visit->who,
				      clock_monotonic());

	if (wait_ms) {
		error_limited(visit, wait_ms);
		return;
	}
	feed = calloc(1, sizeof(*feed));
	if (!feed || http_feed_open(visit->request, visit->answer, gone, feed,
				    &feed->feed) < 0) {
		free(feed);
		error_show(visit, PROBLEM_later);
		return;
	}
	feed->guest.face = &guest_face;
	feed->guest.sent = number_after(visit);
	feed->guest.has_epoch =
		visit_query(visit, "epoch", epoch, sizeof(epoch)) &&
		say_epoch_read(slice_of(epoch), &feed->guest.epoch) == 0;
	feed->lobby = lobby;
	feed->who = visit->who;
	feed->since = clock_monotonic();
	feed->next = lobby->feeds;
	feed->link = &lobby->feeds;
	if (feed->next)
		feed->next->link = &feed->next;
	lobby->feeds = feed;

	/* Something at once, so that nothing on the way waits for it. */
	text_say(&hello, ":\n\n");
	send_text(feed, &hello);
	visit_bearer(visit, token);
	talks_join(lobby->talks, token, &feed->guest);
	explicit_bzero(token, sizeof(token));
}

void feeds_look(struct lobby *lobby, nanoseconds now)
{
	struct text beat = TEXT_NEW;
	struct feed *next;

	for (struct feed *feed = lobby->feeds; feed; feed = next) {
		next = feed->next;
		if (feed->since + FEEDS_LIFE_MS * NS_PER_MS <= now) {
			feed_end(feed);
		} else if (feed->beat + FEEDS_BEAT_MS * NS_PER_MS <= now) {
			text_say(&beat, ":\n\n");
			send_text(feed, &beat);
		}
	}
}

void feeds_stop(struct lobby *lobby)
{
	while (lobby->feeds)
		feed_end(lobby->feeds);
}
