/* SPDX-License-Identifier: EUPL-1.2 */
#include "seal/write.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "seal/frame.h"
#include "seal/hash.h"

/* One object on its way into a file. */
struct writing {
	int out;
	int64_t at;		  /* where the next byte goes */
	struct seal_hash *whole;  /* of everything */
	struct seal_hash *frames; /* of the frames */
	uint8_t header_hash[SEAL_HASH_SIZE];
	uint8_t public[SEAL_PUBLIC_SIZE];
	uint8_t secret[crypto_sign_SECRETKEYBYTES];
};

static void writing_done(struct writing *writing)
{
	seal_hash_free(writing->whole);
	seal_hash_free(writing->frames);
	sodium_memzero(writing, sizeof(*writing));
}

static int put(struct writing *writing, const uint8_t *bytes, size_t size)
{
	int r = file_write_at(writing->out, bytes, size, writing->at);

	writing->at += (int64_t)size;
	seal_hash_add(writing->whole, bytes, size);
	return r;
}

static void sign(const struct writing *writing, const char *label,
		 const uint8_t *hash, const uint8_t *bytes, size_t size,
		 uint8_t *ret_signature)
{
	uint8_t text[32 + SEAL_HASH_SIZE + SEAL_AT_SIGNATURE];
	size_t at = strlen(label);

	assert(at <= 32 && size <= SEAL_AT_SIGNATURE);
	memcpy(text, label, at);
	if (hash) {
		memcpy(text + at, hash, SEAL_HASH_SIZE);
		at += SEAL_HASH_SIZE;
	}
	memcpy(text + at, bytes, size);
	crypto_sign_detached(ret_signature, NULL, text, at + size,
			     writing->secret);
}

static int put_header(struct writing *writing, enum seal_aead aead,
		      const struct seal_object *about, uint32_t frame_size,
		      const uint8_t key[SEAL_KEY_SIZE])
{
	uint8_t header[SEAL_HEADER_SIZE] = { 0 };
	int r;

	memcpy(header, SEAL_MAGIC, 8);
	seal_put16(header + SEAL_AT_VERSION, SEAL_VERSION);
	header[SEAL_AT_AEAD] = (uint8_t)aead;
	header[SEAL_AT_WRAP] = SEAL_WRAP_X25519;
	seal_put32(header + SEAL_AT_KIND, about->kind);
	memcpy(header + SEAL_AT_OBJECT, &about->object, sizeof(struct id));
	memcpy(header + SEAL_AT_CONTACT, &about->contact, sizeof(struct id));
	seal_put32(header + SEAL_AT_SEGMENT, about->segment);
	seal_put32(header + SEAL_AT_CLASS, about->wrapped.end.data_class);
	seal_put32(header + SEAL_AT_DATE, about->wrapped.end.date);
	seal_put32(header + SEAL_AT_FRAME_SIZE, frame_size);
	memcpy(header + SEAL_AT_NODE, writing->public, SEAL_PUBLIC_SIZE);
	seal_hash_bound(SEAL_KEY_LABEL, &about->object, key,
			header + SEAL_AT_COMMITMENT);
	memcpy(header + SEAL_AT_WRAPPED, about->wrapped.box,
	       sizeof(about->wrapped.box));
	sign(writing, SEAL_HEAD_LABEL, NULL, header, SEAL_AT_SIGNATURE,
	     header + SEAL_AT_SIGNATURE);

	r = put(writing, header, sizeof(header));
	seal_hash_add(writing->frames, header, sizeof(header));
	seal_hash_end(writing->frames, writing->header_hash);
	return r;
}

