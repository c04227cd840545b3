/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file journal.h
 * Everything that was acknowledged, sealed and on the disk.
 *
 * Rows of records (chat/record.h) in one of the files that the house gives.
 * Byte by byte, version 1, numbers little-endian:
 *
 *	HEAD, 384 bytes
 *	  0   8  "tlnnchat"
 *	  8   2  version: 1
 *	 10   6  zero
 *	 16  16  id of the file, random
 *	 32   8  generation: higher than any file's before it
 *	 40   8  zero
 *	 48  48  ids of up to three earlier files that still count; zero: none
 *	 96   4  class of data of its end date
 *	100   4  end date
 *	104 112  the file's random key K, sealed to that end date for
 *	         SEAL_FOR_CHAT, owner: the file's id (seal/box.h)
 *	216  32  SHA-256("tallenne chat journal 1" || id || K)
 *	248 104  zero
 *	352  32  SHA-256 of bytes 0 to 351
 *
 *	RUN, 128 bytes, before the first record of each process that writes
 *	  0   8  "tlnn run"
 *	  8  32  salt, random
 *	 40  56  zero
 *	 96  32  SHA-256 of bytes 0 to 95
 *
 *	RECORD, a multiple of 256 bytes
 *	  0   4  its size S
 *	  4   4  how many records of the same write stand before it
 *	  8   8  n = 0, 1 ... since the last RUN
 *	 16      XChaCha20-Poly1305 with key BLAKE2b(K, "tallenne chat run 1" ||
 *	         id || salt), nonce n as 8 bytes and zeros, data bytes 0 to
 *	         15; plain: length 4, record, zeros up to S - 36
 *
 * Why like this. The head is written last when a file is begun, so a head
 * that is there says that all which had to be in the file is there, and
 * which older ones it replaces, also while nobody has a key. Each run of
 * the process has a key of its own, so a counter can be the nonce although
 * the end of the file may have been torn off. Sizes are steps of 256, so
 * the disk tells little of what was said. Of the last write nothing behind a
 * torn record counts, for it was never acknowledged; any other damaged
 * record is passed over, and what is missing is found by the numbers inside.
 *
 * Everything that waits is written with one write and one fdatasync. No
 * fdatasync is tried twice: after an error the file is dead, and what lives
 * is written whole into another one, under another key. If that fails too,
 * nothing was taken.
 */
#ifndef TALLENNE_CHAT_JOURNAL_H
#define TALLENNE_CHAT_JOURNAL_H

#include "base/clock.h"
#include "chat/attic.h"
#include "seal/box.h"

enum {
	JOURNAL_FILES_MAX = ATTIC_KEYS_MAX,
	JOURNAL_HEAD_SIZE = 384,
	JOURNAL_RUN_SIZE = 128,
	JOURNAL_STEP = 256,
	JOURNAL_RECORD_MAX = 8192, /**< sealed */
	JOURNAL_PENDING_MAX = 64 << 20,
	/** Worth writing anew what lives, if that is less than half. */
	JOURNAL_FULL_SIZE = 64 << 20,
	/** Never larger than this. */
	JOURNAL_SIZE_MAX = 1 << 30,
};

struct journal;

/** Writing and syncing, so that a test can fail them. */
struct journal_disk {
	int (*write)(int fd, const void *bytes, size_t size, int64_t offset);
	int (*sync)(int fd); /**< 0 or a negative errno */
};

/** A record that was read. */
typedef void journal_take_fn(void *self, const uint8_t *bytes, size_t size);

/** Put everything that lives into the journal; 0 or a negative errno. */
typedef int journal_whole_fn(void *self);

/** Make one. @param disk  borrowed; NULL: the system's */
MUST int journal_new(const struct journal_disk *disk,
		     struct journal **ret_journal);
void journal_free(struct journal *journal);

/** Where keys are kept; borrowed. */
void journal_set_attic(struct journal *journal, struct attic *attic);

/**
 * Take a file: at the start all there are; later a fresh one in the place
 * of one that is dead.
 *
 * @param fd  readable and writable, owned from now on
 * @return 0, -EINVAL for a place that is none or is in use, or errno
 */
MUST int journal_file(struct journal *journal, uint64_t number, int fd);

/**
 * The newest file that was not read yet. Files are read from the newest to
 * the oldest, for the newest knows what became of the others.
 *
 * @param[out] ret_file     its id
 * @param[out] ret_wrapped  its key
 * @return false when everything that counts was read
 */
bool journal_unread(struct journal *journal, struct id *ret_file,
		    struct seal_wrapped *ret_wrapped);

/**
 * Read that file.
 *
 * @param key  NULL: the one in the attic
 * @return 0; -ENOKEY: it is not in the attic; -EBADMSG: it is not this
 *         file's; or errno
 */
MUST int journal_read(struct journal *journal, const struct id *file,
		      const uint8_t *key, journal_take_fn *take, void *self);

/** Give that file up: its key is gone for good. */
void journal_give_up(struct journal *journal, const struct id *file);

/** A record said that what is in this file was moved elsewhere. */
void journal_moved(struct journal *journal, const struct id *file);

/**
 * Files that were read and are not the one being written, whose content
 * must be put here before they go.
 *
 * @return false if there is none
 */
bool journal_leftover(struct journal *journal, struct id *ret_file);

/** Whether there is a file to write to. */
bool journal_can_write(const struct journal *journal);

/** Go on with the newest file that was read, if there is none yet. */
void journal_adopt(struct journal *journal);

/** Put a record, in order. Nothing is durable before journal_commit(). */
MUST int journal_put(struct journal *journal, const uint8_t *bytes,
		     size_t size);

/** Drop what waits. */
void journal_abandon(struct journal *journal);

/** Whether anything waits. */
bool journal_has_pending(const struct journal *journal);

/**
 * Make everything that was put durable.
 *
 * Files of which journal_moved() records were put are emptied then.
 *
 * @return 0; -ENOSPC and others: nothing of it is, the file can still be
 *         tried; -EIO: it is dead. In both cases what waited is dropped.
 */
MUST int journal_commit(struct journal *journal);

/**
 * Begin another file and write everything that lives into it, then empty
 * the one that was written to until now.
 *
 * @param set   public halves
 * @param end   until when its key may be opened
 * @return 0; -ENOSPC if there is no empty file; or an error: then all is as
 *         before, but what waited was dropped, and if the very last sync
 *         failed the file before is written to no more: nobody knows which
 *         of the two counts, until another is begun
 */
MUST int journal_renew(struct journal *journal, const struct seal_keyset *set,
		       const struct seal_end *end, journal_whole_fn *whole,
		       void *self);

/** Whether there is an empty file to begin. */
bool journal_has_empty(const struct journal *journal);

/** A place whose file is dead and holds nothing that counts: the house
    may give another. @return false if there is none */
bool journal_wants(const struct journal *journal, uint64_t *ret_number);

/** Size of the file being written; 0: none. */
int64_t journal_size(const struct journal *journal);

/** Damaged records passed over so far. */
uint64_t journal_damaged(const struct journal *journal);

#endif
