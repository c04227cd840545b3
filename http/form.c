/* SPDX-License-Identifier: EUPL-1.2 */
#include "http/form.h"

#include <errno.h>
#include <string.h>

int form_check(struct slice form)
{
	size_t count = 0;

	while (form.size > 0) {
		(void)slice_cut(form, '&', &form);
		if (++count > FORM_FIELDS_MAX)
			return -E2BIG;
	}
	return 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int form_decode(struct slice part, bool plus_is_blank, char *out,
		       size_t size)
{
	size_t used = 0;

	assert(size > 0);
	out[0] = '\0';
	for (size_t i = 0; i < part.size; i++) {
		char c = part.at[i];

		if (c == '+' && plus_is_blank) {
			c = ' ';
		} else if (c == '%') {
			int high, low;

			if (part.size - i < 3)
				return out[0] = '\0', -EINVAL;
			high = digit(part.at[i + 1]);
			low = digit(part.at[i + 2]);
			if (high < 0 || low < 0)
				return out[0] = '\0', -EINVAL;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (c == '\0')
			return out[0] = '\0', -EINVAL;
		if (used + 1 >= size)
			return out[0] = '\0', -ENAMETOOLONG;
		out[used++] = c;
	}
	out[used] = '\0';
	return 0;
}

int form_value(struct slice form, const char *name, char *out, size_t size)
{
	char decoded[64];

	out[0] = '\0';
	while (form.size > 0) {
		struct slice value;
		struct slice field = slice_cut(form, '&', &form);
		struct slice key = slice_cut(field, '=', &value);

		if (form_decode(key, true, decoded, sizeof(decoded)) == 0 &&
		    !strcmp(decoded, name))
			return form_decode(value, true, out, size);
	}
	return -ENOENT;
}

struct slice form_cookie(struct slice header, const char *name)
{
	while (header.size > 0) {
		struct slice value;
		struct slice pair = slice_cut(header, ';', &header);
		struct slice key = slice_cut(slice_trim(pair), '=', &value);

		if (slice_is(key, slice_of(name)))
			return value;
	}
	return (struct slice){ "", 0 };
}

bool form_is_local(const char *target)
{
	if (target[0] != '/' || target[1] == '/' || target[1] == '\\')
		return false;
	for (; *target; target++)
		if (*target <= 0x20 || *target >= 0x7f || *target == '\\')
			return false;
	return true;
}
