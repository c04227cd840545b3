/* SPDX-License-Identifier: EUPL-1.2 */
/* What this room says to the media processes, and hears from them. */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "siprec/attic.h"
#include "siprec/recorder.h"

/* Between two tries to reopen a call that media refused. */
enum { RETRY_FIRST_MS = 500, RETRY_LAST_MS = 8000 };

/* A media process that is gone for so long may not come back at all: the
   house starts it anew within a second if it can. */
enum { AWAY_MS = 10000 };

int media_choose(const struct recorder *recorder, uint64_t tried)
{
	int best = -EBUSY;
	uint64_t best_load = UINT64_MAX;

	for (uint32_t i = 0; i < MEDIA_MAX; i++) {
		const struct media_process *media = &recorder->media[i];
		uint64_t load;

		/* Where running calls are refused, new ones have no place. */
		if ((tried & 1ULL << i) || !outbox_is_open(&media->outbox) ||
		    media->refused > 0 ||
		    (media->calls_max > 0 && media->calls >= media->calls_max))
			continue;
		load = media->calls_max > 0 ? ((uint64_t)media->calls << 20) /
						      media->calls_max
					    : (uint64_t)media->calls << 10;
		if (load >= best_load)
			continue;
		best_load = load;
		best = (int)i;
	}
	return best;
}

bool media_try_another(struct recorder *recorder, struct contact *contact)
{
	int media;

	contact->tried |= 1ULL << contact->media;
	media = media_choose(recorder, contact->tried);
	if (media < 0 || contact->is_opened)
		return false;
	if (recorder->media[contact->media].calls > 0)
		recorder->media[contact->media].calls--;
	recorder->media[media].calls++;
	contact->media = (uint32_t)media;
	contact->call.call = id_new();
	contact_post_due(recorder, contact);
	return true;
}

void media_lost(struct recorder *recorder, uint32_t index)
{
	struct media_process *media = &recorder->media[index];

	if (!outbox_is_open(&media->outbox))
		return;
	log_warn("media", "media %u is gone; its calls wait for it", index);
	recorder_close(recorder, &media->outbox);
	media->lost_ms = recorder->now_ms;
}

static void post(struct recorder *recorder, uint32_t index,
		 struct letter *letter)
{
	struct media_process *media = &recorder->media[index];
	int r = outbox_post(&media->outbox, letter);

	if (r < 0 && r != -EPIPE)
		log_error("media", "cannot post to media %u: %s", index,
			  strerror(-r));
	if (r < 0)
		media_lost(recorder, index);
}

/* The tag names the contact, its place's generation and the version. */
static uint64_t tag_of(const struct recorder *recorder,
		       const struct contact *contact, uint32_t version)
{
	return (uint64_t)contact_index(recorder, contact) << 48 |
	       (uint64_t)(contact->generation & 0xffff) << 32 | version;
}

static bool has_new_stream(const struct contact *contact)
{
	for (uint32_t i = 0; i < contact->call.stream_count; i++)
		if (contact->call.streams[i].state != CALL_STREAM_FREE &&
		    contact->call.streams[i].want_port == 0)
			return true;
	return false;
}

/*
 * A stream that had no port yet would get any free one; while others are
 * still to come back that may be one that a client already sends to. So it
 * waits, and is told as a change when all are back.
 */
static bool hold_new_streams(struct media_open *letter)
{
	bool has_any = false;

	for (uint32_t i = 0; i < letter->stream_count; i++) {
		struct media_stream *stream = &letter->streams[i];

		if (stream->state == CALL_STREAM_FREE || stream->want_port != 0)
			continue;
		sodium_memzero(stream, sizeof(*stream));
		has_any = true;
	}
	return has_any;
}

static void post_as(struct recorder *recorder, struct contact *contact,
		    uint16_t type)
{
	struct media_open letter = contact->call;

	contact->posted = contact->wanted;
	contact->retry_ms = 0;
	if (contact->is_returning && hold_new_streams(&letter))
		contact->posted--;
	contact->tag = tag_of(recorder, contact, contact->posted);
	letter.head = (struct letter){ .type = type,
				       .size = sizeof(letter),
				       .tag = contact->tag };
	post(recorder, contact->media, &letter.head);
	sodium_memzero(&letter, sizeof(letter));
}

