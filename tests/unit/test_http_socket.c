/* SPDX-License-Identifier: EUPL-1.2 */
/* WebSockets on a real server: handshake, life and end. */
#include <sys/resource.h>

#include "http_stage.h"
#include "wire_cases.h"

enum { SECOND = 1 };

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

static void turns(struct stage *stage, int count)
{
	for (int i = 0; i < count; i++)
		assert_int_equal(loop_turn(stage->loop, 1), 0);
}

/* Wait for what must come of itself. */
#define COMES(stage, condition)                                                \
	do {                                                                   \
		nanoseconds until_ = 0;                                        \
		while (!(condition))                                           \
			assert_true(stage_turn((stage), &until_));             \
	} while (0)

/* As if so many seconds had passed. */
static void later(struct stage *stage, int seconds)
{
	sockets_tick(stage->server, clock_monotonic() + seconds * NS_PER_S);
}

static uint64_t value(const struct counter *counter)
{
	return atomic_load(&counter->value);
}

static void the_handshake_is_that_of_the_rfc(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	client_words(client, STAGE_HANDSHAKE "Origin: null\r\n\r\n");
	assert_true(client_hears(stage, client, "\r\n\r\n"));
	/* The key and its answer of RFC 6455, section 1.3. */
	assert_non_null(strstr(client->got, "HTTP/1.1 101 "));
	assert_non_null(strstr(client->got, "Upgrade: websocket\r\n"));
	assert_non_null(strstr(client->got, "Connection: Upgrade\r\n"));
	assert_non_null(strstr(client->got,
			       "Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
	assert_non_null(
		strstr(client->got, "Protocol: " STAGE_PROTOCOL "\r\n"));
	assert_null(strstr(client->got, "Extensions"));
	client_free(client);
}

#define UPGRADE "Upgrade: websocket\r\n"
#define CONNECTION "Connection: Upgrade\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define PROTOCOL "Sec-WebSocket-Protocol: " STAGE_PROTOCOL "\r\n"
#define GET "GET /echo HTTP/1.1\r\nHost: x\r\n"

static const struct {
	const char *request;
	const char *status;
} handshakes[] = {
	{ GET UPGRADE CONNECTION VERSION KEY PROTOCOL, "101" },
	/* Lists, case, and lines in any order. */
	{ GET PROTOCOL KEY VERSION "Connection: keep-alive, upgrade\r\n"
				   "Upgrade: h2c, WebSocket\r\n",
	  "101" },
	{ GET UPGRADE "Connection: keep-alive\r\n" CONNECTION VERSION KEY
		      "Sec-WebSocket-Protocol: a, " STAGE_PROTOCOL ", b\r\n",
	  "101" },
	{ GET UPGRADE CONNECTION VERSION KEY
	  "Sec-WebSocket-Protocol: a\r\n" PROTOCOL,
	  "101" },
	{ GET UPGRADE CONNECTION VERSION KEY PROTOCOL
	  "Connection: keep-alive\r\nUpgrade: h2c\r\n"
	  "Sec-WebSocket-Protocol: z\r\n",
	  "101" },
	{ GET UPGRADE CONNECTION VERSION KEY PROTOCOL
	  "Sec-WebSocket-Extensions: permessage-deflate\r\n"
	  "Origin: https://agency.example\r\n",
	  "101" },
	{ GET, "426" },
	{ GET CONNECTION VERSION KEY PROTOCOL, "426" },
	{ GET UPGRADE VERSION KEY PROTOCOL, "426" },
	{ GET UPGRADE "Connection: close\r\n" VERSION KEY PROTOCOL, "426" },
	{ GET UPGRADE "Connection: upgrades\r\n" VERSION KEY PROTOCOL, "426" },
	{ GET "Upgrade: websockets\r\n" CONNECTION VERSION KEY PROTOCOL,
	  "426" },
	{ GET UPGRADE CONNECTION KEY PROTOCOL, "426" },
	{ GET UPGRADE CONNECTION KEY PROTOCOL "Sec-WebSocket-Version: 8\r\n",
	  "426" },
	{ GET UPGRADE CONNECTION KEY PROTOCOL "Sec-WebSocket-Version: 013\r\n",
	  "426" },
	{ GET UPGRADE CONNECTION VERSION VERSION KEY PROTOCOL, "426" },
	{ GET UPGRADE CONNECTION VERSION PROTOCOL, "400" },
	{ GET UPGRADE CONNECTION VERSION KEY KEY PROTOCOL, "400" },
	{ GET UPGRADE CONNECTION VERSION PROTOCOL "Sec-WebSocket-Key: \r\n",
	  "400" },
	{ GET UPGRADE CONNECTION VERSION PROTOCOL
	  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=\r\n",
	  "400" },
	{ GET UPGRADE CONNECTION VERSION PROTOCOL
	  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n",
	  "400" },
	{ GET UPGRADE CONNECTION VERSION PROTOCOL
	  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ$==\r\n",
	  "400" },
	{ GET UPGRADE CONNECTION VERSION PROTOCOL
	  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==dGhl\r\n",
	  "400" },
	{ GET UPGRADE CONNECTION VERSION KEY, "400" },
	{ GET UPGRADE CONNECTION VERSION KEY "Sec-WebSocket-Protocol: b\r\n",
	  "400" },
	{ GET UPGRADE CONNECTION VERSION KEY
	  "Sec-WebSocket-Protocol: TALLENNE.test.v1\r\n",
	  "400" },
	{ GET UPGRADE CONNECTION VERSION KEY PROTOCOL
	  "Origin: https://a.example\r\nOrigin: https://b.example\r\n",
	  "400" },
	{ "HEAD /echo HTTP/1.1\r\nHost: x\r\n" UPGRADE CONNECTION VERSION KEY
		  PROTOCOL,
	  "400" },
	{ "GET /echo HTTP/1.0\r\nHost: x\r\n" UPGRADE CONNECTION VERSION KEY
		  PROTOCOL,
	  "400" },
	{ "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n" UPGRADE
		  CONNECTION VERSION KEY PROTOCOL,
	  "400" },
	{ "GET /echo HTTP/1.1\r\n" UPGRADE CONNECTION VERSION KEY PROTOCOL,
	  "400" },
};

static void what_is_no_handshake_is_refused(void **state)
{
	struct stage *stage = *state;

	for (size_t i = 0; i < COUNT(handshakes); i++) {
		struct client *client = client_new(stage);
		const char *status = handshakes[i].status;

		client_words(client, handshakes[i].request);
		client_words(client, "\r\n");
		assert_true(client_hears(stage, client, "\r\n\r\n"));
		if (strncmp(client->got + 9, status, 3) != 0)
			fail_msg("%s%s", handshakes[i].request, client->got);
		if (!strcmp(status, "426"))
			assert_non_null(strstr(client->got,
					       "Sec-WebSocket-Version: 13"));
		client_free(client);
	}
	COMES(stage, stage->server->socket_count == 0);
}

/* A body that a GET brings could be taken for frames. */
static void a_handshake_has_no_body(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	client_words(client, GET UPGRADE CONNECTION VERSION KEY PROTOCOL
		     "Content-Length: 2\r\n\r\nab");
	assert_true(client_hears(stage, client, "HTTP/1.1 400 "));
	client_free(client);
}

static void check_case(struct stage *stage, const struct wire_case *of)
{
	struct client *client = client_new(stage);
	ssize_t sent = 0;

	client_opens(stage, client);
	for (size_t at = 0; at < of->said.size; at += (size_t)sent) {
		sent = send(client->fd, of->said.bytes + at, of->said.size - at,
			    MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN)
			break; /* it has heard enough */
		if (sent < 0)
			sent = 0;
		turns(stage, 1);
		client_take(client);
	}
	if (!client_has(stage, client, of->heard.size) ||
	    client->size != of->heard.size ||
	    memcmp(client->got, of->heard.bytes, of->heard.size) != 0)
		fail_msg("%s: heard %zu bytes for %zu", of->name, client->size,
			 of->heard.size);
	if (!client_sees_the_end(stage, client))
		fail_msg("%s: it goes on", of->name);
	if (client->size != of->heard.size)
		fail_msg("%s: more was heard", of->name);
	client_free(client);
}

static void every_case_of_the_rfc_ends_as_it_says(void **state)
{
	struct stage *stage = *state;
	struct wire_cases *cases = calloc(1, sizeof(*cases));

	wire_all(cases);
	for (size_t i = 0; i < cases->count; i++)
		check_case(stage, &cases->at[i]);
	COMES(stage, stage->server->socket_count == 0);
	assert_int_equal(stage->gones, cases->count);
	assert_int_equal(stage->server->waiting, 0);
	wire_free(cases);
}

static void what_comes_with_the_handshake_is_heard(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);
	uint8_t all[1024];
	size_t size = strlen(STAGE_HANDSHAKE "\r\n");

	memcpy(all, STAGE_HANDSHAKE "\r\n", size);
	size += client_frame(all + size, 0x81, "early", 5);
	client_say(client, all, size);
	assert_true(client_hears(stage, client,
				 "\x81\x05"
				 "early"));
	client_free(client);
}

static void what_is_said_early_waits_for_the_handshake(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	stage->greets = true;
	client_opens(stage, client);
	assert_true(client_hears(stage, client, "\x81\x05hello"));
	assert_int_equal(stage->server->waiting, 0);
	client_free(client);
}

static void a_client_that_leaves_is_told(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	client_opens(stage, client);
	assert_non_null(stage->socket);
	client_free(client);
	COMES(stage, stage->gones == 1);
	assert_int_equal(stage->server->socket_count, 0);
}

static void what_is_ended_by_us_is_not_told(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	client_opens(stage, client);
	assert_int_equal(http_socket_send(stage->socket, SLICE("last")), 0);
	http_socket_end(stage->socket, SOCKET_AWAY, "night");
	assert_int_equal(http_socket_send(stage->socket, SLICE("x")), -EPIPE);
	assert_true(client_has(stage, client, 6 + 9));
	assert_memory_equal(client->got, "\x81\x04last\x88\x07\x03\xe9night",
			    15);
	/* What comes now is read and answered by nobody. */
	client_says_frame(client, 0x81, "late", 4);
	client_says_frame(client, 0x89, "late", 4);
	client_says_frame(client, 0x88, "\x03\xe9", 2);
	assert_true(client_sees_the_end(stage, client));
	assert_int_equal(client->size, 15);
	client_free(client);
	COMES(stage, stage->server->socket_count == 0);
	assert_int_equal(stage->gones, 0);
	assert_int_equal(stage->texts, 0);
}

static void it_may_end_while_it_is_told(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	stage->is_ended = true;
	client_opens(stage, client);
	client_says_frame(client, 0x81, "one", 3);
	client_says_frame(client, 0x81, "two", 3);
	assert_true(client_hears(stage, client, "enough"));
	client_says_frame(client, 0x88, "\x03\xe8", 2);
	assert_true(client_sees_the_end(stage, client));
	assert_int_equal(stage->texts, 1);
	assert_int_equal(stage->gones, 0);
	client_free(client);
}

static void who_does_not_close_is_closed(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	client_opens(stage, client);
	http_socket_end(stage->socket, SOCKET_NORMAL, "");
	assert_true(client_has(stage, client, 4));
	later(stage, SOCKET_CLOSE_MS / MS_PER_S - SECOND);
	turns(stage, 3);
	assert_int_equal(stage->server->socket_count, 1);
	later(stage, SOCKET_CLOSE_MS / MS_PER_S + SECOND);
	assert_int_equal(stage->server->socket_count, 0);
	assert_true(client_sees_the_end(stage, client));
	client_free(client);
}

static void a_message_must_be_whole_in_time(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} parts[] = {
		{ "\x81", 1 },				     /* a head */
		{ "\x81\x85\0\0\0\0ab", 8 },		     /* a payload */
		{ "\x01\x81\0\0\0\0a", 7 },		     /* a fragment */
		{ "\x89\x85\0\0\0", 5 },		     /* a ping */
		{ "\x01\x81\0\0\0\0a\x89\x80\0\0\0\0", 13 }, /* and one
								 within */
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < COUNT(parts); i++) {
		struct client *client = client_new(stage);
		uint64_t slow = value(stage->server->count.slow_writers);

		client_opens(stage, client);
		client_says_frame(client, 0x81, "whole", 5);
		client_say(client, parts[i].bytes, parts[i].size);
		assert_true(client_has(stage, client, 7));
		COMES(stage, stage->server->sockets_due);
		later(stage, SOCKET_MESSAGE_MS / MS_PER_S - SECOND);
		assert_int_equal(stage->gones, i);
		later(stage, SOCKET_MESSAGE_MS / MS_PER_S + SECOND);
		assert_int_equal(stage->gones, i + 1);
		assert_true(client_hears(stage, client,
					 "\x88\x0a\x03\xf0too slow"));
		assert_true(client_sees_the_end(stage, client));
		assert_int_equal(value(stage->server->count.slow_writers),
				 slow + 1);
		client_free(client);
		COMES(stage, stage->server->socket_count == 0);
	}
}

