/* SPDX-License-Identifier: EUPL-1.2 */
#include "db/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { STEP_SIZE_MAX = 1 << 16, CACHE_KIB = 8192 };

/*
 * SQLite wants an absolute path and would look up every directory above
 * ours, which the room's own user may not even search. With this face of
 * the same VFS, names stay relative to the working directory.
 */
static int keep_name(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
	(void)vfs;
	return snprintf(out, (size_t)size, "%s", name) < size ? SQLITE_OK
							      : SQLITE_CANTOPEN;
}

int db_make_vfs(void)
{
	static sqlite3_vfs here;
	sqlite3_vfs *unix_vfs;

	if (here.zName)
		return 0;
	unix_vfs = sqlite3_vfs_find("unix");
	if (!unix_vfs)
		return -ENOSYS;
	here = *unix_vfs;
	here.zName = "tallenne";
	here.pNext = NULL;
	here.xFullPathname = keep_name;
	return sqlite3_vfs_register(&here, 0) == SQLITE_OK ? 0 : -ENOMEM;
}

/* The disk or the file failed: nothing that is in memory may be trusted. */
static _Noreturn void break_off(const struct db *db)
{
	char why[160];

	snprintf(why, sizeof(why), "%s (%d)", sqlite3_errmsg(db->file),
		 sqlite3_extended_errcode(db->file));
	db->broken(why);
	abort();
}

int db_errno(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
		return 0;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_READONLY:
		return -EACCES;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	default:
		return -EIO;
	}
}

/* Only for the statements of opening, where an error is the caller's. */
int db_run_first(sqlite3 *file, const char *sql)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(file, sql, -1, &statement, NULL);

	if (code == SQLITE_OK) {
		do
			code = sqlite3_step(statement);
		while (code == SQLITE_ROW);
		sqlite3_finalize(statement);
	}
	return code == SQLITE_DONE ? 0 : db_errno(code);
}

static int prepare_file(sqlite3 *file)
{
	/*
	 * EXCLUSIVE before WAL: no shared-memory file, and no second process
	 * ever writes beside the register. FULL: a commit is on the disk.
	 */
	static const char *const first[] = {
		"PRAGMA locking_mode = EXCLUSIVE",
		"PRAGMA journal_mode = WAL",
		"PRAGMA synchronous = FULL",
		"PRAGMA secure_delete = ON",
		"PRAGMA foreign_keys = ON",
		"PRAGMA temp_store = MEMORY",
		"PRAGMA trusted_schema = OFF",
		"PRAGMA cell_size_check = ON",
		"PRAGMA cache_size = -8192",
		"BEGIN IMMEDIATE", /* take the lock now, not at first use */
		"COMMIT",
	};
	int r = 0;

	static_assert(CACHE_KIB == 8192, "as in the pragma");
	for (size_t i = 0; r == 0 && i < COUNT(first); i++)
		r = db_run_first(file, first[i]);
	return r;
}

