/* SPDX-License-Identifier: EUPL-1.2 */
/* The transport of a stage, with real sockets and clients of its own. */
#ifndef TALLENNE_TESTS_TRANSPORT_WORLD_H
#define TALLENNE_TESTS_TRANSPORT_WORLD_H

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

static inline int listener(int type, uint16_t *ret_port)
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
static inline void make_certificate(struct world *world)
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

static inline int pem_file(struct world *world, bool is_key)
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

static inline void read_settings(struct world *world, const char *text)
{
	struct settings *settings;
	struct client_fault fault;

	assert_int_equal(settings_of(text, &settings), 0);
	assert_int_equal(
		clients_read(settings, &world->stage->recorder.clients, &fault),
		0);
	settings_free(settings);
}

static inline void set_clients(struct world *world, const char *certificate)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "clients.0.name\tsbc\nclients.0.address\t%s\n"
		 "clients.0.certificate\t%s\n",
		 "127.0.0.0/8", certificate);
	read_settings(world, text);
}

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
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

static inline int connected_from(uint32_t last, uint16_t port)
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

static inline int connected(uint16_t port)
{
	return connected_from(1, port);
}

static inline void turn(struct world *world)
{
	for (int i = 0; i < 20; i++)
		assert_int_equal(loop_turn(world->loop, 1), 0);
}

static inline nanoseconds patience(void)
{
	return clock_monotonic() + PATIENCE_S * NS_PER_S;
}

static inline bool is_over(nanoseconds until)
{
	return clock_monotonic() > until;
}

/* Let the room work until it has counted so much. */
static inline void await(struct world *world, const struct counter *counter,
			 uint64_t value)
{
	nanoseconds until = patience();

	while (counter->value != value) {
		assert_false(is_over(until));
		assert_int_equal(loop_turn(world->loop, 1), 0);
	}
}

/* All that has come once this is in it, or the connection has ended. */
static inline const char *heard(struct world *world, int fd, const char *wanted)
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

static inline bool is_quiet(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 &&
	       errno == EAGAIN;
}

static inline const char *options(int number)
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

static inline void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
			 (ssize_t)strlen(text));
}

static inline bool is_closed(struct world *world, int fd)
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

#endif
