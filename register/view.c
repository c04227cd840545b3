/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/view.h"

#include <stdio.h>
#include <string.h>

#include "notice/roles.h"
#include "register/contact.h"
#include "register/due.h"
#include "register/entry.h"
#include "register/refusal.h"

/* Columns in the order of load_row(). */
#define COLUMNS                                                                \
	"SELECT id, number, started_at, answered_at, ended_at, state, flags,"  \
	" end_reason, audio_end, contact_end, service_number, agent,"          \
	" agent_name, agent_number, caller_tail,"                              \
	" (SELECT count(*) FROM recording AS r"                                \
	"  WHERE r.contact = contact.id AND r.objects > 0),"                   \
	" (SELECT coalesce(sum(duration_ms), 0) FROM recording AS r"           \
	"  WHERE r.contact = contact.id AND r.objects > 0),"                   \
	" policy FROM contact"

bool view_reaches_dead(const struct session *session)
{
	return roles_find(session->role)->contacts == ROLES_ALL &&
	       !session->team[0];
}

bool view_reaches(struct books *books, const struct session *session,
		  const char *agent)
{
	switch (roles_find(session->role)->contacts) {
	case ROLES_ALL:
		return db_ask_number(
			books->db, 0,
			"SELECT 1 WHERE 1" VIEW_IN_TEAM("$1", "$2"),
			db_text(agent), db_text(session->team));
	case ROLES_OWN:
		return *agent && !strcmp(agent, session->agent);
	case ROLES_SELF:
	case ROLES_NONE:
		break;
	}
	return false;
}

/* The last three digits at most: the number itself is sealed. */
static void mask_caller(const struct books *books, uint32_t role,
			const char *tail, char *out, size_t size)
{
	memset(out, 0, size);
	if (!*tail || !books->policy ||
	    roles_shows(books->policy, "caller_number", role) == NOTICE_HIDDEN)
		return;
	snprintf(out, size, "\u2022\u2022\u2022 %s", tail);
}

static void hide(const struct books *books, uint32_t role, const char *field,
		 char *text, size_t size)
{
	if (!books->policy || policy_mask(books->policy, SEAL_CLASS_CONTACT,
					  field, role) == NOTICE_HIDDEN)
		memset(text, 0, size);
}

/* Until when the sound may be heard, and how much of it there is now. */
static void age_row(const struct books *books, struct desk_contact_row *row,
		    nanoseconds now)
{
	bool is_over =
		row->state == REGISTER_STATE_UNANSWERED ||
		(row->state == REGISTER_STATE_ENDED && row->recordings == 0);

	if (due_eligible(books, SEAL_CLASS_AUDIO, row->audio_end, NULL) <= now)
		row->recordings = 0;
	else if (!is_over)
		return;
	row->audio_end = 0;
}

static void load_row(const struct books *books, uint32_t role,
		     const struct db_rows *rows, struct desk_contact_row *row)
{
	char tail[8];

	memset(row, 0, sizeof(*row));
	db_rows_bytes(rows, 0, &row->contact, sizeof(row->contact));
	row->number = (uint64_t)db_rows_number(rows, 1);
	row->started_at = db_rows_number(rows, 2) / NS_PER_S;
	row->answered_at = db_rows_number(rows, 3) / NS_PER_S;
	row->ended_at = db_rows_number(rows, 4) / NS_PER_S;
	row->state = (uint32_t)db_rows_number(rows, 5);
	row->flags = (uint32_t)db_rows_number(rows, 6);
	row->end_reason = (uint32_t)db_rows_number(rows, 7);
	row->audio_end = (seal_date)db_rows_number(rows, 8);
	row->contact_end = (seal_date)db_rows_number(rows, 9);
	db_rows_text(rows, 10, row->service_number,
		     sizeof(row->service_number));
	db_rows_text(rows, 11, row->agent, sizeof(row->agent));
	db_rows_text(rows, 12, row->agent_name, sizeof(row->agent_name));
	db_rows_text(rows, 13, row->agent_number, sizeof(row->agent_number));
	db_rows_text(rows, 14, tail, sizeof(tail));
	row->recordings = (uint32_t)db_rows_number(rows, 15);
	row->duration_ms = (uint64_t)db_rows_number(rows, 16);
	mask_caller(books, role, tail, row->caller, sizeof(row->caller));
	hide(books, role, "agent_name", row->agent_name,
	     sizeof(row->agent_name));
	hide(books, role, "agent_number", row->agent_number,
	     sizeof(row->agent_number));
	age_row(books, row, clock_now(&books->clock));
}

