/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/note.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
	ED25519 = 1, /* signature type of signed-note */
	ID_SIZE = 4,
	SIGNATURE_SIZE = ID_SIZE + crypto_sign_BYTES,
	KEY_BYTES_SIZE = 1 + crypto_sign_PUBLICKEYBYTES,
	BASE64 = sodium_base64_VARIANT_ORIGINAL,
	HASH_TEXT_SIZE = sodium_base64_ENCODED_LEN(TREE_HASH_SIZE, BASE64),
	SIGNATURE_TEXT_SIZE = sodium_base64_ENCODED_LEN(SIGNATURE_SIZE, BASE64),
	KEY_TEXT_SIZE = sodium_base64_ENCODED_LEN(KEY_BYTES_SIZE, BASE64),
	EXTRA_MAX = 8192,
};

#define DASH "\xe2\x80\x94 "

bool note_origin_is(const char *origin)
{
	size_t size = strlen(origin);

	if (size == 0 || size > NOTE_ORIGIN_MAX)
		return false;
	for (size_t i = 0; i < size; i++)
		if (origin[i] <= ' ' || origin[i] > '~' || origin[i] == '+')
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

void note_key(const char *origin, const uint8_t public[32],
	      char ret_key[NOTE_KEY_SIZE])
{
	uint8_t bytes[KEY_BYTES_SIZE] = { ED25519 }, id[ID_SIZE];
	char text[KEY_TEXT_SIZE], id_hex[2 * ID_SIZE + 1];

	memcpy(bytes + 1, public, crypto_sign_PUBLICKEYBYTES);
	key_id(origin, bytes, id);
	hex_text(id, sizeof(id), id_hex);
	sodium_bin2base64(text, sizeof(text), bytes, sizeof(bytes), BASE64);
	snprintf(ret_key, NOTE_KEY_SIZE, "%s+%s+%s", origin, id_hex, text);
}

static int from_base64(struct slice text, void *out, size_t size)
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

int note_key_read(struct slice text, char ret_name[NOTE_ORIGIN_MAX + 1],
		  uint8_t ret_public[32])
{
	uint8_t bytes[KEY_BYTES_SIZE], id[ID_SIZE], told[ID_SIZE];
	char name[NOTE_ORIGIN_MAX + 1];
	struct slice rest, key;
	struct slice first = slice_cut(slice_trim(text), '+', &rest);
	struct slice hex = slice_cut(rest, '+', &key);

	if (slice_text(first, name, sizeof(name)) < 0 ||
	    !note_origin_is(name) || hex_read(hex, told, sizeof(told)) < 0 ||
	    from_base64(key, bytes, sizeof(bytes)) < 0 || bytes[0] != ED25519)
		return -EINVAL;
	key_id(name, bytes, id);
	if (memcmp(id, told, sizeof(id)) != 0)
		return -EINVAL;
	memcpy(ret_name, name, sizeof(name));
	memcpy(ret_public, bytes + 1, crypto_sign_PUBLICKEYBYTES);
	return 0;
}

void note_sign(const struct note *note, const uint8_t seed[32],
	       char ret_text[NOTE_SIZE])
{
	uint8_t bytes[KEY_BYTES_SIZE] = { ED25519 }, signature[SIGNATURE_SIZE];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
	char root[HASH_TEXT_SIZE], text[SIGNATURE_TEXT_SIZE];
	int size;

	assert(note_origin_is(note->origin));
	sodium_bin2base64(root, sizeof(root), note->root, TREE_HASH_SIZE,
			  BASE64);
	size = snprintf(ret_text, NOTE_SIZE, "%s\n%llu\n%s\n", note->origin,
			(unsigned long long)note->size, root);
	crypto_sign_seed_keypair(bytes + 1, secret, seed);
	key_id(note->origin, bytes, signature);
	crypto_sign_detached(signature + ID_SIZE, NULL,
			     (const uint8_t *)ret_text, (size_t)size, secret);
	sodium_memzero(secret, sizeof(secret));
	sodium_bin2base64(text, sizeof(text), signature, sizeof(signature),
			  BASE64);
	size += snprintf(ret_text + size, NOTE_SIZE - (size_t)size,
			 "\n" DASH "%s %s\n", note->origin, text);
	assert(size < NOTE_SIZE);
}

/* Whether one of the signature lines is by this key over the body. */
static bool is_signed(struct slice body, struct slice lines, const char *name,
		      const uint8_t public[32])
{
	uint8_t bytes[KEY_BYTES_SIZE] = { ED25519 }, id[ID_SIZE];
	uint8_t signature[SIGNATURE_SIZE];

	memcpy(bytes + 1, public, crypto_sign_PUBLICKEYBYTES);
	key_id(name, bytes, id);
	while (lines.size > 0) {
		struct slice text, line = slice_cut(lines, '\n', &lines);

		if (!slice_starts_nocase(line, SLICE(DASH)))
			return false;
		line = slice_from(line, sizeof(DASH) - 1);
		line = slice_cut(line, ' ', &text);
		if (slice_is(line, slice_of(name)) &&
		    from_base64(text, signature, sizeof(signature)) == 0 &&
		    memcmp(signature, id, sizeof(id)) == 0 &&
		    crypto_sign_verify_detached(signature + ID_SIZE,
						(const uint8_t *)body.at,
						body.size, public) == 0)
			return true;
	}
	return false;
}

int note_read(struct slice text, const char *key, struct note *ret_note)
{
	struct slice rest, lines, size, root, body;
	struct slice origin = slice_cut(text, '\n', &rest);
	char name[NOTE_ORIGIN_MAX + 1];
	struct note note = { .size = 0 };
	uint8_t public[32];

	size = slice_cut(rest, '\n', &rest);
	root = slice_cut(rest, '\n', &rest);
	if (slice_text(origin, note.origin, sizeof(note.origin)) < 0 ||
	    !note_origin_is(note.origin) ||
	    slice_number(size, INT64_MAX, &note.size) < 0 ||
	    (size.size > 1 && size.at[0] == '0') ||
	    from_base64(root, note.root, sizeof(note.root)) < 0 ||
	    rest.size == 0 || rest.at[0] != '\n')
		return -EINVAL;
	body = (struct slice){ text.at, (size_t)(rest.at - text.at) };
	lines = slice_from(rest, 1);
	if (text.at[text.size - 1] != '\n')
		return -EINVAL;
	if (key) {
		if (note_key_read(slice_of(key), name, public) < 0)
			return -EINVAL;
		if (strcmp(name, note.origin) != 0 ||
		    !is_signed(body, lines, name, public))
			return -EKEYREJECTED;
	}
	*ret_note = note;
	return 0;
}

/* Append to text; false if it does not fit. */
static bool add(char *text, size_t *at, const char *more)
{
	size_t size = strlen(more);

	if (*at + size >= NOTE_PROOF_SIZE)
		return false;
	memcpy(text + *at, more, size + 1);
	*at += size;
	return true;
}

int note_proof(const void *extra, size_t extra_size, uint64_t index,
	       const struct tree_path *path, const char *checkpoint,
	       char ret_text[NOTE_PROOF_SIZE])
{
	char line[sodium_base64_ENCODED_LEN(EXTRA_MAX, BASE64)];
	size_t at = 0;
	bool fits = add(ret_text, &at, "c2sp.org/tlog-proof@v1\n");

	if (extra_size > EXTRA_MAX)
		return -EMSGSIZE;
	if (extra) {
		sodium_bin2base64(line, sizeof(line), extra, extra_size,
				  BASE64);
		fits = fits && add(ret_text, &at, "extra ") &&
		       add(ret_text, &at, line) && add(ret_text, &at, "\n");
	}
	snprintf(line, sizeof(line), "index %llu\n", (unsigned long long)index);
	fits = fits && add(ret_text, &at, line);
	for (int i = 0; i < path->count; i++) {
		sodium_bin2base64(line, sizeof(line), path->hash[i],
				  TREE_HASH_SIZE, BASE64);
		fits = fits && add(ret_text, &at, line) &&
		       add(ret_text, &at, "\n");
	}
	fits = fits && add(ret_text, &at, "\n") &&
	       add(ret_text, &at, checkpoint);
	return fits ? (int)at : -EMSGSIZE;
}
