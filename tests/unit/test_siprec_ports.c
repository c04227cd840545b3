/* SPDX-License-Identifier: EUPL-1.2 */
/* Calls whose media process is gone for good go on at other ports. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/siprec_talk.h"

static const char *policy_path;

#define NO_UPDATE "Supported: timer\nAllow: INVITE, ACK, BYE, CANCEL\n"

static int set_up(void **state)
{
	*state = stage_new(policy_path);
	stage_pump(*state);
	return 0;
}

static int tear_down(void **state)
{
	stage_free(*state);
	return 0;
}

/* Another process has the call: everybody speaks until all is said. */
static void pump(struct stage *stage)
{
	for (int turn = 0; turn < 8; turn++) {
		recorder_commit(&stage->recorder);
		while (stage_serve_media(stage) || stage_serve_register(stage))
			continue;
		while (media_hear(&stage->recorder, 1) == 0 ||
		       register_hear(&stage->recorder) == 0)
			continue;
	}
}

static void wait_ms(struct stage *stage, int64_t ms)
{
	for (int64_t i = 0; i < ms; i += 500) {
		stage->clock.fixed += 500 * NS_PER_MS;
		recorder_tick(&stage->recorder, stage->recorder.now_ms + 500);
		pump(stage);
	}
}

/* The process of the call ends and stays away; there is one more. */
static void lose_media(struct stage *stage)
{
	media_lost(&stage->recorder, 0);
	close(stage->media);
	stage->letter_count = 0;
	stage->media_port = 30000;
	media_line(&stage->recorder, 1, stage_line(&stage->media));
	wait_ms(stage, 9500);
	/* It may still come back. */
	assert_null(stage_find(stage, stage->media, MEDIA_OPEN));
	wait_ms(stage, 1000);
}

/* Answer our latest request; its SDP is taken over with another source. */
static void agree(struct stage *stage, const char *status, bool with_sdp)
{
	char text[4096], via[256], cseq[64];
	const char *request = stage_last(stage);
	const char *body = with_sdp ? sdp(9, "sendonly") : "";
	size_t ends = 0;

	for (const char *c = body; *c; c++)
		ends += *c == '\n';
	assert_int_equal(sscanf(strstr(request, "Via: "), "%255[^\r]", via), 1);
	assert_int_equal(sscanf(strstr(request, "CSeq: "), "%63[^\r]", cseq),
			 1);
	snprintf(text, sizeof(text),
		 "SIP/2.0 %s\n%s\nFrom: <sip:recorder@192.0.2.10>;tag=%s\n"
		 "To: <sip:src@192.0.2.20>;tag=a1\n"
		 "Call-ID: call-1@192.0.2.20\n%s\n%sContent-Length: %zu\n\n%s",
		 status, via, stage->tag, cseq,
		 with_sdp ? "Content-Type: application/sdp\n" : "",
		 strlen(body) + ends, body);
	stage_client(stage, text);
	pump(stage);
}

static const char *offered(const struct stage *stage, const char *method)
{
	const char *text = stage_last(stage);

	assert_int_equal(strncmp(text, method, strlen(method)), 0);
	assert_non_null(strstr(text, "m=audio 30000 RTP/AVP 8\r\n"));
	assert_non_null(strstr(text, "m=audio 30002 RTP/AVP 8\r\n"));
	assert_non_null(strstr(text, "a=label:2\r\n"));
	assert_null(strstr(text, "m=audio 20000"));
	return text;
}

