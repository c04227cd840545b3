/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/transaction_key.h"

#include <sodium.h>

_Static_assert(TRANSACTION_SECRET_SIZE >= crypto_generichash_KEYBYTES_MIN &&
		       TRANSACTION_KEY_SIZE >= crypto_generichash_BYTES_MIN,
	       "libsodium takes and gives as much");

static void hash_part(crypto_generichash_state *state, struct slice part)
{
	uint32_t size = (uint32_t)part.size;

	crypto_generichash_update(state, (const uint8_t *)&size, sizeof(size));
	crypto_generichash_update(state, (const uint8_t *)part.at, part.size);
}

void transaction_key(const uint8_t secret[TRANSACTION_SECRET_SIZE],
		     const struct message *request, enum message_method method,
		     const struct flow *flow, uint8_t key[TRANSACTION_KEY_SIZE])
{
	crypto_generichash_state state;
	const struct message_via *via = &request->via;
	uint32_t fixed[3] = { method, flow->client, via->port };

	crypto_generichash_init(&state, secret, TRANSACTION_SECRET_SIZE,
				TRANSACTION_KEY_SIZE);
	hash_part(&state, (struct slice){ (const char *)fixed, sizeof(fixed) });
	hash_part(&state, via->host);
	hash_part(&state, via->branch);
	if (!slice_starts_nocase(via->branch, SLICE("z9hG4bK"))) {
		hash_part(&state, request->call_id);
		hash_part(&state, request->from_tag);
		hash_part(&state, request->uri);
		hash_part(&state, (struct slice){ (const char *)&request->cseq,
						  sizeof(request->cseq) });
	}
	crypto_generichash_final(&state, key, TRANSACTION_KEY_SIZE);
}

void transaction_tag_of(const uint8_t secret[TRANSACTION_SECRET_SIZE],
			const struct message *request, const struct flow *flow,
			char tag[TRANSACTION_TAG_SIZE])
{
	/* No method is as large: no key of a transaction is ever shown. */
	const uint32_t fixed[2] = { UINT32_MAX, flow->client };
	crypto_generichash_state state;
	uint8_t hash[TRANSACTION_KEY_SIZE];

	crypto_generichash_init(&state, secret, TRANSACTION_SECRET_SIZE,
				sizeof(hash));
	hash_part(&state, (struct slice){ (const char *)fixed, sizeof(fixed) });
	hash_part(&state, request->via.branch);
	hash_part(&state, request->call_id);
	hash_part(&state, request->from_tag);
	crypto_generichash_final(&state, hash, sizeof(hash));
	hex_text(hash, sizeof(uint64_t), tag);
}
