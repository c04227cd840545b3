/* SPDX-License-Identifier: EUPL-1.2 */
/* The opening handshake of a WebSocket, server's side (RFC 6455, 4.2). */
#include <errno.h>
#include <gnutls/crypto.h>
#include <string.h>

#include "http/parts.h"

enum {
	KEY_TEXT_SIZE = 24, /* 16 bytes in base64 */
	SHA1_SIZE = 20,
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* What the lines of a request's header say of it. */
struct wish {
	struct slice protocol; /* that must be among those offered */
	struct slice key, version;
	unsigned int keys, versions, origins;
	bool upgrade, connection, offered, has_body;
};

/* Whether a list has the token; both in any case if asked so. */
static bool has_token(struct slice list, struct slice token, bool any_case)
{
	while (list.size > 0) {
		struct slice each = slice_trim(slice_cut(list, ',', &list));

		if (any_case ? slice_is_nocase(each, token)
			     : slice_is(each, token))
			return true;
	}
	return false;
}

static enum MHD_Result see_line(void *self, enum MHD_ValueKind kind,
				const char *name_text, const char *value_text)
{
	struct wish *wish = self;
	struct slice name = slice_of(name_text);
	struct slice value = slice_trim(slice_of(value_text ? value_text : ""));

	(void)kind;
	if (slice_is_nocase(name, SLICE("Upgrade"))) {
		wish->upgrade |= has_token(value, SLICE("websocket"), true);
	} else if (slice_is_nocase(name, SLICE("Connection"))) {
		wish->connection |= has_token(value, SLICE("upgrade"), true);
	} else if (slice_is_nocase(name, SLICE("Sec-WebSocket-Key"))) {
		wish->key = value;
		wish->keys++;
	} else if (slice_is_nocase(name, SLICE("Sec-WebSocket-Version"))) {
		wish->version = value;
		wish->versions++;
	} else if (slice_is_nocase(name, SLICE("Sec-WebSocket-Protocol"))) {
		wish->offered |= has_token(value, wish->protocol, false);
	} else if (slice_is_nocase(name, SLICE("Origin"))) {
		wish->origins++;
	} else if (slice_is_nocase(name, SLICE("Content-Length")) ||
		   slice_is_nocase(name, SLICE("Transfer-Encoding"))) {
		wish->has_body |= !slice_is(value, SLICE("0"));
	}
	return MHD_YES;
}

/* Base64 of exactly 16 bytes: 22 letters, the last of four bits. */
static bool is_key(struct slice key)
{
	if (key.size != KEY_TEXT_SIZE)
		return false;
	for (size_t i = 0; i < KEY_TEXT_SIZE - 2; i++)
		if (!key.at[i] || !strchr(alphabet, key.at[i]))
			return false;
	return strchr("AQgw", key.at[KEY_TEXT_SIZE - 3]) &&
	       !memcmp(key.at + KEY_TEXT_SIZE - 2, "==", 2);
}

static void base64(const uint8_t in[SHA1_SIZE], char out[HANDSHAKE_ACCEPT_SIZE])
{
	for (size_t i = 0; i < HANDSHAKE_ACCEPT_SIZE - 1; i++) {
		size_t bit = 6 * i, byte = bit / 8;
		uint32_t three = byte < SHA1_SIZE ? (uint32_t)in[byte] << 8 : 0;

		if (byte + 1 < SHA1_SIZE)
			three |= in[byte + 1];
		out[i] = byte < SHA1_SIZE
				 ? alphabet[three >> (10 - bit % 8) & 63]
				 : '=';
	}
	out[HANDSHAKE_ACCEPT_SIZE - 1] = '\0';
}

static int accept_of(struct slice key, char out[HANDSHAKE_ACCEPT_SIZE])
{
	static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char text[KEY_TEXT_SIZE + sizeof(magic) - 1];
	uint8_t digest[SHA1_SIZE];

	memcpy(text, key.at, KEY_TEXT_SIZE);
	memcpy(text + KEY_TEXT_SIZE, magic, sizeof(magic) - 1);
	if (gnutls_hash_fast(GNUTLS_DIG_SHA1, text, sizeof(text), digest) < 0)
		return -EPROTO;
	base64(digest, out);
	return 0;
}

static int refuse(struct http_answer *answer, int status, const char *words)
{
	http_say_status(answer, status, words);
	if (status == 426) {
		http_field(answer, "Upgrade", "websocket");
		http_field(answer, "Connection", "Upgrade");
		http_field(answer, "Sec-WebSocket-Version", "13");
	}
	return -EPROTO;
}

int handshake(const struct http_request *request, const char *protocol,
	      struct http_answer *answer, char accept[HANDSHAKE_ACCEPT_SIZE])
{
	struct wish wish = { .protocol = slice_of(protocol) };

	(void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND,
					see_line, &wish);
	if (!wish.upgrade || !wish.connection)
		return refuse(answer, 426, "426: a WebSocket is spoken here\n");
	if (!request->may_upgrade || wish.has_body || request->body.size)
		return refuse(answer, 400,
			      "400: a WebSocket begins with a bare GET\n");
	if (wish.versions != 1 || !slice_is(wish.version, SLICE("13")))
		return refuse(answer, 426, "426: version 13 is spoken here\n");
	if (wish.keys != 1 || !is_key(wish.key) || wish.origins > 1)
		return refuse(answer, 400, "400: that is no handshake\n");
	if (!wish.offered)
		return refuse(answer, 400,
			      "400: our subprotocol was not offered\n");
	if (accept_of(wish.key, accept) < 0)
		return refuse(answer, 400, "400: that is no handshake\n");
	return 0;
}

void handshake_accept(struct http_answer *answer, const char *protocol,
		      const char *accept)
{
	answer->status = 101;
	answer->type = NULL;
	http_field(answer, "Upgrade", "websocket");
	http_field(answer, "Sec-WebSocket-Accept", "%s", accept);
	http_field(answer, "Sec-WebSocket-Protocol", "%s", protocol);
}
