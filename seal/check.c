/* SPDX-License-Identifier: EUPL-1.2 */
#include "seal/check.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "seal/hash.h"

enum { BLOCK_SIZE = 1 << 16, LABEL_MAX = 32 };

static bool is_signed(const uint8_t *signature, const uint8_t *public,
		      const char *label, const uint8_t *hash,
		      const uint8_t *bytes, size_t size)
{
	uint8_t text[LABEL_MAX + SEAL_HASH_SIZE + SEAL_AT_SIGNATURE];
	size_t at = strlen(label);

	assert(at <= LABEL_MAX && size <= SEAL_AT_SIGNATURE);
	memcpy(text, label, at);
	if (hash) {
		memcpy(text + at, hash, SEAL_HASH_SIZE);
		at += SEAL_HASH_SIZE;
	}
	memcpy(text + at, bytes, size);
	return crypto_sign_verify_detached(signature, text, at + size,
					   public) == 0;
}

static bool fields_are_legal(const struct seal_header *header)
{
	const struct seal_end *end = &header->wrapped.end;

	return header->kind >= SEAL_KIND_SOUND &&
	       header->kind <= SEAL_KIND_CHAT && !id_is_none(&header->object) &&
	       end->data_class >= 1 && end->data_class < SEAL_CLASSES &&
	       seal_date_is(end->date) &&
	       header->frame_size >= SEAL_FRAME_MIN &&
	       header->frame_size <= SEAL_FRAME_MAX;
}

int seal_check_header(const uint8_t bytes[SEAL_HEADER_SIZE],
		      struct seal_header *ret_header)
{
	struct seal_header header = {
		.aead = bytes[SEAL_AT_AEAD],
		.kind = seal_get32(bytes + SEAL_AT_KIND),
		.segment = seal_get32(bytes + SEAL_AT_SEGMENT),
		.frame_size = seal_get32(bytes + SEAL_AT_FRAME_SIZE),
	};

	if (sodium_init() < 0)
		return -EIO;
	if (memcmp(bytes, SEAL_MAGIC, 8) != 0)
		return -EBADMSG;
	if (seal_get16(bytes + SEAL_AT_VERSION) != SEAL_VERSION ||
	    (header.aead != SEAL_AES_256_GCM &&
	     header.aead != SEAL_XCHACHA20_POLY1305) ||
	    bytes[SEAL_AT_WRAP] != SEAL_WRAP_X25519)
		return -ENOTSUP;

	memcpy(&header.object, bytes + SEAL_AT_OBJECT, sizeof(struct id));
	memcpy(&header.contact, bytes + SEAL_AT_CONTACT, sizeof(struct id));
	memcpy(header.node, bytes + SEAL_AT_NODE, SEAL_PUBLIC_SIZE);
	memcpy(header.commitment, bytes + SEAL_AT_COMMITMENT, SEAL_HASH_SIZE);
	header.wrapped.end.data_class = seal_get32(bytes + SEAL_AT_CLASS);
	header.wrapped.end.date = seal_get32(bytes + SEAL_AT_DATE);
	memcpy(header.wrapped.box, bytes + SEAL_AT_WRAPPED,
	       sizeof(header.wrapped.box));
	if (!fields_are_legal(&header) ||
	    !bytes_are_zero(bytes + SEAL_AT_ZERO,
			    SEAL_AT_SIGNATURE - SEAL_AT_ZERO) ||
	    !is_signed(bytes + SEAL_AT_SIGNATURE, header.node, SEAL_HEAD_LABEL,
		       NULL, bytes, SEAL_AT_SIGNATURE))
		return -EBADMSG;
	*ret_header = header;
	return 0;
}

/* A file that ends too early is no error of the disk. */
static int read_at(int fd, void *bytes, size_t size, uint64_t offset)
{
	int r = file_read_at(fd, bytes, size, (int64_t)offset);

	return r == -ENODATA ? -EBADMSG : r;
}