void db_be_strict(sqlite3 *file)
{
	sqlite3_db_config(file, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(file, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(file, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_limit(file, SQLITE_LIMIT_ATTACHED, 0);
}

int db_open(int dir, const char *name, db_broken_fn *broken, struct db **ret_db)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			  SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
			  SQLITE_OPEN_EXRESCODE;
	struct db *db;
	int code;
	int r;

	assert(broken && !strchr(name, '/'));
	r = db_make_vfs();
	if (r < 0)
		return r;
	if (fchdir(dir) < 0)
		return -errno;
	db = calloc(1, sizeof(*db));
	if (!db)
		return -ENOMEM;
	db->broken = broken;
	code = sqlite3_open_v2(name, &db->file, flags, "tallenne");
	r = db_errno(code);
	if (r == 0) {
		db_be_strict(db->file);
		r = prepare_file(db->file);
	}
	if (r < 0) {
		db_close(db);
		return r;
	}
	*ret_db = db;
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < STATEMENTS_MAX; i++)
		sqlite3_finalize(db->kept[i].statement);
	sqlite3_close(db->file);
	free(db);
}

void db_drop(struct db **db)
{
	db_close(*db);
	*db = NULL;
}

static sqlite3_stmt *prepare(struct db *db, const char *sql)
{
	size_t at = ((uintptr_t)sql >> 3) % STATEMENTS_MAX;
	struct kept *kept = NULL;

	for (size_t i = 0; i < STATEMENTS_MAX; i++) {
		kept = &db->kept[(at + i) % STATEMENTS_MAX];
		if (!kept->sql || kept->sql == sql)
			break;
	}
	assert(!kept->sql || kept->sql == sql); /* the table is large enough */
	if (!kept->sql) {
		int code = sqlite3_prepare_v3(db->file, sql, -1,
					      SQLITE_PREPARE_PERSISTENT,
					      &kept->statement, NULL);

		if (code != SQLITE_OK)
			break_off(db); /* our own text: a bug, or the disk */
		kept->sql = sql;
	}
	assert(!sqlite3_stmt_busy(kept->statement)); /* asked within itself */
	return kept->statement;
}

static void bind(struct db *db, sqlite3_stmt *statement,
		 const struct db_value *values, size_t count)
{
	assert(sqlite3_bind_parameter_count(statement) == (int)count);
	for (size_t i = 0; i < count; i++) {
		const struct db_value *value = &values[i];
		char name[24];
		int at, code = SQLITE_OK;

		/* $1 is a name to SQLite; its index is by first appearance. */
		snprintf(name, sizeof(name), "$%zu", i + 1);
		at = sqlite3_bind_parameter_index(statement, name);
		assert(at > 0);
		switch (value->kind) {
		case DB_KIND_NULL:
			code = sqlite3_bind_null(statement, at);
			break;
		case DB_KIND_NUMBER:
			code = sqlite3_bind_int64(statement, at, value->number);
			break;
		case DB_KIND_TEXT:
			code = sqlite3_bind_text(statement, at, value->at,
						 (int)value->size,
						 SQLITE_TRANSIENT);
			break;
		case DB_KIND_BYTES:
			code = sqlite3_bind_blob(statement, at, value->at,
						 (int)value->size,
						 SQLITE_TRANSIENT);
			break;
		}
		if (code != SQLITE_OK)
			break_off(db);
	}
}

int db_run_values(struct db *db, const char *sql, const struct db_value *values,
		  size_t count)
{
	sqlite3_stmt *statement = prepare(db, sql);
	int code, changed;

	bind(db, statement, values, count);
	do
		code = sqlite3_step(statement);
	while (code == SQLITE_ROW);
	changed = sqlite3_changes(db->file);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);

	if (code == SQLITE_DONE)
		return changed;
	if (code == SQLITE_CONSTRAINT_PRIMARYKEY ||
	    code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_ROWID)
		return -EEXIST;
	if ((code & 0xff) == SQLITE_CONSTRAINT)
		return -EINVAL;
	if ((code & 0xff) == SQLITE_FULL)
		return -ENOSPC;
	break_off(db);
}

struct db_rows db_ask_values(struct db *db, const char *sql,
			     const struct db_value *values, size_t count)
{
	sqlite3_stmt *statement = prepare(db, sql);

	bind(db, statement, values, count);
	return (struct db_rows){ db, statement };
}

bool db_rows_next(struct db_rows *rows)
{
	int code;

	if (!rows->statement)
		return false;
	code = sqlite3_step(rows->statement);
	if (code == SQLITE_ROW)
		return true;
	if (code != SQLITE_DONE)
		break_off(rows->db);
	db_rows_end(rows);
	return false;
}

void db_rows_end(struct db_rows *rows)
{
	if (!rows->statement)
		return;
	sqlite3_reset(rows->statement);
	sqlite3_clear_bindings(rows->statement);
	rows->statement = NULL;
}

int64_t db_rows_number(const struct db_rows *rows, int column)
{
	return sqlite3_column_int64(rows->statement, column);
}

