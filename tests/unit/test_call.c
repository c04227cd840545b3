/* SPDX-License-Identifier: EUPL-1.2 */
/* "tallenne call" against a recorder that says, and takes, what we want. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <srtp2/srtp.h>

#include "cli/call/call.h"
#include "cli/call/dialect.h"
#include "uas.h"

enum { TALK_MS = 300, FRAMES = TALK_MS / 20 };

struct result {
	struct call_summary summary;
	struct call_report *report;
	char fault[CALL_FAULT_SIZE];
};

static struct call_plan plan_for(const struct uas *uas)
{
	struct call_plan plan = call_plan_default();

	plan.host = "127.0.0.1";
	plan.port = uas->port;
	plan.transport = (enum call_transport)uas->transport;
	plan.service = "+358295550100";
	plan.caller = "+358405550123";
	plan.talk_ms = TALK_MS;
	if (uas->ca[0] != '\0')
		plan.ca = uas->ca;
	return plan;
}

static void run(struct uas *uas, const struct call_plan *plan,
		struct result *result)
{
	*result = (struct result){ 0 };
	assert_int_equal(call_run(plan, &result->summary, result->fault), 0);
	result->report = &result->summary.report[0];
	uas_await(uas, result->summary.packets);
	uas_stop(uas);
}

static void done(struct uas *uas, struct result *result)
{
	call_summary_drop(&result->summary);
	uas_free(uas);
}

/*
 * How many packets of one stream a call can have sent. Where the machine
 * makes the client wait, it speaks later, but for longer: how long is seen
 * afterwards.
 */
static uint32_t frames_most(const struct result *result)
{
	const struct call_report *report = result->report;
	nanoseconds time = result->summary.ended_at - report->invite_at;

	return (uint32_t)(time / (20 * NS_PER_MS)) + 2;
}

static uint16_t sequence(const struct uas_packet *packet)
{
	return (uint16_t)(packet->byte[2] << 8 | packet->byte[3]);
}

