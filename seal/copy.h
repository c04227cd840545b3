/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file copy.h
 * A file of a back-up, sealed to an end date as everything else is.
 *
 * What stands in a back-up must not outlive what it is a copy of. So a file
 * of it is sealed to the key pair of a date, and dies with that key in every
 * place it was carried to. Opening it is vault/open_copy.h's.
 *
 * Byte by byte, version 1; numbers are little-endian:
 *
 *	  0   8  "tlnncopy"
 *	  8   2  version: 1
 *	 10   6  zero
 *	 16  16  owner: the back-up it belongs to
 *	 32   4  class of data, enum seal_class
 *	 36   4  end date
 *	 40 112  its key, sealed (seal/box.h, SEAL_FOR_COPY)
 *	152  24  header of libsodium's secretstream (XChaCha20-Poly1305)
 *	176      chunks of 65536 plain bytes and 17 more; data of the first:
 *	         bytes 0 to 151. The last, which may be shorter or empty, is
 *	         marked as the last.
 */
#ifndef TALLENNE_SEAL_COPY_H
#define TALLENNE_SEAL_COPY_H

#include "seal/box.h"

enum {
	SEAL_COPY_HEAD_SIZE = 152,
	SEAL_COPY_STREAM_SIZE = 24,
	SEAL_COPY_CHUNK = 65536,
	SEAL_COPY_EXTRA = 17,
	SEAL_COPY_AT_OWNER = 16,
	SEAL_COPY_AT_CLASS = 32,
	SEAL_COPY_AT_DATE = 36,
	SEAL_COPY_AT_BOX = 40,
};

#define SEAL_COPY_MAGIC "tlnncopy"

/** What the head of such a file says. */
struct seal_copy {
	struct id owner;
	struct seal_wrapped wrapped;
};

/**
 * Seal a file into another.
 *
 * @param from   regular file, read from its start; borrowed
 * @param to     empty, writable; borrowed, not synced
 * @param end    until when it may be opened
 * @param owner  the back-up
 * @param[out] ret_end  the date really used: that one, or an earlier one
 * @return 0, -ENOKEY, or the errno of reading and writing
 */
MUST int seal_copy_write(int from, int to, const struct seal_keyset *set,
			 const struct seal_end *end, const struct id *owner,
			 struct seal_end *ret_end);

/** Read the head; 0, -EBADMSG, -ENOTSUP for a later version, or errno. */
MUST int seal_copy_read(int fd, struct seal_copy *ret_copy);

#endif
