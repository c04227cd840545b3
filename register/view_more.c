/* SPDX-License-Identifier: EUPL-1.2 */
/* Who has listened, and the words of filters. Contract in view.h. */
#include <stdio.h>
#include <string.h>

#include "notice/roles.h"
#include "register/entry.h"
#include "register/refusal.h"
#include "register/view.h"

/* How far this session sees, of one contact or of none in particular. */
static enum roles_reach reach_of(const struct session *session,
				 const struct id *contact)
{
	const struct roles_row *row = roles_find(session->role);

	return id_is_none(contact) ? row->log : row->readers;
}

/* Whose contact this was; of a chat, as long as a half of it is here. */
static bool find_agent(struct books *books, const struct id *contact,
		       char agent[32])
{
	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		"SELECT agent FROM contact WHERE id = $1 UNION ALL"
		" SELECT agent FROM recording"
		" JOIN chat ON chat.call = recording.call WHERE contact = $1",
		db_id(contact));
	if (!db_rows_next(&rows))
		return false;
	db_rows_text(&rows, 0, agent, 32);
	return true;
}

bool view_answered(struct books *books, const struct session *session,
		   const struct id *chat)
{
	return session->agent[0] &&
	       db_ask_number(books->db, 0,
			     "SELECT count(*) FROM chat_agent"
			     " WHERE contact = $1 AND agent = $2",
			     db_id(chat), db_text(session->agent)) > 0;
}

/* Whether this session may see who heard this contact. */
static enum desk_result reach(struct books *books,
			      const struct session *session,
			      const struct id *contact)
{
	enum roles_reach readers = reach_of(session, contact);
	char agent[32] = "";

	if (readers == ROLES_NONE)
		return DESK_FORBIDDEN;
	if (id_is_none(contact)) {
		if (readers == ROLES_OWN && !session->agent[0])
			return DESK_NOT_FOUND;
		return DESK_OK;
	}
	if (!find_agent(books, contact, agent) ||
	    (readers == ROLES_OWN &&
	     (!*agent || strcmp(agent, session->agent) != 0) &&
	     !view_answered(books, session, contact)) ||
	    (session->team[0] && !view_reaches(books, session, agent)))
		return DESK_NOT_FOUND;
	return DESK_OK;
}

/*
 * By role, unless the administrator chose names or it is oneself: whether
 * people are named to those they listened to is the controller's decision
 * (C-579/21).
 */
static void name_reader(const struct books *books,
			const struct session *session,
			const struct db_rows *rows, struct desk_reader_row *to)
{
	bool oversees = session->role == NOTICE_ROLE_DPO ||
			session->role == NOTICE_ROLE_AUDITOR;
	struct id staff;

	db_rows_bytes(rows, 6, &staff, sizeof(staff));
	if (books->choice.reader_names || oversees ||
	    id_is(&staff, &session->staff)) {
		db_rows_text(rows, 5, to->actor, sizeof(to->actor));
		db_rows_text(rows, 13, to->login, sizeof(to->login));
	} else if (roles_is(to->role)) {
		snprintf(to->actor, sizeof(to->actor), "%s",
			 notice_roles[to->role - 1]);
	}
}

static void list_readers(struct books *books, const struct session *session,
			 const struct desk_about *ask,
			 struct desk_reader_rows *answer)
{
	enum roles_reach far = reach_of(session, &ask->contact);
	int64_t last = 0;

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		"SELECT reader.id, reader.first_at, reader.seq,"
		" reader.contact, coalesce(contact.number, chat.number),"
		" staff.name, reader.staff,"
		" reader.role, reader.parts, reader.purpose, reader.from_ms,"
		" reader.until_ms, reader.last_at, staff.login,"
		" coalesce(contact.channel, 2) FROM reader"
		" LEFT JOIN contact ON contact.id = reader.contact"
		" LEFT JOIN chat ON chat.call = reader.call"
		" JOIN staff ON staff.id = reader.staff"
		" WHERE reader.id < $1 AND ($2 = 0 OR reader.contact = $3)"
		" AND coalesce(contact.number, chat.number) > 0"
		" AND ($4 = 0 OR coalesce(contact.agent, chat.agent) = $5"
		"  OR EXISTS (SELECT 1 FROM chat_agent WHERE"
		"  chat_agent.contact = reader.contact"
		"  AND chat_agent.agent = $5))"
		" AND ($6 = 0 OR reader.staff = $7)"
		" ORDER BY reader.id DESC LIMIT $8",
		db_number(view_cursor(ask->before)),
		db_number(!id_is_none(&ask->contact)), db_id(&ask->contact),
		db_number(far == ROLES_OWN), db_text(session->agent),
		db_number(far == ROLES_SELF), db_id(&session->staff),
		db_number(DESK_ROWS_MAX + 1));
	while (db_rows_next(&rows)) {
		struct desk_reader_row *to = &answer->row[answer->count];

		if (answer->count == DESK_ROWS_MAX) {
			answer->next = (uint64_t)last;
			break;
		}
		last = db_rows_number(&rows, 0);
		to->first_at = db_rows_number(&rows, 1);
		to->last_at = db_rows_number(&rows, 12);
		to->seq = (uint64_t)db_rows_number(&rows, 2);
		db_rows_bytes(&rows, 3, &to->contact, sizeof(to->contact));
		to->number = (uint64_t)db_rows_number(&rows, 4);
		to->channel = (uint32_t)db_rows_number(&rows, 14);
		to->role = (uint32_t)db_rows_number(&rows, 7);
		to->parts = (uint32_t)db_rows_number(&rows, 8);
		db_rows_text(&rows, 9, to->purpose, sizeof(to->purpose));
		to->from_ms = db_rows_number(&rows, 10);
		to->until_ms = db_rows_number(&rows, 11);
		name_reader(books, session, &rows, to);
		answer->count++;
	}
}

