/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file journal.h
 * What was promised to the register, on disk before anybody hears of it.
 *
 * Every contact gets its number here, and every state of it is written
 * here and made durable before the first media byte and before the client
 * is answered. The register may be away for days; what it has not
 * acknowledged is sent again, also after a crash of ours.
 *
 * The file is a row of records of one size:
 *
 *	magic    4  "TJ01"
 *	kind     4  1: a contact; 2: mark, only its number counts: all
 *	            numbers up to it were given
 *	crc      4  CRC-32 of what follows
 *	size     4  of what follows
 *	contact     struct register_contact, its letter head zeroed
 *
 * A record that is torn or damaged is passed over; whole zero records are
 * holes where settled ones stood. Numbers go on without a gap after any
 * crash: a number leaves this file only after it is durable, and the file
 * never forgets the last one, except when it is empty. Then the register,
 * which has acknowledged everything, tells it (journal_learn()).
 *
 * No fsync is ever retried: after the first error the journal is dead and
 * the room must end.
 */
#ifndef TALLENNE_SIPREC_JOURNAL_H
#define TALLENNE_SIPREC_JOURNAL_H

#include "register/register.h"

enum {
	JOURNAL_BACKLOG_MAX = 4 * 1024 * 1024, /**< contacts */
	JOURNAL_SETTLE_SIZE = 1024 * 1024,     /**< worth clearing out */
};

struct journal;

/**
 * Read a journal and go on with it.
 *
 * @param fd  readable and writable, owned by the journal from now on, also
 *            when this fails
 * @return 0, -ENOTSUP if another version wrote it, -ENOMEM or errno
 */
MUST int journal_open(int fd, struct journal **ret_journal);
void journal_close(struct journal *journal);

/** Whether the next number is known. */
bool journal_knows_number(const struct journal *journal);

/** The register's highest number. */
void journal_learn(struct journal *journal, uint64_t last);

/** Number of the next new contact; only if it is known. */
uint64_t journal_next(const struct journal *journal);

/**
 * Write a contact's state; a row with number journal_next() uses it up.
 *
 * Nothing is durable before journal_commit().
 *
 * @return 0, -ENOSPC when the backlog is full, or -ENOMEM
 */
MUST int journal_append(struct journal *journal,
			const struct register_contact *row);

/**
 * Make everything appended durable.
 *
 * @return 0; -ENOSPC: nothing of it is, try again later; any other error
 *         is final
 */
MUST int journal_commit(struct journal *journal);

/**
 * The next row to send, in the order of numbers; only what is durable.
 *
 * @return 0, -ENOENT if there is none, or errno of reading
 */
MUST int journal_unsent(struct journal *journal, struct register_contact *row);

/** It was posted. */
void journal_sent(struct journal *journal, uint64_t number, uint32_t version);

/** The register has it. */
void journal_noted(struct journal *journal, uint64_t number, uint32_t version);

/** The register is new: send again what it has not acknowledged. */
void journal_resend(struct journal *journal);

/** How many contacts wait for the register's acknowledgement. */
uint64_t journal_backlog(const struct journal *journal);

/** Clear settled records out of the file, if that is worth it. */
MUST int journal_settle(struct journal *journal);

/** Called with the last state of each contact that is not over. */
typedef void journal_open_fn(void *self, const struct register_contact *row);

/** Look through contacts that never ended; after journal_open(). */
MUST int journal_each_open(struct journal *journal, journal_open_fn *act,
			   void *self);

#endif
