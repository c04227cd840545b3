/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file door_letters.h
 * What people's commands may ask of the register through its door, a Unix
 * socket that only the administrator can open. Included by
 * register/register.h. None of it shows or moves content.
 */
#ifndef TALLENNE_REGISTER_DOOR_LETTERS_H
#define TALLENNE_REGISTER_DOOR_LETTERS_H

#include "register/desk_letters.h"

enum register_door_letter {
	DOOR_STAFF_ADD = 200, /**< struct door_staff -> DOOR_STAFF_IS */
	DOOR_STAFF_RESET,     /**< struct door_staff (user) -> DOOR_STAFF_IS:
				   new one-time code, sessions ended */
	DOOR_STAFF_DISABLE,   /**< struct door_staff (user) -> DOOR_STAFF_IS */
	DOOR_STAFF_IS,	      /**< struct door_staff */
	DOOR_STAFF_LIST,      /**< struct door_list -> DOOR_STAFF_ROWS */
	DOOR_STAFF_ROWS,      /**< struct door_staff_rows */
	DOOR_FIGURES,	      /**< struct door_list -> DESK_FIGURES_ARE */
	DOOR_SWEEP,	      /**< struct door_sweep, also the answer */
	DOOR_CONTACTS,	      /**< struct door_list -> DOOR_CONTACT_ROWS */
	DOOR_CONTACT_ROWS,    /**< struct desk_contact_rows; caller is empty */
	DOOR_VERIFY,	      /**< struct door_verify, also the answer: read
				   an object's bytes and compare its hash */
	DOOR_ERASE_TEST,      /**< struct door_verify: erase the contact of a
				   test call made by "tallenne doctor" (its
				   service number is the configured test
				   number; any other is refused) */
	DOOR_ZONE,	      /**< struct door_zone, also the answer */
	DOOR_CHECK,	      /**< struct door_check, also the answer: read
				   the whole database through; the register
				   does nothing else meanwhile */
	DOOR_CHATS,	      /**< struct door_list -> DOOR_CHAT_ROWS */
	DOOR_CHAT_ROWS,	      /**< struct desk_chat_rows; no content */
	DOOR_HOLD_PLACE,      /**< struct door_hold, also the answer */
	DOOR_HOLD_LIFT,	      /**< struct door_hold (hold), also the
				   answer */
	DOOR_HOLDS,	      /**< struct door_list -> DOOR_HOLD_ROWS */
	DOOR_HOLD_ROWS,	      /**< struct door_hold_rows */
	DOOR_RECEIPT,	      /**< struct door_receipt, also the answer */
	DOOR_PROOF,	      /**< struct door_proof (proof_letters.h), also
				   the answer: reads all rows; the register
				   does nothing else meanwhile */
	DOOR_IMPACT,	      /**< struct door_impact (impact_letters.h), with
				   a descriptor, also the answer */
	DOOR_ERASE,	      /**< struct door_erase, also the answer */
	DOOR_COPY,	      /**< struct door_copy, also the answer, which
				   comes with two descriptors */
};

struct door_staff {
	struct letter head;
	int32_t result; /**< 0, -EEXIST, -ENOENT, -EINVAL */
	uint32_t role;	/**< enum notice_role */
	char user[64];
	char name[64];
	char agent[32]; /**< id in the roster, if this person is one */
	char team[32];	/**< whose contacts this person sees alone; empty:
			     all. Only of who may listen */
	char language[4];
	char once[32]; /**< in the answer: the one-time code */
	uint32_t reserved;
	int64_t once_until; /**< seconds; 30 minutes from now by default */
	uint32_t direct;    /**< the one-time code opens a session at once, no
				 enrolment; only with the setting
				 register.direct_codes (the demo) */
	uint32_t disabled;
};

struct door_list {
	struct letter head;
	uint64_t before;
	uint32_t limit;
	uint32_t reserved;
};

struct door_staff_rows {
	struct letter head; /**< DOOR_STAFF_ROWS */
	int32_t result;
	uint32_t count;
	uint64_t next;
	struct {
		char user[64];
		char name[64];
		uint32_t role, disabled;
		int64_t last_sign_in, grant_until;
		struct id id; /**< "stf_" and this is the account's name in
				   the audit log */
	} row[DESK_ROWS_MAX];
};

struct door_sweep {
	struct letter head; /**< DOOR_SWEEP */
	int32_t result;
	uint32_t dry_run; /**< count only */
	int64_t as_of;	  /**< seconds; only with dry_run, 0: now, which the
			       answer tells by the register's own clock */
	uint64_t recordings, contacts, keys;
	uint64_t chats; /**< contents of chats; their rows are contacts */
	/** Entries of the audit log from before this day were erased just now,
	    with dry_run: are due or were erased already. 0: none. */
	seal_date log_before;
	uint32_t reserved;
};

enum { DOOR_REFERENCE_SIZE = 40, DOOR_ACTOR_SIZE = 40 };

