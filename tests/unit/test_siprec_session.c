/* SPDX-License-Identifier: EUPL-1.2 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/siprec_talk.h"

static const char *policy_path;

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

static void a_call_goes_from_invite_to_bye(void **state)
{
	struct stage *stage = *state;
	const struct register_contact *row;

	establish(stage);
	assert_non_null(strstr(stage_last(stage), "m=audio 20000 RTP/AVP 8"));
	assert_non_null(strstr(stage_last(stage), "+sip.srs"));
	assert_non_null(stage_find(stage, stage->media, MEDIA_MARK));
	stage->clock.fixed += 5 * NS_PER_S;
	bye(stage, 2);
	row = stage_row(stage);
	assert_int_equal(row->state, REGISTER_STATE_ENDED);
	assert_int_equal(row->end_reason, CALL_END_BYE);
	assert_int_equal(row->number, 1);
	assert_int_equal(row->answered_at, STAGE_BEGAN);
	assert_int_equal(row->ended_at, STAGE_BEGAN + 5 * NS_PER_S);
	assert_string_equal(row->service_number, SERVICE);
	assert_int_equal(stage_find(stage, stage->media, MEDIA_CLOSE)->close.at,
			 row->ended_at);
	assert_int_equal(stage->recorder.session_count, 0);
	stage_wait(stage, 1000);
	assert_int_equal(stage->recorder.contact_count, 0);
}

static void the_caller_is_sealed_and_only_a_tail_stays(void **state)
{
	struct stage *stage = *state;
	const struct register_contact *row;

	establish(stage);
	row = stage_row(stage);
	assert_string_equal(row->caller_tail, "123");
	assert_false(bytes_are_zero(&row->caller, sizeof(row->caller)));
	for (int i = 0; i < stage->letter_count; i++)
		assert_null(memmem(&stage->letters[i],
				   sizeof(union stage_letter), "40555012", 8));
	assert_null(memmem(stage->recorder.contacts, sizeof(struct contact),
			   "40555012", 8));
}

static void media_hears_nothing_before_the_row_is_durable(void **state)
{
	struct stage *stage = *state;
	struct register_contact row;

	stage_client(stage, message("INVITE", 1, "i1", "", EXTRA, MIXED,
				    both(sdp(1, "sendonly"),
					 metadata(CALLER, SERVICE))));
	/* Who has heard nothing asks again, also after a crash of ours. */
	assert_int_equal(stage->sent_count, 0);
	recorder_tick(&stage->recorder, stage->recorder.now_ms + 300);
	assert_non_null(strstr(stage_last(stage), "100 Trying"));
	assert_null(stage_take(stage, stage->media));
	assert_int_equal(journal_unsent(stage->recorder.journal, &row),
			 -ENOENT);
	recorder_commit(&stage->recorder);
	assert_int_equal(stage_take(stage, stage->media)->head.type,
			 MEDIA_OPEN);
}

static void an_inactive_start_waits_for_the_offer(void **state)
{
	struct stage *stage = *state;

	invite_as(stage, CALLER, SERVICE, "inactive");
	ack(stage, 1);
	assert_int_equal(stage_row(stage)->answered_at, 0);
	stage->clock.fixed += NS_PER_S;
	stage_client(stage, message("INVITE", 2, "i2", ";tag=b2", EXTRA, MIXED,
				    both(sdp(2, "sendonly"),
					 metadata(CALLER, SERVICE))));
	stage_pump(stage);
	assert_int_equal(stage_row(stage)->answered_at, STAGE_BEGAN + NS_PER_S);
	assert_non_null(strstr(stage_last(stage), "a=recvonly"));
}

