/* SPDX-License-Identifier: EUPL-1.2 */
/* One client that floods, and what the others notice of it: nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "siprec/transport.h"
#include "tests/unit/siprec_talk.h"

enum { FLOOD = 40000, BATCH = 32, PATIENCE_S = 60 };

static const char *policy_path;

/* Client 0 calls from 192.0.2.20 or 127.0.0.1, client 1 floods. */
static void set_clients(struct stage *stage)
{
	static const char text[] =
		"clients.0.name\ta\n"
		"clients.0.address\t192.0.2.0/24, 127.0.0.1\n"
		"clients.0.calls_max\t1\n"
		"clients.0.requests_per_s\t1000000\n"
		"clients.1.name\tb\n"
		"clients.1.address\t198.51.100.0/24, 127.0.0.2\n"
		"clients.1.calls_max\t0\n"
		"clients.1.requests_per_s\t1000000\n";
	struct settings *settings;
	struct client_fault fault;

	assert_int_equal(settings_of(text, &settings), 0);
	assert_int_equal(
		clients_read(settings, &stage->recorder.clients, &fault), 0);
	settings_free(settings);
}

static int set_up(void **state)
{
	struct stage *stage = stage_new(policy_path);

	set_clients(stage);
	stage_pump(stage);
	*state = stage;
	return 0;
}

static int tear_down(void **state)
{
	stage_free(*state);
	return 0;
}

static void speak_as(struct stage *stage, uint16_t client)
{
	static const char *const peers[] = { "\xff\xff\xc0\x00\x02\x14",
					     "\xff\xff\xc6\x33\x64\x07" };

	stage->flow.client = client;
	memcpy(stage->flow.peer.sin6_addr.s6_addr + 10, peers[client], 6);
}

/* A request of its own call; CRLF, so that it may go over a socket. */
static const char *request(const char *method, int number, const char *to_tag,
			   const char *extra)
{
	static char text[32768];

	snprintf(text, sizeof(text),
		 "%s sip:srs@192.0.2.10 SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bKf%d;rport"
		 "\r\n%sMax-Forwards: 70\r\n"
		 "From: <sip:src@198.51.100.7>;tag=f%d\r\n"
		 "To: <sip:srs@192.0.2.10>%s\r\n"
		 "Call-ID: flood-%d@198.51.100.7\r\nCSeq: 1 %s\r\n"
		 "Contact: <sip:src@198.51.100.7:5060>\r\n"
		 "Content-Length: 0\r\n\r\n",
		 method, number, extra, number, to_tag, number, method);
	return text;
}

/* Send INVITEs, each to be remembered; how many found no place. */
static uint64_t flood(struct stage *stage, int first)
{
	uint64_t before = stage->recorder.tally.share->value;

	for (int i = 0; i < FLOOD; i++)
		stage_client(stage, request("INVITE", first + i, "", ""));
	return stage->recorder.tally.share->value - before;
}

static void the_rest_is_for_all_but_no_part_of_another(void **state)
{
	static struct clients clients = { .count = 3 };
	static struct share share = { .room = 120 };
	uint64_t got = 0;

	(void)state;
	/* Alone, it may have all. */
	clients.client[1].key = 1;
	assert_true(share_take(&share, &clients, 1, 120));
	assert_false(share_take(&share, &clients, 1, 1));
	/* Another comes, who has a part: that comes back, and not before. */
	clients.client[2].key = 2;
	assert_false(share_take(&share, &clients, 2, 1));
	share_give(&share, 1, 120);
	/* Of two, each has a quarter for itself. */
	while (share_take(&share, &clients, 1, 1))
		got++;
	assert_int_equal(got, 90);
	assert_false(share_take(&share, &clients, 2, 31));
	assert_true(share_take(&share, &clients, 2, 30));
	assert_false(share_take(&share, &clients, 2, 1));
	/* What comes back is for either, up to what is promised. */
	share_give(&share, 1, 70);
	got = 0;
	while (share_take(&share, &clients, 2, 1))
		got++;
	assert_int_equal(got, 60);
	assert_true(share_take(&share, &clients, 1, 10));
	assert_int_equal(share.used, 120);
}

