/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file attic.h
 * What survives a crash of this room: the keys of its journal's files, in
 * memory that the house keeps.
 *
 * Nothing else: what was said is in the journal, sealed. The memory is on
 * no disk; after a power failure the keys come from the vault, which
 * writes that down. A key that was torn by a crash, or put here by a
 * stranger, opens nothing, and the vault is asked.
 */
#ifndef TALLENNE_CHAT_ATTIC_H
#define TALLENNE_CHAT_ATTIC_H

#include "seal/seal.h"

enum { ATTIC_KEYS_MAX = 4 };

struct attic;

/**
 * Use this memory; makes it the right size.
 *
 * @param fd  memory file, borrowed
 * @return 0, -ENOMEM or errno
 */
MUST int attic_open(int fd, struct attic **ret_attic);
void attic_close(struct attic *attic);

/** Keep the key of a file at its place, below ATTIC_KEYS_MAX. */
void attic_keep(struct attic *attic, uint32_t place, const struct id *file,
		const uint8_t key[SEAL_KEY_SIZE]);

/** Wipe what is kept at a place. */
void attic_wipe(struct attic *attic, uint32_t place);

/** The key of a file; false if it is not here. */
bool attic_find(const struct attic *attic, const struct id *file,
		uint8_t ret_key[SEAL_KEY_SIZE]);

#endif
