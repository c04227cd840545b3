/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Items are taken by the hour in which they began and ended and by their
 * end date: all of a group get the same new end, for an hour lies within
 * one civil date (zones of the Union differ by whole hours). So millions of
 * rows are some thousands of questions to the calendar.
 */
#include "register/impact.h"

#include "notice/civil.h"
#include "register/register.h"

#define HOUR_NS (3600 * NS_PER_S)

/* How many days lie between two civil dates, the first being earlier. */
static uint32_t days_between(seal_date from, seal_date to)
{
	uint32_t days = 0;

	while (from < to) {
		from = civil_add_days(from, 1);
		days++;
	}
	return days;
}

/* Of one end date: whether it has come, under the new policy. */
static bool is_due(const struct books *books, const struct policy *policy,
		   const struct seal_end *end)
{
	nanoseconds eligible, gone_by;

	return policy_deletion(policy, end, &eligible, &gone_by) == 0 &&
	       eligible <= clock_now(&books->clock);
}

/* Rows of: hour of the start, hour of the end, end date, count. */
static void count_groups(struct books *books, const struct policy *policy,
			 uint32_t data_class, struct db_rows asked,
			 struct door_impact *impact)
{
	OWNED(db_rows_end) struct db_rows rows = asked;

	while (db_rows_next(&rows)) {
		nanoseconds began = db_rows_number(&rows, 0) * HOUR_NS;
		nanoseconds ended = db_rows_number(&rows, 1) * HOUR_NS;
		seal_date promised = (seal_date)db_rows_number(&rows, 2);
		uint64_t count = (uint64_t)db_rows_number(&rows, 3);
		struct seal_end end;
		uint32_t days;

		impact->of[data_class].count += count;
		/* A class that it does not know keeps its promise. */
		if (policy_end(policy, data_class, began, ended ? ended : began,
			       &end) < 0 ||
		    end.date >= promised)
			continue;
		days = days_between(end.date, promised);
		if (!impact->of[data_class].earlier ||
		    days < impact->of[data_class].days_min)
			impact->of[data_class].days_min = days;
		if (days > impact->of[data_class].days_max)
			impact->of[data_class].days_max = days;
		impact->of[data_class].earlier += count;
		if (is_due(books, policy, &end))
			impact->of[data_class].at_once += count;
	}
}

void impact_count(struct books *books, const struct policy *policy,
		  struct door_impact *ret_impact)
{
	count_groups(
		books, policy, SEAL_CLASS_AUDIO,
		db_ask(books->db,
		       "SELECT started_at / $1, ended_at / $1, end_date,"
		       " count(*) FROM recording"
		       " JOIN contact ON contact.id = recording.contact"
		       " WHERE end_class = 1"
		       " GROUP BY started_at / $1, ended_at / $1, end_date",
		       db_number(HOUR_NS)),
		ret_impact);
	count_groups(books, policy, SEAL_CLASS_CONTACT,
		     db_ask(books->db,
			    "SELECT started_at / $1, ended_at / $1,"
			    " contact_end, count(*) FROM contact GROUP BY"
			    " started_at / $1, ended_at / $1, contact_end",
			    db_number(HOUR_NS)),
		     ret_impact);
	count_groups(
		books, policy, SEAL_CLASS_CHAT,
		db_ask(books->db,
		       "SELECT started_at / $1, ended_at / $1, end_date,"
		       " count(*) FROM recording"
		       " JOIN chat ON chat.call = recording.call"
		       " WHERE end_class = 3"
		       " GROUP BY started_at / $1, ended_at / $1, end_date",
		       db_number(HOUR_NS)),
		ret_impact);
}
