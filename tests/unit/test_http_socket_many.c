/* SPDX-License-Identifier: EUPL-1.2 */
/* WebSockets that do not read, or are many: what waits, and who is sent
   away. */
#include <sys/resource.h>

#include "socket_stage.h"

static int set_up(void **state)
{
	const struct http_settings settings = { .per_address = 4000,
						.sockets_max = 4000 };

	*state = stage_new(&settings);
	return 0;
}

static int tear_down(void **state)
{
	stage_free(*state);
	return 0;
}

static void a_slow_reader_is_ended(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);
	uint64_t slow = value(stage->server->count.slow_readers);

	client_opens(stage, client);
	(void)send_until_refused(stage);
	/* Told from the loop, not from within what the caller called; soon. */
	assert_int_equal(stage->gones, 0);
	assert_true(stage->server->reaper >= 0);
	assert_int_equal(http_socket_send(stage->socket, SLICE("x")), -EPIPE);
	COMES(stage, stage->gones == 1);
	assert_int_equal(stage->server->socket_count, 0);
	assert_int_equal(stage->server->waiting, 0);
	assert_int_equal(value(stage->server->count.slow_readers), slow + 1);
	client_free(client);
}

static void a_slow_reader_that_is_ended_twice_is_not_told(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	client_opens(stage, client);
	(void)send_until_refused(stage);
	http_socket_end(stage->socket, SOCKET_LATER, "too slow");
	COMES(stage, stage->server->socket_count == 0);
	assert_int_equal(stage->gones, 0);
	client_free(client);
}

static void a_reader_that_takes_nothing_for_long_is_ended(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	client_opens(stage, client);
	fill(stage);
	later(stage, SOCKET_STALL_MS / MS_PER_S - SECOND);
	assert_int_equal(stage->gones, 0);
	later(stage, SOCKET_STALL_MS / MS_PER_S + SECOND);
	assert_int_equal(stage->gones, 1);
	client_free(client);
}

static void what_waits_comes_whole_and_in_order(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);
	size_t all = 0, heard = 0;
	static char text[4000];
	nanoseconds until = 0;

	client_opens(stage, client);
	/* Each text is all of one digit; more than the kernel takes. */
	for (unsigned int i = 0; i < 4096; i++) {
		memset(text, '0' + (int)(i % 10), sizeof(text));
		assert_int_equal(
			http_socket_send(stage->socket,
					 (struct slice){ text, sizeof(text) }),
			0);
		all += 4 + sizeof(text);
		if (http_socket_pending(stage->socket) > 50000)
			break;
	}
	assert_true(http_socket_pending(stage->socket) > 50000);
	while (heard < all) {
		client->size = 0;
		client_take(client);
		assert_false(client->is_ended);
		for (size_t i = 0; i < client->size; i++, heard++) {
			size_t of = heard % 4004, n = heard / 4004;
			char is = client->got[i];
			char want = of == 0   ? (char)0x81
				    : of == 1 ? 126
				    : of == 2 ? (char)(4000 >> 8)
				    : of == 3 ? (char)(4000 & 0xff)
					      : (char)('0' + n % 10);

			if (is != want)
				fail_msg("byte %zu is %02x", heard, is);
		}
		assert_true(stage_turn(stage, &until));
	}
	assert_int_equal(http_socket_pending(stage->socket), 0);
	assert_int_equal(stage->server->waiting, 0);
	client_free(client);
}

static void what_is_said_last_comes_last(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	client_opens(stage, client);
	nothing_overtakes_what_waits(stage, client);
	client_free(client);
}

static void who_pings_without_reading_is_ended(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);
	uint8_t ping[256];
	size_t size = client_frame(ping, 0x89, "payload", 7);

	client_opens(stage, client);
	for (int i = 0; i < 100; i++)
		if (send(client->fd, ping, size, MSG_NOSIGNAL) < 0)
			break;
	COMES(stage, stage->gones == 1);
	assert_true(client_hears(stage, client, "too many pings"));
	client_free(client);
}

static void two_thousand_lie_idle_and_are_still_heard(void **state)
{
	enum { MANY = 2000 };
	struct stage *stage = *state;
	struct client *client = client_new(stage);
	static int fds[MANY];

	drop_fd(&client->fd); /* it takes the part of others below */
	for (size_t i = 0; i < MANY; i++) {
		nanoseconds until = 0;
		char got[1024];
		ssize_t size;

		fds[i] = stage_connect(stage);
		if (fds[i] < 0)
			fail_msg("descriptors end at %zu", i);
		assert_true(send(fds[i], STAGE_HANDSHAKE "\r\n",
				 strlen(STAGE_HANDSHAKE "\r\n"),
				 MSG_NOSIGNAL) > 0);
		while ((size = recv(fds[i], got, sizeof(got), 0)) < 0)
			assert_true(stage_turn(stage, &until));
		assert_memory_equal(got, "HTTP/1.1 101", 12);
	}
	assert_int_equal(stage->server->socket_count, MANY);
	COMES(stage, stage->server->connection_count == 0);
	assert_null(stage->server->sockets_due);
	assert_int_equal(stage->server->waiting, 0);
	for (size_t i = 0; i < MANY; i += 97) {
		uint8_t frame[64];

		client->fd = (drop_fd(&client->fd), fds[i]);
		client->size = 0;
		client_say(client, frame, client_frame(frame, 0x81, "x", 1));
		assert_true(client_has(stage, client, 3));
		client->fd = -1;
	}
	for (size_t i = 0; i < MANY; i++)
		drop_fd(&fds[i]);
	COMES(stage, stage->server->socket_count == 0);
	assert_int_equal(stage->gones, MANY);
	client_free(client);
}