static void one_that_floods_leaves_the_other_its_share(void **state)
{
	struct stage *stage = *state;

	speak_as(stage, 1);
	assert_int_equal(flood(stage, 0), FLOOD - TRANSACTIONS_MAX * 3 / 4);
	assert_non_null(strstr(stage_last(stage), "503 Service Unavailable"));
	assert_non_null(strstr(stage_last(stage), "Retry-After: 5\r\n"));
	speak_as(stage, 0);
	establish(stage);
	stage->clock.fixed += 5 * NS_PER_S;
	bye(stage, 2);
	assert_non_null(strstr(stage_last(stage), "200 OK"));
	assert_int_equal(stage_row(stage)->end_reason, CALL_END_BYE);
	assert_int_equal(stage_row(stage)->ended_at,
			 STAGE_BEGAN + 5 * NS_PER_S);
}

static void what_is_over_gives_its_place_back(void **state)
{
	struct stage *stage = *state;
	uint64_t first;

	speak_as(stage, 1);
	first = flood(stage, 0);
	stage_wait(stage, 2 * SIP_GONE_MS);
	assert_int_equal(flood(stage, FLOOD), first);
}

/* Send large INVITEs until none finds room, then small ones, too. */
static int fill_bytes(struct stage *stage)
{
	static char route[14000];
	const struct counter *refused = stage->recorder.tally.share;
	const char *const extra[] = { route, "" };
	int number = 0;

	memcpy(route, "Record-Route: <sip:", 19);
	memset(route + 19, 'x', sizeof(route) - 23);
	memcpy(route + sizeof(route) - 4, ">\r\n", 4);
	for (size_t i = 0; i < COUNT(extra); i++) {
		uint64_t before = refused->value;

		while (refused->value == before && number < TRANSACTIONS_MAX)
			stage_client(stage,
				     request("INVITE", number++, "", extra[i]));
	}
	return number;
}

static void bytes_are_shared_as_places_are(void **state)
{
	struct stage *stage = *state;

	speak_as(stage, 1);
	assert_in_range(fill_bytes(stage), 2000, TRANSACTIONS_MAX / 2);
	speak_as(stage, 0);
	establish(stage);
}

static void an_end_takes_a_reserved_place(void **state)
{
	struct stage *stage = *state;
	const struct tally *tally = &stage->recorder.tally;
	uint64_t before = tally->reserved->value;
	char first[STAGE_SENT_SIZE];

	establish(stage);
	assert_true(flood(stage, 0) > 0);
	assert_int_equal(tally->reserved->value, before);
	bye(stage, 2);
	assert_int_equal(tally->reserved->value, before + 1);
	assert_int_equal(stage_row(stage)->end_reason, CALL_END_BYE);
	/* Its answer is kept. */
	snprintf(first, sizeof(first), "%s", stage_last(stage));
	assert_non_null(strstr(first, "200 OK"));
	bye(stage, 2);
	assert_string_equal(stage_last(stage), first);
}

static void an_end_that_finds_no_place_still_ends(void **state)
{
	struct stage *stage = *state;
	const struct tally *tally = &stage->recorder.tally;
	uint64_t before = tally->unplaced->value;

	establish(stage);
	(void)fill_bytes(stage);
	stage->clock.fixed += 7 * NS_PER_S;
	bye(stage, 2);
	assert_int_equal(tally->unplaced->value, before + 1);
	assert_non_null(strstr(stage_last(stage), "200 OK"));
	assert_int_equal(stage->recorder.session_count, 0);
	assert_int_equal(stage_row(stage)->end_reason, CALL_END_BYE);
	assert_int_equal(stage_row(stage)->ended_at,
			 STAGE_BEGAN + 7 * NS_PER_S);
	/* Nothing remembers it any more. */
	bye(stage, 2);
	assert_non_null(strstr(stage_last(stage), "481 "));
}