static void the_same_offer_again_is_no_answer(void **state)
{
	struct stage *stage = *state;

	stage->recorder.clients.client[0].answer = CLIENT_ANSWER_REINVITE;
	establish(stage);
	assert_int_equal(stage_row(stage)->answered_at, 0);
	stage->clock.fixed += NS_PER_S;
	stage_client(stage, message("INVITE", 2, "i2", ";tag=b2", EXTRA,
				    "application/sdp", sdp(1, "sendonly")));
	stage_pump(stage);
	ack(stage, 2);
	assert_int_equal(stage_row(stage)->answered_at, 0);
	stage_client(stage, message("INVITE", 3, "i3", ";tag=b2", EXTRA,
				    "application/sdp", sdp(2, "sendonly")));
	stage_pump(stage);
	assert_int_equal(stage_row(stage)->answered_at, STAGE_BEGAN + NS_PER_S);
}

static void lanes_that_are_told_late_reach_media(void **state)
{
	struct stage *stage = *state;
	const struct media_open *change;

	snprintf(stage->recorder.clients.client[0].service_number, NUMBER_SIZE,
		 "%s", SERVICE);
	stage_client(stage, message("INVITE", 1, "i1", "", EXTRA,
				    "application/sdp", sdp(1, "sendonly")));
	stage_pump(stage);
	stage_learn_tag(stage);
	ack(stage, 1);
	stage_client(stage, message("UPDATE", 2, "u2", ";tag=b2", EXTRA,
				    "application/rs-metadata",
				    metadata(CALLER, "agent1")));
	stage_pump(stage);
	change = &stage_find(stage, stage->media, MEDIA_CHANGE)->open;
	assert_int_equal(change->streams[0].lane, CALL_LANE_CALLER);
	assert_int_equal(change->streams[1].lane, CALL_LANE_AGENT);
}

static void an_unlisted_number_is_never_taken_for_the_clients_own(void **state)
{
	struct stage *stage = *state;

	snprintf(stage->recorder.clients.client[0].service_number, NUMBER_SIZE,
		 "%s", SERVICE);
	invite_as(stage, CALLER, "+358295559999", "sendonly");
	assert_non_null(strstr(stage_last(stage), "SIP/2.0 403"));
	assert_null(stage_row(stage));
}

static void one_party_is_no_answer_until_the_second_comes(void **state)
{
	struct stage *stage = *state;

	invite_as(stage, CALLER, "", "sendonly");
	assert_non_null(strstr(stage_last(stage), "200 OK"));
	ack(stage, 1);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_OPEN);
	assert_string_equal(stage_row(stage)->service_number, "");
	stage_client(stage, message("UPDATE", 2, "u1", ";tag=b2", EXTRA,
				    "application/rs-metadata",
				    metadata(CALLER, SERVICE)));
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "200 OK"));
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_ANSWERED);
	assert_string_equal(stage_row(stage)->service_number, SERVICE);
}

static void an_unanswered_call_leaves_nothing(void **state)
{
	struct stage *stage = *state;

	invite_as(stage, CALLER, "", "sendonly");
	ack(stage, 1);
	bye(stage, 2);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_UNANSWERED);
	assert_int_equal(
		stage_find(stage, stage->media, MEDIA_CLOSE)->close.reason,
		CALL_END_REFUSED);
}

static void a_number_that_is_not_listed_is_refused(void **state)
{
	struct stage *stage = *state;

	invite_as(stage, CALLER, "+358295550199", "sendonly");
	assert_non_null(strstr(stage_last(stage), "403 Not Recorded"));
	assert_null(stage_row(stage));
	assert_null(stage_find(stage, stage->media, MEDIA_OPEN));
	assert_int_equal(stage->recorder.session_count, 0);
}

static void a_cancelled_invite_is_terminated(void **state)
{
	struct stage *stage = *state;

	stage->media_is_slow = true;
	invite_as(stage, CALLER, SERVICE, "sendonly");
	stage_client(stage, message("CANCEL", 1, "i1", "", "", "", ""));
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "487 Request Terminated"));
	assert_int_equal(stage->recorder.session_count, 0);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_UNANSWERED);
}

static void without_media_the_client_is_told_to_come_again(void **state)
{
	struct stage *stage = *state;

	media_lost(&stage->recorder, 0);
	invite_as(stage, CALLER, SERVICE, "sendonly");
	assert_non_null(strstr(stage_last(stage), "503 Service Unavailable"));
	assert_non_null(strstr(stage_last(stage), "Retry-After: 5"));
	assert_null(stage_row(stage));
}

