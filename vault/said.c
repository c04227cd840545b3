/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a room may say in an audit entry. Not a JSON library: the vault
 * keeps the text as it came and only makes sure that nobody who reads the
 * log later is led astray by it.
 */
#include <string.h>

#include "vault/record.h"

/* What is left to look at. */
struct scan {
	const uint8_t *at, *end;
	int depth;
};

static void skip_blanks(struct scan *scan)
{
	while (scan->at < scan->end && *scan->at == ' ')
		scan->at++;
}

static bool take(struct scan *scan, char c)
{
	skip_blanks(scan);
	if (scan->at == scan->end || *scan->at != (uint8_t)c)
		return false;
	scan->at++;
	return true;
}

/* Length of the UTF-8 sequence at the front (RFC 3629), 0 if it is none. */
static size_t utf8_size(const struct scan *scan)
{
	const size_t left = (size_t)(scan->end - scan->at);
	const uint8_t first = *scan->at;
	uint8_t low = 0x80, high = 0xbf;
	size_t size;

	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (first == 0xe0)
		low = 0xa0; /* shorter forms exist */
	else if (first == 0xed)
		high = 0x9f; /* surrogates */
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	if (left < size || scan->at[1] < low || scan->at[1] > high)
		return 0;
	for (size_t i = 2; i < size; i++)
		if ((scan->at[i] & 0xc0) != 0x80)
			return 0;
	return size;
}

static bool take_escape(struct scan *scan)
{
	if (scan->at == scan->end)
		return false;
	if (*scan->at != 'u')
		return memchr("\"\\/bfnrt", *scan->at++, 8) != NULL;
	scan->at++;
	for (int i = 0; i < 4; i++, scan->at++) {
		if (scan->at == scan->end ||
		    !memchr("0123456789abcdefABCDEF", *scan->at, 22))
			return false;
	}
	return true;
}

static bool take_string(struct scan *scan, struct slice *ret_text)
{
	const uint8_t *start;

	if (!take(scan, '"'))
		return false;
	start = scan->at;
	while (scan->at < scan->end && *scan->at != '"') {
		size_t size;

		if (*scan->at < 0x20 || *scan->at == 0x7f)
			return false;
		if (*scan->at == '\\') {
			scan->at++;
			if (!take_escape(scan))
				return false;
			continue;
		}
		size = utf8_size(scan);
		if (size == 0)
			return false;
		scan->at += size;
	}
	if (scan->at == scan->end)
		return false;
	*ret_text = (struct slice){ (const char *)start,
				    (size_t)(scan->at - start) };
	scan->at++;
	return true;
}

static bool take_digits(struct scan *scan)
{
	const uint8_t *start = scan->at;

	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
		scan->at++;
	return scan->at > start;
}

static bool take_number(struct scan *scan)
{
	const uint8_t *start;

	if (scan->at < scan->end && *scan->at == '-')
		scan->at++;
	start = scan->at;
	if (!take_digits(scan) || (*start == '0' && scan->at - start > 1))
		return false;
	if (scan->at < scan->end && *scan->at == '.') {
		scan->at++;
		if (!take_digits(scan))
			return false;
	}
	if (scan->at < scan->end && (*scan->at | 32) == 'e') {
		scan->at++;
		if (scan->at < scan->end &&
		    (*scan->at == '+' || *scan->at == '-'))
			scan->at++;
		if (!take_digits(scan))
			return false;
	}
	return true;
}

static bool take_word(struct scan *scan)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < COUNT(words); i++) {
		size_t size = strlen(words[i]);

		if ((size_t)(scan->end - scan->at) >= size &&
		    memcmp(scan->at, words[i], size) == 0) {
			scan->at += size;
			return true;
		}
	}
	return false;
}

static bool take_value(struct scan *scan);

/* A name at the top must not pass for one of the vault's own. */
static bool name_is_free(const struct scan *scan, struct slice name)
{
	if (scan->depth > 1)
		return true;
	return name.size > 0 && !memchr(name.at, '\\', name.size) &&
	       !slice_is(name, SLICE("seq")) &&
	       !slice_is(name, SLICE("time")) && !slice_is(name, SLICE("node"));
}

static bool take_object(struct scan *scan)
{
	struct slice name;

	if (!take(scan, '{') || ++scan->depth > RECORD_DEPTH_MAX)
		return false;
	if (!take(scan, '}')) {
		do {
			if (!take_string(scan, &name) ||
			    !name_is_free(scan, name) || !take(scan, ':') ||
			    !take_value(scan))
				return false;
		} while (take(scan, ','));
		if (!take(scan, '}'))
			return false;
	}
	scan->depth--;
	return true;
}

static bool take_list(struct scan *scan)
{
	if (!take(scan, '[') || ++scan->depth > RECORD_DEPTH_MAX)
		return false;
	if (!take(scan, ']')) {
		do
			if (!take_value(scan))
				return false;
		while (take(scan, ','));
		if (!take(scan, ']'))
			return false;
	}
	scan->depth--;
	return true;
}

static bool take_value(struct scan *scan)
{
	struct slice text;

	skip_blanks(scan);
	if (scan->at == scan->end)
		return false;
	switch (*scan->at) {
	case '"':
		return take_string(scan, &text);
	case '{':
		return take_object(scan);
	case '[':
		return take_list(scan);
	case 't':
	case 'f':
	case 'n':
		return take_word(scan);
	default:
		return take_number(scan);
	}
}

bool record_said_is(struct slice said)
{
	struct scan scan = { (const uint8_t *)said.at,
			     (const uint8_t *)said.at + said.size, 0 };

	/* The brace must be the very first byte: record_make() cuts there. */
	return said.size >= 2 && said.size <= RECORD_SAID_MAX &&
	       said.at[0] == '{' && said.at[said.size - 1] == '}' &&
	       take_object(&scan) && scan.at == scan.end;
}
