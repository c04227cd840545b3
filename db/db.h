/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file db.h
 * A thin face over the database: prepared statements and rows, no more.
 *
 * One SQL text for SQLite and PostgreSQL. What differs between the two has
 * no way in: parameters are $1, $2 ... and are bound by name (SQLite numbers
 * them by first appearance, so binding by position swaps values silently),
 * numbers are BIGINT, bytes are BLOB (a domain over BYTEA in PostgreSQL),
 * there are no booleans, no identity columns and no date arithmetic.
 *
 * A statement is a literal of the program: db_run() and db_ask() are macros
 * that do not compile with anything else, so no text from outside ever
 * becomes SQL (T10).
 *
 * Invariant: what db_commit() returned from is on the disk. When the disk
 * fails, the database says so once and is never asked again: the handler
 * given to db_open() ends the process, and the log is replayed by the next
 * one (fsync is never retried).
 *
 * A process has one database; its directory becomes the working directory.
 */
#ifndef TALLENNE_DB_H
#define TALLENNE_DB_H

#include "base/bytes.h"

struct db;

/** Called when the database is broken; must not return. */
typedef void db_broken_fn(const char *why);

enum db_kind { DB_KIND_NULL, DB_KIND_NUMBER, DB_KIND_TEXT, DB_KIND_BYTES };

/** One value for a parameter; text and bytes are borrowed. */
struct db_value {
	enum db_kind kind;
	int64_t number;
	const void *at;
	size_t size;
};

static inline struct db_value db_number(int64_t number)
{
	return (struct db_value){ .kind = DB_KIND_NUMBER, .number = number };
}

static inline struct db_value db_text(const char *text)
{
	return (struct db_value){ .kind = text ? DB_KIND_TEXT : DB_KIND_NULL,
				  .at = text,
				  .size = text ? slice_of(text).size : 0 };
}

static inline struct db_value db_bytes(const void *at, size_t size)
{
	return (struct db_value){ .kind = DB_KIND_BYTES,
				  .at = at,
				  .size = size };
}

static inline struct db_value db_id(const struct id *id)
{
	return db_bytes(id->byte, sizeof(id->byte));
}

/**
 * Open the database "register.db" in a directory, making it if needed.
 *
 * @param dir     open directory, borrowed; becomes the working directory
 * @param name    file name without slashes
 * @param broken  what to do when the disk or the file fails
 * @return 0, -EBUSY if another process has it, -EBADMSG if it is damaged or
 *         not a database, or a negative errno
 */
MUST int db_open(int dir, const char *name, db_broken_fn *broken,
		 struct db **ret_db);

/** Close it; accepts NULL. */
void db_close(struct db *db);

/** Cleanup for OWNED(). */
void db_drop(struct db **db);

/**
 * Bring the tables to the newest form, forward only.
 *
 * @param steps  each a text of one or more statements ending in ";"; number
 *               i makes form i + 1 out of form i, in one transaction
 * @param count  how many there are
 * @return 0, or -ENOTSUP if the file was made by a later program
 */
MUST int db_migrate(struct db *db, const char *const *steps, size_t count);

/**
 * Transactions. They nest by counting: only the outermost commits.
 *
 * db_commit() returns 0 or -ENOSPC; in that case all is rolled back.
 */
void db_begin(struct db *db);
MUST int db_commit(struct db *db);
void db_roll_back(struct db *db);
/** Whether one is under way. */
bool db_is_busy(const struct db *db);

/** Run a statement that gives no rows; see db_run(). */
MUST int db_run_values(struct db *db, const char *sql,
		       const struct db_value *values, size_t count);

/**
 * Run a statement: db_run(db, "UPDATE x SET y = $1", db_number(1)).
 *
 * @return how many rows it changed, -EEXIST where a row with that key is
 *         already there, -EINVAL where another constraint forbids it, or
 *         -ENOSPC (then the caller rolls back)
 */
#define db_run(db, sql, ...)                                                   \
	db_run_values((db), "" sql "",                                         \
		      (const struct db_value[]){ { .kind = DB_KIND_NULL },     \
						 ##__VA_ARGS__ } +             \
			      1,                                               \
		      sizeof((const struct db_value[]){                        \
			      { .kind = DB_KIND_NULL }, ##__VA_ARGS__ }) /     \
				      sizeof(struct db_value) -                \
			      1)

/** Rows of a question, one at a time. */
struct db_rows {
	struct db *db;
	void *statement;
};

struct db_rows db_ask_values(struct db *db, const char *sql,
			     const struct db_value *values, size_t count);

/** Ask: OWNED(db_rows_end) struct db_rows rows = db_ask(db, "...", ...). */
#define db_ask(db, sql, ...)                                                   \
	db_ask_values((db), "" sql "",                                         \
		      (const struct db_value[]){ { .kind = DB_KIND_NULL },     \
						 ##__VA_ARGS__ } +             \
			      1,                                               \
		      sizeof((const struct db_value[]){                        \
			      { .kind = DB_KIND_NULL }, ##__VA_ARGS__ }) /     \
				      sizeof(struct db_value) -                \
			      1)

/** Go to the next row; false when there is none. */
bool db_rows_next(struct db_rows *rows);
void db_rows_end(struct db_rows *rows);

/** Values of the present row, by column from 0; NULL reads as 0 or empty. */
int64_t db_rows_number(const struct db_rows *rows, int column);
/** Text, cut at the size of out, always NUL-terminated. */
void db_rows_text(const struct db_rows *rows, int column, char *out,
		  size_t size);
/** Exactly size bytes; zeros, and false, if it has another size. */
bool db_rows_bytes(const struct db_rows *rows, int column, void *out,
		   size_t size);

/**
 * Ask for one number.
 *
 * @return what stands in the first column of the first row, or otherwise
 */
#define db_ask_number(db, otherwise, sql, ...)                                 \
	db_first_number(db_ask((db), sql, ##__VA_ARGS__), (otherwise))
int64_t db_first_number(struct db_rows rows, int64_t otherwise);

/**
 * Copying the database while it is in use: the copy is as of the moment
 * when its last step was done, and whole (SQLite's online backup).
 *
 * @param name  of the copy, beside the database; what stands there is removed
 */
struct db_copy;
MUST int db_copy_begin(struct db *db, const char *name,
		       struct db_copy **ret_copy);
/** Copy some pages more; 1: there are more, 0: done, or a negative errno. */
MUST int db_copy_step(struct db_copy *copy, int pages);
/** End it, done or not, and give the memory back; accepts NULL. */
void db_copy_end(struct db_copy *copy);

/**
 * Open a copy that has no name any more, to work on it; it is in nobody's
 * way and is not kept: no log, no sync.
 *
 * @param fd  borrowed; opened anew by way of /proc
 */
MUST int db_adopt(int fd, db_broken_fn *broken, struct db **ret_db);

/** Show another file of this kind as "tail"; one at a time. */
MUST int db_attach(struct db *db, int fd);
void db_detach(struct db *db);

/**
 * Leave nothing of what was deleted in the write-ahead log either.
 *
 * @return 0, or -EBUSY within a transaction
 */
MUST int db_forget(struct db *db);

/**
 * Read the whole file through: whether it is sound, and no row refers to
 * one that is not there. Takes long on a large one.
 *
 * @return 0 or -EBADMSG
 */
MUST int db_check(struct db *db);

#endif