static void what_changes_nothing_takes_no_place(void **state)
{
	static const struct {
		const char *method, *to_tag, *status;
	} rows[] = {
		{ "BYE", ";tag=unknown", "481 " },
		{ "UPDATE", ";tag=unknown", "481 " },
		{ "INVITE", ";tag=unknown", "481 " },
		{ "PRACK", ";tag=unknown", "481 " },
		{ "INFO", ";tag=unknown", "481 " },
		{ "OPTIONS", ";tag=unknown", "481 " },
		{ "BYE", "", "481 " },
		{ "CANCEL", "", "481 " },
		{ "OPTIONS", "", "200 OK" },
		{ "REFER", "", "603 " },
		{ "MESSAGE", "", "405 " },
	};
	struct stage *stage = *state;
	const struct tally *tally = &stage->recorder.tally;
	char first[STAGE_SENT_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t before = tally->stateless->value;
		uint64_t repeated = tally->retransmissions_in->value;
		int sent = stage->sent_count;

		for (int k = 0; k < 2; k++) {
			stage_client(stage, request(rows[i].method, (int)i,
						    rows[i].to_tag, ""));
			assert_int_equal(stage->sent_count, ++sent);
			assert_non_null(
				strstr(stage_last(stage), rows[i].status));
			if (k > 0)
				assert_string_equal(stage_last(stage), first);
			snprintf(first, sizeof(first), "%s", stage_last(stage));
		}
		assert_int_equal(tally->stateless->value, before + 2);
		assert_int_equal(tally->retransmissions_in->value, repeated);
	}
	/* Nor is any of it said again by itself. */
	stage->sent_count = 0;
	stage_wait(stage, 5000);
	assert_int_equal(stage->sent_count, 0);
}

static void requests_inside_a_call_that_change_nothing_take_none(void **state)
{
	struct stage *stage = *state;
	uint64_t before = stage->recorder.tally.stateless->value;

	establish(stage);
	stage_client(stage, message("INFO", 2, "n1", ";tag=b2", "", "", ""));
	assert_non_null(strstr(stage_last(stage), "200 OK"));
	stage_client(stage, message("OPTIONS", 3, "n2", ";tag=b2", "", "", ""));
	assert_non_null(strstr(stage_last(stage), "200 OK"));
	assert_int_equal(stage->recorder.tally.stateless->value, before + 2);
	assert_int_equal(stage->recorder.session_count, 1);
}

/* The tag that an answer of ours added to To. */
static void tag_of(struct stage *stage, int back, char tag[64])
{
	stage->tag[0] = '\0';
	stage->sent_count -= back;
	stage_learn_tag(stage);
	stage->sent_count += back;
	memcpy(tag, stage->tag, 64);
	assert_true(tag[0] != '\0');
}

static void another_request_is_given_another_tag(void **state)
{
	struct stage *stage = *state;
	char one[64], other[64];

	stage_client(stage, request("OPTIONS", 1, "", ""));
	tag_of(stage, 0, one);
	stage_client(stage, request("OPTIONS", 2, "", ""));
	tag_of(stage, 0, other);
	assert_string_not_equal(one, other);
	/* And another client, even for the same bytes. */
	speak_as(stage, 1);
	stage_client(stage, request("OPTIONS", 1, "", ""));
	tag_of(stage, 0, other);
	assert_string_not_equal(one, other);
}

static void a_cancel_is_answered_with_the_tag_of_its_invite(void **state)
{
	struct stage *stage = *state;
	char cancelled[64], invite[64];

	stage->media_is_slow = true;
	invite_as(stage, CALLER, SERVICE, "sendonly");
	stage_client(stage, message("CANCEL", 1, "i1", "", "", "", ""));
	assert_non_null(strstr(stage->sent[stage->sent_count - 2], "CANCEL"));
	assert_non_null(strstr(stage_last(stage), "487 "));
	tag_of(stage, 1, cancelled);
	tag_of(stage, 0, invite);
	assert_string_equal(cancelled, invite);
}

