/* SPDX-License-Identifier: EUPL-1.2 */
/* Bytes over real sockets of the loopback interface. */
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "siprec/transport.h"
#include "tests/unit/siprec_stage.h"

/* A slow machine is waited for; what never comes ends the test. */
enum { PATIENCE_S = 60 };

static const char *policy_path;

struct world {
	struct stage *stage;
	struct transport *transport;
	struct loop *loop;
	uint16_t udp, tcp, tls;
	EVP_PKEY *key;
	X509 *certificate;
};

static int listener(int type, uint16_t *ret_port)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	*ret_port = ntohs(at.sin_port);
	return fd;
}

/* A certificate that signs itself, as for a small installation. */
static void make_certificate(struct world *world)
{
	X509_NAME *name;

	world->key = EVP_EC_gen("P-256");
	world->certificate = X509_new();
	X509_set_version(world->certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(world->certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(world->certificate), -60);
	X509_gmtime_adj(X509_getm_notAfter(world->certificate), 3600);
	X509_set_pubkey(world->certificate, world->key);
	name = X509_get_subject_name(world->certificate);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const uint8_t *)"sbc.example", -1, -1, 0);
	X509_set_issuer_name(world->certificate, name);
	assert_true(X509_sign(world->certificate, world->key, EVP_sha256()) >
		    0);
}

static int pem_file(struct world *world, bool is_key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes;
	long size;
	int fd;

	if (is_key)
		PEM_write_bio_PrivateKey(bio, world->key, NULL, NULL, 0, NULL,
					 NULL);
	else
		PEM_write_bio_X509(bio, world->certificate);
	size = BIO_get_mem_data(bio, &bytes);
	fd = file_of("pem", bytes, (size_t)size);
	BIO_free(bio);
	assert_true(fd >= 0);
	return fd;
}

static void read_settings(struct world *world, const char *text)
{
	struct settings *settings;
	struct client_fault fault;

	assert_int_equal(settings_of(text, &settings), 0);
	assert_int_equal(
		clients_read(settings, &world->stage->recorder.clients, &fault),
		0);
	settings_free(settings);
}

static void set_clients(struct world *world, const char *certificate)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "clients.0.name\tsbc\nclients.0.address\t%s\n"
		 "clients.0.certificate\t%s\n",
		 "127.0.0.0/8", certificate);
	read_settings(world, text);
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct transport_tls files;

	world->stage = stage_new(policy_path);
	assert_int_equal(loop_new(&world->loop), 0);
	assert_int_equal(
		transport_new(&world->stage->recorder, &world->transport), 0);
	world->stage->wire = transport_wire(world->transport);
	assert_int_equal(transport_socket(world->transport, FLOW_UDP,
					  listener(SOCK_DGRAM, &world->udp)),
			 0);
	assert_int_equal(transport_socket(world->transport, FLOW_TCP,
					  listener(SOCK_STREAM, &world->tcp)),
			 0);
	assert_int_equal(transport_socket(world->transport, FLOW_TLS,
					  listener(SOCK_STREAM, &world->tls)),
			 0);
	make_certificate(world);
	set_clients(world, "sha256:00");
	files.chain = pem_file(world, false);
	files.key = pem_file(world, true);
	files.peers = -1;
	assert_int_equal(transport_use_tls(world->transport, &files), 0);
	close(files.chain);
	close(files.key);
	set_clients(world, "");
	assert_int_equal(transport_serve(world->transport, world->loop), 0);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	transport_free(world->transport);
	stage_free(world->stage);
	loop_free(world->loop);
	X509_free(world->certificate);
	EVP_PKEY_free(world->key);
	free(world);
	return 0;
}

static int connected_from(uint32_t last, uint16_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in from = { .sin_family = AF_INET,
				    .sin_addr.s_addr =
					    htonl(0x7f000000 + last) };
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static int connected(uint16_t port)
{
	return connected_from(1, port);
}

static void turn(struct world *world)
{
	for (int i = 0; i < 20; i++)
		assert_int_equal(loop_turn(world->loop, 1), 0);
}

static nanoseconds patience(void)
{
	return clock_monotonic() + PATIENCE_S * NS_PER_S;
}

static bool is_over(nanoseconds until)
{
	return clock_monotonic() > until;
}

/* Let the room work until it has counted so much. */
static void await(struct world *world, const struct counter *counter,
		  uint64_t value)
{
	nanoseconds until = patience();

	while (counter->value != value) {
		assert_false(is_over(until));
		assert_int_equal(loop_turn(world->loop, 1), 0);
	}
}

/* All that has come once this is in it, or the connection has ended. */
static const char *heard(struct world *world, int fd, const char *wanted)
{
	static char text[65536];
	nanoseconds until = patience();
	size_t size = 0;
	ssize_t got = -1;

	text[0] = '\0';
	while (got != 0 && !strstr(text, wanted) && !is_over(until)) {
		assert_int_equal(loop_turn(world->loop, 1), 0);
		got = recv(fd, text + size, sizeof(text) - 1 - size,
			   MSG_DONTWAIT);
		if (got > 0)
			size += (size_t)got;
		text[size] = '\0';
	}
	return text;
}

static bool is_quiet(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 &&
	       errno == EAGAIN;
}

static const char *options(int number)
{
	static char text[1024];

	snprintf(text, sizeof(text),
		 "OPTIONS sip:srs@127.0.0.1 SIP/2.0\r\n"
		 "Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bKo%d;rport\r\n"
		 "Max-Forwards: 70\r\nFrom: <sip:src@127.0.0.1>;tag=a\r\n"
		 "To: <sip:srs@127.0.0.1>\r\nCall-ID: o%d\r\n"
		 "CSeq: %d OPTIONS\r\nContent-Length: 0\r\n\r\n",
		 number, number, number);
	return text;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
			 (ssize_t)strlen(text));
}

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

static bool is_closed(struct world *world, int fd)
{
	nanoseconds until = patience();
	ssize_t got;
	char byte;

	do {
		assert_int_equal(loop_turn(world->loop, 1), 0);
		got = recv(fd, &byte, 1, MSG_DONTWAIT);
	} while (got < 0 && errno == EAGAIN && !is_over(until));
	return got == 0 || (got < 0 && errno == ECONNRESET);
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
		CASE(a_message_may_come_byte_by_byte),
		CASE(a_message_too_large_is_answered_and_left),
		CASE(a_message_of_no_certain_length_is_answered_and_left),
		CASE(messages_may_come_together),
		CASE(a_keep_alive_is_answered),
		CASE(a_stranger_is_closed_and_not_read),
		CASE(who_is_slow_is_cut),
		CASE(what_is_not_sip_ends_the_connection),
		CASE(a_large_datagram_is_taken_whole),
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
