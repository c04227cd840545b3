/* SPDX-License-Identifier: EUPL-1.2 */
/* Which address is told, and whose sound is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "siprec/intake.h"
#include "siprec/transport.h"
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

static const char *offer(const char *connection, const char *direction)
{
	static char text[1024];

	snprintf(text, sizeof(text),
		 "v=0\no=- 1 1 IN IP4 192.0.2.30\ns=-\n%st=0 0\n"
		 "m=audio 30000 RTP/AVP 8\na=label:1\na=%s\n",
		 connection, direction);
	return text;
}

static void begin(struct stage *stage, const char *description)
{
	stage_client(stage,
		     message("INVITE", 1, "i1", "", EXTRA, MIXED,
			     both(description, metadata(CALLER, SERVICE))));
	stage_pump(stage);
	stage_learn_tag(stage);
}

static void assert_status(const struct stage *stage, const char *status)
{
	char line[32];

	snprintf(line, sizeof(line), "SIP/2.0%s", status);
	assert_int_equal(strncmp(stage_last(stage), line, strlen(line)), 0);
}

static void the_answer_tells_where_media_hears(void **state)
{
	struct stage *stage = *state;

	establish(stage);
	assert_non_null(strstr(stage_last(stage), "c=IN IP4 192.0.2.50\r\n"));
	assert_non_null(strstr(stage_last(stage), "recorder@192.0.2.10:"));
}

static void assert_refused(struct stage *stage, const char *connection)
{
	uint64_t before = stage->recorder.tally.not_recorded->value;

	begin(stage, offer(connection, "sendonly"));
	assert_status(stage, " 488");
	assert_int_equal(stage->recorder.tally.not_recorded->value, before + 1);
	assert_int_equal(stage->recorder.session_count, 0);
	assert_null(stage_find(stage, stage->media, MEDIA_OPEN));
}

static void a_name_for_an_address_is_refused(void **state)
{
	assert_refused(*state, "c=IN IP4 media.example\n");
}

static void sound_without_an_address_is_that_of_the_signalling(void **state)
{
	struct stage *stage = *state;
	const struct media_open *open;

	begin(stage, offer("", "sendonly"));
	assert_status(stage, " 200");
	open = &stage_find(stage, stage->media, MEDIA_OPEN)->open;
	assert_memory_equal(open->streams[0].address,
			    stage->flow.peer.sin6_addr.s6_addr, 16);
}

static void sound_of_a_family_that_is_not_served_is_refused(void **state)
{
	assert_refused(*state, "c=IN IP6 2001:db8::30\n");
}

static void ipv6_is_taken_where_it_is_served(void **state)
{
	struct stage *stage = *state;

	memcpy(stage->recorder.media_address, "2001:db8::50", 13);
	begin(stage, offer("c=IN IP6 2001:db8::30\n", "sendonly"));
	assert_status(stage, " 200");
	assert_non_null(strstr(stage_last(stage), "c=IN IP6 2001:db8::50\r\n"));
	ack(stage, 1);
	stage_client(stage,
		     message("INVITE", 2, "i2", ";tag=b2", EXTRA,
			     "application/sdp",
			     offer("c=IN IP4 192.0.2.31\n", "sendonly")));
	stage_pump(stage);
	assert_status(stage, " 488");
	assert_int_equal(stage->recorder.session_count, 1);
}

static void a_hold_needs_no_address(void **state)
{
	struct stage *stage = *state;
	const struct media_open *open;

	begin(stage, offer("c=IN IP4 0.0.0.0\n", "sendonly"));
	assert_status(stage, " 200");
	open = &stage_find(stage, stage->media, MEDIA_OPEN)->open;
	assert_int_equal(open->streams[0].state, CALL_STREAM_PAUSED);
}

static void a_change_to_a_name_changes_nothing(void **state)
{
	struct stage *stage = *state;
	int before;

	establish(stage);
	before = stage_count(stage, stage->media, MEDIA_CHANGE);
	stage_client(stage,
		     message("INVITE", 2, "i2", ";tag=b2", EXTRA,
			     "application/sdp",
			     offer("c=IN IP4 media.example\n", "sendonly")));
	stage_pump(stage);
	assert_status(stage, " 488");
	assert_int_equal(stage_count(stage, stage->media, MEDIA_CHANGE),
			 before);
	assert_int_equal(stage->recorder.session_count, 1);
}

static void an_answer_with_a_name_ends_the_session(void **state)
{
	struct stage *stage = *state;
	uint64_t before = stage->recorder.tally.not_recorded->value;

	snprintf(stage->recorder.clients.client[0].service_number, NUMBER_SIZE,
		 "%s", SERVICE);
	stage_client(stage, message("INVITE", 1, "i1", "", EXTRA, "", ""));
	stage_pump(stage);
	stage_learn_tag(stage);
	assert_status(stage, " 200");
	stage_client(stage,
		     message("ACK", 1, "k1", ";tag=b2", "", "application/sdp",
			     offer("c=IN IP4 media.example\n", "sendonly")));
	stage_pump(stage);
	assert_int_equal(strncmp(stage_last(stage), "BYE ", 4), 0);
	assert_int_equal(stage->recorder.tally.not_recorded->value, before + 1);
	assert_int_equal(stage->recorder.session_count, 0);
	for (int i = 0; i < stage->letter_count; i++)
		if (stage->letters[i].head.type == MEDIA_CHANGE)
			assert_int_not_equal(
				stage->letters[i].open.streams[0].state,
				CALL_STREAM_LIVE);
}

static int choose(struct stage *stage, const char *text, const char *own)
{
	struct intake intake = { .recorder = &stage->recorder };
	int r;

	stage->recorder.media_address[0] = '\0';
	snprintf(stage->recorder.address, sizeof(stage->recorder.address), "%s",
		 own);
	r = settings_of(text, &intake.settings);
	assert_int_equal(r, 0);
	r = intake_media_address(&intake);
	intake_done(&intake);
	return r;
}

static void media_tells_its_own_address_unless_it_has_none(void **state)
{
	static const struct {
		const char *settings, *own, *expected; /* "": refused */
	} cases[] = {
		{ "rtp.address\t192.0.2.50\n", "192.0.2.10", "192.0.2.50" },
		{ "rtp.address\t::1\n", "192.0.2.10", "::1" },
		{ "rtp.address\t0.0.0.0\n", "192.0.2.10", "192.0.2.10" },
		{ "rtp.address\t::\n", "192.0.2.10", "" },
		{ "rtp.address\t0.0.0.0\n", "2001:db8::1", "" },
		{ "rtp.address\t10.0.0.5\nadvertise_rtp\t192.0.2.60\n",
		  "192.0.2.10", "192.0.2.60" },
		{ "rtp.address\t::\nadvertise_rtp\t2001:db8::6\n", "192.0.2.10",
		  "2001:db8::6" },
		{ "rtp.address\t0.0.0.0\nadvertise_rtp\t0.0.0.0\n", "", "" },
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		int r = choose(stage, cases[i].settings, cases[i].own);

		assert_int_equal(r, *cases[i].expected ? 0 : -EADDRNOTAVAIL);
		assert_string_equal(stage->recorder.media_address,
				    cases[i].expected);
	}
}

