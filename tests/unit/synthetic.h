/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file synthetic.h
 * Spools made by hand, to the letter of spool/spool.h, for tests of
 * finish. Does not use the code of media: two readings of one format are
 * worth more than one.
 */
#ifndef TALLENNE_TESTS_SYNTHETIC_H
#define TALLENNE_TESTS_SYNTHETIC_H

#include "finish/render.h"

enum { SYN_CALLS_MAX = 4, SYN_SEGMENTS_MAX = 4 };

/* 2026-11-23T08:00:00Z */
#define SYN_ZERO ((nanoseconds)1795420800 * NS_PER_S)

struct syn_call {
	struct id call;
	struct id contact;
	uint8_t key[SEAL_KEY_SIZE];
	struct seal_wrapped wrapped;
	uint64_t chunks;
	struct spool_place last;
	uint8_t content[SPOOL_CONTENT_SIZE];
	size_t filled;
	nanoseconds oldest;
	nanoseconds answered_at;
	nanoseconds ended_at;
};

struct syn {
	struct spool_segment segment[SYN_SEGMENTS_MAX];
	uint32_t blocks[SYN_SEGMENTS_MAX];
	int segments;
	char name[SYN_SEGMENTS_MAX][32];
	int writing; /* index of the segment written to */
	struct syn_call call[SYN_CALLS_MAX];
	int calls;
};

/* One segment, numbered 1, and one call. */
void syn_begin(struct syn *syn);
void syn_end(struct syn *syn);

/* Blocks go to a new segment from here on. */
void syn_segment(struct syn *syn);

struct syn_call *syn_call_new(struct syn *syn);

void syn_record(struct syn *syn, struct syn_call *call, enum spool_record kind,
		int place, nanoseconds at, const void *payload, size_t size);

/* One codec, live. */
void syn_stream(struct syn *syn, struct syn_call *call, int place,
		nanoseconds at, enum call_lane lane, uint32_t label,
		const struct call_codec_map *codec,
		enum call_stream_state state);

struct syn_rtp {
	uint8_t payload_type;
	uint16_t sequence;
	uint32_t timestamp;
	uint32_t ssrc;
};

void syn_rtp(struct syn *syn, struct syn_call *call, int place, nanoseconds at,
	     const struct syn_rtp *head, const void *payload, size_t size);

void syn_mark(struct syn *syn, struct syn_call *call, nanoseconds at,
	      enum call_mark kind);

void syn_close(struct syn *syn, struct syn_call *call, nanoseconds answered_at,
	       nanoseconds ended_at);

/* Write what is pending; call it last. */
void syn_flush(struct syn *syn, struct syn_call *call);

/* What finish would be asked. */
struct render_order syn_order(const struct syn *syn,
			      const struct syn_call *call);

/*
 * Decode the sound with opusdec(1): interleaved 16-bit at 48 kHz.
 * The caller frees it.
 */
int16_t *syn_hear(int fd, size_t *ret_count);

/* Energy of a frequency in one lane, dB below full scale (RMS of a sine). */
double syn_tone_db(const int16_t *sound, size_t from, size_t count, int lane,
		   double hz);

/* RMS of one lane, dB below full scale. */
double syn_level_db(const int16_t *sound, size_t from, size_t count, int lane);

/* A throw of a die with so many faces: 0 to faces - 1, always the same. */
uint32_t syn_dice(uint32_t faces);

/* G.711 A-law of a sample. */
uint8_t syn_alaw(int16_t sample);

#endif
