/* SPDX-License-Identifier: EUPL-1.2 */
#include "seal/signature.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
	ED25519 = 1, /* signature type of signed-note */
	ID_SIZE = 4,
	BYTES_SIZE = ID_SIZE + crypto_sign_BYTES,
	KEY_BYTES_SIZE = 1 + crypto_sign_PUBLICKEYBYTES,
	BASE64 = sodium_base64_VARIANT_ORIGINAL,
	TEXT_SIZE = sodium_base64_ENCODED_LEN(BYTES_SIZE, BASE64),
	KEY_TEXT_SIZE = sodium_base64_ENCODED_LEN(KEY_BYTES_SIZE, BASE64),
};

#define DASH "\xe2\x80\x94 "

static_assert((int)SIGNATURE_SEED_SIZE == crypto_sign_SEEDBYTES &&
		      (int)SIGNATURE_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES,
	      "the sizes of Ed25519");
static_assert((int)SIGNATURE_LINE_SIZE >= (int)sizeof(DASH) +
						  SIGNATURE_NAME_MAX + 2 +
						  (int)TEXT_SIZE,
	      "a line has room for the longest name");

bool signature_name_is(const char *name)
{
	size_t size = strlen(name);

	if (size == 0 || size > SIGNATURE_NAME_MAX)
		return false;
	for (size_t i = 0; i < size; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '+')
			return false;
	return true;
}

static void key_id(const char *name, const uint8_t bytes[KEY_BYTES_SIZE],
		   uint8_t ret_id[ID_SIZE])
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const uint8_t *)name, strlen(name));
	crypto_hash_sha256_update(&state, (const uint8_t *)"\n", 1);
	crypto_hash_sha256_update(&state, bytes, KEY_BYTES_SIZE);
	crypto_hash_sha256_final(&state, hash);
	memcpy(ret_id, hash, ID_SIZE);
}

void signature_key(const char *name,
		   const uint8_t public[SIGNATURE_PUBLIC_SIZE],
		   char ret_key[SIGNATURE_KEY_SIZE])
{
	uint8_t bytes[KEY_BYTES_SIZE] = { ED25519 }, id[ID_SIZE];
	char text[KEY_TEXT_SIZE], id_hex[2 * ID_SIZE + 1];

	memcpy(bytes + 1, public, crypto_sign_PUBLICKEYBYTES);
	key_id(name, bytes, id);
	hex_text(id, sizeof(id), id_hex);
	sodium_bin2base64(text, sizeof(text), bytes, sizeof(bytes), BASE64);
	snprintf(ret_key, SIGNATURE_KEY_SIZE, "%s+%s+%s", name, id_hex, text);
}

int signature_base64(struct slice text, void *out, size_t size)
{
	size_t got = 0;
	const char *end = NULL;

	/* libsodium 1.0.18 takes some bytes of 0x80 and up for "+" or "/". */
	for (size_t i = 0; i < text.size; i++)
		if ((uint8_t)text.at[i] > '~')
			return -EINVAL;
	if (text.size == 0 ||
	    sodium_base642bin(out, size, text.at, text.size, NULL, &got, &end,
			      BASE64) != 0 ||
	    got != size || end != text.at + text.size)
		return -EINVAL;
	return 0;
}

int signature_key_read(struct slice text, char ret_name[SIGNATURE_NAME_MAX + 1],
		       uint8_t ret_public[SIGNATURE_PUBLIC_SIZE])
{
	uint8_t bytes[KEY_BYTES_SIZE], id[ID_SIZE], told[ID_SIZE];
	char name[SIGNATURE_NAME_MAX + 1];
	struct slice rest, key;
	struct slice first = slice_cut(slice_trim(text), '+', &rest);
	struct slice hex = slice_cut(rest, '+', &key);

	if (slice_text(first, name, sizeof(name)) < 0 ||
	    !signature_name_is(name) || hex_read(hex, told, sizeof(told)) < 0 ||
	    signature_base64(key, bytes, sizeof(bytes)) < 0 ||
	    bytes[0] != ED25519)
		return -EINVAL;
	key_id(name, bytes, id);
	if (memcmp(id, told, sizeof(id)) != 0)
		return -EINVAL;
	memcpy(ret_name, name, sizeof(name));
	memcpy(ret_public, bytes + 1, crypto_sign_PUBLICKEYBYTES);
	return 0;
}

void signature_make(struct slice body, const char *name,
		    const uint8_t seed[SIGNATURE_SEED_SIZE],
		    char ret_line[SIGNATURE_LINE_SIZE])
{
	uint8_t key[KEY_BYTES_SIZE] = { ED25519 }, bytes[BYTES_SIZE];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	char text[TEXT_SIZE];
	int size;

	assert(signature_name_is(name));
	crypto_sign_seed_keypair(key + 1, secret, seed);
	key_id(name, key, bytes);
	crypto_sign_detached(bytes + ID_SIZE, NULL, (const uint8_t *)body.at,
			     body.size, secret);
	sodium_memzero(secret, sizeof(secret));
	sodium_bin2base64(text, sizeof(text), bytes, sizeof(bytes), BASE64);
	size = snprintf(ret_line, SIGNATURE_LINE_SIZE, DASH "%s %s\n", name,
			text);
	assert(size < SIGNATURE_LINE_SIZE);
}

int signature_split(struct slice note, struct slice *ret_body,
		    struct slice *ret_lines)
{
	struct slice rest = note;

	if (note.size == 0 || note.at[0] == '\n' ||
	    note.at[note.size - 1] != '\n')
		return -EINVAL;
	while (rest.size > 0) {
		(void)slice_cut(rest, '\n', &rest);
		if (rest.size == 0 || rest.at[0] != '\n')
			continue;
		*ret_body =
			(struct slice){ note.at, (size_t)(rest.at - note.at) };
		*ret_lines = slice_from(rest, 1);
		return 0;
	}
	return -EINVAL;
}

bool signature_is_by(struct slice body, struct slice lines, const char *name,
		     const uint8_t public[SIGNATURE_PUBLIC_SIZE])
{
	uint8_t key[KEY_BYTES_SIZE] = { ED25519 }, id[ID_SIZE];
	uint8_t bytes[BYTES_SIZE];

	memcpy(key + 1, public, crypto_sign_PUBLICKEYBYTES);
	key_id(name, key, id);
	while (lines.size > 0) {
		struct slice text, line = slice_cut(lines, '\n', &lines);

		if (!slice_starts_nocase(line, SLICE(DASH)))
			return false;
		line = slice_from(line, sizeof(DASH) - 1);
		line = slice_cut(line, ' ', &text);
		if (slice_is(line, slice_of(name)) &&
		    signature_base64(text, bytes, sizeof(bytes)) == 0 &&
		    memcmp(bytes, id, sizeof(id)) == 0 &&
		    crypto_sign_verify_detached(bytes + ID_SIZE,
						(const uint8_t *)body.at,
						body.size, public) == 0)
			return true;
	}
	return false;
}
