/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/due.h"

#define DAY_NS (86400 * NS_PER_S)
/* The easternmost time of the European Union begins the day first. */
#define EAST_NS (3 * 3600 * NS_PER_S)

/* Days since 1970 of a civil date (Howard Hinnant's days_from_civil). */
static int64_t day_number(seal_date date)
{
	int64_t y = date / 10000, m = date / 100 % 100, d = date % 100;
	int64_t era, yoe, doy, doe;

	y -= m <= 2;
	era = y / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

nanoseconds due_eligible(const struct books *books, uint32_t data_class,
			 seal_date date, nanoseconds *ret_gone_by)
{
	const struct seal_end end = { data_class, date };
	const struct civil_zone *zone =
		books->policy ? policy_zone(books->policy) : NULL;
	nanoseconds eligible, gone_by;

	if (!civil_is_date(date)) { /* nothing ends on no day */
		if (ret_gone_by)
			*ret_gone_by = 0;
		return 0;
	}
	if (zone &&
	    policy_deletion(books->policy, &end, &eligible, &gone_by) == 0) {
		if (ret_gone_by)
			*ret_gone_by = gone_by;
		return eligible;
	}
	eligible = zone ? civil_midnight(zone, date)
			: day_number(date) * DAY_NS - EAST_NS;
	if (ret_gone_by)
		*ret_gone_by = eligible + DAY_NS;
	return eligible;
}

seal_date due_date(const struct books *books, uint32_t data_class,
		   nanoseconds now)
{
	const struct civil_zone *zone =
		books->policy ? policy_zone(books->policy) : NULL;
	seal_date date;

	if (!zone)
		return 0;
	/* Today for kind "max", yesterday for "exact". */
	date = civil_date(zone, now);
	for (int i = 0; i < 3; i++) {
		if (due_eligible(books, data_class, date, NULL) <= now)
			return date;
		date = civil_add_days(date, -1);
	}
	return 0;
}

enum decide_hold due_hold(struct books *books, const struct id *contact)
{
	return (enum decide_hold)db_ask_number(
		books->db, DECIDE_HOLD_NONE,
		"SELECT max(kind) FROM hold WHERE contact = $1"
		" AND (expires_at = 0 OR expires_at > $2)",
		db_id(contact), db_number(books_seconds(books)));
}