void media_post(struct recorder *recorder, struct contact *contact)
{
	struct media_process *media = &recorder->media[contact->media];

	/* One question at a time: the answer brings the next. */
	if (contact->state != CONTACT_OPEN || contact->tag != 0 ||
	    contact->posted == contact->wanted ||
	    !outbox_is_open(&media->outbox))
		return;
	/* Nobody may get a port that a client already sends to. */
	if (!contact->is_returning && media->returning > 0 &&
	    (!contact->is_opened || has_new_stream(contact)))
		return;
	/* Refused: its time comes, and nothing of it changes meanwhile. */
	if (contact->refusals > 0 && recorder->now_ms < contact->retry_ms)
		return;
	post_as(recorder, contact,
		contact->is_opened ? MEDIA_CHANGE : MEDIA_OPEN);
}

/* It has its ports again, or needs none; after the last, new calls do. */
static void is_back(struct recorder *recorder, struct contact *contact)
{
	struct media_process *media = &recorder->media[contact->media];

	contact->retry_ms = 0;
	if (contact->refusals > 0) {
		assert(media->refused > 0);
		media->refused--;
	}
	contact->refusals = 0;
	if (!contact->is_returning)
		return;
	contact->is_returning = false;
	assert(media->returning > 0);
	if (--media->returning > 0)
		return;
	for (uint32_t i = 0; i < recorder->contacts_used; i++) {
		struct contact *other = &recorder->contacts[i];

		if (other->state == CONTACT_OPEN &&
		    (!other->is_opened || other->posted != other->wanted) &&
		    other->media == contact->media && other->tag == 0)
			contact_post_due(recorder, other);
	}
}

void media_mark(struct recorder *recorder, const struct contact *contact,
		enum call_mark kind, uint32_t label, nanoseconds at)
{
	struct media_mark letter = {
		.head = { .type = MEDIA_MARK, .size = sizeof(letter) },
		.call = contact->call.call,
		.at = at,
		.kind = kind,
		.label = label,
	};

	/* Before media knows the call there is nothing to mark; its letter
	   will carry answered_at. */
	if (contact->posted > 0)
		post(recorder, contact->media, &letter.head);
}

void media_close(struct recorder *recorder, struct contact *contact,
		 nanoseconds at, enum call_end reason)
{
	struct media_close letter = {
		.head = { .type = MEDIA_CLOSE,
			  .size = sizeof(letter),
			  .tag = tag_of(recorder, contact, 0) },
		.call = contact->call.call,
		.at = at,
		.reason = reason,
	};

	contact->tag = 0;
	is_back(recorder, contact);
	if (contact->posted > 0)
		post(recorder, contact->media, &letter.head);
	else
		contact->closing_ms = recorder->now_ms;
	/* Keys are not needed any more. */
	sodium_memzero(contact->call.streams, sizeof(contact->call.streams));
}

static void begin_segment(struct recorder *recorder, struct contact *contact)
{
	contact->call.segment++;
	contact->call.call = id_new();
	contact->call.at = clock_now(recorder->clock);
	contact->tag = 0;
	contact->is_opened = false;
	contact->row.flags |= REGISTER_FLAG_SEGMENTS;
	contact_row_due(recorder, contact);
	contact_post_due(recorder, contact);
	TALLY(&recorder->tally, segments);
}

/*
 * Media knows nothing of the call any more: it was started anew. The call
 * goes on as its next segment, on the same ports (want_port), since the
 * client sends there and knows nothing of all this.
 */
static void open_again(struct recorder *recorder, struct contact *contact)
{
	if (!contact->is_returning)
		recorder->media[contact->media].returning++;
	contact->is_returning = true;
	begin_segment(recorder, contact);
}

/* Its client was told ports of ours and sends to them. */
static bool has_ports(const struct contact *contact)
{
	for (size_t i = 0; i < CALL_STREAMS_MAX; i++)
		if (contact->port[i] != 0)
			return true;
	return contact->is_opened;
}

void media_line(struct recorder *recorder, uint32_t index, int end)
{
	struct media_process *media = &recorder->media[index];

	recorder_close(recorder, &media->outbox);
	outbox_open(&media->outbox, end);
	media->calls_max = 0;
	media_known(recorder, index);
}

