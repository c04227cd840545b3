/* SPDX-License-Identifier: EUPL-1.2 */
/* What finish makes of a call, listened to with opusdec(1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "listen.h"
#include "register/register.h"

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
	assert_true(fabs(syn_tone_db(sound, 48000, 96000, 0, 440) + 12.2) < 2);
	assert_true(fabs(syn_tone_db(sound, 48000, 96000, 1, 1000) + 12.2) < 2);
	free(sound);
	render_drop(&render);
	syn_end(&syn);
}

/* ---- gates ---- */

static void
what_came_before_the_answer_or_after_the_end_is_not_heard(void **state)
{
	struct syn syn;
	struct tone tones[] = {
		{ 0, 700, SYN_ZERO, SYN_ZERO + MS(2000), 11, 0, 0 },
		{ 0, 440, SYN_ZERO + MS(2000), SYN_ZERO + MS(5000), 11, 100,
		  16000 },
		{ 0, 1300, SYN_ZERO + MS(5020), SYN_ZERO + MS(8000), 11, 251,
		  40160 },
	};
	struct heard heard;

	(void)state;
	two_lanes(&syn);
	say(&syn, tones, 3);
	syn_close(&syn, &syn.call[0], SYN_ZERO + MS(2000), SYN_ZERO + MS(5000));
	heard = hear(&syn);
	assert_int_equal(heard.render.duration_ms, 3000);
	assert_int_equal(heard.render.began_at, SYN_ZERO + MS(2000));
	assert_int_equal(heard.count, 3 * 48000);
	assert_is_tone(&heard, 500, 2500, 0, 440);
	/* Not even at the edges. */
	assert_true(tone_at(&heard, 0, 3000, 0, 700) < -80);
	assert_true(tone_at(&heard, 0, 3000, 0, 1300) < -80);
	heard_done(&heard);
	syn_end(&syn);
}

static void a_lane_holds_nothing_of_the_other(void **state)
{
	struct syn syn;
	struct tone tones[] = {
		{ 1, 440, SYN_ZERO, SYN_ZERO + MS(4000), 1, 0, 0 },
		{ 1, 1000, SYN_ZERO + MS(4000), SYN_ZERO + MS(8000), 1, 200,
		  32000 },
	};
	struct heard heard;

	(void)state;
	two_lanes(&syn);
	say(&syn, tones, 2);
	syn_close(&syn, &syn.call[0], SYN_ZERO, SYN_ZERO + MS(8000));
	heard = hear(&syn);
	assert_true(level_at(&heard, 0, 8000, 0) < tone_db - 60);
	heard_done(&heard);
	syn_end(&syn);
}

static void a_call_that_was_never_answered_is_not_rendered(void **state)
{
	struct syn syn;
	struct render render = NO_RENDER;
	struct tone tone = { 0, 440, SYN_ZERO, SYN_ZERO + MS(1000), 1, 0, 0 };

	(void)state;
	two_lanes(&syn);
	say(&syn, &tone, 1);
	syn_close(&syn, &syn.call[0], 0, SYN_ZERO + MS(1000));
	struct render_order order = syn_order(&syn, &syn.call[0]);
	order.answered_at = 0;
	assert_int_equal(render_call(&order, &render), -ENODATA);
	assert_int_equal(render.flags, 0);
	assert_int_equal(render.fd[0], -1);
	syn_end(&syn);
}

/* ---- holes ---- */

static void lost_packets_are_a_labelled_hole(void **state)
{
	struct syn syn;
	struct tone tones[] = {
		{ 0, 440, SYN_ZERO, SYN_ZERO + MS(2000), 1, 0, 0 },
		{ 0, 440, SYN_ZERO + MS(2500), SYN_ZERO + MS(4000), 1, 125,
		  20000 },
		{ 1, 440, SYN_ZERO, SYN_ZERO + MS(4000), 2, 0, 0 },
	};
	struct heard heard;

	(void)state;
	two_lanes(&syn);
	say(&syn, tones, 3);
	syn_close(&syn, &syn.call[0], SYN_ZERO, SYN_ZERO + MS(4000));
	heard = hear(&syn);
	assert_says(&heard, "\"holes\":[{\"lane\":0,\"from_ms\":2000,"
			    "\"to_ms\":2500,\"cause\":\"loss\"}]");
	assert_says(&heard, "\"lost_packets\":[25,0]");
	/* Concealed for 60 ms, then silent. */
	assert_true(level_at(&heard, 2000, 2030, 0) > -25);
	assert_true(level_at(&heard, 2120, 2450, 0) < -60);
	heard_done(&heard);
	syn_end(&syn);
}

