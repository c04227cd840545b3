/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file box.h
 * Short things sealed to an end date: keys and caller numbers.
 *
 * What a hold keeps beyond its date is sealed once more, by the vault, to
 * the key pair of that hold; its end then has the date 0 (seal_is_held()).
 *
 * A sealed box is anonymous: whoever has the public half can make one, and
 * only the vault can open it. Who made it is proved elsewhere (the node's
 * signature over the object). What it is for stands inside, first, so that
 * a box made for one purpose is never opened for another.
 */
#ifndef TALLENNE_SEAL_BOX_H
#define TALLENNE_SEAL_BOX_H

#include "seal/keyset.h"

/**
 * What stands inside, and where. A key: purpose 1, owner 16, key 32, zero
 * 15. A text: purpose 1, owner 16, its length 1, text and zeros 47.
 */
enum {
	SEAL_BOX_AT_OWNER = 1,
	SEAL_BOX_AT_KEY = 17,
	SEAL_BOX_AT_KEY_ZERO = 49,
	SEAL_BOX_KEY_SIZE = SEAL_KEY_SIZE + 32,
	SEAL_BOX_AT_LENGTH = 17,
	SEAL_BOX_AT_TEXT = 18,
	SEAL_TEXT_MAX = 47,
	SEAL_BOX_TEXT_SIZE = SEAL_BOX_AT_TEXT + SEAL_TEXT_MAX,
};

/** What a box is for; first byte inside. Values are on disk. */
enum seal_purpose {
	SEAL_FOR_SPOOL = 1,  /**< key of a call's chunks in the spool */
	SEAL_FOR_OBJECT = 2, /**< key of a finished object */
	SEAL_FOR_CALLER = 3, /**< caller's number, E.164 */
	SEAL_FOR_CHAT = 4,   /**< key of a journal of conversations */
	SEAL_FOR_COPY = 5,   /**< key of a file of a back-up (seal/copy.h) */
	SEAL_FOR_LOG = 6,    /**< key of some entries of the audit log */
};

/**
 * Seal a key.
 *
 * @param set      public halves
 * @param end      until when it may be opened
 * @param purpose  not SEAL_FOR_CALLER
 * @param owner    the call, object or file it belongs to; stands inside as well
 * @param key      borrowed
 * @param[out] ret_wrapped  the sealed key and the end date really used
 * @return 0, or what seal_keyset_find() says
 */
MUST int seal_key(const struct seal_keyset *set, const struct seal_end *end,
		  enum seal_purpose purpose, const struct id *owner,
		  const uint8_t key[SEAL_KEY_SIZE],
		  struct seal_wrapped *ret_wrapped);

/**
 * Seal a key to a public half that is at hand. What the vault does for a
 * hold, and seal_key() after it found one.
 */
MUST int seal_key_to(const uint8_t public[SEAL_PUBLIC_SIZE],
		     const struct seal_end *end, enum seal_purpose purpose,
		     const struct id *owner, const uint8_t key[SEAL_KEY_SIZE],
		     struct seal_wrapped *ret_wrapped);

enum { SEAL_TEXT_BOX_SIZE = SEAL_BOX_TEXT_SIZE + SEAL_BOX_EXTRA };

/** A short text sealed to an end date; always of the same size. */
struct seal_text {
	struct seal_end end;
	uint8_t box[SEAL_TEXT_BOX_SIZE]; /**< purpose, owner, length, text */
	uint8_t reserved[7];		 /**< zero */
};

/** Seal a short text; -EMSGSIZE if longer than SEAL_TEXT_MAX. */
MUST int seal_text(const struct seal_keyset *set, const struct seal_end *end,
		   enum seal_purpose purpose, const struct id *owner,
		   const char *text, struct seal_text *ret_sealed);

/** The same to a public half that is at hand. */
MUST int seal_text_to(const uint8_t public[SEAL_PUBLIC_SIZE],
		      const struct seal_end *end, enum seal_purpose purpose,
		      const struct id *owner, const char *text,
		      struct seal_text *ret_sealed);

#endif
