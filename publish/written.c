/* SPDX-License-Identifier: EUPL-1.2 */
#include "publish/written.h"

#include <stdio.h>
#include <string.h>

enum { MONTHS_PER_YEAR = 12, DIGITS_OF_AREA = 3 };

typedef void write_fn(const char *value, enum notice_language language,
		      bool genitive, char out[FACT_SIZE]);

static void as_it_is(const char *value, enum notice_language language,
		     bool genitive, char out[FACT_SIZE])
{
	(void)language;
	(void)genitive;
	(void)snprintf(out, FACT_SIZE, "%s", value);
}

/* After the number: one, many, and in Finnish the genitive, which is also
 * the object of "säilytetään" when there is one. */
struct unit {
	const char *one, *many, *genitive;
};

static const struct unit *unit_of(char letter, enum notice_language language)
{
	static const struct {
		char letter;
		struct unit in[NOTICE_LANGUAGES];
	} units[] = {
		{ 'Y',
		  { { "vuoden", "vuotta", "vuoden" },
		    { "år", "år", "år" },
		    { "year", "years", "years" } } },
		{ 'M',
		  { { "kuukauden", "kuukautta", "kuukauden" },
		    { "månad", "månader", "månader" },
		    { "month", "months", "months" } } },
		{ 'D',
		  { { "päivän", "päivää", "päivän" },
		    { "dag", "dagar", "dagar" },
		    { "day", "days", "days" } } },
		{ 'H',
		  { { "tunnin", "tuntia", "tunnin" },
		    { "timme", "timmar", "timmar" },
		    { "hour", "hours", "hours" } } },
	};

	for (size_t i = 0; i < COUNT(units); i++)
		if (units[i].letter == letter)
			return &units[i].in[language];
	return NULL;
}

/* "P6M"; two years and more are said as years, as people do. */
static void period(const char *value, enum notice_language language,
		   bool genitive, char out[FACT_SIZE])
{
	const struct unit *unit;
	uint64_t number;
	size_t size = strlen(value);
	char letter;
	bool is_time = !strncmp(value, "PT", 2);
	size_t start = is_time ? 2 : 1;

	if (size < start + 2 ||
	    slice_number((struct slice){ value + start, size - start - 1 },
			 UINT32_MAX, &number) < 0)
		return;
	letter = value[size - 1];
	if (letter == 'M' && number >= (uint64_t)2 * MONTHS_PER_YEAR &&
	    number % MONTHS_PER_YEAR == 0) {
		number /= MONTHS_PER_YEAR;
		letter = 'Y';
	}
	unit = unit_of(letter, language);
	if (!unit)
		return;
	(void)snprintf(out, FACT_SIZE, "%u %s", (unsigned int)number,
		       number == 1			   ? unit->one
		       : genitive && language == NOTICE_FI ? unit->genitive
							   : unit->many);
}

/*
 * The numbers in a value, of at most four digits each, with anything between
 * them; how many there are, up to count.
 */
static size_t numbers(const char *value, unsigned int *out, size_t count)
{
	size_t found = 0;

	for (const char *at = value; *at && found < count;) {
		unsigned int number = 0, digits = 0;

		for (; *at >= '0' && *at <= '9' && digits < 4; at++, digits++)
			number = number * 10 + (unsigned int)(*at - '0');
		if (digits > 0)
			out[found++] = number;
		else
			at++;
	}
	return found;
}

static void date(const char *value, enum notice_language language,
		 bool genitive, char out[FACT_SIZE])
{
	static const char *const months[] = {
		"January",   "February", "March",    "April",
		"May",	     "June",	 "July",     "August",
		"September", "October",	 "November", "December",
	};
	unsigned int part[3]; /* year, month, day */

	(void)genitive;
	if (numbers(value, part, 3) != 3 || part[1] < 1 ||
	    part[1] > COUNT(months))
		return;
	if (language == NOTICE_EN)
		(void)snprintf(out, FACT_SIZE, "%u %s %u", part[2],
			       months[part[1] - 1], part[0]);
	else
		(void)snprintf(out, FACT_SIZE, "%u.%u.%u", part[2], part[1],
			       part[0]);
}

static void time_of_day(const char *value, enum notice_language language,
			bool genitive, char out[FACT_SIZE])
{
	unsigned int part[2]; /* hour, minute */

	(void)genitive;
	if (numbers(value, part, 2) != 2)
		return;
	(void)snprintf(out, FACT_SIZE,
		       language == NOTICE_EN ? "%02u:%02u" : "%u.%02u", part[0],
		       part[1]);
}

static void percent(const char *value, enum notice_language language,
		    bool genitive, char out[FACT_SIZE])
{
	static const char *const words[] = { "prosenttia", "procent",
					     "per cent" };
	bool one = !strcmp(value, "1");

	(void)genitive;
	(void)snprintf(out, FACT_SIZE, "%s %s", value,
		       one && language == NOTICE_FI ? "prosentti"
						    : words[language]);
}

