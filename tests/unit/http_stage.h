/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file http_stage.h
 * A server with sockets and feeds, and clients of it that say any bytes
 * they like; all take turns in one loop.
 */
#ifndef TALLENNE_TESTS_HTTP_STAGE_H
#define TALLENNE_TESTS_HTTP_STAGE_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "http/parts.h"

#define STAGE_PROTOCOL "tallenne.test.v1"
#define STAGE_HANDSHAKE                                                        \
	"GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"              \
	"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"                 \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"                      \
	"Sec-WebSocket-Protocol: " STAGE_PROTOCOL "\r\n"

enum { STAGE_WAIT_S = 60, CLIENT_ROOM = 1 << 18 };

struct stage {
	struct loop *loop;
	struct http_server *server;
	struct sockaddr_in address;
	struct http_socket *socket; /* the last that was opened */
	struct http_feed *feed;
	int opened;    /* what the last open returned */
	bool is_dumb;  /* texts are not echoed */
	bool is_ended; /* what is heard ends it */
	bool greets;   /* says something before the handshake is through */
	int *breaks;   /* a client that breaks off while it is answered */
	size_t texts, text_bytes, gones, acts;
};

struct client {
	int fd;
	gnutls_session_t tls; /* NULL: plain */
	size_t size;
	bool is_ended;
	char got[CLIENT_ROOM];
};

static void stage_text(void *self, struct http_socket *socket,
		       struct slice text)
{
	struct stage *stage = self;

	stage->texts++;
	stage->text_bytes += text.size;
	if (stage->is_ended)
		http_socket_end(socket, SOCKET_NORMAL, "enough");
	else if (!stage->is_dumb)
		(void)!http_socket_send(socket, text);
}

static void stage_gone(void *self, struct http_socket *socket)
{
	struct stage *stage = self;

	stage->gones++;
	if (stage->socket == socket)
		stage->socket = NULL;
}

static void stage_feed_gone(void *self, struct http_feed *feed)
{
	struct stage *stage = self;

	stage->gones++;
	if (stage->feed == feed)
		stage->feed = NULL;
}

static const struct http_socket_face stage_face = { stage_text, stage_gone };

/* Break a connection off, so that the other end gets an error. */
static inline void stage_break(int *fd)
{
	const struct linger none = { .l_onoff = 1 };

	assert_int_equal(
		setsockopt(*fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)), 0);
	drop_fd(fd);
}

static void stage_act(void *self, const struct http_request *request,
		      struct http_answer *answer)
{
	struct stage *stage = self;

	stage->acts++;
	if (slice_is(request->path, SLICE("/echo"))) {
		stage->opened =
			http_socket_open(request, answer, STAGE_PROTOCOL,
					 &stage_face, stage, &stage->socket);
		if (stage->breaks)
			stage_break(stage->breaks);
		if (stage->opened == 0 && stage->greets)
			assert_int_equal(
				http_socket_send(stage->socket, SLICE("hello")),
				0);
		return;
	}
	if (slice_is(request->path, SLICE("/feed"))) {
		stage->opened = http_feed_open(request, answer, stage_feed_gone,
					       stage, &stage->feed);
		if (stage->opened == 0 && stage->greets)
			assert_int_equal(
				http_feed_send(stage->feed,
					       SLICE("data: hello\n\n")),
				0);
		return;
	}
	text_say(&answer->body, "page");
}

static inline int stage_listen(struct sockaddr_in *address)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)address, size), 0);
	assert_int_equal(listen(fd, 512), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)address, &size), 0);
	return fd;
}

static inline struct stage *stage_new(const struct http_settings *settings)
{
	struct stage *stage = calloc(1, sizeof(*stage));

	assert_non_null(stage);
	assert_int_equal(loop_new(&stage->loop), 0);
	assert_int_equal(http_open(stage->loop, stage_listen(&stage->address),
				   settings, stage_act, stage, &stage->server),
			 0);
	return stage;
}

static inline void stage_free(struct stage *stage)
{
	http_close(stage->server);
	loop_free(stage->loop);
	free(stage);
}

static inline int stage_connect(const struct stage *stage)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&stage->address,
				 sizeof(stage->address)),
			 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

/* Whether there is time left to wait for what must come. */
static inline bool stage_turn(struct stage *stage, nanoseconds *until)
{
	if (!*until)
		*until = clock_monotonic() + STAGE_WAIT_S * NS_PER_S;
	assert_int_equal(loop_turn(stage->loop, 2), 0);
	return clock_monotonic() < *until;
}

static inline struct client *client_new(const struct stage *stage)
{
	struct client *client = calloc(1, sizeof(*client));

	assert_non_null(client);
	client->fd = stage_connect(stage);
	return client;
}

static inline void client_free(struct client *client)
{
	if (client->tls)
		gnutls_deinit(client->tls);
	drop_fd(&client->fd);
	free(client);
}

static inline void client_say(struct client *client, const void *bytes,
			      size_t size)
{
	ssize_t sent = client->tls
			       ? gnutls_record_send(client->tls, bytes, size)
			       : send(client->fd, bytes, size, MSG_NOSIGNAL);

	assert_int_equal(sent, (ssize_t)size);
}

static inline void client_words(struct client *client, const char *words)
{
	client_say(client, words, strlen(words));
}

