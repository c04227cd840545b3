/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file journal_file.h
 * Heads, runs and records of a journal's file, byte by byte as
 * chat/journal.h says. Whose file it is and when it is written is told
 * there.
 */
#ifndef TALLENNE_CHAT_JOURNAL_FILE_H
#define TALLENNE_CHAT_JOURNAL_FILE_H

#include "chat/journal.h"

enum { JOURNAL_COUNTS_MAX = JOURNAL_FILES_MAX - 1 };

struct journal_head {
	struct id id;
	uint64_t generation;
	struct id counts[JOURNAL_COUNTS_MAX]; /**< earlier files that count */
	struct seal_wrapped wrapped;
	uint8_t commitment[SEAL_HASH_SIZE];
};

/** Key and counter of the present run. */
struct journal_run {
	uint8_t key[SEAL_KEY_SIZE];
	uint64_t next;
	uint32_t written; /**< records of the present write */
};

/** A head with a fresh key, sealed to an end. */
MUST int journal_head_new(struct journal_head *ret_head, uint64_t generation,
			  const struct seal_keyset *set,
			  const struct seal_end *end,
			  uint8_t ret_key[SEAL_KEY_SIZE]);
void journal_head_write(const struct journal_head *head,
			uint8_t out[JOURNAL_HEAD_SIZE]);
/** Read one; 0 or -EBADMSG. */
MUST int journal_head_read(const uint8_t bytes[JOURNAL_HEAD_SIZE],
			   struct journal_head *ret_head);
/** Whether this is its key. */
bool journal_head_fits(const struct journal_head *head,
		       const uint8_t key[SEAL_KEY_SIZE]);
/** Whether an earlier file still counts beside it. */
bool journal_head_counts(const struct journal_head *head,
			 const struct id *file);

/** Begin a run: its block, and its key. */
void journal_run_begin(struct journal_run *run, const struct id *file,
		       const uint8_t key[SEAL_KEY_SIZE],
		       uint8_t out[JOURNAL_RUN_SIZE]);

/** Size of a record once it is sealed. */
size_t journal_record_size(size_t size);
/** Seal one; out has room for journal_record_size(). */
void journal_record_seal(struct journal_run *run, const uint8_t *bytes,
			 size_t size, uint8_t *out);

/**
 * Read all records of a file.
 *
 * @param fd  borrowed
 * @param[out] ret_end  after the last whole one
 * @param[in,out] damaged  how many were passed over
 * @return 0 or the errno of reading
 */
MUST int journal_file_read(int fd, const struct journal_head *head,
			   const uint8_t key[SEAL_KEY_SIZE],
			   journal_take_fn *take, void *self, int64_t *ret_end,
			   uint64_t *damaged);

#endif
