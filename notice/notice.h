/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file notice.h
 * The policy: what the privacy notice promises, as data that decides.
 *
 * Pure: text in, decisions out. The YAML vocabulary is described in
 * docs/policy.md; the shipped example is notice/example.yaml. A policy with
 * an unknown key, a missing promise or a contradiction is refused with the
 * line and a suggestion; without a policy nothing is recorded.
 */
#ifndef TALLENNE_NOTICE_H
#define TALLENNE_NOTICE_H

#include <stdio.h>

#include "base/bytes.h"
#include "notice/civil.h"

enum {
	NOTICE_SIZE_MAX = 1 << 20,
	NOTICE_PURPOSES_MAX = 16,
	NOTICE_NUMBERS_MAX = 1024,
	NOTICE_WORD_SIZE = 32,
	NOTICE_TEXT_SIZE = 96,
	NOTICE_SHA256_SIZE = 65, /**< as hex, NUL included */
};

struct policy;

/** What may be done with content for a purpose; bits. */
enum notice_use {
	NOTICE_LISTEN = 1,
	NOTICE_READ = 2,
	NOTICE_NOTE = 4,
	NOTICE_SAMPLE = 8,
	NOTICE_AGGREGATE = 16,
	NOTICE_CLIP = 32,
	/* Readable, and refused: the product does not do these. */
	NOTICE_SURVEY = 64,
	NOTICE_IDENTIFY = 128,
	NOTICE_EVIDENCE = 256,
};

enum notice_language { NOTICE_FI, NOTICE_SV, NOTICE_EN, NOTICE_LANGUAGES };

/** Roles; what each may do is in the policy. Values are in the database. */
enum notice_role {
	NOTICE_ROLE_AGENT = 1,
	NOTICE_ROLE_SUPERVISOR,
	NOTICE_ROLE_QUALITY, /**< quality and training */
	NOTICE_ROLE_REGISTRAR,
	NOTICE_ROLE_APPROVER,
	NOTICE_ROLE_DPO,
	NOTICE_ROLE_ADMIN, /**< IT administrator: no content, no contacts */
	NOTICE_ROLE_AUDITOR,
	NOTICE_ROLES
};

enum notice_direction {
	NOTICE_IN = 1,
	NOTICE_OUT,
	NOTICE_INTERNAL,
	NOTICE_CALLBACK,
};

/** Why something is kept beyond its end (privacy rules, 4). */
enum notice_hold {
	NOTICE_HOLD_ACCESS,	 /**< an open request to see it (C1) */
	NOTICE_HOLD_RESTRICTION, /**< GDPR Art. 18 (C2) */
	NOTICE_HOLD_DOCUMENT,	 /**< an open document request (C5) */
	NOTICE_HOLD_AUTHORITY,	 /**< an order of an authority (C6) */
	NOTICE_HOLD_CLAIM,	 /**< a legal claim (C6) */
	NOTICE_HOLD_INQUIRY,	 /**< of the supervisory authority (C7) */
	NOTICE_HOLD_THREAT,	 /**< evidence of a threat (C6) */
	NOTICE_HOLDS
};

/** Rights of those concerned, which follow from the bases (S6). */
enum notice_right {
	NOTICE_RIGHT_ACCESS,   /**< Art. 15 */
	NOTICE_RIGHT_RECTIFY,  /**< Art. 16 */
	NOTICE_RIGHT_ERASE,    /**< Art. 17 */
	NOTICE_RIGHT_RESTRICT, /**< Art. 18 */
	NOTICE_RIGHT_PORT,     /**< Art. 20 */
	NOTICE_RIGHT_OBJECT,   /**< Art. 21 */
	NOTICE_RIGHT_WITHDRAW, /**< Art. 7(3) */
	NOTICE_RIGHTS
};

/** What went wrong, for people. */
struct notice_fault {
	int line;	/**< in the file, from 1 */
	char code[32];	/**< "E-UNKNOWN-KEY", "W-BASIS-NO-LAW" ... */
	char text[256]; /**< a sentence; with a suggestion where there is one */
	char promise[192]; /**< what was published instead; or empty */
	/* Of the code (notice/codes.def); each may be "", none is NULL. */
	const char *sentence; /**< which it concerns, "S19" */
	const char *why;      /**< the law, "GDPR 5(1)(e)" */
	const char *remedy;   /**< what to do */
};

