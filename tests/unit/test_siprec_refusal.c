/* SPDX-License-Identifier: EUPL-1.2 */
/* A refused call is explained in the log, in our own words and not often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/siprec_talk.h"

static const char *policy_path;
static char said[16384];

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

/* What goes to stderr from here on. */
static int listen_in(FILE **ret_file)
{
	int before = dup(STDERR_FILENO);

	*ret_file = tmpfile();
	assert_non_null(*ret_file);
	assert_true(before >= 0);
	assert_true(dup2(fileno(*ret_file), STDERR_FILENO) >= 0);
	return before;
}

static void listen_no_more(int before, FILE *file)
{
	size_t size;

	(void)fflush(stderr);
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	(void)close(before);
	rewind(file);
	size = fread(said, 1, sizeof(said) - 1, file);
	said[size] = '\0';
	(void)fclose(file);
}

static void hear_call(struct stage *stage, const char *extra, const char *type,
		      const char *body)
{
	static int calls;
	FILE *file;
	int before = listen_in(&file);
	char branch[16];

	(void)snprintf(branch, sizeof(branch), "i%d", ++calls);
	stage_client(stage,
		     message("INVITE", calls, branch, "", extra, type, body));
	stage_pump(stage);
	listen_no_more(before, file);
}

#define OFFER(media)                                                           \
	"v=0\no=- 1 1 IN IP4 192.0.2.30\ns=-\nc=IN IP4 192.0.2.30\nt=0 "       \
	"0\n" media
#define SDP "application/sdp"
#define MKI "inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd|1:4"

static void each_refusal_says_what_to_repair(void **state)
{
	static const struct {
		const char *extra, *type, *body, *status, *why;
	} cases[] = {
		{ EXTRA, SDP,
		  OFFER("m=audio 30000 RTP/AVP 97\na=rtpmap:97 "
			"EVS/16000\n"),
		  "488", "no codec" },
		{ EXTRA, SDP,
		  OFFER("m=audio 30000 RTP/SAVP 8\na=crypto:1 "
			"AES_CM_128_HMAC_SHA1_80 " MKI "\n"),
		  "488", "MKI" },
		{ EXTRA, SDP, OFFER("m=audio 30000 UDP/TLS/RTP/SAVP 8\n"),
		  "488", "another protocol" },
		{ EXTRA, SDP, OFFER("m=audio 0 RTP/AVP 8\n"), "488",
		  "no m=audio line" },
		{ EXTRA, SDP,
		  "v=0\nc=IN IP6 2001:db8::1\nm=audio 4 RTP/AVP 8\n", "488",
		  "house.rtp.address" },
		{ EXTRA, MIXED, "none\n", "400", "boundary" },
		{ EXTRA "Content-Encoding: gzip\n", SDP, "v=0\n", "415",
		  "encoded" },
		{ EXTRA "Require: foo\n", "", "", "420", "extension" },
		{ EXTRA "Max-Forwards: x\n", "", "", "400", "Occurs Twice" },
	};
	struct stage *stage = *state;
	char answer[32];

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t before = stage->recorder.tally.not_recorded->value;

		hear_call(stage, cases[i].extra, cases[i].type, cases[i].body);
		(void)snprintf(answer, sizeof(answer), "SIP/2.0 %s",
			       cases[i].status);
		assert_non_null(strstr(stage_last(stage), answer));
		(void)snprintf(answer, sizeof(answer), "was answered %s",
			       cases[i].status);
		assert_non_null(strstr(said, "\"token\":\"refused\""));
		assert_non_null(strstr(said, "client sbc"));
		assert_non_null(strstr(said, answer));
		assert_non_null(strstr(said, cases[i].why));
		assert_int_equal(stage->recorder.tally.not_recorded->value,
				 before + 1);
	}
}

static void the_policy_is_a_reason_too_but_names_no_number(void **state)
{
	struct stage *stage = *state;

	hear_call(stage, EXTRA, MIXED,
		  both(sdp(1, "sendonly"), metadata(CALLER, "+358295550199")));
	assert_non_null(strstr(stage_last(stage), "403 Not Recorded"));
	assert_non_null(strstr(said, "was answered 403"));
	assert_non_null(strstr(said, "no service of the policy"));
	assert_null(strstr(said, "29555"));
	assert_null(strstr(said, "40555"));
}

static void one_reason_is_told_once_a_minute(void **state)
{
	static struct refusals refusals;
	uint32_t untold = 9;

	(void)state;
	assert_true(refusal_note(&refusals, 1, "a", 1000, &untold));
	assert_int_equal(untold, 0);
	assert_false(refusal_note(&refusals, 1, "a", 2000, &untold));
	assert_false(refusal_note(&refusals, 1, "a", 60999, &untold));
	assert_true(refusal_note(&refusals, 2, "a", 60999, &untold));
	assert_true(refusal_note(&refusals, 1, "b", 60999, &untold));
	assert_true(refusal_note(&refusals, 1, "a", 61000, &untold));
	assert_int_equal(untold, 2);
	assert_false(refusal_note(&refusals, 1, "a", 61001, &untold));
	/* However many: one makes room, the others are remembered. */
	for (uint64_t i = 0; i < 2 * REFUSALS_MAX; i++)
		assert_true(refusal_note(&refusals, 100 + i, "c",
					 62000 + (int64_t)i, &untold));
	assert_false(refusal_note(&refusals, 99 + 2 * REFUSALS_MAX, "c", 63000,
				  &untold));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(each_refusal_says_what_to_repair),
		CASE(the_policy_is_a_reason_too_but_names_no_number),
		cmocka_unit_test(one_reason_is_told_once_a_minute),
	};

	assert_int_equal(argc, 2);
	policy_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
