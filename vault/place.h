/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file place.h
 * Replacing a small file as a whole, so that at every instant either the
 * old or the new one is there.
 */
#ifndef TALLENNE_VAULT_PLACE_H
#define TALLENNE_VAULT_PLACE_H

#include "base/base.h"

/**
 * Write a file anew: new name, fsync, rename, fsync of the directory.
 *
 * @param dir   borrowed
 * @param name  up to 32 characters; "name.new" is used on the way
 * @return 0, or the negative errno of the first step that failed; the old
 *         file then stands, and nothing must be tried a second time
 */
MUST int place_write(int dir, const char *name, const void *bytes, size_t size);

/**
 * The same, and overwrite the old file's blocks with zeros afterwards.
 *
 * Overwriting is a courtesy: flash media and copying file systems keep what
 * they like. What must be forgotten is forgotten because its key is.
 */
MUST int place_write_over(int dir, const char *name, const void *bytes,
			  size_t size);

/** Read one; as file_read(). -ENOENT if it is not there. */
MUST int place_read(int dir, const char *name, size_t max, char **ret_bytes,
		    size_t *ret_size);

/**
 * Write a short text into somebody else's pipe, socket or file, whose
 * offset is respected, without ever waiting.
 *
 * @return 0, -EAGAIN if there was not room for all of it, or errno
 */
MUST int place_put(int fd, const void *bytes, size_t size);

#endif
