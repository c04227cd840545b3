/* SPDX-License-Identifier: EUPL-1.2 */
#include "chat/guard.h"

#include <string.h>

#include "chat/text.h"

enum kind { DIGIT, LETTER, DASH, BLANK, PLUS, OTHER };

/* One character; those that are "nothing" have none. */
struct unit {
	uint16_t at;   /* its first byte */
	uint8_t kind;  /* enum kind */
	uint8_t value; /* a digit's value, a letter in upper case */
};

enum {
	UNITS_MAX = GUARD_TAIL_MAX + 1 + GUARD_SIZE_MAX,
	CARD_MIN = 13,
	CARD_MAX = 19,
	BLANKS_MAX = 2,
};

struct units {
	size_t count;
	struct unit unit[UNITS_MAX];
};

struct range {
	uint32_t from, to;
};

static bool is_in(uint32_t code, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (code >= ranges[i].from && code <= ranges[i].to)
			return true;
	return false;
}

static bool is_nothing(uint32_t code)
{
	return code == 0xad || (code >= 0x200b && code <= 0x200d) ||
	       code == 0x2060 || code == 0xfeff;
}

static enum kind kind_of(uint32_t code)
{
	static const struct range dashes[] = {
		{ '-', '-' },	    { 0x2010, 0x2015 }, { 0x2212, 0x2212 },
		{ 0xfe58, 0xfe58 }, { 0xfe63, 0xfe63 }, { 0xff0d, 0xff0d },
	};
	static const struct range blanks[] = {
		{ ' ', ' ' },	    { '\t', '\n' },	{ '\r', '\r' },
		{ 0xa0, 0xa0 },	    { 0x2000, 0x200a }, { 0x202f, 0x202f },
		{ 0x205f, 0x205f }, { 0x3000, 0x3000 },
	};

