/* SPDX-License-Identifier: EUPL-1.2 */
#include "media/call.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

enum {
	TICKS_PER_MS = SPOOL_TICKS_PER_S / MS_PER_S,
	HOLD_TICKS = CALL_HOLD_MS * TICKS_PER_MS,
	AGE_TICKS = CALL_BLOCK_AGE_MS * TICKS_PER_MS,
	EVERY_PLACE = UINT8_MAX,
};

#define TICK_NS (NS_PER_S / SPOOL_TICKS_PER_S)

/* Head of a record; in memory as in the spool. */
struct record {
	uint16_t size;
	uint8_t type;
	uint8_t place;
	uint32_t ticks;
};

static_assert(sizeof(struct record) == SPOOL_RECORD_HEAD, "format");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	      "records are made in place");

/* A packet before the answer. */
struct early {
	uint16_t size;
	uint8_t type;
	uint8_t place;
	uint32_t reserved;
	nanoseconds at;
};

static uint32_t ticks_of(const struct call *call, nanoseconds at)
{
	return at <= call->zero ? 0 : (uint32_t)((at - call->zero) / TICK_NS);
}

static nanoseconds wall_of(const struct call *call, nanoseconds at)
{
	return call->zero_wall + (at - call->zero);
}

static struct record record_at(const struct call *call, uint32_t at)
{
	struct record record;

	memcpy(&record, call->room->records + at, sizeof(record));
	return record;
}

/* ---- records into blocks ---- */

static uint32_t block_room(const struct call *call)
{
	return call->block_count == 0 ? SPOOL_RECORDS_FIRST
				      : SPOOL_RECORDS_LATER;
}

/* How many bytes of whole records go into the next block. */
static uint32_t ripe(const struct call *call, uint32_t until)
{
	uint32_t room = block_room(call);
	uint32_t end = 0;

	while (end < call->used) {
		struct record record = record_at(call, end);
		uint32_t next = end + SPOOL_RECORD_HEAD + record.size;

		if (next > room || record.ticks > until)
			break;
		end = next;
	}
	return end;
}

static void drop_front(struct call *call, uint32_t size)
{
	call->used -= size;
	memmove(call->room->records, call->room->records + size, call->used);
	if (call->used > 0)
		call->oldest = record_at(call, 0).ticks;
	call->filled = 0;
}

/* Seal one block of records not younger than that; false if there is no
 * memory for it, or nothing to seal. */
static bool seal_block(struct call *call, const struct pen *pen, uint32_t until)
{
	struct spool_first first;
	uint8_t *block;
	uint64_t turn;
	uint32_t size;

	/* They came one by one, long ago for a cache: all at once now. */
	for (uint32_t at = 0; at < call->used; at += CALL_CACHE_LINE)
		__builtin_prefetch(call->room->records + at, 1);
	size = ripe(call, until);
	if (size == 0)
		return false;
	block = spool_log_block(pen->log, call->last_turn, &turn);
	if (!block)
		return false;
	if (call->block_count == 0) {
		first = (struct spool_first){
			.wrapped = call->wrapped,
			.contact = call->contact,
			.number = call->number,
			.at = call->zero_wall,
			.segment = call->segment,
		};
		call->first_turn = turn;
	}
	spool_block_seal(pen->sealer, call->key, &call->name, call->block_count,
			 call->block_count == 0 ? &first : NULL,
			 call->room->records, size, block);
	call->block_count++;
	call->last_turn = turn;
	drop_front(call, size);
	return true;
}

/* Room for a record; false if the spool is too slow. */
static bool make_room(struct call *call, const struct pen *pen, size_t size,
		      uint32_t ticks)
{
	if (call->used + size <= CALL_RECORDS_SIZE)
		return true;
	/* Full of young records: the hold gives way. */
	if (!seal_block(call, pen, ticks) && !seal_block(call, pen, UINT32_MAX))
		return false;
	return call->used + size <= CALL_RECORDS_SIZE;
}

