/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file staff.h
 * Accounts of the people who work here: password, second step, role.
 *
 * There is no default password and no shared account: an account begins
 * with a one-time code that the administrator hands over, and with it the
 * person chooses a password and takes a TOTP secret. Stored are an
 * Argon2id hash, the TOTP secret sealed with the file "staff.key" (so a copy
 * of the database alone has none), and the hash of the one-time code.
 * A role ends by itself.
 */
#ifndef TALLENNE_REGISTER_STAFF_H
#define TALLENNE_REGISTER_STAFF_H

#include "register/books.h"
#include "register/door_letters.h"

enum {
	STAFF_SECRET_SIZE = 20, /**< of TOTP, RFC 6238 with SHA-1 */
	STAFF_SECRET_TEXT = 33, /**< the same as base32, NUL included */
	STAFF_SEALED_SIZE = 24 + STAFF_SECRET_SIZE + 16,
	STAFF_PASSWORD_MIN = 12, /**< characters */
	STAFF_HASH_SIZE = 128,	 /**< crypto_pwhash_STRBYTES */
};

/** An account as it is in the table. */
struct staff {
	struct id id;
	char login[64], name[64], agent[32], language[4];
	char password[STAFF_HASH_SIZE]; /**< hash, or empty */
	bool has_totp;
	uint8_t totp[STAFF_SEALED_SIZE];
	int64_t totp_step; /**< last step used; never again */
	int64_t once_until;
	bool once_direct, disabled;
	int64_t last_sign_in;
};

/**
 * Make an account, give it a new code, or disable it; see door_letters.h.
 * What that means for the person is in the audit log, one entry each:
 *
 *	staff.added     the account is there
 *	staff.reset     password and second step are gone, a new code is given
 *	staff.enabled   it was disabled and is no more
 *	staff.disabled  nobody signs in with it any more
 *	role.grant      it has this role from now until that instant
 *	role.revoke     it has the role no more
 *	staff.enrolled  (signin.c) the person chose a password, took a secret
 *
 * @param actor  who does it, as entry_uid() writes it
 */
MUST int staff_add(struct books *books, const struct door_staff *ask,
		   const char *actor, struct door_staff *ret_answer);
MUST int staff_reset(struct books *books, const struct door_staff *ask,
		     const char *actor, struct door_staff *ret_answer);
MUST int staff_disable(struct books *books, const struct door_staff *ask,
		       const char *actor, struct door_staff *ret_answer);
/** List accounts by login, "before" counting how many to skip. */
void staff_list(struct books *books, const struct door_list *ask,
		struct door_staff_rows *ret_rows);

/** Find an account by its login name. */
bool staff_find(struct books *books, const char *login,
		struct staff *ret_staff);
/** Find the account of a one-time code that is still good. */
bool staff_find_once(struct books *books, const char *once,
		     struct staff *ret_staff);

/**
 * Whether this is the password.
 *
 * @param staff  NULL: there is no such account; takes as long all the same
 */
bool staff_password_is(const struct staff *staff, const char *password);

/** Whether a new password may be used; see STAFF_PASSWORD_MIN. */
bool staff_password_may_be(const struct staff *staff, const char *password);

/**
 * Check a TOTP code, one step of tolerance; each step is good once.
 *
 * @return 1 if right (its step is used up now), 0 if wrong, or -ENOSPC
 */
MUST int staff_check_code(struct books *books, struct staff *staff,
			  const char *code);

/**
 * The TOTP secret for an enrolment, made at first asking.
 *
 * @param[out] ret_text  base32; to be wiped
 */
MUST int staff_secret(struct books *books, struct staff *staff,
		      char ret_text[STAFF_SECRET_TEXT]);

/** Set the password and use up the one-time code, within a transaction. */
MUST int staff_enrol(struct books *books, const struct staff *staff,
		     const char *password);
/** Use up the one-time code, within a transaction. */
MUST int staff_use_once(struct books *books, const struct staff *staff);

/** The role of a person by now, 0 if none; and until when. */
uint32_t staff_role(struct books *books, const struct id *staff,
		    int64_t *ret_until);

#endif
