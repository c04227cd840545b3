/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file contacts.h
 * The list of contacts: its filters and its table.
 */
#ifndef TALLENNE_DESK_CONTACTS_H
#define TALLENNE_DESK_CONTACTS_H

#include "desk/filter.h"

/** What the filter fields held, as typed, and which were no good. */
struct contacts_filter {
	struct filter_span span;
	char service[FILTER_FIELD_SIZE], agent[FILTER_FIELD_SIZE];
	bool with_empty;
	bool is_bad;
};

/** Read the filters of a request's query into the question. */
void contacts_read(const struct visit *visit,
		   struct contacts_filter *ret_filter,
		   struct desk_contacts *ret_question);

/** The query of the next page, "?...&before=N". */
void contacts_next(const struct contacts_filter *filter, uint64_t before,
		   struct text *out);

/** The table; labelled by the heading with that id. */
void contacts_table(struct visit *visit, const struct desk_contact_rows *rows,
		    const char *labelled_by);

/** A choice of agents or service numbers, all of them first. */
void contacts_choice(struct visit *visit, const char *name, enum text_id words,
		     enum desk_letter which, const char *value);

/** Labels of what is uncertain about a contact, and of its state. */
void contacts_labels(struct visit *visit, const struct desk_contact_row *row);

/** The caller as the role may see it; a masked number in words too, for
    who hears the page. */
void contacts_caller(struct visit *visit, const struct desk_contact_row *row);

#endif
