/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file room.h
 * Everything a media process has, and the two halves that work on it:
 * letters.c does what siprec asks, room.c does what time and the house
 * bring. media/media.h tells what for.
 *
 * One thread, nothing shared but sealed blocks with the writing process
 * (spool/disk.h). This file and those two are the only ones that know of
 * lines; the others are told what to do and can be tested alone.
 */
#ifndef TALLENNE_MEDIA_ROOM_H
#define TALLENNE_MEDIA_ROOM_H

#include "base/room.h"
#include "media/ended.h"
#include "media/inlet.h"
#include "media/table.h"
#include "seal/keyset.h"

enum { MEDIA_SPARES_MAX = 4 };

struct media {
	struct room *room; /**< NULL until start */
	struct loop *loop;
	int siprec; /**< end of the line, -1: none */
	int finish; /**< the same */
	int writer; /**< line to the writing process, -1: none */

	struct inlet *inlet;
	struct table *table;
	struct ended *ended;
	struct spool_log *log;
	struct spool_sealer *sealer;
	struct seal_keyset *keys; /**< NULL: none yet, no calls */
	struct counts counts;
	struct pen pen;

	uint32_t calls_max;
	uint32_t buffer_mb;
	uint32_t segment_mb;
	uint32_t silence_s;
	bool is_stopping;
	nanoseconds stop_by;
	uint64_t let_go_told;
	bool is_full; /**< the spool, as last seen: no new calls */

	/** Segments that came before the log was made. */
	struct {
		uint32_t number;
		int fd;
	} spares[MEDIA_SPARES_MAX];
	int spare_count;
};

/** Settings at their defaults, nothing open. */
void media_init(struct media *media);

/** Make log, table and inlet for these settings; no process, no timers. */
MUST int media_prepare(struct media *media, const struct spool_news *news);

/** Take one letter of siprec's; as line_serve(). */
MUST int media_serve_siprec(struct media *media, int end);

/** A new siprec process: say what we can take; calls are orphans. */
void media_greet(struct media *media);

/** siprec is gone: its calls go on without it for a while. */
void media_orphan(struct media *media);

/** An ending call that is written to its last record goes on to finish. */
void media_hand_on(struct media *media, struct call *call);

/** End a call at a monotonic time: cut, close, free its ports. */
void media_end_call(struct media *media, struct call *call, uint32_t reason,
		    nanoseconds at);

/**
 * Whether new calls must be refused because what is recorded already finds
 * no place on disk: the last eighth of the memory before it belongs to the
 * calls that run. Logged when it changes.
 */
bool media_is_full(struct media *media);

/** Every 100 ms: seal what is old enough, hand on what is written. */
void media_tick(struct media *media);

/** Every second: silence, orphans, calls that last too long. */
void media_watch(struct media *media);

/** Every second: give back segments that nobody needs. */
void media_sweep(struct media *media);

/** Every second: show the figures. */
void media_show(struct media *media);

/** The house's side of the room. */
extern const struct room_face media_face;

#endif
