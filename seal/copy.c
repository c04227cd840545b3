/* SPDX-License-Identifier: EUPL-1.2 */
#include "seal/copy.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "seal/format.h"

enum { VERSION = 1, AT_VERSION = 8, AT_ZERO = 10, ZERO_SIZE = 6 };

static_assert((int)SEAL_COPY_EXTRA ==
		      (int)crypto_secretstream_xchacha20poly1305_ABYTES,
	      "as libsodium has it");
static_assert((int)SEAL_COPY_STREAM_SIZE ==
		      (int)crypto_secretstream_xchacha20poly1305_HEADERBYTES,
	      "as libsodium has it");

static void put_head(const struct id *owner, const struct seal_wrapped *wrapped,
		     uint8_t head[SEAL_COPY_HEAD_SIZE])
{
	memset(head, 0, SEAL_COPY_HEAD_SIZE);
	memcpy(head, SEAL_COPY_MAGIC, 8);
	seal_put16(head + AT_VERSION, VERSION);
	memcpy(head + SEAL_COPY_AT_OWNER, owner, sizeof(*owner));
	seal_put32(head + SEAL_COPY_AT_CLASS, wrapped->end.data_class);
	seal_put32(head + SEAL_COPY_AT_DATE, wrapped->end.date);
	memcpy(head + SEAL_COPY_AT_BOX, wrapped->box, sizeof(wrapped->box));
}

static int pour(int from, int to, const uint8_t *key,
		const uint8_t head[SEAL_COPY_HEAD_SIZE])
{
	static uint8_t plain[SEAL_COPY_CHUNK];
	static uint8_t sealed[SEAL_COPY_CHUNK + SEAL_COPY_EXTRA];
	crypto_secretstream_xchacha20poly1305_state state;
	uint8_t start[SEAL_COPY_STREAM_SIZE];
	int64_t in = 0, out = SEAL_COPY_HEAD_SIZE + SEAL_COPY_STREAM_SIZE;
	bool is_last = false;
	int r;

	crypto_secretstream_xchacha20poly1305_init_push(&state, start, key);
	r = file_write_at(to, head, SEAL_COPY_HEAD_SIZE, 0);
	if (r == 0)
		r = file_write_at(to, start, sizeof(start),
				  SEAL_COPY_HEAD_SIZE);
	while (r == 0 && !is_last) {
		ssize_t got = file_read_some(from, plain, SEAL_COPY_CHUNK, in);

		if (got < 0)
			return (int)got;
		is_last = got < SEAL_COPY_CHUNK;
		crypto_secretstream_xchacha20poly1305_push(
			&state, sealed, NULL, plain, (size_t)got,
			in == 0 ? head : NULL,
			in == 0 ? SEAL_COPY_HEAD_SIZE : 0,
			is_last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
				: 0);
		r = file_write_at(to, sealed, (size_t)got + SEAL_COPY_EXTRA,
				  out);
		in += got;
		out += got + SEAL_COPY_EXTRA;
	}
	sodium_memzero(&state, sizeof(state));
	sodium_memzero(plain, sizeof(plain));
	return r;
}

int seal_copy_write(int from, int to, const struct seal_keyset *set,
		    const struct seal_end *end, const struct id *owner,
		    struct seal_end *ret_end)
{
	uint8_t key[SEAL_KEY_SIZE], head[SEAL_COPY_HEAD_SIZE];
	struct seal_wrapped wrapped;
	int r;

	if (sodium_init() < 0)
		return -EIO;
	randombytes_buf(key, sizeof(key));
	r = seal_key(set, end, SEAL_FOR_COPY, owner, key, &wrapped);
	if (r == 0) {
		put_head(owner, &wrapped, head);
		r = pour(from, to, key, head);
	}
	sodium_memzero(key, sizeof(key));
	if (r == 0)
		*ret_end = wrapped.end;
	return r;
}

int seal_copy_read(int fd, struct seal_copy *ret_copy)
{
	uint8_t head[SEAL_COPY_HEAD_SIZE];
	struct seal_copy copy = { .owner = { { 0 } } };
	int r = file_read_at(fd, head, sizeof(head), 0);

	if (r < 0)
		return r == -ENODATA ? -EBADMSG : r;
	if (memcmp(head, SEAL_COPY_MAGIC, 8) != 0)
		return -EBADMSG;
	if (seal_get16(head + AT_VERSION) != VERSION)
		return -ENOTSUP;
	memcpy(&copy.owner, head + SEAL_COPY_AT_OWNER, sizeof(copy.owner));
	copy.wrapped.end.data_class = seal_get32(head + SEAL_COPY_AT_CLASS);
	copy.wrapped.end.date = seal_get32(head + SEAL_COPY_AT_DATE);
	memcpy(copy.wrapped.box, head + SEAL_COPY_AT_BOX,
	       sizeof(copy.wrapped.box));
	if (!bytes_are_zero(head + AT_ZERO, ZERO_SIZE) ||
	    copy.wrapped.end.data_class < 1 ||
	    copy.wrapped.end.data_class >= SEAL_CLASSES ||
	    !seal_date_is(copy.wrapped.end.date))
		return -EBADMSG;
	*ret_copy = copy;
	return 0;
}
