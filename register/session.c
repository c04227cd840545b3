/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/session.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "notice/roles.h"
#include "register/entry.h"
#include "register/seat.h"
#include "register/staff.h"
#include "register/tally.h"

static void hash_token(const uint8_t token[DESK_TOKEN_SIZE], uint8_t hash[32])
{
	crypto_generichash(hash, 32, token, DESK_TOKEN_SIZE, NULL, 0);
}

/* Writing at every question would cost an fsync each. */
static void see(struct books *books, const struct session *session,
		int64_t seen_at)
{
	int64_t now = books_wall(books);
	int r;

	if (now - seen_at < SESSION_SEEN_S)
		return;
	r = db_run(
		books->db, "UPDATE session SET seen_at = $2 WHERE token = $1",
		db_bytes(session->hash, sizeof(session->hash)), db_number(now));
	(void)r; /* no space: then the session ends a little sooner */
}

static enum desk_result find(struct books *books,
			     const uint8_t token[DESK_TOKEN_SIZE], bool counts,
			     struct session *ret_session)
{
	struct session session = { 0 };
	int64_t now = books_wall(books), seen_at;

	hash_token(token, session.hash);
	{
		OWNED(db_rows_end)
		struct db_rows rows = db_ask(
			books->db,
			"SELECT staff.id, name, agent, language, purpose, csrf,"
			" expires_at, sign_in_before, seen_at, login, team"
			" FROM session JOIN staff ON staff.id = session.staff"
			" WHERE token = $1 AND expires_at > $2"
			" AND seen_at > $3 AND disabled = 0",
			db_bytes(session.hash, sizeof(session.hash)),
			db_number(now), db_number(now - books->choice.idle_s));
		if (!db_rows_next(&rows))
			return DESK_NOT_SIGNED_IN;
		db_rows_bytes(&rows, 0, &session.staff, sizeof(session.staff));
		db_rows_text(&rows, 1, session.name, sizeof(session.name));
		db_rows_text(&rows, 2, session.agent, sizeof(session.agent));
		db_rows_text(&rows, 3, session.language,
			     sizeof(session.language));
		db_rows_text(&rows, 4, session.purpose,
			     sizeof(session.purpose));
		db_rows_bytes(&rows, 5, session.csrf, sizeof(session.csrf));
		session.expires_at = db_rows_number(&rows, 6);
		session.last_sign_in = db_rows_number(&rows, 7);
		seen_at = db_rows_number(&rows, 8);
		db_rows_text(&rows, 9, session.user, sizeof(session.user));
		db_rows_text(&rows, 10, session.team, sizeof(session.team));
	}
	session.role = staff_role(books, &session.staff, NULL);
	if (!session.role)
		return DESK_NOT_SIGNED_IN;
	if (counts)
		see(books, &session, seen_at);
	*ret_session = session;
	return DESK_OK;
}

enum desk_result session_find(struct books *books,
			      const uint8_t token[DESK_TOKEN_SIZE],
			      struct session *ret_session)
{
	return find(books, token, true, ret_session);
}

enum desk_result session_look(struct books *books,
			      const uint8_t token[DESK_TOKEN_SIZE],
			      struct session *ret_session)
{
	return find(books, token, false, ret_session);
}

int session_open(struct books *books, const struct id *staff,
		 uint8_t ret_token[DESK_TOKEN_SIZE])
{
	uint8_t token[DESK_TOKEN_SIZE], hash[32], csrf[16];
	int64_t now = books_wall(books);
	int r;

	if (!staff_role(books, staff, NULL))
		return -EACCES;
	randombytes_buf(token, sizeof(token));
	randombytes_buf(csrf, sizeof(csrf));
	hash_token(token, hash);
	r = db_run(books->db,
		   "INSERT INTO session (token, staff, csrf, purpose, seen_at,"
		   " expires_at) VALUES ($1, $2, $3, '', $4, $5)",
		   db_bytes(hash, sizeof(hash)), db_id(staff),
		   db_bytes(csrf, sizeof(csrf)), db_number(now),
		   db_number(now + books->choice.session_s));
	if (r >= 0)
		r = db_run(books->db,
			   "UPDATE staff SET sign_in_before = last_sign_in,"
			   " last_sign_in = $2 WHERE id = $1",
			   db_id(staff), db_number(now));
	if (r < 0)
		return r;
	memcpy(ret_token, token, sizeof(token));
	sodium_memzero(token, sizeof(token));
	counter_add(tally.sign_ins, 1);
	return 0;
}

/* Whether a purpose is granted to a role for listening or reading. */
static bool session_may_use(const struct books *books, uint32_t role,
			    const char *purpose)
{
	return books->policy && roles_find(role)->plays &&
	       (policy_grants(books->policy, role, purpose, NOTICE_LISTEN) ||
		policy_grants(books->policy, role, purpose, NOTICE_READ));
}

static void tell_purposes(struct books *books, const struct session *session,
			  struct desk_session *answer)
{
	size_t count = books->policy ? policy_purpose_count(books->policy) : 0;

	for (size_t i = 0;
	     i < count && answer->purpose_count < DESK_PURPOSES_MAX; i++) {
		const struct notice_purpose *purpose =
			policy_purpose(books->policy, i);
		struct desk_purpose *to =
			&answer->purposes[answer->purpose_count];

		if (!session_may_use(books, session->role, purpose->id))
			continue;
		static_assert(sizeof(to->id) == sizeof(purpose->id), "equal");
		static_assert(sizeof(to->text) == sizeof(purpose->text),
			      "equal");
		memcpy(to->id, purpose->id, sizeof(to->id));
		memcpy(to->text, purpose->text, sizeof(to->text));
		to->uses = purpose->uses;
		answer->purpose_count++;
	}
}

