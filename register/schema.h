/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file schema.h
 * The register's tables, and how older forms of them become this one.
 *
 * Fields are those of S7 and those needed to keep the promises about them;
 * a caller exists only as a sealed text and its last three digits. Forms
 * only go forward: a step that was released is never changed.
 */
#ifndef TALLENNE_REGISTER_SCHEMA_H
#define TALLENNE_REGISTER_SCHEMA_H

#include "db/db.h"

enum { SCHEMA_STEPS = 11 };

/** The steps by themselves, see db_migrate(); a step is never changed. */
extern const char *const schema_steps[SCHEMA_STEPS];

/** Bring the database to the present form; see db_migrate(). */
MUST int schema_update(struct db *db);

#endif