static void who_says_nothing_owes_nothing(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	client_opens(stage, client);
	client_says_frame(client, 0x81, "a", 1);
	assert_true(client_has(stage, client, 3));
	assert_null(stage->server->sockets_due);
	later(stage, 24 * 3600);
	client_says_frame(client, 0x81, "b", 1);
	assert_true(client_has(stage, client, 6));
	client_free(client);
}

/* Send until the reader is too slow; how much it could have taken. */
static size_t send_until_refused(struct stage *stage)
{
	static char much[8192];
	size_t sent = 0;
	int r = 0;

	memset(much, 'm', sizeof(much));
	while (r == 0 && sent < 64u << 20) {
		r = http_socket_send(stage->socket,
				     (struct slice){ much, sizeof(much) });
		sent += sizeof(much);
	}
	assert_int_equal(r, -ENOBUFS);
	return sent;
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

/* Fill what the kernel takes, so that the next bytes wait here. */
static void fill(struct stage *stage)
{
	static char much[4096];

	memset(much, 'm', sizeof(much));
	for (int i = 0; i < 4096 && http_socket_pending(stage->socket) < 8192;
	     i++) {
		assert_int_equal(
			http_socket_send(stage->socket,
					 (struct slice){ much, sizeof(much) }),
			0);
		turns(stage, 1);
	}
	assert_true(http_socket_pending(stage->socket) >= 8192);
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

/* Not even when the kernel has room again. */
static void nothing_overtakes_what_waits(struct stage *stage,
					 struct client *client)
{
	static const char last[] = "\x81\x04last\x88\x02\x03\xe8";

	fill(stage);
	client_take(client);
	client->size = 0;
	assert_true(http_socket_pending(stage->socket) >= 8192);
	assert_int_equal(http_socket_send(stage->socket, SLICE("last")), 0);
	http_socket_end(stage->socket, SOCKET_NORMAL, "");
	assert_true(client_hears(stage, client, last));
	assert_memory_equal(client->got + client->size - (sizeof(last) - 1),
			    last, sizeof(last) - 1);
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

static void a_server_that_closes_says_so(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	client_opens(stage, client);
	http_close(stage->server);
	stage->server = NULL;
	assert_int_equal(stage->gones, 1);
	client_take(client);
	assert_int_equal(client->size, 4);
	assert_memory_equal(client->got, "\x88\x02\x03\xe9", 4);
	client_free(client);
}

/* Gone between the request and the 101: nobody waits for it for ever. */
static void a_socket_that_never_opens_is_told(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	stage->breaks = &client->fd;
	client_words(client, STAGE_HANDSHAKE "\r\n");
	COMES(stage, stage->acts == 1);
	assert_int_equal(stage->opened, 0);
	COMES(stage, stage->gones == 1);
	COMES(stage, stage->server->connection_count == 0);
	assert_int_equal(stage->server->socket_count, 0);
	client_free(client);
}

/* A stage with TLS, and what its clients need. */
struct tls {
	struct stage *stage;
	gnutls_certificate_credentials_t any;
	gnutls_datum_t chain, key;
};

static struct tls *tls_new(void)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	struct http_settings settings = { .per_address = 4000 };

	assert_non_null(tls);
	stage_certificate(&tls->chain, &tls->key);
	assert_int_equal(gnutls_certificate_allocate_credentials(&tls->any), 0);
	settings.chain = (const char *)tls->chain.data;
	settings.key = (const char *)tls->key.data;
	tls->stage = stage_new(&settings);
	return tls;
}

static void tls_free(struct tls *tls)
{
	if (tls->stage)
		stage_free(tls->stage);
	gnutls_certificate_free_credentials(tls->any);
	gnutls_free(tls->chain.data);
	gnutls_free(tls->key.data);
	free(tls);
}

static struct client *tls_client(struct tls *tls)
{
	struct client *client = client_new(tls->stage);

	client_begins_tls(tls->stage, client, tls->any);
	client_opens(tls->stage, client);
	return client;
}

static bool is_empty(const struct stage *stage)
{
	return stage->server->socket_count == 0 &&
	       stage->server->connection_count == 0;
}

/* Over TLS the library keeps the connection: the same from outside. */
static void it_is_the_same_over_tls(void **state)
{
	struct tls *tls = tls_new();
	struct stage *stage = tls->stage;
	struct wire_cases *cases = calloc(1, sizeof(*cases));

	(void)state;
	wire_all(cases);
	/* Every seventh: a handshake of TLS costs more than the case. */
	for (size_t i = 0; i < cases->count; i += 7) {
		const struct wire_case *of = &cases->at[i];
		struct client *client = tls_client(tls);

		for (size_t at = 0; at < of->said.size; at += 1000) {
			size_t left = of->said.size - at;

			if (gnutls_record_send(client->tls, of->said.bytes + at,
					       left < 1000 ? left : 1000) < 0)
				break;
			turns(stage, 1);
			client_take(client);
		}
		if (!client_has(stage, client, of->heard.size) ||
		    client->size != of->heard.size ||
		    memcmp(client->got, of->heard.bytes, of->heard.size) != 0)
			fail_msg("%s: heard %zu bytes for %zu", of->name,
				 client->size, of->heard.size);
		assert_true(client_sees_the_end(stage, client));
		client_free(client);
	}
	COMES(stage, is_empty(stage));
	wire_free(cases);
	tls_free(tls);
}

/* One record of TLS may hold the handshake and frames, and more frames
   than are read at once: nothing tells of what is left of it. */
static void no_byte_of_a_record_is_left_behind(void **state)
{
	struct tls *tls = tls_new();
	struct stage *stage = tls->stage;
	struct client *client = client_new(stage);
	static uint8_t all[16384];
	size_t size = strlen(STAGE_HANDSHAKE "\r\n");

	(void)state;
	client_begins_tls(stage, client, tls->any);
	memcpy(all, STAGE_HANDSHAKE "\r\n", size);
	size += client_frame(all + size, 0x81, "early", 5);
	client_say(client, all, size);
	assert_true(client_hears(stage, client,
				 "\x81\x05"
				 "early"));
	client->size = size = 0;
	for (size_t i = 0; i < 1600; i++)
		size += client_frame(all + size, 0x81, "abcd", 4);
	client_say(client, all, size);
	assert_true(client_has(stage, client, 1600 * 6));
	client_free(client);
	tls_free(tls);
}

/* Each way to leave: TLS ended, TCP ended, TCP broken off. */
static void a_client_that_leaves_tls_is_told(void **state)
{
	struct tls *tls = tls_new();
	struct stage *stage = tls->stage;

	(void)state;
	for (size_t way = 0; way < 3; way++) {
		struct client *client = tls_client(tls);

		if (way == 0)
			assert_int_equal(
				gnutls_bye(client->tls, GNUTLS_SHUT_WR), 0);
		if (way == 1)
			drop_fd(&client->fd);
		if (way == 2)
			stage_break(&client->fd);
		COMES(stage, stage->gones == way + 1);
		COMES(stage, is_empty(stage));
		client_free(client);
	}
	tls_free(tls);
}

static void what_waits_over_tls_comes_whole_and_in_order(void **state)
{
	struct tls *tls = tls_new();
	struct stage *stage = tls->stage;
	struct client *client = tls_client(tls);
	static char text[4000];
	size_t all = 0, heard = 0;
	nanoseconds until = 0;

	(void)state;
	for (unsigned int i = 0; http_socket_pending(stage->socket) < 50000;
	     i++) {
		memset(text, '0' + (int)(i % 10), sizeof(text));
		assert_int_equal(
			http_socket_send(stage->socket,
					 (struct slice){ text, sizeof(text) }),
			0);
		all += 4 + sizeof(text);
		assert_true(i < 4096);
	}
	http_socket_end(stage->socket, SOCKET_NORMAL, "");
	while (heard < all) {
		client->size = 0;
		client_take(client);
		assert_false(client->is_ended);
		for (size_t i = 0; i < client->size && heard < all;
		     i++, heard++)
			if (heard % 4004 >= 4 &&
			    client->got[i] != (char)('0' + heard / 4004 % 10))
				fail_msg("byte %zu is %02x", heard,
					 client->got[i]);
		assert_true(stage_turn(stage, &until));
	}
	client_says_frame(client, 0x88, "\x03\xe8", 2);
	assert_true(client_sees_the_end(stage, client));
	COMES(stage, is_empty(stage));
	assert_int_equal(stage->server->waiting, 0);
	client_free(client);
	tls_free(tls);
}

static void what_is_said_last_over_tls_comes_last(void **state)
{
	struct tls *tls = tls_new();
	struct client *client = tls_client(tls);

	(void)state;
	nothing_overtakes_what_waits(tls->stage, client);
	client_free(client);
	tls_free(tls);
}

static void a_slow_reader_over_tls_is_ended(void **state)
{
	struct tls *tls = tls_new();
	struct stage *stage = tls->stage;
	struct client *client = tls_client(tls);

	(void)state;
	fill(stage);
	(void)send_until_refused(stage);
	/* Nothing of it stays with the library, though it reads nothing. */
	COMES(stage, is_empty(stage));
	assert_int_equal(stage->gones, 1);
	client_free(client);

	/* The same when it is ended in good order, in time. */
	client = tls_client(tls);
	fill(stage);
	http_socket_end(stage->socket, SOCKET_NORMAL, "");
	later(stage, SOCKET_CLOSE_MS / MS_PER_S + SECOND);
	COMES(stage, is_empty(stage));
	client_free(client);

	/* And when the server ends meanwhile. */
	client = tls_client(tls);
	fill(stage);
	stage_free(stage);
	tls->stage = NULL;
	client_free(client);
	tls_free(tls);
}

static void a_new_certificate_ends_what_is_open(void **state)
{
	struct tls *tls = tls_new();
	struct stage *stage = tls->stage;
	struct client *client = tls_client(tls);
	const struct http_settings settings = {
		.chain = (const char *)tls->chain.data,
		.key = (const char *)tls->key.data,
	};

	(void)state;
	assert_int_equal(http_renew(stage->server, &settings), 0);
	assert_int_equal(stage->gones, 1);
	assert_true(client_hears(stage, client, "\x88\x02\x03\xe9"));
	assert_true(client_sees_the_end(stage, client));
	client_free(client);
	client = tls_client(tls);
	client_says_frame(client, 0x81, "again", 5);
	assert_true(client_hears(stage, client, "again"));
	client_free(client);
	tls_free(tls);
}

#define WITH_STAGE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STAGE(the_handshake_is_that_of_the_rfc),
		WITH_STAGE(what_is_no_handshake_is_refused),
		WITH_STAGE(a_handshake_has_no_body),
		WITH_STAGE(every_case_of_the_rfc_ends_as_it_says),
		WITH_STAGE(what_comes_with_the_handshake_is_heard),
		WITH_STAGE(what_is_said_early_waits_for_the_handshake),
		WITH_STAGE(a_client_that_leaves_is_told),
		WITH_STAGE(what_is_ended_by_us_is_not_told),
		WITH_STAGE(it_may_end_while_it_is_told),
		WITH_STAGE(who_does_not_close_is_closed),
		WITH_STAGE(a_message_must_be_whole_in_time),
		WITH_STAGE(who_says_nothing_owes_nothing),
		WITH_STAGE(a_slow_reader_is_ended),
		WITH_STAGE(a_slow_reader_that_is_ended_twice_is_not_told),
		WITH_STAGE(a_reader_that_takes_nothing_for_long_is_ended),
		WITH_STAGE(what_waits_comes_whole_and_in_order),
		WITH_STAGE(what_is_said_last_comes_last),
		WITH_STAGE(who_pings_without_reading_is_ended),
		WITH_STAGE(two_thousand_lie_idle_and_are_still_heard),
		WITH_STAGE(too_many_are_sent_away),
		WITH_STAGE(an_address_has_its_share),
		WITH_STAGE(all_together_hold_no_more_than_there_is),
		WITH_STAGE(a_server_that_closes_says_so),
		WITH_STAGE(a_socket_that_never_opens_is_told),
		cmocka_unit_test(it_is_the_same_over_tls),
		cmocka_unit_test(no_byte_of_a_record_is_left_behind),
		cmocka_unit_test(a_client_that_leaves_tls_is_told),
		cmocka_unit_test(what_waits_over_tls_comes_whole_and_in_order),
		cmocka_unit_test(what_is_said_last_over_tls_comes_last),
		cmocka_unit_test(a_slow_reader_over_tls_is_ended),
		cmocka_unit_test(a_new_certificate_ends_what_is_open),
	};

	struct rlimit files;

	assert(getrlimit(RLIMIT_NOFILE, &files) == 0);
	files.rlim_cur = files.rlim_max;
	assert(setrlimit(RLIMIT_NOFILE, &files) == 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