static void hold_and_pause_are_labelled(void **state)
{
	struct syn syn;
	struct syn_call *call = &syn.call[0];
	struct tone tones[] = {
		{ 0, 440, SYN_ZERO, SYN_ZERO + MS(2000), 1, 0, 0 },
		{ 1, 440, SYN_ZERO, SYN_ZERO + MS(2000), 2, 0, 0 },
	};
	struct tone after[] = {
		{ 0, 440, SYN_ZERO + MS(5000), SYN_ZERO + MS(7000), 1, 250,
		  40000 },
		{ 1, 440, SYN_ZERO + MS(5000), SYN_ZERO + MS(7000), 2, 250,
		  40000 },
	};
	struct heard heard;

	(void)state;
	two_lanes(&syn);
	say(&syn, tones, 2);
	syn_mark(&syn, call, SYN_ZERO + MS(2000), CALL_MARK_HOLD);
	syn_mark(&syn, call, SYN_ZERO + MS(5000), CALL_MARK_RESUME);
	say(&syn, after, 2);
	syn_stream(&syn, call, 1, SYN_ZERO + MS(7000), CALL_LANE_AGENT, 2,
		   &pcma, CALL_STREAM_PAUSED);
	syn_mark(&syn, call, SYN_ZERO + MS(7000), CALL_MARK_TRANSFER);
	after[0].from = SYN_ZERO + MS(7000);
	after[0].to = SYN_ZERO + MS(8000);
	after[0].sequence = 350;
	after[0].timestamp = 56000;
	say(&syn, after, 1);
	syn_close(&syn, call, SYN_ZERO, SYN_ZERO + MS(8000));
	heard = hear(&syn);
	assert_says(&heard,
		    "\"holes\":[{\"lane\":null,\"from_ms\":2000,"
		    "\"to_ms\":5000,\"cause\":\"hold\"},{\"lane\":1,"
		    "\"from_ms\":7000,\"to_ms\":8000,\"cause\":\"pause\"}]");
	assert_says(&heard, "\"marks\":[{\"at_ms\":2000,\"kind\":\"hold\"},"
			    "{\"at_ms\":5000,\"kind\":\"resume\"},"
			    "{\"at_ms\":7000,\"kind\":\"transfer\"}]");
	heard_done(&heard);
	syn_end(&syn);
}

static void silence_that_was_meant_is_no_hole(void **state)
{
	struct syn syn;
	struct syn_call *call = &syn.call[0];
	struct tone tones[] = {
		{ 0, 440, SYN_ZERO, SYN_ZERO + MS(1000), 1, 0, 0 },
	};
	struct tone after = {
		0, 440, SYN_ZERO + MS(4000), SYN_ZERO + MS(5000), 1, 51, 32000
	};
	struct syn_rtp noise = { 13, 50, 8000, 1 };
	struct heard heard;

	(void)state;
	two_lanes(&syn);
	say(&syn, tones, 1);
	syn_rtp(&syn, call, 0, SYN_ZERO + MS(1000), &noise, "\x40", 1);
	say(&syn, &after, 1);
	syn_close(&syn, call, SYN_ZERO, SYN_ZERO + MS(5000));
	heard = hear(&syn);
	assert_says_not(&heard, "\"lane\":0");
	assert_says(&heard, "\"lost_packets\":[0,0]");
	assert_true(level_at(&heard, 1100, 3900, 0) < -60);
	assert_is_tone(&heard, 4100, 4900, 0, 440);
	heard_done(&heard);
	syn_end(&syn);
}

static void a_damaged_block_is_a_hole_and_nothing_more(void **state)
{
	struct syn syn;
	struct syn_call *call = &syn.call[0];
	struct tone tones[] = {
		{ 0, 440, SYN_ZERO, SYN_ZERO + MS(5000), 1, 0, 0 },
		{ 1, 440, SYN_ZERO, SYN_ZERO + MS(5000), 2, 0, 0 },
	};
	struct heard heard;

	(void)state;
	for (int where = 0; where < 3; where++) {
		/* In the sealed part, in the call's id, in the first block. */
		static const int64_t flip[] = { 10 * 4096 + 1000,
						10 * 4096 + 12, 4096 + 800 };
		uint8_t byte;

		two_lanes(&syn);
		say(&syn, tones, 2);
		syn_close(&syn, call, SYN_ZERO, SYN_ZERO + MS(5000));
		assert_int_equal(
			file_read_at(syn.segment[0].fd, &byte, 1, flip[where]),
			0);
		byte ^= 1;
		assert_int_equal(
			file_write_at(syn.segment[0].fd, &byte, 1, flip[where]),
			0);
		heard = hear(&syn);
		assert_int_equal(heard.render.flags, REGISTER_FLAG_DAMAGED);
		assert_int_equal(heard.render.duration_ms, 5000);
		assert_int_equal(heard.render.lost_packets, 0);
		if (where < 2) {
			assert_says(&heard, "\"cause\":\"damaged\"");
			assert_is_tone(&heard, 3000, 4900, 0, 440);
			assert_is_tone(&heard, 3000, 4900, 1, 440);
		}
		heard_done(&heard);
		syn_end(&syn);
	}
}

