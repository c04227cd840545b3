/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/staff.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "notice/roles.h"
#include "register/contact.h"
#include "register/entry.h"
#include "register/oversight.h"
#include "register/secret.h"

static_assert(STAFF_HASH_SIZE >= crypto_pwhash_STRBYTES, "room for it");

/* Columns in the order of load(). */
#define COLUMNS                                                                \
	"SELECT id, login, name, agent, language, password, totp, totp_step,"  \
	" once_until, once_direct, disabled, last_sign_in FROM staff"

static bool load(struct db_rows *rows, struct staff *staff)
{
	if (!db_rows_next(rows))
		return false;
	memset(staff, 0, sizeof(*staff));
	db_rows_bytes(rows, 0, &staff->id, sizeof(staff->id));
	db_rows_text(rows, 1, staff->login, sizeof(staff->login));
	db_rows_text(rows, 2, staff->name, sizeof(staff->name));
	db_rows_text(rows, 3, staff->agent, sizeof(staff->agent));
	db_rows_text(rows, 4, staff->language, sizeof(staff->language));
	db_rows_text(rows, 5, staff->password, sizeof(staff->password));
	staff->has_totp =
		db_rows_bytes(rows, 6, staff->totp, sizeof(staff->totp));
	staff->totp_step = db_rows_number(rows, 7);
	staff->once_until = db_rows_number(rows, 8);
	staff->once_direct = db_rows_number(rows, 9) != 0;
	staff->disabled = db_rows_number(rows, 10) != 0;
	staff->last_sign_in = db_rows_number(rows, 11);
	return true;
}

bool staff_find(struct books *books, const char *login, struct staff *ret_staff)
{
	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db, COLUMNS " WHERE login = $1", db_text(login));

	return load(&rows, ret_staff);
}

bool staff_find_once(struct books *books, const char *once,
		     struct staff *ret_staff)
{
	uint8_t hash[SECRET_HASH_SIZE];

	if (!secret_hash_code(books->key, once, hash))
		return false;
	OWNED(db_rows_end)
	struct db_rows rows = db_ask(books->db,
				     COLUMNS " WHERE once = $1"
					     " AND once_until > $2"
					     " AND disabled = 0",
				     db_bytes(hash, sizeof(hash)),
				     db_number(books_wall(books)));
	return load(&rows, ret_staff);
}

uint32_t staff_role(struct books *books, const struct id *staff,
		    int64_t *ret_until)
{
	uint32_t role = 0;

	OWNED(db_rows_end)
	struct db_rows rows =
		db_ask(books->db,
		       "SELECT role, until FROM role_grant WHERE staff = $1"
		       " AND until > $2 ORDER BY role LIMIT 1",
		       db_id(staff), db_number(books_wall(books)));
	if (ret_until)
		*ret_until = 0;
	if (db_rows_next(&rows)) {
		role = (uint32_t)db_rows_number(&rows, 0);
		if (ret_until)
			*ret_until = db_rows_number(&rows, 1);
	}
	return role;
}

static bool login_is(const char *login, size_t size)
{
	static const char legal[] = "abcdefghijklmnopqrstuvwxyz0123456789"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-_@+";
	size_t length = strnlen(login, size);

	return length > 0 && length < size && strspn(login, legal) == length;
}

static bool ask_is_well(const struct door_staff *ask)
{
	return login_is(ask->user, sizeof(ask->user)) &&
	       contact_text_is(ask->name, sizeof(ask->name)) &&
	       contact_text_is(ask->agent, sizeof(ask->agent)) &&
	       contact_text_is(ask->team, sizeof(ask->team)) &&
	       contact_text_is(ask->language, sizeof(ask->language)) &&
	       roles_is(ask->role) &&
	       (!ask->team[0] || roles_find(ask->role)->plays);
}

/* When a role that begins now ends: calendar months in the policy's zone. */
static int64_t grant_end(const struct books *books)
{
	enum { DAYS_PER_MONTH = 30, DAY_S = 86400 };
	int64_t months = books->choice.grant_months;
	const struct civil_zone *zone =
		books->policy ? policy_zone(books->policy) : NULL;

	if (months < 1 || months > 120)
		months = 12;
	if (!zone) /* no policy yet: rather too short than too long */
		return books_wall(books) + months * DAYS_PER_MONTH * DAY_S;
	return civil_midnight(zone,
			      civil_add_months(
				      civil_date(zone, clock_now(&books->wall)),
				      (int)months)) /
	       NS_PER_S;
}

static int note(struct books *books, const char *event, const char *actor,
		const struct id *staff)
{
	char subject[ENTRY_ACTOR_SIZE];

	entry_actor(staff, subject);
	return entry_post(books, json_pack("{s:s,s:s,s:s}", "event", event,
					   "actor", actor, "subject", subject));
}

