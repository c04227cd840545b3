/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file write.h
 * Making a sealed object. The format, byte by byte, is in seal/format.h.
 *
 * An object has a random key of its own, sealed to its end date; a
 * commitment to that key; frames of constant size, each authenticated with
 * its number and whether it is the last, so that change, reordering,
 * truncation and swapping are found; and the node's signature over all of
 * it. Its size tells nothing but the number of frames.
 */
#ifndef TALLENNE_SEAL_WRITE_H
#define TALLENNE_SEAL_WRITE_H

#include "seal/box.h"
#include "seal/format.h"

/** What is told about an object. */
struct seal_object {
	struct id object;	      /**< random name of the object */
	struct id contact;	      /**< contact it belongs to */
	uint32_t kind;		      /**< enum seal_kind */
	uint32_t segment;	      /**< 0, 1 ... within the contact */
	struct seal_wrapped wrapped;  /**< its key, as written in it */
	uint64_t size;		      /**< of the plain content, in bytes */
	uint64_t sealed_size;	      /**< of the object, in bytes */
	uint8_t hash[SEAL_HASH_SIZE]; /**< SHA-256 of the whole object */
};

/**
 * Seal content into a file.
 *
 * @param out      empty, writable, seekable; borrowed
 * @param set      public halves
 * @param end      until when it may be opened
 * @param node_seed  seed of the node's Ed25519 key
 * @param about    object, contact, kind, segment are read; the rest is
 *                 filled in
 * @param content  plain bytes, borrowed
 * @param size     1 or more
 * @return 0, -ENOKEY, or the negative errno of writing; nothing is synced:
 *         whoever keeps the file does that
 */
MUST int seal_write(int out, const struct seal_keyset *set,
		    const struct seal_end *end, const uint8_t node_seed[32],
		    struct seal_object *about, const void *content,
		    size_t size);

/** The same with a chosen AEAD; seal_write() takes the machine's best. */
MUST int seal_write_as(enum seal_aead aead, int out,
		       const struct seal_keyset *set,
		       const struct seal_end *end, const uint8_t node_seed[32],
		       struct seal_object *about, const void *content,
		       size_t size);

#endif
