/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file roles.h
 * What each role may ask for at all. The one place (privacy rules, 8):
 * the register decides by it, the reading of a policy refuses what
 * contradicts it, and the pages and "tallenne policy show" tell it.
 *
 * What a role may do with content for which purpose is not here: that is
 * the policy's (policy_grants(), policy_mask()). A policy takes away from
 * what stands here and adds nothing: no policy lets an administrator listen.
 *
 * Duties that must differ in person (administration and content, oversight
 * and approval, handling and approval) do, because nobody has two roles:
 * the table role_grant has one row a person. Whether one human being was
 * given two accounts, no program can see.
 */
#ifndef TALLENNE_NOTICE_ROLES_H
#define TALLENNE_NOTICE_ROLES_H

#include "base/base.h"
#include "notice/notice.h"

enum roles_reach {
	ROLES_NONE,
	ROLES_SELF, /**< what this person did */
	ROLES_OWN,  /**< what concerns this person as an agent */
	ROLES_ALL,
};

struct roles_row {
	enum roles_reach contacts; /**< lists and rows of contacts */
	enum roles_reach readers;  /**< who has listened to a contact */
	enum roles_reach log;	   /**< the same, of no contact in particular */
	/** Canned answers: whoever may change any of them sees all. */
	enum roles_reach canned;
	bool answers; /**< live chats, as an agent of the roster */
	bool callers; /**< last digits of a caller, as the policy masks it */
	bool plays;   /**< content, if the policy grants a purpose */
	bool figures; /**< counts and proofs, nothing of a contact */
};

/** The row of a role; one that allows nothing for an unknown role. */
const struct roles_row *roles_find(uint32_t role);

/** Whether it is a role that a person can have. */
bool roles_is(uint32_t role);

/**
 * How a role is shown a field of a contact: as its row and the policy say
 * together. The caller's number is sealed to all: at most its last digits
 * are shown, whatever a policy says.
 */
enum notice_mask roles_shows(const struct policy *policy, const char *field,
			     uint32_t role);

#endif