static bool put(struct call *call, const struct pen *pen,
		const struct record *record, const void *payload)
{
	size_t size = SPOOL_RECORD_HEAD + (size_t)record->size;
	uint32_t room;

	if (!make_room(call, pen, size, record->ticks))
		return false;
	if (call->used == 0)
		call->oldest = record->ticks;
	memcpy(call->room->records + call->used, record, SPOOL_RECORD_HEAD);
	memcpy(call->room->records + call->used + SPOOL_RECORD_HEAD, payload,
	       record->size);
	call->used += (uint32_t)size;

	room = block_room(call);
	if (call->used > room) {
		if (call->filled == 0)
			call->filled = record->ticks;
		if (record->ticks >= call->filled + HOLD_TICKS)
			(void)seal_block(call, pen, record->ticks - HOLD_TICKS);
	}
	return true;
}

static bool put_struct(struct call *call, const struct pen *pen, uint8_t type,
		       uint32_t place, nanoseconds at, const void *payload,
		       size_t size)
{
	const struct record record = {
		.size = (uint16_t)size,
		.type = type,
		.place = (uint8_t)place,
		.ticks = ticks_of(call, at),
	};

	return put(call, pen, &record, payload);
}

/* Tell of a hole that we made, as soon as there is room to. */
static bool put_overrun(struct call *call, const struct pen *pen,
			nanoseconds at)
{
	const struct spool_overrun overrun = { .packets = call->overrun };

	if (call->overrun == 0)
		return true;
	if (!put_struct(call, pen, SPOOL_OVERRUN, 0, at, &overrun,
			sizeof(overrun)))
		return false;
	call->overrun = 0;
	return true;
}

static void keep(struct call *call, const struct pen *pen, uint8_t type,
		 uint32_t place, nanoseconds at, const void *payload,
		 size_t size)
{
	if (!put_overrun(call, pen, at) ||
	    !put_struct(call, pen, type, place, at, payload, size)) {
		if (type == SPOOL_RTP) {
			call->overrun++;
			pen->counts->dropped[DROP_OVERRUN]++;
		}
		return;
	}
	if (type == SPOOL_RTP) {
		call->kept_at = at;
		pen->counts->kept++;
	} else {
		pen->counts->reports++;
	}
}

/* Take back what arrived after a time and is not sealed yet. */
static void cut(struct call *call, const struct pen *pen, uint32_t place,
		nanoseconds at)
{
	uint32_t until = ticks_of(call, at);
	uint32_t from = 0, to = 0;

	while (from < call->used) {
		struct record record = record_at(call, from);
		uint32_t size = SPOOL_RECORD_HEAD + record.size;
		bool is_packet =
			record.type == SPOOL_RTP || record.type == SPOOL_REPORT;

		if (is_packet && record.ticks > until &&
		    (place == EVERY_PLACE || place == record.place)) {
			pen->counts->dropped[DROP_AFTER]++;
			if (record.type == SPOOL_RTP)
				pen->counts->kept--;
		} else {
			memmove(call->room->records + to,
				call->room->records + from, size);
			to += size;
		}
		from += size;
	}
	/* What was cut is gone from memory too. */
	sodium_memzero(call->room->records + to, call->used - to);
	call->used = to;
	if (call->kept_at > at)
		call->kept_at = at;
}

/* ---- before the answer ---- */

static void wait_with(struct call *call, const struct pen *pen, uint8_t type,
		      uint32_t place, nanoseconds at, const void *payload,
		      size_t size)
{
	const struct early early = {
		.size = (uint16_t)size,
		.type = type,
		.place = (uint8_t)place,
		.at = at,
	};
	uint32_t need = (uint32_t)(sizeof(early) + size);
	uint32_t gone = 0;

	/* The oldest give way, a quarter of the ring at a time. */
	while (call->early_used + need - gone > CALL_EARLY_SIZE ||
	       (gone > 0 && gone < CALL_EARLY_SIZE / 4 &&
		gone < call->early_used)) {
		struct early oldest;

		memcpy(&oldest, call->room->early + gone, sizeof(oldest));
		gone += (uint32_t)sizeof(oldest) + oldest.size;
		pen->counts->dropped[DROP_BEFORE]++;
	}
	if (gone > 0) {
		call->early_used -= gone;
		memmove(call->room->early, call->room->early + gone,
			call->early_used);
	}
	memcpy(call->room->early + call->early_used, &early, sizeof(early));
	memcpy(call->room->early + call->early_used + sizeof(early), payload,
	       size);
	call->early_used += need;
}