static uint32_t clock_of(const struct uas_packet *packet)
{
	const uint8_t *b = packet->byte + 4;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

/* What the client did came in this order by its clock. */
static void check_order(const struct call_report *report)
{
	const nanoseconds order[] = { report->invite_at,   report->asked_at,
				      report->answered_at, report->known_at,
				      report->bye_at,	   report->gone_at,
				      report->ended_at };

	assert_true(order[0] > 0);
	for (size_t i = 1; i < COUNT(order); i++)
		assert_true(order[i - 1] <= order[i]);
	for (uint32_t i = 0; i < report->change_count; i++) {
		const struct call_change *change = &report->change[i];

		assert_true(change->asked_at >= report->known_at);
		assert_true(change->known_at > change->asked_at);
		assert_true(change->known_at <= report->bye_at);
	}
}

static void check_basic(enum uas_transport transport)
{
	struct uas *uas = uas_start(transport, NULL);
	struct call_plan plan = plan_for(uas);
	struct result result;

	run(uas, &plan, &result);
	assert_string_equal(result.report->fault, "");
	assert_int_equal(result.report->result, CALL_OK);
	assert_int_equal(result.report->status, 200);
	assert_int_equal(result.report->bye_status, 200);
	assert_int_equal(result.report->stream_count, 2);
	check_order(result.report);
	for (int i = 0; i < 2; i++) {
		struct uas_stream *stream = &uas->stream[i];

		assert_int_equal(stream->count,
				 result.report->stream[i].packets);
		assert_in_range(stream->count, FRAMES - 1,
				frames_most(&result));
		for (uint32_t p = 1; p < stream->count; p++) {
			assert_int_equal(
				(uint16_t)(sequence(&stream->packet[p]) -
					   sequence(&stream->packet[0])),
				p);
			assert_int_equal(clock_of(&stream->packet[p]) -
						 clock_of(&stream->packet[0]),
					 p * 160);
		}
	}
	assert_int_equal(uas_count(uas, "INVITE "), 1);
	assert_int_equal(uas_count(uas, "ACK "), 1);
	assert_int_equal(uas_count(uas, "BYE "), 1);
	done(uas, &result);
}

static void a_call_over_udp_sends_what_it_reports(void **state)
{
	(void)state;
	check_basic(UAS_UDP);
}

static void a_call_over_tcp_sends_what_it_reports(void **state)
{
	(void)state;
	check_basic(UAS_TCP);
}

static void a_call_over_tls_sends_what_it_reports(void **state)
{
	(void)state;
	check_basic(UAS_TLS);
}

static void a_certificate_of_nobody_known_is_refused(void **state)
{
	struct uas *uas = uas_start(UAS_TLS, NULL);
	struct call_plan plan = plan_for(uas);
	struct call_summary summary;
	char fault[CALL_FAULT_SIZE];

	(void)state;
	plan.ca = NULL;
	assert_int_equal(call_run(&plan, &summary, fault), -EACCES);
	assert_non_null(strstr(fault, "handshake"));
	uas_stop(uas);
	uas_free(uas);
}

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

static void a_lost_request_is_said_again(void **state)
{
	struct uas_ways ways = { .lose_first = 1 };
	struct uas *uas = uas_start(UAS_UDP, &ways);
	struct call_plan plan = plan_for(uas);
	struct result result;

	(void)state;
	run(uas, &plan, &result);
	assert_int_equal(result.report->result, CALL_OK);
	assert_true(result.report->retransmissions >= 1);
	assert_true(uas->repeated >= 1);
	assert_int_equal(uas_count(uas, "INVITE "), 1);
	done(uas, &result);
}

static void a_refusal_is_reported_as_such(void **state)
{
	struct uas_ways ways = { .refuse = 403 };
	struct uas *uas = uas_start(UAS_UDP, &ways);
	struct call_plan plan = plan_for(uas);
	struct result result;

	(void)state;
	run(uas, &plan, &result);
	assert_int_equal(result.report->result, CALL_REFUSED);
	assert_int_equal(result.report->status, 403);
	assert_int_equal(result.summary.refused, 1);
	assert_int_equal(uas_count(uas, "ACK "), 1);
	assert_int_equal(result.summary.packets, 0);
	done(uas, &result);
}

static void it_comes_back_when_told_later(void **state)
{
	struct uas_ways ways = { .refuse_once = 503,
				 .refuse_header = "Retry-After: 0" };
	struct uas *uas = uas_start(UAS_TCP, &ways);
	struct call_plan plan = plan_for(uas);
	struct result result;

	(void)state;
	run(uas, &plan, &result);
	assert_int_equal(result.report->result, CALL_OK);
	assert_int_equal(result.report->retries, 1);
	assert_int_equal(uas_count(uas, "INVITE "), 2);
	done(uas, &result);
}

static void a_longer_session_timer_is_taken(void **state)
{
	struct uas_ways ways = { .refuse_once = 422,
				 .refuse_header = "Min-SE: 600" };
	struct uas *uas = uas_start(UAS_TCP, &ways);
	struct call_plan plan = plan_for(uas);
	struct result result;

	(void)state;
	plan.session_expires_s = 120;
	run(uas, &plan, &result);
	assert_int_equal(result.report->result, CALL_OK);
	assert_non_null(strstr(uas_find(uas, "INVITE ", 1)->text,
			       "\r\nSession-Expires: 600\r\n"));
	done(uas, &result);
}

static void a_short_session_is_refreshed_by_update(void **state)
{
	struct uas_ways ways = { .expires = "1;refresher=uac" };
	struct uas *uas = uas_start(UAS_TCP, &ways);
	struct call_plan plan = plan_for(uas);
	struct result result;

	(void)state;
	plan.talk_ms = 800;
	plan.session_expires_s = 90;
	run(uas, &plan, &result);
	assert_int_equal(result.report->result, CALL_OK);
	/* Each half second one, however long it took. */
	assert_in_range(uas_count(uas, "UPDATE "), 1,
			frames_most(&result) / 25);
	assert_int_equal(uas_count(uas, "INVITE "), 1);
	done(uas, &result);
}

static void two_at_once_are_tried_again_later(void **state)
{
	struct uas_ways ways = { .glare_at = 2 };
	struct uas *uas = uas_start(UAS_TCP, &ways);
	struct call_plan plan = plan_for(uas);
	struct result result;

	(void)state;
	plan.talk_ms = 5000;
	plan.step_count = 1;
	plan.steps[0] = (struct call_step){ .kind = CALL_PAUSE, .at_ms = 20 };
	run(uas, &plan, &result);
	assert_int_equal(result.report->result, CALL_OK);
	assert_int_equal(result.report->glares, 1);
	assert_int_equal(uas_count(uas, "INVITE "), 3);
	/* At the latest after 4 s (RFC 3261, 14.1), so before the end. */
	assert_true(uas_find(uas, "INVITE ", 2)->at -
			    uas_find(uas, "INVITE ", 1)->at >=
		    2100 * NS_PER_MS);
	done(uas, &result);
}

static void a_reliable_answer_is_acknowledged(void **state)
{
	struct uas_ways ways = { .reliable = true };
	struct uas *uas = uas_start(UAS_UDP, &ways);
	struct call_plan plan = plan_for(uas);
	struct result result;

	(void)state;
	plan.prack = true;
	run(uas, &plan, &result);
	assert_int_equal(result.report->result, CALL_OK);
	assert_int_equal(uas_count(uas, "PRACK "), 1);
	assert_non_null(strstr(uas_find(uas, "PRACK ", 0)->text,
			       "\r\nRAck: 7001 101 INVITE\r\n"));
	done(uas, &result);
}

static void what_is_wrong_in_an_answer_is_told(void **state)
{
	static const struct {
		struct uas_ways ways;
		const char *text;
	} wrongs[] = {
		{ { .no_srs = true }, "+sip.srs" },
		{ { .sendonly = true }, "sendonly instead of recvonly" },
		{ { .one_line = true }, "m= lines" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(wrongs); i++) {
		struct uas *uas = uas_start(UAS_TCP, &wrongs[i].ways);
		struct call_plan plan = plan_for(uas);
		struct result result;

		plan.talk_ms = 60;
		run(uas, &plan, &result);
		assert_int_equal(result.report->result, CALL_OK);
		assert_true(result.report->warnings > 0);
		assert_non_null(strstr(result.report->fault, wrongs[i].text));
		done(uas, &result);
	}
}

static void what_the_recorder_asks_is_answered(void **state)
{
	struct uas_ways ways = { .ask = true };
	struct uas *uas = uas_start(UAS_UDP, &ways);
	struct call_plan plan = plan_for(uas);
	struct result result;

	(void)state;
	run(uas, &plan, &result);
	assert_int_equal(result.report->result, CALL_OK);
	assert_int_equal(result.report->served, 2);
	assert_int_equal(uas_count(uas, "SIP/2.0 200 OK"), 2);
	done(uas, &result);
}

static void the_recorders_bye_ends_the_call(void **state)
{
	struct uas_ways ways = { .bye_after = 5 };
	struct uas *uas = uas_start(UAS_UDP, &ways);
	struct call_plan plan = plan_for(uas);
	struct result result;

	(void)state;
	plan.talk_ms = 30000;
	run(uas, &plan, &result);
	assert_true(result.report->ended_by_recorder);
	assert_int_equal(result.report->result, CALL_OK);
	assert_int_equal(uas_count(uas, "BYE "), 0);
	assert_in_range(uas->stream[0].count, 5, 30000 / 20 / 2);
	done(uas, &result);
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

static void a_lost_bye_is_not_sent(void **state)
{
	struct uas *uas = uas_start(UAS_UDP, NULL);
	struct call_plan plan = plan_for(uas);
	struct result result;

	(void)state;
	plan.lost_bye = true;
	run(uas, &plan, &result);
	assert_int_equal(result.report->result, CALL_OK);
	assert_int_equal(uas_count(uas, "BYE "), 0);
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

static void a_restarted_client_keeps_its_call_id_only(void **state)
{
	struct uas *uas = uas_start(UAS_TCP, NULL);
	struct call_plan plan = plan_for(uas);
	const char *first, *second;
	struct result result;

	(void)state;
	plan.step_count = 1;
	plan.steps[0] =
		(struct call_step){ .kind = CALL_RESTART, .at_ms = 100 };
	run(uas, &plan, &result);
	assert_int_equal(result.report->result, CALL_OK);
	first = strstr(uas_find(uas, "INVITE ", 0)->text, "From: ");
	second = strstr(uas_find(uas, "INVITE ", 1)->text, "From: ");
	assert_memory_not_equal(first, second, strcspn(first, "\r"));
	assert_memory_equal(strstr(first, "Call-ID"), strstr(second, "Call-ID"),
			    strcspn(strstr(first, "Call-ID"), "\r"));
	assert_null(strstr(uas_find(uas, "INVITE ", 1)->text, ";tag=uas"));
	done(uas, &result);
}

static void a_third_party_gets_a_line_of_its_own(void **state)
{
	struct uas *uas = uas_start(UAS_TCP, NULL);
	struct call_plan plan = plan_for(uas);
	struct result result;

	(void)state;
	plan.talk_ms = 1200;
	plan.step_count = 2;
	plan.steps[0] = (struct call_step){
		.kind = CALL_JOIN,
		.at_ms = 100,
		.agent = { "3", "", "supervisor@example.fi" },
	};
	plan.steps[1] = (struct call_step){ .kind = CALL_LEAVE, .at_ms = 1000 };
	run(uas, &plan, &result);
	assert_string_equal(result.report->fault, "");
	assert_int_equal(result.report->stream_count, 3);
	/* It was there for a part of the call only. */
	assert_in_range(uas->stream[2].count, 1, uas->stream[0].count - 5);
	assert_non_null(strstr(uas_find(uas, "INVITE ", 1)->text,
			       "supervisor@example.fi"));
	assert_non_null(
		strstr(uas_find(uas, "INVITE ", 2)->text, "m=audio 0 "));
	done(uas, &result);
}

static void many_calls_share_few_sockets(void **state)
{
	struct uas *uas = uas_start(UAS_TCP, NULL);
	struct call_plan plan = plan_for(uas);
	struct result result;

	(void)state;
	plan.calls = 8;
	plan.rate = 0;
	plan.shared_ports = true;
	run(uas, &plan, &result);
	assert_int_equal(result.summary.ok, 8);
	assert_int_equal(result.summary.at_once_max, 8);
	assert_int_equal(result.summary.send_errors, 0);
	assert_int_equal(uas->stream[0].count + uas->stream[1].count,
			 result.summary.packets);
	done(uas, &result);
}

static void nobody_listening_is_told_at_once(void **state)
{
	struct uas *uas = uas_start(UAS_UDP, NULL);
	struct call_plan plan = plan_for(uas);
	struct result result = { 0 };

	(void)state;
	uas_stop(uas);
	uas_free(uas);
	assert_int_equal(call_run(&plan, &result.summary, result.fault), 0);
	assert_int_equal(result.summary.failed, 1);
	assert_string_equal(result.summary.report[0].fault,
			    "nobody listens there");
	call_summary_drop(&result.summary);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_over_udp_sends_what_it_reports),
		cmocka_unit_test(a_call_over_tcp_sends_what_it_reports),
		cmocka_unit_test(a_call_over_tls_sends_what_it_reports),
		cmocka_unit_test(a_certificate_of_nobody_known_is_refused),
		cmocka_unit_test(
			encrypted_sound_opens_with_the_key_of_its_line),
		cmocka_unit_test(every_suite_fills_its_own_key_length),
		cmocka_unit_test(a_lost_request_is_said_again),
		cmocka_unit_test(a_refusal_is_reported_as_such),
		cmocka_unit_test(it_comes_back_when_told_later),
		cmocka_unit_test(a_longer_session_timer_is_taken),
		cmocka_unit_test(a_short_session_is_refreshed_by_update),
		cmocka_unit_test(two_at_once_are_tried_again_later),
		cmocka_unit_test(a_reliable_answer_is_acknowledged),
		cmocka_unit_test(what_is_wrong_in_an_answer_is_told),
		cmocka_unit_test(what_the_recorder_asks_is_answered),
		cmocka_unit_test(the_recorders_bye_ends_the_call),
		cmocka_unit_test(a_pause_is_a_gap_in_time_not_in_numbers),
		cmocka_unit_test(nothing_of_tone_a_follows_the_answer),
		cmocka_unit_test(tone_b_comes_after_the_bye),
		cmocka_unit_test(a_lost_bye_is_not_sent),
		cmocka_unit_test(loss_and_swaps_are_counted),
		cmocka_unit_test(a_restarted_client_keeps_its_call_id_only),
		cmocka_unit_test(a_third_party_gets_a_line_of_its_own),
		cmocka_unit_test(many_calls_share_few_sockets),
		cmocka_unit_test(nobody_listening_is_told_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
