/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/refusal.h"

#include <string.h>

#include "base/log.h"
#include "notice/roles.h"
#include "register/entry.h"

enum { DAY_S = 86400 };

/* What is counted: of one person, at one thing, for one reason. */
struct refused {
	struct id staff, object; /* object zero: none */
	uint32_t role;
	enum desk_result result;
	char type[REFUSAL_TYPE_SIZE];
	int64_t count;
};

static const char *reason_of(const struct refused *refused)
{
	switch (refused->result) {
	case DESK_FORBIDDEN: /* who plays at all, plays for a purpose */
		return (!strcmp(refused->type, "content") ||
			!strcmp(refused->type, "set")) &&
				       roles_find(refused->role)->plays
			       ? "purpose"
			       : "role";
	case DESK_PURPOSE_REQUIRED:
		return "purpose";
	case DESK_RESTRICTED:
		return "restricted";
	case DESK_QUOTA:
		return "quota";
	default:
		return id_is_none(&refused->object) ? "not found"
						    : "not theirs";
	}
}

static bool is_refusal(enum desk_result result)
{
	return result == DESK_FORBIDDEN || result == DESK_PURPOSE_REQUIRED ||
	       result == DESK_NOT_FOUND || result == DESK_RESTRICTED ||
	       result == DESK_QUOTA;
}

static int write_down(struct books *books, const struct refused *refused)
{
	char actor[ENTRY_ACTOR_SIZE];
	json_t *entry;

	entry_actor(&refused->staff, actor);
	entry = json_pack("{s:s,s:s,s:s,s:s,s:s,s:I}", "event",
			  "access.refused", "actor", actor, "role",
			  roles_is(refused->role)
				  ? notice_roles[refused->role - 1]
				  : "none",
			  "type", refused->type, "reason", reason_of(refused),
			  "count", (json_int_t)refused->count);
	if (!id_is_none(&refused->object))
		json_object_set_new(entry,
				    !strcmp(refused->type, "content")
					    ? "recording"
					    : "contact",
				    entry_id(&refused->object));
	return entry_post(books, entry);
}

/* Since when these attempts are counted; 0: they are not. */
static int64_t open_since(struct books *books, const struct refused *refused)
{
	return db_ask_number(books->db, 0,
			     "SELECT since FROM refused_try WHERE staff = $1"
			     " AND object = $2 AND type = $3 AND result = $4",
			     db_id(&refused->staff), db_id(&refused->object),
			     db_text(refused->type),
			     db_number(refused->result));
}

static bool has_too_many(struct books *books, const struct id *staff)
{
	const struct id none = { 0 };

	return db_ask_number(books->db, 0,
			     "SELECT count(*) FROM refused_try"
			     " WHERE staff = $1 AND object <> $2",
			     db_id(staff), db_id(&none)) >= REFUSAL_OPEN_MAX;
}

static int count_day(struct books *books)
{
	int64_t today = books_wall(books) / DAY_S;
	int r = db_run(books->db,
		       "INSERT INTO refused_day (day, count) VALUES ($1, 1)"
		       " ON CONFLICT (day)"
		       " DO UPDATE SET count = refused_day.count + 1",
		       db_number(today));

	if (r >= 0)
		r = db_run(books->db, "DELETE FROM refused_day WHERE day <= $1",
			   db_number(today - REFUSAL_DAYS));
	return r < 0 ? r : 0;
}

static int add(struct books *books, struct refused *refused)
{
	int r;

	if (!open_since(books, refused) && has_too_many(books, &refused->staff))
		memset(&refused->object, 0, sizeof(refused->object));
	if (open_since(books, refused)) {
		r = db_run(books->db,
			   "UPDATE refused_try SET count = count + 1"
			   " WHERE staff = $1 AND object = $2 AND type = $3"
			   " AND result = $4",
			   db_id(&refused->staff), db_id(&refused->object),
			   db_text(refused->type), db_number(refused->result));
		return r < 0 ? r : 0;
	}
	r = db_run(books->db,
		   "INSERT INTO refused_try (staff, object, type, result, role,"
		   " count, since) VALUES ($1, $2, $3, $4, $5, 0, $6)",
		   db_id(&refused->staff), db_id(&refused->object),
		   db_text(refused->type), db_number(refused->result),
		   db_number(refused->role), db_number(books_wall(books)));
	return r < 0 ? r : write_down(books, refused);
}

static int end(struct books *books, int r)
{
	if (r >= 0)
		return db_commit(books->db);
	db_roll_back(books->db);
	books_recall(books);
	return r;
}

void refusal_note(struct books *books, const struct session *session,
		  enum desk_result result, const char *type,
		  const struct id *object)
{
	struct refused refused = {
		.staff = session->staff,
		.role = session->role,
		.result = result,
		.count = 1,
	};
	int r;

	assert(strlen(type) < sizeof(refused.type));
	if (!is_refusal(result) || id_is_none(&session->staff))
		return;
	if (object)
		refused.object = *object;
	memcpy(refused.type, type, strlen(type));
	db_begin(books->db);
	r = add(books, &refused);
	if (r >= 0)
		r = count_day(books);
	if (end(books, r) < 0)
		log_warn("refusal", "cannot be written down: no space");
}

/* A clock that was set back must not keep an old count waiting for long. */
static bool find_old(struct books *books, struct refused *refused)
{
	int64_t now = books_wall(books);

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT staff, object, type, result, role, count"
		       " FROM refused_try WHERE since <= $1 OR since > $2"
		       " ORDER BY since LIMIT 1",
		       db_number(now - REFUSAL_JOIN_S), db_number(now));
	memset(refused, 0, sizeof(*refused));
	if (!db_rows_next(&rows))
		return false;
	db_rows_bytes(&rows, 0, &refused->staff, sizeof(refused->staff));
	db_rows_bytes(&rows, 1, &refused->object, sizeof(refused->object));
	db_rows_text(&rows, 2, refused->type, sizeof(refused->type));
	refused->result = (enum desk_result)db_rows_number(&rows, 3);
	refused->role = (uint32_t)db_rows_number(&rows, 4);
	refused->count = db_rows_number(&rows, 5);
	return true;
}

void refusal_flush(struct books *books)
{
	struct refused refused;
	int r = 0;

	while (r == 0 && find_old(books, &refused)) {
		db_begin(books->db);
		if (refused.count > 0)
			r = write_down(books, &refused);
		if (r >= 0)
			r = db_run(books->db,
				   "DELETE FROM refused_try WHERE staff = $1"
				   " AND object = $2 AND type = $3"
				   " AND result = $4",
				   db_id(&refused.staff),
				   db_id(&refused.object),
				   db_text(refused.type),
				   db_number(refused.result));
		r = end(books, r);
	}
}

uint64_t refusal_count(struct books *books)
{
	return (uint64_t)db_ask_number(
		books->db, 0,
		"SELECT coalesce(sum(count), 0) FROM refused_day"
		" WHERE day > $1",
		db_number(books_wall(books) / DAY_S - REFUSAL_DAYS));
}