/**
 * Read a policy.
 *
 * Its zone is not loaded: policy_settle(), or policy_set_zone() where no
 * file can be opened.
 *
 * @param text  YAML, borrowed
 * @param faults  room for faults, in the order in which they were found;
 *                warnings do not refuse
 * @param[in,out] fault_count  room; then how many were found
 * @return 0, -EINVAL with at least one error in faults, or -ENOMEM
 */
MUST int policy_read(struct slice text, struct notice_fault *faults,
		     size_t *fault_count, struct policy **ret_policy);
void policy_free(struct policy *policy);

/**
 * What only this machine and this day can tell: the zone is loaded from the
 * system's database, and a policy that does not hold yet gets a warning.
 *
 * @param now  today
 * @param faults  room for faults, which are added
 * @param room  of them, altogether
 * @param[in,out] fault_count  how many there are already; then in all
 * @return 0, or -EINVAL with a fault: there is no such zone
 */
MUST int policy_settle(struct policy *policy, nanoseconds now,
		       struct notice_fault *faults, size_t room,
		       size_t *fault_count);

const char *policy_zone_name(const struct policy *policy);
/** Give it its zone, which it owns from now on. */
void policy_set_zone(struct policy *policy, struct civil_zone *zone);
const struct civil_zone *policy_zone(const struct policy *policy);

const char *policy_id(const struct policy *policy);	 /**< "prh-..." */
const char *policy_version(const struct policy *policy); /**< "2018-05-25" */
/** First 32 bits of the SHA-256 of its text. */
uint32_t policy_hash(const struct policy *policy);
/** The SHA-256 of its text in hex, as sha256sum(1) writes it. */
const char *policy_sha256(const struct policy *policy);

/** Why a call is not recorded; each is counted by siprec. */
enum notice_refusal {
	NOTICE_RECORD,		  /**< it is recorded */
	NOTICE_NUMBER_NOT_LISTED, /**< S8: default deny */
	NOTICE_NUMBER_EXCLUDED,
	NOTICE_DIRECTION,     /**< S8: inbound only */
	NOTICE_NOT_SAMPLED,   /**< S9: coverage */
	NOTICE_NOT_SCHEDULED, /**< S9 */
	NOTICE_MANUAL,	      /**< S9: only when an agent asks */
	NOTICE_TOO_OLD,	      /**< S14: before collection started */
	NOTICE_NOT_YET_VALID, /**< the policy holds from a later day on */
	NOTICE_REFUSALS
};

/**
 * Whether a call is recorded (S8, S9, S14).
 *
 * @param service_number  E.164, as called
 * @param direction       of the call
 * @param at              when it was announced
 * @param draw            uniform in [0, 1), reproducible from the contact's
 *                        number; for coverage by sample
 */
enum notice_refusal policy_records(const struct policy *policy,
				   const char *service_number,
				   enum notice_direction direction,
				   nanoseconds at, double draw);

/**
 * Whether a chat that began at an instant may be stored at all: there is a
 * class for it with an end (S21), and collection had started (S14).
 */
bool policy_keeps_chat(const struct policy *policy, nanoseconds at);

/** Whether a number is a listed service number; its label by language. */
bool policy_has_service(const struct policy *policy,
			const char *service_number);
size_t policy_service_count(const struct policy *policy);
const char *policy_service(const struct policy *policy, size_t index,
			   enum notice_language language,
			   const char **ret_label);

/** What follows for the recording when something happens in the call. */
bool policy_stops_at_transfer(const struct policy *policy);
bool policy_pauses_on_hold(const struct policy *policy);
bool policy_records_consultation(const struct policy *policy);

/**
 * Until when something may exist (section "retention" of its class).
 *
 * @param data_class  enum seal_class
 * @param started_at  start of the contact
 * @param ended_at    end of the contact, or started_at while it goes on
 * @param[out] ret_end  the end date E; its item is eligible for deletion
 *                      at 00:00 of E (kind max) or of E + 1 (kind exact),
 *                      and must be gone by 00:00 of E + 1 (plus grace)
 * @return 0, or -EINVAL if the class has no retention (then: no recording)
 */
MUST int policy_end(const struct policy *policy, uint32_t data_class,
		    nanoseconds started_at, nanoseconds ended_at,
		    struct seal_end *ret_end);
/** From when an item of that end is deleted, and by when it must be gone. */
MUST int policy_deletion(const struct policy *policy,
			 const struct seal_end *end, nanoseconds *ret_eligible,
			 nanoseconds *ret_gone_by);

