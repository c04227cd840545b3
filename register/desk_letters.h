/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file desk_letters.h
 * What the desk may ask of the register. Included by register/register.h.
 *
 * Every question but signing in carries the session, and the register
 * decides anew each time: the desk has no rights of its own. Whatever the
 * role may not see is not in the answer at all (numbers, other people's
 * contacts), so nothing is hidden by pages alone.
 *
 * What it may ask about chats is in register/desk_chat_letters.h, about uses
 * beyond listening in register/desk_use_letters.h and desk_pick_letters.h,
 * all included below.
 */
#ifndef TALLENNE_REGISTER_DESK_LETTERS_H
#define TALLENNE_REGISTER_DESK_LETTERS_H

#include "base/clock.h"
#include "base/line.h"
#include "notice/notice.h"
#include "seal/seal.h"

enum {
	DESK_TOKEN_SIZE = 32, /**< random; the register stores its hash */
	DESK_ROWS_MAX = 20,
	DESK_PURPOSES_MAX = 8,
	DESK_RECORDINGS_MAX = 8,
	DESK_ACTS_MAX = 10,
	DESK_WAIT_MS = 5000,
};

enum desk_letter {
	DESK_SIGN_IN = 100, /**< struct desk_sign_in -> DESK_SESSION */
	DESK_ENROL,	    /**< struct desk_enrol -> DESK_SESSION */
	DESK_WHO,	    /**< struct desk_ask -> DESK_SESSION */
	DESK_SIGN_OUT,	    /**< struct desk_ask -> DESK_SESSION */
	DESK_CHOOSE,	    /**< struct desk_choose -> DESK_SESSION */
	DESK_SESSION,	    /**< struct desk_session */
	DESK_CONTACTS,	    /**< struct desk_contacts -> DESK_CONTACT_ROWS */
	DESK_CONTACT_ROWS,  /**< struct desk_contact_rows */
	DESK_CONTACT,	    /**< struct desk_about -> DESK_CONTACT_WHOLE */
	DESK_CONTACT_WHOLE, /**< struct desk_contact_whole */
	DESK_READERS,	    /**< struct desk_about -> DESK_READER_ROWS, of a
				 call or a chat; with the zero id: who heard
				 or read my own contacts;
				 for those who play: what I have heard; for
				 DPO and auditor: all */
	DESK_READER_ROWS,   /**< struct desk_reader_rows */
	DESK_PLAY,	    /**< struct desk_play, one fd: pipe to write into
				 -> DESK_PLAYING */
	DESK_PLAYING,	    /**< struct desk_playing */
	DESK_FIGURES,	    /**< struct desk_ask -> DESK_FIGURES_ARE */
	DESK_FIGURES_ARE,   /**< struct desk_figures */
	DESK_AGENTS,	    /**< struct desk_about -> DESK_WORDS; for filters */
	DESK_SERVICES,	    /**< struct desk_about -> DESK_WORDS */
	DESK_WORDS,	    /**< struct desk_words */
	DESK_RULES,	    /**< struct desk_ask -> DESK_RULES_ARE; anyone */
	DESK_RULES_ARE,	    /**< struct desk_rules */
	DESK_OVERSIGHT,	    /**< struct desk_ask -> DESK_OVERSIGHT_IS; for
				 those who see all listenings */
	DESK_OVERSIGHT_IS,  /**< struct desk_oversight */
};

/** By what way a contact took place. Each has numbers of its own. Values are
    in the database. */
enum register_channel { REGISTER_CHANNEL_CALL = 1, REGISTER_CHANNEL_CHAT };

/** How a question ended. The desk maps it to an HTTP status. */
enum desk_result {
	DESK_OK,
	DESK_NOT_SIGNED_IN,    /**< 401 */
	DESK_FORBIDDEN,	       /**< 403: the role has no grant for it */
	DESK_PURPOSE_REQUIRED, /**< 403: no purpose, or none granted */
	DESK_NOT_FOUND,	       /**< 404: never existed, or not yours */
	DESK_GONE,	       /**< 410: its end date has come */
	DESK_RESTRICTED,       /**< 451: GDPR Art. 18 */
	DESK_LOCKED,	       /**< 503: the vault is locked */
	DESK_LATER,	       /**< 503: a room is starting anew */
	DESK_INVALID,	       /**< 422 */
	DESK_TOO_MANY,	       /**< 429: wait before trying again */
	DESK_CONFLICT,	       /**< 409: somebody changed it meanwhile */
	DESK_FULL,	       /**< 409: as many as there may be */
	DESK_SECOND_STEP,      /**< sign-in: password right, code needed */
	DESK_ENROLMENT,	       /**< sign-in: one-time code right; choose a
				    password and confirm the TOTP secret */
	DESK_QUOTA,	       /**< 429: as many recordings as one person may
				    open in a day */
};

struct desk_sign_in {
	struct letter head; /**< DESK_SIGN_IN */
	char user[64];
	char password[128]; /**< or empty, with once; wiped after use */
	char code[16];	    /**< TOTP, six digits, or empty */
	char once[32];	    /**< one-time code of the first sign-in, or empty */
	uint8_t peer[16];   /**< hash of the address, for limits; RAM only */
};