/* That somebody has a role now, until when, or has it no more (0). */
static int note_role(struct books *books, const char *actor,
		     const struct id *staff, uint32_t role, int64_t until)
{
	const char *event = until ? "role.grant" : "role.revoke";
	char subject[ENTRY_ACTOR_SIZE];
	json_t *entry;

	entry_actor(staff, subject);
	entry = json_pack("{s:s,s:s,s:s,s:s}", "event", event, "actor", actor,
			  "subject", subject, "role",
			  roles_is(role) ? notice_roles[role - 1] : "none");
	if (until)
		json_object_set_new(entry, "until",
				    json_integer((json_int_t)until));
	return entry_post(books, entry);
}

/* A fresh one-time code. Whoever has the old one, has nothing. */
static int give_code(struct books *books, const struct id *staff, bool direct,
		     struct door_staff *ret_answer)
{
	uint8_t hash[SECRET_HASH_SIZE];
	int r;

	secret_code(ret_answer->once);
	if (!secret_hash_code(books->key, ret_answer->once, hash))
		return -EINVAL;
	ret_answer->once_until = books_wall(books) + books->choice.once_s;
	r = db_run(books->db,
		   "UPDATE staff SET once = $2, once_until = $3,"
		   " once_direct = $4 WHERE id = $1",
		   db_id(staff), db_bytes(hash, sizeof(hash)),
		   db_number(ret_answer->once_until), db_number(direct));
	return r < 0 ? r : 0;
}

static int add(struct books *books, const struct door_staff *ask,
	       const char *actor, struct door_staff *ret_answer)
{
	struct id id = id_new();
	int64_t now = books_wall(books), until = grant_end(books);
	int r;

	r = db_run(books->db,
		   "INSERT INTO staff (id, login, name, agent, language,"
		   " password, made_at, team)"
		   " VALUES ($1, $2, $3, $4, $5, '', $6, $7)",
		   db_id(&id), db_text(ask->user), db_text(ask->name),
		   db_text(ask->agent),
		   db_text(ask->language[0] ? ask->language : "en"),
		   db_number(now), db_text(ask->team));
	if (r >= 0)
		r = db_run(books->db,
			   "INSERT INTO role_grant (staff, role, since, until)"
			   " VALUES ($1, $2, $3, $4)",
			   db_id(&id), db_number(ask->role), db_number(now),
			   db_number(until));
	if (r >= 0)
		r = give_code(books, &id, ask->direct, ret_answer);
	if (r >= 0)
		r = note(books, "staff.added", actor, &id);
	if (r >= 0)
		r = note_role(books, actor, &id, ask->role, until);
	if (r >= 0)
		r = oversight_note(books, &id, DESK_ACT_ADDED, ask->role,
				   actor);
	return r;
}

/* Answer a door letter: what was asked, with the result, in one piece. */
static int answer(struct books *books, const struct door_staff *ask,
		  const char *actor,
		  int (*act)(struct books *books, const struct door_staff *ask,
			     const char *actor, struct door_staff *ret_answer),
		  bool is_well, struct door_staff *ret_answer)
{
	int r = -EINVAL;

	*ret_answer = *ask;
	ret_answer->head = (struct letter){ .type = DOOR_STAFF_IS,
					    .size = sizeof(*ret_answer),
					    .tag = ask->head.tag };
	memset(ret_answer->once, 0, sizeof(ret_answer->once));
	ret_answer->once_until = 0;
	if (is_well) {
		db_begin(books->db);
		r = act(books, ask, actor, ret_answer);
		if (r >= 0) {
			r = db_commit(books->db);
		} else {
			db_roll_back(books->db);
			books_recall(books);
		}
	}
	if (r < 0)
		memset(ret_answer->once, 0, sizeof(ret_answer->once));
	ret_answer->result = r < 0 ? r : 0;
	return 0;
}

int staff_add(struct books *books, const struct door_staff *ask,
	      const char *actor, struct door_staff *ret_answer)
{
	bool is_well = ask_is_well(ask) &&
		       (!ask->direct || books->choice.direct_codes);

	return answer(books, ask, actor, add, is_well, ret_answer);
}

static int end_sessions(struct books *books, const struct id *staff)
{
	int r = db_run(books->db, "DELETE FROM session WHERE staff = $1",
		       db_id(staff));

	return r < 0 ? r : 0;
}

/*
 * Given anew by whoever resets: so it does not end meanwhile, and a role that
 * has ended is granted once more.
 */
static int renew_role(struct books *books, const char *actor,
		      const struct id *staff, uint32_t *ret_role)
{
	int64_t until = grant_end(books);
	int r = db_run(books->db,
		       "UPDATE role_grant SET until = $2 WHERE staff = $1",
		       db_id(staff), db_number(until));

	if (r < 0)
		return r;
	*ret_role = staff_role(books, staff, NULL);
	return note_role(books, actor, staff, *ret_role, until);
}

