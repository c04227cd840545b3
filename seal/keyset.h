/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file keyset.h
 * The public halves of the end-date keys, as the vault hands them out.
 *
 * The vault makes keys ahead (400 days by default), so recorders work on
 * while it is locked or down. If a needed end date lies beyond what was
 * handed out, the latest earlier one is used: the item then dies sooner
 * than promised, never later, and recording never stops.
 */
#ifndef TALLENNE_SEAL_KEYSET_H
#define TALLENNE_SEAL_KEYSET_H

#include "seal/seal.h"

/*
 * The file "keys", byte by byte. Version 1. Numbers are little-endian.
 *
 *	 0   8  "tlnnkeys"
 *	 8   2  version: 1
 *	10   2  zero
 *	12   4  count of entries
 *	16  32  Ed25519 public key of the vault
 *	48   8  when it was made, seconds since 1970
 *	56   8  zero
 *	64  40  first entry: class 4, date 4, X25519 public key 32; entries
 *	        stand in order of class, then date, none twice
 *	 .  64  signature by the vault of "tallenne keys 1" || all before
 */
enum {
	SEAL_KEYSET_AT_VAULT = 16,
	SEAL_KEYSET_HEADER_SIZE = 64,
	SEAL_KEYSET_ENTRY_SIZE = 40,
	SEAL_KEYSET_MAX = 65536, /**< entries; 180 years of one class */
};

/** One public half. */
struct seal_keyset_entry {
	struct seal_end end;
	uint8_t public[SEAL_PUBLIC_SIZE];
};

struct seal_keyset;

/**
 * Read a key set.
 *
 * @param fd  the file "keys", borrowed
 * @param[out] ret_set  the caller frees it
 * @return 0, -EBADMSG if it is damaged or its signature does not fit the
 *         vault key it names, -ENOTSUP for a later version, or errno
 */
MUST int seal_keyset_load(int fd, struct seal_keyset **ret_set);

/** The same from memory; bytes are borrowed. */
MUST int seal_keyset_read(const void *bytes, size_t size,
			  struct seal_keyset **ret_set);

void seal_keyset_free(struct seal_keyset *set);

/** Cleanup for OWNED(). */
void seal_keyset_drop(struct seal_keyset **set);

/**
 * Make the file "keys". What the vault does; and tests.
 *
 * @param entries     in order of class, then date; borrowed
 * @param count       up to SEAL_KEYSET_MAX
 * @param made_at     seconds since 1970
 * @param vault_seed  seed of the vault's Ed25519 key
 * @param[out] ret_bytes  heap memory, the caller frees it
 * @param[out] ret_size   of it
 * @return 0, -EINVAL if the entries are not in order, or -ENOMEM
 */
MUST int seal_keyset_make(const struct seal_keyset_entry *entries, size_t count,
			  int64_t made_at, const uint8_t vault_seed[32],
			  uint8_t **ret_bytes, size_t *ret_size);

/**
 * The key to use for an item that must be gone by a date.
 *
 * @param end  wished class and date
 * @param[out] ret_end     what was found: the same, or an earlier date
 * @param[out] ret_public  its public half
 * @return 0, or -ENOKEY if the class has no key on or before that date
 */
MUST int seal_keyset_find(const struct seal_keyset *set,
			  const struct seal_end *end, struct seal_end *ret_end,
			  uint8_t ret_public[SEAL_PUBLIC_SIZE]);

#endif
