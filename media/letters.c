/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "media/room.h"
#include "seal/box.h"

/*
 * A letter comes a moment after what it tells. So before anything of a
 * call changes, what has already arrived on its ports is taken in under
 * the old state; then the change holds from the time that it names.
 */
static void drain(struct media *media, const struct call *call)
{
	for (int i = 0; i < CALL_STREAMS_MAX; i++) {
		uint16_t port = call->streams[i].port;

		if (port == 0)
			continue;
		inlet_drain(media->inlet, port);
		inlet_drain(media->inlet, (uint16_t)(port + 1));
	}
}

/* A time in a letter, monotonic; 0 and the future mean now. */
static nanoseconds time_of(nanoseconds wall)
{
	nanoseconds now = clock_monotonic();
	nanoseconds at = wall == 0 ? now : inlet_time(wall);

	return at > now ? now : at;
}

static bool is_sane(const struct media_open *letter)
{
	if (letter->stream_count > CALL_STREAMS_MAX ||
	    id_is_none(&letter->call) || id_is_none(&letter->contact))
		return false;
	for (uint32_t i = 0; i < letter->stream_count; i++)
		if (!stream_is_sane(&letter->streams[i]))
			return false;
	return true;
}

static void free_stream(struct media *media, struct call *call, uint32_t place)
{
	struct stream *stream = &call->streams[place];

	table_close_port(media->table, stream->port);
	media->counts.lost += stream_lost(stream);
	stream_clear(stream);
}

/* Make the call's streams what the letter says they are. */
static int apply(struct media *media, struct call *call,
		 const struct media_open *letter)
{
	static const struct media_stream nothing;
	nanoseconds at = time_of(letter->at);

	for (uint32_t i = 0; i < CALL_STREAMS_MAX; i++) {
		struct stream *stream = &call->streams[i];
		const struct media_stream *told = i < letter->stream_count
							  ? &letter->streams[i]
							  : &nothing;
		int r;

		if (told->state == CALL_STREAM_FREE) {
			if (stream->port == 0)
				continue;
			r = call_tell(call, &media->pen, i, &nothing, at);
			assert(r == 0);
			free_stream(media, call, i);
			continue;
		}
		if (stream->port == 0)
			stream->port = table_open_port(media->table, call, i,
						       told->want_port);
		if (stream->port == 0)
			return -EAGAIN;
		r = call_tell(call, &media->pen, i, told, at);
		if (r < 0)
			return r;
	}
	return 0;
}

static void answer_gate(struct media *media, struct call *call,
			const struct media_open *letter)
{
	nanoseconds wall = letter->answered_at;

	if (call->state != CALL_WAITING || wall == 0)
		return;
	/* A stretch that goes on after a crash begins when it is opened. */
	if (letter->head.type == MEDIA_OPEN && letter->at > wall)
		wall = letter->at;
	call_answer(call, &media->pen, time_of(wall), clock_monotonic());
}

static int begin(struct media *media, const struct media_open *letter,
		 struct call **ret_call)
{
	struct seal_wrapped wrapped;
	struct call *call;
	uint8_t *key;
	int r;

	if (!media->keys)
		return -ENOKEY;
	if (media->is_stopping)
		return -EAGAIN;
	if (media_is_full(media)) {
		media->counts.refused_full++;
		return -EAGAIN;
	}
	call = table_take(media->table, &letter->call, &key);
	if (!call)
		return -EAGAIN;
	r = seal_key(media->keys, &letter->end, SEAL_FOR_SPOOL, &letter->call,
		     key, &wrapped);
	if (r == 0) {
		call_open(call, letter, key, &wrapped, clock_monotonic());
		r = apply(media, call, letter);
	} else {
		call->key = key;
	}
	if (r < 0) {
		key = call->key;
		call_clear(call, &media->pen);
		call->key = key;
		table_give(media->table, call, false);
		return r;
	}
	*ret_call = call;
	return 0;
}