enum desk_result view_note(struct books *books, const struct session *session,
			   json_t *entry)
{
	char actor[ENTRY_ACTOR_SIZE];

	entry_actor(&session->staff, actor);
	json_object_set_new(entry, "actor", json_string(actor));
	json_object_set_new(entry, "role",
			    json_string(notice_roles[session->role - 1]));
	/* Not written down: not shown (906/2019 17 §). */
	return entry_note(books, entry) == 0 ? DESK_OK : DESK_LATER;
}

int64_t view_ns(int64_t seconds)
{
	const int64_t most = INT64_MAX / NS_PER_S;

	if (seconds <= 0)
		return 0;
	return (seconds < most ? seconds : most) * NS_PER_S;
}

int64_t view_cursor(uint64_t before)
{
	return before && before < INT64_MAX ? (int64_t)before : INT64_MAX;
}

static void list(struct books *books, const struct desk_contacts *ask,
		 uint32_t role, const char *agent, const char *team,
		 struct desk_contact_rows *answer)
{
	seal_date dead =
		due_date(books, SEAL_CLASS_CONTACT, clock_now(&books->clock));

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		COLUMNS
		" WHERE channel = 1 AND number < $1"
		" AND contact_end > $2"
		" AND started_at >= $3"
		" AND ($4 = 0 OR started_at < $4)"
		" AND ($5 = 0 OR (ended_at > 0 AND answered_at > 0"
		"  AND ended_at - answered_at >= $5))"
		" AND ($6 = 0 OR (ended_at > 0 AND answered_at > 0"
		"  AND ended_at - answered_at <= $6))"
		" AND ($7 = '' OR service_number = $7)"
		" AND ($8 = '' OR agent = $8)"
		" AND ($9 <> 0 OR (state <> 4 AND (flags & 128) = "
		"0))" VIEW_IN_TEAM("contact.agent",
				   "$11") " ORDER BY number DESC LIMIT $10",
		db_number(view_cursor(ask->before)), db_number(dead),
		db_number(view_ns(ask->from)), db_number(view_ns(ask->until)),
		db_number(view_ns(ask->min_s)), db_number(view_ns(ask->max_s)),
		db_text(ask->service_number), db_text(agent),
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

static bool ask_is_well(const struct desk_contacts *ask)
{
	return contact_text_is(ask->service_number,
			       sizeof(ask->service_number)) &&
	       contact_text_is(ask->agent, sizeof(ask->agent)) &&
	       ask->limit >= 1 && ask->limit <= DESK_ROWS_MAX;
}

static json_t *kinds_of(const struct desk_contacts *ask)
{
	json_t *kinds = json_array();

	if (ask->from || ask->until)
		json_array_append_new(kinds, json_string("time"));
	if (ask->min_s || ask->max_s)
		json_array_append_new(kinds, json_string("length"));
	if (ask->service_number[0])
		json_array_append_new(kinds, json_string("service_number"));
	if (ask->agent[0])
		json_array_append_new(kinds, json_string("agent"));
	return kinds;
}

void view_contacts(struct books *books, const struct desk_contacts *ask,
		   struct desk_contact_rows *ret_answer)
{
	struct session session;
	const char *agent = ask->agent;
	enum roles_reach reach;

	*ret_answer = (struct desk_contact_rows){
		.head = { .type = DESK_CONTACT_ROWS,
			  .size = sizeof(*ret_answer),
			  .tag = ask->head.tag },
	};
	ret_answer->result = session_find(books, ask->token, &session);
	if (ret_answer->result != DESK_OK)
		return;
	reach = roles_find(session.role)->contacts;
	if (reach == ROLES_NONE) {
		ret_answer->result = DESK_FORBIDDEN;
		refusal_note(books, &session, DESK_FORBIDDEN, "contacts", NULL);
	} else if (!ask_is_well(ask)) {
		ret_answer->result = DESK_INVALID;
	}
	if (ret_answer->result != DESK_OK)
		return;

