/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file frame.h
 * Sealing the frames of one object (seal/format.h).
 *
 * Only this direction; the other is vault/open.c. The nonce is a counter:
 * a sealer must be given each frame number once, and one key only.
 */
#ifndef TALLENNE_SEAL_FRAME_H
#define TALLENNE_SEAL_FRAME_H

#include "seal/format.h"

enum {
	SEAL_NONCE_MAX = 24, /**< XChaCha; AES-GCM takes the first 12 */
	SEAL_AES_NONCE_SIZE = 12,
	/** Authenticated along: hash of the header, number, last flag. */
	SEAL_DATA_SIZE = SEAL_HASH_SIZE + 8 + 1,
};

struct seal_frames;

/** What seals faster on this machine, and is safe on it. */
enum seal_aead seal_frames_best(void);

/**
 * Begin the frames of an object.
 *
 * @param key   the object's key K; copied, wiped by seal_frames_free()
 * @param header_hash  SHA-256 of the finished header
 */
MUST int seal_frames_new(enum seal_aead aead, const struct id *object,
			 const uint8_t key[SEAL_KEY_SIZE],
			 const uint8_t header_hash[SEAL_HASH_SIZE],
			 struct seal_frames **ret_frames);

/** Wipe and free it; accepts NULL. */
void seal_frames_free(struct seal_frames *frames);

/** Cleanup for OWNED(). */
void seal_frames_drop(struct seal_frames **frames);

/**
 * Seal one frame.
 *
 * @param plain  size bytes, the length at their end included
 * @param out    room for size + SEAL_TAG_SIZE
 */
MUST int seal_frames_next(struct seal_frames *frames, uint64_t number,
			  bool is_last, const uint8_t *plain, size_t size,
			  uint8_t *out);

/** Nonce and data of a frame; what both directions agree on. */
static inline void seal_frame_place(const uint8_t hash[SEAL_HASH_SIZE],
				    uint64_t number, bool is_last,
				    uint8_t nonce[SEAL_NONCE_MAX],
				    uint8_t data[SEAL_DATA_SIZE])
{
	for (int i = 0; i < SEAL_NONCE_MAX; i++)
		nonce[i] = 0;
	seal_put64(nonce, number);
	nonce[8] = is_last;
	for (int i = 0; i < SEAL_HASH_SIZE; i++)
		data[i] = hash[i];
	seal_put64(data + SEAL_HASH_SIZE, number);
	data[SEAL_HASH_SIZE + 8] = is_last;
}

#endif
