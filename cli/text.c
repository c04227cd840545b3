/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_drop(struct text *text)
{
	free(text->at);
	*text = (struct text){ 0 };
}

void text_clear(struct text *text)
{
	text->size = 0;
	text->failed = false;
	if (text->at)
		text->at[0] = '\0';
}

static bool text_reserve(struct text *text, size_t more)
{
	size_t need = text->size + more + 1;
	size_t room = text->room > 0 ? text->room : 512;
	char *at;

	if (text->failed)
		return false;
	if (need <= text->room)
		return true;
	while (room < need)
		room *= 2;
	at = realloc(text->at, room);
	if (!at) {
		text->failed = true;
		return false;
	}
	text->at = at;
	text->room = room;
	return true;
}

void text_add(struct text *text, const char *format, ...)
{
	va_list arguments, again;
	int size;

	va_start(arguments, format);
	va_copy(again, arguments);
	size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	assert(size >= 0);
	if (text_reserve(text, (size_t)size)) {
		(void)vsnprintf(text->at + text->size, (size_t)size + 1, format,
				again);
		text->size += (size_t)size;
	}
	va_end(again);
}

void text_put(struct text *text, struct slice bytes)
{
	if (!text_reserve(text, bytes.size))
		return;
	if (bytes.size > 0)
		memcpy(text->at + text->size, bytes.at, bytes.size);
	text->size += bytes.size;
	text->at[text->size] = '\0';
}

void text_xml(struct text *text, const char *string)
{
	for (; *string != '\0'; string++) {
		switch (*string) {
		case '<':
			text_put(text, SLICE("&lt;"));
			break;
		case '>':
			text_put(text, SLICE("&gt;"));
			break;
		case '&':
			text_put(text, SLICE("&amp;"));
			break;
		case '"':
			text_put(text, SLICE("&quot;"));
			break;
		case '\'':
			text_put(text, SLICE("&apos;"));
			break;
		default:
			text_put(text, (struct slice){ string, 1 });
		}
	}
}

struct slice text_slice(const struct text *text)
{
	if (text->failed || !text->at)
		return SLICE("");
	return (struct slice){ text->at, text->size };
}
