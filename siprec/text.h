/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file text.h
 * Writing text into a place of fixed size, without ever going beyond it.
 *
 * What does not fit sets "full" and leaves the text as it was; the writer
 * asks once, at the end.
 */
#ifndef TALLENNE_SIPREC_TEXT_H
#define TALLENNE_SIPREC_TEXT_H

#include "base/bytes.h"

/** A text that grows inside somebody else's buffer. */
struct text {
	char *at;
	size_t size; /**< written so far */
	size_t room; /**< of the buffer */
	bool full;   /**< something did not fit */
};

/** An empty text in an array. */
#define TEXT_IN(array) ((struct text){ (array), 0, sizeof(array), false })

/** Append bytes. */
void text_add(struct text *text, struct slice slice);

/** Append as printf does. */
void text_addf(struct text *text, const char *format, ...) FORMAT(2, 3);

/** What was written, borrowed. */
struct slice text_slice(const struct text *text);

#endif
