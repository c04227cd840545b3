/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file call.h
 * One call: its gates, and its records on their way into the spool.
 *
 *	waiting --answered--> recording --close--> ending --written--> (free)
 *	   `------- close ------------------------------------------> (free)
 *
 * While waiting, packets are kept in a small ring in memory, so that the
 * edge of the answer is exact by arrival time; they are never written
 * unless they came after it (S10). While recording, the newest CALL_HOLD_MS
 * are not sealed yet, so that the end can be exact too (S11): what arrived
 * after the end is cut off again, even if the letter came a little late.
 *
 * All times are monotonic here; the wall clock is that of the moment when
 * the gate opened, so a step of the system's clock moves nothing.
 */
#ifndef TALLENNE_MEDIA_CALL_H
#define TALLENNE_MEDIA_CALL_H

#include "media/stream.h"
#include "spool/write.h"

enum {
	CALL_RECORDS_SIZE = 2 * SPOOL_CONTENT_SIZE,
	CALL_EARLY_SIZE = 12 << 10, /**< half a second of two G.711 streams */
	CALL_HOLD_MS = 30,
	CALL_BLOCK_AGE_MS = 220, /**< of its oldest record, then it is sealed */
	CALL_LENGTH_MAX_S = 100 * 3600, /**< record times end at 119 h */
	CALL_CACHE_LINE = 64,
	CALL_PACKET_USUAL = 192, /**< bytes of a record of 20 ms of G.711 */
};

/** What calls write with; one for all of them. */
struct pen {
	struct spool_log *log;
	struct spool_sealer *sealer;
	struct counts *counts;
};

enum call_state {
	CALL_FREE,
	CALL_WAITING,
	CALL_RECORDING,
	CALL_ENDING, /**< CLOSE is recorded; some of it is not sealed yet */
};

/** The bulk of a call, apart from what each packet touches. */
struct call_room {
	uint8_t records[CALL_RECORDS_SIZE];
	uint8_t early[CALL_EARLY_SIZE];
	struct stream_rest streams[CALL_STREAMS_MAX];
};

struct call {
	/* What each packet touches: a line of the cache. */
	_Alignas(CALL_CACHE_LINE) enum call_state state;
	uint32_t used;		/**< bytes in records */
	uint32_t oldest;	/**< time of the first record, ticks */
	uint32_t filled;	/**< when records exceeded a block, ticks */
	nanoseconds zero;	/**< monotonic zero of all record times */
	nanoseconds heard_at;	/**< monotonic, last of any live stream */
	nanoseconds kept_at;	/**< monotonic, last packet recorded, or 0 */
	struct call_room *room; /**< borrowed, its own while it lives */
	uint32_t overrun;	/**< packets dropped, not recorded yet */
	uint32_t block_count;	/**< sealed so far */
	uint32_t early_used;	/**< bytes in early */
	bool said_silent;
	bool is_orphan; /**< its siprec process is gone */
	bool has_close; /**< its last record was made */

	nanoseconds zero_wall;		/**< record zero on the wall */
	uint64_t first_turn, last_turn; /**< in the log */
	uint8_t *key; /**< SEAL_KEY_SIZE bytes, locked, borrowed */

	struct id contact;
	struct id name; /**< of the call, in the spool */
	uint64_t number;
	uint32_t segment;
	struct seal_end end;
	struct seal_wrapped wrapped;
	nanoseconds ended_wall; /**< when ENDING */
	uint32_t reason;	/**< the same, enum call_end */

	struct stream streams[CALL_STREAMS_MAX];
};

static_assert(sizeof(struct call) + sizeof(struct call_room) <= 24 << 10,
	      "40 kB a call, all in");
static_assert(offsetof(struct call, zero_wall) == CALL_CACHE_LINE, "one line");
/* So that the same line of each call falls into another set of the cache. */
static_assert(sizeof(struct call) / CALL_CACHE_LINE % 2 == 1, "an odd stride");

/** Make a free one, in its place and with its room. */
void call_make(struct call *call, struct call_room *room);

/** Begin waiting: everything of the letter but its streams. */
void call_open(struct call *call, const struct media_open *letter, uint8_t *key,
	       const struct seal_wrapped *wrapped, nanoseconds now);

/** The gate opens at a (monotonic) time. Only once, only when waiting. */
void call_answer(struct call *call, const struct pen *pen, nanoseconds at,
		 nanoseconds now);

/**
 * A stream is as told from some time on.
 *
 * @return 0, or what stream_tell() says
 */
MUST int call_tell(struct call *call, const struct pen *pen, uint32_t place,
		   const struct media_stream *told, nanoseconds at);

/** Record a mark; kind is not ANSWERED. Ignored while waiting. */
void call_mark(struct call *call, const struct pen *pen, uint32_t kind,
	       uint32_t label, nanoseconds at);

/**
 * A packet will come: fetch into the cache what it will touch. At each
 * packet the turn is another call's, so nothing of it is there yet.
 */
static inline void call_soon(const struct call *call, uint32_t place)
{
	const struct stream *stream = &call->streams[place];

	__builtin_prefetch(call, 1);
	__builtin_prefetch(stream, 1);
	__builtin_prefetch(&stream->current, 1);
}

/** The same a little later, of what call_soon() fetched: where it goes. */
static inline void call_next(const struct call *call)
{
	const uint8_t *tail = call->room->records + call->used;

	for (size_t at = 0; at <= CALL_PACKET_USUAL; at += CALL_CACHE_LINE)
		__builtin_prefetch(tail + at, 1);
}

/** Judge a datagram and keep it if it is of this call's sound. */
void call_take(struct call *call, const struct pen *pen, uint32_t place,
	       uint8_t *packet, size_t size, const struct source *from,
	       bool is_control_port, nanoseconds at);

/**
 * End it: nothing that came later is kept. A call that was only waiting is
 * free at once; another is ENDING until call_is_written().
 */
void call_close(struct call *call, const struct pen *pen, uint32_t reason,
		nanoseconds at);

/** Seal what is old enough; all of it when ending. */
void call_tick(struct call *call, const struct pen *pen, nanoseconds now);

/** Whether an ending call is in the log to its last record. */
bool call_is_written(const struct call *call);

/** How many streams brought any packet. */
uint32_t call_streams_heard(const struct call *call);

/** Wipe it, free its streams; ports and key are somebody else's. */
void call_clear(struct call *call, const struct pen *pen);

#endif
