/* SPDX-License-Identifier: EUPL-1.2 */
/* WebSockets on a real server: handshake, life and end. */
#include "socket_stage.h"
#include "wire_cases.h"

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
		WITH_STAGE(a_server_that_closes_says_so),
		WITH_STAGE(a_socket_that_never_opens_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
