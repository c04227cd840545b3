/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file signing_key.h
 * The key with which a person signs a policy, in a file of that person's.
 *
 *	tallenne signing key 1
 *	controller-representative           name
 *	<base64: 16 bytes of salt, 24 of nonce, 48 of secretbox>
 *
 * The seed is sealed with a passphrase (Argon2id, then XSalsa20-Poly1305):
 * who finds the file cannot sign with it.
 */
#ifndef TALLENNE_CLI_SIGNING_KEY_H
#define TALLENNE_CLI_SIGNING_KEY_H

#include "seal/signature.h"

struct signing_key {
	char name[SIGNATURE_NAME_MAX + 1];
	uint8_t seed[SIGNATURE_SEED_SIZE];
	uint8_t public[SIGNATURE_PUBLIC_SIZE];
};

/** Make a key, sealed with a passphrase, in a fresh file of the owner's.
 * @return 0; -EEXIST; -ENOMEM; another negative errno */
MUST int signing_key_make(const char *path, const char *name,
			  struct slice passphrase, struct signing_key *ret_key);

/**
 * Read a key.
 *
 * @return 0; -EBADMSG: it is no such file; -EACCES: another passphrase;
 *         another negative errno
 */
MUST int signing_key_read(const char *path, struct slice passphrase,
			  struct signing_key *ret_key);

/** Forget it. */
void signing_key_wipe(struct signing_key *key);

#endif
