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

#endif