/** A purpose and what it grants. */
struct notice_purpose {
	char id[NOTICE_WORD_SIZE];
	char basis[NOTICE_WORD_SIZE]; /**< id of its legal basis (S6) */
	char text[NOTICE_LANGUAGES][NOTICE_TEXT_SIZE];
	uint32_t uses;	/**< enum notice_use, bits */
	uint32_t roles; /**< bit per enum notice_role value */
};

size_t policy_purpose_count(const struct policy *policy);
const struct notice_purpose *policy_purpose(const struct policy *policy,
					    size_t index);
const struct notice_purpose *policy_purpose_find(const struct policy *policy,
						 const char *id);

/** Whether a role may use content so for a purpose (S2). */
bool policy_grants(const struct policy *policy, uint32_t role,
		   const char *purpose, enum notice_use use);

/** Whether a field of a class exists at all (S7). */
bool policy_has_field(const struct policy *policy, uint32_t data_class,
		      const char *field);
/** Whether a role sees a field masked, or not at all. */
enum notice_mask { NOTICE_PLAIN, NOTICE_MASKED, NOTICE_HIDDEN };
enum notice_mask policy_mask(const struct policy *policy, uint32_t data_class,
			     const char *field, uint32_t role);

/**
 * Tell people in plain English what a policy does.
 *
 * @param policy  settled: it has its zone
 * @param now     today, for dates that follow
 * @param out     where to; lines of text
 */
void policy_explain(const struct policy *policy, nanoseconds now, FILE *out);

/** Which rights the bases of the purposes give; bit per enum notice_right. */
uint32_t policy_rights(const struct policy *policy);

/** Whether the notice tells that such a hold keeps something beyond its end;
    one that it does not tell must not be set. */
bool policy_tells_hold(const struct policy *policy, enum notice_hold kind);

/** How long entries of the audit log are kept, from the day on which they were
    written: to the end of that period, then they are erased. One of the two,
    at least a year; both 0: it is not stated, and nothing is erased. */
void policy_log_kept(const struct policy *policy, int *ret_months,
		     int *ret_days);

/**
 * Whether a purpose may still be served by content that began then: it may
 * end earlier than the content does (privacy rules, C16).
 */
bool policy_serves(const struct policy *policy, const char *purpose,
		   nanoseconds started_at, nanoseconds now);

/**
 * Look which promises of a published policy a new one would break: what is
 * kept for longer, done for more purposes, shown to more roles, recorded of
 * more calls, handed out or brought to more countries.
 *
 * @param faults  room for faults, which are added: each with the promise
 * @param room  of them, altogether
 * @param[in,out] fault_count  how many there are already; then in all
 * @return how many promises would be broken
 */
size_t policy_compare(const struct policy *fresh,
		      const struct policy *published,
		      struct notice_fault *faults, size_t room,
		      size_t *fault_count);

/** A key of the vocabulary, for manuals and for the proof of coverage. */
struct notice_key {
	char path[64];	      /**< "classes[].retention.period" */
	char type[192];	      /**< in words */
	const char *sentence; /**< which it concerns, or "" */
	const char *meaning;
	const char *enforced; /**< "notice/decide.c:policy_end" */
	const char *test;     /**< "tests/unit/test_policy.c:..." */
	bool required;
	bool is_section; /**< it has no value of its own */
};

/**
 * The keys in the order in which the reader's tables list them.
 *
 * @param[out] ret_key  those that no row of notice/keys.def describes have
 *                      "" for enforced and test
 * @return whether there is one at that index
 */
bool policy_key_at(size_t index, struct notice_key *ret_key);

/** The row of notice/keys.def at an index; NULL at the end. */
const char *policy_key_described(size_t index);

/** A JSON Schema of the vocabulary, from the same tables. */
void policy_schema(FILE *out);

/** A row of notice/codes.def: a fault that a policy can have. */
struct notice_code {
	const char *code, *sentence, *why, *remedy;
};
/** NULL at the end. */
const struct notice_code *policy_code_at(size_t index);

/** Put to a fault what its code concerns, why, and what to do. */
void policy_code_explain(struct notice_fault *fault);

/** Words of the roles as they stand in policies, in the order of
    enum notice_role; NULL at the end. */
extern const char *const notice_roles[];
/** The same of enum notice_hold and of enum notice_right. */
extern const char *const notice_holds[];
extern const char *const notice_rights[];

#endif