/** Second half of the first sign-in. */
struct desk_enrol {
	struct letter head; /**< DESK_ENROL */
	char once[32];
	char password[128]; /**< new; 12 characters or more */
	char code[16];	    /**< from the TOTP secret just shown */
	uint8_t peer[16];   /**< as in struct desk_sign_in */
};

struct desk_ask {
	struct letter head; /**< DESK_WHO, DESK_SIGN_OUT, DESK_FIGURES */
	uint8_t token[DESK_TOKEN_SIZE];
};

/** Choose language or purpose for the session. */
struct desk_choose {
	struct letter head; /**< DESK_CHOOSE */
	uint8_t token[DESK_TOKEN_SIZE];
	char language[4]; /**< "fi", "sv", "en", or empty: as it is */
	char purpose[32]; /**< id in the policy, "-": none; empty: as is */
	uint32_t reserved;
};

/** A purpose this person may choose, as the policy grants it. */
struct desk_purpose {
	char id[32];
	char text[3][96]; /**< fi, sv, en */
	uint32_t uses;	  /**< enum notice_use, that it grants this role */
	uint32_t reserved;
};

struct desk_session {
	struct letter head;		/**< DESK_SESSION */
	int32_t result;			/**< enum desk_result */
	uint32_t role;			/**< enum notice_role */
	uint8_t token[DESK_TOKEN_SIZE]; /**< only from SIGN_IN and ENROL */
	uint8_t csrf[16];		/**< to be repeated by every form */
	char name[64];	/**< as shown; a role name in demo and tests */
	char user[64];	/**< what this person signs in with */
	char agent[32]; /**< id in the roster, if this person is one */
	char language[4];
	char purpose[32];     /**< chosen for this session, or empty */
	char totp_secret[64]; /**< base32, only with DESK_ENROLMENT */
	uint32_t reserved;
	int64_t expires_at;   /**< seconds since the epoch */
	int64_t last_sign_in; /**< the one before, 0: first */
	uint32_t may_see_contacts, may_play, may_see_figures, may_see_readers;
	uint32_t may_answer; /**< chats: an agent of the roster */
	uint32_t may_see_canned;
	uint32_t uses; /**< enum notice_use: what any purpose, also one that
			    is not chosen for listening, grants this role */
	uint32_t reserved2;
	uint32_t purpose_count;
	uint32_t retry_after_s; /**< with DESK_TOO_MANY */
	struct desk_purpose purposes[DESK_PURPOSES_MAX];
};

/** Which contacts. Zero or empty: not filtered. Newest first. */
struct desk_contacts {
	struct letter head; /**< DESK_CONTACTS */
	uint8_t token[DESK_TOKEN_SIZE];
	int64_t from, until;	 /**< started_at, seconds; until is exclusive */
	int64_t min_s, max_s;	 /**< length, answered to ended */
	char service_number[24]; /**< E.164 */
	char agent[32];		 /**< id in the roster */
	uint64_t before;	 /**< cursor: numbers below this; 0: newest */
	uint32_t limit;		 /**< 1 to DESK_ROWS_MAX */
	uint32_t with_empty;	 /**< also those without a recording */
};

struct desk_contact_row {
	struct id contact;
	uint64_t number;
	int64_t started_at, answered_at, ended_at; /**< seconds, 0: not yet */
	uint64_t duration_ms;		  /**< of the recordings together */
	uint32_t state;			  /**< enum register_state */
	uint32_t flags;			  /**< enum register_flag */
	uint32_t end_reason;		  /**< enum call_end */
	seal_date audio_end, contact_end; /**< until when; 0: gone already */
	uint32_t recordings;		  /**< how many can be played now */
	char service_number[24];
	char agent[32], agent_name[64], agent_number[24];
	char caller[24]; /**< masked as this role may see it; empty:
				   nothing to show to this role */
};

struct desk_contact_rows {
	struct letter head; /**< DESK_CONTACT_ROWS */
	int32_t result;
	uint32_t count;
	uint64_t next; /**< cursor for the next page, 0: no more */
	struct desk_contact_row row[DESK_ROWS_MAX];
};

/** About one contact; with a cursor where the answer has rows. */
struct desk_about {
	struct letter head; /**< DESK_CONTACT, DESK_READERS, DESK_AGENTS ... */
	uint8_t token[DESK_TOKEN_SIZE];
	struct id contact;
	uint64_t before;
};

struct desk_recording {
	struct id call;	  /**< names the recording in DESK_PLAY */
	int64_t began_ms; /**< wall clock, milliseconds since the epoch */
	uint64_t duration_ms;
	uint64_t size[3]; /**< plain bytes: sound, peaks, timeline */
	seal_date end;
	uint32_t state; /**< enum desk_result: OK, GONE, RESTRICTED */
	uint32_t segment, flags;
};