/* What has arrived. TLS gives one record at a time. */
static inline void client_take(struct client *client)
{
	ssize_t got;
	bool is_later;

	do {
		size_t room = sizeof(client->got) - 1 - client->size;
		char *to = client->got + client->size;

		if (client->tls) {
			got = gnutls_record_recv(client->tls, to, room);
			is_later = got < 0 && !gnutls_error_is_fatal((int)got);
		} else {
			got = recv(client->fd, to, room, 0);
			is_later = got < 0 && errno == EAGAIN;
		}
		if (got > 0)
			client->size += (size_t)got;
		else if (!is_later)
			client->is_ended = true;
	} while (got > 0 && client->tls && client->size < CLIENT_ROOM / 2);
	client->got[client->size] = '\0';
}

/* Wait until the words were heard, among others. */
static inline bool client_hears(struct stage *stage, struct client *client,
				const char *words)
{
	nanoseconds until = 0;

	do {
		client_take(client);
		if (memmem(client->got, client->size, words, strlen(words)))
			return true;
	} while (!client->is_ended && stage_turn(stage, &until));
	return false;
}

/* Wait until so many bytes were heard, or the end. */
static inline bool client_has(struct stage *stage, struct client *client,
			      size_t size)
{
	nanoseconds until = 0;

	do {
		client_take(client);
		if (client->size >= size)
			return true;
	} while (!client->is_ended && stage_turn(stage, &until));
	return false;
}

static inline bool client_sees_the_end(struct stage *stage,
				       struct client *client)
{
	nanoseconds until = 0;

	do {
		client_take(client);
		if (client->is_ended)
			return true;
	} while (stage_turn(stage, &until));
	return false;
}

static inline void client_begins_tls(struct stage *stage, struct client *client,
				     gnutls_certificate_credentials_t any)
{
	nanoseconds until = 0;
	int r;

	assert_int_equal(
		gnutls_init(&client->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK), 0);
	assert_int_equal(gnutls_set_default_priority(client->tls), 0);
	assert_int_equal(gnutls_credentials_set(client->tls,
						GNUTLS_CRD_CERTIFICATE, any),
			 0);
	gnutls_transport_set_int(client->tls, client->fd);
	while ((r = gnutls_handshake(client->tls)) < 0) {
		assert_false(gnutls_error_is_fatal(r));
		assert_true(stage_turn(stage, &until));
	}
}

/* A key and a certificate that it signs itself, as PEM. */
static inline void stage_certificate(gnutls_datum_t *chain, gnutls_datum_t *key)
{
	const unsigned int bits =
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
	gnutls_x509_privkey_t secret;
	gnutls_x509_crt_t crt;

	assert_int_equal(gnutls_x509_privkey_init(&secret), 0);
	assert_int_equal(
		gnutls_x509_privkey_generate(secret, GNUTLS_PK_ECDSA, bits, 0),
		0);
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_x509_crt_set_version(crt, 3), 0);
	assert_int_equal(gnutls_x509_crt_set_serial(crt, "\1", 1), 0);
	assert_int_equal(gnutls_x509_crt_set_activation_time(crt, 0), 0);
	assert_int_equal(gnutls_x509_crt_set_expiration_time(crt, INT32_MAX),
			 0);
	assert_int_equal(gnutls_x509_crt_set_key(crt, secret), 0);
	assert_int_equal(
		gnutls_x509_crt_sign2(crt, crt, secret, GNUTLS_DIG_SHA256, 0),
		0);
	assert_int_equal(
		gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, chain), 0);
	assert_int_equal(
		gnutls_x509_privkey_export2(secret, GNUTLS_X509_FMT_PEM, key),
		0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(secret);
}

/* Become a WebSocket; what is heard afterwards begins at got. */
static inline void client_opens(struct stage *stage, struct client *client)
{
	char *end;

	client_words(client, STAGE_HANDSHAKE "\r\n");
	assert_true(client_hears(stage, client, "\r\n\r\n"));
	assert_non_null(strstr(client->got, "HTTP/1.1 101 "));
	end = strstr(client->got, "\r\n\r\n") + 4;
	client->size -= (size_t)(end - client->got);
	memmove(client->got, end, client->size + 1);
}

/* A masked frame; returns its size. */
static inline size_t client_frame(uint8_t *out, uint8_t first,
				  const void *payload, size_t size)
{
	static const uint8_t mask[4] = { 0x37, 0xfa, 0x21, 0x3d };
	const uint8_t *bytes = payload;
	size_t head = 2;

	out[0] = first;
	if (size < 126) {
		out[1] = (uint8_t)(0x80 | size);
	} else if (size < 65536) {
		out[1] = 0x80 | 126;
		out[2] = (uint8_t)(size >> 8);
		out[3] = (uint8_t)size;
		head = 4;
	} else {
		out[1] = 0x80 | 127;
		for (size_t i = 0; i < 8; i++)
			out[2 + i] = (uint8_t)((uint64_t)size >> (56 - 8 * i));
		head = 10;
	}
	memcpy(out + head, mask, 4);
	for (size_t i = 0; i < size; i++)
		out[head + 4 + i] = bytes[i] ^ mask[i % 4];
	return head + 4 + size;
}

static inline void client_says_frame(struct client *client, uint8_t first,
				     const void *payload, size_t size)
{
	uint8_t *bytes = malloc(size + 14);

	client_say(client, bytes, client_frame(bytes, first, payload, size));
	free(bytes);
}

#endif