static int put_frames(struct writing *writing, struct seal_frames *frames,
		      uint32_t frame_size, const uint8_t *content, size_t size)
{
	const size_t room = frame_size - SEAL_FRAME_LENGTH_SIZE;
	const size_t sealed_size = frame_size + SEAL_TAG_SIZE;
	OWNED(drop_memory)
	uint8_t *buffer = calloc(1, frame_size + sealed_size);
	uint8_t *sealed;
	int r = 0;

	if (!buffer)
		return -ENOMEM;
	sealed = buffer + frame_size;
	for (uint64_t number = 0; r == 0 && size > 0; number++) {
		size_t part = size < room ? size : room;

		memcpy(buffer, content, part);
		memset(buffer + part, 0, room - part);
		seal_put32(buffer + room, (uint32_t)part);
		r = seal_frames_next(frames, number, part == size, buffer,
				     frame_size, sealed);
		if (r < 0)
			break;
		seal_hash_add(writing->frames, sealed, sealed_size);
		r = put(writing, sealed, sealed_size);
		content += part;
		size -= part;
	}
	sodium_memzero(buffer, frame_size);
	return r;
}

static int put_trailer(struct writing *writing, uint64_t count)
{
	uint8_t trailer[SEAL_TRAILER_SIZE] = { 0 };

	memcpy(trailer, SEAL_TAIL_MAGIC_TEXT, 8);
	seal_put64(trailer + SEAL_TAIL_COUNT, count);
	seal_hash_end(writing->frames, trailer + SEAL_TAIL_HASH);
	sign(writing, SEAL_TAIL_LABEL, writing->header_hash,
	     trailer + SEAL_TAIL_COUNT, SEAL_TAIL_SIGNATURE - SEAL_TAIL_COUNT,
	     trailer + SEAL_TAIL_SIGNATURE);
	return put(writing, trailer, sizeof(trailer));
}

static int write_all(struct writing *writing, enum seal_aead aead,
		     struct seal_object *about, const uint8_t *key,
		     const uint8_t *content, size_t size)
{
	OWNED(seal_frames_drop) struct seal_frames *frames = NULL;
	const uint32_t frame_size =
		about->kind == SEAL_KIND_SOUND || about->kind == SEAL_KIND_CHAT
			? SEAL_FRAME_SOUND
			: SEAL_FRAME_SMALL;
	const size_t room = frame_size - SEAL_FRAME_LENGTH_SIZE;
	int r = put_header(writing, aead, about, frame_size, key);

	if (r < 0)
		return r;
	r = seal_frames_new(aead, &about->object, key, writing->header_hash,
			    &frames);
	if (r == 0)
		r = put_frames(writing, frames, frame_size, content, size);
	if (r == 0)
		r = put_trailer(writing, (size + room - 1) / room);
	if (r < 0)
		return r;
	about->size = size;
	about->sealed_size = (uint64_t)writing->at;
	seal_hash_end(writing->whole, about->hash);
	return 0;
}

int seal_write_as(enum seal_aead aead, int out, const struct seal_keyset *set,
		  const struct seal_end *end, const uint8_t node_seed[32],
		  struct seal_object *about, const void *content, size_t size)
{
	OWNED(writing_done) struct writing writing = { .out = out };
	struct seal_object made = *about;
	uint8_t key[SEAL_KEY_SIZE];
	int r;

	assert(size > 0);
	assert(!id_is_none(&about->object));
	if (sodium_init() < 0)
		return -EIO;
	writing.whole = seal_hash_new();
	writing.frames = seal_hash_new();
	if (!writing.whole || !writing.frames)
		return -ENOMEM;
	crypto_sign_seed_keypair(writing.public, writing.secret, node_seed);

	(void)sodium_mlock(key, sizeof(key));
	randombytes_buf(key, sizeof(key));
	r = seal_key(set, end, SEAL_FOR_OBJECT, &about->object, key,
		     &made.wrapped);
	if (r == 0)
		r = write_all(&writing, aead, &made, key, content, size);
	(void)sodium_munlock(key, sizeof(key)); /* which wipes it */
	if (r == 0)
		*about = made;
	return r;
}

int seal_write(int out, const struct seal_keyset *set,
	       const struct seal_end *end, const uint8_t node_seed[32],
	       struct seal_object *about, const void *content, size_t size)
{
	if (sodium_init() < 0)
		return -EIO;
	return seal_write_as(seal_frames_best(), out, set, end, node_seed,
			     about, content, size);
}
