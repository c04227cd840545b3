/* SPDX-License-Identifier: EUPL-1.2 */
#include "backup/rows.h"

#include <errno.h>
#include <string.h>

/* Of a contact: whether a hold holds; $2 is the present in seconds. */
#define IS_HELD(contact)                                                       \
	" EXISTS (SELECT 1 FROM hold WHERE hold.contact = " contact            \
	" AND (hold.expires_at = 0 OR hold.expires_at > $2))"

int rows_each_object(struct db *db, rows_object_fn *each, void *self)
{
	int r = 0;

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(db, "SELECT id, sealed_size, hash, wrapped"
					 " FROM object ORDER BY id");
	while (r == 0 && db_rows_next(&rows)) {
		struct pool_item item = { .size = 0 };
		struct seal_wrapped wrapped;
		uint8_t hash[SEAL_HASH_SIZE];

		item.size = (uint64_t)db_rows_number(&rows, 1);
		if (!db_rows_bytes(&rows, 0, &item.id, sizeof(item.id)) ||
		    !db_rows_bytes(&rows, 2, hash, sizeof(hash)) ||
		    !db_rows_bytes(&rows, 3, &wrapped, sizeof(wrapped)))
			return -EBADMSG;
		r = each(self, &item, hash, &wrapped);
	}
	return r;
}

/* What belonged to rows that are gone: who read them, who answered. */
#define ORPHANED_READERS                                                       \
	" FROM reader WHERE NOT EXISTS (SELECT 1 FROM contact"                 \
	"  WHERE contact.id = reader.contact)"                                 \
	" AND NOT EXISTS (SELECT 1 FROM chat WHERE chat.call = reader.call)"
#define ORPHANED_AGENTS                                                        \
	" FROM chat_agent WHERE NOT EXISTS (SELECT 1 FROM contact"             \
	"  WHERE contact.id = chat_agent.contact)"                             \
	" AND NOT EXISTS (SELECT 1 FROM recording"                             \
	"  WHERE recording.contact = chat_agent.contact AND end_class = 3)"

static int forget_orphans(struct db *db)
{
	int r = db_run(db, "DELETE" ORPHANED_READERS);

	if (r >= 0)
		r = db_run(db, "DELETE" ORPHANED_AGENTS);
	return r < 0 ? r : 0;
}

int rows_forget(struct db *db, const seal_date due[SEAL_CLASSES], int64_t now)
{
	int r = db_run(db, "DELETE FROM session");

	if (r >= 0)
		r = db_run(db,
			   "DELETE FROM recording WHERE ((end_class = 1"
			   " AND end_date <= $1) OR (end_class = 3"
			   " AND end_date <= $3)) AND NOT" IS_HELD(
				   "recording.contact"),
			   db_number(due[SEAL_CLASS_AUDIO]), db_number(now),
			   db_number(due[SEAL_CLASS_CHAT]));
	if (r >= 0)
		r = db_run(db,
			   "DELETE FROM contact WHERE contact_end <= $1"
			   " AND NOT" IS_HELD("contact.id"),
			   db_number(due[SEAL_CLASS_CONTACT]), db_number(now));
	return r < 0 ? r : forget_orphans(db);
}

seal_date rows_next(struct db *db, seal_date before, int64_t now)
{
	return (seal_date)db_ask_number(
		db, 0,
		"SELECT min(date) FROM (SELECT min(end_date) AS date"
		"  FROM recording WHERE end_date < $1 AND NOT" IS_HELD(
			"recording.contact") " UNION ALL SELECT"
					     " min(contact_end) FROM contact"
					     " WHERE contact_end < $1 AND "
					     "NOT" IS_HELD(
						     "contact.id") ") AS d",
		db_number(before), db_number(now));
}

/*
 * That something was, and under which number, is told of what ended (at 0:
 * by the time when it is looked for); so no number is missing when the rows
 * cannot be put back any more. rows_join() takes it away again.
 */
static int bury(struct db *db)
{
	int r = db_run(
		db, "INSERT OR IGNORE INTO main.tombstone (item, kind, contact,"
		    " number, end_class, end_date, cause, at, key_date)"
		    " SELECT id, CASE channel WHEN 2 THEN 3 ELSE 1 END, id,"
		    " number, 2, contact_end, 1, 0, contact_end"
		    " FROM tail.contact");

	if (r >= 0)
		r = db_run(db,
			   "INSERT OR IGNORE INTO main.tombstone (item, kind,"
			   " contact, number, end_class, end_date, cause, at,"
			   " key_date) SELECT call, 2, contact, number,"
			   " end_class, end_date, 1, 0, end_date"
			   " FROM tail.recording");
	return r;
}

static int unbury(struct db *db)
{
	int r = db_run(db, "DELETE FROM main.tombstone WHERE at = 0 AND item IN"
			   " (SELECT id FROM tail.contact)");

	if (r >= 0)
		r = db_run(db,
			   "DELETE FROM main.tombstone WHERE at = 0 AND item IN"
			   " (SELECT call FROM tail.recording)");
	return r;
}

