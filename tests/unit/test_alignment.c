/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the network does to a call, and where its sound lies nevertheless.
 * Started with the length of the long call in minutes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdio.h>

#include "listen.h"

static int minutes = 3;

/* Packets of a click track: a click of 1 ms every ten seconds. */
static void say_click(struct syn *syn, int place, int number,
		      nanoseconds arrived_at)
{
	uint8_t payload[160];
	struct syn_rtp head = { 8, (uint16_t)(65000 + number),
				4294960000U + 160U * (uint32_t)number,
				(uint32_t)place + 5 };

	memset(payload, syn_alaw(0), sizeof(payload));
	if (number % 500 == 250 + place * 100)
		for (int i = 0; i < 8; i++)
			payload[i] = syn_alaw(i & 1 ? -20000 : 20000);
	syn_rtp(syn, &syn->call[0], place, arrived_at, &head, payload,
		sizeof(payload));
}

/* Where the loudest sample around a place is, in samples off. */
static long click_off(const struct heard *heard, int lane, size_t wanted)
{
	size_t best = 0;
	int peak = 0;

	for (size_t i = wanted - 48 * 200; i < wanted + 48 * 200; i++) {
		int sample = abs(heard->sound[2 * i + (size_t)lane]);

		if (sample > peak) {
			peak = sample;
			best = i;
		}
	}
	return peak > 1000 ? (long)best - (long)wanted : LONG_MAX;
}

/*
 * A long call, 5 % lost, jitter up to 15 ms, the agent's clock 80 ppm
 * fast, sequence numbers and timestamps wrap.
 */
static void a_call_with_loss_stays_aligned(void **state)
{
	const int packets = minutes * 60 * 50;
	struct syn syn;
	struct heard heard;
	uint64_t lost[2] = { 0, 0 };
	int heard_clicks = 0;
	char part[64];

	(void)state;
	two_lanes(&syn);
	for (int i = 0; i < packets; i++)
		for (int lane = 0; lane < 2; lane++) {
			nanoseconds sent = SYN_ZERO + MS(20) * i;

			if (lane == 1) /* it sends too early, ever more */
				sent -= MS(20) * i / 12500;
			if (i > 0 && i < packets - 1 && syn_dice(20) == 0) {
				lost[lane]++;
				continue;
			}
			say_click(&syn, lane, i,
				  sent + MS(5) + syn_dice((uint32_t)MS(15)));
		}
	syn_close(&syn, &syn.call[0], SYN_ZERO, SYN_ZERO + MS(20) * packets);
	heard = hear(&syn);
	for (int i = 0; i < packets; i++)
		for (int lane = 0; lane < 2; lane++) {
			size_t wanted = (size_t)i * 960;
			long off;

			if (i % 500 != 250 + lane * 100)
				continue;
			if (lane == 1)
				wanted -= (size_t)i * 960 / 12500;
			off = click_off(&heard, lane, wanted);
			if (off == LONG_MAX)
				continue; /* this one was lost */
			heard_clicks++;
			if (labs(off) > 20 * 48)
				fail_msg("lane %d packet %d: %ld ms off", lane,
					 i, off / 48);
		}
	assert_true(heard_clicks > minutes * 10);
	snprintf(part, sizeof(part), "\"lost_packets\":[%d,%d]", (int)lost[0],
		 (int)lost[1]);
	assert_says(&heard, part);
	assert_int_equal(heard.render.lost_packets, lost[0] + lost[1]);
	heard_done(&heard);
	syn_end(&syn);
}

static void
reordered_and_doubled_packets_sound_as_if_they_were_not(void **state)
{
	struct syn syn;
	struct tone tone = { 0, 440, SYN_ZERO, 0, 7, 65500, 4294967000U };
	struct heard heard;

	(void)state;
	two_lanes(&syn);
	for (int i = 0; i < 200; i += 4) {
		static const int order[] = { 1, 0, 3, 1, 2, 3 };

		for (int j = 0; j < 6; j++) {
			struct tone now = tone;
			int number = i + order[j];

			/* All four arrive when the last one is due. */
			now.from += MS(20) * (i + 4) - MS(20) * number;
			say_packet(&syn, &now, number);
		}
	}
	syn_close(&syn, &syn.call[0], SYN_ZERO, SYN_ZERO + MS(4100));
	heard = hear(&syn);
	assert_int_equal(heard.render.lost_packets, 0);
	/* A phase jump would smear it: all else is 40 dB below. */
	assert_is_tone(&heard, 500, 3500, 0, 440);
	assert_true(level_at(&heard, 500, 3500, 0) < tone_db + 0.5);
	assert_says(&heard, "\"holes\":[{\"lane\":1,\"from_ms\":0");
	heard_done(&heard);
	syn_end(&syn);
}

static void a_new_ssrc_goes_on_where_it_arrives(void **state)
{
	struct syn syn;
	struct tone tones[] = {
		{ 0, 440, SYN_ZERO, SYN_ZERO + MS(3000), 1, 10, 900000 },
		{ 0, 900, SYN_ZERO + MS(3500), SYN_ZERO + MS(6000), 2, 40000,
		  17 },
	};
	struct heard heard;

	(void)state;
	two_lanes(&syn);
	say(&syn, tones, 2);
	syn_close(&syn, &syn.call[0], SYN_ZERO, SYN_ZERO + MS(6000));
	heard = hear(&syn);
	assert_is_tone(&heard, 100, 2900, 0, 440);
	assert_true(level_at(&heard, 3050, 3450, 0) < -60);
	assert_is_tone(&heard, 3600, 5900, 0, 900);
	assert_int_equal(heard.render.lost_packets, 0);
	heard_done(&heard);
	syn_end(&syn);
}

/* Its RTP clock stood still while nothing was sent. */
static void a_clock_that_stood_still_is_set_anew(void **state)
{
	struct syn syn;
	struct tone tones[] = {
		{ 0, 440, SYN_ZERO, SYN_ZERO + MS(3000), 1, 0, 0 },
		{ 0, 900, SYN_ZERO + MS(8000), SYN_ZERO + MS(12000), 1, 150,
		  24000 },
	};
	struct heard heard;

	(void)state;
	two_lanes(&syn);
	say(&syn, tones, 2);
	syn_close(&syn, &syn.call[0], SYN_ZERO, SYN_ZERO + MS(12000));
	heard = hear(&syn);
	assert_true(level_at(&heard, 3050, 7950, 0) < -60);
	assert_is_tone(&heard, 8050, 11950, 0, 900);
	assert_says(&heard, "{\"lane\":0,\"from_ms\":3000,\"to_ms\":8000,"
			    "\"cause\":\"silent\"}");
	heard_done(&heard);
	syn_end(&syn);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_with_loss_stays_aligned),
		cmocka_unit_test(
			reordered_and_doubled_packets_sound_as_if_they_were_not),
		cmocka_unit_test(a_new_ssrc_goes_on_where_it_arrives),
		cmocka_unit_test(a_clock_that_stood_still_is_set_anew),
	};

	if (argc > 1)
		minutes = (int)strtol(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