static int check_trailer(int fd, struct seal_seen *seen)
{
	uint8_t trailer[SEAL_TRAILER_SIZE];
	int r = read_at(fd, trailer, sizeof(trailer),
			seen->sealed_size - SEAL_TRAILER_SIZE);

	if (r < 0)
		return r;
	if (memcmp(trailer, SEAL_TAIL_MAGIC_TEXT, 8) != 0 ||
	    seal_get64(trailer + SEAL_TAIL_COUNT) != seen->frames ||
	    !is_signed(trailer + SEAL_TAIL_SIGNATURE, seen->header.node,
		       SEAL_TAIL_LABEL, seen->header_hash,
		       trailer + SEAL_TAIL_COUNT,
		       SEAL_TAIL_SIGNATURE - SEAL_TAIL_COUNT))
		return -EBADMSG;
	memcpy(seen->frames_hash, trailer + SEAL_TAIL_HASH, SEAL_HASH_SIZE);
	return 0;
}

/* How many frames a file of this size holds; 0 if it cannot be one. */
static uint64_t count_frames(uint64_t size, uint32_t frame_size)
{
	uint64_t frames;

	if (size < SEAL_HEADER_SIZE + SEAL_TRAILER_SIZE ||
	    frame_size < SEAL_FRAME_MIN || frame_size > SEAL_FRAME_MAX)
		return 0;
	frames = (size - SEAL_HEADER_SIZE - SEAL_TRAILER_SIZE) /
		 (frame_size + SEAL_TAG_SIZE);
	return seal_size(frames, frame_size) == size ? frames : 0;
}

int seal_check_ends(int fd, struct seal_seen *ret_seen)
{
	struct seal_seen seen = { 0 };
	uint8_t header[SEAL_HEADER_SIZE];
	struct stat about;
	int r;

	if (fstat(fd, &about) < 0)
		return -errno;
	if (!S_ISREG(about.st_mode) || about.st_size < SEAL_HEADER_SIZE)
		return -EBADMSG;
	r = read_at(fd, header, sizeof(header), 0);
	if (r < 0)
		return r;

	/* A size that cannot be costs no signature to refuse. */
	seen.sealed_size = (uint64_t)about.st_size;
	seen.frames = count_frames(seen.sealed_size,
				   seal_get32(header + SEAL_AT_FRAME_SIZE));
	if (seen.frames == 0)
		return -EBADMSG;
	r = seal_check_header(header, &seen.header);
	if (r < 0)
		return r;
	crypto_hash_sha256(seen.header_hash, header, sizeof(header));
	r = check_trailer(fd, &seen);
	if (r == 0)
		*ret_seen = seen;
	return r;
}

static int hash_range(int fd, uint64_t from, uint64_t to,
		      struct seal_hash *whole, struct seal_hash *frames)
{
	OWNED(drop_memory) uint8_t *block = malloc(BLOCK_SIZE);

	if (!block)
		return -ENOMEM;
	while (from < to) {
		size_t size = to - from < BLOCK_SIZE ? (size_t)(to - from)
						     : BLOCK_SIZE;
		int r = read_at(fd, block, size, from);

		if (r < 0)
			return r;
		seal_hash_add(whole, block, size);
		if (frames)
			seal_hash_add(frames, block, size);
		from += size;
	}
	return 0;
}

int seal_check_whole(int fd, struct seal_seen *ret_seen,
		     uint8_t ret_hash[SEAL_HASH_SIZE])
{
	OWNED(seal_hash_drop) struct seal_hash *whole = seal_hash_new();
	OWNED(seal_hash_drop) struct seal_hash *frames = seal_hash_new();
	uint8_t frames_hash[SEAL_HASH_SIZE];
	struct seal_seen seen;
	uint64_t tail;
	int r;

	if (!whole || !frames)
		return -ENOMEM;
	r = seal_check_ends(fd, &seen);
	if (r < 0)
		return r;
	tail = seen.sealed_size - SEAL_TRAILER_SIZE;
	r = hash_range(fd, 0, SEAL_HEADER_SIZE, whole, NULL);
	if (r == 0)
		r = hash_range(fd, SEAL_HEADER_SIZE, tail, whole, frames);
	if (r == 0)
		r = hash_range(fd, tail, seen.sealed_size, whole, NULL);
	if (r < 0)
		return r;
	seal_hash_end(frames, frames_hash);
	if (memcmp(frames_hash, seen.frames_hash, SEAL_HASH_SIZE) != 0)
		return -EBADMSG;
	seal_hash_end(whole, ret_hash);
	*ret_seen = seen;
	return 0;
}
