/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file note.h
 * Checkpoints of the audit log and proofs, as text (C2SP signed-note,
 * tlog-checkpoint, tlog-proof).
 *
 *	tallenne.example/audit          origin: name of the log and of its key
 *	1234                            entries
 *	CsUYapGGPo4dkMgIAUqom/Xa...     root, base64
 *	                                empty
 *	— tallenne.example/audit Az3... signature (seal/signature.h)
 *
 * So checkpoints can be checked, stored and witnessed by tools of others.
 */
#ifndef TALLENNE_VAULT_NOTE_H
#define TALLENNE_VAULT_NOTE_H

#include "seal/signature.h"
#include "vault/tree.h"

enum {
	NOTE_ORIGIN_MAX = SIGNATURE_NAME_MAX,
	NOTE_SIZE = 512,	 /**< room for a checkpoint, NUL included */
	NOTE_PROOF_SIZE = 16384, /**< room for a proof */
};

/** What a checkpoint says. */
struct note {
	char origin[NOTE_ORIGIN_MAX + 1];
	uint64_t size;
	uint8_t root[TREE_HASH_SIZE];
};

/** Sign a checkpoint; its text ends in NUL. */
void note_sign(const struct note *note, const uint8_t seed[32],
	       char ret_text[NOTE_SIZE]);

/**
 * Read a checkpoint and check its signature.
 *
 * @param key  a verifier key; its name must be the origin. NULL: read
 *             only, for one's own file
 * @return 0, -EINVAL if it is no checkpoint, -EKEYREJECTED if no signature
 *         in it is by that key
 */
MUST int note_read(struct slice text, const char *key, struct note *ret_note);

/**
 * Write a proof that an entry is in the log.
 *
 * @param extra  bytes that make up the entry: salt || payload; may be NULL
 *               when they were erased
 * @param checkpoint  text of the signed checkpoint that the path leads to
 * @return length of the text without NUL, or -EMSGSIZE
 */
MUST int note_proof(const void *extra, size_t extra_size, uint64_t index,
		    const struct tree_path *path, const char *checkpoint,
		    char ret_text[NOTE_PROOF_SIZE]);

#endif
