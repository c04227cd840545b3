/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file layout.h
 * What every public page has: head, languages, the way to the notice.
 *
 * Pages need no script. Nothing here looks at the request: a page may be
 * written long after it was asked for.
 */
#ifndef TALLENNE_COUNTER_LAYOUT_H
#define TALLENNE_COUNTER_LAYOUT_H

#include "counter/visit.h"

/**
 * Begin a page; the title is also its h1.
 *
 * @param refresh_s  if not 0: the browser asks for it again after so long
 */
void layout_begin(struct visit *visit, const char *title,
		  unsigned int refresh_s);
/** The same, and the script of the chat with it. */
void layout_begin_with_script(struct visit *visit, const char *title);
void layout_end(struct visit *visit);

/** Code of the visit's language, into the page. */
void layout_language(struct visit *visit);

/** A hidden field of a form. */
void layout_hidden(struct text *out, const char *name, const char *value);

/** A text of ours in which "%u" stands for a number. */
void layout_number(struct text *out, const char *words, unsigned int number);

/** Name of the agency, as the policy has it; may be empty. */
const char *layout_agency(const struct visit *visit);

#endif
