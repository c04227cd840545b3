/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file format.h
 * A sealed object, byte by byte. Version 1.
 *
 * Numbers are little-endian. What is marked zero must be zero, so that no
 * bit of an object can be changed unseen.
 *
 *	HEADER, 320 bytes
 *	  0   8  "tallenne"
 *	  8   2  version of this format: 1
 *	 10   1  how frames are sealed, enum seal_aead
 *	 11   1  how the key is wrapped, enum seal_wrap
 *	 12   4  kind of content, enum seal_kind
 *	 16  16  id of the object
 *	 32  16  id of the contact
 *	 48   4  segment within the contact
 *	 52   4  class of data, enum seal_class
 *	 56   4  end date, seal_date
 *	 60   4  frame size F: plain bytes in each frame
 *	 64  32  Ed25519 public key of the node
 *	 96  32  commitment C to the object's key
 *	128 112  the object's key K, wrapped (seal/box.h)
 *	240  16  zero
 *	256  64  signature by the node of "tallenne object head 1" || bytes
 *	         0 to 255
 *
 *	FRAMES, n = 0, 1 ... N - 1, each F + 16 bytes
 *	  AEAD with key    SHA-256("tallenne object frames 1" || id || K)
 *	            nonce  n as 8 bytes || 1 if last, else 0 || zeros
 *	            data   SHA-256(header) || n as 8 bytes || 1 or 0
 *	  plain:    content, zeros up to F - 4, then 4 bytes: how many bytes
 *	            of content; F - 4 in all frames but the last, 1 or more
 *	            there. So byte number i stands in frame i / (F - 4).
 *
 *	TRAILER, 112 bytes
 *	  0   8  "ennellat"
 *	  8   8  N
 *	 16  32  SHA-256 of all frames as they stand in the file
 *	 48  64  signature by the node of "tallenne object tail 1" ||
 *	         SHA-256(header) || bytes 8 to 47
 *
 *	C = SHA-256("tallenne object key 1" || id || K)
 *
 * Why like this. The nonce may be a counter because K is used for one
 * object only. AES-GCM and Poly1305 do not commit to their key: one
 * ciphertext could be made to open to two different conversations; C
 * forbids that. The header's hash in each frame binds it to its object, n
 * and the last flag to its place. The size of Opus frames tells what was
 * said; frames of constant size tell the length in steps only. The wrap
 * algorithm is a field because hardware modules do not speak X25519.
 */
#ifndef TALLENNE_SEAL_FORMAT_H
#define TALLENNE_SEAL_FORMAT_H

#include "seal/seal.h"

/** How frames are sealed. Values are on disk. */
enum seal_aead {
	SEAL_AES_256_GCM = 1,	     /**< where the processor helps */
	SEAL_XCHACHA20_POLY1305 = 2, /**< everywhere else */
};

/** How an object's key is wrapped. Values are on disk. */
enum seal_wrap {
	SEAL_WRAP_X25519 = 1, /**< libsodium crypto_box_seal */
};

enum {
	SEAL_VERSION = 1,
	SEAL_HEADER_SIZE = 320,
	SEAL_TRAILER_SIZE = 112,
	SEAL_TAG_SIZE = 16,
	/** Bytes at the end of each plain frame that tell its length. */
	SEAL_FRAME_LENGTH_SIZE = 4,
	SEAL_FRAME_SOUND = 16384, /**< frame size for sound and chats */
	SEAL_FRAME_SMALL = 4096,  /**< for peaks and timelines */
	SEAL_FRAME_MIN = 1024,
	SEAL_FRAME_MAX = 1 << 20,
};

/** Where things stand in the header. */
enum seal_header_at {
	SEAL_AT_MAGIC = 0,
	SEAL_AT_VERSION = 8,
	SEAL_AT_AEAD = 10,
	SEAL_AT_WRAP = 11,
	SEAL_AT_KIND = 12,
	SEAL_AT_OBJECT = 16,
	SEAL_AT_CONTACT = 32,
	SEAL_AT_SEGMENT = 48,
	SEAL_AT_CLASS = 52,
	SEAL_AT_DATE = 56,
	SEAL_AT_FRAME_SIZE = 60,
	SEAL_AT_NODE = 64,
	SEAL_AT_COMMITMENT = 96,
	SEAL_AT_WRAPPED = 128,
	SEAL_AT_ZERO = 240,
	SEAL_AT_SIGNATURE = 256,
};

/** Where things stand in the trailer. */
enum seal_trailer_at {
	SEAL_TAIL_MAGIC = 0,
	SEAL_TAIL_COUNT = 8,
	SEAL_TAIL_HASH = 16,
	SEAL_TAIL_SIGNATURE = 48,
};

#define SEAL_MAGIC "tallenne"
#define SEAL_TAIL_MAGIC_TEXT "ennellat"
#define SEAL_HEAD_LABEL "tallenne object head 1"
#define SEAL_TAIL_LABEL "tallenne object tail 1"
#define SEAL_FRAMES_LABEL "tallenne object frames 1"
#define SEAL_KEY_LABEL "tallenne object key 1"

/** What is known of an object from its header, unopened. */
struct seal_header {
	enum seal_aead aead;
	struct id object, contact;
	uint32_t kind, segment;
	uint32_t frame_size;
	uint8_t node[SEAL_PUBLIC_SIZE];
	uint8_t commitment[SEAL_HASH_SIZE];
	struct seal_wrapped wrapped;
};

static inline void seal_put16(uint8_t *at, uint16_t number)
{
	at[0] = (uint8_t)number;
	at[1] = (uint8_t)(number >> 8);
}

static inline void seal_put32(uint8_t *at, uint32_t number)
{
	seal_put16(at, (uint16_t)number);
	seal_put16(at + 2, (uint16_t)(number >> 16));
}

static inline void seal_put64(uint8_t *at, uint64_t number)
{
	seal_put32(at, (uint32_t)number);
	seal_put32(at + 4, (uint32_t)(number >> 32));
}

static inline uint16_t seal_get16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t seal_get32(const uint8_t *at)
{
	return (uint32_t)seal_get16(at) | (uint32_t)seal_get16(at + 2) << 16;
}

static inline uint64_t seal_get64(const uint8_t *at)
{
	return (uint64_t)seal_get32(at) | (uint64_t)seal_get32(at + 4) << 32;
}

/** Whether a number is a civil date that exists, 1970 to 9999. */
bool seal_date_is(seal_date date);

/** Size of a sealed object. */
static inline uint64_t seal_size(uint64_t frames, uint32_t frame_size)
{
	return SEAL_HEADER_SIZE + frames * (frame_size + SEAL_TAG_SIZE) +
	       SEAL_TRAILER_SIZE;
}

#endif
