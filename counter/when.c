/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/when.h"

#include <stdio.h>
#include <time.h>

static struct tm local(const struct civil_zone *zone, nanoseconds at)
{
	int32_t offset = zone ? civil_offset(zone, at) : 0;
	time_t shifted = (time_t)(at / NS_PER_S + offset);
	struct tm tm;

	(void)gmtime_r(&shifted, &tm);
	return tm;
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

static void clock_of(const struct tm *tm, enum notice_language language,
		     char out[WHEN_TEXT_SIZE])
{
	snprintf(out, WHEN_TEXT_SIZE,
		 language == NOTICE_EN ? "%02d:%02d" : "%d.%02d", tm->tm_hour,
		 tm->tm_min);
}

void when_clock(const struct civil_zone *zone, nanoseconds at,
		enum notice_language language, char out[WHEN_TEXT_SIZE])
{
	const struct tm tm = local(zone, at);

	clock_of(&tm, language, out);
}

void when_day(const struct civil_zone *zone, nanoseconds at,
	      enum notice_language language, char out[WHEN_TEXT_SIZE])
{
	static const char *const days[NOTICE_LANGUAGES][7] = {
		{ "su", "ma", "ti", "ke", "to", "pe", "la" },
		{ "sö", "må", "ti", "on", "to", "fr", "lö" },
		{ "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
		  "Friday", "Saturday" },
	};
	const struct tm tm = local(zone, at);
	const char *day = days[language][tm.tm_wday % 7];
	char clock[WHEN_TEXT_SIZE];

	clock_of(&tm, language, clock);
	if (language == NOTICE_EN)
		snprintf(out, WHEN_TEXT_SIZE, "%s %d %s at %.8s", day,
			 tm.tm_mday, month_name(tm.tm_mon), clock);
	else
		snprintf(out, WHEN_TEXT_SIZE, "%s %d.%d. %s %.8s", day,
			 tm.tm_mday, tm.tm_mon + 1,
			 language == NOTICE_FI ? "klo" : "kl.", clock);
}

static void date_of(int year, int month, int day, enum notice_language language,
		    char out[WHEN_TEXT_SIZE])
{
	if (language == NOTICE_EN)
		snprintf(out, WHEN_TEXT_SIZE, "%d %s %d", day,
			 month_name(month - 1), year);
	else
		snprintf(out, WHEN_TEXT_SIZE, "%d.%d.%d", day, month, year);
}

void when_date(const struct civil_zone *zone, nanoseconds at,
	       enum notice_language language, char out[WHEN_TEXT_SIZE])
{
	const struct tm tm = local(zone, at);

	date_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, language, out);
}

void when_civil(seal_date date, enum notice_language language,
		char out[WHEN_TEXT_SIZE])
{
	date_of((int)(date / 10000), (int)(date / 100 % 100), (int)(date % 100),
		language, out);
}
