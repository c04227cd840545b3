/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file signature.h
 * Texts that somebody put a name to (C2SP signed-note, Ed25519).
 *
 *	what is signed                  one or more lines, none empty
 *	                                empty
 *	— name Az3wQ...                 4 bytes of key id and 64 of signature
 *	                                over the lines above the empty one,
 *	                                base64; one line for each who signed
 *
 * A verifier key is "name+8 hex digits+base64(0x01 || public key)". What is
 * signed so can be checked by tools of others.
 */
#ifndef TALLENNE_SEAL_SIGNATURE_H
#define TALLENNE_SEAL_SIGNATURE_H

#include "base/bytes.h"

enum {
	SIGNATURE_NAME_MAX = 128,
	SIGNATURE_KEY_SIZE = 256,  /**< room for a verifier key, NUL included */
	SIGNATURE_LINE_SIZE = 256, /**< room for a line, NUL included */
	SIGNATURE_SEED_SIZE = 32,
	SIGNATURE_PUBLIC_SIZE = 32,
};

/** Whether a text may be the name of a key: ASCII, no blank, no "+". */
bool signature_name_is(const char *name);

/** The verifier key of a public key. */
void signature_key(const char *name,
		   const uint8_t public[SIGNATURE_PUBLIC_SIZE],
		   char ret_key[SIGNATURE_KEY_SIZE]);

/** Read a verifier key. @return 0 or -EINVAL */
MUST int signature_key_read(struct slice text,
			    char ret_name[SIGNATURE_NAME_MAX + 1],
			    uint8_t ret_public[SIGNATURE_PUBLIC_SIZE]);

/**
 * Sign.
 *
 * @param body  what is signed, with its last line break
 * @param[out] ret_line  the line to stand below, with its line break
 */
void signature_make(struct slice body, const char *name,
		    const uint8_t seed[SIGNATURE_SEED_SIZE],
		    char ret_line[SIGNATURE_LINE_SIZE]);

/**
 * Part what is signed from who signed it. The signatures are not checked.
 *
 * @return 0, or -EINVAL if it is no signed note
 */
MUST int signature_split(struct slice note, struct slice *ret_body,
			 struct slice *ret_lines);

/** Whether one of the lines is by this key over the body. */
bool signature_is_by(struct slice body, struct slice lines, const char *name,
		     const uint8_t public[SIGNATURE_PUBLIC_SIZE]);

/** Exactly so many bytes of base64, to the letter. @return 0 or -EINVAL */
MUST int signature_base64(struct slice text, void *out, size_t size);

#endif
