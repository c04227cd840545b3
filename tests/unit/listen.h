/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file listen.h
 * Tones said into synthetic calls, and what is heard of them afterwards.
 */
#ifndef TALLENNE_TESTS_LISTEN_H
#define TALLENNE_TESTS_LISTEN_H

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "synthetic.h"

static const struct call_codec_map pcma = { 8, CALL_CODEC_PCMA, 1, 0, 8000 };

/* A tone on one lane from an instant to another, in 20 ms packets. */
struct tone {
	int place;
	double hz;
	nanoseconds from;
	nanoseconds to;
	uint32_t ssrc;
	uint16_t sequence;
	uint32_t timestamp;
};

static inline void say_packet(struct syn *syn, const struct tone *tone,
			      int number)
{
	uint8_t payload[160];
	nanoseconds at = tone->from + number * 20 * NS_PER_MS;
	struct syn_rtp head = { 8, (uint16_t)(tone->sequence + number),
				tone->timestamp + 160 * (uint32_t)number,
				tone->ssrc };

	for (int i = 0; i < 160; i++)
		payload[i] = syn_alaw(
			(int16_t)lrint(8000 * sin(2 * M_PI * tone->hz *
						  (number * 160 + i) / 8000)));
	syn_rtp(syn, &syn->call[0], tone->place, at, &head, payload, 160);
}

/* Play several tones at once, packets in the order of time. */
static inline void say(struct syn *syn, struct tone *tones, int count)
{
	int next[8] = { 0 };

	for (;;) {
		int first = -1;
		nanoseconds first_at = INT64_MAX;

		for (int i = 0; i < count; i++) {
			nanoseconds at =
				tones[i].from + next[i] * 20 * NS_PER_MS;

			if (at < tones[i].to && at < first_at) {
				first = i;
				first_at = at;
			}
		}
		if (first < 0)
			return;
		say_packet(syn, &tones[first], next[first]++);
	}
}

static inline void two_lanes(struct syn *syn)
{
	syn_begin(syn);
	syn_stream(syn, &syn->call[0], 0, SYN_ZERO, CALL_LANE_CALLER, 1, &pcma,
		   CALL_STREAM_LIVE);
	syn_stream(syn, &syn->call[0], 1, SYN_ZERO, CALL_LANE_AGENT, 2, &pcma,
		   CALL_STREAM_LIVE);
}

struct heard {
	struct render render;
	int16_t *sound;
	size_t count;
	char *timeline;
};

static inline struct heard hear(const struct syn *syn)
{
	struct render_order order = syn_order(syn, &syn->call[0]);
	struct heard heard = { .render = NO_RENDER };
	size_t size;

	assert_int_equal(render_call(&order, &heard.render), 0);
	heard.sound = syn_hear(heard.render.fd[RENDER_SOUND], &heard.count);
	assert_int_equal(file_read(heard.render.fd[RENDER_TIMELINE], 1 << 24,
				   &heard.timeline, &size),
			 0);
	json_t *json = json_loads(heard.timeline, 0, NULL);
	assert_non_null(json);
	json_decref(json);
	return heard;
}

static inline void heard_done(struct heard *heard)
{
	free(heard->sound);
	free(heard->timeline);
	render_drop(&heard->render);
}

static inline void assert_says(const struct heard *heard, const char *part)
{
	if (!strstr(heard->timeline, part))
		fail_msg("no %s in %s", part, heard->timeline);
}

static inline void assert_says_not(const struct heard *heard, const char *part)
{
	if (strstr(heard->timeline, part))
		fail_msg("%s in %s", part, heard->timeline);
}

#define MS(ms) ((ms)*NS_PER_MS)

static inline size_t at_ms(int64_t ms)
{
	return (size_t)ms * 48;
}

/* Something in one lane for this part of the recording, in dB. */
static inline double tone_at(const struct heard *heard, int64_t from_ms,
			     int64_t to_ms, int lane, double hz)
{
	return syn_tone_db(heard->sound, at_ms(from_ms), at_ms(to_ms - from_ms),
			   lane, hz);
}

static inline double level_at(const struct heard *heard, int64_t from_ms,
			      int64_t to_ms, int lane)
{
	return syn_level_db(heard->sound, at_ms(from_ms),
			    at_ms(to_ms - from_ms), lane);
}

static const double tone_db = -12.2; /* 8000 of 32768 */

/* Opus at this rate is made for speech: a bare tone loses a little. */
#define assert_is_tone(heard, from, to, lane, hz)                              \
	do {                                                                   \
		double is = tone_at(heard, from, to, lane, hz);                \
		if (fabs(is - tone_db) > 1.5)                                  \
			fail_msg("%d Hz at %.1f dB", hz, is);                  \
	} while (0)

#endif
