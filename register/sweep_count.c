/* SPDX-License-Identifier: EUPL-1.2 */
/* How much is due, and how much is too late. Contract in sweep.h. */
#include "register/due.h"
#include "register/log_end.h"
#include "register/sweep.h"
#include "register/tally.h"

static uint64_t count_recordings(struct books *books, uint32_t data_class,
				 nanoseconds at)
{
	return (uint64_t)db_ask_number(
		books->db, 0,
		"SELECT count(*) FROM recording WHERE end_class = $1"
		" AND end_date <= $2 AND NOT" DUE_IS_HELD("recording.contact",
							  "$3"),
		db_number(data_class),
		db_number(due_date(books, data_class, at)),
		db_number(at / NS_PER_S));
}

void sweep_count(struct books *books, nanoseconds as_of,
		 struct door_sweep *ret_report)
{
	int64_t audio = due_date(books, SEAL_CLASS_AUDIO, as_of);
	int64_t contact = due_date(books, SEAL_CLASS_CONTACT, as_of);
	int64_t chat = due_date(books, SEAL_CLASS_CHAT, as_of);

	ret_report->recordings =
		count_recordings(books, SEAL_CLASS_AUDIO, as_of);
	ret_report->chats = count_recordings(books, SEAL_CLASS_CHAT, as_of);
	ret_report->contacts = (uint64_t)db_ask_number(
		books->db, 0,
		"SELECT count(*) FROM contact WHERE contact_end <= $1"
		" AND NOT" DUE_IS_HELD("contact.id", "$2"),
		db_number(contact), db_number(as_of / NS_PER_S));
	ret_report->log_before = log_end_before(books, as_of);
	ret_report->keys = (uint64_t)db_ask_number(
		books->db, 0,
		"SELECT count(*) FROM (SELECT end_class, end_date"
		"  FROM recording WHERE end_class = 1 AND end_date <= $1"
		" UNION SELECT 2, contact_end FROM contact"
		"  WHERE contact_end <= $2"
		" UNION SELECT end_class, end_date FROM recording"
		"  WHERE end_class = 3 AND end_date <= $3) AS k",
		db_number(audio), db_number(contact), db_number(chat));
}

/* What must be gone by now and is not: an alarm, whatever the reason. */
void sweep_count_overdue(struct books *books)
{
	struct door_sweep late = { 0 };

	sweep_count(books, clock_now(&books->clock) - 86400 * NS_PER_S, &late);
	books->overdue = late.recordings + late.contacts + late.chats;
	counter_set(tally.overdue, books->overdue);
}
