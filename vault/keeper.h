/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file keeper.h
 * What the vault holds while it runs, and what it does by itself.
 *
 * The keeper owns keyring, audit log, clock and streams. Its letters are
 * served by vault/letters.c (rooms) and vault/door.c (people); they come
 * here to write things down, to unlock and to lock.
 */
#ifndef TALLENNE_VAULT_KEEPER_H
#define TALLENNE_VAULT_KEEPER_H

#include "base/counters.h"
#include "base/room.h"
#include "base/settings.h"
#include "vault/audit.h"
#include "vault/keyring.h"
#include "vault/stream.h"
#include "vault/today.h"
#include "vault/vault.h"

enum {
	KEEPER_LINES_MAX = 3,	/**< register, finish, chat */
	KEEPER_CLIENTS_MAX = 8, /**< of the door, at a time */
	KEEPER_TICK_MS = 10000,
	KEEPER_SEEN_HOURS = 6,	   /**< how often the time is written down */
	KEEPER_HORIZON_MAX = 4000, /**< days */
	KEEPER_TRIES_MAX = 5,	   /**< wrong passphrases before a pause ... */
	KEEPER_TRIES_WAIT_S = 30,  /**< ... of so long */
};

enum keeper_line { KEEPER_REGISTER, KEEPER_FINISH, KEEPER_CHAT };

/** Somebody at the door. */
struct keeper_client {
	struct keeper *keeper;
	int fd; /**< -1: nobody */
	uint32_t uid;
};

struct keeper {
	struct room *room; /**< NULL: nobody to hand keys to */
	struct loop *loop;
	int dir, door;
	int passphrase; /**< -1: none given */
	int line[KEEPER_LINES_MAX];
	struct keeper_client client[KEEPER_CLIENTS_MAX];
	struct settings *settings;
	const char *origin, *node;
	int horizon_days, memory_mib;
	bool asks; /**< people unlock, no file does */

	struct keyring *ring;
	struct audit *audit;
	struct today today;
	struct streams streams;
	seal_date filled;    /**< date on which keys were last made */
	nanoseconds seen_at; /**< when the time was last written down */
	/** Answers to VAULT_APPEND that wait for one sync; none outside
	 *  letters_hear(). */
	struct keeper_waiting {
		uint64_t tag, seq;
	} waiting[AUDIT_GROUP_MAX];
	int waiting_count;
	int tries;	      /**< wrong passphrases in a row */
	nanoseconds tried_at; /**< by the monotonic clock */
	bool was_paused;
	bool has_failed; /**< the disk did; the process ends */

	struct counter *entries, *unsealed, *refused, *keys, *overdue;
	struct counter *locked, *paused, *running, *damaged, *holds;

	/** The first date whose pairs the newest key back-up has; 0: there is
	 *  none. On that day it should have been replaced. */
	seal_date copied_from;
	struct counter *copy_overdue;
};

/** Before anything came. */
struct keeper keeper_new(void);

/** Settings came, first or again. */
MUST int keeper_set(struct keeper *keeper, int fd);

/**
 * Everything came: open what there is, unlock if a passphrase came too.
 *
 * @param room  where public halves are handed to; NULL in tests
 */
MUST int keeper_start(struct keeper *keeper, struct room *room,
		      struct loop *loop);

/** A passphrase came in a file, which is borrowed. */
MUST int keeper_unlock_from(struct keeper *keeper, int fd);

/**
 * Unlock, or make the ring if there is none.
 *
 * Where the clock had jumped, this is also the word of a person that it is
 * right, if "confirms".
 *
 * @param actor  for the audit entry, [a-z0-9:]+
 * @return 0, -EACCES, -EALREADY, -EINVAL, -EAGAIN (too many wrong tries),
 *         or errno
 */
MUST int keeper_unlock(struct keeper *keeper, struct slice passphrase,
		       const char *actor, bool confirms);

/** Lock: wipe the keys, end all streams. */
MUST int keeper_lock(struct keeper *keeper, const char *actor);

/**
 * Write down an entry that came from a room.
 *
 * @param[out] ret_seq  its number
 * @return 0, -EBADMSG, or -EIO, and then the process ends
 */
MUST int keeper_write(struct keeper *keeper, const struct vault_entry *entry,
		      uint64_t *ret_seq);

/**
 * The same for an answer that waits for others: it is durable only after
 * keeper_sync().
 *
 * @return also -EAGAIN: so many wait that those have to be synced first
 */
MUST int keeper_put(struct keeper *keeper, const struct vault_entry *entry,
		    uint64_t *ret_seq);

/** Make durable what was put: 0, or -EIO, and then the process ends. */
MUST int keeper_sync(struct keeper *keeper);

/** Write down an entry of the vault's own: literals, ids and numbers. */
MUST int keeper_note(struct keeper *keeper, const char *format, ...)
	FORMAT(2, 3);

/** Write down that what entry "seq" asked for was not done. */
void keeper_refuse(struct keeper *keeper, uint64_t seq, int r);

/** The civil date today, as far as the clock is believed. */
seal_date keeper_today(struct keeper *keeper);

/** Hand the public halves to the recorders. */
void keeper_publish(struct keeper *keeper);

/** Take the pairs of the log's days as they were kept for a locked start. */
void keeper_load_days(struct keeper *keeper);

/** Make pairs for the log's days from today on, and use them. Unlocked. */
MUST int keeper_fill_days(struct keeper *keeper, seal_date today);

/**
 * Destroy what was written into the log before a date, and write that down
 * first.
 *
 * @param[out] ret_seq  number of that entry; 0 if there was nothing
 * @return 0, -EBADMSG, -ENOKEY, -EPERM (VAULT_LOG_LEAST_DAYS, or the clock
 *         jumped), -EIO, and then the process ends
 */
MUST int keeper_forget_log(struct keeper *keeper, seal_date before,
			   uint64_t *ret_seq);

/** A copy of the ring was given out: remember from which date on. */
MUST int keeper_copied(struct keeper *keeper, seal_date first);

/** Recall at the start what keeper_copied() kept. */
void keeper_recall_copied(struct keeper *keeper);

/** Tell the administrator, once a day, if it is overdue: what it keeps alive
 *  was promised to be gone. */
void keeper_tell_copy(const struct keeper *keeper, seal_date today);

/** How many days ago the newest key back-up should have been replaced. */
int keeper_copy_overdue(const struct keeper *keeper, seal_date today);

/** Remove some of what was destroyed from the disk too. */
void keeper_clean_log(struct keeper *keeper);

/** The disk failed or a promise cannot be kept: end. */
void keeper_fail(struct keeper *keeper, const char *what, int r);

/** What is done every KEEPER_TICK_MS. */
void keeper_tick(void *keeper);

/** Serve a room's line (vault/letters.c). */
void letters_hear(void *keeper, int end, uint32_t events);

/** Somebody knocks (vault/door.c). */
void door_hear(void *keeper, int fd, uint32_t events);

#endif
