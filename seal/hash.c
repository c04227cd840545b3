/* SPDX-License-Identifier: EUPL-1.2 */
#include "seal/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

struct seal_hash {
	EVP_MD_CTX *context;
};

static void begin(struct seal_hash *hash)
{
	/* Fails only if the library has no SHA-256, that is never. */
	int ok = EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL);

	assert(ok == 1);
}

struct seal_hash *seal_hash_new(void)
{
	struct seal_hash *hash = calloc(1, sizeof(*hash));

	/* A room in its jail has no openssl.cnf to read, and needs none. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (!hash)
		return NULL;
	hash->context = EVP_MD_CTX_new();
	if (!hash->context) {
		free(hash);
		return NULL;
	}
	begin(hash);
	return hash;
}

void seal_hash_free(struct seal_hash *hash)
{
	if (!hash)
		return;
	EVP_MD_CTX_free(hash->context);
	free(hash);
}

void seal_hash_drop(struct seal_hash **hash)
{
	seal_hash_free(*hash);
	*hash = NULL;
}

void seal_hash_add(struct seal_hash *hash, const void *bytes, size_t size)
{
	int ok = EVP_DigestUpdate(hash->context, bytes, size);

	assert(ok == 1);
}

void seal_hash_end(struct seal_hash *hash, uint8_t ret_hash[SEAL_HASH_SIZE])
{
	int ok = EVP_DigestFinal_ex(hash->context, ret_hash, NULL);

	assert(ok == 1);
	begin(hash);
}

void seal_hash_bound(const char *label, const struct id *id,
		     const uint8_t key[SEAL_KEY_SIZE],
		     uint8_t ret_hash[SEAL_HASH_SIZE])
{
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const uint8_t *)label,
				  strlen(label));
	crypto_hash_sha256_update(&state, id->byte, sizeof(id->byte));
	crypto_hash_sha256_update(&state, key, SEAL_KEY_SIZE);
	crypto_hash_sha256_final(&state, ret_hash);
	sodium_memzero(&state, sizeof(state));
}