void media_known(struct recorder *recorder, uint32_t index)
{
	struct media_process *media = &recorder->media[index];

	media->returning = media->refused = 0;
	for (uint32_t i = 0; i < recorder->contacts_used; i++) {
		struct contact *contact = &recorder->contacts[i];

		if (contact->media != index)
			continue;
		if (contact->state == CONTACT_CLOSING)
			contact->closing_ms = recorder->now_ms;
		if (contact->state != CONTACT_OPEN)
			continue;
		/* It may be the same process, if it was we who restarted:
		   then it knows the call, and else it says so. */
		contact->tag = 0;
		contact->refusals = 0;
		contact->retry_ms = 0;
		contact->is_returning = has_ports(contact);
		media->returning += contact->is_returning;
		/* What the one before wrote of it, if anything, is a call of
		   its own for whoever recovers it. */
		if (!contact->is_opened && contact->posted > 0)
			contact->call.call = id_new();
		contact_post_due(recorder, contact);
	}
}

static struct contact *find_tag(struct recorder *recorder, uint64_t tag)
{
	uint64_t index = tag >> 48;
	struct contact *contact;

	if (tag == 0 || index >= recorder->contacts_used)
		return NULL;
	contact = &recorder->contacts[index];
	return contact->state == CONTACT_OPEN && contact->tag == tag ? contact
								     : NULL;
}

static struct contact *find_call(struct recorder *recorder, uint32_t index,
				 const struct id *call)
{
	for (uint32_t i = 0; i < recorder->contacts_used; i++) {
		struct contact *contact = &recorder->contacts[i];

		if (contact->state != CONTACT_FREE && contact->media == index &&
		    id_is(&contact->call.call, call))
			return contact;
	}
	return NULL;
}

/* Whoever waited for media can be answered, one way or the other. */
static void answer_sessions(struct recorder *recorder,
			    const struct contact *contact)
{
	uint32_t index = contact_index(recorder, contact), next;

	/* An answer may end its session. */
	for (uint32_t i = recorder->contact_first[index]; i != 0; i = next) {
		struct session *session = &recorder->sessions[i - 1];

		next = session->sibling;
		if (session->pending != 0)
			session_answer(recorder, session);
	}
}

static void take_ports(struct recorder *recorder, struct contact *contact,
		       const struct media_opened *letter)
{
	bool are_lost = false;
	uint32_t next;

	for (uint32_t i = 0; i < CALL_STREAMS_MAX; i++) {
		if (contact->port[i] != 0 && letter->port[i] != 0 &&
		    contact->port[i] != letter->port[i])
			are_lost = true;
		contact->port[i] = letter->port[i];
		contact->call.streams[i].want_port = letter->port[i];
	}
	if (!are_lost)
		return;
	TALLY(&recorder->tally, ports_lost);
	log_warn("media",
		 "a call could not keep its ports: its client is told");
	/* Telling may end a session. */
	for (uint32_t i =
		     recorder->contact_first[contact_index(recorder, contact)];
	     i != 0; i = next) {
		struct session *session = &recorder->sessions[i - 1];

		next = session->sibling;
		session->offers = 0;
		session_move(recorder, session);
	}
}

/*
 * The next segment of a running call was refused: no room just now. Its
 * sound goes nowhere until media takes it, so media is asked again and
 * again; the ports stay its own meanwhile, for nobody else gets one.
 */
static bool try_later(struct recorder *recorder, struct contact *contact,
		      int result)
{
	struct media_process *media = &recorder->media[contact->media];
	int64_t wait_ms = RETRY_LAST_MS;

	if (!has_ports(contact) || contact->is_opened || result == 0)
		return false;
	if (contact->refusals < 4)
		wait_ms = (int64_t)RETRY_FIRST_MS << contact->refusals;
	if (contact->refusals++ == 0) {
		media->refused++;
		TALLY(&recorder->tally, segments_refused);
		log_warn("media",
			 "media %u has no room for a running call: "
			 "asking again",
			 contact->media);
	}
	contact->posted--;
	contact->retry_ms = recorder->now_ms + wait_ms;
	return true;
}

/*
 * Its media process does not come back. Another one takes the call as its
 * next segment, at ports that the client must be told.
 */
static void go_elsewhere(struct recorder *recorder, struct contact *contact)
{
	int media = media_choose(recorder, 1ULL << contact->media);

	if (media < 0)
		return;
	is_back(recorder, contact);
	if (recorder->media[contact->media].calls > 0)
		recorder->media[contact->media].calls--;
	recorder->media[media].calls++;
	contact->media = (uint32_t)media;
	for (size_t i = 0; i < CALL_STREAMS_MAX; i++)
		contact->call.streams[i].want_port = 0;
	begin_segment(recorder, contact);
}