bool media_is_full(struct media *media)
{
	uint64_t room =
		(uint64_t)media->buffer_mb * (1 << 20) / SPOOL_BLOCK_SIZE;
	struct spool_figures figures;
	bool is_full;

	spool_log_figures(media->log, &figures);
	is_full = spool_log_is_full(media->log) ||
		  figures.waiting >= room - room / 8;
	if (is_full && !media->is_full)
		log_error("spool", "full: new calls are refused until there is "
				   "room on disk");
	else if (!is_full && media->is_full)
		log_info("spool", "new calls are taken again");
	media->is_full = is_full;
	return is_full;
}

/* A call that outlived its siprec process, by either id. */
static struct call *find_known(struct media *media,
			       const struct media_open *letter)
{
	struct call *call = table_find(media->table, &letter->call);

	if (!call) {
		call = table_find_orphan(media->table, &letter->contact);
		if (call)
			table_rename(media->table, call, &letter->call);
	}
	if (call && call->is_orphan) {
		call->is_orphan = false;
		media->counts.adopted++;
	}
	return call && call->state != CALL_ENDING ? call : NULL;
}

static int open_or_change(struct media *media, const struct media_open *letter,
			  struct call **ret_call)
{
	struct call *call;
	int r;

	if (!is_sane(letter))
		return -EINVAL;
	call = find_known(media, letter);
	if (call) {
		drain(media, call);
		r = apply(media, call, letter);
	} else if (letter->head.type == MEDIA_CHANGE) {
		return -ENOENT;
	} else {
		r = begin(media, letter, &call);
		if (r == 0)
			media->counts.calls++;
		else
			media->counts.refused++;
	}
	if (r < 0)
		return r;
	answer_gate(media, call, letter);
	*ret_call = call;
	return 0;
}

static int take_open(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct media_open *letter = (const void *)head;
	struct media *media = self;
	struct call *call = NULL;
	struct media_opened answer = {
		.head = { .type = MEDIA_OPENED,
			  .size = sizeof(answer),
			  .tag = head->tag },
		.call = letter->call,
	};

	(void)fds;
	answer.result = open_or_change(media, letter, &call);
	for (int i = 0; call && i < CALL_STREAMS_MAX; i++)
		answer.port[i] = call->streams[i].port;
	/* The letter lies in the line's own buffer: SRTP keys go at once. */
	sodium_memzero((void *)(uintptr_t)letter, sizeof(*letter));
	return line_post(end, &answer.head, NULL, true);
}

static int take_mark(void *self, int end, const struct letter *head,
		     struct letter_fds *fds)
{
	const struct media_mark *letter = (const void *)head;
	struct media *media = self;
	struct call *call = table_find(media->table, &letter->call);
	nanoseconds at = time_of(letter->at);

	(void)end, (void)fds;
	if (!call)
		return 0; /* ended by itself a moment ago */
	call->is_orphan = false;
	drain(media, call);
	if (letter->kind != CALL_MARK_ANSWERED)
		call_mark(call, &media->pen, letter->kind, letter->label, at);
	else if (call->state == CALL_WAITING)
		call_answer(call, &media->pen, at, clock_monotonic());
	return 0;
}

void media_hand_on(struct media *media, struct call *call)
{
	uint8_t *key = call->key;

	if (!call_is_written(call))
		return;
	ended_enter(media->ended, call);
	call_clear(call, &media->pen);
	call->key = key;
	table_give(media->table, call, true);
}

void media_end_call(struct media *media, struct call *call, uint32_t reason,
		    nanoseconds at)
{
	uint8_t *key = call->key;

	for (int i = 0; i < CALL_STREAMS_MAX; i++) {
		if (call->streams[i].port != 0)
			table_close_port(media->table, call->streams[i].port);
		call->streams[i].port = 0;
	}
	call_close(call, &media->pen, reason, at);
	if (call->state == CALL_FREE) {
		/* Never answered: nothing was written, nothing remains. */
		call->key = key;
		table_give(media->table, call, false);
		return;
	}
	media_hand_on(media, call);
}