/* Reading who has read is itself a reading. */
static enum desk_result note(struct books *books, const struct session *session,
			     const struct desk_about *ask)
{
	json_t *entry = json_pack("{s:s}", "event", "log.read");

	if (!id_is_none(&ask->contact))
		json_object_set_new(entry, "contact", entry_id(&ask->contact));
	return view_note(books, session, entry);
}

static enum desk_result find_right(struct books *books,
				   const struct session *session,
				   const struct id *contact)
{
	enum desk_result result = reach(books, session, contact);

	if (result != DESK_OK)
		refusal_note(books, session, result, "readers",
			     view_exists(books, contact) ? contact : NULL);
	return result;
}

void view_readers(struct books *books, const struct desk_about *ask,
		  struct desk_reader_rows *ret_answer)
{
	struct session session;

	*ret_answer = (struct desk_reader_rows){
		.head = { .type = DESK_READER_ROWS,
			  .size = sizeof(*ret_answer),
			  .tag = ask->head.tag },
	};
	ret_answer->result = session_find(books, ask->token, &session);
	if (ret_answer->result == DESK_OK)
		ret_answer->result = find_right(books, &session, &ask->contact);
	if (ret_answer->result == DESK_OK)
		ret_answer->result = note(books, &session, ask);
	if (ret_answer->result == DESK_OK)
		list_readers(books, &session, ask, ret_answer);
}

static bool begin_words(struct books *books, const struct desk_about *ask,
			struct session *session, struct desk_words *answer)
{
	*answer = (struct desk_words){
		.head = { .type = DESK_WORDS,
			  .size = sizeof(*answer),
			  .tag = ask->head.tag },
	};
	answer->result = session_find(books, ask->token, session);
	if (answer->result == DESK_OK &&
	    roles_find(session->role)->contacts == ROLES_NONE)
		answer->result = DESK_FORBIDDEN;
	return answer->result == DESK_OK;
}

void view_agents(struct books *books, const struct desk_about *ask,
		 struct desk_words *ret_answer)
{
	struct session session;
	bool own;

	if (!begin_words(books, ask, &session, ret_answer))
		return;
	own = roles_find(session.role)->contacts == ROLES_OWN;
	OWNED(db_rows_end)
	struct db_rows rows = db_ask(books->db,
				     "SELECT id, name FROM agent"
				     " WHERE ($1 = 0 OR id = $2)"
				     " AND ($4 = '' OR team = $4)"
				     " ORDER BY name, id LIMIT $3",
				     db_number(own), db_text(session.agent),
				     db_number(COUNT(ret_answer->word)),
				     db_text(session.team));
	while (db_rows_next(&rows)) {
		db_rows_text(&rows, 0, ret_answer->word[ret_answer->count].id,
			     sizeof(ret_answer->word[0].id));
		db_rows_text(&rows, 1, ret_answer->word[ret_answer->count].text,
			     sizeof(ret_answer->word[0].text));
		ret_answer->count++;
	}
}

static enum notice_language language_of(const struct session *session)
{
	if (!strcmp(session->language, "fi"))
		return NOTICE_FI;
	if (!strcmp(session->language, "sv"))
		return NOTICE_SV;
	return NOTICE_EN;
}

void view_services(struct books *books, const struct desk_about *ask,
		   struct desk_words *ret_answer)
{
	struct session session;
	size_t count;

	if (!begin_words(books, ask, &session, ret_answer))
		return;
	count = books->policy ? policy_service_count(books->policy) : 0;
	for (size_t i = 0;
	     i < count && ret_answer->count < COUNT(ret_answer->word); i++) {
		const char *label = NULL;
		const char *number = policy_service(
			books->policy, i, language_of(&session), &label);

		snprintf(ret_answer->word[ret_answer->count].id,
			 sizeof(ret_answer->word[0].id), "%s", number);
		snprintf(ret_answer->word[ret_answer->count].text,
			 sizeof(ret_answer->word[0].text), "%s",
			 label ? label : "");
		ret_answer->count++;
	}
}
