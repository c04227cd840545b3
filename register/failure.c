/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/failure.h"

#include <string.h>

#include "register/entry.h"

/* What is counted of one account for one reason. */
struct counted {
	struct id staff; /* zero: of no account */
	char reason[FAILURE_REASON_SIZE];
	int64_t count;
};

static int add(struct books *books, const struct id *staff, const char *reason,
	       int64_t count)
{
	int r = db_run(books->db,
		       "INSERT INTO failed_try (staff, reason, count, since)"
		       " VALUES ($1, $2, $3, $4)"
		       " ON CONFLICT (staff, reason)"
		       " DO UPDATE SET count = failed_try.count + $3",
		       db_id(staff), db_text(reason), db_number(count),
		       db_number(books_wall(books)));

	return r < 0 ? r : 0;
}

static bool load(struct db_rows *rows, struct counted *counted)
{
	if (!db_rows_next(rows))
		return false;
	db_rows_bytes(rows, 0, &counted->staff, sizeof(counted->staff));
	db_rows_text(rows, 1, counted->reason, sizeof(counted->reason));
	counted->count = db_rows_number(rows, 2);
	return true;
}

/* The entry and the end of the count are one: never twice, never not. */
static int write_down(struct books *books, const struct counted *counted)
{
	bool is_known = !id_is_none(&counted->staff);
	char actor[ENTRY_ACTOR_SIZE] = "unknown";
	int r;

	if (is_known)
		entry_actor(&counted->staff, actor);
	r = entry_post(books,
		       json_pack("{s:s,s:s,s:s,s:I}", "event",
				 is_known ? "login.fail" : "signin.failed",
				 "actor", actor, "reason", counted->reason,
				 "count", (json_int_t)counted->count));
	if (r < 0)
		return r;
	r = db_run(books->db,
		   "DELETE FROM failed_try WHERE staff = $1 AND reason = $2",
		   db_id(&counted->staff), db_text(counted->reason));
	return r < 0 ? r : 0;
}

static bool find_of(struct books *books, const struct id *staff,
		    struct counted *ret_counted)
{
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT staff, reason, count FROM failed_try"
		       " WHERE staff = $1 ORDER BY reason LIMIT 1",
		       db_id(staff));

	return load(&rows, ret_counted);
}

/* A clock that was set back must not keep an old count waiting for long. */
static bool find_old(struct books *books, int64_t wait_s,
		     struct counted *ret_counted)
{
	int64_t now = books_wall(books);

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		"SELECT staff, reason, count FROM failed_try"
		" WHERE since <= $1 OR since > $2 OR $3 = 0"
		" ORDER BY since, staff, reason LIMIT 1",
		db_number(now - wait_s), db_number(now), db_number(wait_s));

	return load(&rows, ret_counted);
}

static int end(struct books *books, int r)
{
	if (r == 0)
		return db_commit(books->db);
	db_roll_back(books->db);
	books_recall(books);
	return r;
}

void failure_count(struct books *books, const struct id *staff,
		   const char *reason, bool write)
{
	struct id of = staff ? *staff : (struct id){ 0 };
	struct counted counted;
	int r;

	assert(strlen(reason) < FAILURE_REASON_SIZE);
	db_begin(books->db);
	r = add(books, &of, reason, 1);
	while (r == 0 && write && find_of(books, &of, &counted))
		r = write_down(books, &counted);
	if (end(books, r) < 0)
		books->limits.unkept++;
}

void failure_flush(struct books *books, int64_t wait_s)
{
	struct counted counted;
	int r = 0;

	if (books->limits.unkept) {
		db_begin(books->db);
		r = end(books, add(books, &(struct id){ 0 }, "unkept",
				   books->limits.unkept));
		if (r == 0)
			books->limits.unkept = 0;
	}
	while (r == 0 && find_old(books, wait_s, &counted)) {
		db_begin(books->db);
		r = end(books, write_down(books, &counted));
	}
}