static void listen_on(struct transport *transport, int family)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in four = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = family == AF_INET ? bind(fd, (void *)&four, sizeof(four))
				  : bind(fd, (void *)&six, sizeof(six));

	assert_int_equal(r, 0);
	assert_int_equal(transport_socket(transport, FLOW_TCP, fd), 0);
}

static void a_contact_is_that_of_the_listener_it_came_by(void **state)
{
	struct stage *stage = *state;
	struct recorder *recorder = &stage->recorder;
	struct transport *transport;
	struct loop *loop;

	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(transport_new(recorder, &transport), 0);
	listen_on(transport, AF_INET);
	listen_on(transport, AF_INET6);
	assert_int_equal(transport_serve(transport, loop), 0);
	assert_non_null(strstr(recorder->local[FLOW_TCP][0], "@127.0.0.1:"));
	assert_non_null(strstr(recorder->local[FLOW_TCP][1], "@[::1]:"));
	transport_free(transport);
	loop_free(loop);

	/* What is advertised stands for the listeners of its family. */
	recorder->is_advertised = true;
	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(transport_new(recorder, &transport), 0);
	listen_on(transport, AF_INET);
	listen_on(transport, AF_INET6);
	assert_int_equal(transport_serve(transport, loop), 0);
	assert_non_null(strstr(recorder->local[FLOW_TCP][0], "@192.0.2.10:"));
	assert_non_null(strstr(recorder->local[FLOW_TCP][1], "@[::1]:"));
	transport_free(transport);
	loop_free(loop);
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		STAGED(the_answer_tells_where_media_hears),
		STAGED(a_name_for_an_address_is_refused),
		STAGED(sound_without_an_address_is_that_of_the_signalling),
		STAGED(sound_of_a_family_that_is_not_served_is_refused),
		STAGED(ipv6_is_taken_where_it_is_served),
		STAGED(a_hold_needs_no_address),
		STAGED(a_change_to_a_name_changes_nothing),
		STAGED(an_answer_with_a_name_ends_the_session),
		STAGED(media_tells_its_own_address_unless_it_has_none),
		STAGED(a_contact_is_that_of_the_listener_it_came_by),
	};

	if (argc != 2)
		return 2;
	policy_path = argv[1];
	return cmocka_run_group_tests_name("siprec address", tests, NULL, NULL);
}
