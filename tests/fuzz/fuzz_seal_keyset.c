/* SPDX-License-Identifier: EUPL-1.2 */
/* A key set, signed by whoever made it, so that the reader is reached. */
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "seal/keyset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t seed[32] = { 1 };
	OWNED(drop_memory) uint8_t *bytes = malloc(size + 1);
	OWNED(seal_keyset_drop) struct seal_keyset *set = NULL;
	const struct seal_end end = { SEAL_CLASS_CONTACT, 20271123 };
	uint8_t secret[64], public[SEAL_PUBLIC_SIZE];
	struct seal_end found;
	crypto_sign_state state;

	if (size < SEAL_KEYSET_HEADER_SIZE + SEAL_SIGNATURE_SIZE)
		return 0;
	memcpy(bytes, data, size);
	crypto_sign_seed_keypair(bytes + 16, secret, seed);
	crypto_sign_init(&state);
	crypto_sign_update(&state, (const uint8_t *)"tallenne keys 1", 15);
	crypto_sign_update(&state, bytes, size - SEAL_SIGNATURE_SIZE);
	crypto_sign_final_create(&state, bytes + size - SEAL_SIGNATURE_SIZE,
				 NULL, secret);
	if (seal_keyset_read(bytes, size, &set) < 0)
		return 0;
	if (seal_keyset_find(set, &end, &found, public) == 0) {
		assert(found.data_class == end.data_class);
		assert(found.date <= end.date);
	}
	return 0;
}
