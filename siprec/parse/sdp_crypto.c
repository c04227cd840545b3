/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <string.h>

#include "siprec/parse/sdp_parts.h"

static const struct {
	const char *name;
	enum media_srtp suite;
	size_t key_size; /* master key and salt */
} suites[] = {
	{ "AES_CM_128_HMAC_SHA1_80", MEDIA_SRTP_AES_CM_128_HMAC_SHA1_80, 30 },
	{ "AES_CM_128_HMAC_SHA1_32", MEDIA_SRTP_AES_CM_128_HMAC_SHA1_32, 30 },
	{ "AEAD_AES_128_GCM", MEDIA_SRTP_AEAD_AES_128_GCM, 28 },
	{ "AEAD_AES_256_GCM", MEDIA_SRTP_AEAD_AES_256_GCM, 44 },
	{ "AES_256_CM_HMAC_SHA1_80", MEDIA_SRTP_AES_256_CM_HMAC_SHA1_80, 46 },
};

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Exactly size bytes, padding or none: a key is as long as it must be. */
static int read_base64(struct slice text, uint8_t *out, size_t size)
{
	uint32_t bits = 0;
	size_t used = 0;
	int count = 0;

	while (text.size > 0 && text.at[text.size - 1] == '=')
		text.size--;
	for (size_t i = 0; i < text.size; i++) {
		const char *found =
			memchr(alphabet, text.at[i], sizeof(alphabet) - 1);

		if (!found)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)(found - alphabet);
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		if (used == size)
			return -EINVAL;
		out[used++] = (uint8_t)(bits >> count);
	}
	return used == size ? 0 : -EINVAL;
}

void sdp_key_text(const uint8_t *key, size_t size, char out[SDP_KEY_TEXT_SIZE])
{
	size_t used = 0;

	assert(size <= MEDIA_SRTP_KEY_SIZE);
	for (size_t i = 0; i < size; i += 3) {
		size_t left = size - i;
		uint32_t bits = (uint32_t)key[i] << 16;

		if (left > 1)
			bits |= (uint32_t)key[i + 1] << 8;
		if (left > 2)
			bits |= key[i + 2];
		out[used++] = alphabet[bits >> 18 & 63];
		out[used++] = alphabet[bits >> 12 & 63];
		out[used++] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
		out[used++] = left > 2 ? alphabet[bits & 63] : '=';
	}
	out[used] = '\0';
}

const char *sdp_suite_name(enum media_srtp suite)
{
	for (size_t i = 0; i < COUNT(suites); i++)
		if (suites[i].suite == suite)
			return suites[i].name;
	return NULL;
}

size_t sdp_key_size(enum media_srtp suite)
{
	for (size_t i = 0; i < COUNT(suites); i++)
		if (suites[i].suite == suite)
			return suites[i].key_size;
	return 0;
}

/*
 * Session parameters change what is on the wire. One we do not have makes
 * the line unusable (RFC 4568, 6.3); WSH is only a hint.
 */
static bool is_harmless(struct slice params)
{
	struct slice word;

	while ((word = sdp_next_word(&params)).size > 0)
		if (!slice_starts_nocase(word, SLICE("WSH=")) &&
		    !slice_is_nocase(word, SLICE("KDR=0")))
			return false;
	return true;
}

int sdp_read_crypto(struct slice text, struct slice *ret_tag,
		    enum media_srtp *ret_suite,
		    uint8_t ret_key[MEDIA_SRTP_KEY_SIZE])
{
	struct slice tag = sdp_next_word(&text), name = sdp_next_word(&text);
	struct slice key = sdp_next_word(&text), rest;
	uint64_t number;

	if (slice_number(tag, 999999999, &number) < 0 ||
	    !slice_starts_nocase(key, SLICE("inline:")) ||
	    slice_find(key, ';') < key.size || !is_harmless(text))
		return -ENOTSUP;
	key = slice_cut(slice_from(key, 7), '|', &rest);
	/* "|lifetime" is all right, "|MKI:length" would be in each packet. */
	if (slice_find(rest, ':') < rest.size)
		return -ENOTSUP;
	for (size_t i = 0; i < COUNT(suites); i++) {
		if (!slice_is_nocase(name, slice_of(suites[i].name)))
			continue;
		memset(ret_key, 0, MEDIA_SRTP_KEY_SIZE);
		if (read_base64(key, ret_key, suites[i].key_size) < 0) {
			explicit_bzero(ret_key, MEDIA_SRTP_KEY_SIZE);
			return -ENOTSUP;
		}
		*ret_tag = tag;
		*ret_suite = suites[i].suite;
		return 0;
	}
	return -ENOTSUP;
}
