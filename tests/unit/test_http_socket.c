/* SPDX-License-Identifier: EUPL-1.2 */
/* WebSockets on a real server: handshake, life and end. */
#include "http_stage.h"

static int set_up(void **state)
{
	const struct http_settings settings = { .per_address = 4000 };

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

	client_words(client, STAGE_HANDSHAKE "\r\n");
	assert_true(client_hears(stage, client, "\r\n\r\n"));
	/* The key and its answer of RFC 6455, section 1.3. */
	assert_non_null(strstr(client->got, "HTTP/1.1 101 "));
	assert_non_null(strstr(client->got, "Upgrade: websocket\r\n"));
	assert_non_null(strstr(client->got, "Connection: Upgrade\r\n"));
	assert_non_null(
		strstr(client->got,
		       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
		       "\r\n"));
	assert_non_null(strstr(
		client->got, "Sec-WebSocket-Protocol: " STAGE_PROTOCOL "\r\n"));
	assert_null(strstr(client->got, "Extensions"));
	client_free(client);
}

static void what_is_said_is_heard(void **state)
{
	struct stage *stage = *state;
	struct client *client = client_new(stage);

	client_opens(stage, client);
	client_says_frame(client, 0x81, "moi", 3);
	assert_true(client_has(stage, client, 5));
	assert_memory_equal(client->got, "\x81\x03moi", 5);
	client_free(client);
}

#define WITH_STAGE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STAGE(the_handshake_is_that_of_the_rfc),
		WITH_STAGE(what_is_said_is_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