static uint32_t all_uses(const struct books *books, uint32_t role)
{
	size_t count = books->policy ? policy_purpose_count(books->policy) : 0;
	uint32_t uses = 0;

	for (size_t i = 0; i < count; i++) {
		const struct notice_purpose *purpose =
			policy_purpose(books->policy, i);

		if (purpose->roles & 1U << role)
			uses |= purpose->uses;
	}
	return uses;
}

void session_tell(struct books *books, const struct session *session,
		  struct desk_session *answer)
{
	const struct roles_row *may = roles_find(session->role);
	char name[64];

	answer->role = session->role;
	memcpy(answer->csrf, session->csrf, sizeof(answer->csrf));
	memcpy(answer->name, session->name, sizeof(answer->name));
	memcpy(answer->user, session->user, sizeof(answer->user));
	memcpy(answer->agent, session->agent, sizeof(answer->agent));
	memcpy(answer->language, session->language, sizeof(answer->language));
	/* A purpose that the policy no longer grants is chosen no longer. */
	if (session_may_use(books, session->role, session->purpose))
		memcpy(answer->purpose, session->purpose,
		       sizeof(answer->purpose));
	answer->expires_at = session->expires_at;
	answer->last_sign_in = session->last_sign_in;
	answer->may_see_contacts = may->contacts != ROLES_NONE;
	answer->may_see_figures = may->figures;
	answer->may_see_readers = may->readers != ROLES_NONE;
	answer->may_answer = seat_is(books, session, name);
	answer->may_see_canned = may->canned != ROLES_NONE;
	answer->uses = all_uses(books, session->role);
	tell_purposes(books, session, answer);
	answer->may_play = may->plays && answer->purpose_count > 0;
}

static void begin(struct desk_session *answer, uint64_t tag)
{
	*answer = (struct desk_session){
		.head = { .type = DESK_SESSION,
			  .size = sizeof(*answer),
			  .tag = tag },
	};
}

void session_who(struct books *books, const struct desk_ask *ask,
		 struct desk_session *ret_answer)
{
	struct session session;

	begin(ret_answer, ask->head.tag);
	ret_answer->result = session_find(books, ask->token, &session);
	if (ret_answer->result == DESK_OK)
		session_tell(books, &session, ret_answer);
}

void session_sign_out(struct books *books, const struct desk_ask *ask,
		      struct desk_session *ret_answer)
{
	struct session session;
	char actor[ENTRY_ACTOR_SIZE];
	int r;

	begin(ret_answer, ask->head.tag);
	ret_answer->result = session_find(books, ask->token, &session);
	if (ret_answer->result != DESK_OK)
		return;
	entry_actor(&session.staff, actor);
	db_begin(books->db);
	r = db_run(books->db, "DELETE FROM session WHERE token = $1",
		   db_bytes(session.hash, sizeof(session.hash)));
	if (r >= 0)
		r = entry_post(books, json_pack("{s:s,s:s}", "event", "logout",
						"actor", actor));
	if (r >= 0)
		r = db_commit(books->db);
	else
		db_roll_back(books->db);
	if (r < 0) {
		books_recall(books);
		ret_answer->result = DESK_LATER;
	}
}

static enum desk_result choose(struct books *books,
			       const struct desk_choose *ask,
			       struct session *session)
{
	bool has_language = ask->language[0], has_purpose = ask->purpose[0];
	const char *purpose = strcmp(ask->purpose, "-") ? ask->purpose : "";
	int r = 0;

	if (has_language && strcmp(ask->language, "fi") != 0 &&
	    strcmp(ask->language, "sv") != 0 &&
	    strcmp(ask->language, "en") != 0)
		return DESK_INVALID;
	if (has_purpose && *purpose &&
	    !session_may_use(books, session->role, purpose))
		return DESK_FORBIDDEN;
	if (has_language) {
		r = db_run(books->db,
			   "UPDATE staff SET language = $2 WHERE id = $1",
			   db_id(&session->staff), db_text(ask->language));
		memcpy(session->language, ask->language,
		       sizeof(session->language));
	}
	if (r >= 0 && has_purpose) {
		r = db_run(books->db,
			   "UPDATE session SET purpose = $2 WHERE token = $1",
			   db_bytes(session->hash, sizeof(session->hash)),
			   db_text(purpose));
		memset(session->purpose, 0, sizeof(session->purpose));
		memcpy(session->purpose, purpose, strlen(purpose));
	}
	return r < 0 ? DESK_LATER : DESK_OK;
}

void session_choose(struct books *books, const struct desk_choose *ask,
		    struct desk_session *ret_answer)
{
	struct session session;

	begin(ret_answer, ask->head.tag);
	if (strnlen(ask->language, sizeof(ask->language)) ==
		    sizeof(ask->language) ||
	    strnlen(ask->purpose, sizeof(ask->purpose)) ==
		    sizeof(ask->purpose)) {
		ret_answer->result = DESK_INVALID;
		return;
	}
	ret_answer->result = session_find(books, ask->token, &session);
	if (ret_answer->result == DESK_OK)
		ret_answer->result = choose(books, ask, &session);
	if (ret_answer->result == DESK_OK)
		session_tell(books, &session, ret_answer);
}

void session_sweep(struct books *books)
{
	int64_t now = books_wall(books);
	int r = db_run(books->db,
		       "DELETE FROM session WHERE expires_at <= $1"
		       " OR seen_at <= $2",
		       db_number(now), db_number(now - books->choice.idle_s));

	(void)r; /* no space: again in a minute */
}
