/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file target.h
 * Something that is to be read: what the tables know of it, and whether
 * this person may have it for this purpose now. The one way to content, for
 * sound, for chats and for what was remarked beside them.
 */
#ifndef TALLENNE_REGISTER_TARGET_H
#define TALLENNE_REGISTER_TARGET_H

#include "register/books.h"
#include "register/register.h"
#include "register/session.h"

/** What is wanted, and by whom. */
struct target_want {
	const uint8_t *token; /**< of the session, DESK_TOKEN_SIZE bytes */
	struct id call;
	uint32_t kind;	     /**< enum seal_kind: which object of it */
	const char *purpose; /**< empty: the one chosen for the session */
	enum notice_use use; /**< that the purpose must grant to the role */
};

struct target {
	struct id call, contact, object;
	struct seal_wrapped wrapped; /**< the object's key: of its date, or of
					  the hold on the contact */
	uint8_t hash[SEAL_HASH_SIZE];
	uint64_t size; /**< of the whole plain content */
	uint64_t duration_ms;
	uint32_t kind;
	struct seal_end end;
	char agent[32];
	bool exists;
};

/**
 * Find it and decide. A refusal is in the audit log when this returns.
 *
 * @param[out] ret_session  whose; its purpose is the one that is meant
 * @return DESK_OK or why not
 */
enum desk_result target_open(struct books *books,
			     const struct target_want *want,
			     struct session *ret_session,
			     struct target *ret_target);

/** What the vault's answer, or its absence, means for who asked. */
enum desk_result target_result(int r);

#endif