static void without_ports_the_client_is_told_to_come_again(void **state)
{
	struct stage *stage = *state;

	stage->media_is_full = true;
	invite_as(stage, CALLER, SERVICE, "sendonly");
	assert_non_null(strstr(stage_last(stage), "503 Service Unavailable"));
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_UNANSWERED);
	assert_int_equal(stage->recorder.session_count, 0);
}

static void without_keys_nothing_is_recorded(void **state)
{
	struct stage *stage = *state;

	seal_keyset_free(stage->recorder.keys);
	stage->recorder.keys = NULL;
	invite_as(stage, CALLER, SERVICE, "sendonly");
	assert_non_null(strstr(stage_last(stage), "503 Service Unavailable"));
	assert_null(stage_row(stage));
}

static void what_is_unheard_of_is_named(void **state)
{
	struct stage *stage = *state;

	stage_client(stage, message("INVITE", 1, "i1", "",
				    "Require: siprec, unheard-of\n", MIXED,
				    both(sdp(1, "sendonly"),
					 metadata(CALLER, SERVICE))));
	assert_non_null(strstr(stage_last(stage), "420 Bad Extension"));
	assert_non_null(
		strstr(stage_last(stage), "Unsupported: unheard-of\r\n"));
}

static void a_recorder_is_not_referred_anywhere(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage_client(stage, message("REFER", 2, "r1", ";tag=b2",
				    "Refer-To: <sip:x@192.0.2.99>\n", "", ""));
	assert_non_null(strstr(stage_last(stage), "603 Decline"));
	stage_client(stage, message("PUBLISH", 3, "r2", ";tag=b2", "", "", ""));
	assert_non_null(strstr(stage_last(stage), "405 Method Not Allowed"));
	assert_int_equal(stage->recorder.session_count, 1);
}

static void two_changes_at_once_are_refused_in_order(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage->media_is_slow = true;
	stage_client(stage, message("INVITE", 2, "i2", ";tag=b2", EXTRA,
				    "application/sdp", sdp(2, "inactive")));
	stage_pump(stage);
	stage_client(stage, message("UPDATE", 3, "u3", ";tag=b2", EXTRA,
				    "application/sdp", sdp(3, "sendonly")));
	assert_non_null(strstr(stage_last(stage), "500 "));
	assert_non_null(strstr(stage_last(stage), "Retry-After: "));
}

static void glare_with_our_own_offer_is_491(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage_client(stage,
		     message("INVITE", 2, "i2", ";tag=b2", EXTRA, "", ""));
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "m=audio 20000"));
	stage_client(stage, message("UPDATE", 3, "u3", ";tag=b2", EXTRA,
				    "application/sdp", sdp(3, "sendonly")));
	assert_non_null(strstr(stage_last(stage), "491 Request Pending"));
}

/* The stream of a place as media was last told of it. */
static uint32_t last_state(const struct stage *stage, int place)
{
	const struct media_open *open =
		&stage_find(stage, stage->media, MEDIA_CHANGE)->open;

	return open->streams[place].state;
}

static void our_offer_in_a_session_has_all_its_lines(void **state)
{
	struct stage *stage = *state;
	const char *offer;

	establish(stage);
	stage_client(stage, message("INVITE", 2, "i2", ";tag=b2", EXTRA,
				    "application/sdp", sdp(2, "inactive")));
	stage_pump(stage);
	ack(stage, 2);
	assert_int_equal(last_state(stage, 1), CALL_STREAM_PAUSED);
	/* Asked without a body, as by who resumes: ready for both again. */
	stage_client(stage,
		     message("INVITE", 3, "i3", ";tag=b2", EXTRA, "", ""));
	stage_pump(stage);
	offer = strstr(stage_last(stage), "m=audio 20000 RTP/AVP 8");
	assert_non_null(offer);
	assert_non_null(strstr(offer, "a=label:1\r\na=recvonly\r\n"));
	offer = strstr(offer, "\nm=audio 20002 RTP/AVP 8");
	assert_non_null(offer);
	assert_non_null(strstr(offer, "a=label:2\r\na=recvonly\r\n"));
	assert_null(strstr(stage_last(stage), "a=inactive"));
	stage_client(stage, message("ACK", 3, "k3", ";tag=b2", "",
				    "application/sdp", sdp(3, "sendonly")));
	stage_pump(stage);
	assert_int_equal(last_state(stage, 0), CALL_STREAM_LIVE);
	assert_int_equal(last_state(stage, 1), CALL_STREAM_LIVE);
}

