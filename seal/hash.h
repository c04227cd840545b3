/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file hash.h
 * SHA-256 of runs of bytes.
 *
 * The processor's own instructions are used where it has them: objects of
 * several megabytes are hashed whole.
 */
#ifndef TALLENNE_SEAL_HASH_H
#define TALLENNE_SEAL_HASH_H

#include "seal/seal.h"

struct seal_hash;

/** Begin a hash; NULL when memory is short. */
struct seal_hash *seal_hash_new(void);

void seal_hash_free(struct seal_hash *hash);

/** Cleanup for OWNED(). */
void seal_hash_drop(struct seal_hash **hash);

/** Add bytes. */
void seal_hash_add(struct seal_hash *hash, const void *bytes, size_t size);

/** The hash of what was added; it begins anew afterwards. */
void seal_hash_end(struct seal_hash *hash, uint8_t ret_hash[SEAL_HASH_SIZE]);

/**
 * A hash bound to what it is for: of label || id || key. For short secrets.
 *
 * @param label  a literal
 */
void seal_hash_bound(const char *label, const struct id *id,
		     const uint8_t key[SEAL_KEY_SIZE],
		     uint8_t ret_hash[SEAL_HASH_SIZE]);

#endif