struct desk_contact_whole {
	struct letter head; /**< DESK_CONTACT_WHOLE */
	int32_t result;
	uint32_t recording_count;
	struct desk_contact_row row;
	struct desk_recording recording[DESK_RECORDINGS_MAX];
	char policy_id[64]; /**< policy under which it was recorded */
	char policy_version[32];
	uint32_t policy_hash; /**< policy_hash() of it */
	uint32_t reserved;
};

struct desk_reader_row {
	int64_t first_at, last_at; /**< seconds; of the reads in this row */
	uint64_t seq;		   /**< of the audit entry of the last one */
	struct id contact;	   /**< or chat */
	uint64_t number;
	uint32_t channel; /**< enum register_channel: whose series it is of */
	uint32_t reserved;
	char actor[64]; /**< name as shown, or role only, by the policy */
	char login[64]; /**< with a name: whose it is, for names may be
			     equal; else empty */
	uint32_t role;
	uint32_t parts; /**< how many reads, each with its audit entry */
	char purpose[32];
	int64_t from_ms, until_ms; /**< from the first to the last moment of
					sound that was fetched, if known;
					else -1. What was heard is not known */
};

struct desk_reader_rows {
	struct letter head; /**< DESK_READER_ROWS */
	int32_t result;
	uint32_t count;
	uint64_t next;
	struct desk_reader_row row[DESK_ROWS_MAX];
};

/** Read content. The audit entry is durable before the answer comes. */
struct desk_play {
	struct letter head; /**< DESK_PLAY */
	uint8_t token[DESK_TOKEN_SIZE];
	struct id call; /**< which recording, or content of a chat */
	uint32_t kind;	/**< enum seal_kind */
	uint32_t reserved;
	uint64_t offset, size; /**< bytes; size 0: to the end */
	char purpose[32];      /**< must be granted; overrides the session's */
};

struct desk_playing {
	struct letter head; /**< DESK_PLAYING */
	int32_t result;
	uint32_t reserved;
	uint64_t total; /**< size of the whole content */
	uint64_t seq;	/**< of the audit entry */
};

/** Figures for the front page and for who oversees. */
struct desk_figures {
	struct letter head; /**< DESK_FIGURES_ARE */
	int32_t result;
	uint32_t vault_locked;
	uint64_t contacts, recordings, open_contacts;
	uint64_t rows, objects;	    /**< reconciliation: should be equal */
	uint64_t orphans, phantoms; /**< objects without row, and reverse */
	uint64_t overdue;	    /**< must be 0 */
	uint64_t audit_entries;
	uint8_t audit_root[32];
	uint64_t number_gaps; /**< must be 0 */
	uint64_t chats;	      /**< rows of the contact history */
	uint64_t open_chats, stored_chats;
	uint64_t chat_number_gaps; /**< must be 0 */
	uint64_t holds;
	uint64_t held_beyond[4]; /**< items kept beyond their end, by
				      enum decide_hold; the first is 0 */
	seal_date oldest_audio_end;
	uint32_t reserved;
	int64_t swept_at; /**< last run of the sweeper, seconds */
};

/** What an administrator did to an account. In the database. */
enum desk_act { DESK_ACT_ADDED = 1, DESK_ACT_RESET, DESK_ACT_ENABLED };

/** For who oversees: who tried doors, who was made able to listen. */
struct desk_oversight {
	struct letter head; /**< DESK_OVERSIGHT_IS */
	int32_t result;
	uint32_t count;	  /**< of acts, the newest first */
	uint64_t refused; /**< attempts refused in the last 30 days */
	struct {
		int64_t at;
		uint32_t act, role;
		char login[64];
		char actor[24]; /**< "uid:0" */
	} act[DESK_ACTS_MAX];
};

struct desk_words {
	struct letter head; /**< DESK_WORDS */
	int32_t result;
	uint32_t count;
	struct {
		char id[32];
		char text[64];
	} word[64];
};

/** Whose contacts or listenings a role is shown. */
enum desk_reach {
	DESK_REACH_NONE,
	DESK_REACH_SELF, /**< what this person did */
	DESK_REACH_OWN,	 /**< what concerns this person as an agent */
	DESK_REACH_ALL,
};

/** What a role may ask for at all, before the policy is asked. */
struct desk_rights {
	uint32_t contacts, readers, log; /**< enum desk_reach */
	uint32_t plays, figures;
	uint32_t answers; /**< live chats */
	uint32_t canned;  /**< enum desk_reach: canned answers to change */
};

/** The rules that bind: by enum notice_role, and the policy's hash. */
struct desk_rules {
	struct letter head; /**< DESK_RULES_ARE */
	int32_t result;
	uint32_t policy_hash;
	struct desk_rights role[NOTICE_ROLES];
};

static_assert(sizeof(struct desk_contact_rows) <= LETTER_SIZE_MAX, "fits");
static_assert(sizeof(struct desk_reader_rows) <= LETTER_SIZE_MAX, "fits");
static_assert(sizeof(struct desk_session) <= LETTER_SIZE_MAX, "fits");
static_assert(sizeof(struct desk_words) <= LETTER_SIZE_MAX, "fits");

#include "register/desk_chat_letters.h"
#include "register/desk_pick_letters.h"
#include "register/desk_use_letters.h"

#endif
