/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/parse/header.h"

#include <errno.h>
#include <string.h>

/* Longest quoted string that is looked for. */
enum { QUOTED_MAX = 1024 };

/*
 * Where a byte occurs outside quoted strings and angle brackets. A quote
 * that is never closed hides nothing: it is then an ordinary byte, as some
 * clients send apostrophes and inch marks in names. Nor does any quote
 * after it, or a line of quotes would be read once for each of them.
 */
static size_t find_outside(struct slice text, char byte)
{
	bool in_angle = false, has_quotes = true;

	for (size_t i = 0; i < text.size; i++) {
		char c = text.at[i];

		if (c == '"' && has_quotes && !in_angle) {
			size_t end = i + 1;

			while (end < text.size && end - i <= QUOTED_MAX &&
			       text.at[end] != '"')
				end += text.at[end] == '\\' ? 2 : 1;
			if (end < text.size && text.at[end] == '"')
				i = end;
			else
				has_quotes = false;
		} else if (c == byte && !in_angle) {
			return i;
		} else if (c == '<') {
			in_angle = true;
		} else if (c == '>') {
			in_angle = false;
		}
	}
	return text.size;
}

struct slice header_next(struct slice *list)
{
	while (list->size > 0) {
		size_t end = find_outside(*list, ',');
		struct slice element = { list->at, end };

		*list = slice_from(*list, end + 1);
		element = slice_trim(element);
		if (element.size > 0)
			return element;
	}
	return (struct slice){ 0 };
}

struct slice header_params(struct slice value)
{
	return slice_from(value, find_outside(value, ';'));
}

struct slice header_bare(struct slice value)
{
	return slice_trim((struct slice){ value.at, find_outside(value, ';') });
}

bool header_next_param(struct slice *params, struct slice *ret_name,
		       struct slice *ret_value)
{
	while (params->size > 0) {
		struct slice one, value;

		if (params->at[0] == ';') {
			*params = slice_from(*params, 1);
			continue;
		}
		one = (struct slice){ params->at, find_outside(*params, ';') };
		*params = slice_from(*params, one.size);
		one = slice_trim(one);
		if (one.size == 0)
			continue;
		*ret_name = slice_trim(slice_cut(one, '=', &value));
		value = slice_trim(value);
		if (value.size >= 2 && value.at[0] == '"' &&
		    value.at[value.size - 1] == '"')
			value = (struct slice){ value.at + 1, value.size - 2 };
		*ret_value = value;
		return true;
	}
	return false;
}

int header_param(struct slice params, struct slice name,
		 struct slice *ret_value)
{
	struct slice found = { 0 }, this_name, value;
	int count = 0, seen = 0;

	while (header_next_param(&params, &this_name, &value)) {
		if (++seen > HEADER_PARAMS_MAX)
			return -EINVAL;
		if (!slice_is_nocase(this_name, name))
			continue;
		found = value;
		count++;
	}
	if (count == 0)
		return -ENOENT;
	if (count > 1)
		return -EINVAL;
	*ret_value = found;
	return 0;
}

bool header_has_token(struct slice list, struct slice token)
{
	struct slice element;

	while ((element = header_next(&list)).size > 0)
		if (slice_is_nocase(header_bare(element), token))
			return true;
	return false;
}

bool header_is_token(struct slice text)
{
	static const char others[] = "-.!%*_+`'~";

	for (size_t i = 0; i < text.size; i++) {
		char c = text.at[i];
		bool is_alnum = (c >= '0' && c <= '9') ||
				(c >= 'a' && c <= 'z') ||
				(c >= 'A' && c <= 'Z');

		if (!is_alnum && !memchr(others, c, sizeof(others) - 1))
			return false;
	}
	return text.size > 0;
}
