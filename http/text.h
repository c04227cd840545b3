/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file text.h
 * A text that grows while a page is written, and the only three ways in
 * which foreign words enter it: as HTML, as a JSON string, as a URL part.
 *
 * Whatever comes from outside or from the register goes through one of
 * them; text_say() takes our own literals only. Bytes that are not UTF-8
 * become U+FFFD, control characters vanish, so no name can break a page.
 *
 * When memory ends or TEXT_SIZE_MAX is reached the text is marked failed
 * and takes no more; who sends it looks at that once (http/answer.c).
 */
#ifndef TALLENNE_HTTP_TEXT_H
#define TALLENNE_HTTP_TEXT_H

#include "base/bytes.h"

enum { TEXT_SIZE_MAX = 4 << 20 };

struct text {
	char *bytes; /**< NUL-terminated once anything was added */
	size_t size; /**< without that NUL */
	size_t room;
	bool failed;
};

/** Nothing in it. */
#define TEXT_NEW ((struct text){ 0 })

/** Forget everything in it. */
void text_drop(struct text *text);

/** Add bytes as they are. */
void text_add(struct text *text, struct slice bytes);

/** Add one of our own literals as it is. */
void text_say(struct text *text, const char *literal);

/** Add numbers and our own words; never anything from outside. */
void text_format(struct text *text, const char *format, ...) FORMAT(2, 3);

/** Add foreign words so that they are only words in HTML. */
void text_html(struct text *text, const char *words);
void text_html_slice(struct text *text, struct slice words);

/** Add foreign words as a JSON string, quotes included (RFC 8259). */
void text_json(struct text *text, const char *words);

/** Add foreign words as one part of a URL (RFC 3986, unreserved only). */
void text_url(struct text *text, const char *words);

/**
 * Add a piece of HTML in which each "$" is replaced by the next of the
 * words, escaped as text_html() does.
 *
 * @param piece  our own literal
 * @param words  as many C strings as there are "$", then NULL
 */
void text_fill_words(struct text *text, const char *piece,
		     const char *const *words);

#define text_fill(text, piece, ...)                                            \
	text_fill_words((text), (piece),                                       \
			(const char *const[]){ __VA_ARGS__, NULL })

#endif
