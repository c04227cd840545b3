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

void seal_keyset_free(struct seal_keyset *set);

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

/** Latest end date of a class in this set, 0 if none. */
seal_date seal_keyset_last(const struct seal_keyset *set, uint32_t data_class);

#endif
