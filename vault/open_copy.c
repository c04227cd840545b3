/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/open_copy.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"

enum { SEALED_SIZE = SEAL_COPY_CHUNK + SEAL_COPY_EXTRA };

static int pour(int from, crypto_secretstream_xchacha20poly1305_state *state,
		const uint8_t head[SEAL_COPY_HEAD_SIZE], int to)
{
	static uint8_t sealed[SEALED_SIZE], plain[SEAL_COPY_CHUNK];
	int64_t in = SEAL_COPY_HEAD_SIZE + SEAL_COPY_STREAM_SIZE, out = 0;
	uint8_t tag = 0, more;
	int r = 0;

	while (r == 0 && tag == 0) {
		ssize_t got = file_read_some(from, sealed, SEALED_SIZE, in);

		if (got < 0)
			return (int)got;
		if (got < SEAL_COPY_EXTRA ||
		    crypto_secretstream_xchacha20poly1305_pull(
			    state, plain, NULL, &tag, sealed, (size_t)got,
			    out == 0 ? head : NULL,
			    out == 0 ? SEAL_COPY_HEAD_SIZE : 0) != 0)
			return -EBADMSG;
		r = file_write_at(to, plain, (size_t)got - SEAL_COPY_EXTRA,
				  out);
		in += got;
		out += got - SEAL_COPY_EXTRA;
	}
	sodium_memzero(plain, sizeof(plain));
	if (r < 0)
		return r;
	/* Nothing but the last chunk is the last, and nothing follows it. */
	return tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL &&
			       pread(from, &more, 1, in) == 0
		       ? 0
		       : -EBADMSG;
}

int open_copy(int from, const struct open_pair *pair, const struct id *owner,
	      int to)
{
	crypto_secretstream_xchacha20poly1305_state state;
	uint8_t head[SEAL_COPY_HEAD_SIZE], start[SEAL_COPY_STREAM_SIZE];
	uint8_t key[SEAL_KEY_SIZE];
	struct seal_copy copy;
	int r = seal_copy_read(from, &copy);

	if (r == 0)
		r = file_read_at(from, head, sizeof(head), 0);
	if (r == 0)
		r = file_read_at(from, start, sizeof(start), sizeof(head));
	if (r == 0 && !id_is(&copy.owner, owner))
		r = -EBADMSG;
	if (r == 0)
		r = open_key(&copy.wrapped, pair, SEAL_FOR_COPY, owner, key);
	if (r < 0)
		return r == -ENODATA ? -EBADMSG : r;
	if (crypto_secretstream_xchacha20poly1305_init_pull(&state, start,
							    key) != 0)
		r = -EBADMSG;
	if (r == 0)
		r = pour(from, &state, head, to);
	sodium_memzero(key, sizeof(key));
	sodium_memzero(&state, sizeof(state));
	return r;
}
