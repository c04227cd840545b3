/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/today.h"

#include <time.h>

#include "seal/format.h"

/* Goes on while the machine sleeps, unlike CLOCK_MONOTONIC. */
static nanoseconds since_boot(void)
{
	struct timespec now;
	int r = clock_gettime(CLOCK_BOOTTIME, &now);

	assert(r == 0);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

struct today today_start(struct clock clock, nanoseconds jump_max,
			 nanoseconds last)
{
	struct today today = {
		.clock = clock,
		.jump_max = jump_max,
		.highest = last,
		.anchor = last ? last : clock_now(&clock),
		.anchor_at = since_boot(),
	};
	const nanoseconds now = clock_now(&clock);

	/*
	 * A stop that was short enough is believed at once. The anchor then
	 * moves to the present, and only from here on must both clocks agree.
	 */
	if (now > last && (jump_max == 0 || now - today.anchor <= jump_max))
		today.anchor = now;
	return today;
}

nanoseconds today_now(struct today *today)
{
	const nanoseconds told = clock_now(&today->clock);
	const nanoseconds expected =
		today->anchor + (since_boot() - today->anchor_at);
	nanoseconds now = told;

	today->is_paused = today->jump_max != 0 && today->clock.fixed == 0 &&
			   told - expected > today->jump_max;
	if (today->is_paused)
		now = expected;
	if (now > today->highest)
		today->highest = now;
	return today->highest;
}

void today_confirm(struct today *today)
{
	const nanoseconds told = clock_now(&today->clock);

	today->anchor = told > today->highest ? told : today->highest;
	today->anchor_at = since_boot();
	today->is_paused = false;
}

seal_date today_date(nanoseconds instant)
{
	const time_t seconds = instant / NS_PER_S;
	struct tm at;

	localtime_r(&seconds, &at);
	return (seal_date)((at.tm_year + 1900) * 10000 + (at.tm_mon + 1) * 100 +
			   at.tm_mday);
}

seal_date today_add(seal_date date, int days)
{
	struct tm at = {
		.tm_year = (int)(date / 10000) - 1900,
		.tm_mon = (int)(date / 100 % 100) - 1,
		.tm_mday = (int)(date % 100) + days,
		.tm_hour = 12,
	};

	assert(seal_date_is(date));
	/* A calendar without zones: timegm() only carries days over. */
	(void)timegm(&at);
	return (seal_date)((at.tm_year + 1900) * 10000 + (at.tm_mon + 1) * 100 +
			   at.tm_mday);
}
