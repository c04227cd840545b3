/* SPDX-License-Identifier: EUPL-1.2 */
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const struct clock clock_system = { 0, 0 };

static nanoseconds read_clock(clockid_t which)
{
	struct timespec now;
	int r = clock_gettime(which, &now);

	assert(r == 0);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

nanoseconds clock_now(const struct clock *clock)
{
	if (clock->fixed != 0)
		return clock->fixed;
	return read_clock(CLOCK_REALTIME) + clock->ahead;
}

int64_t clock_seconds(const struct clock *clock)
{
	return clock_now(clock) / NS_PER_S;
}

nanoseconds clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void clock_text(nanoseconds instant, char out[CLOCK_TEXT_SIZE])
{
	time_t seconds = instant / NS_PER_S;
	int ms = (int)(instant % NS_PER_S / NS_PER_MS);
	struct tm at;
	size_t size;

	assert(instant >= 0);
	gmtime_r(&seconds, &at);
	size = strftime(out, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &at);
	snprintf(out + size, CLOCK_TEXT_SIZE - size, ".%03dZ", ms);
}

int clock_zone_path(const char *name, char *out, size_t size)
{
	static const char known[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
	size_t length = strlen(name);
	int written;

	/* No dots: there is no zone with one, and there are ways out. */
	if (length == 0 || name[0] == '/' || strspn(name, known) != length)
		return -EINVAL;
	written = snprintf(out, size, "/usr/share/zoneinfo/%s", name);
	return written < (int)size ? 0 : -EINVAL;
}
