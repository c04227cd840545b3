/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file pick_parts.h
 * What pick.c and pick_view.c share: one pick as the tables have it.
 */
#ifndef TALLENNE_REGISTER_PICK_PARTS_H
#define TALLENNE_REGISTER_PICK_PARTS_H

#include "register/pick.h"

/** Columns in the order of pick_load(). */
#define PICK_COLUMNS                                                           \
	"SELECT pick.id, pick.use, pick.end_date, pick.made_at, pick.purpose," \
	" pick.title, pick.staff, pick.role, coalesce(staff.name, ''),"        \
	" pick.from_s, pick.until_s, pick.min_s, pick.max_s,"                  \
	" pick.service_number, pick.agent, pick.wanted, pick.population,"      \
	" pick.seed FROM pick LEFT JOIN staff ON staff.id = pick.staff"

void pick_load(struct books *books, const struct session *session,
	       const struct db_rows *rows, struct desk_pick_row *ret_row);

/**
 * Find one that this session may see.
 *
 * @return DESK_OK or DESK_NOT_FOUND: none, over, or of a purpose that is
 *         not this role's
 */
enum desk_result pick_find(struct books *books, const struct session *session,
			   const struct id *pick,
			   struct desk_pick_row *ret_row);

#endif