static void our_offer_in_a_session_is_as_secure(void **state)
{
	struct stage *stage = *state;
	char description[1024];

	(void)snprintf(description, sizeof(description),
		       "v=0\no=- 1 1 IN IP4 192.0.2.30\ns=-\n"
		       "c=IN IP4 192.0.2.30\nt=0 0\n"
		       "m=audio 30000 RTP/SAVP 8\na=label:1\na=sendonly\n"
		       "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%s\n",
		       "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd");
	stage_client(stage,
		     message("INVITE", 1, "i1", "", EXTRA, MIXED,
			     both(description, metadata(CALLER, SERVICE))));
	stage_pump(stage);
	stage_learn_tag(stage);
	ack(stage, 1);
	stage_client(stage,
		     message("INVITE", 2, "i2", ";tag=b2", EXTRA, "", ""));
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "m=audio 20000 RTP/SAVP 8"));
	assert_non_null(strstr(stage_last(stage),
			       "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"));
}

static void the_quota_of_a_client_holds(void **state)
{
	struct stage *stage = *state;

	stage->recorder.clients.client[0].calls_max = 0;
	invite_as(stage, CALLER, SERVICE, "sendonly");
	assert_non_null(strstr(stage_last(stage), "503 "));
	stage->recorder.clients.client[0].requests_per_s = 1;
	stage_client(stage, message("OPTIONS", 2, "o1", "", "", "", ""));
	stage_client(stage, message("OPTIONS", 3, "o2", "", "", "", ""));
	assert_non_null(strstr(stage_last(stage), "503 "));
}

static void hold_and_resume_are_marked(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage_client(stage, message("INVITE", 2, "i2", ";tag=b2", EXTRA,
				    "application/sdp", sdp(2, "inactive")));
	stage_pump(stage);
	assert_int_equal(stage_find(stage, stage->media, MEDIA_MARK)->mark.kind,
			 CALL_MARK_PAUSE);
	assert_int_equal(stage_find(stage, stage->media, MEDIA_CHANGE)
				 ->open.streams[0]
				 .state,
			 CALL_STREAM_PAUSED);
	ack(stage, 2);
	stage_client(stage, message("INVITE", 3, "i3", ";tag=b2", EXTRA,
				    "application/sdp", sdp(3, "sendonly")));
	stage_pump(stage);
	assert_int_equal(stage_find(stage, stage->media, MEDIA_MARK)->mark.kind,
			 CALL_MARK_RESUME);
	assert_int_equal(stage_find(stage, stage->media, MEDIA_CHANGE)
				 ->open.streams[0]
				 .state,
			 CALL_STREAM_LIVE);
}

static void a_pause_that_comes_with_metadata_is_a_hold(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage_client(stage, message("INVITE", 2, "i2", ";tag=b2", EXTRA, MIXED,
				    both(sdp(2, "inactive"),
					 metadata(CALLER, SERVICE))));
	stage_pump(stage);
	assert_int_equal(stage_find(stage, stage->media, MEDIA_MARK)->mark.kind,
			 CALL_MARK_HOLD);
}