	if (reach == ROLES_OWN) {
		if (!session.agent[0] ||
		    (*agent && strcmp(agent, session.agent) != 0))
			agent = NULL; /* nothing of it is theirs */
		else
			agent = session.agent;
	}
	if (agent)
		list(books, ask, session.role, agent, session.team, ret_answer);
	ret_answer->result =
		view_note(books, &session,
			  json_pack("{s:s,s:s,s:o,s:I}", "event", "search",
				    "type", "contacts", "keys", kinds_of(ask),
				    "hits", (json_int_t)ret_answer->count));
	if (ret_answer->result != DESK_OK) {
		memset(ret_answer->row, 0, sizeof(ret_answer->row));
		ret_answer->count = 0;
	}
}

void view_all(struct books *books, const struct door_list *ask,
	      const char *actor, struct desk_contact_rows *ret_answer)
{
	struct desk_contacts all = {
		.before = ask->before,
		.limit = ask->limit && ask->limit < DESK_ROWS_MAX
				 ? ask->limit
				 : DESK_ROWS_MAX,
		.with_empty = 1,
	};

	*ret_answer = (struct desk_contact_rows){
		.head = { .type = DOOR_CONTACT_ROWS,
			  .size = sizeof(*ret_answer),
			  .tag = ask->head.tag },
	};
	list(books, &all, NOTICE_ROLE_ADMIN, "", "", ret_answer);
	for (uint32_t i = 0; i < ret_answer->count; i++)
		memset(ret_answer->row[i].caller, 0,
		       sizeof(ret_answer->row[i].caller));
	if (entry_note(books,
		       json_pack("{s:s,s:s,s:s,s:I}", "event", "search",
				 "actor", actor, "type", "contacts", "hits",
				 (json_int_t)ret_answer->count)) == 0)
		return;
	memset(ret_answer->row, 0, sizeof(ret_answer->row));
	ret_answer->count = 0;
	ret_answer->next = 0;
	ret_answer->result = DESK_LATER;
}

static void add_recordings(struct books *books, const struct id *contact,
			   struct desk_contact_whole *answer)
{
	enum decide_hold hold = due_hold(books, contact);
	nanoseconds now = clock_now(&books->clock);

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		"SELECT call, began_at, duration_ms, end_date, segment, flags,"
		" (SELECT size FROM object WHERE object.call = recording.call"
		"  AND kind = 1),"
		" (SELECT size FROM object WHERE object.call = recording.call"
		"  AND kind = 2),"
		" (SELECT size FROM object WHERE object.call = recording.call"
		"  AND kind = 3)"
		" FROM recording WHERE contact = $1 AND objects > 0"
		" ORDER BY segment, began_at LIMIT $2",
		db_id(contact), db_number(DESK_RECORDINGS_MAX));
	while (db_rows_next(&rows)) {
		struct desk_recording *to =
			&answer->recording[answer->recording_count++];

		db_rows_bytes(&rows, 0, &to->call, sizeof(to->call));
		to->began_ms = db_rows_number(&rows, 1) / NS_PER_MS;
		to->duration_ms = (uint64_t)db_rows_number(&rows, 2);
		to->end = (seal_date)db_rows_number(&rows, 3);
		to->segment = (uint32_t)db_rows_number(&rows, 4);
		to->flags = (uint32_t)db_rows_number(&rows, 5);
		for (int i = 0; i < 3; i++)
			to->size[i] = (uint64_t)db_rows_number(&rows, 6 + i);
		if (hold == DECIDE_HOLD_RESTRICTION)
			to->state = DESK_RESTRICTED;
		else if (due_eligible(books, SEAL_CLASS_AUDIO, to->end, NULL) <=
			 now)
			to->state = DESK_GONE;
	}
}

/* What was here and is gone: told as such, so that nobody searches on. */
static void add_dead(struct books *books, const struct id *contact,
		     struct desk_contact_whole *answer)
{
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT item, end_date FROM tombstone WHERE contact = $1"
		       " AND kind = 2 ORDER BY at LIMIT $2",
		       db_id(contact), db_number(DESK_RECORDINGS_MAX));
	while (answer->recording_count < DESK_RECORDINGS_MAX &&
	       db_rows_next(&rows)) {
		struct desk_recording *to =
			&answer->recording[answer->recording_count++];

		db_rows_bytes(&rows, 0, &to->call, sizeof(to->call));
		to->end = (seal_date)db_rows_number(&rows, 1);
		to->state = DESK_GONE;
	}
}

