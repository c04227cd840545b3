/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/option.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "cli/say.h"
#include "cli/suggest.h"

/* Options every command has. */
static const struct option_row common[] = {
	{ "help", 'h', OPTION_FLAG, 0, NULL, NULL },
};

static int real(const char *text, double max, double *ret_value)
{
	char *end;
	double value;

	errno = 0;
	value = strtod(text, &end);
	if (*end == '%' && end[1] == '\0')
		end++;
	if (end == text || *end != '\0' || errno != 0 || !isfinite(value) ||
	    value < 0 || value > max)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

int option_seconds(const char *text, uint32_t *ret_ms)
{
	double seconds;
	int r = real(text, 86400, &seconds);

	if (r < 0)
		return r;
	*ret_ms = (uint32_t)lround(seconds * 1000);
	return 0;
}

static int store(const struct option_row *row, void *values, const char *text)
{
	void *at = (char *)values + row->offset;
	struct option_many *many = at;
	double *value = at;
	uint32_t length_ms;
	uint64_t number;
	int r;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)at = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)at = text;
		return 0;
	case OPTION_NUMBER:
		return slice_number(slice_of(text), INT64_MAX, at);
	case OPTION_PORT:
		r = slice_number(slice_of(text), UINT16_MAX, &number);
		if (r == 0 && number == 0)
			r = -EINVAL;
		if (r == 0)
			*(uint16_t *)at = (uint16_t)number;
		return r;
	case OPTION_SECONDS:
		return option_seconds(text, at);
	case OPTION_LENGTH:
		r = option_seconds(text, &length_ms);
		if (r == 0 && length_ms == 0)
			r = -EINVAL;
		if (r == 0)
			*(uint32_t *)at = length_ms;
		return r;
	case OPTION_REAL:
		return real(text, 1e9, value);
	case OPTION_PERCENT:
		r = real(text, 100, value);
		if (r == 0)
			*value /= 100;
		return r;
	case OPTION_MANY:
		if (many->count == OPTION_MANY_MAX)
			return -E2BIG;
		many->at[many->count++] = text;
		return 0;
	}
	return -EINVAL;
}

static const struct option_row *find_long(const struct option_row *rows,
					  size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is(name, slice_of(rows[i].name)))
			return &rows[i];
	return NULL;
}

static const struct option_row *find_short(const struct option_row *rows,
					   size_t count, char letter)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].letter == letter)
			return &rows[i];
	return NULL;
}

static int tell_unknown(const struct option_row *rows, size_t count,
			const char *given, struct slice name)
{
	struct suggest suggest = suggest_for(name);

	for (size_t i = 0; i < count; i++)
		suggest_weigh(&suggest, rows[i].name);
	suggest_weigh(&suggest, "help");
	if (suggest.best)
		say_error("unknown option: %s - did you mean --%s?", given,
			  suggest.best);
	else
		say_error("unknown option: %s - see --help", given);
	return -EINVAL;
}

static void tell_wrong(const struct option_row *row, const char *text, int r)
{
	static const char *const wanted[] = {
		[OPTION_NUMBER] = "a whole number is needed, 0 or more",
		[OPTION_PORT] = "a port is a whole number from 1 to 65535",
		[OPTION_SECONDS] = "seconds are needed, such as 1.5, at most "
				   "86400",
		[OPTION_LENGTH] = "seconds are needed, such as 1.5, more than "
				  "0 and at most 86400",
		[OPTION_PERCENT] = "a share is needed, from 0 to 100",
		[OPTION_REAL] = "a number is needed, 0 or more",
	};

	if (r == -E2BIG)
		say_error("--%s: at most %d times", row->name, OPTION_MANY_MAX);
	else
		say_error("--%s %s: %s", row->name, text, wanted[row->kind]);
}

static int take_option(const struct option_row *rows, size_t count,
		       void *values, int argc, char **argv, int *at)
{
	const char *given = argv[*at];
	const struct option_row *row;
	const char *text = NULL;
	struct slice rest, name;
	int r;

	if (given[1] == '-') {
		name = slice_cut(slice_of(given + 2), '=', &rest);
		row = find_long(rows, count, name);
		if (!row && find_long(common, COUNT(common), name))
			return -ECANCELED;
		if (strchr(given, '='))
			text = strchr(given, '=') + 1;
	} else {
		name = (struct slice){ given + 1, 1 };
		row = find_short(rows, count, given[1]);
		if (!row && find_short(common, COUNT(common), given[1]))
			return -ECANCELED;
		if (given[2] != '\0')
			text = given + 2;
	}
	if (!row)
		return tell_unknown(rows, count, given, name);
	if (row->kind == OPTION_FLAG) {
		if (text) {
			say_error("--%s takes no value", row->name);
			return -EINVAL;
		}
	} else if (!text) {
		if (*at + 1 >= argc) {
			say_error("--%s needs %s", row->name, row->word);
			return -EINVAL;
		}
		text = argv[++*at];
	}
	r = store(row, values, text);
	if (r < 0)
		tell_wrong(row, text, r);
	return r < 0 ? -EINVAL : 0;
}

int option_read(const struct option_row *rows, size_t count, void *values,
		int argc, char **argv, int *ret_words)
{
	int words = 0;
	bool options = true;
	int r;

	for (int i = 0; i < argc; i++) {
		if (options && strcmp(argv[i], "--") == 0) {
			options = false;
			continue;
		}
		if (!options || argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[words++] = argv[i];
			continue;
		}
		r = take_option(rows, count, values, argc, argv, &i);
		if (r < 0)
			return r;
	}
	*ret_words = words;
	return 0;
}
