/* SPDX-License-Identifier: EUPL-1.2 */
/* The server on a real socket; client and server take turns in one loop. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "http/parts.h"

enum {
	TURNS_MAX = 100,
	ANSWER_MAX = 1 << 18,
	LARGE_SIZE = TEXT_SIZE_MAX / 2,
	READERS = HTTP_LARGE_PER_ADDRESS / LARGE_SIZE,
};

struct world {
	struct loop *loop;
	struct http_server *server;
	struct sockaddr_in address;
	int client;
	int pipe_write; /* of the stream that "/pipe" answers with */
	uint64_t pipe_size;
	struct http_held *held; /* of the request for "/later" */
	size_t acts;
	int room; /* that the client's kernel has, if not 0 */
	char got[ANSWER_MAX];
	size_t got_size;
	bool is_ended;
};

static void act(void *self, const struct http_request *request,
		struct http_answer *answer)
{
	struct world *world = self;

	world->acts++;
	if (slice_is(request->path, SLICE("/pipe"))) {
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		answer->pipe = ends[0];
		answer->size = world->pipe_size;
		world->pipe_write = ends[1];
		return;
	}
	if (slice_is(request->path, SLICE("/later"))) {
		assert_int_equal(http_hold(request, &world->held), 0);
		return;
	}
	if (slice_is(request->path, SLICE("/large"))) {
		for (size_t i = 0; i < LARGE_SIZE / 8; i++)
			text_say(&answer->body, "much of ");
		return;
	}
	if (slice_is(request->path, SLICE("/own"))) {
		http_field(answer, "Referrer-Policy", "same-origin");
		http_field(answer, "cache-control", "max-age=1");
		return;
	}
	if (slice_is(request->path, SLICE("/peer"))) {
		text_say(&answer->body, "peer ");
		text_html_slice(&answer->body, request->peer);
		return;
	}
	text_say(&answer->body,
		 request->method == HTTP_POST ? "post " : "get ");
	text_html_slice(&answer->body, request->body);
}

static int listen_on(const char *where, struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_in){ .sin_family = AF_INET };
	inet_pton(AF_INET, where, &address->sin_addr);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)address, size), 0);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)address, &size), 0);
	return fd;
}

static void join(struct world *world)
{
	drop_fd(&world->client);
	world->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (world->room)
		assert_int_equal(setsockopt(world->client, SOL_SOCKET,
					    SO_RCVBUF, &world->room,
					    sizeof(world->room)),
				 0);
	assert_int_equal(connect(world->client,
				 (struct sockaddr *)&world->address,
				 sizeof(world->address)),
			 0);
	assert_int_equal(fcntl(world->client, F_SETFL, O_NONBLOCK), 0);
	world->got_size = 0;
	world->is_ended = false;
}

static int set_up(void **state)
{
	const struct http_settings settings = { 0 };
	struct world *world = calloc(1, sizeof(*world));
	int listener;
	const int pending = 1 << 15;

	world->client = world->pipe_write = -1;
	assert_int_equal(loop_new(&world->loop), 0);
	listener = listen_on("127.0.0.1", &world->address);
	/* Or the kernel takes all that a slow reader does not. */
	assert_int_equal(setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &pending,
				    sizeof(pending)),
			 0);
	assert_int_equal(http_open(world->loop, listener, &settings, act, world,
				   &world->server),
			 0);
	join(world);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	http_close(world->server);
	loop_free(world->loop);
	drop_fd(&world->client);
	drop_fd(&world->pipe_write);
	free(world);
	return 0;
}

static void say(struct world *world, const char *words)
{
	assert_int_equal(
		send(world->client, words, strlen(words), MSG_NOSIGNAL),
		(ssize_t)strlen(words));
}

/* Let the server work until the client has heard this, or the end. */
static bool hears(struct world *world, const char *words)
{
	for (int i = 0; i < TURNS_MAX; i++) {
		ssize_t got;

		assert_int_equal(loop_turn(world->loop, 5), 0);
		got = recv(world->client, world->got + world->got_size,
			   sizeof(world->got) - 1 - world->got_size, 0);
		if (got > 0)
			world->got_size += (size_t)got;
		world->got[world->got_size] = '\0';
		if (got == 0 || (got < 0 && errno != EAGAIN))
			world->is_ended = true;
		if (words && strstr(world->got, words))
			return true;
		if (world->is_ended)
			return false;
	}
	return false;
}