static enum desk_result find_contact(struct books *books,
				     const struct session *session,
				     const struct id *contact,
				     struct desk_contact_row *row,
				     int64_t *ret_policy)
{
	seal_date dead =
		due_date(books, SEAL_CLASS_CONTACT, clock_now(&books->clock));
	bool sees_all = view_reaches_dead(session);

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db, COLUMNS " WHERE id = $1 AND channel = 1",
		       db_id(contact));
	if (!db_rows_next(&rows)) {
		/* A tombstone has no agent: it is told to those who see all. */
		if (sees_all && db_ask_number(books->db, 0,
					      "SELECT count(*) FROM tombstone"
					      " WHERE item = $1 AND kind = 1",
					      db_id(contact)))
			return DESK_GONE;
		return DESK_NOT_FOUND;
	}
	load_row(books, session->role, &rows, row);
	*ret_policy = db_rows_number(&rows, 17);
	if (!view_reaches(books, session, row->agent))
		return DESK_NOT_FOUND;
	return row->contact_end > dead ? DESK_OK : DESK_GONE;
}

void view_policy(struct books *books, int64_t hash, char ret_id[64],
		 char ret_version[32])
{
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT id, version FROM policy_version WHERE hash = $1",
		       db_number(hash));

	if (!db_rows_next(&rows))
		return;
	db_rows_text(&rows, 0, ret_id, 64);
	db_rows_text(&rows, 1, ret_version, 32);
}

bool view_exists(struct books *books, const struct id *contact)
{
	return db_ask_number(books->db, 0,
			     "SELECT (SELECT count(*) FROM contact"
			     "  WHERE id = $1) +"
			     " (SELECT count(*) FROM recording"
			     "  WHERE contact = $1 AND end_class = 3) +"
			     " (SELECT count(*) FROM tombstone"
			     "  WHERE item = $1 AND kind IN (1, 3))",
			     db_id(contact)) > 0;
}

bool view_was_chat(struct books *books, const struct id *contact)
{
	return db_ask_number(books->db, 0,
			     "SELECT (SELECT count(*) FROM contact"
			     "  WHERE id = $1 AND channel = 2) +"
			     " (SELECT count(*) FROM recording"
			     "  WHERE contact = $1 AND end_class = 3) +"
			     " (SELECT count(*) FROM tombstone"
			     "  WHERE item = $1 AND kind = 3)",
			     db_id(contact)) > 0;
}

static enum desk_result whole(struct books *books, const struct desk_about *ask,
			      struct desk_contact_whole *answer)
{
	struct session session;
	enum desk_result result = session_find(books, ask->token, &session);
	int64_t policy = 0;

	if (result != DESK_OK)
		return result;
	if (roles_find(session.role)->contacts == ROLES_NONE)
		result = DESK_FORBIDDEN;
	else
		result = find_contact(books, &session, &ask->contact,
				      &answer->row, &policy);
	if (result != DESK_OK) {
		refusal_note(books, &session, result, "contact",
			     view_exists(books, &ask->contact) ? &ask->contact
							       : NULL);
		return result;
	}
	add_recordings(books, &ask->contact, answer);
	add_dead(books, &ask->contact, answer);
	answer->policy_hash = (uint32_t)policy;
	view_policy(books, policy, answer->policy_id, answer->policy_version);
	return view_note(books, &session,
			 json_pack("{s:s,s:o}", "event", "metadata.viewed",
				   "contact", entry_id(&ask->contact)));
}

void view_contact(struct books *books, const struct desk_about *ask,
		  struct desk_contact_whole *ret_answer)
{
	enum desk_result result;

	memset(ret_answer, 0, sizeof(*ret_answer));
	result = whole(books, ask, ret_answer);
	if (result != DESK_OK)
		memset(ret_answer, 0, sizeof(*ret_answer));
	ret_answer->head = (struct letter){ .type = DESK_CONTACT_WHOLE,
					    .size = sizeof(*ret_answer),
					    .tag = ask->head.tag };
	ret_answer->result = result;
}
