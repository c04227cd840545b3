/* SPDX-License-Identifier: EUPL-1.2 */
/* Chats as the desk sees them. Contract in view.h. */
#include <string.h>

#include "notice/roles.h"
#include "register/contact.h"
#include "register/due.h"
#include "register/entry.h"
#include "register/refusal.h"
#include "register/view.h"

/*
 * A chat as both halves tell it, as if the sweeper had come already: $1 and
 * $2 are the latest dates on which rows and contents are dead. Columns in
 * the order of load_row(). What is asked for stands in each half, so that
 * each is read by its numbers from the newest down, and no further than
 * the page goes: a list must not grow slow with the years.
 */
#define ROWS                                                                   \
	"SELECT contact.id, contact.number, contact.started_at,"               \
	" contact.answered_at, contact.ended_at, contact.state,"               \
	" contact.flags, contact.end_reason, contact.contact_end,"             \
	" contact.language, contact.queue, contact.agent,"                     \
	" contact.agent_name, contact.policy, recording.call,"                 \
	" recording.end_date, object.size,"                                    \
	" (SELECT count(*) FROM tombstone WHERE tombstone.contact ="           \
	"  contact.id AND tombstone.kind = 2)"                                 \
	" FROM contact LEFT JOIN recording"                                    \
	"  ON recording.contact = contact.id AND recording.end_class = 3"      \
	" LEFT JOIN object ON object.call = recording.call"                    \
	" WHERE contact.channel = 2 AND contact.contact_end > $1"
/* Contents whose row is gone; by its number, which is at hand first. */
#define CONTENTS                                                               \
	"SELECT recording.contact, chat.number, chat.started_at, 0,"           \
	" chat.ended_at, 3, 0, 0, 0, chat.language, chat.queue, chat.agent,"   \
	" chat.agent_name, chat.policy, recording.call, recording.end_date,"   \
	" object.size, 0"                                                      \
	" FROM chat JOIN recording ON recording.call = chat.call"              \
	" JOIN object ON object.call = recording.call"                         \
	" WHERE recording.end_date > $2 AND NOT EXISTS (SELECT 1 FROM contact" \
	"  WHERE contact.channel = 2 AND contact.number = chat.number"         \
	"  AND contact.contact_end > $1)"
#define WANTED(half, id)                                                       \
	" AND " half ".number < $3 AND " half ".started_at >= $4"              \
	" AND ($5 = 0 OR " half ".started_at < $5)"                            \
	" AND ($6 = 0 OR (" half ".ended_at > 0"                               \
	"  AND " half ".ended_at - " half ".started_at >= $6))"                \
	" AND ($7 = 0 OR (" half ".ended_at > 0"                               \
	"  AND " half ".ended_at - " half ".started_at <= $7))"                \
	" AND ($8 = '' OR " half ".agent = $8 OR EXISTS (SELECT 1"             \
	"  FROM chat_agent WHERE chat_agent.contact = " id                     \
	"  AND chat_agent.agent = $8))"                                        \
	" AND ($9 = '' OR " half ".queue = $9)"                                \
	" AND ($10 = '' OR " half                                              \
	".language = $10)" VIEW_IN_TEAM(half ".agent", "$13")
#define NOT_EMPTY                                                              \
	" AND ($11 <> 0 OR recording.call IS NOT NULL OR EXISTS (SELECT 1"     \
	"  FROM tombstone WHERE tombstone.contact = contact.id"                \
	"  AND tombstone.kind = 2))"

enum { COLUMN_POLICY = 13, COLUMN_CALL = 14 };

static seal_date dead_date(const struct books *books, uint32_t data_class)
{
	return due_date(books, data_class, clock_now(&books->clock));
}

/* What there is of a content, and how it stands now. */
static void load_content(struct books *books, const struct db_rows *rows,
			 struct desk_chat_row *row)
{
	bool is_here = db_rows_bytes(rows, COLUMN_CALL, &row->content,
				     sizeof(row->content));
	seal_date end = (seal_date)db_rows_number(rows, 15);
	bool was_here = is_here || db_rows_number(rows, 17) > 0;

	row->content_state = was_here ? DESK_GONE : DESK_NOT_FOUND;
	if (is_here && end > dead_date(books, SEAL_CLASS_CHAT)) {
		row->chat_end = end;
		row->size = (uint64_t)db_rows_number(rows, 16);
		row->content_state = DESK_OK;
	}
	if (is_here && due_hold(books, &row->chat) == DECIDE_HOLD_RESTRICTION)
		row->content_state = DESK_RESTRICTED;
	if (row->content_state == DESK_GONE)
		memset(&row->content, 0, sizeof(row->content));
}