/* Password and second step are gone: whoever had them, has nothing. */
static int reset(struct books *books, const struct door_staff *ask,
		 const char *actor, struct door_staff *ret_answer)
{
	struct staff staff;
	int r;

	if (!staff_find(books, ask->user, &staff))
		return -ENOENT;
	memcpy(ret_answer->name, staff.name, sizeof(staff.name));
	memcpy(ret_answer->agent, staff.agent, sizeof(staff.agent));
	ret_answer->disabled = 0;
	r = db_run(books->db,
		   "UPDATE staff SET password = '', totp = NULL,"
		   " totp_step = 0, disabled = 0 WHERE id = $1",
		   db_id(&staff.id));
	if (r >= 0)
		r = end_sessions(books, &staff.id);
	if (r >= 0)
		r = give_code(books, &staff.id, ask->direct, ret_answer);
	if (r >= 0)
		r = note(books, "staff.reset", actor, &staff.id);
	if (r >= 0 && staff.disabled)
		r = note(books, "staff.enabled", actor, &staff.id);
	if (r >= 0)
		r = renew_role(books, actor, &staff.id, &ret_answer->role);
	if (r >= 0)
		r = oversight_note(books, &staff.id,
				   staff.disabled ? DESK_ACT_ENABLED
						  : DESK_ACT_RESET,
				   ret_answer->role, actor);
	return r;
}

int staff_reset(struct books *books, const struct door_staff *ask,
		const char *actor, struct door_staff *ret_answer)
{
	bool is_well = login_is(ask->user, sizeof(ask->user)) &&
		       (!ask->direct || books->choice.direct_codes);

	return answer(books, ask, actor, reset, is_well, ret_answer);
}

static int revoke_role(struct books *books, const char *actor,
		       const struct id *staff)
{
	uint32_t role = staff_role(books, staff, NULL);
	int r;

	if (!role)
		return 0; /* it has ended by itself */
	r = db_run(books->db,
		   "UPDATE role_grant SET until = $2 WHERE staff = $1",
		   db_id(staff), db_number(books_wall(books)));
	return r < 0 ? r : note_role(books, actor, staff, role, 0);
}

static int disable(struct books *books, const struct door_staff *ask,
		   const char *actor, struct door_staff *ret_answer)
{
	struct staff staff;
	int r;

	if (!staff_find(books, ask->user, &staff))
		return -ENOENT;
	memcpy(ret_answer->name, staff.name, sizeof(staff.name));
	ret_answer->disabled = 1;
	r = db_run(books->db,
		   "UPDATE staff SET disabled = 1, once = NULL WHERE id = $1",
		   db_id(&staff.id));
	if (r >= 0)
		r = end_sessions(books, &staff.id);
	if (r >= 0)
		r = note(books, "staff.disabled", actor, &staff.id);
	if (r >= 0)
		r = revoke_role(books, actor, &staff.id);
	return r;
}

int staff_disable(struct books *books, const struct door_staff *ask,
		  const char *actor, struct door_staff *ret_answer)
{
	return answer(books, ask, actor, disable,
		      login_is(ask->user, sizeof(ask->user)), ret_answer);
}

void staff_list(struct books *books, const struct door_list *ask,
		struct door_staff_rows *ret_rows)
{
	uint32_t limit = ask->limit && ask->limit < DESK_ROWS_MAX
				 ? ask->limit
				 : DESK_ROWS_MAX;
	int64_t skip = ask->before < INT32_MAX ? (int64_t)ask->before : 0;

	*ret_rows = (struct door_staff_rows){
		.head = { .type = DOOR_STAFF_ROWS,
			  .size = sizeof(*ret_rows),
			  .tag = ask->head.tag },
	};
	OWNED(db_rows_end)
	struct db_rows rows = db_ask(
		books->db,
		"SELECT login, name, disabled, last_sign_in, role, until, id"
		" FROM staff JOIN role_grant ON staff.id = role_grant.staff"
		" ORDER BY login, role LIMIT $1 OFFSET $2",
		db_number(limit + 1), db_number(skip));
	while (db_rows_next(&rows)) {
		if (ret_rows->count == limit) {
			ret_rows->next = (uint64_t)skip + limit;
			break;
		}
		db_rows_text(&rows, 0, ret_rows->row[ret_rows->count].user, 64);
		db_rows_text(&rows, 1, ret_rows->row[ret_rows->count].name, 64);
		ret_rows->row[ret_rows->count].disabled =
			(uint32_t)db_rows_number(&rows, 2);
		ret_rows->row[ret_rows->count].last_sign_in =
			db_rows_number(&rows, 3);
		ret_rows->row[ret_rows->count].role =
			(uint32_t)db_rows_number(&rows, 4);
		ret_rows->row[ret_rows->count].grant_until =
			db_rows_number(&rows, 5);
		db_rows_bytes(&rows, 6, &ret_rows->row[ret_rows->count].id,
			      sizeof(struct id));
		ret_rows->count++;
	}
}
