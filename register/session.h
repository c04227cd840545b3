/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file session.h
 * Who asks: sessions of the staff web.
 *
 * A session is 32 random bytes that only the browser keeps; the table has
 * their hash. It ends after hours, after minutes without a question, when
 * the account is disabled or its role ends, and at sign-out. Every letter
 * of the desk is answered by what the session's role may do at that moment.
 */
#ifndef TALLENNE_REGISTER_SESSION_H
#define TALLENNE_REGISTER_SESSION_H

#include "register/books.h"
#include "register/register.h"

struct session {
	uint8_t hash[32]; /**< of the token */
	struct id staff;
	uint32_t role; /**< enum notice_role */
	char name[64], user[64], agent[32], language[4], purpose[32];
	char team[32]; /**< whose contacts are shown alone; empty: all */
	uint8_t csrf[16];
	int64_t expires_at, last_sign_in;
};

/** How long a session may go unseen before the table is told, seconds. */
enum { SESSION_SEEN_S = 60 };

/**
 * Find a session by its token.
 *
 * @return DESK_OK or DESK_NOT_SIGNED_IN
 */
enum desk_result session_find(struct books *books,
			      const uint8_t token[DESK_TOKEN_SIZE],
			      struct session *ret_session);

/** The same, but it counts as no question and puts no end off. */
enum desk_result session_look(struct books *books,
			      const uint8_t token[DESK_TOKEN_SIZE],
			      struct session *ret_session);

/**
 * Open a session, within a transaction.
 *
 * @param[out] ret_token  for the browser, and for nobody else
 * @return 0, -EACCES if this person has no role by now, or -ENOSPC
 */
MUST int session_open(struct books *books, const struct id *staff,
		      uint8_t ret_token[DESK_TOKEN_SIZE]);

/** The answers to DESK_WHO, DESK_SIGN_OUT and DESK_CHOOSE. */
void session_who(struct books *books, const struct desk_ask *ask,
		 struct desk_session *ret_answer);
void session_sign_out(struct books *books, const struct desk_ask *ask,
		      struct desk_session *ret_answer);
void session_choose(struct books *books, const struct desk_choose *ask,
		    struct desk_session *ret_answer);

/** Fill the answer with what a session is and may. */
void session_tell(struct books *books, const struct session *session,
		  struct desk_session *ret_answer);

/** Forget the sessions that have ended. Called once in a while. */
void session_sweep(struct books *books);

#endif
