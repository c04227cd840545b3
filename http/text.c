/* SPDX-License-Identifier: EUPL-1.2 */
#include "http/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_ROOM = 8192 };

void text_drop(struct text *text)
{
	free(text->bytes);
	*text = TEXT_NEW;
}

static bool make_room(struct text *text, size_t more)
{
	size_t room = text->room ? text->room : FIRST_ROOM;
	char *bytes;

	if (text->failed || more > TEXT_SIZE_MAX ||
	    text->size + more + 1 > TEXT_SIZE_MAX) {
		text->failed = true;
		return false;
	}
	if (text->bytes && text->size + more < text->room)
		return true;
	while (room <= text->size + more)
		room *= 2;
	bytes = realloc(text->bytes, room);
	if (!bytes) {
		text->failed = true;
		return false;
	}
	text->bytes = bytes;
	text->room = room;
	return true;
}

void text_add(struct text *text, struct slice bytes)
{
	if (!make_room(text, bytes.size))
		return;
	if (bytes.size)
		memcpy(text->bytes + text->size, bytes.at, bytes.size);
	text->size += bytes.size;
	text->bytes[text->size] = '\0';
}

void text_say(struct text *text, const char *literal)
{
	text_add(text, slice_of(literal));
}

void text_format(struct text *text, const char *format, ...)
{
	char line[512];
	va_list list;
	int size;

	va_start(list, format);
	size = vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	assert(size >= 0 && (size_t)size < sizeof(line));
	text_add(text, (struct slice){ line, (size_t)size });
}

/*
 * Length of the well-formed UTF-8 sequence at the start, 0 if there is
 * none (Unicode 15, table 3-7: no overlong forms, no surrogates).
 */
static size_t sequence(struct slice s)
{
	const uint8_t *at = (const uint8_t *)s.at;
	uint8_t low = 0x80, high = 0xbf;
	size_t size;

	if (at[0] < 0x80)
		return 1;
	if (at[0] >= 0xc2 && at[0] <= 0xdf)
		size = 2;
	else if ((at[0] & 0xf0) == 0xe0)
		size = 3;
	else if (at[0] >= 0xf0 && at[0] <= 0xf4)
		size = 4;
	else
		return 0;
	if (at[0] == 0xe0)
		low = 0xa0;
	if (at[0] == 0xed)
		high = 0x9f;
	if (at[0] == 0xf0)
		low = 0x90;
	if (at[0] == 0xf4)
		high = 0x8f;
	if (s.size < size || at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
}

static const char *html_name(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void text_html_slice(struct text *text, struct slice words)
{
	while (words.size > 0) {
		size_t size = sequence(words);
		const char *name = html_name(*words.at);

		if (size == 0) {
			text_say(text, "\xef\xbf\xbd");
			size = 1;
		} else if (name) {
			text_say(text, name);
		} else if (!is_control(*words.at)) {
			text_add(text, (struct slice){ words.at, size });
		}
		words = slice_from(words, size);
	}
}

void text_html(struct text *text, const char *words)
{
	text_html_slice(text, slice_of(words));
}

void text_json(struct text *text, const char *words)
{
	struct slice rest = slice_of(words);

	text_say(text, "\"");
	while (rest.size > 0) {
		size_t size = sequence(rest);
		char c = *rest.at;

		if (size == 0) {
			text_say(text, "\\ufffd");
			size = 1;
		} else if (c == '"' || c == '\\') {
			text_format(text, "\\%c", c);
		} else if ((unsigned char)c < 0x20 || c == 0x7f) {
			text_format(text, "\\u%04x", (unsigned int)c);
		} else {
			text_add(text, (struct slice){ rest.at, size });
		}
		rest = slice_from(rest, size);
	}
	text_say(text, "\"");
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

void text_url(struct text *text, const char *words)
{
	for (; *words; words++)
		if (is_unreserved(*words))
			text_add(text, (struct slice){ words, 1 });
		else
			text_format(text, "%%%02X", (unsigned char)*words);
}

void text_fill_words(struct text *text, const char *piece,
		     const char *const *words)
{
	struct slice rest = slice_of(piece);

	while (rest.size > 0) {
		size_t at = slice_find(rest, '$');

		text_add(text, (struct slice){ rest.at, at });
		if (at == rest.size)
			break;
		assert(*words);
		text_html(text, *words++);
		rest = slice_from(rest, at + 1);
	}
	assert(!*words);
}
