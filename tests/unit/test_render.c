/* SPDX-License-Identifier: EUPL-1.2 */
/* What finish makes of a call, listened to with opusdec(1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
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

static void say_packet(struct syn *syn, const struct tone *tone, int number)
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
static void say(struct syn *syn, struct tone *tones, int count)
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

static void two_lanes(struct syn *syn)
{
	syn_begin(syn);
	syn_stream(syn, &syn->call[0], 0, SYN_ZERO, CALL_LANE_CALLER, 1, &pcma,
		   CALL_STREAM_LIVE);
	syn_stream(syn, &syn->call[0], 1, SYN_ZERO, CALL_LANE_AGENT, 2, &pcma,
		   CALL_STREAM_LIVE);
}

static void a_tone_arrives_in_its_lane_and_only_there(void **state)
{
	struct syn syn;
	struct render render = NO_RENDER;
	struct tone tones[] = {
		{ 0, 440, SYN_ZERO, SYN_ZERO + 4 * NS_PER_S, 11, 5, 800 },
		{ 1, 1000, SYN_ZERO, SYN_ZERO + 4 * NS_PER_S, 12, 9, 300 },
	};
	size_t count;
	int16_t *sound;

	(void)state;
	two_lanes(&syn);
	say(&syn, tones, 2);
	syn_close(&syn, &syn.call[0], SYN_ZERO, SYN_ZERO + 4 * NS_PER_S);
	struct render_order order = syn_order(&syn, &syn.call[0]);
	assert_int_equal(render_call(&order, &render), 0);
	assert_int_equal(render.duration_ms, 4000);
	assert_int_equal(render.flags, 0);
	assert_int_equal(render.lost_packets, 0);
	sound = syn_hear(render.fd[RENDER_SOUND], &count);
	assert_int_equal(count, 4 * 48000);
	/* 8000 of 32768 is -12.2 dB. */
	assert_true(fabs(syn_tone_db(sound, 48000, 96000, 0, 440) + 12.2) < 1);
	assert_true(fabs(syn_tone_db(sound, 48000, 96000, 1, 1000) + 12.2) < 1);
	assert_true(syn_tone_db(sound, 48000, 96000, 1, 440) < -72);
	assert_true(syn_tone_db(sound, 48000, 96000, 0, 1000) < -72);
	free(sound);
	render_drop(&render);
	syn_end(&syn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tone_arrives_in_its_lane_and_only_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