	if (code >= '0' && code <= '9')
		return DIGIT;
	if ((code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z'))
		return LETTER;
	if (code == '+')
		return PLUS;
	if (is_in(code, dashes, COUNT(dashes)))
		return DASH;
	return is_in(code, blanks, COUNT(blanks)) ? BLANK : OTHER;
}

static uint8_t value_of(uint32_t code)
{
	if (code >= '0' && code <= '9')
		return (uint8_t)(code - '0');
	return (uint8_t)(code >= 'a' && code <= 'z' ? code - 'a' + 'A' : code);
}

static void read_units(const char *text, size_t size, struct units *units)
{
	units->count = 0;
	for (size_t i = 0; i < size && units->count < UNITS_MAX;) {
		uint32_t code = 0xfffd;
		size_t step = text_character(text + i, size - i, &code);

		if (step > 0 && is_nothing(code)) {
			i += step;
			continue;
		}
		units->unit[units->count++] = (struct unit){
			.at = (uint16_t)i,
			.kind = (uint8_t)kind_of(code),
			.value = code < 0x80 ? value_of(code) : 0,
		};
		/* What is no UTF-8 was refused before; a byte is passed. */
		i += step > 0 ? step : 1;
	}
}

static bool is_kind(const struct units *units, size_t i, enum kind kind)
{
	return i < units->count && units->unit[i].kind == kind;
}

/* Whether what begins or ends beside this one would be part of a word. */
static bool touches(const struct units *units, size_t i)
{
	return is_kind(units, i, DIGIT) || is_kind(units, i, LETTER);
}

static bool are_digits(const struct units *units, size_t i, size_t count)
{
	for (size_t k = 0; k < count; k++)
		if (!is_kind(units, i + k, DIGIT))
			return false;
	return true;
}

static uint32_t number_at(const struct units *units, size_t i, size_t count)
{
	uint32_t number = 0;

	for (size_t k = 0; k < count; k++)
		number = number * 10 + units->unit[i + k].value;
	return number;
}

/* ---- identity codes ---- */

static bool is_day(uint32_t day, uint32_t month, uint32_t year)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30,
					31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month >= 1 && month <= 12 && day >= 1 &&
	       day <= days[month - 1] + (month == 2 && is_leap ? 1U : 0U);
}

enum { CENTURY_18 = 1, CENTURY_19 = 2, CENTURY_20 = 4 };

static size_t blanks_at(const struct units *units, size_t i)
{
	size_t count = 0;

	while (is_kind(units, i + count, BLANK))
		count++;
	return count;
}

/* How many characters a separator has; which centuries it may mean. */
static size_t separator_at(const struct units *units, size_t i,
			   uint32_t *ret_centuries)
{
	size_t before = blanks_at(units, i), at = i + before, after;
	const char *found;

	*ret_centuries = CENTURY_19 | CENTURY_20;
	if (before > BLANKS_MAX)
		return 0;
	if (is_kind(units, at, PLUS)) {
		*ret_centuries = CENTURY_18;
	} else if (is_kind(units, at, DASH)) {
		*ret_centuries = CENTURY_19;
	} else if (is_kind(units, at, LETTER)) {
		found = strchr("YXWVUABCDEF", units->unit[at].value);
		if (!found)
			return 0;
		*ret_centuries = *found >= 'U' ? CENTURY_19 : CENTURY_20;
	} else {
		return before;
	}
	after = blanks_at(units, at + 1);
	return after > BLANKS_MAX ? 0 : before + 1 + after;
}

/* How many characters an identity code that begins here has; or 0. */
static size_t code_at(const struct units *units, size_t i)
{
	static const char check[] = "0123456789ABCDEFHJKLMNPRSTUVWXY";
	uint32_t centuries, day, month, year, individual;
	size_t at = i + 6, separator;
	bool is_date = false;
	char last;

	if (!are_digits(units, i, 6) || (i > 0 && is_kind(units, i - 1, DIGIT)))
		return 0;
	separator = separator_at(units, at, &centuries);
	at += separator;
	if (separator == 0 || !are_digits(units, at, 3) ||
	    touches(units, at + 4) ||
	    (!is_kind(units, at + 3, DIGIT) && !is_kind(units, at + 3, LETTER)))
		return 0;
	day = number_at(units, i, 2);
	month = number_at(units, i + 2, 2);
	year = number_at(units, i + 4, 2);
	for (uint32_t c = 0; c < 3; c++)
		is_date =
			is_date || ((centuries & 1U << c) &&
				    is_day(day, month, 1800 + c * 100 + year));
	individual = number_at(units, at, 3);
	last = check[(number_at(units, i, 6) * 1000 + individual) % 31];
	if (!is_date || individual < 2 ||
	    units->unit[at + 3].value != (last <= '9' ? last - '0' : last))
		return 0;
	return at + 4 - i;
}

/* ---- cards ---- */

/* The first digits of an issuer's cards, and how many digits these have. */
static const struct {
	uint32_t digits, from, to;
	uint32_t lengths; /* bit N: N digits */
} issuers[] = {
#define LENGTHS(from, to) ((2U << (to)) - (1U << (from)))
	{ 1, 4, 4, 1U << 13 | 1U << 16 | 1U << 19 }, /* Visa */
	{ 2, 51, 55, 1U << 16 },		     /* Mastercard */
	{ 4, 2221, 2720, 1U << 16 },
	{ 2, 34, 34, 1U << 15 }, /* American Express */
	{ 2, 37, 37, 1U << 15 },
	{ 3, 300, 305, LENGTHS(14, 19) }, /* Diners Club */
	{ 2, 36, 36, LENGTHS(14, 19) },
	{ 2, 38, 39, LENGTHS(14, 19) },
	{ 4, 6011, 6011, LENGTHS(16, 19) }, /* Discover */
	{ 3, 644, 649, LENGTHS(16, 19) },
	{ 2, 65, 65, LENGTHS(16, 19) },
	{ 4, 3528, 3589, LENGTHS(16, 19) }, /* JCB */
	{ 2, 62, 62, LENGTHS(16, 19) },	    /* UnionPay */
	{ 4, 5018, 5018, LENGTHS(13, 19) }, /* Maestro */
	{ 4, 5020, 5020, LENGTHS(13, 19) },
	{ 4, 5038, 5038, LENGTHS(13, 19) },
	{ 4, 5893, 5893, LENGTHS(13, 19) },
	{ 4, 6304, 6304, LENGTHS(13, 19) },
	{ 4, 6759, 6759, LENGTHS(13, 19) },
	{ 4, 6761, 6763, LENGTHS(13, 19) },
};

static bool is_card(const uint8_t *digits, size_t count)
{
	uint32_t sum = 0;
	bool is_known = false;

	for (size_t i = 0; i < COUNT(issuers) && !is_known; i++) {
		uint32_t start = 0;

		for (uint32_t k = 0; k < issuers[i].digits; k++)
			start = start * 10 + digits[k];
		is_known = start >= issuers[i].from && start <= issuers[i].to &&
			   (issuers[i].lengths & 1U << count) != 0;
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t digit = digits[count - 1 - i];

		if (i % 2 == 1)
			digit = digit > 4 ? digit * 2 - 9 : digit * 2;
		sum += digit;
	}
	return is_known && sum % 10 == 0;
}

static bool is_between(const struct units *units, size_t i)
{
	return (is_kind(units, i, BLANK) || is_kind(units, i, DASH)) && i > 0 &&
	       is_kind(units, i - 1, DIGIT) && is_kind(units, i + 1, DIGIT);
}

/* The end of the run of groups that stands here. */
static size_t run_end(const struct units *units, size_t i)
{
	while (is_kind(units, i, DIGIT) || is_between(units, i))
		i++;
	return i;
}

/* How many characters a card that begins at this group has; or 0. */
static size_t card_at(const struct units *units, size_t i, size_t end)
{
	uint8_t digits[CARD_MAX];
	size_t count = 0, found = 0;

	for (size_t at = i; at < end; at++) {
		if (!is_kind(units, at, DIGIT))
			continue;
		if (count == CARD_MAX)
			break;
		digits[count++] = units->unit[at].value;
		if (count >= CARD_MIN && !is_kind(units, at + 1, DIGIT) &&
		    is_card(digits, count))
			found = at + 1 - i;
	}
	return found;
}

/* ---- both ---- */

/* What was found: a span of characters. */
struct found {
	size_t from, to;
};

/* The next identity code from here on. */
static bool next_code(const struct units *units, size_t from,
		      struct found *ret_found)
{
	for (size_t i = from; i < units->count; i++) {
		size_t length = code_at(units, i);

		if (length > 0) {
			*ret_found = (struct found){ i, i + length };
			return true;
		}
	}
	return false;
}

/* The next card from here on; "from" is at no run's middle, or at a group. */
static bool next_card(const struct units *units, size_t from,
		      struct found *ret_found)
{
	for (size_t i = from; i < units->count;) {
		size_t end;

		if (!is_kind(units, i, DIGIT)) {
			i++;
			continue;
		}
		end = run_end(units, i);
		for (size_t at = i; at < end; at++) {
			size_t length;

			if (!is_kind(units, at, DIGIT) ||
			    is_kind(units, at - 1, DIGIT))
				continue;
			length = touches(units, end) || (i > 0 &&
							 touches(units, i - 1))
					 ? 0
					 : card_at(units, at, end);
			if (length > 0) {
				*ret_found = (struct found){ at, at + length };
				return true;
			}
		}
		i = end;
	}
	return false;
}

/* Mask what lies at or behind a byte; units and text change alike. */
static void mask(struct units *units, const struct found *found, char *text,
		 size_t behind)
{
	for (size_t i = found->from; i < found->to; i++) {
		struct unit *unit = &units->unit[i];

		if (unit->at < behind ||
		    (unit->kind != DIGIT && unit->kind != LETTER))
			continue;
		text[unit->at] = '*';
		unit->kind = OTHER;
	}
}

typedef bool next_fn(const struct units *units, size_t from,
		     struct found *ret_found);

static int mask_all(struct units *units, char *text, next_fn *next)
{
	struct found found;
	int count = 0;

	for (size_t from = 0; next(units, from, &found); from = found.to) {
		mask(units, &found, text, 0);
		count++;
	}
	return count;
}

static size_t blank_bytes_before(const char *text, size_t size)
{
	/* Back to the start of each character. */
	while (size > 0) {
		size_t at = size - 1;
		uint32_t code;

		while (at > 0 && ((uint8_t)text[at] & 0xc0) == 0x80)
			at--;
		if (text_character(text + at, size - at, &code) != size - at ||
		    (kind_of(code) != BLANK && !is_nothing(code)))
			break;
		size = at;
	}
	return size;
}

static size_t blank_bytes_after(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size) {
		uint32_t code;
		size_t step = text_character(text + at, size - at, &code);

		if (step == 0 || (kind_of(code) != BLANK && !is_nothing(code)))
			break;
		at += step;
	}
	return at;
}

