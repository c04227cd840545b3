/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/when.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "notice/civil.h"

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S };

static const struct civil_zone *zone;

void when_use(const struct civil_zone *use)
{
	zone = use;
}

static int32_t offset_at(int64_t at)
{
	return zone ? civil_offset(zone, at * NS_PER_S) : 0;
}

static struct tm local(int64_t at)
{
	time_t shifted = (time_t)(at + offset_at(at));
	struct tm tm;

	(void)gmtime_r(&shifted, &tm);
	return tm;
}

/* Which of the two equal hours of autumn it is; empty at any other time. */
static const char *fold(int64_t at, enum notice_language language)
{
	int32_t offset = offset_at(at);

	if (offset_at(at + HOUR_S) < offset)
		return text_of(TEXT_summer_time, language);
	if (offset_at(at - HOUR_S) > offset)
		return text_of(TEXT_winter_time, language);
	return "";
}

static const char *month_name(int month)
{
	static const char *const names[] = {
		"January",   "February", "March",    "April",
		"May",	     "June",	 "July",     "August",
		"September", "October",	 "November", "December"
	};

	return names[month % 12];
}

/* The clock of a language: "4.30", "04:30", with seconds if they matter. */
static void hours_text(const struct tm *tm, enum notice_language language,
		       bool with_seconds, char out[WHEN_TEXT_SIZE])
{
	bool is_english = language == NOTICE_EN;
	int used = snprintf(out, WHEN_TEXT_SIZE,
			    is_english ? "%02d:%02d" : "%d.%02d", tm->tm_hour,
			    tm->tm_min);

	if (with_seconds)
		snprintf(out + used, WHEN_TEXT_SIZE - (size_t)used,
			 is_english ? ":%02d" : ".%02d", tm->tm_sec);
}

static void instant_text(int64_t at, enum notice_language language,
			 bool with_seconds, char out[WHEN_TEXT_SIZE])
{
	struct tm tm = local(at);
	const char *which = fold(at, language);
	char clock[WHEN_TEXT_SIZE];

	hours_text(&tm, language, with_seconds, clock);
	if (language == NOTICE_EN)
		snprintf(out, WHEN_TEXT_SIZE, "%d %s %d at %.16s%s", tm.tm_mday,
			 month_name(tm.tm_mon), tm.tm_year + 1900, clock,
			 which);
	else
		snprintf(out, WHEN_TEXT_SIZE, "%d.%d.%d %s %.16s%s", tm.tm_mday,
			 tm.tm_mon + 1, tm.tm_year + 1900,
			 language == NOTICE_FI ? "klo" : "kl.", clock, which);
}

void when_text(int64_t at, enum notice_language language,
	       char out[WHEN_TEXT_SIZE])
{
	instant_text(at, language, false, out);
}

void when_exact(int64_t at, enum notice_language language,
		char out[WHEN_TEXT_SIZE])
{
	instant_text(at, language, true, out);
}

void when_clock(int64_t at, enum notice_language language,
		char out[WHEN_TEXT_SIZE])
{
	struct tm tm = local(at);
	char clock[WHEN_TEXT_SIZE];

	hours_text(&tm, language, false, clock);
	snprintf(out, WHEN_TEXT_SIZE, "%s%.16s%s",
		 language == NOTICE_FI	 ? "klo "
		 : language == NOTICE_SV ? "kl. "
					 : "",
		 clock, fold(at, language));
}

