/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Inside a wrapped key:   purpose 1, owner 16, key 32, zero 15
 * Inside a sealed text:   purpose 1, owner 16, length 1, text and zeros 47
 *
 * Both are one anonymous box of libsodium (X25519, XSalsa20-Poly1305).
 */
#include "seal/box.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

static_assert(SEAL_BOX_EXTRA == crypto_box_SEALBYTES, "as libsodium says");
static_assert(SEAL_PUBLIC_SIZE == crypto_box_PUBLICKEYBYTES,
	      "as libsodium says");

static int find(const struct seal_keyset *set, const struct seal_end *end,
		struct seal_end *ret_end, uint8_t ret_public[SEAL_PUBLIC_SIZE])
{
	if (sodium_init() < 0)
		return -EIO;
	return seal_keyset_find(set, end, ret_end, ret_public);
}

int seal_key_to(const uint8_t public[SEAL_PUBLIC_SIZE],
		const struct seal_end *end, enum seal_purpose purpose,
		const struct id *owner, const uint8_t key[SEAL_KEY_SIZE],
		struct seal_wrapped *ret_wrapped)
{
	uint8_t plain[SEAL_BOX_KEY_SIZE] = { 0 };
	struct seal_wrapped wrapped = { .end = *end };
	int r;

	if (sodium_init() < 0)
		return -EIO;
	plain[0] = (uint8_t)purpose;
	memcpy(plain + SEAL_BOX_AT_OWNER, owner, sizeof(*owner));
	memcpy(plain + SEAL_BOX_AT_KEY, key, SEAL_KEY_SIZE);
	/* -1 only for a public key of low order: no vault makes one. */
	r = crypto_box_seal(wrapped.box, plain, sizeof(plain), public);
	sodium_memzero(plain, sizeof(plain));
	if (r != 0)
		return -EBADMSG;
	*ret_wrapped = wrapped;
	return 0;
}

int seal_key(const struct seal_keyset *set, const struct seal_end *end,
	     enum seal_purpose purpose, const struct id *owner,
	     const uint8_t key[SEAL_KEY_SIZE], struct seal_wrapped *ret_wrapped)
{
	uint8_t public[SEAL_PUBLIC_SIZE];
	struct seal_end found;
	int r = find(set, end, &found, public);

	return r < 0 ? r
		     : seal_key_to(public, &found, purpose, owner, key,
				   ret_wrapped);
}

int seal_text_to(const uint8_t public[SEAL_PUBLIC_SIZE],
		 const struct seal_end *end, enum seal_purpose purpose,
		 const struct id *owner, const char *text,
		 struct seal_text *ret_sealed)
{
	uint8_t plain[SEAL_BOX_TEXT_SIZE] = { 0 };
	struct seal_text sealed = { .end = *end };
	size_t size = strlen(text);
	int r;

	if (size > SEAL_TEXT_MAX)
		return -EMSGSIZE;
	if (sodium_init() < 0)
		return -EIO;
	plain[0] = (uint8_t)purpose;
	memcpy(plain + SEAL_BOX_AT_OWNER, owner, sizeof(*owner));
	plain[SEAL_BOX_AT_LENGTH] = (uint8_t)size;
	memcpy(plain + SEAL_BOX_AT_TEXT, text, size);
	r = crypto_box_seal(sealed.box, plain, sizeof(plain), public);
	sodium_memzero(plain, sizeof(plain));
	if (r != 0)
		return -EBADMSG;
	*ret_sealed = sealed;
	return 0;
}

int seal_text(const struct seal_keyset *set, const struct seal_end *end,
	      enum seal_purpose purpose, const struct id *owner,
	      const char *text, struct seal_text *ret_sealed)
{
	uint8_t public[SEAL_PUBLIC_SIZE];
	struct seal_end found;
	int r;

	if (strlen(text) > SEAL_TEXT_MAX)
		return -EMSGSIZE;
	r = find(set, end, &found, public);
	return r < 0 ? r
		     : seal_text_to(public, &found, purpose, owner, text,
				    ret_sealed);
}
