/* SPDX-License-Identifier: EUPL-1.2 */
/* Sessions in time: what is said again, what expires, who is asked. */
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

static void a_repeated_invite_is_answered_the_same(void **state)
{
	struct stage *stage = *state;
	char first[STAGE_SENT_SIZE];

	invite_as(stage, CALLER, SERVICE, "sendonly");
	snprintf(first, sizeof(first), "%s", stage_last(stage));
	invite_as(stage, CALLER, SERVICE, "sendonly");
	assert_string_equal(stage_last(stage), first);
	assert_int_equal(stage->recorder.contact_count, 1);
	assert_int_equal(stage->recorder.session_count, 1);
}

static void a_200_is_repeated_until_its_ack(void **state)
{
	struct stage *stage = *state;
	int before;

	invite_as(stage, CALLER, SERVICE, "sendonly");
	before = stage->sent_count;
	stage_wait(stage, 4000);
	assert_int_equal(stage->sent_count - before, 3); /* 0.5, 1.5, 3.5 s */
	ack(stage, 1);
	before = stage->sent_count;
	stage_wait(stage, 8000);
	assert_int_equal(stage->sent_count, before);
}

static void without_an_ack_the_call_never_was(void **state)
{
	struct stage *stage = *state;

	invite_as(stage, CALLER, SERVICE, "sendonly");
	stage_wait(stage, 33000);
	assert_int_equal(stage->recorder.session_count, 0);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_UNANSWERED);
	assert_non_null(strstr(stage_last(stage), "BYE sip:src@192.0.2.20"));
}

static void say_silent(struct stage *stage)
{
	struct media_closed silent = {
		.head = { .type = MEDIA_SILENT, .size = sizeof(silent) },
		.call = stage_find(stage, stage->media, MEDIA_OPEN)->open.call,
		.last_at = STAGE_BEGAN + 7,
	};

	assert_int_equal(line_post(stage->media, &silent.head, NULL, false), 0);
	stage_pump(stage);
}

static void a_lost_bye_is_found_by_silence(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	say_silent(stage);
	assert_non_null(strstr(stage_last(stage), "OPTIONS sip:src@"));
	stage_wait(stage, 10000);
	assert_int_equal(stage_row(stage)->end_reason, CALL_END_SILENCE);
	assert_int_equal(stage_row(stage)->ended_at, STAGE_BEGAN + 7);
	assert_true(stage_row(stage)->flags & REGISTER_FLAG_END_LOST);
}

static void a_quiet_client_that_answers_lives_on(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	say_silent(stage);
	answer_last(stage, "200 OK", "");
	stage_wait(stage, 20000);
	assert_int_equal(stage->recorder.session_count, 1);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_ANSWERED);
}

static void a_session_that_is_not_refreshed_expires(void **state)
{
	struct stage *stage = *state;

	stage_client(stage, message("INVITE", 1, "i1", "",
				    EXTRA "Session-Expires: 90\n", MIXED,
				    both(sdp(1, "sendonly"),
					 metadata(CALLER, SERVICE))));
	stage_pump(stage);
	stage_learn_tag(stage);
	assert_non_null(
		strstr(stage_last(stage), "Session-Expires: 90;refresher=uac"));
	ack(stage, 1);
	stage_wait(stage, 50000);
	stage_client(stage, message("UPDATE", 2, "u1", ";tag=b2",
				    EXTRA "Session-Expires: 90\n", "", ""));
	stage_pump(stage);
	stage_wait(stage, 50000);
	assert_int_equal(stage->recorder.session_count, 1);
	stage_wait(stage, 20000);
	assert_int_equal(stage->recorder.session_count, 0);
	assert_int_equal(stage_row(stage)->end_reason, CALL_END_EXPIRED);
}

static void we_refresh_by_update_if_the_client_wants_us_to(void **state)
{
	struct stage *stage = *state;

	stage_client(
		stage,
		message("INVITE", 1, "i1", "",
			EXTRA "Session-Expires: 90;refresher=uas\n", MIXED,
			both(sdp(1, "sendonly"), metadata(CALLER, SERVICE))));
	stage_pump(stage);
	stage_learn_tag(stage);
	ack(stage, 1);
	stage_wait(stage, 46000);
	assert_non_null(strstr(stage_last(stage), "UPDATE sip:src@"));
	assert_non_null(strstr(stage_last(stage), "refresher=uac"));
	answer_last(stage, "200 OK", "Session-Expires: 90;refresher=uac\n");
	stage_wait(stage, 46000);
	assert_non_null(strstr(stage_last(stage), "UPDATE sip:src@"));
	assert_int_equal(stage->recorder.session_count, 1);
}

static void too_short_a_timer_is_refused(void **state)
{
	struct stage *stage = *state;

	stage_client(stage, message("INVITE", 1, "i1", "",
				    EXTRA "Session-Expires: 30\n", MIXED,
				    both(sdp(1, "sendonly"),
					 metadata(CALLER, SERVICE))));
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "422 "));
	assert_non_null(strstr(stage_last(stage), "Min-SE: 90"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(a_repeated_invite_is_answered_the_same),
		CASE(a_200_is_repeated_until_its_ack),
		CASE(without_an_ack_the_call_never_was),
		CASE(a_lost_bye_is_found_by_silence),
		CASE(a_quiet_client_that_answers_lives_on),
		CASE(a_session_that_is_not_refreshed_expires),
		CASE(we_refresh_by_update_if_the_client_wants_us_to),
		CASE(too_short_a_timer_is_refused),
	};

	assert_int_equal(argc, 2);
	policy_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
