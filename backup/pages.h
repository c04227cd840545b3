/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file pages.h
 * The audit log in a back-up: as it lies in the vault, each entry sealed to
 * the key pair of its day, so that it dies there when it dies in the vault.
 *
 *	audit.pages   the vault's files, one behind the other (vault/page.h)
 *	audit.sum     SHA-256 of it and of made.proof, as sha256sum(1) has it
 *	checkpoint    signed after the back-up was made (vault/note.h)
 *	made.proof    that the back-up was made, as the one entry that can be
 *	              read without a key (C2SP tlog-proof); it names the SHA-256
 *	              of the manifest, and nobody
 *
 * Leaves stand outside of what is sealed. So that the log is whole, is the
 * one of its checkpoint and has that entry is seen without any key.
 */
#ifndef TALLENNE_BACKUP_PAGES_H
#define TALLENNE_BACKUP_PAGES_H

#include "base/bytes.h"
#include "vault/verify.h"

#define PAGES_LOG "audit.pages"
#define PAGES_SUM "audit.sum"
#define PAGES_CHECKPOINT "checkpoint"
#define PAGES_MADE "made.proof"

/** The entry that a proof shows. */
struct pages_entry {
	uint64_t seq;
	uint8_t leaf[TREE_HASH_SIZE];
	char payload[RECORD_PAYLOAD_MAX + 1];
};

/** Read a proof's entry; its path is not looked at. 0 or -EBADMSG. */
MUST int pages_entry(struct slice proof, struct pages_entry *ret_entry);

/**
 * Whether this is the log of a checkpoint, or goes on from there, and has an
 * entry.
 *
 * @param pages  borrowed, read from its start
 * @param note   NULL: no checkpoint is compared with
 * @param entry  NULL: none is looked for
 * @param[out] ret_entries  how many there are
 * @param[out] ret_problem  what is wrong, a literal
 * @return 0, -EBADMSG, or errno
 */
MUST int pages_check(int pages, const struct note *note,
		     const struct pages_entry *entry, uint64_t *ret_entries,
		     const char **ret_problem);

/** Read the entry that says that a back-up was made; 0, -EBADMSG, or errno. */
MUST int pages_made(int dir, struct pages_entry *ret_entry);

/** Read and check a back-up's checkpoint; as note_read(). */
MUST int pages_note(int dir, const char *key, struct note *ret_note);

/** Open the log in a back-up and compare sums; a descriptor, or errno. */
MUST int pages_open(int dir);

/** Write the sums of what is there already. */
MUST int pages_sum(int dir);

#endif
