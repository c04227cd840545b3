/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file store.h
 * Objects: sealed files in a local directory, named by random ids.
 *
 * It owns what it holds: every object is copied into a new inode of this
 * room's own user, so nobody who made one can change it later. It never
 * looks inside, and no name tells anything (T13).
 *
 * An object is at objects/<first two digits>/<32 digits>, whole or not at
 * all: it is written to a temporary name, synced, renamed without ever
 * replacing another, and the directory is synced. Invariant: when
 * store_put() has returned 0, the object survives a power failure.
 */
#ifndef TALLENNE_STORE_H
#define TALLENNE_STORE_H

#include "base/bytes.h"

enum { STORE_HASH_SIZE = 32 }; /**< SHA-256 */

struct store;

/**
 * Open a store; makes its 256 folders at the first time and removes what a
 * crash left half-written.
 *
 * @param dir  directory, borrowed (a duplicate is kept)
 * @return 0, -ENOMEM, or what openat(2) and mkdirat(2) say
 */
MUST int store_open(int dir, struct store **ret_store);
void store_close(struct store *store);
/** Cleanup for OWNED(). */
void store_drop(struct store **store);

/**
 * Copy bytes into a new object and check them on the way.
 *
 * Putting the same object again is no error: it is there already.
 *
 * @param from  what to copy, from its start; borrowed
 * @param size  of it, exactly
 * @param hash  SHA-256 that it must have
 * @return 0; -EBADMSG if size or hash are not those; -EEXIST if another
 *         object has that name; or a negative errno, then nothing was kept
 *         (after a failed fsync the file is dropped, never synced again)
 */
MUST int store_put(struct store *store, const struct id *object, int from,
		   uint64_t size, const uint8_t hash[STORE_HASH_SIZE]);

/** Open an object to read; a descriptor the caller owns, or -ENOENT ... */
MUST int store_get(struct store *store, const struct id *object);

/** Read an object and compare; 0, -ENOENT, -EBADMSG, or another errno. */
MUST int store_check(struct store *store, const struct id *object,
		     uint64_t size, const uint8_t hash[STORE_HASH_SIZE]);

/** Remove an object, durably; 0 also if there was none. */
MUST int store_remove(struct store *store, const struct id *object);

/** Folders of a store, for store_each(). */
enum { STORE_FOLDERS = 256 };

/**
 * Call back for every object of one folder: those whose id begins with
 * that byte. A store is listed in steps, so that nobody waits for it.
 *
 * @param each  gets the object and its age in seconds by the file's times;
 *              may remove it
 * @return how many there are, or a negative errno
 */
MUST int64_t store_each(struct store *store, uint8_t folder,
			void (*each)(void *self, const struct id *object,
				     int64_t age_s),
			void *self);

#endif
