/* SPDX-License-Identifier: EUPL-1.2 */
/* Bytes over real sockets of the loopback interface. */
#include "transport_world.h"

/* Sends it after a good one; the answers of both come, then the end. */
static void assert_left(struct world *world, const char *length,
			const char *filler, const char *answer)
{
	static char text[40000];
	int fd = connected(world->tcp), other = connected(world->tcp);
	const char *all;
	char byte;

	say(fd, options(1));
	snprintf(text, sizeof(text),
		 "OPTIONS sip:srs@127.0.0.1 SIP/2.0\r\n"
		 "Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bKbig;rport\r\n"
		 "Max-Forwards: 70\r\nFrom: <sip:src@127.0.0.1>;tag=a\r\n"
		 "To: <sip:srs@127.0.0.1>\r\nCall-ID: big\r\n"
		 "CSeq: 9 OPTIONS\r\n%s\r\n%s",
		 length, filler);
	say(fd, text);
	all = heard(world, fd, answer);
	assert_non_null(strstr(all, "SIP/2.0 200 OK"));
	assert_non_null(strstr(all, answer));
	assert_non_null(strstr(all, "Call-ID: big"));
	assert_string_equal(heard(world, fd, "never"), "");
	assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
	say(other, options(2));
	assert_non_null(strstr(heard(world, other, "200 OK"), "200 OK"));
	close(fd);
	close(other);
	turn(world);
}

static void a_message_too_large_is_answered_and_left(void **state)
{
	static char filler[30000];

	assert_left(*state, "Content-Length: 70000\r\n", "v=0\r\n",
		    "SIP/2.0 513");
	memset(filler, 'a', sizeof(filler) - 1);
	memcpy(filler, "X-Long: ", 8);
	assert_left(*state, "X-First: 1", filler, "SIP/2.0 513");
}

static void a_message_of_no_certain_length_is_answered_and_left(void **state)
{
	static const char *const lengths[] = {
		"Content-Length: -1\r\n",
		"Content-Length: 3\r\nContent-Length: 4\r\n",
		"Content-Length: x\r\n",
	};

	for (size_t i = 0; i < COUNT(lengths); i++)
		assert_left(*state, lengths[i], "v=0\r\n", "SIP/2.0 400");
	assert_left(*state, "Content-Length: 99999999999999999999\r\n",
		    "v=0\r\n", "SIP/2.0 513");
}

static void a_message_may_come_byte_by_byte(void **state)
{
	struct world *world = *state;
	int fd = connected(world->tcp);
	const char *text = options(1);

	for (const char *c = text; *c; c++) {
		assert_int_equal(send(fd, c, 1, MSG_NOSIGNAL), 1);
		if ((c - text) % 40 == 0)
			turn(world);
	}
	assert_non_null(strstr(heard(world, fd, "200 OK"), "SIP/2.0 200 OK"));
	close(fd);
}

static void messages_may_come_together(void **state)
{
	struct world *world = *state;
	int fd = connected(world->tcp), count = 0;
	static char many[65536];
	size_t size = 0;

	for (int i = 0; i < 100; i++)
		size += (size_t)snprintf(many + size, sizeof(many) - size, "%s",
					 options(i + 1));
	say(fd, many);
	for (const char *at = heard(world, fd, "CSeq: 100 ");
	     (at = strstr(at, "SIP/2.0 200 OK")); at++)
		count++;
	assert_int_equal(count, 100);
	close(fd);
}

static void a_keep_alive_is_answered(void **state)
{
	struct world *world = *state;
	int fd = connected(world->tcp);

	say(fd, "\r\n\r\n");
	assert_string_equal(heard(world, fd, "\r\n"), "\r\n");
	say(fd, options(1));
	assert_non_null(strstr(heard(world, fd, "200 OK"), "SIP/2.0 200 OK"));
	close(fd);
}

static void a_stranger_is_closed_and_not_read(void **state)
{
	struct world *world = *state;
	int fd, udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(world->udp),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct tally *tally = &world->stage->recorder.tally;
	uint64_t before = tally->messages->value;
	uint64_t strangers = tally->strangers->value;

	inet_pton(
		AF_INET6, "2001:db8::",
		&world->stage->recorder.clients.client[0].networks[0].address);
	fd = connected(world->tcp);
	send(fd, "x", 1, MSG_NOSIGNAL);
	assert_true(is_closed(world, fd));
	close(fd);
	assert_true(sendto(udp, options(1), strlen(options(1)), 0,
			   (struct sockaddr *)&at, sizeof(at)) > 0);
	await(world, tally->strangers, strangers + 2);
	assert_true(is_quiet(udp));
	assert_int_equal(tally->messages->value, before);
	close(udp);
}

static void who_is_slow_is_cut(void **state)
{
	struct world *world = *state;
	int fd = connected(world->tcp), idle = connected(world->tcp);

	const struct counter *cut = world->stage->recorder.tally.slow;
	uint64_t before = cut->value;
	nanoseconds until = patience();

	say(fd, "OPTIONS sip:");
	await(world, world->stage->recorder.tally.connections, 2);
	/* Again, in case its words had not come yet. */
	while (cut->value == before && !is_over(until)) {
		turn(world);
		world->stage->recorder.now_ms += 11000;
		transport_tick(world->transport);
	}
	assert_true(is_closed(world, fd));
	/* One that says nothing is only waiting for a call. */
	assert_int_equal(cut->value, before + 1);
	assert_true(is_quiet(idle));
	close(fd);
	close(idle);
}

static void what_is_not_sip_ends_the_connection(void **state)
{
	struct world *world = *state;
	int fd = connected(world->tcp);

	say(fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(is_closed(world, fd));
	close(fd);
}

static void a_large_datagram_is_taken_whole(void **state)
{
	struct world *world = *state;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(world->udp),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	static char text[32768];
	size_t size;

	size = (size_t)snprintf(text, sizeof(text), "%s", options(1));
	size -= strlen("Content-Length: 0\r\n\r\n");
	size += (size_t)snprintf(text + size, sizeof(text) - size,
				 "Content-Type: text/plain\r\n"
				 "Content-Length: 20000\r\n\r\n");
	memset(text + size, 'x', 20000);
	size += 20000;
	assert_int_equal(
		sendto(fd, text, size, 0, (struct sockaddr *)&at, sizeof(at)),
		size);
	assert_non_null(strstr(heard(world, fd, "200 OK"), "SIP/2.0 200 OK"));
	close(fd);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(a_message_may_come_byte_by_byte),
		CASE(a_message_too_large_is_answered_and_left),
		CASE(a_message_of_no_certain_length_is_answered_and_left),
		CASE(messages_may_come_together),
		CASE(a_keep_alive_is_answered),
		CASE(a_stranger_is_closed_and_not_read),
		CASE(who_is_slow_is_cut),
		CASE(what_is_not_sip_ends_the_connection),
		CASE(a_large_datagram_is_taken_whole),
	};

	struct rlimit files;

	assert_int_equal(argc, 2);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = files.rlim_max; /* both ends are ours */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	policy_path = argv[1];
	(void)signal(SIGPIPE, SIG_IGN); /* as room_main() does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