static int move_rows(struct db *db, seal_date date, int64_t now)
{
	int r = db_run(db,
		       "CREATE TABLE tail.contact AS SELECT * FROM"
		       " main.contact WHERE contact_end <= $1 AND NOT" IS_HELD(
			       "contact.id"),
		       db_number(date), db_number(now));

	if (r >= 0)
		r = db_run(
			db,
			"CREATE TABLE tail.recording AS SELECT * FROM"
			" main.recording WHERE end_date <= $1 AND NOT" IS_HELD(
				"recording.contact"),
			db_number(date), db_number(now));
	if (r >= 0)
		r = db_run(db, "CREATE TABLE tail.object AS SELECT * FROM"
			       " main.object WHERE call IN (SELECT call FROM"
			       " tail.recording)");
	if (r >= 0)
		r = db_run(db, "CREATE TABLE tail.chat AS SELECT * FROM"
			       " main.chat WHERE call IN (SELECT call FROM"
			       " tail.recording)");
	if (r >= 0)
		r = db_run(db, "CREATE TABLE tail.remark AS SELECT * FROM"
			       " main.remark WHERE call IN (SELECT call FROM"
			       " tail.recording)");
	if (r >= 0)
		r = db_run(db, "CREATE TABLE tail.pick_item AS SELECT * FROM"
			       " main.pick_item WHERE call IN (SELECT call FROM"
			       " tail.recording)");
	if (r >= 0)
		r = bury(db);
	if (r >= 0)
		r = db_run(db, "DELETE FROM main.recording WHERE call IN"
			       " (SELECT call FROM tail.recording)");
	if (r >= 0)
		r = db_run(db, "DELETE FROM main.contact WHERE id IN"
			       " (SELECT id FROM tail.contact)");
	return r < 0 ? r : 0;
}

/* In "main" alone: what hangs on nothing any more. */
static int move_orphans(struct db *db)
{
	int r = db_run(
		db, "CREATE TABLE tail.reader AS SELECT * FROM main.reader AS"
		    " reader WHERE NOT EXISTS (SELECT 1 FROM main.contact AS c"
		    "  WHERE c.id = reader.contact) AND NOT EXISTS (SELECT 1"
		    "  FROM main.chat AS h WHERE h.call = reader.call)");

	if (r >= 0)
		r = db_run(db,
			   "CREATE TABLE tail.chat_agent AS SELECT * FROM"
			   " main.chat_agent AS a WHERE NOT EXISTS (SELECT 1"
			   "  FROM main.contact AS c WHERE c.id = a.contact)"
			   " AND NOT EXISTS (SELECT 1 FROM main.recording AS r"
			   "  WHERE r.contact = a.contact AND end_class = 3)");
	if (r >= 0)
		r = db_run(db, "DELETE FROM main.reader WHERE id IN"
			       " (SELECT id FROM tail.reader)");
	if (r >= 0)
		r = db_run(db, "DELETE FROM main.chat_agent WHERE EXISTS"
			       " (SELECT 1 FROM tail.chat_agent AS t WHERE"
			       "  t.contact = chat_agent.contact)");
	return r < 0 ? r : 0;
}

int rows_cut(struct db *db, int tail, seal_date date, int64_t now)
{
	int r = db_attach(db, tail);

	if (r == 0)
		r = move_rows(db, date, now);
	if (r == 0)
		r = move_orphans(db);
	db_detach(db);
	return r;
}

int rows_join(struct db *db, int tail)
{
	int r = db_attach(db, tail);

	if (r == 0)
		r = db_run(db, "INSERT OR IGNORE INTO main.contact"
			       " SELECT * FROM tail.contact");
	if (r >= 0)
		r = db_run(db, "INSERT OR IGNORE INTO main.recording"
			       " SELECT * FROM tail.recording");
	if (r >= 0)
		r = db_run(db, "INSERT OR IGNORE INTO main.object"
			       " SELECT * FROM tail.object");
	if (r >= 0)
		r = db_run(db, "INSERT OR IGNORE INTO main.chat"
			       " SELECT * FROM tail.chat");
	if (r >= 0)
		r = db_run(db, "INSERT OR IGNORE INTO main.remark"
			       " SELECT * FROM tail.remark");
	if (r >= 0)
		r = db_run(db, "INSERT OR IGNORE INTO main.pick_item"
			       " SELECT * FROM tail.pick_item");
	if (r >= 0)
		r = db_run(db, "INSERT OR IGNORE INTO main.reader"
			       " SELECT * FROM tail.reader");
	if (r >= 0)
		r = db_run(db, "INSERT OR IGNORE INTO main.chat_agent"
			       " SELECT * FROM tail.chat_agent");
	if (r >= 0)
		r = unbury(db);
	db_detach(db);
	return r < 0 ? r : 0;
}

int rows_settle(struct db *db, int64_t now)
{
	int r = db_run(db, "UPDATE tombstone SET at = $1 WHERE at = 0",
		       db_number(now));

	return r < 0 ? r : 0;
}

int rows_erase(struct db *db, const struct id *item, int64_t at)
{
	int r = db_run(db,
		       "INSERT OR IGNORE INTO tombstone (item, kind, contact,"
		       " number, end_class, end_date, cause, at, key_date)"
		       " SELECT call, 2, contact, number, end_class, end_date,"
		       " 3, $2, end_date FROM recording"
		       " WHERE call = $1 OR contact = $1",
		       db_id(item), db_number(at));
	int count;

	if (r >= 0)
		r = db_run(db,
			   "INSERT OR IGNORE INTO tombstone (item, kind,"
			   " contact, number, end_class, end_date, cause, at,"
			   " key_date) SELECT id, CASE channel WHEN 2 THEN 3"
			   " ELSE 1 END, id, number, 2, contact_end, 3, $2,"
			   " contact_end FROM contact WHERE id = $1",
			   db_id(item), db_number(at));
	if (r >= 0)
		r = db_run(db,
			   "DELETE FROM recording WHERE call = $1"
			   " OR contact = $1",
			   db_id(item));
	count = r;
	if (r >= 0)
		r = db_run(db, "DELETE FROM contact WHERE id = $1",
			   db_id(item));
	count += r;
	if (r >= 0)
		r = forget_orphans(db);
	return r < 0 ? r : count;
}
