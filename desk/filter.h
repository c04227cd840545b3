/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file filter.h
 * What the searches for contacts and for chats have in common: days,
 * lengths, a cursor, and how their fields are drawn and told to be wrong.
 */
#ifndef TALLENNE_DESK_FILTER_H
#define TALLENNE_DESK_FILTER_H

#include "desk/visit.h"

enum { FILTER_FIELD_SIZE = 32 };

/** What may be wrong with a field. */
enum filter_fault {
	FILTER_GOOD,
	FILTER_NO_DATE,	  /**< not written as a date */
	FILTER_NO_DAY,	  /**< no such day, as 31.2.2026 */
	FILTER_NO_LENGTH, /**< not written as a length */
	FILTER_TOO_EARLY, /**< until a day before the first */
	FILTER_TOO_SHORT, /**< at most less than at least */
};

/** Days and lengths, as typed, and which were no good. */
struct filter_span {
	char from[FILTER_FIELD_SIZE], until[FILTER_FIELD_SIZE];
	char min[FILTER_FIELD_SIZE], max[FILTER_FIELD_SIZE];
	enum filter_fault from_bad, until_bad, min_bad, max_bad;
	bool is_bad;
};

/** The same in seconds; 0: no limit. until is exclusive. */
struct filter_limits {
	int64_t from, until, min_s, max_s;
};

/** Read them from a request's query. */
void filter_read(const struct visit *visit, struct filter_span *ret_span,
		 struct filter_limits *ret_limits);

/** A number of the query, 1 to max; otherwise if it is none. */
uint64_t filter_number(const struct visit *visit, const char *name,
		       uint64_t max, uint64_t otherwise);

/** Add a field to the query of the next page. */
void filter_keep(struct text *out, const char *name, const char *value);

/** Draw the fields; the first that is wrong takes the focus. */
void filter_days(struct visit *visit, const struct filter_span *span);
void filter_lengths(struct visit *visit, const struct filter_span *span);

/** The links to the newest (if it is not this one) and to the next page.
    NULL: there is none. */
void filter_pages(struct visit *visit, const char *newest, const char *next);

#endif
