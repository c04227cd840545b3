/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * An object that somebody with a node's key made on purpose: whatever the
 * input is, its header and trailer are signed before it is opened.
 */
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bytes.h"
#include "vault/open.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void sign(uint8_t *at, const char *label, const uint8_t *hash,
		 const uint8_t *bytes, size_t size, const uint8_t *secret)
{
	uint8_t text[512];
	size_t length = strlen(label);

	memcpy(text, label, length);
	if (hash)
		memcpy(text + length, hash, SEAL_HASH_SIZE);
	length += hash ? SEAL_HASH_SIZE : 0;
	memcpy(text + length, bytes, size);
	crypto_sign_detached(at, NULL, text, length + size, secret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t seed[32] = { 1 }, key[SEAL_KEY_SIZE] = { 2 };
	OWNED(drop_memory) uint8_t *bytes = malloc(size + 1);
	OWNED(drop_fd) int fd = memfd_create("object", MFD_CLOEXEC);
	OWNED(open_object_drop) struct open_object *object = NULL;
	uint8_t secret[64], hash[SEAL_HASH_SIZE], *tail;
	struct seal_seen seen;
	struct id id;

	if (size < SEAL_HEADER_SIZE + SEAL_TRAILER_SIZE || size > 1 << 20)
		return 0;
	memcpy(bytes, data, size);
	tail = bytes + size - SEAL_TRAILER_SIZE;
	crypto_sign_seed_keypair(bytes + SEAL_AT_NODE, secret, seed);
	sign(bytes + SEAL_AT_SIGNATURE, SEAL_HEAD_LABEL, NULL, bytes,
	     SEAL_AT_SIGNATURE, secret);
	crypto_hash_sha256(hash, bytes, SEAL_HEADER_SIZE);
	sign(tail + SEAL_TAIL_SIGNATURE, SEAL_TAIL_LABEL, hash,
	     tail + SEAL_TAIL_COUNT, SEAL_TAIL_SIGNATURE - SEAL_TAIL_COUNT,
	     secret);
	if (file_write_at(fd, bytes, size, 0) < 0)
		return 0;
	memcpy(&id, bytes + SEAL_AT_OBJECT, sizeof(id));
	(void)!seal_check_whole(fd, &seen, hash);
	if (open_object_new(fd, &id, key, &object) == 0)
		for (uint64_t at = 0; at < open_object_size(object);) {
			const uint8_t *got;
			size_t part;

			if (open_object_read(object, at, &got, &part) < 0)
				break;
			at += part;
		}
	return 0;
}
