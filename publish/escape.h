/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file escape.h
 * Words into HTML and JSON so that they are only words. Private to publish/.
 */
#ifndef TALLENNE_PUBLISH_ESCAPE_H
#define TALLENNE_PUBLISH_ESCAPE_H

#include <stdio.h>

#include "base/bytes.h"

/** Into HTML, between tags or in a quoted attribute. */
void escape_html(struct slice words, FILE *out);

/** Into a JSON string, without its quotation marks; safe in HTML too. */
void escape_json(struct slice words, FILE *out);

/** The same of a string, with the marks. */
void escape_string(const char *words, FILE *out);

#endif
