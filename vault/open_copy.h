/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file open_copy.h
 * Opening a file of a back-up (seal/copy.h). What restores does this, with
 * the service stopped, and nobody else.
 */
#ifndef TALLENNE_VAULT_OPEN_COPY_H
#define TALLENNE_VAULT_OPEN_COPY_H

#include "seal/copy.h"
#include "vault/open.h"

/**
 * Open it into another file.
 *
 * @param from   the sealed file, borrowed
 * @param pair   the pair that its head names
 * @param owner  the back-up it must belong to
 * @param to     empty, writable; borrowed, not synced. What was written when
 *               it fails is not to be used
 * @return 0, -EBADMSG if it is not that or not whole, or errno
 */
MUST int open_copy(int from, const struct open_pair *pair,
		   const struct id *owner, int to);

#endif
