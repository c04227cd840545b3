/* SPDX-License-Identifier: EUPL-1.2 */
#include "notice/language.h"

static const char *const codes[NOTICE_LANGUAGES] = { "fi", "sv", "en" };

const char *language_code(enum notice_language language)
{
	assert(language < NOTICE_LANGUAGES);
	return codes[language];
}

enum notice_language language_of(struct slice code,
				 enum notice_language otherwise)
{
	for (int i = 0; i < NOTICE_LANGUAGES; i++)
		if (slice_is_nocase(code, slice_of(codes[i])))
			return (enum notice_language)i;
	return otherwise;
}

/* Thousandths of a weight such as "0.8"; 1000 if there is none. */
static int weight_of(struct slice parameters)
{
	int weight = 0, place = 1000;
	bool seen = false;

	while (parameters.size > 0) {
		struct slice value;
		struct slice each = slice_cut(parameters, ';', &parameters);
		struct slice name = slice_trim(slice_cut(each, '=', &value));

		if (!slice_is_nocase(name, SLICE("q")))
			continue;
		seen = true;
		for (size_t i = 0; i < value.size && place > 0; i++) {
			if (value.at[i] < '0' || value.at[i] > '9')
				continue;
			weight += (value.at[i] - '0') * place;
			place /= 10;
		}
	}
	return seen ? weight : 1000;
}

enum notice_language language_accepted(struct slice header)
{
	enum notice_language best = NOTICE_FI;
	int best_weight = 0;

	while (header.size > 0) {
		struct slice parameters, region;
		struct slice each = slice_cut(header, ',', &header);
		struct slice range = slice_cut(each, ';', &parameters);
		struct slice code = slice_cut(slice_trim(range), '-', &region);
		enum notice_language language =
			language_of(code, NOTICE_LANGUAGES);
		int weight = weight_of(parameters);

		if (language == NOTICE_LANGUAGES || weight <= best_weight)
			continue;
		best = language;
		best_weight = weight;
	}
	return best;
}
