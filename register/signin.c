/* SPDX-License-Identifier: EUPL-1.2 */
#include "register/signin.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "register/entry.h"
#include "register/failure.h"
#include "register/session.h"
#include "register/staff.h"
#include "register/tally.h"

static int64_t now_s(void)
{
	return clock_monotonic() / NS_PER_S;
}

static bool ends(const char *text, size_t size)
{
	return strnlen(text, size) < size;
}

static void begin(struct desk_session *answer, uint64_t tag)
{
	*answer = (struct desk_session){
		.head = { .type = DESK_SESSION,
			  .size = sizeof(*answer),
			  .tag = tag },
		.result = DESK_NOT_SIGNED_IN,
	};
}

/* Whom to hold back: this name at this address, and each alone. */
struct culprits {
	bool has[LIMIT_KINDS];
	uint8_t who[LIMIT_KINDS][16];
};

static struct culprits culprits_of(const char *user, const uint8_t peer[16],
				   bool by_code)
{
	enum limit_kind alone = by_code ? LIMIT_PEER_ONCE : LIMIT_PEER;
	struct culprits who = { 0 };

	if (*user) {
		who.has[LIMIT_NAME] = who.has[LIMIT_PAIR] = true;
		crypto_generichash(who.who[LIMIT_NAME], 16,
				   (const uint8_t *)user, strlen(user), NULL,
				   0);
		crypto_generichash(who.who[LIMIT_PAIR], 16,
				   (const uint8_t *)user, strlen(user), peer,
				   peer ? 16 : 0);
	}
	if (peer && !bytes_are_zero(peer, 16)) {
		who.has[alone] = true;
		memcpy(who.who[alone], peer, 16);
	}
	return who;
}

static bool must_wait(struct books *books, const struct culprits *who,
		      struct desk_session *answer)
{
	bool spared =
		who->has[LIMIT_PAIR] && who->has[LIMIT_PEER] &&
		limit_spares(&books->limits, who->who[LIMIT_PAIR], now_s());

	answer->retry_after_s = 0;
	for (enum limit_kind kind = 0; kind < LIMIT_KINDS; kind++) {
		uint32_t wait;

		if (!who->has[kind] || (kind == LIMIT_NAME && spared))
			continue;
		wait = limit_wait(&books->limits, kind, who->who[kind],
				  now_s());
		if (wait > answer->retry_after_s)
			answer->retry_after_s = wait;
	}
	if (!answer->retry_after_s)
		return false;
	counter_add(tally.sign_ins_limited, 1);
	answer->result = DESK_TOO_MANY;
	return true;
}

/* Both the log and the limits hear of a failure. */
static void fail(struct books *books, const struct culprits *who,
		 const struct staff *staff, const char *reason)
{
	counter_add(tally.sign_ins_failed, 1);
	for (enum limit_kind kind = 0; kind < LIMIT_KINDS; kind++)
		if (who->has[kind])
			limit_fail(&books->limits, kind, who->who[kind],
				   now_s());
	/* Strangers must not be able to fill the log. */
	failure_count(books, staff ? &staff->id : NULL, reason,
		      limit_write(&books->limits,
				  staff ? who->who[LIMIT_NAME] : NULL,
				  now_s()));
}

/* All in one transaction: the account's change, the session, the entry. */
static void open_session(struct books *books, const struct staff *staff,
			 const char *strength,
			 int (*change)(struct books *books,
				       const struct staff *staff,
				       const char *password),
			 const char *password, struct desk_session *answer)
{
	struct session session;
	char actor[ENTRY_ACTOR_SIZE];
	int r = 0;

	entry_actor(&staff->id, actor);
	db_begin(books->db);
	if (change)
		r = change(books, staff, password);
	if (r >= 0 && change == staff_enrol)
		r = entry_post(books,
			       json_pack("{s:s,s:s}", "event", "staff.enrolled",
					 "actor", actor));
	if (r >= 0)
		r = session_open(books, &staff->id, answer->token);
	if (r >= 0)
		r = entry_post(books,
			       json_pack("{s:s,s:s,s:s}", "event", "login",
					 "actor", actor, "strength", strength));
	if (r >= 0)
		r = db_commit(books->db);
	else
		db_roll_back(books->db);
	if (r < 0) {
		books_recall(books);
		sodium_memzero(answer->token, sizeof(answer->token));
		answer->result = r == -EACCES ? DESK_NOT_SIGNED_IN : DESK_LATER;
		return;
	}
	answer->result = session_find(books, answer->token, &session);
	if (answer->result == DESK_OK)
		session_tell(books, &session, answer);
}

