/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file text.h
 * A text that grows while it is written: message bodies, help pages, JSON.
 *
 * When memory runs out the text is marked as failed and stays so; whoever
 * writes need not look at each line: text_slice() gives all of it or nothing.
 */
#ifndef TALLENNE_CLI_TEXT_H
#define TALLENNE_CLI_TEXT_H

#include "base/bytes.h"

struct text {
	char *at;    /**< NUL-terminated, NULL while empty */
	size_t size; /**< without the NUL */
	size_t room;
	bool failed; /**< memory ran out; what was added since is lost */
};

/** Cleanup for OWNED(). */
void text_drop(struct text *text);

/** Empty it, but keep its memory. */
void text_clear(struct text *text);

/** Add formatted text. */
void text_add(struct text *text, const char *format, ...) FORMAT(2, 3);

/** Add bytes as they are. */
void text_put(struct text *text, struct slice bytes);

/** Add bytes with <, >, &, " and ' escaped for XML. */
void text_xml(struct text *text, const char *string);

/** What was written so far; empty if anything was lost. */
struct slice text_slice(const struct text *text);

#endif