void media_retry(struct recorder *recorder, struct contact *contact)
{
	struct media_process *media = &recorder->media[contact->media];
	bool is_away = !outbox_is_open(&media->outbox);

	/* We are new ourselves: it is not known since when. */
	if (is_away && media->lost_ms == 0)
		media->lost_ms = recorder->now_ms;
	if (contact->state == CONTACT_OPEN && has_ports(contact) && is_away &&
	    recorder->now_ms - media->lost_ms >= AWAY_MS)
		go_elsewhere(recorder, contact);
	if (contact->state == CONTACT_OPEN && contact->retry_ms != 0 &&
	    recorder->now_ms >= contact->retry_ms && contact->tag == 0)
		media_post(recorder, contact);
}

static int take_opened(void *self, int end, const struct letter *head,
		       struct letter_fds *fds)
{
	const struct media_opened *letter = (const void *)head;
	struct recorder *recorder = self;
	struct contact *contact = find_tag(recorder, head->tag);

	(void)end, (void)fds;
	/* An answer for a call that ended meanwhile. */
	if (!contact || !id_is(&contact->call.call, &letter->call))
		return 0;
	contact->tag = 0;
	attic_touch_contact(recorder, contact);
	if (letter->result == -ENOENT && contact->is_opened) {
		open_again(recorder, contact);
		return 0;
	}
	if (try_later(recorder, contact, letter->result))
		return 0;
	contact->done = contact->posted;
	contact->last_result = (uint32_t)-letter->result;
	if (letter->result == 0) {
		contact->is_opened = true;
		take_ports(recorder, contact, letter);
	}
	is_back(recorder, contact);
	answer_sessions(recorder, contact);
	if (contact->state == CONTACT_OPEN &&
	    contact->posted != contact->wanted && !contact->is_post_due)
		media_post(recorder, contact);
	return 0;
}

static uint32_t hearing;

static int take_closed(void *self, int end, const struct letter *head,
		       struct letter_fds *fds)
{
	const struct media_closed *letter = (const void *)head;
	struct recorder *recorder = self;
	uint64_t index = head->tag >> 48;
	struct contact *contact = index < recorder->contacts_used
					  ? &recorder->contacts[index]
					  : NULL;

	(void)end, (void)fds;
	if (!contact || contact->state != CONTACT_CLOSING ||
	    !id_is(&contact->call.call, &letter->call))
		return 0;
	if (letter->result == 0 && letter->streams_heard == 0 &&
	    contact->row.answered_at != 0 && contact->call.segment == 0) {
		contact->row.flags |= REGISTER_FLAG_NO_SOUND;
		TALLY(&recorder->tally, calls_silent);
		contact_row_due(recorder, contact);
	}
	contact->closing_ms = recorder->now_ms;
	return 0;
}

static int take_silent(void *self, int end, const struct letter *head,
		       struct letter_fds *fds)
{
	const struct media_closed *letter = (const void *)head;
	struct recorder *recorder = self;
	struct contact *contact = find_call(recorder, hearing, &letter->call);
	uint32_t next;

	(void)end, (void)fds;
	if (!contact || contact->state != CONTACT_OPEN)
		return 0;
	for (uint32_t i =
		     recorder->contact_first[contact_index(recorder, contact)];
	     i != 0; i = next) {
		struct session *session = &recorder->sessions[i - 1];

		next = session->sibling;
		if (session->kept.state == SESSION_LIVE)
			session_silent(recorder, session, letter->last_at);
	}
	return 0;
}

static int take_ready(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	const struct media_ready *letter = (const void *)head;
	struct recorder *recorder = self;

	(void)end, (void)fds;
	recorder->media[hearing].calls_max = letter->calls_max;
	return 0;
}

int media_hear(struct recorder *recorder, uint32_t index)
{
	static const struct line_rule rules[] = {
		{ MEDIA_OPENED, sizeof(struct media_opened), take_opened },
		{ MEDIA_CLOSED, sizeof(struct media_closed), take_closed },
		{ MEDIA_SILENT, sizeof(struct media_closed), take_silent },
		{ MEDIA_READY, sizeof(struct media_ready), take_ready },
	};

	hearing = index;
	return line_serve(recorder->media[index].outbox.end, rules,
			  COUNT(rules), recorder);
}
