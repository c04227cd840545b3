/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_add(struct text *text, struct slice slice)
{
	if (text->full || slice.size > text->room - text->size) {
		text->full = true;
		return;
	}
	if (slice.size > 0)
		memcpy(text->at + text->size, slice.at, slice.size);
	text->size += slice.size;
}

void text_addf(struct text *text, const char *format, ...)
{
	size_t left = text->room - text->size;
	va_list arguments;
	int size;

	if (text->full)
		return;
	va_start(arguments, format);
	size = vsnprintf(text->at + text->size, left, format, arguments);
	va_end(arguments);
	assert(size >= 0);
	/* vsnprintf needs one byte more, for a NUL we do not want. */
	if ((size_t)size >= left)
		text->full = true;
	else
		text->size += (size_t)size;
}

struct slice text_slice(const struct text *text)
{
	return (struct slice){ text->at, text->size };
}
