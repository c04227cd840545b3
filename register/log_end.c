/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/log_end.h"

/* The last day of the period of what was written on a day. */
static seal_date end_of(seal_date day, int months, int days)
{
	return civil_add_days(civil_add_months(day, months), days);
}

/* The first day that a promise still keeps today. Counting months back and
 * forth differs by some days at most, where months are of unequal length. */
static seal_date first_kept(seal_date today, int months, int days)
{
	seal_date day = civil_add_days(civil_add_months(today, -months), -days);

	while (end_of(day, months, days) >= today)
		day = civil_add_days(day, -1);
	while (end_of(day, months, days) < today)
		day = civil_add_days(day, 1);
	return day;
}

int log_end_promise(struct books *books)
{
	const struct civil_zone *zone = policy_zone(books->policy);
	int months, days, r;

	if (!zone)
		return 0;
	policy_log_kept(books->policy, &months, &days);
	/* Nothing promised yet, and nothing now: 0 is the same as no row. */
	if (db_ask_number(books->db, months == 0 && days == 0,
			  "SELECT months = $1 AND days = $2 FROM log_term"
			  " ORDER BY n DESC LIMIT 1",
			  db_number(months), db_number(days)))
		return 0;
	r = db_run(books->db,
		   "INSERT INTO log_term (n, since, months, days)"
		   " SELECT coalesce(max(n), 0) + 1, $1, $2, $3 FROM log_term",
		   db_number(civil_date(zone, clock_now(&books->clock))),
		   db_number(months), db_number(days));
	return r < 0 ? r : 0;
}

/*
 * A promise holds for what was written until the day on which another took
 * its place, and for everything before. So each makes all days before one
 * due, and what is due in all is the longest of these.
 */
seal_date log_end_before(struct books *books, nanoseconds now)
{
	const struct civil_zone *zone =
		books->policy ? policy_zone(books->policy) : NULL;
	const seal_date today = zone ? civil_date(zone, now) : 0;
	seal_date before = 0;

	if (!zone)
		return 0;
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT months, days, coalesce((SELECT next.since FROM"
		       "  log_term AS next WHERE next.n = log_term.n + 1), 0)"
		       " FROM log_term WHERE months + days > 0");
	while (db_rows_next(&rows)) {
		seal_date kept =
			first_kept(today, (int)db_rows_number(&rows, 0),
				   (int)db_rows_number(&rows, 1));
		seal_date replaced = (seal_date)db_rows_number(&rows, 2);

		if (replaced && kept > civil_add_days(replaced, 1))
			kept = civil_add_days(replaced, 1);
		if (kept > before)
			before = kept;
	}
	return before;
}
