/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/canned.h"

#include <string.h>

#include "notice/roles.h"
#include "register/contact.h"
#include "register/entry.h"
#include "register/refusal.h"
#include "register/session.h"
#include "register/tally.h"

static void begin(uint64_t tag, struct desk_canned *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->head = (struct letter){ .type = DESK_CANNED_IS,
					.size = sizeof(*answer),
					.tag = tag };
}

static enum desk_result find_right(struct books *books,
				   const uint8_t token[DESK_TOKEN_SIZE],
				   struct session *session)
{
	enum desk_result result = session_find(books, token, session);

	if (result != DESK_OK)
		return result;
	if (roles_find(session->role)->canned != ROLES_NONE)
		return DESK_OK;
	refusal_note(books, session, DESK_FORBIDDEN, "canned", NULL);
	return DESK_FORBIDDEN;
}

/* A word that may stand in an entry of the audit log. */
static bool is_word(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	return length > 0 && length < size &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/* Lines of UTF-8, or nothing. */
static bool is_text(const char text[DESK_CANNED_TEXT_SIZE])
{
	char line[DESK_CANNED_TEXT_SIZE];
	size_t length = strnlen(text, DESK_CANNED_TEXT_SIZE);

	if (length > DESK_CANNED_TEXT_MAX)
		return false;
	for (size_t i = 0; i <= length; i++)
		line[i] = (char)(text[i] == '\n' ? ' ' : text[i]);
	return contact_text_is(line, sizeof(line));
}

static bool item_is_well(const struct desk_canned_item *item)
{
	bool has_text = false;

	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		if (!is_text(item->text[i]))
			return false;
		has_text |= item->text[i][0] != '\0';
	}
	return has_text && is_word(item->id, sizeof(item->id)) &&
	       item->title[0] &&
	       contact_text_is(item->title, sizeof(item->title)) &&
	       civil_is_date(item->review);
}

static bool may_change(const struct session *session, const struct id *owner)
{
	return roles_find(session->role)->canned == ROLES_ALL ||
	       id_is(owner, &session->staff);
}

/* Whose it is, and since when it is so; false: there is none. */
static bool find_owner(struct books *books, const char *id,
		       struct id *ret_owner, int64_t *ret_changed_at)
{
	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db, "SELECT owner, changed_at FROM canned WHERE id = $1",
		db_text(id));

	if (!db_rows_next(&rows))
		return false;
	db_rows_bytes(&rows, 0, ret_owner, sizeof(*ret_owner));
	*ret_changed_at = db_rows_number(&rows, 1);
	return true;
}

static enum desk_result load(struct books *books, const struct session *session,
			     const char *id, bool follows,
			     struct desk_canned *answer)
{
	struct desk_canned_item *item = &answer->item;
	struct id owner;

	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		"SELECT canned.id, title, fi, sv, en, review, changed_at,"
		" owner, staff.name, staff.login FROM canned"
		" JOIN staff ON staff.id = canned.owner"
		" WHERE ($2 = 0 AND canned.id = $1)"
		" OR ($2 <> 0 AND canned.id > $1)"
		" ORDER BY canned.id LIMIT 1",
		db_text(id), db_number(follows));
	if (!db_rows_next(&rows))
		return DESK_NOT_FOUND;
	db_rows_text(&rows, 0, item->id, sizeof(item->id));
	db_rows_text(&rows, 1, item->title, sizeof(item->title));
	for (int i = 0; i < NOTICE_LANGUAGES; i++)
		db_rows_text(&rows, 2 + i, item->text[i],
			     sizeof(item->text[i]));
	item->review = (seal_date)db_rows_number(&rows, 5);
	answer->changed_at = db_rows_number(&rows, 6);
	db_rows_bytes(&rows, 7, &owner, sizeof(owner));
	db_rows_text(&rows, 8, answer->owner, sizeof(answer->owner));
	db_rows_text(&rows, 9, answer->owner_login,
		     sizeof(answer->owner_login));
	answer->may_change = may_change(session, &owner);
	return DESK_OK;
}

void canned_tell(struct books *books, const struct desk_canned_ask *ask,
		 struct desk_canned *ret_answer)
{
	struct session session;
	bool is_first = ask->follows && !ask->id[0];

	begin(ask->head.tag, ret_answer);
	ret_answer->result = find_right(books, ask->token, &session);
	if (ret_answer->result == DESK_OK && !is_first &&
	    !is_word(ask->id, sizeof(ask->id)))
		ret_answer->result = DESK_INVALID;
	if (ret_answer->result == DESK_OK)
		ret_answer->result = load(books, &session, ask->id,
					  ask->follows != 0, ret_answer);
}

