/* SPDX-License-Identifier: EUPL-1.2 */
/* Calls that move while they are recorded: the policy decides anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/siprec_talk.h"

static const char *policy_path;

#define UNLISTED "+358295550199"
#define CALLED                                                                 \
	"Supported: timer\nAllow: INVITE, ACK, BYE, CANCEL, UPDATE\n"          \
	"Diversion: <sip:%s@192.0.2.20>\n"

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

static bool was_sent(const struct stage *stage, const char *text)
{
	for (int i = 0; i < stage->sent_count; i++)
		if (strstr(stage->sent[i], text))
			return true;
	return false;
}

static void assert_stopped(struct stage *stage, nanoseconds at)
{
	const struct register_contact *row = stage_row(stage);
	const struct media_close *close =
		&stage_find(stage, stage->media, MEDIA_CLOSE)->close;

	assert_true(was_sent(stage, "SIP/2.0 403 Not Recorded"));
	assert_true(was_sent(stage, "BYE sip:src@192.0.2.20"));
	assert_int_equal(stage->recorder.session_count, 0);
	assert_int_equal(row->state, REGISTER_STATE_ENDED);
	assert_int_equal(row->end_reason, CALL_END_POLICY);
	assert_int_equal(row->answered_at, STAGE_BEGAN);
	assert_int_equal(row->ended_at, at);
	assert_int_equal(close->at, at);
	assert_string_equal(row->service_number, SERVICE);
	assert_false(row->flags & REGISTER_FLAG_END_LOST);
}

static void a_call_moved_to_an_unlisted_number_stops(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage->clock.fixed += 5 * NS_PER_S;
	stage_client(stage, message("UPDATE", 2, "u1", ";tag=b2", EXTRA,
				    "application/rs-metadata",
				    metadata(CALLER, UNLISTED)));
	stage_pump(stage);
	assert_stopped(stage, STAGE_BEGAN + 5 * NS_PER_S);
}

static void a_reinvite_that_moves_it_stops_it_as_well(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage->clock.fixed += NS_PER_S;
	stage_client(stage, message("INVITE", 2, "i2", ";tag=b2", EXTRA, MIXED,
				    both(sdp(2, "sendonly"),
					 metadata(CALLER, UNLISTED))));
	stage_pump(stage);
	assert_stopped(stage, STAGE_BEGAN + NS_PER_S);
}

static void a_header_moves_a_call_too(void **state)
{
	struct stage *stage = *state;
	char headers[512];

	snprintf(headers, sizeof(headers), CALLED, SERVICE);
	stage_client(stage, message("INVITE", 1, "i1", "", headers, MIXED,
				    both(sdp(1, "sendonly"),
					 metadata(CALLER, "agent1"))));
	stage_pump(stage);
	stage_learn_tag(stage);
	ack(stage, 1);
	assert_string_equal(stage_row(stage)->service_number, SERVICE);
	/* That it is not told again says nothing. */
	stage_client(stage, message("INVITE", 2, "i2", ";tag=b2", EXTRA, MIXED,
				    both(sdp(2, "sendonly"),
					 metadata(CALLER, "agent1"))));
	stage_pump(stage);
	ack(stage, 2);
	assert_int_equal(stage->recorder.session_count, 1);
	snprintf(headers, sizeof(headers), CALLED, UNLISTED);
	stage_client(stage, message("UPDATE", 3, "u3", ";tag=b2", headers,
				    "application/rs-metadata",
				    metadata(CALLER, "agent1")));
	stage_pump(stage);
	assert_stopped(stage, STAGE_BEGAN);
}

static void a_call_that_turns_outbound_stops(void **state)
{
	struct stage *stage = *state;
	char text[16384], *from;

	establish(stage);
	snprintf(text, sizeof(text), "%s",
		 message("UPDATE", 2, "u1", ";tag=b2", EXTRA,
			 "application/rs-metadata",
			 metadata(CALLER, "agent1")));
	/* The service number calls. */
	from = strstr(text, "sip:src@192.0.2.20>;tag=a1");
	memmove(from + strlen("sip:" SERVICE "@192.0.2.20>;tag=a1"),
		from + strlen("sip:src@192.0.2.20>;tag=a1"),
		strlen(from + strlen("sip:src@192.0.2.20>;tag=a1")) + 1);
	memcpy(from, "sip:" SERVICE "@192.0.2.20>;tag=a1",
	       strlen("sip:" SERVICE "@192.0.2.20>;tag=a1"));
	stage_client(stage, text);
	stage_pump(stage);
	assert_stopped(stage, STAGE_BEGAN);
}

static void an_agent_who_joins_moves_nothing(void **state)
{
	struct stage *stage = *state;
	char headers[512];

	snprintf(headers, sizeof(headers), CALLED, SERVICE);
	stage_client(stage,
		     message("INVITE", 1, "i1", "", headers, MIXED,
			     both(sdp(1, "sendonly"), metadata(CALLER, ""))));
	stage_pump(stage);
	stage_learn_tag(stage);
	ack(stage, 1);
	/* Nobody of the roster, but the service number was told apart. */
	stage_client(stage, message("UPDATE", 2, "u2", ";tag=b2", EXTRA,
				    "application/rs-metadata",
				    metadata(CALLER, "+358295550177")));
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "200 OK"));
	assert_int_equal(stage->recorder.session_count, 1);
	assert_int_equal(stage_row(stage)->state, REGISTER_STATE_ANSWERED);
	/* Nor does an agent of the roster after the service number. */
	stage_client(stage, message("UPDATE", 3, "u3", ";tag=b2", EXTRA,
				    "application/rs-metadata",
				    metadata(CALLER, "agent1")));
	stage_pump(stage);
	assert_int_equal(stage->recorder.session_count, 1);
}

static void a_queue_number_that_becomes_an_agent_goes_on(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	stage_client(stage, message("UPDATE", 2, "u2", ";tag=b2", EXTRA,
				    "application/rs-metadata",
				    metadata(CALLER, "+358295550151")));
	stage_pump(stage);
	assert_non_null(strstr(stage_last(stage), "200 OK"));
	assert_string_equal(stage_row(stage)->agent, "agent-1");
	assert_string_equal(stage_row(stage)->service_number, SERVICE);
	assert_int_equal(stage->recorder.session_count, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(a_call_moved_to_an_unlisted_number_stops),
		CASE(a_reinvite_that_moves_it_stops_it_as_well),
		CASE(a_header_moves_a_call_too),
		CASE(a_call_that_turns_outbound_stops),
		CASE(an_agent_who_joins_moves_nothing),
		CASE(a_queue_number_that_becomes_an_agent_goes_on),
	};

	assert_int_equal(argc, 2);
	policy_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