/* Finnish ones without the country: "029 555 0100". */
static void phone(const char *value, enum notice_language language,
		  bool genitive, char out[FACT_SIZE])
{
	const char *rest = value + 4;
	size_t size;

	(void)language;
	(void)genitive;
	if (strncmp(value, "+358", 4) != 0 || strlen(rest) < 6) {
		(void)snprintf(out, FACT_SIZE, "%s", value);
		return;
	}
	size = (size_t)snprintf(out, FACT_SIZE, "0%.2s", rest);
	rest += DIGITS_OF_AREA - 1;
	while (*rest && size < FACT_SIZE) {
		size_t left = strlen(rest), part = left > 4 ? 3 : left;

		size += (size_t)snprintf(out + size, FACT_SIZE - size, " %.*s",
					 (int)part, rest);
		rest += part;
	}
}

/* "15", "7(3)", "6(1)(c)": article, paragraph, point. */
static void article(const char *value, enum notice_language language,
		    bool genitive, char out[FACT_SIZE])
{
	unsigned int part[2] = { 0, 0 };
	size_t parts = numbers(value, part, 2);
	unsigned int number = part[0], paragraph = part[1];
	const char *last = strrchr(value, '(');
	char point = last ? last[1] : 0;

	(void)genitive;
	if (parts == 0)
		return;
	/* A point is a letter. */
	if (parts == 2 && point >= 'a' && point <= 'z')
		parts = 3;
	if (language == NOTICE_EN)
		(void)snprintf(out, FACT_SIZE, "Article %s", value);
	else if (language == NOTICE_SV && parts == 1)
		(void)snprintf(out, FACT_SIZE, "artikel %u", number);
	else if (language == NOTICE_SV)
		(void)snprintf(out, FACT_SIZE,
			       parts == 2 ? "artikel %u.%u"
					  : "artikel %u.%u %c",
			       number, paragraph, point);
	else if (parts == 1)
		(void)snprintf(out, FACT_SIZE, "%u artikla", number);
	else if (parts == 2)
		(void)snprintf(out, FACT_SIZE, "%u artiklan %u kohta", number,
			       paragraph);
	else
		(void)snprintf(out, FACT_SIZE,
			       "%u artiklan %u kohdan %c alakohta", number,
			       paragraph, point);
}

static void articles(const char *value, enum notice_language language,
		     bool genitive, char out[FACT_SIZE])
{
	static const char *const or [] = { " tai ", " eller ", " or " };
	struct slice rest = slice_of(value);
	size_t size = 0;

	while (rest.size > 0 && size < FACT_SIZE) {
		char one[NOTICE_WORD_SIZE], words[FACT_SIZE] = "";
		struct slice each = slice_cut(rest, ' ', &rest);

		if (slice_text(each, one, sizeof(one)) < 0)
			return;
		article(one, language, genitive, words);
		size += (size_t)snprintf(out + size, FACT_SIZE - size, "%s%s",
					 size == 0	  ? ""
					 : rest.size == 0 ? or [language]
							  : ", ",
					 words);
	}
}

/* "28": of a Finnish law. */
static void section(const char *value, enum notice_language language,
		    bool genitive, char out[FACT_SIZE])
{
	if (language == NOTICE_EN)
		(void)snprintf(out, FACT_SIZE, "section %s", value);
	else
		(void)snprintf(out, FACT_SIZE, "%s §%s", value,
			       genitive && language == NOTICE_FI ? ":n" : "");
}

/* "FI SE": names of countries. */
static void countries(const char *value, enum notice_language language,
		      bool genitive, char out[FACT_SIZE])
{
	static const struct {
		const char *code, *name[NOTICE_LANGUAGES];
	} known[] = {
#define COUNTRY(code, fi, sv, en) { code, { fi, sv, en } },
#include "publish/countries.def"
#undef COUNTRY
	};
	struct slice rest = slice_of(value);
	size_t size = 0;

	(void)genitive;
	while (rest.size > 0 && size < FACT_SIZE) {
		struct slice code = slice_cut(rest, ' ', &rest);
		struct slice name = code;

		for (size_t i = 0; i < COUNT(known); i++)
			if (slice_is(code, slice_of(known[i].code)))
				name = slice_of(known[i].name[language]);
		size += (size_t)snprintf(out + size, FACT_SIZE - size, "%s%.*s",
					 size > 0 ? ", " : "", (int)name.size,
					 name.at);
	}
}

void written(enum fact_kind kind, const char *value,
	     enum notice_language language, bool genitive, char out[FACT_SIZE])
{
	static write_fn *const ways[] = {
		[FACT_PERIOD] = period,	    [FACT_DATE] = date,
		[FACT_TIME] = time_of_day,  [FACT_PERCENT] = percent,
		[FACT_PHONE] = phone,	    [FACT_ARTICLE] = article,
		[FACT_ARTICLES] = articles, [FACT_SECTION] = section,
		[FACT_LAW] = as_it_is,	    [FACT_PAGE] = as_it_is,
		[FACT_WORD] = as_it_is,	    [FACT_COUNTRIES] = countries,
	};

	assert((size_t)kind < COUNT(ways) && ways[kind] &&
	       language < NOTICE_LANGUAGES);
	out[0] = '\0';
	ways[kind](value, language, genitive, out);
}
