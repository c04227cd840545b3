/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file restore.h
 * Putting a back-up back: a content back-up (backup/manifest.h) and the keys
 * of the vault that made it become a state directory again, with the service
 * stopped.
 *
 * What comes back is never more than what may still be there. Before anything
 * is opened it is made sure that this is no step back in time; before the
 * first room starts, what the newest log at hand says to be destroyed, erased
 * or held since is destroyed, erased and held again
 * (docs/decisions/0016-what-a-restore-may-bring-back.md).
 *
 * The keys come from the key back-up, one file, or from the "vault" directory
 * of the state that was lost in part: then its log comes from there as well
 * and reaches up to the last moment.
 *
 * It is a program of its own, tallenne-restore, which "tallenne backup" runs:
 * the command that people have at hand every day can open nothing. It alone
 * beside the vault includes vault/open.h.
 */
#ifndef TALLENNE_RESTORE_H
#define TALLENNE_RESTORE_H

#include "backup/manifest.h"
#include "backup/pages.h"
#include "backup/pool.h"
#include "db/db.h"
#include "vault/keyring.h"

/** How it ends; as the commands' exit codes (cli/say.h). */
enum restore_exit {
	RESTORE_DONE = 0,
	RESTORE_FAILED = 1,  /**< the disk, or what was given, is no good */
	RESTORE_WRONG = 2,   /**< what was asked for cannot be meant */
	RESTORE_FOUND = 3,   /**< done; objects were missing or damaged */
	RESTORE_REFUSED = 4, /**< it would break a promise */
};

struct restore_options {
	const char *dir;	/**< directory of back-ups */
	const char *name;	/**< of one; NULL: the newest */
	const char *keys;	/**< key back-up, or directory of a vault */
	const char *state;	/**< empty, or not there yet */
	const char *checkpoint; /**< what a witness kept, or NULL */
	seal_date today;	/**< 0: by the system's clock */
	bool older_keys; /**< a person knows that the newest key back-up is
			      lost */
};

/** What was found and done. */
struct restore_figures {
	uint64_t objects, bytes;
	uint64_t missing; /**< not in the pool, or damaged */
	uint64_t ended;	  /**< files of rows whose key is gone */
	uint64_t erased;  /**< items erased early since */
	uint64_t keys;	  /**< keys destroyed again */
	uint64_t holds;	  /**< holds placed or lifted again */
	uint64_t entries; /**< of the log that was replayed */
	/* Of a rehearsal. */
	uint64_t opened;  /**< objects that were opened and read to their end */
	uint64_t closed;  /**< that nothing opens: ended, erased, or their key
			      is not in the key back-up */
	uint64_t broken;  /**< whose key is there, and that do not open */
	uint64_t overdue; /**< that open, although their day has come */
};

/** A restore under way; the parts below fill it one after the other. */
struct restore {
	const struct restore_options *options;
	seal_date today;
	int shelf, dir, state, vault, rows, objects;
	int database, pages;
	struct backup backup;
	struct keyring *ring;
	struct db *db;
	bool is_copy; /**< the keys are a key back-up */
	char origin[NOTE_ORIGIN_MAX + 1];
	char key[SIGNATURE_KEY_SIZE]; /**< verifier key of this vault */
	struct restore_figures figures;
	int64_t told_at;
};

/** Nothing open. */
struct restore restore_new(const struct restore_options *options);
void restore_drop(struct restore *restore);

/**
 * Restore all of it; says on stderr what is wrong.
 *
 * @param passphrase  of the ring
 * @param keeps       false: a rehearsal, of which nothing is written down
 * @return enum restore_exit
 */
MUST int restore_all(struct restore *restore, struct slice passphrase,
		     bool keeps);

/** The newest back-up whose name stands before one (NULL: of all); 0, -ENOENT,
 *  or errno. The names may be the same memory. */
MUST int restore_before(int shelf, const char *before,
			char ret_name[BACKUP_NAME_SIZE]);

/** Say why on stderr: "tallenne backup: ..." */
void restore_say(const char *format, ...) FORMAT(1, 2);

/** Tell how far it is, on stderr, from time to time. */
void restore_tell(struct restore *restore, const char *what, uint64_t done,
		  uint64_t of);

/* The parts. Each says what is wrong and gives an enum restore_exit. */

/** Take keys and log into the vault's directory, refusing a step back. */
MUST int restore_take_log(struct restore *restore, struct slice passphrase);

/** Write down that it was done and sign the log (keys are in use). */
MUST int restore_note(struct restore *restore);

/** Take the database: the whole, and the rows that still have a key. */
MUST int restore_take_rows(struct restore *restore);

/** Do again what the log says was done since. */
MUST int restore_replay(struct restore *restore);

/** Take the objects of the rows that are left. */
MUST int restore_take_objects(struct restore *restore);

/**
 * Open everything that was restored and may be read, and try everything that
 * may not be.
 *
 * @return RESTORE_DONE, RESTORE_FOUND if something does not open,
 *         RESTORE_REFUSED if something opens that should not
 */
MUST int restore_try(struct restore *restore);

/** Remove a directory and all below it; 0 or a negative errno. */
MUST int restore_remove(int parent, const char *name);

#endif