static void a_cancel_is_taken_whatever_the_quota(void **state)
{
	struct stage *stage = *state;

	stage->media_is_slow = true;
	invite_as(stage, CALLER, SERVICE, "sendonly");
	stage->recorder.clients.client[0].requests_per_s = 1;
	stage_client(stage, message("OPTIONS", 1, "o1", "", "", "", ""));
	stage_client(stage, message("OPTIONS", 1, "o2", "", "", "", ""));
	assert_non_null(strstr(stage_last(stage), "503 "));
	stage_client(stage, message("CANCEL", 1, "i1", "", "", "", ""));
	assert_non_null(strstr(stage_last(stage), "487 "));
	/* But only once. */
	stage_client(stage, message("CANCEL", 1, "i1", "", "", "", ""));
	assert_non_null(strstr(stage_last(stage), "503 "));
}

static void what_comes_again_is_not_refused_by_the_quota(void **state)
{
	struct stage *stage = *state;
	char first[STAGE_SENT_SIZE];
	int sent;

	stage->recorder.clients.client[0].requests_per_s = 1;
	invite_as(stage, CALLER, SERVICE, "sendonly");
	snprintf(first, sizeof(first), "%s", stage_last(stage));
	assert_non_null(strstr(first, "200 OK"));
	/* It is passed over, until there is room for it. */
	sent = stage->sent_count;
	invite_as(stage, CALLER, SERVICE, "sendonly");
	assert_int_equal(stage->sent_count, sent);
	stage->recorder.now_ms += 1000;
	invite_as(stage, CALLER, SERVICE, "sendonly");
	assert_int_equal(stage->sent_count, sent + 1);
	assert_string_equal(stage_last(stage), first);
	stage_client(stage, request("OPTIONS", 1, "", ""));
	assert_non_null(strstr(stage_last(stage), "503 "));
}

/* Over real sockets. */
struct world {
	struct stage *stage;
	struct transport *transport;
	struct loop *loop;
	struct sockaddr_in to;
	int a, b;
	int number;
};

static int bound(const char *address, struct sockaddr_in *at)
{
	socklen_t size = sizeof(*at);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*at = (struct sockaddr_in){ .sin_family = AF_INET };
	assert_int_equal(inet_pton(AF_INET, address, &at->sin_addr), 1);
	assert_int_equal(bind(fd, (struct sockaddr *)at, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)at, &size), 0);
	return fd;
}

static void open_world(struct world *world, struct stage *stage)
{
	struct sockaddr_in from;

	*world = (struct world){ .stage = stage };
	assert_int_equal(loop_new(&world->loop), 0);
	assert_int_equal(transport_new(&stage->recorder, &world->transport), 0);
	stage->wire = transport_wire(world->transport);
	assert_int_equal(transport_socket(world->transport, FLOW_UDP,
					  bound("127.0.0.1", &world->to)),
			 0);
	assert_int_equal(transport_serve(world->transport, world->loop), 0);
	world->a = bound("127.0.0.1", &from);
	world->b = bound("127.0.0.2", &from);
}

static void close_world(struct world *world)
{
	transport_free(world->transport);
	loop_free(world->loop);
	close(world->a);
	close(world->b);
}

static void say(struct world *world, int fd, const char *text)
{
	assert_int_equal(sendto(fd, text, strlen(text), 0,
				(struct sockaddr *)&world->to,
				sizeof(world->to)),
			 (ssize_t)strlen(text));
}

static void say_batch(struct world *world)
{
	for (int i = 0; i < BATCH; i++, world->number++) {
		const char *method = world->number % 32 == 0   ? "BYE"
				     : world->number % 32 == 1 ? "OPTIONS"
							       : "INVITE";

		say(world, world->b, request(method, world->number, "", ""));
	}
}

