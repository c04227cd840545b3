/* SPDX-License-Identifier: EUPL-1.2 */
/* The sound of "tallenne call": keys, gaps, tones, loss. */
#include <srtp2/srtp.h>

#include "call_stage.h"

static size_t decode_base64(const char *text, uint8_t *out, size_t room)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	size_t size = 0;
	int have = 0;

	for (; strchr(digits, *text) && *text != '\0'; text++) {
		bits = bits << 6 | (uint32_t)(strchr(digits, *text) - digits);
		have += 6;
		if (have >= 8 && size < room) {
			have -= 8;
			out[size++] = (uint8_t)(bits >> have);
		}
	}
	return size;
}

static void encrypted_sound_opens_with_the_key_of_its_line(void **state)
{
	struct uas *uas = uas_start(UAS_TCP, NULL);
	struct call_plan plan = plan_for(uas);
	struct result result;
	const char *at;

	(void)state;
	plan.srtp = CALL_SRTP_AES_CM_128_HMAC_SHA1_80;
	run(uas, &plan, &result);
	assert_string_equal(result.report->fault, "");
	at = uas_find(uas, "INVITE ", 0)->text;
	for (int i = 0; i < 2; i++) {
		srtp_policy_t policy = { .ssrc = { ssrc_any_inbound, 0 },
					 .window_size = 128 };
		uint8_t key[64];
		srtp_t session;

		at = strstr(at, "inline:") + 7;
		assert_int_equal(decode_base64(at, key, sizeof(key)), 30);
		policy.key = key;
		srtp_crypto_policy_set_rtp_default(&policy.rtp);
		srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
		assert_int_equal(srtp_create(&session, &policy), 0);
		assert_true(uas->stream[i].count > FRAMES - 2);
		for (uint32_t p = 0; p < uas->stream[i].count; p++) {
			struct uas_packet *packet = &uas->stream[i].packet[p];
			int size = (int)packet->size;

			assert_int_equal(
				srtp_unprotect(session, packet->byte, &size),
				srtp_err_status_ok);
			assert_int_equal(size, 12 + 160);
		}
		srtp_dealloc(session);
	}
	done(uas, &result);
}