static void too_many_are_sent_away(void **state)
{
	const struct http_settings settings = { .sockets_max = 2 };
	struct stage *stage = stage_new(&settings);
	struct client *one = client_new(stage), *two = client_new(stage);
	struct client *three = client_new(stage);

	(void)state;
	client_opens(stage, one);
	client_opens(stage, two);
	client_words(three, STAGE_HANDSHAKE "\r\n");
	assert_true(client_hears(stage, three, "HTTP/1.1 503 "));
	assert_true(client_hears(stage, three, "Retry-After: "));
	assert_int_equal(stage->opened, -EBUSY);
	client_free(one);
	COMES(stage, stage->server->socket_count == 1);
	client_free(three);
	three = client_new(stage);
	client_opens(stage, three);
	client_free(two);
	client_free(three);
	stage_free(stage);
}

static void an_address_has_its_share(void **state)
{
	const struct http_settings settings = { .per_address = 2,
						.behind_proxy = true };
	struct stage *stage = stage_new(&settings);
	/* Whoever has one address of IPv6 has its /64. */
	static const struct {
		const char *from, *answer;
	} asks[] = {
		{ "192.0.2.1", "101" },
		{ "192.0.2.1", "101" },
		{ "192.0.2.2", "101" },
		{ "192.0.2.1", "503" },
		{ "192.0.2.2", "101" },
		{ "2001:db8:0:1::1", "101" },
		{ "2001:db8:0:1:ffff::2", "101" },
		{ "2001:db8:0:1:a:b:c:d", "503" },
		{ "2001:db8:0:2::1", "101" },
		{ "::ffff:192.0.2.3", "101" },
		{ "::ffff:192.0.2.4", "101" },
		{ "::ffff:192.0.2.5", "101" },
	};
	struct client *client[COUNT(asks)];
	char answer[32];

	(void)state;
	for (size_t i = 0; i < COUNT(client); i++) {
		client[i] = client_new(stage);
		client_words(client[i],
			     STAGE_HANDSHAKE "X-Forwarded-For: 192.0.2.9, ");
		client_words(client[i], asks[i].from);
		client_words(client[i], "\r\n\r\n");
		snprintf(answer, sizeof(answer), "HTTP/1.1 %s ",
			 asks[i].answer);
		assert_true(client_hears(stage, client[i], answer));
	}
	for (size_t i = 0; i < COUNT(client); i++)
		client_free(client[i]);
	COMES(stage, stage->server->socket_count == 0);
	for (size_t i = 0; i < PEERS_BUCKETS; i++)
		assert_null(stage->server->peers.bucket[i]);
	stage_free(stage);
}

static void a_site_has_eight_times_as_much_as_one_network(void **state)
{
	struct peer *peer[8 * 3];
	struct peers peers = { 0 };
	char address[32];
	size_t count = 0;

	(void)state;
	for (int i = 0; i < 256; i++)
		for (int k = 0; k < 4; k++) {
			struct peer *one;

			snprintf(address, sizeof(address), "2001:db8:1:%x::%x",
				 i, k);
			one = peers_take(&peers, slice_of(address), 3);
			if (!one)
				continue;
			assert_true(count < COUNT(peer));
			peer[count++] = one;
		}
	assert_int_equal(count, COUNT(peer));
	peers_give(&peers, peer[0]);
	peer[0] = peers_take(&peers, SLICE("2001:db8:1:ffff::1"), 3);
	assert_non_null(peer[0]);
	assert_null(peers_take(&peers, SLICE("2001:db8:1:ffff::1"), 3));
	for (size_t i = 0; i < COUNT(peer); i++)
		peers_give(&peers, peer[i]);
	for (size_t i = 0; i < PEERS_BUCKETS; i++)
		assert_null(peers.bucket[i]);
}

/* All that sockets hold together has an end, whoever holds it. */
static void all_together_hold_no_more_than_there_is(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	client_opens(stage, client);
	stage->server->waiting += HTTP_WAITING_MAX;
	client_says_frame(client, 0x81, "whole at once", 13);
	assert_true(client_has(stage, client, 15));
	client_say(client, "\x81\x85\0\0\0\0ab", 8);
	assert_true(client_hears(stage, client, "\x88\x02\x03\xf5"));
	COMES(stage, stage->gones == 1);
	stage->server->waiting -= HTTP_WAITING_MAX;
	client_free(client);
}

#define WITH_STAGE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STAGE(a_slow_reader_is_ended),
		WITH_STAGE(a_slow_reader_that_is_ended_twice_is_not_told),
		WITH_STAGE(a_reader_that_takes_nothing_for_long_is_ended),
		WITH_STAGE(what_waits_comes_whole_and_in_order),
		WITH_STAGE(what_is_said_last_comes_last),
		WITH_STAGE(who_pings_without_reading_is_ended),
		WITH_STAGE(two_thousand_lie_idle_and_are_still_heard),
		WITH_STAGE(too_many_are_sent_away),
		WITH_STAGE(an_address_has_its_share),
		cmocka_unit_test(a_site_has_eight_times_as_much_as_one_network),
		WITH_STAGE(all_together_hold_no_more_than_there_is),
	};

	struct rlimit files;

	assert(getrlimit(RLIMIT_NOFILE, &files) == 0);
	files.rlim_cur = files.rlim_max;
	assert(setrlimit(RLIMIT_NOFILE, &files) == 0);

	return cmocka_run_group_tests(tests, NULL, NULL);
}