/* Let the room take all that was said: no more is on its way then. */
static void take_all(struct world *world, uint64_t messages)
{
	nanoseconds until = clock_monotonic() + PATIENCE_S * NS_PER_S;
	const struct counter *taken = world->stage->recorder.tally.messages;

	while (taken->value < messages) {
		assert_true(clock_monotonic() < until);
		assert_int_equal(loop_turn(world->loop, 10), 0);
	}
	stage_pump(world->stage);
}

static void flood_the_wire(struct world *world)
{
	uint64_t taken = world->stage->recorder.tally.messages->value;

	for (int sent = 0; sent < FLOOD; sent += BATCH) {
		say_batch(world);
		taken += BATCH;
		take_all(world, taken);
	}
}

/* Say it behind a batch of the other's; what is heard last of all. */
static const char *among_the_flood(struct world *world, const char *text)
{
	uint64_t taken = world->stage->recorder.tally.messages->value;
	struct stage *stage = world->stage;
	static char heard[STAGE_SENT_SIZE];
	static char bytes[16384];
	size_t size = 0;

	for (const char *c = text; *c; c++) {
		if (!strncmp(c, ";tag=b2", 7)) {
			size += (size_t)snprintf(bytes + size, 80, ";tag=%s",
						 stage->tag);
			c += 6;
			continue;
		}
		if (*c == '\n')
			bytes[size++] = '\r';
		bytes[size++] = *c;
	}
	bytes[size] = '\0';
	say_batch(world);
	say(world, world->a, bytes);
	take_all(world, taken + BATCH + 1);
	for (;;) {
		ssize_t got =
			recv(world->a, heard, sizeof(heard) - 1, MSG_DONTWAIT);

		if (got < 0)
			return heard;
		heard[got] = '\0';
	}
}

static void over_the_wire_a_flood_delays_no_end(void **state)
{
	struct stage *stage = *state;
	struct world world;
	const char *answer;

	open_world(&world, stage);
	flood_the_wire(&world);
	answer = among_the_flood(
		&world,
		message("INVITE", 1, "i1", "", EXTRA, MIXED,
			both(sdp(1, "sendonly"), metadata(CALLER, SERVICE))));
	assert_non_null(strstr(answer, "SIP/2.0 200 OK"));
	snprintf(stage->sent[0], STAGE_SENT_SIZE, "%s", answer);
	stage->sent_count = 1;
	stage_learn_tag(stage);
	(void)among_the_flood(&world,
			      message("ACK", 1, "k1", ";tag=b2", "", "", ""));
	stage->clock.fixed += 9 * NS_PER_S;
	answer = among_the_flood(
		&world, message("BYE", 2, "y1", ";tag=b2", "", "", ""));
	assert_non_null(strstr(answer, "SIP/2.0 200 OK"));
	assert_non_null(strstr(answer, "CSeq: 2 BYE"));
	assert_int_equal(stage_row(stage)->end_reason, CALL_END_BYE);
	assert_int_equal(stage_row(stage)->answered_at, STAGE_BEGAN);
	assert_int_equal(stage_row(stage)->ended_at,
			 STAGE_BEGAN + 9 * NS_PER_S);
	assert_true(world.number >= FLOOD);
	close_world(&world);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rest_is_for_all_but_no_part_of_another),
		CASE(one_that_floods_leaves_the_other_its_share),
		CASE(what_is_over_gives_its_place_back),
		CASE(bytes_are_shared_as_places_are),
		CASE(an_end_takes_a_reserved_place),
		CASE(an_end_that_finds_no_place_still_ends),
		CASE(what_changes_nothing_takes_no_place),
		CASE(requests_inside_a_call_that_change_nothing_take_none),
		CASE(another_request_is_given_another_tag),
		CASE(a_cancel_is_answered_with_the_tag_of_its_invite),
		CASE(a_cancel_is_taken_whatever_the_quota),
		CASE(what_comes_again_is_not_refused_by_the_quota),
		CASE(over_the_wire_a_flood_delays_no_end),
	};

	assert_int_equal(argc, 2);
	policy_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
