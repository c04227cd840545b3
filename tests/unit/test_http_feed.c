/* SPDX-License-Identifier: EUPL-1.2 */
/* Bodies without an end on a real server. */
#include "socket_stage.h"

#define REQUEST "GET /feed HTTP/1.1\r\nHost: x\r\n\r\n"

static int set_up(void **state)
{
	const struct http_settings settings = { 0 };

	*state = stage_new(&settings);
	return 0;
}

static int tear_down(void **state)
{
	stage_free(*state);
	return 0;
}

static void begins(struct stage *stage, struct client *client)
{
	client_words(client, REQUEST);
	assert_true(client_hears(stage, client, "\r\n\r\n"));
	assert_non_null(strstr(client->got, "HTTP/1.1 200"));
	assert_non_null(stage->feed);
}

static void says(struct stage *stage, const char *words)
{
	assert_int_equal(http_feed_send(stage->feed, slice_of(words)), 0);
}

static void events_come_when_they_are_sent(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	begins(stage, client);
	assert_non_null(
		strstr(client->got, "Content-Type: text/event-stream\r\n"));
	assert_non_null(strstr(client->got, "X-Accel-Buffering: no\r\n"));
	assert_non_null(strstr(client->got, "Cache-Control: no-store\r\n"));
	assert_non_null(strstr(client->got, "nosniff"));
	assert_null(strstr(client->got, "Content-Length"));
	says(stage, "data: one\n\n");
	assert_true(client_hears(stage, client, "data: one\n\n"));
	says(stage, "data: two\n\n");
	says(stage, "data: three\n\n");
	assert_true(client_hears(stage, client, "data: three\n\n"));
	assert_non_null(strstr(client->got, "data: two\n\n"));
	assert_int_equal(stage->server->waiting, 0);
	client_free(client);
}

static void what_is_sent_before_the_answer_is_not_lost(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	stage->greets = true;
	client_words(client, REQUEST);
	assert_true(client_hears(stage, client, "data: hello\n\n"));
	client_free(client);
}

static void a_reader_that_leaves_is_told_at_once(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	begins(stage, client);
	client_free(client);
	COMES(stage, stage->gones == 1);
	COMES(stage, stage->server->connection_count == 0);
	assert_int_equal(stage->server->feed_count, 0);
}

static void what_is_ended_is_whole_and_not_told(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	begins(stage, client);
	says(stage, "data: last\n\n");
	http_feed_end(stage->feed);
	/* The last chunk, and the connection goes on. */
	assert_true(client_hears(stage, client, "data: last\n\n\r\n0\r\n\r\n"));
	client_words(client, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(client_hears(stage, client, "page"));
	assert_int_equal(stage->gones, 0);
	client_free(client);
}

static void an_old_proxy_hears_it_too(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	client_words(client, "GET /feed HTTP/1.0\r\nHost: x\r\n\r\n");
	assert_true(client_hears(stage, client, "\r\n\r\n"));
	says(stage, "data: one\n\n");
	assert_true(client_hears(stage, client, "\r\n\r\ndata: one\n\n"));
	http_feed_end(stage->feed);
	assert_true(client_sees_the_end(stage, client));
	client_free(client);
}

static void a_slow_reader_is_ended(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);
	static char much[4096];
	int r = 0;

	begins(stage, client);
	memset(much, 'm', sizeof(much));
	for (int i = 0; i < 1 << 14 && r == 0; i++) {
		/* Let it have what the kernel takes. */
		assert_int_equal(loop_turn(stage->loop, 0), 0);
		r = http_feed_send(stage->feed,
				   (struct slice){ much, sizeof(much) });
	}
	assert_int_equal(r, -ENOBUFS);
	assert_int_equal(http_feed_send(stage->feed, SLICE("x")), -EPIPE);
	assert_int_equal(stage->gones, 0);
	COMES(stage, stage->gones == 1);
	COMES(stage, stage->server->connection_count == 0);
	assert_int_equal(stage->server->waiting, 0);
	client_free(client);
}

static void too_much_before_it_is_asked_ends_it(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);
	static char much[SOCKET_PENDING_MAX + 1];

	begins(stage, client);
	assert_int_equal(http_feed_send(stage->feed,
					(struct slice){ much, sizeof(much) }),
			 -ENOBUFS);
	COMES(stage, stage->gones == 1);
	assert_true(client_sees_the_end(stage, client));
	client_free(client);
}

static void too_many_are_sent_away(void **state)
{
	const struct http_settings settings = { .feeds_max = 2 };
	struct stage *stage = stage_new(&settings);
	struct client *client[3];

	(void)state;
	for (size_t i = 0; i < COUNT(client); i++) {
		client[i] = client_new(stage);
		client_words(client[i], REQUEST);
		assert_true(client_hears(stage, client[i],
					 i < 2 ? "HTTP/1.1 200 "
					       : "HTTP/1.1 503 "));
	}
	assert_int_equal(stage->opened, -EBUSY);
	assert_true(client_hears(stage, client[2], "Retry-After: "));
	client_free(client[0]);
	COMES(stage, stage->server->feed_count == 1);
	for (size_t i = 1; i < COUNT(client); i++)
		client_free(client[i]);
	stage_free(stage);
}

static void a_look_at_the_head_ends_it(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	client_words(client, "HEAD /feed HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_true(client_hears(stage, client, "\r\n\r\n"));
	COMES(stage, stage->gones == 1);
	client_free(client);
}

static void a_server_that_closes_tells_all(void **state)
{
	struct stage *stage = *state;
	struct client *asleep = client_new(stage);
	struct client *awake = client_new(stage);

	begins(stage, asleep);
	begins(stage, awake);
	says(stage, "data: on its way\n\n");
	http_close(stage->server);
	stage->server = NULL;
	assert_int_equal(stage->gones, 2);
	client_free(asleep);
	client_free(awake);
}

#define WITH_STAGE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STAGE(events_come_when_they_are_sent),
		WITH_STAGE(what_is_sent_before_the_answer_is_not_lost),
		WITH_STAGE(a_reader_that_leaves_is_told_at_once),
		WITH_STAGE(what_is_ended_is_whole_and_not_told),
		WITH_STAGE(an_old_proxy_hears_it_too),
		WITH_STAGE(a_slow_reader_is_ended),
		WITH_STAGE(too_much_before_it_is_asked_ends_it),
		WITH_STAGE(too_many_are_sent_away),
		WITH_STAGE(a_look_at_the_head_ends_it),
		WITH_STAGE(a_server_that_closes_tells_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