static void a_call_goes_on_at_the_ports_of_another_process(void **state)
{
	struct stage *stage = *state;
	const struct media_open *open;

	establish(stage);
	lose_media(stage);
	open = &stage_find(stage, stage->media, MEDIA_OPEN)->open;
	assert_int_equal(open->segment, 1);
	assert_int_equal(open->answered_at, STAGE_BEGAN);
	assert_int_equal(open->streams[0].want_port, 0);
	(void)offered(stage, "UPDATE sip:src@");
	agree(stage, "200 OK", true);
	assert_int_equal(stage->recorder.session_count, 1);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_ANSWERED);
	assert_true(stage_row(stage)->flags & REGISTER_FLAG_SEGMENTS);
	int before = stage->sent_count;
	wait_ms(stage, 10000);
	assert_int_equal(stage->sent_count, before);
	/* Asked for its media again, it tells the same. */
	stage_client(stage, message("INVITE", 2, "i2", ";tag=b2", EXTRA,
				    "application/sdp", sdp(10, "sendonly")));
	pump(stage);
	assert_non_null(strstr(stage_last(stage), "m=audio 30000 RTP/AVP 8"));
}

static void a_client_without_update_gets_an_invite_and_its_ack(void **state)
{
	struct stage *stage = *state;
	char invite[STAGE_SENT_SIZE], other[STAGE_SENT_SIZE];
	int before;

	stage_client(stage, message("INVITE", 1, "i1", "", NO_UPDATE, MIXED,
				    both(sdp(1, "sendonly"),
					 metadata(CALLER, SERVICE))));
	stage_pump(stage);
	stage_learn_tag(stage);
	ack(stage, 1);
	lose_media(stage);
	snprintf(invite, sizeof(invite), "%s",
		 offered(stage, "INVITE sip:src@"));
	agree(stage, "200 OK", true);
	assert_int_equal(strncmp(stage_last(stage), "ACK sip:src@", 12), 0);
	assert_non_null(strstr(stage_last(stage), "CSeq: 1 ACK\r\n"));
	snprintf(other, sizeof(other), "%s", stage_last(stage));
	/* The answer comes again: so does the ACK, and nothing else. */
	before = stage->sent_count;
	memcpy(stage->sent[stage->sent_count++], invite, sizeof(invite));
	agree(stage, "200 OK", true);
	assert_int_equal(stage->sent_count, before + 2);
	assert_string_equal(stage_last(stage), other);
	assert_int_equal(stage->recorder.session_count, 1);
	bye(stage, 2);
	pump(stage);
	assert_int_equal(stage_row(stage)->end_reason, CALL_END_BYE);
}

static void assert_lost(struct stage *stage)
{
	assert_int_equal(strncmp(stage_last(stage), "BYE sip:src@", 12), 0);
	assert_int_equal(stage->recorder.session_count, 0);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_ENDED);
	assert_int_equal(stage_row(stage)->end_reason, CALL_END_LOST);
	assert_int_equal(stage_row(stage)->ended_at, stage->clock.fixed);
}

static void a_client_that_refuses_new_ports_ends_as_lost(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	lose_media(stage);
	agree(stage, "488 Not Acceptable Here", false);
	assert_lost(stage);
}

static void a_client_that_says_nothing_ends_as_lost(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	lose_media(stage);
	wait_ms(stage, 8500);
	assert_int_equal(stage->recorder.session_count, 0);
	assert_int_equal(stage_row(stage)->end_reason, CALL_END_LOST);
}

static void a_client_with_an_offer_of_its_own_is_asked_again(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	lose_media(stage);
	agree(stage, "491 Request Pending", false);
	wait_ms(stage, 3000);
	(void)offered(stage, "UPDATE sip:src@");
	assert_non_null(strstr(stage_last(stage), "CSeq: 2 UPDATE"));
	/* Its own must wait for ours. */
	agree(stage, "200 OK", true);
	assert_int_equal(stage->recorder.session_count, 1);
	wait_ms(stage, 10000);
	assert_int_equal(stage->recorder.session_count, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(a_call_goes_on_at_the_ports_of_another_process),
		CASE(a_client_without_update_gets_an_invite_and_its_ack),
		CASE(a_client_that_refuses_new_ports_ends_as_lost),
		CASE(a_client_that_says_nothing_ends_as_lost),
		CASE(a_client_with_an_offer_of_its_own_is_asked_again),
	};

	assert_int_equal(argc, 2);
	policy_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