static void what_can_be_read_in_two_ways_is_refused(void **state)
{
	static const char *const lines[] = {
		"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
		"Content-Length: 0\r\nContent-Length: 5\r\n",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
		"Transfer-Encoding: identity\r\n",
		"Transfer-Encoding: gzip, chunked\r\n",
		"Transfer-Encoding: xchunked\r\n",
		"Host: y\r\n",
		"Content-Length : 5\r\n",
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(lines); i++) {
		join(world);
		say(world, "POST /a HTTP/1.1\r\nHost: x\r\n");
		say(world, lines[i]);
		say(world, "\r\n0\r\n\r\n");
		assert_true(hears(world, "HTTP/1.1 400"));
		assert_false(hears(world, NULL));
		assert_true(world->is_ended);
	}
	assert_int_equal(world->acts, 0);
}

static void the_last_word_on_an_address_is_the_proxys(void **state)
{
	struct world *world = *state;

	world->server->behind_proxy = true;
	say(world, "GET /peer HTTP/1.1\r\nHost: x\r\n"
		   "X-Forwarded-For: 192.0.2.1\r\n"
		   "X-Forwarded-For: 192.0.2.2, 192.0.2.3\r\n\r\n");
	assert_true(hears(world, "peer 192.0.2.3"));
}

static void a_request_is_answered_with_the_security_headers(void **state)
{
	struct world *world = *state;

	say(world, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(hears(world, "get "));
	assert_non_null(strstr(world->got, "HTTP/1.1 200"));
	assert_non_null(strstr(world->got, "default-src 'none'; script-src"));
	assert_non_null(strstr(world->got, "nosniff"));
	assert_non_null(strstr(world->got, "Referrer-Policy: no-referrer"));
	assert_non_null(strstr(world->got, "Cache-Control: no-store"));
}

static void a_field_of_the_answer_replaces_that_of_all_answers(void **state)
{
	struct world *world = *state;

	say(world, "GET /own HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(hears(world, "\r\n\r\n"));
	assert_non_null(strstr(world->got, "Referrer-Policy: same-origin"));
	assert_null(strstr(world->got, "no-referrer"));
	assert_non_null(strstr(world->got, "cache-control: max-age=1"));
	assert_null(strstr(world->got, "no-store"));
}

static void a_held_request_is_answered_later(void **state)
{
	struct http_answer answer = HTTP_ANSWER_NEW;
	struct world *world = *state;

	say(world, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_false(hears(world, "HTTP"));
	assert_false(world->is_ended);
	assert_non_null(world->held);
	answer.status = 303;
	http_field(&answer, "Location", "/there");
	text_say(&answer.body, "at last");
	http_answer_held(world->held, &answer);
	assert_true(hears(world, "at last"));
	assert_non_null(strstr(world->got, "HTTP/1.1 303"));
	assert_non_null(strstr(world->got, "Location: /there"));
	assert_int_equal(world->acts, 1);
	/* And the connection serves on. */
	world->got_size = 0;
	say(world, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(hears(world, "get "));
}

static void a_held_request_outlives_its_client_and_its_server(void **state)
{
	struct http_answer answer = HTTP_ANSWER_NEW;
	struct world *world = *state;
	struct http_held *first;

	say(world, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_false(hears(world, "HTTP"));
	first = world->held;
	join(world);
	text_say(&answer.body, "nobody hears it");
	http_answer_held(first, &answer);
	assert_false(hears(world, "HTTP"));

	say(world, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_false(hears(world, "HTTP"));
	http_close(world->server);
	world->server = NULL;
	text_say(&answer.body, "nobody hears it");
	http_answer_held(world->held, &answer);
}

static void a_form_arrives_whole(void **state)
{
	struct world *world = *state;

	say(world,
	    "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\na=");
	assert_false(hears(world, "post"));
	say(world, "1234");
	assert_true(hears(world, "post a=1234"));
	assert_int_equal(world->acts, 1);
}

static void too_large_a_body_is_refused_unread(void **state)
{
	struct world *world = *state;

	say(world, "POST /a HTTP/1.1\r\nHost: x\r\n"
		   "Content-Length: 65537\r\n\r\n");
	assert_true(hears(world, "HTTP/1.1 413"));
	assert_int_equal(world->acts, 0);
}

static void a_chunked_body_that_grows_too_large_is_cut(void **state)
{
	struct world *world = *state;
	char chunk[1024 + 16];

	say(world, "POST /a HTTP/1.1\r\nHost: x\r\n"
		   "Transfer-Encoding: chunked\r\n\r\n");
	memset(chunk, 'a', sizeof(chunk) - 1);
	memcpy(chunk, "400\r\n", 5);
	memcpy(chunk + 5 + 1024, "\r\n", 3);
	for (int i = 0; i < 70 && !world->is_ended; i++) {
		if (send(world->client, chunk, strlen(chunk), MSG_NOSIGNAL) < 0)
			break;
		assert_int_equal(loop_turn(world->loop, 1), 0);
	}
	(void)hears(world, NULL);
	assert_true(world->is_ended);
	assert_int_equal(world->acts, 0);
}

static void a_client_that_drips_its_header_is_cut(void **state)
{
	struct world *world = *state;

	say(world, "GET /a HTTP/1.1\r\nHost: ");
	assert_false(hears(world, "HTTP"));
	deadline_cut(world->server, clock_monotonic() + 6 * NS_PER_S);
	assert_false(hears(world, "HTTP"));
	assert_false(world->is_ended);
	deadline_cut(world->server, clock_monotonic() + 11 * NS_PER_S);
	assert_false(hears(world, "HTTP/1.1 2"));
	assert_true(world->is_ended);
	assert_int_equal(world->acts, 0);
}

static void an_answered_client_is_not_cut_at_ten_seconds(void **state)
{
	struct world *world = *state;

	say(world, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(hears(world, "get "));
	deadline_cut(world->server, clock_monotonic() + 11 * NS_PER_S);
	say(world, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	world->got_size = 0;
	assert_true(hears(world, "get "));
	deadline_cut(world->server, clock_monotonic() + 31 * NS_PER_S);
	assert_false(hears(world, "nothing more"));
	assert_true(world->is_ended);
}

/* Ask for a large answer and take nothing of it but its first bytes. */
static int asks_for_much(struct world *world, const char *status)
{
	int fd;

	join(world);
	say(world, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(hears(world, status));
	fd = world->client;
	world->client = -1;
	return fd;
}

static void slow_readers_hold_no_more_than_their_share(void **state)
{
	struct world *world = *state;
	int slow[READERS], more;

	world->room = 4096;
	for (size_t i = 0; i < READERS; i++)
		slow[i] = asks_for_much(world, "HTTP/1.1 200");
	more = asks_for_much(world, "HTTP/1.1 503");
	drop_fd(&more);
	assert_int_equal(world->server->large, READERS * LARGE_SIZE);
	/* What is small is answered all the same, and others are. */
	join(world);
	say(world, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(hears(world, "get "));
	drop_fd(&slow[0]);
	assert_false(hears(world, "nothing more"));
	slow[0] = asks_for_much(world, "HTTP/1.1 200");
	/* All together have a limit too. */
	world->server->large += HTTP_LARGE_MAX - READERS * LARGE_SIZE;
	world->server->behind_proxy = true;
	more = asks_for_much(world, "HTTP/1.1 503");
	drop_fd(&more);
	world->server->large -= HTTP_LARGE_MAX - READERS * LARGE_SIZE;
	/* And nobody reads for ever. */
	deadline_cut(world->server,
		     clock_monotonic() + HTTP_TAKE_MS * NS_PER_MS +
			     (LARGE_SIZE / HTTP_TAKE_RATE + 1) * NS_PER_S);
	join(world);
	for (int i = 0; i < TURNS_MAX && world->server->large; i++)
		assert_int_equal(loop_turn(world->loop, 5), 0);
	assert_int_equal(world->server->large, 0);
	for (size_t i = 0; i < READERS; i++)
		drop_fd(&slow[i]);
}

static void an_address_has_its_share_of_connections(void **state)
{
	struct world *world = *state;
	int held[2] = { -1, -1 };

	world->server->per_address = 3;
	for (size_t i = 0; i < COUNT(held); i++) {
		join(world);
		say(world, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_true(hears(world, "get "));
		held[i] = world->client;
		world->client = -1;
	}
	join(world);
	say(world, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(hears(world, "get "));
	world->server->per_address = 2;
	join(world);
	assert_false(hears(world, "HTTP/1.1 2"));
	assert_true(world->is_ended);
	drop_fd(&held[0]);
	drop_fd(&held[1]);
	drop_fd(&world->client);
	assert_false(hears(world, NULL));
	for (size_t i = 0; i < PEERS_BUCKETS; i++)
		assert_null(world->server->callers.bucket[i]);
	join(world);
	say(world, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(hears(world, "get "));
}

static void a_body_comes_through_a_pipe_in_its_own_time(void **state)
{
	struct world *world = *state;

	world->pipe_size = 10;
	say(world, "GET /pipe HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_false(hears(world, "01234"));
	assert_int_equal(write(world->pipe_write, "01234", 5), 5);
	assert_true(hears(world, "01234"));
	assert_int_equal(write(world->pipe_write, "56789", 5), 5);
	assert_true(hears(world, "0123456789"));
	assert_non_null(strstr(world->got, "Content-Length: 10"));
	say(world, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(hears(world, "get "));
}

static void half_a_body_is_never_taken_for_a_whole(void **state)
{
	struct world *world = *state;

	world->pipe_size = 10;
	say(world, "GET /pipe HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_false(hears(world, "012"));
	assert_int_equal(write(world->pipe_write, "012", 3), 3);
	assert_true(hears(world, "012"));
	drop_fd(&world->pipe_write);
	assert_false(hears(world, "nothing more"));
	assert_true(world->is_ended);
}

static void a_client_may_leave_while_its_body_waits(void **state)
{
	struct world *world = *state;

	world->pipe_size = 1 << 20;
	say(world, "GET /pipe HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_false(hears(world, "nothing more"));
	join(world);
	say(world, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(hears(world, "get "));
	drop_fd(&world->pipe_write);
	for (int i = 0; i < 10; i++)
		assert_int_equal(loop_turn(world->loop, 1), 0);
	assert_int_equal(world->server->stream_count, 0);
}

static void plain_http_is_for_loopback_only(void **state)
{
	const struct http_settings settings = { 0 };
	struct world *world = *state;
	struct http_server *server = NULL;
	struct sockaddr_in address;

	assert_int_equal(http_open(world->loop, listen_on("0.0.0.0", &address),
				   &settings, act, world, &server),
			 -EACCES);
	assert_null(server);
}

static void a_key_that_is_none_is_refused(void **state)
{
	const struct http_settings settings = { .chain = "no", .key = "no" };
	struct world *world = *state;
	struct http_server *server = NULL;
	struct sockaddr_in address;

	assert_int_equal(http_open(world->loop, listen_on("0.0.0.0", &address),
				   &settings, act, world, &server),
			 -EINVAL);
}

#define WITH_WORLD(test)                                                       \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(what_can_be_read_in_two_ways_is_refused),
		WITH_WORLD(the_last_word_on_an_address_is_the_proxys),
		WITH_WORLD(a_request_is_answered_with_the_security_headers),
		WITH_WORLD(a_field_of_the_answer_replaces_that_of_all_answers),
		WITH_WORLD(a_held_request_is_answered_later),
		WITH_WORLD(a_held_request_outlives_its_client_and_its_server),
		WITH_WORLD(a_form_arrives_whole),
		WITH_WORLD(too_large_a_body_is_refused_unread),
		WITH_WORLD(a_chunked_body_that_grows_too_large_is_cut),
		WITH_WORLD(a_client_that_drips_its_header_is_cut),
		WITH_WORLD(an_answered_client_is_not_cut_at_ten_seconds),
		WITH_WORLD(slow_readers_hold_no_more_than_their_share),
		WITH_WORLD(an_address_has_its_share_of_connections),
		WITH_WORLD(a_body_comes_through_a_pipe_in_its_own_time),
		WITH_WORLD(half_a_body_is_never_taken_for_a_whole),
		WITH_WORLD(a_client_may_leave_while_its_body_waits),
		WITH_WORLD(plain_http_is_for_loopback_only),
		WITH_WORLD(a_key_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
