/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file backup.h
 * What the parts of "tallenne backup" share.
 */
#ifndef TALLENNE_CLI_BACKUP_H
#define TALLENNE_CLI_BACKUP_H

#include "backup/manifest.h"
#include "backup/pool.h"
#include "cli/option.h"

struct shelf_options {
	const char *run, *policy, *key;
	const char *keys, *state, *checkpoint, *scratch;
	uint64_t days, ahead;
	bool json, older_keys;
};

/** Each prints what it found or did, and gives an exit status. */
int shelf_create(const struct shelf_options *options, const char *dir);
int shelf_list(const struct shelf_options *options, const char *dir);
int shelf_verify(const struct shelf_options *options, const char *dir,
		 const char *name);
int shelf_keys(const struct shelf_options *options, const char *file);
int shelf_restore(const struct shelf_options *options, const char *dir,
		  const char *name);
int shelf_rehearse(const struct shelf_options *options, const char *dir,
		   const char *name);

/** Open a directory of back-ups; says what is wrong. */
MUST int shelf_open(const char *dir);

/** Names of the back-ups in it, the oldest first. */
enum { SHELF_MAX = 1024 };
struct shelf {
	char name[SHELF_MAX][BACKUP_NAME_SIZE];
	size_t count;
};
MUST int shelf_read(int dir, struct shelf **ret_shelf);

/* What the running rooms are asked; each says what is wrong. */

/** Pour what the vault answers into a file. @param text  with the question */
MUST int shelf_ask_vault(const char *run, uint16_t type, const char *text,
			 int to);
/** Have something written down. @param[out] ret_seq  number of the entry */
enum { SHELF_SEQ_SIZE = 24 };
MUST int shelf_note(const char *run, const char *act,
		    const struct backup *backup, char ret_seq[SHELF_SEQ_SIZE]);
/** Pour the audit log as it lies sealed into an empty file: whole lines. */
MUST int shelf_pages(const char *run, int to);

#endif
