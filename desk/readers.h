/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file readers.h
 * Who has listened, when, to what part, and why.
 */
#ifndef TALLENNE_DESK_READERS_H
#define TALLENNE_DESK_READERS_H

#include "desk/visit.h"

/** The table of a contact, or of all of an agent's contacts. */
void readers_table(struct visit *visit, const struct desk_reader_rows *rows,
		   bool with_contact, const char *labelled_by);

/** Whether this role is shown its own listenings only (notice/roles.c). */
bool readers_sees_own(const struct visit *visit);

/** What the list of listenings to one contact is called for this role. */
enum text_id readers_title(const struct visit *visit);

#endif