/* When its last packet came, by the wall clock; 0: none was kept. */
static nanoseconds last_wall(const struct call *call)
{
	return call->kept_at == 0
		       ? 0
		       : call->zero_wall + (call->kept_at - call->zero);
}

static int take_close(void *self, int end, const struct letter *head,
		      struct letter_fds *fds)
{
	const struct media_close *letter = (const void *)head;
	struct media *media = self;
	struct call *call = table_find(media->table, &letter->call);
	nanoseconds at = time_of(letter->at);
	struct media_closed answer = {
		.head = { .type = MEDIA_CLOSED,
			  .size = sizeof(answer),
			  .tag = head->tag },
		.call = letter->call,
		.result = -ENOENT,
	};

	(void)fds;
	if (call && call->state != CALL_ENDING) {
		drain(media, call);
		answer.result = 0;
		answer.streams_heard = call_streams_heard(call);
		answer.last_at = last_wall(call);
		if (call->kept_at > at)
			answer.last_at -= call->kept_at - at;
		media_end_call(media, call, letter->reason, at);
	}
	return line_post(end, &answer.head, NULL, true);
}

int media_serve_siprec(struct media *media, int end)
{
	static const struct line_rule rules[] = {
		{ MEDIA_OPEN, sizeof(struct media_open), take_open },
		{ MEDIA_CHANGE, sizeof(struct media_open), take_open },
		{ MEDIA_MARK, sizeof(struct media_mark), take_mark },
		{ MEDIA_CLOSE, sizeof(struct media_close), take_close },
	};

	return line_serve(end, rules, COUNT(rules), media);
}

void media_orphan(struct media *media)
{
	nanoseconds now = clock_monotonic();

	for (struct call *call = table_next(media->table, NULL); call;
	     call = table_next(media->table, call)) {
		call->is_orphan = true;
		call->heard_at = now;
	}
}

void media_greet(struct media *media)
{
	uint32_t pairs = table_pairs(media->table) / 2;
	struct media_ready letter = {
		.head = { .type = MEDIA_READY, .size = sizeof(letter) },
		.calls_max =
			pairs < media->calls_max ? pairs : media->calls_max,
	};

	media_orphan(media);
	if (line_post(media->siprec, &letter.head, NULL, false) < 0)
		return; /* gone again: its line is heard next */
}

/* ---- what nobody asked for ---- */

static void say_silent(struct media *media, struct call *call)
{
	struct media_closed letter = {
		.head = { .type = MEDIA_SILENT, .size = sizeof(letter) },
		.call = *table_name(media->table, call),
		.streams_heard = call_streams_heard(call),
		.last_at = last_wall(call),
	};

	if (media->siprec >= 0 &&
	    line_post(media->siprec, &letter.head, NULL, false) == 0)
		call->said_silent = true;
}

static bool has_live_stream(const struct call *call)
{
	for (int i = 0; i < CALL_STREAMS_MAX; i++)
		if (call->streams[i].state == CALL_STREAM_LIVE)
			return true;
	return false;
}

void media_watch(struct media *media)
{
	nanoseconds now = clock_monotonic();
	struct call *next;

	for (struct call *call = table_next(media->table, NULL); call;
	     call = next) {
		bool is_silent =
			now - call->heard_at >= media->silence_s * NS_PER_S;

		next = table_next(media->table, call);
		if (call->state == CALL_ENDING)
			continue;
		if (call->state == CALL_RECORDING &&
		    now - call->zero > CALL_LENGTH_MAX_S * NS_PER_S)
			media_end_call(media, call, CALL_END_LIMIT, now);
		else if (is_silent && call->is_orphan)
			media_end_call(media, call, CALL_END_LOST,
				       call->kept_at ? call->kept_at : now);
		else if (is_silent && !call->said_silent &&
			 has_live_stream(call))
			say_silent(media, call);
	}
}
