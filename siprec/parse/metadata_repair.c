/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * OpenSIPS does not escape addresses; samples in vendors' manuals have
 * attributes without quotes; names come in Latin-1. expat rightly stops at
 * each of them, and the call would be nameless. This writes the text anew,
 * once, byte by byte; it understands tags, quotes and nothing else.
 */
#include <errno.h>
#include <string.h>

#include "siprec/parse/metadata_xml.h"

struct copy {
	struct slice in;
	size_t at;
	char *out;
	size_t size, used;
	bool is_full;
};

static void put(struct copy *copy, const char *text, size_t size)
{
	if (copy->size - copy->used < size) {
		copy->is_full = true;
		return;
	}
	memcpy(copy->out + copy->used, text, size);
	copy->used += size;
}

static char peek(const struct copy *copy, size_t ahead)
{
	size_t at = copy->at + ahead;

	return at < copy->in.size ? copy->in.at[at] : '\0';
}

static bool is_entity(const struct copy *copy)
{
	static const struct slice known[] = {
		{ "&amp;", 5 },	 { "&lt;", 4 },	  { "&gt;", 4 },
		{ "&quot;", 6 }, { "&apos;", 6 }, { "&#", 2 },
	};
	struct slice rest = slice_from(copy->in, copy->at);

	for (size_t i = 0; i < COUNT(known); i++)
		if (rest.size >= known[i].size &&
		    memcmp(rest.at, known[i].at, known[i].size) == 0)
			return true;
	return false;
}

/* How many bytes of well-formed UTF-8 stand here; 0 if none. */
static size_t utf8_size(const struct copy *copy)
{
	unsigned char first = (unsigned char)peek(copy, 0);
	size_t size = first < 0x80		      ? 1
		      : first >= 0xc2 && first < 0xe0 ? 2
		      : first >= 0xe0 && first < 0xf0 ? 3
		      : first >= 0xf0 && first < 0xf5 ? 4
						      : 0;

	if (size == 1 && first < ' ' && first != '\t' && first != '\n' &&
	    first != '\r')
		return 0;
	for (size_t i = 1; i < size; i++)
		if (((unsigned char)peek(copy, i) & 0xc0) != 0x80)
			return 0;
	return size;
}

/* One character of text or of an attribute's value. */
static void copy_character(struct copy *copy)
{
	size_t size = utf8_size(copy);

	if (size == 0) {
		put(copy, "?", 1);
		size = 1;
	} else if (peek(copy, 0) == '&' && !is_entity(copy)) {
		put(copy, "&amp;", 5);
	} else if (peek(copy, 0) == '<') {
		put(copy, "&lt;", 4);
	} else {
		put(copy, copy->in.at + copy->at, size);
	}
	copy->at += size;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool ends_tag(const struct copy *copy)
{
	return copy->at >= copy->in.size || peek(copy, 0) == '>' ||
	       (peek(copy, 0) == '/' && peek(copy, 1) == '>');
}

static void copy_value(struct copy *copy)
{
	char quote = peek(copy, 0);

	if (quote == '"' || quote == '\'') {
		copy->at++;
		put(copy, &quote, 1);
		while (copy->at < copy->in.size && peek(copy, 0) != quote)
			copy_character(copy);
		copy->at++;
		put(copy, &quote, 1);
		return;
	}
	put(copy, "\"", 1);
	while (!ends_tag(copy) && !is_blank(peek(copy, 0))) {
		if (peek(copy, 0) == '"')
			copy->at++;
		else
			copy_character(copy);
	}
	put(copy, "\"", 1);
}

static void copy_tag(struct copy *copy)
{
	put(copy, "<", 1);
	copy->at++;
	while (copy->at < copy->in.size && peek(copy, 0) != '>') {
		char c = peek(copy, 0);

		put(copy, &c, 1);
		copy->at++;
		if (c != '=')
			continue;
		while (is_blank(peek(copy, 0)))
			copy->at++;
		copy_value(copy);
	}
	put(copy, ">", 1);
	copy->at++;
}

static bool begins_tag(const struct copy *copy)
{
	char c = peek(copy, 1);

	if (peek(copy, 0) != '<')
		return false;
	/* "<sip:" and "<tel:" are addresses that nobody escaped. */
	for (int i = 0; i < 3; i++) {
		static const struct slice schemes[] = { { "<sip:", 5 },
							{ "<sips:", 6 },
							{ "<tel:", 5 } };

		if (slice_starts_nocase(slice_from(copy->in, copy->at),
					schemes[i]))
			return false;
	}
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c == '/' || c == '?';
}

int metadata_repair(struct slice xml, char *out, size_t size)
{
	struct copy copy = { .in = xml, .out = out, .size = size };

	while (copy.at < xml.size && !copy.is_full) {
		if (begins_tag(&copy))
			copy_tag(&copy);
		else
			copy_character(&copy);
	}
	return copy.is_full ? -EFBIG : (int)copy.used;
}
