/* SPDX-License-Identifier: EUPL-1.2 */
#include "cli/dates.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "notice/civil.h"

static const struct civil_zone *zone; /* NULL: UTC */

void dates_use(const struct civil_zone *use)
{
	zone = use;
}

static int32_t offset_at(int64_t seconds)
{
	return zone ? civil_offset(zone, seconds * NS_PER_S) : 0;
}

static int read_part(struct slice text, uint64_t max, int *ret_part)
{
	uint64_t number;
	int r = slice_number(text, max, &number);

	if (r < 0 || number == 0)
		return -EINVAL;
	*ret_part = (int)number;
	return 0;
}

int dates_read(const char *text, seal_date *ret_date)
{
	struct slice all = slice_of(text), rest, first, second;
	char separator = strchr(text, '.') ? '.' : '-';
	int year, month, day;

	first = slice_cut(all, separator, &rest);
	second = slice_cut(rest, separator, &rest);
	if (separator == '.') {
		struct slice swap = first;

		first = rest;
		rest = swap;
	}
	if (read_part(first, 9999, &year) < 0 ||
	    read_part(second, 12, &month) < 0 ||
	    read_part(rest, 31, &day) < 0 || year < 1970)
		return -EINVAL;
	*ret_date = (seal_date)(year * 10000 + month * 100 + day);
	return civil_is_date(*ret_date) ? 0 : -EINVAL;
}

int64_t dates_midnight(seal_date date)
{
	struct tm tm = {
		.tm_year = (int)(date / 10000) - 1900,
		.tm_mon = (int)(date / 100 % 100) - 1,
		.tm_mday = (int)(date % 100),
	};

	return zone ? civil_midnight(zone, date) / NS_PER_S : timegm(&tm);
}

seal_date dates_of(int64_t seconds)
{
	time_t at = seconds + offset_at(seconds);
	struct tm tm;

	(void)gmtime_r(&at, &tm);
	return (seal_date)((tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 +
			   tm.tm_mday);
}

void dates_text(seal_date date, char out[DATES_TEXT_SIZE])
{
	out[0] = '\0';
	if (date != 0)
		(void)snprintf(out, DATES_TEXT_SIZE, "%04u-%02u-%02u",
			       date / 10000, date / 100 % 100, date % 100);
}

void dates_time_text(int64_t seconds, char out[DATES_TEXT_SIZE])
{
	int32_t east = offset_at(seconds);
	time_t at = seconds + east;
	struct tm tm;
	size_t size;

	out[0] = '\0';
	if (seconds == 0)
		return;
	(void)gmtime_r(&at, &tm);
	size = strftime(out, DATES_TEXT_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
	(void)snprintf(out + size, DATES_TEXT_SIZE - size, " %c%02d:%02d",
		       east < 0 ? '-' : '+', abs(east) / 3600,
		       abs(east) / 60 % 60);
}

void dates_number_text(const char *number, char out[DATES_TEXT_SIZE])
{
	size_t size = strlen(number);

	if (strncmp(number, "+358", 4) == 0 && size >= 11 && size <= 16)
		(void)snprintf(out, DATES_TEXT_SIZE, "0%.2s %.3s %s",
			       number + 4, number + 6, number + 9);
	else
		(void)snprintf(out, DATES_TEXT_SIZE, "%s", number);
}
