/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file pool.h
 * Objects in a back-up: as they are, but without their keys.
 *
 * An object carries its key, sealed to its end date. In the pool that box is
 * zeros: it stands in the rows alone, in the sealed database, which does not
 * live longer than its back-up. So an object that was erased before its end
 * (its date's key lives on) cannot be opened in any copy as soon as the last
 * back-up that knew its row has died, and the pool needs no purge for that.
 *
 * Each object lies once in the pool, however many back-ups know it.
 */
#ifndef TALLENNE_BACKUP_POOL_H
#define TALLENNE_BACKUP_POOL_H

#include "base/bytes.h"
#include "seal/seal.h"

/** An object in a back-up's list, in order of ids. */
struct pool_item {
	struct id id;
	uint64_t size;
	uint8_t hash
		[SEAL_HASH_SIZE]; /**< SHA-256 of it as it lies in the pool */
};

struct pool_list {
	struct pool_item *item;
	size_t count, room;
};

void pool_list_drop(struct pool_list *list);
/** Add one after all others; 0, -EINVAL out of order, or -ENOMEM. */
MUST int pool_list_add(struct pool_list *list, const struct pool_item *item);
/** Find one; NULL if it is not in it. */
const struct pool_item *pool_list_find(const struct pool_list *list,
				       const struct id *id);
/** Write and read the file objects.list; -EBADMSG if it is none. */
MUST int pool_list_write(const struct pool_list *list, int dir);
MUST int pool_list_read(int dir, struct pool_list *ret_list);

/** Open the pool of a directory of back-ups, making it if asked to. */
MUST int pool_open(int dir, bool makes);

/**
 * Copy an object into the pool, checking it on the way.
 *
 * @param objects  the register's directory of objects
 * @param item     id and size; its hash is filled in
 * @param hash     what the register says that the object's is
 * @return 1: copied, 0: it was there (then it is hashed anew), -ENOENT: not
 *         there, -EBADMSG: not what it should be, or errno
 */
MUST int pool_put(int pool, int objects, struct pool_item *item,
		  const uint8_t hash[SEAL_HASH_SIZE]);

/** Read one through; 0, -ENOENT, -EBADMSG, or errno. */
MUST int pool_check(int pool, const struct pool_item *item);

/** Whether it is there and as large as it should be. */
bool pool_has(int pool, const struct pool_item *item);

/**
 * Put an object back as it was.
 *
 * @param objects  directory with folders, as the register has it
 * @param wrapped  its key, from its row
 * @param hash     what it must be then
 */
MUST int pool_get(int pool, int objects, const struct pool_item *item,
		  const struct seal_wrapped *wrapped,
		  const uint8_t hash[SEAL_HASH_SIZE]);

/** Remove what is in none of the lists; how many, or a negative errno. */
MUST int64_t pool_prune(int pool, const struct pool_list *lists, size_t count);

#endif
