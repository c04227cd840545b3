/* SPDX-License-Identifier: EUPL-1.2 */
#include "chat/text.h"

#include <string.h>

enum { CODE_MAX = 0x10ffff, DELETE = 0x7f, C1_END = 0xa0 };

size_t text_character(const char *at, size_t left, uint32_t *ret_code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *bytes = (const uint8_t *)at;
	uint32_t code;
	size_t size;

	if (left == 0)
		return 0;
	if (bytes[0] < 0x80) {
		*ret_code = bytes[0];
		return 1;
	}
	size = (bytes[0] & 0xe0) == 0xc0   ? 2
	       : (bytes[0] & 0xf0) == 0xe0 ? 3
	       : (bytes[0] & 0xf8) == 0xf0 ? 4
					   : 0;
	if (size == 0 || size > left)
		return 0;
	code = bytes[0] & (0xffU >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (bytes[i] & 0x3f);
	}
	if (code < least[size] || code > CODE_MAX ||
	    (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret_code = code;
	return size;
}

static bool is_control(uint32_t code)
{
	return code < ' ' || (code >= DELETE && code < C1_END);
}

static bool is_blank(uint32_t code)
{
	return code == ' ' || code == '\n' || code == '\t' || code == 0xa0 ||
	       (code >= 0x2000 && code <= 0x200f) || code == 0x2028 ||
	       code == 0x2029 || code == 0x202f || code == 0x205f ||
	       code == 0x2060 || code == 0x3000 || code == 0xfeff;
}

bool text_may_be_said(const char *text, size_t size)
{
	bool any = false;

	for (size_t i = 0; i < size;) {
		uint32_t code;
		size_t step = text_character(text + i, size - i, &code);

		if (step == 0 ||
		    (is_control(code) && code != '\n' && code != '\t'))
			return false;
		any = any || !is_blank(code);
		i += step;
	}
	return any;
}

bool text_is_name(const char *name, size_t size)
{
	size_t length = strnlen(name, size);

	if (length == size)
		return false;
	for (size_t i = 0; i < length;) {
		uint32_t code;
		size_t step = text_character(name + i, length - i, &code);

		if (step == 0 || is_control(code))
			return false;
		i += step;
	}
	return true;
}

bool text_is_word(const char *word, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";
	size_t length = strnlen(word, size);

	return length < size && strspn(word, letters) == length;
}
