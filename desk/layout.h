/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file layout.h
 * What every page has: head, navigation, language, the purpose one listens
 * for, and the pieces that several pages share.
 */
#ifndef TALLENNE_DESK_LAYOUT_H
#define TALLENNE_DESK_LAYOUT_H

#include "desk/visit.h"

/** Begin a page; the title is also its h1 unless that is drawn later. */
void layout_begin(struct visit *visit, const char *title);
/** Begin a page whose h1 the caller writes. */
void layout_begin_bare(struct visit *visit, const char *title);
/** The same for a form that comes back: the title says so first. */
void layout_begin_wrong(struct visit *visit, const char *title);
void layout_end(struct visit *visit);

/** What the list of listenings is for this person: of own calls, own
    listenings, or all of them. */
enum text_id layout_listened(const struct visit *visit);

/** The hidden field that proves that a form is from our page. */
void layout_form_token(struct visit *visit);

/** A form with the granted purposes; chosen once for the session. */
void layout_purpose_form(struct visit *visit);
/** The same on the page of a contact, whose agent sees the listening;
    agent is a name, or empty: then nobody does, and the form says so. */
void layout_purpose_form_for(struct visit *visit, const char *agent);
/** The same on the page of a stored chat. */
void layout_purpose_form_to_read(struct visit *visit, const char *agent);
/** Text of a purpose in this language; its id if it is unknown. */
const char *layout_purpose(const struct visit *visit, const char *id);

/** Begin the table of a page's rows, named by the page's title. */
void layout_rows_begin(struct visit *visit, const enum text_id *heads,
		       size_t count);
/** A cell of it; on a phone its head stands in it, seen and not read. */
void layout_cell(struct visit *visit, enum text_id head, const char *words);

/** An icon from desk/icons.def; decoration only, hidden from readers. */
void layout_icon(struct text *out, const char *name);

/** A label and its value in a description list. */
void layout_pair(struct text *out, const char *label, const char *value);

#endif
