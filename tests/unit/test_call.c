/* SPDX-License-Identifier: EUPL-1.2 */
/* "tallenne call" against a recorder that says, and takes, what we want. */
#include "call_stage.h"

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
		cmocka_unit_test(a_lost_bye_is_not_sent),
		cmocka_unit_test(a_restarted_client_keeps_its_call_id_only),
		cmocka_unit_test(a_third_party_gets_a_line_of_its_own),
		cmocka_unit_test(many_calls_share_few_sockets),
		cmocka_unit_test(nobody_listening_is_told_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
