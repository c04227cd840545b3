/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/early.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "register/due.h"
#include "register/entry.h"
#include "register/erase.h"
#include "register/hold.h"

static const char *const words[] = {
	[DOOR_GROUND_UNLAWFUL] = "unlawful",
	[DOOR_GROUND_CONSENT] = "consent",
	[DOOR_GROUND_OBJECTION] = "objection",
	[DOOR_GROUND_ORDER] = "order",
};

const char *early_word(uint32_t ground)
{
	return ground < COUNT(words) ? words[ground] : NULL;
}

/* Whose it is: the id of a contact, or of one recording. */
static int find(struct books *books, const struct id *item,
		struct id *ret_contact, bool *ret_whole)
{
	{
		OWNED(db_rows_end)
		struct db_rows rows =
			db_ask(books->db,
			       "SELECT contact FROM recording WHERE call = $1",
			       db_id(item));

		*ret_whole = !db_rows_next(&rows);
		if (!*ret_whole)
			return db_rows_bytes(&rows, 0, ret_contact,
					     sizeof(*ret_contact))
				       ? 0
				       : -EBADMSG;
	}
	*ret_contact = *item;
	return db_ask_number(books->db, 0,
			     "SELECT (SELECT count(*) FROM contact WHERE id ="
			     " $1) + (SELECT count(*) FROM recording WHERE"
			     " contact = $1)",
			     db_id(item))
		       ? 0
		       : -ENOENT;
}

int early_remove(struct books *books, const struct id *item,
		 uint64_t *ret_count)
{
	struct id contact, call = *item;
	bool is_whole;
	int r = find(books, item, &contact, &is_whole);

	*ret_count = 0;
	if (r == -ENOENT)
		return 0;
	if (r == 0 && !is_whole) {
		r = erase_recording(books, &call, CONTACT_CAUSE_EARLY);
		*ret_count += r == 0;
		return r;
	}
	while (r == 0 && erase_next(books, &contact, &call)) {
		r = erase_recording(books, &call, CONTACT_CAUSE_EARLY);
		*ret_count += r == 0;
	}
	if (r == 0)
		r = erase_contact(books, &contact, CONTACT_CAUSE_EARLY);
	return r == -ENOENT ? 0 : r;
}

/* What goes on has parts that are not here yet: first it has to end. */
static bool goes_on(struct books *books, const struct id *contact)
{
	return db_ask_number(books->db, 0,
			     "SELECT count(*) FROM contact"
			     " WHERE id = $1 AND state < $2",
			     db_id(contact),
			     db_number(REGISTER_STATE_ENDED)) > 0;
}

void early_erase(struct books *books, const struct door_erase *ask,
		 const char *actor, struct door_erase *ret_answer)
{
	struct door_erase *answer = ret_answer;
	struct id contact;
	bool is_whole;
	int r;

	*answer = *ask;
	answer->recordings = 0;
	r = find(books, &ask->item, &contact, &is_whole);
	if (!early_word(ask->ground) ||
	    !hold_reference_is(ask->reference, sizeof(ask->reference)))
		r = -EINVAL;
	else if (r == 0 && due_hold(books, &contact) != DECIDE_HOLD_NONE)
		r = -EPERM;
	else if (r == 0 && goes_on(books, &contact))
		r = -EAGAIN;
	/* First that it is to be: what a restore reads is never too little. */
	if (r == 0)
		r = entry_note(books,
			       json_pack("{s:s,s:s,s:o,s:s,s:s}", "event",
					 "early_erase", "actor", actor,
					 is_whole ? "contact" : "call",
					 entry_id(&ask->item), "ground",
					 early_word(ask->ground), "reference",
					 ask->reference));
	if (r == 0)
		r = early_remove(books, &ask->item, &answer->recordings);
	if (r == 0 && db_forget(books->db) < 0)
		log_warn("erase", "the database's log keeps what was erased");
	answer->result = r;
}
