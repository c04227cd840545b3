/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The tz database, as far as end dates need it: RFC 8536 files, version 2
 * or later, whose footer tells the rule for the years after the table.
 *
 *	header	"TZif", version, 15 zero bytes, six big-endian counts:
 *		isutc, isstd, leap, transitions, types, name bytes
 *	body	transition times, type of each, types (offset, dst, name) ...
 *	twice: first with 4-byte times, then with 8-byte times
 *	footer	newline, POSIX TZ text, newline
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/bytes.h"
#include "notice/civil.h"
#include "notice/civil_days.h"

enum {
	HEADER_SIZE = 44,
	TRANSITIONS_MAX = 2000,
	TYPES_MAX = 256,
	ZONE_FILE_MAX = 1 << 17,
	S_PER_HOUR = 3600,
	S_PER_DAY = 86400,
};

/* "Mm.w.d/time" of a POSIX TZ text: the w-th weekday d of month m. */
struct yearly {
	int month, week, weekday;
	int32_t at;
};

struct civil_zone {
	size_t count;
	int64_t at[TRANSITIONS_MAX];
	int32_t offset[TRANSITIONS_MAX];
	int32_t first; /* before the first transition */
	bool has_rule; /* after the last one */
	bool has_summer;
	int32_t standard, summer;
	struct yearly begins, ends;
};

static uint32_t read32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

static int64_t read64(const uint8_t *at)
{
	return (int64_t)((uint64_t)read32(at) << 32 | read32(at + 4));
}

struct counts {
	uint32_t isutc, isstd, leap, times, types, names;
};

static int read_header(const uint8_t *at, size_t size, struct counts *counts)
{
	if (size < HEADER_SIZE || memcmp(at, "TZif", 4) != 0 || at[4] < '2')
		return -EBADMSG;
	counts->isutc = read32(at + 20);
	counts->isstd = read32(at + 24);
	counts->leap = read32(at + 28);
	counts->times = read32(at + 32);
	counts->types = read32(at + 36);
	counts->names = read32(at + 40);
	if (counts->times > TRANSITIONS_MAX || counts->types == 0 ||
	    counts->types > TYPES_MAX || counts->names > 1024 ||
	    counts->leap > 1024 || counts->isutc > TYPES_MAX ||
	    counts->isstd > TYPES_MAX)
		return -EBADMSG;
	return 0;
}

static size_t body_size(const struct counts *counts, size_t time_size)
{
	return counts->times * (time_size + 1) + counts->types * 6 +
	       counts->names + counts->leap * (time_size + 4) + counts->isstd +
	       counts->isutc;
}

static int read_body(struct civil_zone *zone, const uint8_t *at,
		     const struct counts *counts)
{
	const uint8_t *kinds = at + counts->times * 8;
	const uint8_t *types = kinds + counts->times;

	zone->count = counts->times;
	zone->first = (int32_t)read32(types);
	for (size_t i = 0; i < counts->times; i++) {
		if (kinds[i] >= counts->types)
			return -EBADMSG;
		zone->at[i] = read64(at + i * 8);
		zone->offset[i] = (int32_t)read32(types + kinds[i] * 6);
		if (i > 0 && zone->at[i] <= zone->at[i - 1])
			return -EBADMSG;
	}
	return 0;
}

/* The footer, character by character; each step takes what it knows. */

static void skip_name(struct slice *text)
{
	size_t size = 0;

	if (text->size > 0 && text->at[0] == '<')
		size = slice_find(*text, '>') + 1;
	else
		while (size < text->size && ((text->at[size] | 32) >= 'a' &&
					     (text->at[size] | 32) <= 'z'))
			size++;
	*text = slice_from(*text, size);
}

static int32_t take_number(struct slice *text)
{
	int32_t number = 0;

	while (text->size > 0 && text->at[0] >= '0' && text->at[0] <= '9' &&
	       number < 1000) {
		number = number * 10 + (text->at[0] - '0');
		*text = slice_from(*text, 1);
	}
	return number;
}

static bool take(struct slice *text, char c)
{
	if (text->size == 0 || text->at[0] != c)
		return false;
	*text = slice_from(*text, 1);
	return true;
}

static int32_t take_time(struct slice *text)
{
	int32_t sign = take(text, '-') ? -1 : 1, seconds;

	(void)take(text, '+');
	seconds = take_number(text) * S_PER_HOUR;
	if (take(text, ':'))
		seconds += take_number(text) * 60;
	if (take(text, ':'))
		seconds += take_number(text);
	return sign * seconds;
}