void when_machine(int64_t at, char out[WHEN_TEXT_SIZE])
{
	time_t time = (time_t)at;
	struct tm tm;

	(void)gmtime_r(&time, &tm);
	(void)strftime(out, WHEN_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void when_date(seal_date date, enum notice_language language,
	       char out[WHEN_TEXT_SIZE])
{
	unsigned int year = date / 10000, month = date / 100 % 100;

	if (language == NOTICE_EN)
		snprintf(out, WHEN_TEXT_SIZE, "%u %s %u", date % 100,
			 month_name((int)month - 1 + 12), year);
	else
		snprintf(out, WHEN_TEXT_SIZE, "%u.%u.%u", date % 100, month,
			 year);
}

void when_date_machine(seal_date date, char out[WHEN_TEXT_SIZE])
{
	snprintf(out, WHEN_TEXT_SIZE, "%04u-%02u-%02u", date / 10000 % 10000,
		 date / 100 % 100, date % 100);
}

/* Midnight of a date in UTC: dates as a count of days. */
static int64_t utc_of(seal_date date)
{
	struct tm tm = {
		.tm_year = (int)(date / 10000) - 1900,
		.tm_mon = (int)(date / 100 % 100) - 1,
		.tm_mday = (int)(date % 100),
	};

	return (int64_t)timegm(&tm);
}

bool when_same_day(int64_t one, int64_t other)
{
	struct tm a = local(one), b = local(other);

	return a.tm_year == b.tm_year && a.tm_yday == b.tm_yday;
}

int when_days_until(seal_date date, int64_t now)
{
	int64_t today = now + offset_at(now);

	today -= (today % DAY_S + DAY_S) % DAY_S;
	return (int)((utc_of(date) - today) / DAY_S);
}

void when_length(uint64_t ms, char out[WHEN_TEXT_SIZE])
{
	uint64_t s = ms / MS_PER_S;
	unsigned long long hours = s / HOUR_S;
	unsigned int minutes = (unsigned int)(s / 60 % 60);
	unsigned int seconds = (unsigned int)(s % 60);

	if (hours)
		snprintf(out, WHEN_TEXT_SIZE, "%llu:%02u:%02u", hours, minutes,
			 seconds);
	else
		snprintf(out, WHEN_TEXT_SIZE, "%u:%02u", minutes, seconds);
}

int when_read_date(struct slice text, seal_date *ret_date)
{
	uint64_t year, month, day;
	struct slice rest, first, second;
	bool is_iso;
	char between = '.';
	seal_date date;

	text = slice_trim(text);
	is_iso = slice_find(text, '-') < text.size;
	if (is_iso)
		between = '-';
	else if (slice_find(text, '/') < text.size)
		between = '/';
	first = slice_cut(text, between, &rest);
	second = slice_cut(rest, between, &rest);
	first = slice_trim(first);
	second = slice_trim(second);
	rest = slice_trim(rest);
	if (is_iso ? first.size != 4 : rest.size != 4)
		return -EINVAL;
	if (slice_number(is_iso ? first : rest, 9999, &year) < 0 ||
	    slice_number(second, 99, &month) < 0 ||
	    slice_number(is_iso ? rest : first, 99, &day) < 0)
		return -EINVAL;
	date = (seal_date)(year * 10000 + month * 100 + day);
	if (!civil_is_date(date))
		return -EDOM;
	*ret_date = date;
	return 0;
}

int64_t when_midnight(seal_date date)
{
	if (!zone)
		return utc_of(date);
	return civil_midnight(zone, date) / NS_PER_S;
}

int when_read_length(struct slice text, int64_t *ret_s)
{
	struct slice seconds,
		minutes = slice_cut(slice_trim(text), ':', &seconds);
	uint64_t m = 0, s;

	if (minutes.size == slice_trim(text).size) {
		if (slice_number(minutes, 7 * DAY_S, &s) < 0)
			return -EINVAL;
	} else if (slice_number(minutes, 7 * DAY_S / 60, &m) < 0 ||
		   seconds.size != 2 || slice_number(seconds, 59, &s) < 0) {
		return -EINVAL;
	}
	*ret_s = (int64_t)(m * 60 + s);
	return 0;
}

void when_number(const char *number, char out[WHEN_TEXT_SIZE])
{
	size_t size = strlen(number);
	size_t used = 0, digits;

	/* A masked number keeps the form it was masked in. */
	if (strncmp(number, "+358", 4) != 0 || size < 9 ||
	    strspn(number + 1, "0123456789") != size - 1 ||
	    size + 8 >= WHEN_TEXT_SIZE) {
		snprintf(out, WHEN_TEXT_SIZE, "%s", number);
		return;
	}
	/* 040 555 0123, 029 555 0100: area, then threes, the rest last. */
	out[used++] = '0';
	number += 4;
	digits = strlen(number);
	for (size_t i = 0; i < digits; i++) {
		if (i == 2 || (i == 5 && digits > 6))
			out[used++] = ' ';
		out[used++] = number[i];
	}
	out[used] = '\0';
}

bool when_is_masked(const char *number, const char **ret_tail)
{
	static const char dots[] = "\u2022\u2022\u2022 ";

	if (strncmp(number, dots, sizeof(dots) - 1) != 0)
		return false;
	*ret_tail = number + sizeof(dots) - 1;
	return true;
}