/* What begins in the former message and ends in the later one. */
static int mask_across(struct units *units, char *joined, size_t size,
		       size_t seam, next_fn *next)
{
	struct found found;
	int count = 0;

	read_units(joined, size, units);
	for (size_t from = 0; next(units, from, &found); from = found.to) {
		if (units->unit[found.from].at >= seam)
			break;
		if (units->unit[found.to - 1].at < seam)
			continue;
		mask(units, &found, joined, seam);
		count++;
	}
	return count;
}

static int mask_split(struct units *units, const char *before,
		      size_t before_size, char *text, size_t size)
{
	static const char *const joins[] = { "", " " };
	char joined[GUARD_TAIL_MAX + 1 + GUARD_SIZE_MAX];
	size_t skip = blank_bytes_after(text, size), start = 0;
	int count = 0;

	before_size = blank_bytes_before(before, before_size);
	if (before_size > GUARD_TAIL_MAX)
		start = before_size - GUARD_TAIL_MAX;
	while (start < before_size && ((uint8_t)before[start] & 0xc0) == 0x80)
		start++;
	before_size -= start;
	/* A code is short: more of the later message is not needed. */
	size -= skip;
	if (size > GUARD_TAIL_MAX)
		size = GUARD_TAIL_MAX;
	for (size_t i = 0; i < COUNT(joins) && before_size > 0; i++) {
		size_t join = strlen(joins[i]), seam = before_size + join;

		memcpy(joined, before + start, before_size);
		memcpy(joined + before_size, joins[i], join);
		memcpy(joined + seam, text + skip, size);
		count += mask_across(units, joined, seam + size, seam,
				     next_code);
		count += mask_across(units, joined, seam + size, seam,
				     next_card);
		memcpy(text + skip, joined + seam, size);
	}
	explicit_bzero(joined, sizeof(joined));
	return count;
}

int guard_mask(const char *before, size_t before_size, char *text, size_t size)
{
	struct units units;
	int count = 0;

	assert(size <= GUARD_SIZE_MAX);
	if (before)
		count = mask_split(&units, before, before_size, text, size);
	read_units(text, size, &units);
	count += mask_all(&units, text, next_code);
	count += mask_all(&units, text, next_card);
	explicit_bzero(&units, sizeof(units));
	return count;
}
