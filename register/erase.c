/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/erase.h"

#include <errno.h>
#include <string.h>

#include "register/due.h"
#include "register/entry.h"
#include "register/tally.h"

enum { SLICE = 8 }; /* objects that are removed between two questions */

/* Up to SLICE objects of a recording whose ids come after that one. */
static int objects_after(struct books *books, const struct id *call,
			 const struct id *after, struct id objects[SLICE])
{
	int count = 0;

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT id FROM object WHERE call = $1 AND id > $2"
		       " ORDER BY id LIMIT $3",
		       db_id(call), db_id(after), db_number(SLICE));
	while (count < SLICE && db_rows_next(&rows))
		db_rows_bytes(&rows, 0, &objects[count++], sizeof(objects[0]));
	return count;
}

/* All of them, however many: a row that goes leaves none behind. */
static int remove_objects(struct books *books, const struct id *call)
{
	struct id objects[SLICE], after = { 0 };
	int all = 0, count, r = 0;

	do {
		count = objects_after(books, call, &after, objects);
		for (int i = 0; r == 0 && i < count; i++)
			r = store_remove(books->store, &objects[i]);
		if (count > 0)
			after = objects[count - 1];
		all += count;
	} while (r == 0 && count == SLICE);
	return r < 0 ? r : all;
}

/* The reconciliation counts anew; until then what is known to be gone. */
static void uncount(struct books *books, int count)
{
	struct books_balance *balance = &books->balance;
	uint64_t gone = (uint64_t)count;

	balance->rows -= gone < balance->rows ? gone : balance->rows;
	balance->objects -= gone < balance->objects ? gone : balance->objects;
}

static int commit(struct books *books, int r)
{
	if (r >= 0)
		return db_commit(books->db);
	db_roll_back(books->db);
	books_recall(books);
	return r;
}

/*
 * Who read or answered a chat, and what held it, go with whichever of its two halves
 * goes last; those of calls with the contact.
 */
static int forget_with(struct books *books, const struct id *call)
{
	int r = db_run(books->db,
		       "DELETE FROM hold WHERE contact IN (SELECT contact"
		       "  FROM recording WHERE call = $1 AND end_class = 3)"
		       " AND NOT EXISTS (SELECT 1 FROM contact"
		       "  WHERE contact.id = hold.contact)",
		       db_id(call));

	if (r >= 0)
		r = db_run(books->db,
			   "DELETE FROM chat_agent WHERE contact IN (SELECT"
			   "  contact FROM recording WHERE call = $1)"
			   " AND NOT EXISTS (SELECT 1 FROM contact"
			   "  WHERE contact.id = chat_agent.contact)",
			   db_id(call));
	if (r >= 0)
		r = db_run(books->db,
			   "DELETE FROM reader WHERE call = $1"
			   " AND EXISTS (SELECT 1 FROM chat WHERE call = $1)"
			   " AND NOT EXISTS (SELECT 1 FROM contact"
			   "  WHERE contact.id = reader.contact)",
			   db_id(call));
	return r;
}

/* The latest date to whose key anything of a recording was sealed. */
static seal_date key_date(struct books *books, const struct id *call)
{
	seal_date latest = 0;

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db, "SELECT wrapped FROM object WHERE call = $1",
		       db_id(call));
	while (db_rows_next(&rows)) {
		struct seal_wrapped wrapped;

		if (db_rows_bytes(&rows, 0, &wrapped, sizeof(wrapped)) &&
		    wrapped.end.date > latest)
			latest = wrapped.end.date;
	}
	return latest;
}

/* The same of a caller's number; 0 if there was none. */
static seal_date caller_date(struct books *books, const struct id *contact)
{
	struct seal_text caller;

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db, "SELECT caller FROM contact WHERE id = $1",
		       db_id(contact));
	return db_rows_next(&rows) &&
			       db_rows_bytes(&rows, 0, &caller, sizeof(caller))
		       ? caller.end.date
		       : 0;
}

int erase_recording(struct books *books, const struct id *call,
		    enum contact_cause cause)
{
	int r, count = remove_objects(books, call);

	if (count < 0)
		return count;
	db_begin(books->db);
	r = db_run(books->db,
		   "INSERT INTO tombstone (item, kind, contact, number,"
		   " end_class, end_date, cause, at, key_date)"
		   " SELECT call, 2, contact, number, end_class, end_date, $2,"
		   " $3, $4 FROM recording WHERE call = $1",
		   db_id(call), db_number(cause),
		   db_number(books_seconds(books)),
		   db_number(key_date(books, call)));
	if (r == 0)
		r = -ENOENT;
	if (r > 0)
		r = forget_with(books, call);
	if (r >= 0)
		r = db_run(books->db, "DELETE FROM recording WHERE call = $1",
			   db_id(call));
	r = commit(books, r);
	if (r == 0)
		uncount(books, count);
	return r;
}

int erase_contact(struct books *books, const struct id *contact,
		  enum contact_cause cause)
{
	int r;

