/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file books.h
 * What the register holds in its hands: database, objects, policy, clock.
 *
 * Every other file of this room gets the books as its first parameter.
 * There is one of them in the process; nothing here knows about lines.
 */
#ifndef TALLENNE_REGISTER_BOOKS_H
#define TALLENNE_REGISTER_BOOKS_H

#include "base/settings.h"
#include "db/db.h"
#include "notice/notice.h"
#include "register/errand.h"
#include "register/limit.h"
#include "store/store.h"

enum { BOOKS_KEY_SIZE = 32 };

/** What the administrator chose (register/settings.def). */
struct books_choice {
	bool direct_codes;    /**< one-time codes may open a session at once */
	bool reader_names;    /**< readers are shown by name, not by role */
	int64_t session_s;    /**< longest life of a session */
	int64_t idle_s;	      /**< and without a question */
	int64_t once_s;	      /**< life of a one-time code */
	int64_t grant_months; /**< life of a role */
	int64_t reads_a_day;  /**< different recordings of one person */
	char test_number[24]; /**< service number of test calls, or empty */
};

/** Result of the last reconciliation: rows = objects. */
struct books_balance {
	uint64_t rows, objects;
	uint64_t orphans;  /**< objects without a row */
	uint64_t phantoms; /**< rows without an object */
};

struct books {
	struct db *db;
	struct store *store;
	struct policy *policy; /**< NULL: none yet; then nothing is decided */
	struct clock clock;    /**< for end dates; warped by the demo */
	struct clock wall;     /**< for people: sessions, codes, TOTP */
	struct books_choice choice;
	uint8_t *key; /**< BOOKS_KEY_SIZE bytes, locked; for TOTP secrets */
	struct errands errands; /**< what the vault was asked */
	struct limits limits;
	struct books_balance balance;

	uint64_t highest; /**< register number given last */
	uint64_t known;	  /**< how many numbers are known, dead ones too */
	uint64_t chat_highest, chat_known; /**< the same of chats */
	int64_t outbox_next;	/**< seq of the next entry to be written */
	int64_t outbox_sent;	/**< seq that the vault took last */
	int64_t outbox_cleared; /**< up to which they were deleted */
	int outbox_flying;	/**< entries under way, in their order */
	int64_t outbox_asked;	/**< seq that went to the vault last */
	bool outbox_failed; /**< one of those was not taken: what flies behind
				 it does not count, and all is sent again */
	int64_t reader_next;

	bool vault_locked;
	uint64_t audit_entries;
	uint8_t audit_root[32];
	seal_date key_first[SEAL_CLASSES]; /**< as in struct vault_status */
	seal_date log_first;
	uint64_t overdue;
	int64_t swept_at;
};

/**
 * Open the books in the room's own directory.
 *
 * Makes what is not there: register.db, objects/, staff.key (the key that
 * seals TOTP secrets, so that a copy of the database alone has none).
 *
 * @param dir     the directory "state", borrowed
 * @param broken  see db_open()
 */
MUST int books_open(int dir, db_broken_fn *broken, struct books **ret_books);
void books_close(struct books *books);
/** Cleanup for OWNED(). */
void books_drop(struct books **books);

/** Take what the administrator chose, and the roster of agents. */
MUST int books_set(struct books *books, const struct settings *settings);

/**
 * Take a policy, which is owned from now on. Remembers its version, and
 * writes into the audit log who signed it.
 *
 * When another one held before, that it holds now is in the audit log, with
 * the SHA-256 of its text; a text that changed without its id and version
 * is marked there and in the log.
 *
 * @return 0, or -ENOSPC
 */
MUST int books_take_policy(struct books *books, struct policy *policy,
			   struct slice note);

/** Count anew what is kept in memory: after a transaction rolled back. */
void books_recall(struct books *books);

/** How many numbers are missing between 1 and the highest. */
uint64_t books_gaps(const struct books *books);
uint64_t books_chat_gaps(const struct books *books);

/** A small fact; otherwise if it was never kept. */
int64_t books_mark(struct books *books, const char *name, int64_t otherwise);
MUST int books_keep_mark(struct books *books, const char *name, int64_t value);

/** Seconds by the clock of end dates, and by that of people. */
static inline int64_t books_seconds(const struct books *books)
{
	return clock_seconds(&books->clock);
}

static inline int64_t books_wall(const struct books *books)
{
	return clock_seconds(&books->wall);
}

#endif
