/* SPDX-License-Identifier: EUPL-1.2 */
/* TLS: whom a certificate lets in, and how many may knock at once. */
#include "transport_world.h"

/* A TLS client with or without our certificate; NULL: not let in. */
static SSL *tls_client(struct world *world, int fd, bool shows, int version)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *ssl;
	nanoseconds until = patience();
	int done = 0;

	SSL_CTX_set_max_proto_version(context, version);
	SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
	if (shows) {
		SSL_CTX_use_certificate(context, world->certificate);
		SSL_CTX_use_PrivateKey(context, world->key);
	}
	ssl = SSL_new(context);
	SSL_CTX_free(context);
	SSL_set_fd(ssl, fd);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while (done != 1 && !is_over(until)) {
		done = SSL_connect(ssl);
		if (done != 1 &&
		    SSL_get_error(ssl, done) != SSL_ERROR_WANT_READ)
			break;
		assert_int_equal(loop_turn(world->loop, 1), 0);
	}
	if (done == 1)
		return ssl;
	SSL_free(ssl);
	return NULL;
}

static bool tls_is_served(struct world *world, bool shows, int version)
{
	int fd = connected(world->tls);
	SSL *ssl = tls_client(world, fd, shows, version);
	nanoseconds until = patience();
	bool waits;
	char text[4096];
	int size = 0;

	waits = ssl && SSL_write(ssl, options(1), (int)strlen(options(1))) > 0;
	while (waits && !is_over(until)) {
		assert_int_equal(loop_turn(world->loop, 1), 0);
		size = SSL_read(ssl, text, sizeof(text) - 1);
		waits = size <= 0 &&
			SSL_get_error(ssl, size) == SSL_ERROR_WANT_READ;
	}
	SSL_free(ssl);
	close(fd);
	return size > 0 && !strncmp(text, "SIP/2.0 200 OK", 14);
}

static void tls_serves_whom_the_address_names(void **state)
{
	assert_true(tls_is_served(*state, false, TLS1_3_VERSION));
	assert_true(tls_is_served(*state, false, TLS1_2_VERSION));
	assert_false(tls_is_served(*state, false, TLS1_1_VERSION));
}

static void a_certificate_is_known_by_its_fingerprint(void **state)
{
	struct world *world = *state;
	uint8_t print[32];
	char text[80] = "sha256:";
	unsigned size = sizeof(print);

	X509_digest(world->certificate, EVP_sha256(), print, &size);
	hex_text(print, sizeof(print), text + 7);
	set_clients(world, text);
	assert_true(tls_is_served(world, true, TLS1_3_VERSION));
	assert_false(tls_is_served(world, false, TLS1_3_VERSION));
	/* A name counts only if a configured authority vouches for it. */
	set_clients(world, "sbc.example");
	assert_false(tls_is_served(world, true, TLS1_3_VERSION));
}

static void a_name_counts_if_its_authority_is_ours(void **state)
{
	struct world *world = *state;
	struct transport_tls files = { pem_file(world, false),
				       pem_file(world, true),
				       pem_file(world, false) };

	set_clients(world, "sbc.example");
	assert_int_equal(transport_use_tls(world->transport, &files), 0);
	assert_true(tls_is_served(world, true, TLS1_3_VERSION));
	set_clients(world, "other.example");
	assert_false(tls_is_served(world, true, TLS1_3_VERSION));
	close(files.chain);
	close(files.key);
	close(files.peers);
}

static void unfinished_handshakes_give_way(void **state)
{
	enum { MANY = CONNECTIONS_SHAKING_MAX + 20 };
	struct world *world = *state;
	const struct tally *tally = &world->stage->recorder.tally;
	uint64_t cut = tally->slow->value;
	int fds[MANY];

	for (int i = 0; i < MANY; i++) {
		fds[i] = connected(world->tls);
		await(world, tally->connections,
		      i < CONNECTIONS_SHAKING_MAX ? (uint64_t)i + 1
						  : CONNECTIONS_SHAKING_MAX);
	}
	await(world, tally->slow, cut + 20);
	assert_true(is_closed(world, fds[0]));
	assert_true(is_closed(world, fds[19]));
	assert_true(is_quiet(fds[20]));
	assert_true(tls_is_served(world, false, TLS1_3_VERSION));
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
}

static void finished_handshakes_are_not_counted_on(void **state)
{
	for (int i = 0; i < CONNECTIONS_SHAKING_MAX + 2; i++)
		assert_true(tls_is_served(*state, false, TLS1_3_VERSION));
}

static void connections_of_four_leave_a_fifth_its_own(void **state)
{
	enum { MANY = CONNECTIONS_PER_CLIENT_MAX };
	struct world *world = *state;
	const struct tally *tally = &world->stage->recorder.tally;
	uint64_t before = tally->strangers->value;
	static int fds[4 * MANY];
	char text[512] = "";
	size_t size = 0;
	int fd;

	for (int i = 0; i < 5; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size,
					 "clients.%d.name\tc%d\n"
					 "clients.%d.address\t127.0.0.%d\n",
					 i, i, i, i + 1);
	read_settings(world, text);
	for (uint32_t i = 0; i < 4 * MANY; i++) {
		fds[i] = connected_from(2 + i / MANY, world->tcp);
		if (i % 64 == 63)
			turn(world);
	}
	/* The last of them found no more than what is promised to others. */
	await(world, tally->connections,
	      (CONNECTIONS_MAX - CONNECTIONS_SHAKING_MAX) -
		      (CONNECTIONS_MAX - CONNECTIONS_SHAKING_MAX) /
			      SHARE_PROMISED / 5);
	await(world, tally->strangers,
	      before + 4 * MANY - tally->connections->value);
	fd = connected(world->tcp);
	say(fd, options(1));
	assert_non_null(strstr(heard(world, fd, "200 OK"), "SIP/2.0 200 OK"));
	close(fd);
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(tls_serves_whom_the_address_names),
		CASE(a_certificate_is_known_by_its_fingerprint),
		CASE(a_name_counts_if_its_authority_is_ours),
		CASE(unfinished_handshakes_give_way),
		CASE(finished_handshakes_are_not_counted_on),
		CASE(connections_of_four_leave_a_fifth_its_own),
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