static void load_row(struct books *books, uint32_t role,
		     const struct db_rows *rows, struct desk_chat_row *row)
{
	memset(row, 0, sizeof(*row));
	db_rows_bytes(rows, 0, &row->chat, sizeof(row->chat));
	row->number = (uint64_t)db_rows_number(rows, 1);
	row->started_at = db_rows_number(rows, 2) / NS_PER_S;
	row->answered_at = db_rows_number(rows, 3) / NS_PER_S;
	row->ended_at = db_rows_number(rows, 4) / NS_PER_S;
	row->state = (uint32_t)db_rows_number(rows, 5);
	row->flags = (uint32_t)db_rows_number(rows, 6);
	row->end_reason = (uint32_t)db_rows_number(rows, 7);
	row->contact_end = (seal_date)db_rows_number(rows, 8);
	db_rows_text(rows, 9, row->language, sizeof(row->language));
	db_rows_text(rows, 10, row->queue, sizeof(row->queue));
	db_rows_text(rows, 11, row->agent, sizeof(row->agent));
	db_rows_text(rows, 12, row->agent_name, sizeof(row->agent_name));
	load_content(books, rows, row);
	/* Each half is masked by its own class. */
	if (!books->policy ||
	    policy_mask(books->policy,
			row->contact_end ? SEAL_CLASS_CONTACT : SEAL_CLASS_CHAT,
			"agent_name", role) == NOTICE_HIDDEN)
		memset(row->agent_name, 0, sizeof(row->agent_name));
}

static void list(struct books *books, const struct desk_chats *ask,
		 uint32_t role, const char *agent, const char *team,
		 struct desk_chat_rows *answer)
{
	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		ROWS WANTED("contact", "contact.id") NOT_EMPTY
		" UNION ALL " CONTENTS WANTED(
			"chat",
			"recording.contact") " ORDER BY 2 DESC LIMIT $12",
		db_number(dead_date(books, SEAL_CLASS_CONTACT)),
		db_number(dead_date(books, SEAL_CLASS_CHAT)),
		db_number(view_cursor(ask->before)),
		db_number(view_ns(ask->from)), db_number(view_ns(ask->until)),
		db_number(view_ns(ask->min_s)), db_number(view_ns(ask->max_s)),
		db_text(agent), db_text(ask->queue), db_text(ask->language),
		db_number(ask->with_empty), db_number(ask->limit + 1),
		db_text(team));
	while (db_rows_next(&rows)) {
		if (answer->count == ask->limit) {
			answer->next = answer->row[answer->count - 1].number;
			break;
		}
		load_row(books, role, &rows, &answer->row[answer->count++]);
	}
}

static bool ask_is_well(const struct desk_chats *ask)
{
	return contact_text_is(ask->agent, sizeof(ask->agent)) &&
	       contact_text_is(ask->queue, sizeof(ask->queue)) &&
	       contact_text_is(ask->language, sizeof(ask->language)) &&
	       ask->limit >= 1 && ask->limit <= DESK_ROWS_MAX;
}

static json_t *kinds_of(const struct desk_chats *ask)
{
	json_t *kinds = json_array();

	if (ask->from || ask->until)
		json_array_append_new(kinds, json_string("time"));
	if (ask->min_s || ask->max_s)
		json_array_append_new(kinds, json_string("length"));
	if (ask->agent[0])
		json_array_append_new(kinds, json_string("agent"));
	if (ask->queue[0])
		json_array_append_new(kinds, json_string("queue"));
	if (ask->language[0])
		json_array_append_new(kinds, json_string("language"));
	return kinds;
}

/* Whose chats are asked for and may be shown; NULL: nothing of it is theirs. */
static const char *agent_of(const struct session *session, const char *wanted)
{
	if (roles_find(session->role)->contacts != ROLES_OWN)
		return wanted;
	if (!session->agent[0] ||
	    (*wanted && strcmp(wanted, session->agent) != 0))
		return NULL;
	return session->agent;
}

void view_chats(struct books *books, const struct desk_chats *ask,
		struct desk_chat_rows *ret_answer)
{
	struct session session;
	const char *agent;

