/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file open.h
 * The other half of seal/: opening what was sealed.
 *
 * Linked into the vault and into tests, never into a recorder; a test on
 * the programs' symbols says so. Whoever calls these has written down why.
 */
#ifndef TALLENNE_VAULT_OPEN_H
#define TALLENNE_VAULT_OPEN_H

#include "seal/box.h"
#include "seal/check.h"

/** Both halves of an end-date key. */
struct open_pair {
	uint8_t public[SEAL_PUBLIC_SIZE];
	uint8_t secret[SEAL_KEY_SIZE];
};

/**
 * Open a wrapped key.
 *
 * @param pair     the pair named by wrapped->end
 * @param purpose  what it must have been made for
 * @param owner    whose it must be
 * @param[out] ret_key  the caller wipes it
 * @return 0, or -EBADMSG if it is not that
 */
MUST int open_key(const struct seal_wrapped *wrapped,
		  const struct open_pair *pair, enum seal_purpose purpose,
		  const struct id *owner, uint8_t ret_key[SEAL_KEY_SIZE]);

/** The same for a short text; it ends in a NUL and holds no other. */
MUST int open_text(const struct seal_text *sealed, const struct open_pair *pair,
		   enum seal_purpose purpose, const struct id *owner,
		   char ret_text[SEAL_TEXT_MAX + 1]);

/** An object opened for reading. */
struct open_object;

/**
 * Open an object.
 *
 * Header, trailer, their signatures, the commitment to the key and the
 * last frame are checked here; each other frame when it is read.
 *
 * @param fd      regular file, borrowed until open_object_free()
 * @param object  which object it must be
 * @param key     its key; only what is derived from it is kept
 * @return 0, -EBADMSG, -ENOTSUP, -ENOMEM, or the errno of reading
 */
MUST int open_object_new(int fd, const struct id *object,
			 const uint8_t key[SEAL_KEY_SIZE],
			 struct open_object **ret_object);

/** Wipe and free it; accepts NULL. */
void open_object_free(struct open_object *object);

/** Cleanup for OWNED(). */
void open_object_drop(struct open_object **object);

/** Size of its content. */
uint64_t open_object_size(const struct open_object *object);

/**
 * Read content: from offset up to the end of the frame it stands in.
 *
 * @param offset  less than open_object_size()
 * @param[out] ret_content  inside the object, until the next call
 * @param[out] ret_size     1 or more
 * @return 0, -EBADMSG, or the errno of reading
 */
MUST int open_object_read(struct open_object *object, uint64_t offset,
			  const uint8_t **ret_content, size_t *ret_size);

#endif
