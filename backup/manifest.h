/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file manifest.h
 * A back-up as it lies in its directory, and what it says of itself.
 *
 *	DIR/objects/ab/<32 digits>      objects without their keys (pool.h),
 *	                                shared by all back-ups in DIR
 *	DIR/<UTC time>-<8 digits>/      one back-up:
 *	    manifest.json               what stands here, with SHA-256 of each
 *	    register.sealed             the database, to the date "until"
 *	    rows-<date>.sealed          rows that end before that, to their end
 *	    staff.sealed                the key of second factors
 *	    objects.list                which objects, 56 bytes each
 *	    keys, policy.yaml, ...      public things
 *	    audit.pages, checkpoint ... the log, which names the manifest's hash
 *	                                (pages.h)
 *
 * No file of it can be opened after its date, wherever it was carried to:
 * each is sealed to a key that the vault destroys (seal/copy.h).
 */
#ifndef TALLENNE_BACKUP_MANIFEST_H
#define TALLENNE_BACKUP_MANIFEST_H

#include "base/bytes.h"
#include "seal/seal.h"

enum {
	BACKUP_DAYS_MAX = 31,
	BACKUP_FILES_MAX = 2 * BACKUP_DAYS_MAX + 16,
	BACKUP_NAME_SIZE = 48,
};

#define BACKUP_MANIFEST "manifest.json"
#define BACKUP_DATABASE "register.sealed"
#define BACKUP_STAFF "staff.sealed"
#define BACKUP_ROWS "rows-"
#define BACKUP_LIST "objects.list"

/*
 * In a state directory: it is being restored, and no house starts there; and
 * it was, so that the house gives the rooms what is theirs.
 */
#define BACKUP_UNFINISHED "restore.unfinished"
#define BACKUP_RESTORED "restore.done"

struct backup_file {
	char name[BACKUP_NAME_SIZE];
	uint64_t size;
	uint8_t hash[SEAL_HASH_SIZE];
};

struct backup {
	struct id id;
	int64_t made_at;  /**< seconds, by the register's clock */
	seal_date date;	  /**< and its civil date */
	seal_date until;  /**< on that day at 00:00 its key is destroyed */
	uint64_t entries; /**< of the audit log before the copy was made */
	uint64_t objects, bytes;
	struct backup_file file[BACKUP_FILES_MAX];
	size_t file_count;
	uint8_t hash[SEAL_HASH_SIZE]; /**< SHA-256 of the manifest itself */
};

/** Hash a file from its start. */
MUST int backup_hash(int fd, uint64_t *ret_size,
		     uint8_t ret_hash[SEAL_HASH_SIZE]);

/** Take a file of a back-up's directory into it; -ENOSPC: too many. */
MUST int backup_add(struct backup *backup, int dir, const char *name);

/** Write the manifest; fills hash. */
MUST int backup_write(struct backup *backup, int dir);

/** Read it; 0, -ENOENT, -EBADMSG, -ENOTSUP for a later format, or errno. */
MUST int backup_read(int dir, struct backup *ret_backup);

/** The name of its directory. */
void backup_name(const struct backup *backup, char out[BACKUP_NAME_SIZE]);

/** Whether a directory's name is that of a finished back-up. */
bool backup_name_is(const char *name);

/**
 * Check what a back-up says of itself, without any key of its content:
 * its files by size and hash, and that the audit log in it is whole, fits
 * its checkpoint and names this manifest.
 *
 * @param key  verifier key of the checkpoint, or NULL
 * @param[out] ret_problem  a literal, or the name of a file in "backup"
 * @return 0, -EBADMSG, or errno
 */
MUST int backup_check(const struct backup *backup, int dir, const char *key,
		      const char **ret_problem);

#endif
