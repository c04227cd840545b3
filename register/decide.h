/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file decide.h
 * Whether content may be read, and whether it may be deleted.
 *
 * Pure, and the only place where that is decided (privacy rules, 4). Holds
 * only block deletion and never widen use. In order: restriction > access
 * and documents > the end date > the purpose. The sweeper asks the same in
 * SQL (register/due.h); a property test compares the two.
 */
#ifndef TALLENNE_REGISTER_DECIDE_H
#define TALLENNE_REGISTER_DECIDE_H

#include "base/clock.h"
#include "register/desk_letters.h"

/** Why an item is kept; in the column hold.kind. The strongest last. */
enum decide_hold {
	DECIDE_HOLD_NONE,
	DECIDE_HOLD_ACCESS = 1,	     /**< open access or document case (C1) */
	DECIDE_HOLD_LEGAL = 2,	     /**< order, claim, inquiry (C6, C7) */
	DECIDE_HOLD_RESTRICTION = 3, /**< GDPR Art. 18 (C2) */
};

/** What matters of the item. */
struct decide_item {
	bool exists;		 /**< a row and its objects */
	bool is_dead;		 /**< it was here, and its tombstone is */
	nanoseconds eligible_at; /**< 00:00 of its end date; deletion begins */
	enum decide_hold hold;	 /**< strongest hold not yet expired */
	bool is_disclosed;	 /**< a copy is with somebody: lengthens and
				      shortens nothing (C3) */
};

/** What matters of who asks. */
struct decide_reader {
	bool is_signed_in;
	bool role_plays;	   /**< roles_find()->plays */
	bool sees_contact;	   /**< roles_find()->contacts reaches it */
	bool has_purpose;	   /**< one was chosen */
	bool purpose_is_granted;   /**< policy_grants() with the use */
	bool purpose_is_for_holds; /**< law, authority, oversight: the only
				       ones that read a held item after its
				       end */
	bool has_ground;	   /**< a case with a ground of Art. 18(2) */
	bool is_approver;
};

/** Whether this person may read this item now; DESK_OK or why not. */
enum desk_result decide_read(const struct decide_item *item,
			     const struct decide_reader *reader,
			     nanoseconds now);

/** Whether this item is to be deleted now: its end came, nothing holds it. */
bool decide_deletable(const struct decide_item *item, nanoseconds now);

/**
 * Whether a hold still holds.
 *
 * @param expires_at  seconds, 0: until it is lifted
 * @param now         seconds
 */
bool decide_holds(int64_t expires_at, int64_t now);

/**
 * Whether a purpose is one for which a held item is read after its end:
 * legal claims, an authority's order, oversight. Its id says so; who may
 * use it is the policy's as with every purpose.
 */
bool decide_is_for_holds(const char *purpose);

#endif
