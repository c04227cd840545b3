/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file keyring.h
 * The private halves of the end-date keys, of holds, and of the days of
 * the audit log.
 *
 * A contact that is held has a random pair of its own: what of it has to
 * outlive its date is sealed to that pair before the date's key dies, and
 * when the hold is lifted this one pair is destroyed and nothing else
 * (docs/decisions/0011-a-key-pair-per-hold.md).
 *
 * Owns the file "ring" in the vault's directory (vault/ring.h): rewritten
 * whole under a fresh random key at every change, so that what was removed
 * cannot be read from an older copy of its blocks. Open, the ring lives in
 * locked memory.
 *
 * Honest limit: whoever copies both the file and the passphrase before a
 * key is destroyed keeps that key. So the ring is never part of a back-up
 * of content, and its own copies must be few and dated.
 *
 * Nothing here decides whether a key may be destroyed: vault/room.c does.
 */
#ifndef TALLENNE_VAULT_KEYRING_H
#define TALLENNE_VAULT_KEYRING_H

#include "base/bytes.h"
#include "vault/open.h"

enum {
	KEYRING_PASSPHRASE_MIN = 12, /**< bytes */
	KEYRING_PASSPHRASE_MAX = 512,
	KEYRING_PAIRS_MAX = 16384,
	KEYRING_HOLDS_MAX = 4096, /**< contacts held at a time */
	KEYRING_DAYS_MAX = 16384, /**< days of the log: 44 years */
	KEYRING_MEMORY_MIN_MIB = 8,
	KEYRING_MEMORY_MAX_MIB = 4096,
};

struct keyring;

/**
 * Look at the ring.
 *
 * @param dir  the vault's directory, borrowed
 * @return 0, locked or not made yet; -EBADMSG if the file is damaged,
 *         -ENOTSUP if it is of a later version, or errno
 */
MUST int keyring_open(int dir, struct keyring **ret_ring);

/** Wipe and free it; accepts NULL. */
void keyring_close(struct keyring *ring);

/** Whether there is a ring at all. */
bool keyring_is_made(const struct keyring *ring);

bool keyring_is_locked(const struct keyring *ring);

/**
 * Make a new ring with a fresh signing key and no pairs; it is unlocked.
 *
 * @param memory_mib  cost of a try at the passphrase
 * @return 0, -EEXIST, -EINVAL for a passphrase too short or too long, or
 *         errno
 */
MUST int keyring_make(struct keyring *ring, struct slice passphrase,
		      int memory_mib);

/** Unlock it; 0, -EACCES, -EALREADY, -EBADMSG, or errno. */
MUST int keyring_unlock(struct keyring *ring, struct slice passphrase);

/** Whether this is the passphrase of the unlocked ring; 0 or -EACCES. */
MUST int keyring_try(const struct keyring *ring, struct slice passphrase);

/** Wipe everything secret from memory. */
void keyring_lock(struct keyring *ring);

/**
 * Make pairs for every class for each date from first to last that has
 * none yet and is later than what was destroyed, and write the ring if
 * there was any. Unlocked only.
 *
 * @return how many were made, or errno (the ring in memory is then as it
 *         was, the process should end)
 */
MUST int keyring_fill(struct keyring *ring, seal_date first, seal_date last);

/**
 * Destroy a pair: remove it and write the ring under a fresh storage key.
 *
 * @return 1, 0 if there was none, or errno as above
 */
MUST int keyring_destroy(struct keyring *ring, const struct seal_end *end);

/** The pair of an end date, NULL if there is none; until the next change. */
const struct open_pair *keyring_find(const struct keyring *ring,
				     const struct seal_end *end);

/**
 * See that a contact has a pair of its own, and whether it is restricted:
 * then nothing of it may be opened with the key of its date. Unlocked only.
 *
 * @return 1 if the ring was written, 0 if it stood so already, -ENOSPC if
 *         KEYRING_HOLDS_MAX are held, or errno as above
 */
MUST int keyring_hold(struct keyring *ring, const struct id *contact,
		      bool is_restricted);

/**
 * Destroy the pair of a contact, as keyring_destroy() does that of a date.
 *
 * @return 1, 0 if there was none, or errno as above
 */
MUST int keyring_release(struct keyring *ring, const struct id *contact);

/**
 * The pair of a held contact, NULL if there is none; until the next change.
 *
 * @param[out] ret_restricted  may be NULL; false if there is none
 */
const struct open_pair *keyring_held(const struct keyring *ring,
				     const struct id *contact,
				     bool *ret_restricted);

/**
 * Make pairs for the days of the audit log from first to last that have
 * none and were not forgotten, as keyring_fill() does for end dates.
 *
 * @return how many were made, -ENOSPC when KEYRING_DAYS_MAX are, or errno
 */
MUST int keyring_fill_log(struct keyring *ring, seal_date first,
			  seal_date last);

/**
 * Destroy the pairs of all days of the log before a date: what was written
 * on them can be read by nobody any more, in no copy.
 *
 * @return how many there were, or errno as above
 */
MUST int keyring_forget_log(struct keyring *ring, seal_date before);

/** The date before which the log was forgotten; 0: none, or locked. */
seal_date keyring_log_from(const struct keyring *ring);

/** The pair of a day of the log, NULL if there is none. */
const struct open_pair *keyring_find_day(const struct keyring *ring,
					 seal_date date);

/** How many days of the log have a pair; 0 while locked. */
size_t keyring_day_count(const struct keyring *ring);

/** As keyring_keyset(), the public halves of the days of the log. */
MUST int keyring_day_keyset(const struct keyring *ring, seal_date first,
			    int64_t made_at, uint8_t **ret_bytes,
			    size_t *ret_size);

/** How many contacts are held; 0 while locked. */
size_t keyring_hold_count(const struct keyring *ring);

/** How many pairs of dates there are; 0 while locked. */
size_t keyring_count(const struct keyring *ring);

/** How many of them have a date before this one. */
size_t keyring_count_before(const struct keyring *ring, seal_date date);

/** Latest end date of a class, 0 if none. */
seal_date keyring_last(const struct keyring *ring, uint32_t data_class);

/** Earliest end date of a class that has a pair, 0 if none or locked. */
seal_date keyring_first(const struct keyring *ring, uint32_t data_class);

/** Latest date of a class whose pair was destroyed, or left out of a copy: no
 *  pair up to it is made any more. 0: none, or locked. */
seal_date keyring_gone(const struct keyring *ring, uint32_t data_class);

/** Seed of the vault's signing key; unlocked only. */
const uint8_t *keyring_seed(const struct keyring *ring);

/** The vault's public signing key; known also while locked. */
const uint8_t *keyring_public(const struct keyring *ring);

/**
 * The file "keys" for recorders (seal/keyset.h): dates from first on.
 *
 * @param[out] ret_bytes  the caller frees it
 */
MUST int keyring_keyset(const struct keyring *ring, seal_date first,
			int64_t made_at, uint8_t **ret_bytes, size_t *ret_size);

/**
 * A copy of the ring for a key back-up, opened by the same passphrase:
 * without the pairs of dates before "first". A copy that is replaced in time
 * then never holds a pair that was destroyed by its date.
 *
 * @param[out] ret_bytes  the caller frees it
 */
MUST int keyring_pack(const struct keyring *ring, seal_date first,
		      uint8_t **ret_bytes, size_t *ret_size);

#endif