static void an_old_bye_ends_nothing(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage_client(stage, message("UPDATE", 5, "u5", ";tag=b2", EXTRA,
				    "application/sdp", sdp(2, "sendonly")));
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "SIP/2.0 200"));
	bye(stage, 4);
	assert_non_null(strstr(stage_last(stage), "SIP/2.0 500"));
	assert_int_equal(stage->recorder.session_count, 1);
	stage_client(stage, message("BYE", 6, "y6", ";tag=b2", "", "", ""));
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "SIP/2.0 200"));
	assert_int_equal(stage->recorder.session_count, 0);
}

static void an_answered_call_without_sound_is_counted(void **state)
{
	struct stage *stage = *state;
	uint64_t before = stage->recorder.tally.calls_silent->value;

	stage->media_is_deaf = true;
	establish(stage);
	bye(stage, 2);
	stage_pump(stage);
	assert_int_equal(stage->recorder.tally.calls_silent->value, before + 1);
}

static void assert_unsupported(struct stage *stage, const char *extra,
			       const char *type, const char *body)
{
	uint64_t before = stage->recorder.tally.not_recorded->value;

	stage_client(stage, message("INVITE", 1, "i1", "", extra, type, body));
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "SIP/2.0 415"));
	assert_non_null(strstr(stage_last(stage), "Accept: application/sdp"));
	assert_non_null(strstr(stage_last(stage), "Accept-Encoding: identity"));
	assert_int_equal(stage->recorder.session_count, 0);
	assert_int_equal(stage->recorder.tally.not_recorded->value, before + 1);
}

static void a_body_of_an_unknown_type_is_unsupported(void **state)
{
	assert_unsupported(*state, EXTRA, "application/x-example",
			   sdp(1, "sendonly"));
}

static void a_body_of_no_type_and_no_kind_is_unsupported(void **state)
{
	assert_unsupported(*state, EXTRA, "", "something\n");
}

static void an_encoded_body_is_unsupported(void **state)
{
	assert_unsupported(*state, EXTRA "Content-Encoding: gzip\n",
			   "application/sdp", sdp(1, "sendonly"));
}

static void a_change_of_an_unknown_type_is_unsupported(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage_client(stage,
		     message("INVITE", 2, "i2", ";tag=b2", EXTRA,
			     "application/x-example", sdp(2, "sendonly")));
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "SIP/2.0 415"));
	assert_int_equal(stage->recorder.session_count, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(a_call_goes_from_invite_to_bye),
		CASE(an_old_bye_ends_nothing),
		CASE(an_answered_call_without_sound_is_counted),
		CASE(a_body_of_an_unknown_type_is_unsupported),
		CASE(a_body_of_no_type_and_no_kind_is_unsupported),
		CASE(an_encoded_body_is_unsupported),
		CASE(a_change_of_an_unknown_type_is_unsupported),
		CASE(the_caller_is_sealed_and_only_a_tail_stays),
		CASE(media_hears_nothing_before_the_row_is_durable),
		CASE(an_inactive_start_waits_for_the_offer),
		CASE(the_same_offer_again_is_no_answer),
		CASE(lanes_that_are_told_late_reach_media),
		CASE(an_unlisted_number_is_never_taken_for_the_clients_own),
		CASE(one_party_is_no_answer_until_the_second_comes),
		CASE(an_unanswered_call_leaves_nothing),
		CASE(a_number_that_is_not_listed_is_refused),
		CASE(a_cancelled_invite_is_terminated),
		CASE(without_media_the_client_is_told_to_come_again),
		CASE(without_ports_the_client_is_told_to_come_again),
		CASE(without_keys_nothing_is_recorded),
		CASE(what_is_unheard_of_is_named),
		CASE(a_recorder_is_not_referred_anywhere),
		CASE(two_changes_at_once_are_refused_in_order),
		CASE(glare_with_our_own_offer_is_491),
		CASE(our_offer_in_a_session_has_all_its_lines),
		CASE(our_offer_in_a_session_is_as_secure),
		CASE(the_quota_of_a_client_holds),
		CASE(hold_and_resume_are_marked),
		CASE(a_pause_that_comes_with_metadata_is_a_hold),
	};

	assert_int_equal(argc, 2);
	policy_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