void db_rows_text(const struct db_rows *rows, int column, char *out,
		  size_t size)
{
	const void *text = sqlite3_column_text(rows->statement, column);
	size_t is = (size_t)sqlite3_column_bytes(rows->statement, column);

	assert(size > 0);
	if (is >= size)
		is = size - 1;
	if (is)
		memcpy(out, text, is);
	memset(out + is, 0, size - is);
}

bool db_rows_bytes(const struct db_rows *rows, int column, void *out,
		   size_t size)
{
	const void *bytes = sqlite3_column_blob(rows->statement, column);

	memset(out, 0, size);
	if (!bytes ||
	    (size_t)sqlite3_column_bytes(rows->statement, column) != size)
		return false;
	memcpy(out, bytes, size);
	return true;
}

int64_t db_first_number(struct db_rows rows, int64_t otherwise)
{
	int64_t number = otherwise;

	if (db_rows_next(&rows))
		number = db_rows_number(&rows, 0);
	db_rows_end(&rows);
	return number;
}

bool db_is_busy(const struct db *db)
{
	return db->depth > 0;
}

void db_begin(struct db *db)
{
	if (db->depth++ == 0) {
		int r = db_run(db, "BEGIN IMMEDIATE");

		if (r < 0)
			break_off(db);
	}
}

void db_roll_back(struct db *db)
{
	assert(db->depth > 0);
	db->depth = 0;
	/* After -ENOSPC SQLite may have rolled back by itself. */
	if (!sqlite3_get_autocommit(db->file)) {
		int r = db_run(db, "ROLLBACK");

		if (r < 0)
			break_off(db);
	}
}

int db_commit(struct db *db)
{
	int r;

	assert(db->depth > 0);
	if (db->depth > 1) {
		db->depth--;
		return 0;
	}
	r = db_run(db, "COMMIT");
	if (r < 0) {
		db_roll_back(db);
		return -ENOSPC;
	}
	db->depth = 0;
	return 0;
}

/* All statements of one text, one after the other. */
static void run_step(struct db *db, const char *text)
{
	const char *rest = text;

	assert(strlen(text) < STEP_SIZE_MAX);
	while (*rest) {
		sqlite3_stmt *statement;
		int code = sqlite3_prepare_v2(db->file, rest, -1, &statement,
					      &rest);

		if (code != SQLITE_OK)
			break_off(db);
		if (!statement)
			break; /* only blanks were left */
		code = sqlite3_step(statement);
		sqlite3_finalize(statement);
		if (code != SQLITE_DONE && code != SQLITE_ROW)
			break_off(db);
	}
}

int db_migrate(struct db *db, const char *const *steps, size_t count)
{
	int64_t form;
	int r;

	run_step(db, "CREATE TABLE IF NOT EXISTS form (form BIGINT NOT NULL)");
	form = db_ask_number(db, 0, "SELECT max(form) FROM form");
	if (form < 0 || (size_t)form > count)
		return -ENOTSUP;
	for (; (size_t)form < count; form++) {
		db_begin(db);
		run_step(db, steps[form]);
		r = db_run(db, "INSERT INTO form (form) VALUES ($1)",
			   db_number(form + 1));
		if (r >= 0)
			r = db_commit(db);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * The first word a check says; "" if it says nothing. What it cannot read
 * is what it looks for, so here an error does not break the file off.
 */
static int first_word(struct db *db, const char *sql, char out[16])
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(db->file, sql, -1, &statement, NULL);

	out[0] = '\0';
	if (code != SQLITE_OK)
		return -EBADMSG;
	code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		(void)snprintf(out, 16, "%s",
			       (const char *)sqlite3_column_text(statement, 0));
	(void)sqlite3_finalize(statement);
	return code == SQLITE_ROW || code == SQLITE_DONE ? 0 : -EBADMSG;
}

int db_check(struct db *db)
{
	char word[16];
	int r = first_word(db, "PRAGMA quick_check(1)", word);

	if (r == 0 && strcmp(word, "ok") != 0)
		r = -EBADMSG;
	if (r == 0)
		r = first_word(db, "PRAGMA foreign_key_check", word);
	if (r == 0 && word[0] != '\0')
		r = -EBADMSG;
	return r;
}