static void every_suite_fills_its_own_key_length(void **state)
{
	static const struct {
		enum call_srtp suite;
		const char *name;
		size_t size;
	} suites[] = {
		{ CALL_SRTP_AES_CM_128_HMAC_SHA1_32, "AES_CM_128_HMAC_SHA1_32",
		  30 },
		{ CALL_SRTP_AEAD_AES_128_GCM, "AEAD_AES_128_GCM", 28 },
		{ CALL_SRTP_AEAD_AES_256_GCM, "AEAD_AES_256_GCM", 44 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(suites); i++) {
		struct uas *uas = uas_start(UAS_TCP, NULL);
		struct call_plan plan = plan_for(uas);
		struct result result;
		uint8_t key[64];
		const char *at;

		plan.srtp = suites[i].suite;
		plan.talk_ms = 60;
		run(uas, &plan, &result);
		assert_int_equal(result.report->result, CALL_OK);
		at = uas_find(uas, "INVITE ", 0)->text;
		assert_non_null(strstr(at, suites[i].name));
		at = strstr(at, "inline:") + 7;
		assert_int_equal(decode_base64(at, key, sizeof(key)),
				 suites[i].size);
		done(uas, &result);
	}
}

static void a_pause_is_a_gap_in_time_not_in_numbers(void **state)
{
	struct uas *uas = uas_start(UAS_TCP, NULL);
	struct call_plan plan = plan_for(uas);
	struct uas_stream *stream = &uas->stream[0];
	uint32_t gaps = 0;
	struct result result;

	(void)state;
	plan.talk_ms = 3000;
	plan.step_count = 2;
	plan.steps[0] = (struct call_step){ .kind = CALL_PAUSE, .at_ms = 200 };
	plan.steps[1] =
		(struct call_step){ .kind = CALL_CONTINUE, .at_ms = 1200 };
	run(uas, &plan, &result);
	assert_string_equal(result.report->fault, "");
	check_order(result.report);
	assert_int_equal(result.report->change_count, 2);
	assert_int_equal(result.report->change[0].kind, CALL_PAUSE);
	assert_int_equal(result.report->change[1].kind, CALL_CONTINUE);
	assert_non_null(
		strstr(uas_find(uas, "INVITE ", 1)->text, "a=inactive"));
	assert_null(strstr(uas_find(uas, "INVITE ", 2)->text, "a=inactive"));
	for (uint32_t p = 1; p < stream->count; p++) {
		uint32_t passed = clock_of(&stream->packet[p]) -
				  clock_of(&stream->packet[p - 1]);

		assert_int_equal((uint16_t)(sequence(&stream->packet[p]) -
					    sequence(&stream->packet[p - 1])),
				 1);
		if (passed == 160)
			continue;
		gaps++;
		assert_int_equal(passed % 160, 0);
		assert_in_range(passed / 160, 5, frames_most(&result));
		assert_true(stream->packet[p].byte[1] & 0x80);
	}
	assert_int_equal(gaps, 1);
	/* The clock of the sound went on: it spans the whole call. */
	assert_in_range((clock_of(&stream->packet[stream->count - 1]) -
			 clock_of(&stream->packet[0])) /
				160,
			3000 / 20 - 2, frames_most(&result));
	done(uas, &result);
}

static void nothing_of_tone_a_follows_the_answer(void **state)
{
	struct uas *uas = uas_start(UAS_UDP, NULL);
	struct call_plan plan = plan_for(uas);
	nanoseconds answered_at;
	struct result result;
	uint32_t early = 0;

	(void)state;
	plan.dialect = dialect_find("oracle");
	plan.early_ms = 300;
	run(uas, &plan, &result);
	assert_string_equal(result.report->fault, "");
	answered_at = uas_find(uas, "INVITE ", 1)->at;
	/* Tone A repeats each 20 ms, so its packets are all alike. */
	for (uint32_t p = 1; p < uas->stream[0].count; p++) {
		struct uas_packet *packet = &uas->stream[0].packet[p];
		bool is_tone =
			memcmp(packet->byte + 12,
			       uas->stream[0].packet[0].byte + 12, 160) == 0;

		early += is_tone;
		if (packet->at > answered_at)
			assert_false(is_tone);
	}
	assert_in_range(early, 12, frames_most(&result));
	assert_null(strstr(uas_find(uas, "INVITE ", 0)->text, "agent1@"));
	assert_non_null(strstr(uas_find(uas, "INVITE ", 1)->text, "agent1@"));
	done(uas, &result);
}

static void tone_b_comes_after_the_bye(void **state)
{
	struct uas *uas = uas_start(UAS_UDP, NULL);
	struct call_plan plan = plan_for(uas);
	nanoseconds bye_at;
	struct result result;
	uint32_t after = 0;

	(void)state;
	plan.after_ms = 200;
	run(uas, &plan, &result);
	bye_at = uas_find(uas, "BYE ", 0)->at;
	for (uint32_t p = 0; p < uas->stream[1].count; p++)
		after += uas->stream[1].packet[p].at > bye_at;
	assert_in_range(after, 8, frames_most(&result) - FRAMES);
	done(uas, &result);
}

static void loss_and_swaps_are_counted(void **state)
{
	struct uas *uas = uas_start(UAS_UDP, NULL);
	struct call_plan plan = plan_for(uas);
	struct call_stream_report *report;
	struct result result;

	(void)state;
	plan.talk_ms = 2000;
	plan.loss = 0.1;
	plan.reorder = 0.1;
	plan.duplicate = 0.1;
	plan.seed = 5;
	run(uas, &plan, &result);
	report = &result.report->stream[0];
	assert_in_range(report->lost, 1, 30);
	assert_in_range(report->swapped, 1, 30);
	assert_in_range(report->doubled, 1, 30);
	assert_int_equal(uas->stream[0].count, report->packets);
	assert_in_range(report->packets + report->lost - report->doubled, 98,
			frames_most(&result));
	done(uas, &result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			encrypted_sound_opens_with_the_key_of_its_line),
		cmocka_unit_test(every_suite_fills_its_own_key_length),
		cmocka_unit_test(a_pause_is_a_gap_in_time_not_in_numbers),
		cmocka_unit_test(nothing_of_tone_a_follows_the_answer),
		cmocka_unit_test(tone_b_comes_after_the_bye),
		cmocka_unit_test(loss_and_swaps_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