static void by_password(struct books *books, const struct desk_sign_in *ask,
			const struct culprits *who, struct desk_session *answer)
{
	struct staff staff;
	bool known = staff_find(books, ask->user, &staff) && !staff.disabled;
	bool right = staff_password_is(known ? &staff : NULL, ask->password);
	int r;

	if (!right) {
		fail(books, who, known ? &staff : NULL, "password");
		return;
	}
	if (!ask->code[0]) {
		answer->result = DESK_SECOND_STEP;
		return;
	}
	r = staff_check_code(books, &staff, ask->code);
	if (r == 0) {
		fail(books, who, &staff, "code");
		return;
	}
	if (r < 0) {
		answer->result = DESK_LATER;
		return;
	}
	/* The name alone stays: strangers' tries at it are not over. */
	limit_clear(&books->limits, LIMIT_PAIR, who->who[LIMIT_PAIR]);
	limit_clear(&books->limits, LIMIT_PEER, who->who[LIMIT_PEER]);
	open_session(books, &staff, "password+totp", NULL, NULL, answer);
}

static int use_once(struct books *books, const struct staff *staff,
		    const char *password)
{
	(void)password;
	return staff_use_once(books, staff);
}

static void tell_secret(struct books *books, struct staff *staff,
			enum desk_result result, struct desk_session *answer)
{
	char text[STAFF_SECRET_TEXT];

	if (staff_secret(books, staff, text) < 0) {
		answer->result = DESK_LATER;
		return;
	}
	memcpy(answer->totp_secret, text, sizeof(text));
	sodium_memzero(text, sizeof(text));
	memcpy(answer->name, staff->name, sizeof(answer->name));
	memcpy(answer->user, staff->login, sizeof(answer->user));
	memcpy(answer->language, staff->language, sizeof(answer->language));
	answer->role = staff_role(books, &staff->id, NULL);
	answer->result = result;
}

static void by_once(struct books *books, const struct desk_sign_in *ask,
		    const struct culprits *who, struct desk_session *answer)
{
	struct staff staff;

	if (!staff_find_once(books, ask->once, &staff) ||
	    (ask->user[0] && strcmp(ask->user, staff.login) != 0)) {
		fail(books, who, NULL, "once");
		return;
	}
	if (staff.once_direct && books->choice.direct_codes)
		open_session(books, &staff, "once", use_once, NULL, answer);
	else
		tell_secret(books, &staff, DESK_ENROLMENT, answer);
}

void signin_try(struct books *books, const struct desk_sign_in *ask,
		struct desk_session *ret_answer)
{
	struct culprits who;

	begin(ret_answer, ask->head.tag);
	if (!ends(ask->user, sizeof(ask->user)) ||
	    !ends(ask->password, sizeof(ask->password)) ||
	    !ends(ask->code, sizeof(ask->code)) ||
	    !ends(ask->once, sizeof(ask->once))) {
		ret_answer->result = DESK_INVALID;
		return;
	}
	who = culprits_of(ask->user, ask->peer, ask->once[0]);
	if (must_wait(books, &who, ret_answer))
		return;
	if (ask->once[0])
		by_once(books, ask, &who, ret_answer);
	else
		by_password(books, ask, &who, ret_answer);
}

void signin_enrol(struct books *books, const struct desk_enrol *ask,
		  struct desk_session *ret_answer)
{
	struct culprits who;
	struct staff staff;
	int r;

	begin(ret_answer, ask->head.tag);
	if (!ends(ask->once, sizeof(ask->once)) ||
	    !ends(ask->password, sizeof(ask->password)) ||
	    !ends(ask->code, sizeof(ask->code))) {
		ret_answer->result = DESK_INVALID;
		return;
	}
	/* As in signin_try(): who guesses codes here guesses them there. */
	who = culprits_of("", ask->peer, true);
	if (must_wait(books, &who, ret_answer))
		return;
	if (!staff_find_once(books, ask->once, &staff) || !staff.has_totp) {
		fail(books, &who, NULL, "enrol");
		return;
	}
	who = culprits_of(staff.login, ask->peer, true);
	if (must_wait(books, &who, ret_answer))
		return;
	if (!staff_password_may_be(&staff, ask->password)) {
		tell_secret(books, &staff, DESK_INVALID, ret_answer);
		return;
	}
	r = staff_check_code(books, &staff, ask->code);
	if (r < 0) {
		ret_answer->result = DESK_LATER;
		return;
	}
	if (r == 0) {
		fail(books, &who, &staff, "code");
		tell_secret(books, &staff, DESK_SECOND_STEP, ret_answer);
		return;
	}
	open_session(books, &staff, "once+totp", staff_enrol, ask->password,
		     ret_answer);
}
