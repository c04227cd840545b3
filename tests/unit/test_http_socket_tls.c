/* SPDX-License-Identifier: EUPL-1.2 */
/* WebSockets over TLS that ends here. */
#include "socket_stage.h"
#include "wire_cases.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_same_over_tls),
		cmocka_unit_test(no_byte_of_a_record_is_left_behind),
		cmocka_unit_test(a_client_that_leaves_tls_is_told),
		cmocka_unit_test(what_waits_over_tls_comes_whole_and_in_order),
		cmocka_unit_test(what_is_said_last_over_tls_comes_last),
		cmocka_unit_test(a_slow_reader_over_tls_is_ended),
		cmocka_unit_test(a_new_certificate_ends_what_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
