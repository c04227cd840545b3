/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file audit.h
 * The audit log: what was done with what is kept here, by whom and why.
 *
 * Owns a file for each day, "log-20261130" (vault/page.h), "leaves" and
 * "checkpoint" in the vault's directory. What was written on a day is sealed
 * to the pair of that day and dies with it; leaves stay, so the tree is as
 * whole as ever. An entry that was acknowledged is on the disk. The
 * first write or sync that fails ends the log for this process: nothing is
 * tried again, because a second fsync(2) says 0 without having written.
 *
 * What was signed once in a checkpoint is never taken back: a log that is
 * shorter than its checkpoint, or another one, is not opened.
 */
#ifndef TALLENNE_VAULT_AUDIT_H
#define TALLENNE_VAULT_AUDIT_H

#include "vault/note.h"
#include "vault/volume.h"

/** Entries that are written and made durable with one sync, at most. */
enum { AUDIT_GROUP_MAX = 64 };

struct audit;

/** What opening found. */
struct audit_opened {
	uint64_t entries;
	uint64_t torn;	     /**< bytes of an unfinished last line cut off */
	nanoseconds last_at; /**< time of the last entry, 0: none */
};

/**
 * Open the log, or begin one. Reads all of it. One of before its days had
 * files of their own is taken over first (vault/former.h).
 *
 * @param dir   the vault's directory, borrowed
 * @param node  name of this machine, kept, never freed
 * @return 0; -EBADMSG if an entry in the midst of it is damaged or it is
 *         not the log of its checkpoint; or errno
 */
MUST int audit_open(int dir, const char *node, struct audit **ret_audit,
		    struct audit_opened *ret_opened);

/** Close it; accepts NULL. */
void audit_close(struct audit *audit);

/**
 * Take the public halves of the days' pairs, which are owned from now on.
 * Before the first ones, entries are written in clear.
 */
void audit_take_keys(struct audit *audit, struct seal_keyset *days);

/**
 * Write an entry down, into the volume of its civil day in the zone of the
 * process.
 *
 * @param said  record_said_is()
 * @param now   not before the last entry's
 * @param[out] ret_seq  its number
 * @return 0: it is durable; -EBADMSG: it is no entry, nothing was written;
 *         -EIO: it is not written, nor will any other be
 */
MUST int audit_append(struct audit *audit, nanoseconds now, struct slice said,
		      uint64_t *ret_seq);

/**
 * The same, but durable only with the next audit_sync(), audit_append() or
 * audit_sign(): until then it is in memory alone, in no tree, counted by no
 * audit_size(), and nobody may be told that it was written.
 *
 * @return 0, -EBADMSG, -EIO as above; -EAGAIN: AUDIT_GROUP_MAX wait, sync first
 */
MUST int audit_put(struct audit *audit, nanoseconds now, struct slice said,
		   uint64_t *ret_seq);

/** Make durable what was put; 0, or -EIO: none of it is written. */
MUST int audit_sync(struct audit *audit);

/** Whether a write failed: the process must end. */
bool audit_is_dead(const struct audit *audit);

uint64_t audit_size(const struct audit *audit);

void audit_root(const struct audit *audit, uint8_t ret_root[TREE_HASH_SIZE]);

/**
 * Sign the present state, durably.
 *
 * @param[out] ret_text  the checkpoint
 * @return 0 or -EIO
 */
MUST int audit_sign(struct audit *audit, const char *origin,
		    const uint8_t seed[32], char ret_text[NOTE_SIZE]);

/**
 * Prove that an entry is in the log.
 *
 * @param ring  unlocked
 * @return length of the proof, -ENOENT without such an entry, or errno
 */
MUST int audit_prove(struct audit *audit, const struct keyring *ring,
		     uint64_t seq, const char *origin,
		     char ret_text[NOTE_PROOF_SIZE]);

/**
 * Whether something written before a date is more than leaves.
 *
 * @param[out] ret_entries  how many entries there are before that date, from
 *                          the very first on
 */
bool audit_has_before(const struct audit *audit, seal_date before,
		      uint64_t *ret_entries);

/**
 * The oldest day of which more is left than leaves, 0 if there is none.
 *
 * @param from  the keys of all days before this one are gone
 */
seal_date audit_first(const struct audit *audit, seal_date from);

/**
 * Remove salts and payloads of one day before a date: the volume is written
 * anew with its leaves alone, its old blocks with zeros. To be called after
 * the keys of those days are destroyed, until it says 0; a crash leaves
 * either the old or the new volume.
 *
 * @param before  not after the day of the last entry
 * @return 1: one was cleaned, 0: nothing is left to do, or errno
 */
MUST int audit_clean(struct audit *audit, seal_date before);

/** Read the log as it stands now, as it is exported. */
MUST int audit_read(const struct audit *audit, const struct keyring *ring,
		    struct volume_reader **ret_reader);

#endif
