/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file pending.h
 * People between the first and the second step of signing in.
 *
 * The register wants name, password and code in one question, so what was
 * typed first is kept for at most two minutes, in locked memory, under a
 * random ticket that the page carries. It is never sent back to a browser
 * and is wiped when used, replaced or too old.
 */
#ifndef TALLENNE_DESK_PENDING_H
#define TALLENNE_DESK_PENDING_H

#include "base/bytes.h"
#include "base/clock.h"

enum { PENDING_MAX = 64, PENDING_S = 120 };

struct pending;

/** Make the table; NULL without memory that can be locked. */
struct pending *pending_new(void);
void pending_free(struct pending *pending);

/** Keep name and password; the oldest goes when the table is full. */
struct id pending_keep(struct pending *pending, const char *user,
		       const char *password, nanoseconds now);

/**
 * Look up what was kept; it stays until pending_forget().
 *
 * @return 0, or -ENOENT if it is unknown or too old
 */
MUST int pending_find(struct pending *pending, const struct id *ticket,
		      nanoseconds now, char ret_user[64],
		      char ret_password[128]);
void pending_forget(struct pending *pending, const struct id *ticket);

#endif
