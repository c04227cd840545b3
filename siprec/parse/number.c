/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/parse/number.h"

#include <errno.h>
#include <string.h>

const struct number_plan number_plan_default = {
	.country = "358",
	.national = "0",
	.international = "00",
};

static bool is_separator(char c)
{
	return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' ||
	       c == '/' || c == '\t';
}

/*
 * The digits alone; a '+' counts only in front. "(0)" after a '+' is the
 * trunk prefix that people write but nobody dials.
 */
static int strip(struct slice text, char *out, size_t *ret_count,
		 bool *ret_plus)
{
	size_t count = 0;
	bool plus = false;

	text = slice_trim(text);
	for (size_t i = 0; i < text.size; i++) {
		char c = text.at[i];

		if (c == '+' && count == 0 && !plus) {
			plus = true;
			continue;
		}
		if (plus && c == '(' && i + 2 < text.size &&
		    text.at[i + 1] == '0' && text.at[i + 2] == ')') {
			i += 2;
			continue;
		}
		if (is_separator(c))
			continue;
		if (c < '0' || c > '9')
			return -EINVAL;
		if (count + 1 >= NUMBER_SIZE)
			return -ERANGE;
		out[count++] = c;
	}
	out[count] = '\0';
	if (count == 0)
		return -EINVAL;
	*ret_count = count;
	*ret_plus = plus;
	return 0;
}

/* AudioCodes and Metaswitch write "Extension-0161..." as user part. */
static struct slice without_word(struct slice text)
{
	static const struct slice words[] = { { "Extension-", 10 },
					      { "ext-", 4 },
					      { "tel:", 4 } };

	for (size_t i = 0; i < COUNT(words); i++)
		if (slice_starts_nocase(text, words[i]))
			return slice_from(text, words[i].size);
	return text;
}

int number_digits(struct slice text, char out[NUMBER_SIZE])
{
	char digits[NUMBER_SIZE];
	size_t count;
	bool plus;
	int r = strip(without_word(slice_trim(text)), digits, &count, &plus);

	if (r < 0)
		return -EINVAL;
	memcpy(out, digits, count + 1);
	return 0;
}

static bool starts(const char *digits, const char *prefix)
{
	return prefix[0] != '\0' &&
	       strncmp(digits, prefix, strlen(prefix)) == 0;
}

int number_read(const struct number_plan *plan, struct slice text,
		char out[NUMBER_SIZE])
{
	char digits[NUMBER_SIZE], whole[2 * NUMBER_SIZE];
	const char *rest, *country = "";
	size_t count, size, country_size;
	bool plus;
	int r = strip(without_word(slice_trim(text)), digits, &count, &plus);

	if (r < 0)
		return r;
	rest = digits;
	if (plus) {
		/* nothing to add */
	} else if (starts(digits, plan->international)) {
		rest += strlen(plan->international);
	} else if (starts(digits, plan->national)) {
		rest += strlen(plan->national);
		country = plan->country;
	} else if (!starts(digits, plan->country) || count < 9) {
		/*
		 * Neither '+' nor prefix: an extension if short, else E.164
		 * that lost its '+' on the way.
		 */
		if (plan->national[0] ? count < 10 : count < 7)
			return -ERANGE;
		if (!plan->national[0])
			country = plan->country;
	}
	country_size = strlen(country);
	size = country_size + strlen(rest);
	if (size < NUMBER_DIGITS_MIN || size > NUMBER_DIGITS_MAX)
		return -ERANGE;
	memcpy(whole, country, country_size);
	memcpy(whole + country_size, rest, strlen(rest) + 1);
	if (whole[0] == '0')
		return -EINVAL;
	out[0] = '+';
	memcpy(out + 1, whole, size + 1);
	return 0;
}

bool number_is_withheld(struct slice text)
{
	static const struct slice words[] = {
		{ "anonymous", 9 },
		{ "restricted", 10 },
		{ "unavailable", 11 },
		{ "withheld", 8 },
		{ "private", 7 },
		{ "unknown", 7 },
		{ "anonymous.invalid", 17 },
		{ "private number", 14 },
		{ "number withheld", 15 },
		{ "caller id withheld", 18 },
		{ "no caller id", 12 },
		{ "id blocked", 10 },
		{ "blocked", 7 },
		{ "tuntematon", 10 },
		{ "salainen", 8 },
	};

	text = slice_trim(text);
	if (text.size >= 2 && text.at[0] == '"' &&
	    text.at[text.size - 1] == '"')
		text = slice_trim((struct slice){ text.at + 1, text.size - 2 });
	for (size_t i = 0; i < COUNT(words); i++)
		if (slice_is_nocase(text, words[i]))
			return true;
	return false;
}