static void wipe_early(struct call *call)
{
	/* Only what was ever written: the rest of the page is not touched. */
	if (call->early_used > 0)
		sodium_memzero(call->room->early, sizeof(call->room->early));
	call->early_used = 0;
}

static void tell_spool(struct call *call, const struct pen *pen, uint32_t place,
		       nanoseconds at)
{
	if (!put_overrun(call, pen, at) ||
	    !put_struct(call, pen, SPOOL_STREAM, place, at,
			&call->streams[place].rest->told,
			sizeof(struct spool_stream)))
		call->overrun++;
}

static bool put_mark(struct call *call, const struct pen *pen, uint32_t kind,
		     uint32_t label, nanoseconds at)
{
	const struct spool_mark mark = {
		.at = wall_of(call, at),
		.kind = kind,
		.label = label,
	};

	return put_overrun(call, pen, at) &&
	       put_struct(call, pen, SPOOL_MARK, 0, at, &mark, sizeof(mark));
}

void call_answer(struct call *call, const struct pen *pen, nanoseconds at,
		 nanoseconds now)
{
	uint32_t from = 0;

	assert(call->state == CALL_WAITING);
	call->state = CALL_RECORDING;
	call->zero_wall = clock_now(&clock_system) - (now - at);
	call->zero = at;
	for (uint32_t i = 0; i < CALL_STREAMS_MAX; i++)
		if (call->streams[i].state != CALL_STREAM_FREE)
			tell_spool(call, pen, i, at);
	if (!put_mark(call, pen, CALL_MARK_ANSWERED, UINT32_MAX, at))
		call->overrun++;

	while (from < call->early_used) {
		struct early early;

		memcpy(&early, call->room->early + from, sizeof(early));
		from += (uint32_t)sizeof(early);
		if (early.at >= at)
			keep(call, pen, early.type, early.place, early.at,
			     call->room->early + from, early.size);
		else
			pen->counts->dropped[DROP_BEFORE]++;
		from += early.size;
	}
	wipe_early(call);
}

/* ---- the rest of a call's life ---- */

void call_make(struct call *call, struct call_room *room)
{
	memset(call, 0, sizeof(*call));
	call->room = room;
	for (int i = 0; i < CALL_STREAMS_MAX; i++)
		stream_make(&call->streams[i], &room->streams[i]);
}

void call_open(struct call *call, const struct media_open *letter, uint8_t *key,
	       const struct seal_wrapped *wrapped, nanoseconds now)
{
	assert(call->state == CALL_FREE);
	call->state = CALL_WAITING;
	call->key = key;
	call->wrapped = *wrapped;
	call->contact = letter->contact;
	call->name = letter->call;
	call->number = letter->number;
	call->segment = letter->segment;
	call->end = letter->end;
	call->heard_at = now;
}

int call_tell(struct call *call, const struct pen *pen, uint32_t place,
	      const struct media_stream *told, nanoseconds at)
{
	struct stream *stream = &call->streams[place];
	struct spool_stream tale = {
		.lane = told->lane,
		.state = told->state,
		.codec_count = told->codec_count,
		.label = told->label,
	};
	bool was_live = stream->state == CALL_STREAM_LIVE;
	int r;

	memcpy(tale.codecs, told->codecs,
	       told->codec_count * sizeof(tale.codecs[0]));
	r = stream_tell(stream, told);
	if (r < 0)
		return r;
	if (call->state == CALL_RECORDING && was_live &&
	    told->state != CALL_STREAM_LIVE)
		cut(call, pen, place, at);
	if (memcmp(&tale, &stream->rest->told, sizeof(tale)) == 0)
		return 0;
	stream->rest->told = tale;
	if (call->state == CALL_RECORDING)
		tell_spool(call, pen, place, at);
	return 0;
}

