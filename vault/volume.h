/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file volume.h
 * The files in which the audit log lies, one for each civil day on which
 * something was written (vault/page.h), and the way through them.
 */
#ifndef TALLENNE_VAULT_VOLUME_H
#define TALLENNE_VAULT_VOLUME_H

#include "vault/keyring.h"
#include "vault/lines.h"
#include "vault/page.h"

enum { VOLUME_NAME_SIZE = 16 }; /**< "log-20261130" */

/** One of them. */
struct volume {
	seal_date date;
	uint64_t first, count; /**< entries in it */
	bool is_erased;	       /**< nothing but leaves is in it */
};

struct volumes {
	struct volume *at;
	size_t count, room;
};

void volume_name(seal_date date, char ret_name[VOLUME_NAME_SIZE]);

/**
 * See which there are, in order of their days; first and count are zero.
 *
 * @param dir  the vault's directory, borrowed
 * @param[out] ret_volumes  volumes_free()
 */
MUST int volumes_find(int dir, struct volumes *ret_volumes);

/** Add one at the end; 0 or -ENOMEM. */
MUST int volumes_add(struct volumes *volumes, seal_date date);

void volumes_free(struct volumes *volumes);

/**
 * Reads entries back, in order, as they are exported: opened where their
 * key still is, as erased where it is not. So what is damaged looks erased
 * too, and a verifier finds that no entry says so.
 */
struct volume_reader;

/**
 * Begin with the entries of a day.
 *
 * @param dir    borrowed, as is the ring
 * @param ring   unlocked, or everything sealed reads as erased
 * @param from   of this day and later ones; 0: all
 * @param until  number of the entry to stop before
 */
MUST int volume_reader_new(int dir, const struct keyring *ring, seal_date from,
			   uint64_t until, struct volume_reader **ret_reader);

/** The next entry: 1, 0 after the last, or a negative errno. */
MUST int volume_reader_next(struct volume_reader *reader,
			    struct record *ret_record);

/** Accepts NULL. */
void volume_reader_free(struct volume_reader *reader);

/** Cleanup for OWNED(). */
void volume_reader_drop(struct volume_reader **reader);

#endif
