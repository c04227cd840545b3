/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/oversight.h"

#include "notice/roles.h"
#include "register/refusal.h"
#include "register/session.h"

enum { ACTS_KEPT = 100 };

int oversight_note(struct books *books, const struct id *staff,
		   enum desk_act act, uint32_t role, const char *actor)
{
	int64_t id;
	int r;

	if (!roles_find(role)->plays)
		return 0;
	id = 1 + db_ask_number(books->db, 0, "SELECT max(id) FROM account_act");
	r = db_run(books->db,
		   "INSERT INTO account_act (id, staff, act, role, actor, at)"
		   " VALUES ($1, $2, $3, $4, $5, $6)",
		   db_number(id), db_id(staff), db_number(act), db_number(role),
		   db_text(actor), db_number(books_wall(books)));
	if (r >= 0)
		r = db_run(books->db, "DELETE FROM account_act WHERE id <= $1",
			   db_number(id - ACTS_KEPT));
	return r < 0 ? r : 0;
}

static void list_acts(struct books *books, struct desk_oversight *answer)
{
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT account_act.at, act, role, login, actor"
		       " FROM account_act"
		       " JOIN staff ON staff.id = account_act.staff"
		       " ORDER BY account_act.id DESC LIMIT $1",
		       db_number(DESK_ACTS_MAX));

	while (db_rows_next(&rows)) {
		uint32_t i = answer->count++;

		answer->act[i].at = db_rows_number(&rows, 0);
		answer->act[i].act = (uint32_t)db_rows_number(&rows, 1);
		answer->act[i].role = (uint32_t)db_rows_number(&rows, 2);
		db_rows_text(&rows, 3, answer->act[i].login,
			     sizeof(answer->act[i].login));
		db_rows_text(&rows, 4, answer->act[i].actor,
			     sizeof(answer->act[i].actor));
	}
}

void oversight_tell(struct books *books, const struct desk_ask *ask,
		    struct desk_oversight *ret_answer)
{
	struct session session;

	*ret_answer = (struct desk_oversight){
		.head = { .type = DESK_OVERSIGHT_IS,
			  .size = sizeof(*ret_answer),
			  .tag = ask->head.tag },
	};
	ret_answer->result = session_find(books, ask->token, &session);
	if (ret_answer->result == DESK_OK &&
	    roles_find(session.role)->log != ROLES_ALL)
		ret_answer->result = DESK_FORBIDDEN;
	if (ret_answer->result != DESK_OK)
		return;
	ret_answer->refused = refusal_count(books);
	list_acts(books, ret_answer);
}
