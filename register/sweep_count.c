/* SPDX-License-Identifier: EUPL-1.2 */
/* How much is due, and how much is too late. Contract in sweep.h. */
#include "register/due.h"
#include "register/sweep.h"
#include "register/tally.h"

static uint64_t count_due(struct books *books, nanoseconds at,
			  uint64_t *ret_contacts, uint64_t *ret_keys)
{
	int64_t audio = due_date(books, SEAL_CLASS_AUDIO, at);
	int64_t contact = due_date(books, SEAL_CLASS_CONTACT, at);
	int64_t chat = due_date(books, SEAL_CLASS_CHAT, at);
	int64_t now = books_seconds(books);

	*ret_contacts = (uint64_t)db_ask_number(
		books->db, 0,
		"SELECT count(*) FROM contact WHERE contact_end <= $1"
		" AND id NOT IN (SELECT contact FROM hold"
		"  WHERE expires_at = 0 OR expires_at > $2)",
		db_number(contact), db_number(now));
	*ret_keys = (uint64_t)db_ask_number(
		books->db, 0,
		"SELECT count(*) FROM (SELECT end_class, end_date"
		"  FROM recording WHERE end_class = 1 AND end_date <= $1"
		" UNION SELECT 2, contact_end FROM contact"
		"  WHERE contact_end <= $2"
		" UNION SELECT end_class, end_date FROM recording"
		"  WHERE end_class = 3 AND end_date <= $3) AS k",
		db_number(audio), db_number(contact), db_number(chat));
	return (uint64_t)db_ask_number(
		books->db, 0,
		"SELECT count(*) FROM recording WHERE ("
		"  (end_class = 1 AND end_date <= $1)"
		"  OR (end_class = 3 AND end_date <= $3))"
		" AND contact NOT IN (SELECT contact FROM hold"
		"  WHERE expires_at = 0 OR expires_at > $2)",
		db_number(audio), db_number(now), db_number(chat));
}

void sweep_count(struct books *books, nanoseconds as_of,
		 struct door_sweep *ret_report)
{
	ret_report->recordings = count_due(books, as_of, &ret_report->contacts,
					   &ret_report->keys);
}

/* What must be gone by now and is not: an alarm, whatever the reason. */
void sweep_count_overdue(struct books *books)
{
	nanoseconds then = clock_now(&books->clock) - 86400 * NS_PER_S;
	uint64_t contacts, keys;

	books->overdue = count_due(books, then, &contacts, &keys) + contacts;
	counter_set(tally.overdue, books->overdue);
}