/* ---- outline ---- */

static uint32_t word_at(const char *bytes, int index)
{
	uint32_t word;

	memcpy(&word, bytes + 4 * index, sizeof(word));
	return le32toh(word);
}

static void the_outline_is_as_audiowaveform_writes_it(void **state)
{
	struct syn syn;
	struct tone tone = { 0, 440, SYN_ZERO, SYN_ZERO + MS(1000), 1, 0, 0 };
	struct heard heard;
	char *bytes;
	size_t size;

	(void)state;
	two_lanes(&syn);
	say(&syn, &tone, 1);
	syn_close(&syn, &syn.call[0], SYN_ZERO, SYN_ZERO + MS(2010));
	heard = hear(&syn);
	assert_int_equal(file_read(heard.render.fd[RENDER_PEAKS], 1 << 20,
				   &bytes, &size),
			 0);
	assert_int_equal(word_at(bytes, 0), 2);	   /* version */
	assert_int_equal(word_at(bytes, 1), 1);	   /* 8 bits */
	assert_int_equal(word_at(bytes, 2), 8000); /* samples a second */
	assert_int_equal(word_at(bytes, 3), 160);  /* in a pixel */
	assert_int_equal(word_at(bytes, 4), 101);  /* pixels */
	assert_int_equal(word_at(bytes, 5), 2);	   /* channels */
	assert_int_equal(size, 24 + 101 * 4);
	/* 8000 of 32768 is 31 of 128; the right lane is silent. */
	for (int i = 1; i < 49; i++) {
		const char *pixel = bytes + 24 + 4 * i;

		assert_in_range((signed char)pixel[0] + 128, 96, 98);
		assert_in_range((signed char)pixel[1], 30, 32);
		assert_int_equal(pixel[2], 0);
		assert_int_equal(pixel[3], 0);
	}
	assert_int_equal(bytes[24 + 4 * 80 + 1], 0);
	free(bytes);
	heard_done(&heard);
	syn_end(&syn);
}

/* ---- voices ---- */

static void a_single_unnamed_stream_is_both(void **state)
{
	struct syn syn;
	struct tone tone = { 3, 440, SYN_ZERO, SYN_ZERO + MS(2000), 1, 0, 0 };
	struct heard heard;

	(void)state;
	syn_begin(&syn);
	syn_stream(&syn, &syn.call[0], 3, SYN_ZERO, CALL_LANE_UNKNOWN, 1, &pcma,
		   CALL_STREAM_LIVE);
	say(&syn, &tone, 1);
	syn_close(&syn, &syn.call[0], SYN_ZERO, SYN_ZERO + MS(2000));
	heard = hear(&syn);
	assert_int_equal(heard.render.flags, REGISTER_FLAG_ONE_LANE);
	assert_is_tone(&heard, 100, 1900, 0, 440);
	assert_is_tone(&heard, 100, 1900, 1, 440);
	heard_done(&heard);
	syn_end(&syn);
}

static void two_unnamed_streams_go_by_their_labels(void **state)
{
	struct syn syn;
	struct tone tones[] = {
		{ 0, 900, SYN_ZERO, SYN_ZERO + MS(2000), 1, 0, 0 },
		{ 1, 440, SYN_ZERO, SYN_ZERO + MS(2000), 2, 0, 0 },
	};
	struct heard heard;

	(void)state;
	syn_begin(&syn);
	syn_stream(&syn, &syn.call[0], 0, SYN_ZERO, CALL_LANE_UNKNOWN, 8, &pcma,
		   CALL_STREAM_LIVE);
	syn_stream(&syn, &syn.call[0], 1, SYN_ZERO, CALL_LANE_UNKNOWN, 7, &pcma,
		   CALL_STREAM_LIVE);
	say(&syn, tones, 2);
	syn_close(&syn, &syn.call[0], SYN_ZERO, SYN_ZERO + MS(2000));
	heard = hear(&syn);
	assert_int_equal(heard.render.flags, 0);
	assert_is_tone(&heard, 100, 1900, 0, 440);
	assert_is_tone(&heard, 100, 1900, 1, 900);
	heard_done(&heard);
	syn_end(&syn);
}