/** A hold as it is placed, listed and lifted. */
struct door_hold {
	struct letter head;
	int32_t result; /**< 0; -ENOENT: no such contact or hold;
			     -EPERM: the policy tells of no such hold;
			     -EKEYEXPIRED: its end has come, there is nothing
			     to hold any more; -EINVAL: not what a hold may
			     be; -ENOSPC: too many; -EMLINK: too many on this
			     contact */
	uint32_t kind;	/**< enum decide_hold: 1 access, 2 legal,
			     3 restriction */
	struct id hold; /**< in the answer; to lift it */
	struct id contact;
	int64_t since;	    /**< in the answer, seconds */
	int64_t expires_at; /**< seconds; 0: until it is lifted, which only a
				 restriction may be */
	int64_t review_at;  /**< 0: in 30 days; must be told for legal */
	seal_date audio_end, chat_end, contact_end; /**< of what is there */
	uint32_t is_beyond; /**< something of it is kept beyond its end */
	uint32_t is_kept;   /**< the vault has sealed it to the hold's pair */
	uint32_t reserved;
	char reference[DOOR_REFERENCE_SIZE]; /**< of a file: "TSV/123/2026" */
	char actor[DOOR_ACTOR_SIZE];	     /**< in the answer */
};

enum { DOOR_HOLDS_MAX = 24 };

struct door_hold_rows {
	struct letter head; /**< DOOR_HOLD_ROWS */
	int32_t result;
	uint32_t count;
	uint64_t next; /**< how many were told by now, 0: there is no more */
	struct door_hold row[DOOR_HOLDS_MAX]; /**< the oldest first */
};

enum { DOOR_TOMBS_MAX = 16 };

/** What a tombstone says, for a receipt. */
struct door_receipt {
	struct letter head; /**< DOOR_RECEIPT */
	int32_t result;	    /**< 0; -ENOENT: nothing of that id was erased */
	uint32_t count;
	struct id item; /**< a contact, a chat or a recording */
	uint64_t alive; /**< how much with that id is still here */
	struct {
		struct id item;
		uint64_t number;
		uint32_t kind; /**< 1 contact, 2 content, 3 row of a chat */
		uint32_t data_class, cause;
		seal_date end;	    /**< promised */
		seal_date key_date; /**< whose key it was sealed to, or 0 */
		uint32_t reserved;
		int64_t at;	      /**< erased, seconds */
		int64_t key_gone_at;  /**< seconds, 0: not yet */
		int64_t key_seq;      /**< the audit entry, -1: unknown */
		int64_t hold_gone_at; /**< its hold's pair; 0: was not held */
		int64_t hold_seq;
	} tomb[DOOR_TOMBS_MAX];
};

struct door_verify {
	struct letter head; /**< DOOR_VERIFY or DOOR_ERASE_TEST */
	int32_t result;	    /**< 0, -ENOENT, -EBADMSG, -EPERM */
	uint32_t state;	    /**< in the answer: enum register_state */
	struct id contact;  /**< zero: the newest contact */
	uint64_t objects;   /**< how many objects were read and fit */
	uint64_t duration_ms;
};

struct door_zone {
	struct letter head; /**< DOOR_ZONE */
	char zone[64];	    /**< of the policy, "Europe/Helsinki" */
};

/** Why something is erased before its end (GDPR Art. 17(1)). */
enum door_ground {
	DOOR_GROUND_UNLAWFUL = 1, /**< it should never have been recorded */
	DOOR_GROUND_CONSENT,	  /**< withdrawn, and no other purpose left */
	DOOR_GROUND_OBJECTION,	  /**< upheld */
	DOOR_GROUND_ORDER,	  /**< of a court or an authority */
};

struct door_erase {
	struct letter head;  /**< DOOR_ERASE */
	int32_t result;	     /**< 0; -ENOENT; -EPERM: it is held; -EAGAIN: it
				 goes on; -EINVAL: ground or reference */
	uint32_t ground;     /**< enum door_ground */
	struct id item;	     /**< a contact or chat, or one recording */
	uint64_t recordings; /**< in the answer: how many went */
	char reference[DOOR_REFERENCE_SIZE]; /**< of the decision */
};

/**
 * A copy of the database, for a back-up: whole, as of the moment of the
 * answer. With it come the copy, a file without a name that is the asker's
 * alone, and the room's directory, to read the objects and "staff.key" from
 * as far as the asker's user may.
 */
struct door_copy {
	struct letter head; /**< DOOR_COPY */
	int32_t result;	    /**< 0; -EBUSY: one is under way; -ENOSPC ... */
	seal_date today;    /**< by the register's clock and policy */
	int64_t now;	    /**< seconds, by the same clock */
	uint64_t size;	    /**< of the copy, bytes */
	/** Latest date by class whose items are due, as of now; 0: none. */
	seal_date due[SEAL_CLASSES];
};

struct door_check {
	struct letter head; /**< DOOR_CHECK */
	int32_t result;	    /**< 0, -EBADMSG: damaged */
	uint64_t duration_ms;
};

#endif