void call_mark(struct call *call, const struct pen *pen, uint32_t kind,
	       uint32_t label, nanoseconds at)
{
	if (call->state == CALL_RECORDING &&
	    !put_mark(call, pen, kind, label, at))
		call->overrun++;
}

void call_take(struct call *call, const struct pen *pen, uint32_t place,
	       uint8_t *packet, size_t size, const struct source *from,
	       bool is_control_port, nanoseconds at)
{
	struct stream_result result;
	enum stream_verdict verdict;
	const void *payload = packet;
	uint8_t type = SPOOL_RTP;

	if (call->state == CALL_ENDING) {
		pen->counts->dropped[DROP_AFTER]++;
		return;
	}
	verdict = stream_take(&call->streams[place], packet, &size, from,
			      is_control_port, at, &result);
	if (verdict == STREAM_DROP) {
		pen->counts->dropped[result.drop]++;
		return;
	}
	if (verdict == STREAM_REPORT) {
		type = SPOOL_REPORT;
		payload = &result.report;
		size = sizeof(result.report);
	} else {
		call->heard_at = at;
		call->said_silent = false;
	}
	if (call->state == CALL_WAITING)
		wait_with(call, pen, type, place, at, payload, size);
	else if (at >= call->zero)
		keep(call, pen, type, place, at, payload, size);
	else
		pen->counts->dropped[DROP_BEFORE]++;
}

void call_close(struct call *call, const struct pen *pen, uint32_t reason,
		nanoseconds at)
{
	assert(call->state != CALL_FREE);
	if (call->state == CALL_WAITING) {
		call_clear(call, pen);
		return;
	}
	if (call->state == CALL_ENDING)
		return;
	if (at < call->zero)
		at = call->zero;
	cut(call, pen, EVERY_PLACE, at);
	call->ended_wall = wall_of(call, at);
	call->reason = reason;
	call->state = CALL_ENDING;
	call_tick(call, pen, at);
}

/* The last record; there is always room for it in memory once everything
 * before it is sealed. */
static bool put_close(struct call *call, const struct pen *pen)
{
	const struct spool_close close = {
		.answered_at = call->zero_wall,
		.ended_at = call->ended_wall,
		.reason = call->reason,
	};
	nanoseconds at = call->zero + (call->ended_wall - call->zero_wall);

	return put_overrun(call, pen, at) &&
	       put_struct(call, pen, SPOOL_CLOSE, 0, at, &close, sizeof(close));
}

void call_tick(struct call *call, const struct pen *pen, nanoseconds now)
{
	uint32_t ticks = ticks_of(call, now);

	if (call->state == CALL_ENDING) {
		if (!call->has_close)
			call->has_close = put_close(call, pen);
		while (call->has_close && seal_block(call, pen, UINT32_MAX))
			continue;
		return;
	}
	if (call->state != CALL_RECORDING || call->used == 0 ||
	    ticks < call->oldest + AGE_TICKS)
		return;
	while (seal_block(call, pen, ticks - HOLD_TICKS))
		if (call->used == 0 || ticks < call->oldest + AGE_TICKS)
			break;
}

bool call_is_written(const struct call *call)
{
	return call->state == CALL_ENDING && call->has_close && call->used == 0;
}

uint32_t call_streams_heard(const struct call *call)
{
	uint32_t count = 0;

	for (int i = 0; i < CALL_STREAMS_MAX; i++)
		count += call->streams[i].was_heard;
	return count;
}

void call_clear(struct call *call, const struct pen *pen)
{
	for (int i = 0; i < CALL_STREAMS_MAX; i++) {
		pen->counts->lost += stream_lost(&call->streams[i]);
		stream_clear(&call->streams[i]);
	}
	wipe_early(call);
	/* Sealed records stay behind the used ones until overwritten. */
	if (call->state != CALL_WAITING)
		sodium_memzero(call->room->records,
			       sizeof(call->room->records));
	call_make(call, call->room);
}
