/* SPDX-License-Identifier: EUPL-1.2 */
/* Picks as the desk sees them. Contract in pick.h. */
#include <string.h>

#include "register/due.h"
#include "register/entry.h"
#include "register/pick_parts.h"
#include "register/refusal.h"
#include "register/view.h"

/* What may be shown of its recordings now: those that have not ended. */
#define LIVING                                                                 \
	" FROM pick_item JOIN recording ON recording.call = pick_item.call"    \
	" JOIN contact ON contact.id = recording.contact"                      \
	" WHERE pick_item.pick = $1 AND recording.end_date > $2"               \
	" AND contact.contact_end > $3" VIEW_IN_TEAM("contact.agent", "$4")

static uint32_t count_of(struct books *books, const char *team,
			 const struct id *pick)
{
	const nanoseconds now = clock_now(&books->clock);

	return (uint32_t)db_ask_number(
		books->db, 0, "SELECT count(*)" LIVING, db_id(pick),
		db_number(due_date(books, SEAL_CLASS_AUDIO, now)),
		db_number(due_date(books, SEAL_CLASS_CONTACT, now)),
		db_text(team));
}

void pick_load(struct books *books, const struct session *session,
	       const struct db_rows *rows, struct desk_pick_row *row)
{
	struct id staff;

	memset(row, 0, sizeof(*row));
	db_rows_bytes(rows, 0, &row->pick, sizeof(row->pick));
	row->use = (uint32_t)db_rows_number(rows, 1);
	row->end = (seal_date)db_rows_number(rows, 2);
	row->made_at = db_rows_number(rows, 3);
	db_rows_text(rows, 4, row->purpose, sizeof(row->purpose));
	db_rows_text(rows, 5, row->title, sizeof(row->title));
	db_rows_bytes(rows, 6, &staff, sizeof(staff));
	row->is_own = id_is(&staff, &session->staff);
	row->role = (uint32_t)db_rows_number(rows, 7);
	if (books->choice.reader_names || row->is_own)
		db_rows_text(rows, 8, row->author, sizeof(row->author));
	row->draw.from = db_rows_number(rows, 9);
	row->draw.until = db_rows_number(rows, 10);
	row->draw.min_s = db_rows_number(rows, 11);
	row->draw.max_s = db_rows_number(rows, 12);
	db_rows_text(rows, 13, row->draw.service_number,
		     sizeof(row->draw.service_number));
	db_rows_text(rows, 14, row->draw.agent, sizeof(row->draw.agent));
	row->draw.wanted = (uint32_t)db_rows_number(rows, 15);
	row->draw.population = (uint32_t)db_rows_number(rows, 16);
	db_rows_bytes(rows, 17, row->draw.seed, sizeof(row->draw.seed));
	row->count = count_of(books, session->team, &row->pick);
}

/* The newest first; there are DESK_PICKS_ALL at most. */
static void list(struct books *books, const struct desk_picks *ask,
		 const struct session *session, struct desk_pick_rows *answer)
{
	uint32_t seen = 0;

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db, "SELECT id FROM pick ORDER BY made_at DESC, id");
	while (db_rows_next(&rows)) {
		struct desk_pick_row row;
		struct id pick;

		db_rows_bytes(&rows, 0, &pick, sizeof(pick));
		if (pick_find(books, session, &pick, &row) != DESK_OK ||
		    (ask->own_sets && (!row.is_own || row.draw.wanted)))
			continue;
		if (seen++ < ask->skip)
			continue;
		if (answer->count == DESK_PICKS_MAX) {
			answer->next = ask->skip + answer->count;
			break;
		}
		answer->row[answer->count++] = row;
	}
}

void pick_list(struct books *books, const struct desk_picks *ask,
	       struct desk_pick_rows *ret_answer)
{
	struct session session;

	*ret_answer = (struct desk_pick_rows){
		.head = { .type = DESK_PICK_ROWS,
			  .size = sizeof(*ret_answer),
			  .tag = ask->head.tag },
	};
	ret_answer->result = session_find(books, ask->token, &session);
	if (ret_answer->result == DESK_OK)
		list(books, ask, &session, ret_answer);
}

static void load_item(struct books *books, const struct session *session,
		      const struct db_rows *rows, struct desk_pick_item *item)
{
	db_rows_bytes(rows, 0, &item->contact, sizeof(item->contact));
	db_rows_bytes(rows, 1, &item->call, sizeof(item->call));
	item->number = (uint64_t)db_rows_number(rows, 2);
	item->started_at = db_rows_number(rows, 3) / NS_PER_S;
	item->duration_ms = (uint64_t)db_rows_number(rows, 4);
	db_rows_text(rows, 5, item->service_number,
		     sizeof(item->service_number));
	if (policy_mask(books->policy, SEAL_CLASS_CONTACT, "agent_name",
			session->role) != NOTICE_HIDDEN)
		db_rows_text(rows, 6, item->agent_name,
			     sizeof(item->agent_name));
	if (due_hold(books, &item->contact) == DECIDE_HOLD_RESTRICTION)
		item->state = DESK_RESTRICTED;
}

static void load_items(struct books *books, const struct desk_pick_ask *ask,
		       const struct session *session,
		       struct desk_pick_whole *answer)
{
	const nanoseconds now = clock_now(&books->clock);

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT contact.id, recording.call, contact.number,"
		       " contact.started_at, duration_ms, service_number,"
		       " agent_name" LIVING
		       " ORDER BY place, recording.call LIMIT $5 OFFSET $6",
		       db_id(&ask->pick),
		       db_number(due_date(books, SEAL_CLASS_AUDIO, now)),
		       db_number(due_date(books, SEAL_CLASS_CONTACT, now)),
		       db_text(session->team), db_number(DESK_PICK_ITEMS_MAX),
		       db_number(ask->skip < DESK_PICK_ALL ? (int64_t)ask->skip
							   : DESK_PICK_ALL));
	while (answer->item_count < DESK_PICK_ITEMS_MAX && db_rows_next(&rows))
		load_item(books, session, &rows,
			  &answer->item[answer->item_count++]);
}

static enum desk_result show(struct books *books,
			     const struct desk_pick_ask *ask,
			     struct desk_pick_whole *answer)
{
	struct session session = { 0 };
	enum desk_result result = session_find(books, ask->token, &session);

	if (result != DESK_OK)
		return result;
	result = pick_find(books, &session, &ask->pick, &answer->row);
	refusal_note(books, &session, result, "set", NULL);
	if (result != DESK_OK)
		return result;
	load_items(books, ask, &session, answer);
	return view_note(books, &session,
			 json_pack("{s:s,s:o,s:s,s:I}", "event", "set.viewed",
				   "set", entry_id(&ask->pick), "purpose",
				   answer->row.purpose, "count",
				   (json_int_t)answer->item_count));
}

void pick_show(struct books *books, const struct desk_pick_ask *ask,
	       struct desk_pick_whole *ret_answer)
{
	enum desk_result result;

	memset(ret_answer, 0, sizeof(*ret_answer));
	result = show(books, ask, ret_answer);
	if (result != DESK_OK)
		memset(ret_answer, 0, sizeof(*ret_answer));
	ret_answer->head = (struct letter){ .type = DESK_PICK_WHOLE,
					    .size = sizeof(*ret_answer),
					    .tag = ask->head.tag };
	ret_answer->result = result;
}
