/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file parts.h
 * What the files of db/ share.
 */
#ifndef TALLENNE_DB_PARTS_H
#define TALLENNE_DB_PARTS_H

#include <sqlite3.h>

#include "db/db.h"

enum { STATEMENTS_MAX = 256 }; /* distinct literals in a program; 2^n */

/* A prepared statement, found by the address of its literal. */
struct kept {
	const char *sql;
	sqlite3_stmt *statement;
};

struct db {
	sqlite3 *file;
	db_broken_fn *broken;
	int depth;
	struct kept kept[STATEMENTS_MAX];
};

/** The VFS "tallenne", which keeps names as they are. */
MUST int db_make_vfs(void);

/** What a code of SQLite is as a negative errno. */
MUST int db_errno(int code);

/** Run one of the statements of opening, where an error is the caller's. */
MUST int db_run_first(sqlite3 *file, const char *sql);

/** Nothing in a file is believed more than it must be. */
void db_be_strict(sqlite3 *file);

#endif