	*ret_answer = (struct desk_chat_rows){
		.head = { .type = DESK_CHAT_ROWS,
			  .size = sizeof(*ret_answer),
			  .tag = ask->head.tag },
	};
	ret_answer->result = session_find(books, ask->token, &session);
	if (ret_answer->result != DESK_OK)
		return;
	if (roles_find(session.role)->contacts == ROLES_NONE) {
		ret_answer->result = DESK_FORBIDDEN;
		refusal_note(books, &session, DESK_FORBIDDEN, "chats", NULL);
	} else if (!ask_is_well(ask)) {
		ret_answer->result = DESK_INVALID;
	}
	if (ret_answer->result != DESK_OK)
		return;
	agent = agent_of(&session, ask->agent);
	if (agent)
		list(books, ask, session.role, agent, session.team, ret_answer);
	ret_answer->result =
		view_note(books, &session,
			  json_pack("{s:s,s:s,s:o,s:I}", "event", "search",
				    "type", "chats", "keys", kinds_of(ask),
				    "hits", (json_int_t)ret_answer->count));
	if (ret_answer->result != DESK_OK) {
		memset(ret_answer->row, 0, sizeof(ret_answer->row));
		ret_answer->count = 0;
		ret_answer->next = 0;
	}
}

void view_all_chats(struct books *books, const struct door_list *ask,
		    const char *actor, struct desk_chat_rows *ret_answer)
{
	struct desk_chats all = {
		.before = ask->before,
		.limit = ask->limit && ask->limit < DESK_ROWS_MAX
				 ? ask->limit
				 : DESK_ROWS_MAX,
		.with_empty = 1,
	};

	*ret_answer = (struct desk_chat_rows){
		.head = { .type = DOOR_CHAT_ROWS,
			  .size = sizeof(*ret_answer),
			  .tag = ask->head.tag },
	};
	list(books, &all, NOTICE_ROLE_ADMIN, "", "", ret_answer);
	if (entry_note(books, json_pack("{s:s,s:s,s:s,s:I}", "event", "search",
					"actor", actor, "type", "chats", "hits",
					(json_int_t)ret_answer->count)) == 0)
		return;
	memset(ret_answer->row, 0, sizeof(ret_answer->row));
	ret_answer->count = 0;
	ret_answer->next = 0;
	ret_answer->result = DESK_LATER;
}

static enum desk_result
find_chat(struct books *books, const struct session *session,
	  const struct id *chat, struct desk_chat_row *row, int64_t *ret_policy)
{
	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		ROWS " AND contact.id = $3 UNION ALL " CONTENTS
		     " AND recording.contact = $3",
		db_number(dead_date(books, SEAL_CLASS_CONTACT)),
		db_number(dead_date(books, SEAL_CLASS_CHAT)), db_id(chat));
	if (!db_rows_next(&rows)) {
		/* Nothing tells whose it was: told to those who see all. */
		if (view_reaches_dead(session) && view_was_chat(books, chat))
			return DESK_GONE;
		return DESK_NOT_FOUND;
	}
	load_row(books, session->role, &rows, row);
	*ret_policy = db_rows_number(&rows, COLUMN_POLICY);
	return view_reaches(books, session, row->agent) ||
			       view_answered(books, session, chat)
		       ? DESK_OK
		       : DESK_NOT_FOUND;
}

static enum desk_result whole(struct books *books, const struct desk_about *ask,
			      struct desk_chat_whole *answer)
{
	struct session session;
	enum desk_result result = session_find(books, ask->token, &session);
	int64_t policy = 0;

	if (result != DESK_OK)
		return result;
	if (roles_find(session.role)->contacts == ROLES_NONE)
		result = DESK_FORBIDDEN;
	else
		result = find_chat(books, &session, &ask->contact, &answer->row,
				   &policy);
	if (result != DESK_OK) {
		refusal_note(books, &session, result, "chat",
			     view_exists(books, &ask->contact) ? &ask->contact
							       : NULL);
		return result;
	}
	answer->policy_hash = (uint32_t)policy;
	view_policy(books, policy, answer->policy_id, answer->policy_version);
	return view_note(books, &session,
			 json_pack("{s:s,s:o}", "event", "metadata.viewed",
				   "contact", entry_id(&ask->contact)));
}

void view_chat(struct books *books, const struct desk_about *ask,
	       struct desk_chat_whole *ret_answer)
{
	enum desk_result result;

	memset(ret_answer, 0, sizeof(*ret_answer));
	result = whole(books, ask, ret_answer);
	if (result != DESK_OK)
		memset(ret_answer, 0, sizeof(*ret_answer));
	ret_answer->head = (struct letter){ .type = DESK_CHAT_WHOLE,
					    .size = sizeof(*ret_answer),
					    .tag = ask->head.tag };
	ret_answer->result = result;
}