	db_begin(books->db);
	r = db_run(books->db,
		   "INSERT INTO tombstone (item, kind, contact, number,"
		   " end_class, end_date, cause, at, key_date)"
		   " SELECT id, CASE channel WHEN 2 THEN 3 ELSE 1 END, id,"
		   " number, 2, contact_end, $2, $3, $4"
		   " FROM contact WHERE id = $1",
		   db_id(contact), db_number(cause),
		   db_number(books_seconds(books)),
		   db_number(caller_date(books, contact)));
	if (r == 0)
		r = -ENOENT;
	if (r > 0)
		r = db_run(books->db,
			   "DELETE FROM reader WHERE contact = $1"
			   " AND NOT EXISTS (SELECT 1 FROM chat"
			   "  WHERE chat.call = reader.call)",
			   db_id(contact));
	if (r >= 0)
		r = db_run(books->db,
			   "DELETE FROM hold WHERE contact = $1"
			   " AND NOT EXISTS (SELECT 1 FROM recording"
			   "  WHERE recording.contact = $1 AND end_class = 3)",
			   db_id(contact));
	if (r >= 0)
		r = db_run(books->db,
			   "DELETE FROM chat_agent WHERE contact = $1"
			   " AND NOT EXISTS (SELECT 1 FROM recording"
			   "  WHERE recording.contact = $1 AND end_class = 3)",
			   db_id(contact));
	if (r >= 0)
		r = db_run(books->db, "DELETE FROM contact WHERE id = $1",
			   db_id(contact));
	return commit(books, r);
}

int erase_agents(struct books *books)
{
	return db_run(books->db, "DELETE FROM agent WHERE serves = 0"
				 " AND NOT EXISTS (SELECT 1 FROM contact"
				 "  WHERE contact.agent = agent.id)"
				 " AND NOT EXISTS (SELECT 1 FROM chat_agent"
				 "  WHERE chat_agent.agent = agent.id)"
				 " AND NOT EXISTS (SELECT 1 FROM chat"
				 "  WHERE chat.agent = agent.id)");
}

bool erase_next(struct books *books, const struct id *contact,
		struct id *ret_call)
{
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT call FROM recording WHERE contact = $1 LIMIT 1",
		       db_id(contact));

	return db_rows_next(&rows) &&
	       db_rows_bytes(&rows, 0, ret_call, sizeof(*ret_call));
}

static void begin(const struct door_verify *ask, struct door_verify *answer)
{
	*answer = (struct door_verify){
		.head = { .type = ask->head.type,
			  .size = sizeof(*answer),
			  .tag = ask->head.tag },
		.contact = ask->contact,
	};
}

static bool find(struct books *books, struct door_verify *answer,
		 char service_number[24])
{
	bool newest = id_is_none(&answer->contact);

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		"SELECT id, state, service_number,"
		" (SELECT coalesce(sum(duration_ms), 0) FROM recording"
		"  WHERE recording.contact = contact.id)"
		" FROM contact WHERE channel = 1 AND ($1 <> 0 OR id = $2)"
		" ORDER BY number DESC LIMIT 1",
		db_number(newest), db_id(&answer->contact));
	if (!db_rows_next(&rows))
		return false;
	db_rows_bytes(&rows, 0, &answer->contact, sizeof(answer->contact));
	answer->state = (uint32_t)db_rows_number(&rows, 1);
	db_rows_text(&rows, 2, service_number, 24);
	answer->duration_ms = (uint64_t)db_rows_number(&rows, 3);
	return true;
}

void erase_test(struct books *books, const struct door_verify *ask,
		const char *actor, struct door_verify *ret_answer)
{
	char number[24] = "";
	struct id call;
	int r = 0;

	begin(ask, ret_answer);
	if (!find(books, ret_answer, number)) {
		ret_answer->result = -ENOENT;
		return;
	}
	/* Nothing but a test can be erased by a command; nothing held. */
	if (!books->choice.test_number[0] ||
	    strcmp(number, books->choice.test_number) != 0 ||
	    due_hold(books, &ret_answer->contact) != DECIDE_HOLD_NONE) {
		ret_answer->result = -EPERM;
		return;
	}
	while (r == 0 && erase_next(books, &ret_answer->contact, &call)) {
		r = erase_recording(books, &call, CONTACT_CAUSE_TEST);
		ret_answer->objects++;
	}
	if (r == 0)
		r = erase_contact(books, &ret_answer->contact,
				  CONTACT_CAUSE_TEST);
	if (r == 0)
		r = entry_note(books, json_pack("{s:s,s:s,s:o,s:s}", "event",
						"early_erase", "actor", actor,
						"contact",
						entry_id(&ret_answer->contact),
						"reason", "test call"));
	ret_answer->result = r;
}

void erase_verify(struct books *books, const struct door_verify *ask,
		  struct door_verify *ret_answer)
{
	char number[24] = "";
	int r = 0;

	begin(ask, ret_answer);
	if (!find(books, ret_answer, number)) {
		ret_answer->result = -ENOENT;
		return;
	}
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT object.id, sealed_size, hash FROM object"
		       " JOIN recording ON recording.call = object.call"
		       " WHERE recording.contact = $1",
		       db_id(&ret_answer->contact));
	while (r == 0 && db_rows_next(&rows)) {
		uint8_t hash[STORE_HASH_SIZE];
		struct id object;

		db_rows_bytes(&rows, 0, &object, sizeof(object));
		db_rows_bytes(&rows, 2, hash, sizeof(hash));
		r = store_check(books->store, &object,
				(uint64_t)db_rows_number(&rows, 1), hash);
		ret_answer->objects += r == 0;
	}
	ret_answer->result = r;
}
