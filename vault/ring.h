/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file ring.h
 * The file "ring": how the end-date keys lie on disk, and what of them is
 * in memory while the vault is unlocked.
 *
 * The file is rewritten whole under a fresh random storage key every time;
 * that key is wrapped by the unlock key, which Argon2id makes from the
 * passphrase. Secrets are only ever in memory that is locked, guarded and
 * wiped when freed. What may be done with the keys is vault/keyring.h's.
 */
#ifndef TALLENNE_VAULT_RING_H
#define TALLENNE_VAULT_RING_H

#include "vault/keyring.h"

enum {
	RING_HEAD_SIZE = 80, /**< the file up to its secrets */
	RING_AT_PUBLIC = 48, /**< in the head: the vault's signing key */
};

struct ring_entry {
	struct seal_end end;
	struct open_pair pair;
};

/** The pair of a held contact. */
struct ring_hold {
	struct id contact;
	uint32_t is_restricted; /**< 0 or 1 */
	struct open_pair pair;
};

/** The pair of a day of the audit log. */
struct ring_day {
	seal_date date;
	struct open_pair pair;
};

/** What is only there while unlocked. */
struct ring_secrets {
	uint8_t unlock_key[32];
	uint8_t seed[32]; /**< of the signing key */
	/** By class: what was destroyed is never made again. */
	seal_date gone[SEAL_CLASSES];
	/** Days of the log before this one were forgotten, and have no pair
	 *  any more. */
	seal_date log_from;
	size_t count;
	size_t hold_count;
	size_t day_count;
	struct ring_entry entry[KEYRING_PAIRS_MAX]; /**< in order */
	struct ring_hold hold[KEYRING_HOLDS_MAX];   /**< as they came */
	struct ring_day day[KEYRING_DAYS_MAX];	    /**< in order */
};

/** All zero, in memory that is never swapped; NULL if there is none. */
struct ring_secrets *ring_secrets_new(void);

/** Wipe and free, for OWNED(). */
void ring_secrets_drop(struct ring_secrets **secrets);

/** The order of the entries: by class, then by date. */
int ring_compare(const struct seal_end *a, const struct seal_end *b);

/**
 * Read the file as it is.
 *
 * @param[out] ret_bytes  the caller frees it
 * @return 0, -ENOENT, -EBADMSG if it cannot be a ring, -ENOTSUP if it is
 *         of a later version, or errno
 */
MUST int ring_read(int dir, char **ret_bytes, size_t *ret_size);

/** Make a head with a fresh salt; 0, or -EINVAL for an impossible cost. */
MUST int ring_make_head(int memory_mib, uint8_t ret_head[RING_HEAD_SIZE]);

/** Make the unlock key; takes as long as the head says. */
MUST int ring_make_key(const uint8_t head[RING_HEAD_SIZE],
		       struct slice passphrase, uint8_t ret_key[32]);

/**
 * Open what ring_read() gave.
 *
 * @param secrets  with its unlock key; the rest is filled
 * @return 0, -EACCES: wrong passphrase, -EBADMSG: damaged, or -ENOMEM
 */
MUST int ring_unseal(struct ring_secrets *secrets, const uint8_t *file,
		     size_t size);

/**
 * The file's bytes, under a storage key never used before or after.
 *
 * @param[out] ret_bytes  the caller frees it
 */
MUST int ring_pack(const uint8_t head[RING_HEAD_SIZE],
		   const struct ring_secrets *secrets, uint8_t **ret_bytes,
		   size_t *ret_size);

/** Write all, packed so. */
MUST int ring_write(int dir, const uint8_t head[RING_HEAD_SIZE],
		    const struct ring_secrets *secrets);

#endif