static void a_lane_told_late_holds_from_the_start(void **state)
{
	struct syn syn;
	struct tone tone = { 0, 440, SYN_ZERO, SYN_ZERO + MS(2000), 1, 0, 0 };
	struct heard heard;

	(void)state;
	syn_begin(&syn);
	syn_stream(&syn, &syn.call[0], 0, SYN_ZERO, CALL_LANE_UNKNOWN, 8, &pcma,
		   CALL_STREAM_LIVE);
	say(&syn, &tone, 1);
	syn_stream(&syn, &syn.call[0], 0, SYN_ZERO + MS(2000), CALL_LANE_AGENT,
		   8, &pcma, CALL_STREAM_LIVE);
	syn_close(&syn, &syn.call[0], SYN_ZERO, SYN_ZERO + MS(2000));
	heard = hear(&syn);
	assert_int_equal(heard.render.flags, 0);
	assert_true(level_at(&heard, 0, 2000, 0) < -72);
	assert_is_tone(&heard, 100, 1900, 1, 440);
	heard_done(&heard);
	syn_end(&syn);
}

static void a_conference_is_summed_on_the_agents_side(void **state)
{
	struct syn syn;
	struct tone tones[] = {
		{ 0, 440, SYN_ZERO, SYN_ZERO + MS(2000), 1, 0, 0 },
		{ 1, 700, SYN_ZERO, SYN_ZERO + MS(2000), 2, 0, 0 },
		{ 2, 1100, SYN_ZERO, SYN_ZERO + MS(2000), 3, 0, 0 },
	};
	struct heard heard;

	(void)state;
	two_lanes(&syn);
	syn_stream(&syn, &syn.call[0], 2, SYN_ZERO, CALL_LANE_AGENT, 3, &pcma,
		   CALL_STREAM_LIVE);
	say(&syn, tones, 3);
	syn_close(&syn, &syn.call[0], SYN_ZERO, SYN_ZERO + MS(2000));
	heard = hear(&syn);
	assert_is_tone(&heard, 100, 1900, 0, 440);
	assert_is_tone(&heard, 100, 1900, 1, 700);
	assert_is_tone(&heard, 100, 1900, 1, 1100);
	heard_done(&heard);
	syn_end(&syn);
}

/* ---- spool ---- */

static void a_call_is_found_without_its_chain_in_several_segments(void **state)
{
	struct syn syn;
	struct tone tones[] = {
		{ 0, 440, SYN_ZERO, SYN_ZERO + MS(2000), 1, 0, 0 },
		{ 0, 440, SYN_ZERO + MS(2000), SYN_ZERO + MS(4000), 1, 100,
		  16000 },
	};
	struct render_order order;
	struct render render = NO_RENDER;

	(void)state;
	two_lanes(&syn);
	syn_mark(&syn, &syn.call[0], SYN_ZERO, CALL_MARK_ANSWERED);
	say(&syn, &tones[0], 1);
	syn_flush(&syn, &syn.call[0]);
	syn_segment(&syn);
	say(&syn, &tones[1], 1);
	syn_flush(&syn, &syn.call[0]);
	order = syn_order(&syn, &syn.call[0]);
	order.last.segment = 0;
	order.answered_at = 0;
	order.ended_at = 0;
	assert_int_equal(render_call(&order, &render), 0);
	assert_int_equal(render.duration_ms, 4000);
	assert_int_equal(render.flags, 0);
	assert_int_equal(render.lost_packets, 0);
	render_drop(&render);

	/* Another call's key opens nothing. */
	uint8_t wrong[SEAL_KEY_SIZE] = { 1 };
	order.key = wrong;
	assert_int_equal(render_call(&order, &render), -ENODATA);
	syn_end(&syn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tone_arrives_in_its_lane_and_only_there),
		cmocka_unit_test(
			what_came_before_the_answer_or_after_the_end_is_not_heard),
		cmocka_unit_test(a_lane_holds_nothing_of_the_other),
		cmocka_unit_test(
			a_call_that_was_never_answered_is_not_rendered),
		cmocka_unit_test(lost_packets_are_a_labelled_hole),
		cmocka_unit_test(hold_and_pause_are_labelled),
		cmocka_unit_test(silence_that_was_meant_is_no_hole),
		cmocka_unit_test(a_damaged_block_is_a_hole_and_nothing_more),
		cmocka_unit_test(the_outline_is_as_audiowaveform_writes_it),
		cmocka_unit_test(a_single_unnamed_stream_is_both),
		cmocka_unit_test(two_unnamed_streams_go_by_their_labels),
		cmocka_unit_test(a_lane_told_late_holds_from_the_start),
		cmocka_unit_test(a_conference_is_summed_on_the_agents_side),
		cmocka_unit_test(
			a_call_is_found_without_its_chain_in_several_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