static json_t *entry_of(const char *event, const struct session *session,
			const char *id)
{
	char actor[ENTRY_ACTOR_SIZE];

	entry_actor(&session->staff, actor);
	return json_pack("{s:s,s:s,s:s,s:s}", "event", event, "actor", actor,
			 "role", notice_roles[session->role - 1], "canned", id);
}

/* The change and its entry, both or none. */
static enum desk_result keep(struct books *books, int r, json_t *entry)
{
	if (r >= 0)
		r = entry_post(books, entry);
	else
		json_decref(entry);
	if (r >= 0)
		r = db_commit(books->db);
	else
		db_roll_back(books->db);
	if (r < 0) {
		books_recall(books);
		return DESK_LATER;
	}
	counter_add(tally.canned_changes, 1);
	return DESK_OK;
}

static enum desk_result write_item(struct books *books,
				   const struct session *session,
				   const struct desk_canned_item *item,
				   int64_t changed_before)
{
	int64_t now = books_wall(books);
	int r;

	/* So that no two changes are of the same moment. */
	if (now <= changed_before)
		now = changed_before + 1;
	db_begin(books->db);
	r = db_run(books->db,
		   "INSERT INTO canned (id, title, fi, sv, en, owner, review,"
		   " changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
		   " ON CONFLICT (id) DO UPDATE SET title = $2, fi = $3,"
		   " sv = $4, en = $5, owner = $6, review = $7,"
		   " changed_at = $8",
		   db_text(item->id), db_text(item->title),
		   db_text(item->text[NOTICE_FI]),
		   db_text(item->text[NOTICE_SV]),
		   db_text(item->text[NOTICE_EN]), db_id(&session->staff),
		   db_number(item->review), db_number(now));
	return keep(books, r, entry_of("canned.changed", session, item->id));
}

static enum desk_result put(struct books *books, const struct session *session,
			    const struct desk_canned_put *ask)
{
	struct id owner = { 0 };
	int64_t changed_at = 0;
	bool exists;

	if (!item_is_well(&ask->item))
		return DESK_INVALID;
	exists = find_owner(books, ask->item.id, &owner, &changed_at);
	if (exists && !may_change(session, &owner)) {
		refusal_note(books, session, DESK_FORBIDDEN, "canned", NULL);
		return DESK_FORBIDDEN;
	}
	if (changed_at != ask->changed_at)
		return DESK_CONFLICT;
	if (!exists &&
	    db_ask_number(books->db, 0, "SELECT count(*) FROM canned") >=
		    DESK_CANNED_MAX)
		return DESK_FULL;
	return write_item(books, session, &ask->item, changed_at);
}

void canned_put(struct books *books, const struct desk_canned_put *ask,
		struct desk_canned *ret_answer)
{
	struct session session;
	enum desk_result result;

	begin(ask->head.tag, ret_answer);
	result = find_right(books, ask->token, &session);
	if (result == DESK_OK)
		result = put(books, &session, ask);
	if (result == DESK_OK)
		result = load(books, &session, ask->item.id, false, ret_answer);
	ret_answer->result = result;
}

static enum desk_result drop(struct books *books, const struct session *session,
			     const char *id)
{
	struct id owner;
	int64_t changed_at;
	int r;

	if (!find_owner(books, id, &owner, &changed_at))
		return DESK_NOT_FOUND;
	if (!may_change(session, &owner)) {
		refusal_note(books, session, DESK_FORBIDDEN, "canned", NULL);
		return DESK_FORBIDDEN;
	}
	db_begin(books->db);
	r = db_run(books->db, "DELETE FROM canned WHERE id = $1", db_text(id));
	return keep(books, r, entry_of("canned.dropped", session, id));
}

void canned_drop(struct books *books, const struct desk_canned_ask *ask,
		 struct desk_canned *ret_answer)
{
	struct session session;

	begin(ask->head.tag, ret_answer);
	ret_answer->result = find_right(books, ask->token, &session);
	if (ret_answer->result == DESK_OK &&
	    (ask->follows || !is_word(ask->id, sizeof(ask->id))))
		ret_answer->result = DESK_INVALID;
	if (ret_answer->result == DESK_OK)
		ret_answer->result = drop(books, &session, ask->id);
}