static bool take_yearly(struct slice *text, struct yearly *yearly)
{
	if (!take(text, ',') || !take(text, 'M'))
		return false;
	yearly->month = take_number(text);
	if (!take(text, '.'))
		return false;
	yearly->week = take_number(text);
	if (!take(text, '.'))
		return false;
	yearly->weekday = take_number(text);
	yearly->at = take(text, '/') ? take_time(text) : 2 * S_PER_HOUR;
	return yearly->month >= 1 && yearly->month <= 12 && yearly->week >= 1 &&
	       yearly->week <= 5 && yearly->weekday <= 6;
}

static int read_footer(struct civil_zone *zone, struct slice text)
{
	struct slice rest;

	if (!take(&text, '\n'))
		return -EBADMSG;
	text = slice_cut(text, '\n', &rest);
	if (text.size == 0)
		return 0;

	skip_name(&text);
	zone->standard = -take_time(&text);
	zone->has_rule = true;
	if (text.size == 0)
		return 0;

	skip_name(&text);
	zone->summer = zone->standard + S_PER_HOUR;
	if (text.size > 0 && text.at[0] != ',')
		zone->summer = -take_time(&text);
	zone->has_summer = true;
	if (!take_yearly(&text, &zone->begins) ||
	    !take_yearly(&text, &zone->ends) || text.size > 0)
		return -EBADMSG;
	return 0;
}

int civil_zone_read(const void *tzif, size_t size, struct civil_zone **ret_zone)
{
	const uint8_t *at = tzif;
	struct counts counts;
	size_t skipped;
	int r = read_header(at, size, &counts);

	if (r < 0)
		return r;
	skipped = HEADER_SIZE + body_size(&counts, 4);
	if (size < skipped)
		return -EBADMSG;
	at += skipped;
	size -= skipped;
	r = read_header(at, size, &counts);
	if (r < 0)
		return r;
	skipped = HEADER_SIZE + body_size(&counts, 8);
	if (size < skipped)
		return -EBADMSG;

	struct civil_zone *zone = calloc(1, sizeof(*zone));
	if (!zone)
		return -ENOMEM;
	r = read_body(zone, at + HEADER_SIZE, &counts);
	if (r == 0)
		r = read_footer(zone,
				(struct slice){ (const char *)at + skipped,
						size - skipped });
	if (r < 0) {
		free(zone);
		return r;
	}
	*ret_zone = zone;
	return 0;
}

int civil_zone_load(const char *name, struct civil_zone **ret_zone)
{
	char path[ZONE_PATH_SIZE];
	OWNED(drop_fd) int fd = -1;
	OWNED(drop_memory) char *bytes = NULL;
	size_t size;
	int r = clock_zone_path(name, path, sizeof(path));

	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = file_read(fd, ZONE_FILE_MAX, &bytes, &size);
	return r < 0 ? r : civil_zone_read(bytes, size, ret_zone);
}

void civil_zone_free(struct civil_zone *zone)
{
	free(zone);
}

/* Seconds since the epoch, local standard or summer time as written. */
static int64_t yearly_at(const struct yearly *yearly, int year)
{
	seal_date first = (seal_date)(year * 10000 + yearly->month * 100 + 1);
	int64_t days = civil_days(first);
	int weekday = (int)((days + 4) % 7); /* 1970-01-01 was a Thursday */
	int64_t day = days + (yearly->weekday - weekday + 7) % 7 +
		      7 * (yearly->week - 1);

	/* Week 5 means the last: step back if the month is over. */
	if (civil_from_days(day) / 100 != first / 100)
		day -= 7;
	return day * S_PER_DAY + yearly->at;
}

static int32_t offset_by_rule(const struct civil_zone *zone, int64_t seconds)
{
	int year;
	int64_t begins, ends;
	bool is_summer;

	if (!zone->has_summer)
		return zone->standard;
	year = (int)(civil_from_days((seconds + zone->standard) / S_PER_DAY) /
		     10000);
	begins = yearly_at(&zone->begins, year) - zone->standard;
	ends = yearly_at(&zone->ends, year) - zone->summer;
	if (begins < ends)
		is_summer = seconds >= begins && seconds < ends;
	else /* southern hemisphere */
		is_summer = seconds >= begins || seconds < ends;
	return is_summer ? zone->summer : zone->standard;
}

int32_t civil_offset(const struct civil_zone *zone, nanoseconds instant)
{
	int64_t seconds = instant / NS_PER_S;
	size_t low = 0, high = zone->count;

	if (zone->count == 0 || seconds >= zone->at[zone->count - 1])
		if (zone->has_rule)
			return offset_by_rule(zone, seconds);

	/* The last transition that is not later. */
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (zone->at[middle] <= seconds)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? zone->first : zone->offset[low - 1];
}
