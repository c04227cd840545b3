/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file check.h
 * Whether an object is as its node left it, without any key.
 *
 * For sweeps over the store, for auditors, and as the first step of the
 * opening half. Whether the node's key is one of ours, and whether the
 * object is the one that was asked for, the caller compares itself.
 */
#ifndef TALLENNE_SEAL_CHECK_H
#define TALLENNE_SEAL_CHECK_H

#include "seal/format.h"

/** What can be known of an object without opening it. */
struct seal_seen {
	struct seal_header header;
	uint8_t header_hash[SEAL_HASH_SIZE];
	uint64_t frames;
	uint8_t frames_hash[SEAL_HASH_SIZE]; /**< as the trailer says */
	uint64_t sealed_size;
};

/**
 * Read a header.
 *
 * @return 0, -EBADMSG if anything in it is not as in seal/format.h or its
 *         signature does not fit, or -ENOTSUP for a later version or an
 *         algorithm unknown here
 */
MUST int seal_check_header(const uint8_t bytes[SEAL_HEADER_SIZE],
			   struct seal_header *ret_header);

/**
 * Look at header, trailer and size of an object.
 *
 * @param fd  regular file, borrowed
 * @return 0, what seal_check_header() says, or the errno of reading
 */
MUST int seal_check_ends(int fd, struct seal_seen *ret_seen);

/**
 * The same, and read all of it.
 *
 * @param[out] ret_hash  SHA-256 of the whole object
 */
MUST int seal_check_whole(int fd, struct seal_seen *ret_seen,
			  uint8_t ret_hash[SEAL_HASH_SIZE]);

#endif
