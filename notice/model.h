/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file model.h
 * The policy as a struct. For notice/, which reads it, and publish/, which
 * prints it; others ask notice/notice.h.
 *
 * Nothing here has a default. An int of a word is 0, a text is empty, a
 * count is 0 where the policy states nothing; what then follows is decided
 * where it is asked, and always the strictest there is.
 */
#ifndef TALLENNE_NOTICE_MODEL_H
#define TALLENNE_NOTICE_MODEL_H

#include "notice/channel.h"
#include "notice/notice.h"
#include "notice/signed.h"

struct policy_key;

enum {
	MODEL_FIELDS_MAX = 16,
	MODEL_BASES_MAX = 8,
	MODEL_CLASSES_MAX = 12,
	MODEL_RANGES_MAX = 16,
	MODEL_EXCEPTIONS_MAX = 64,
	MODEL_PARTS_MAX = 4, /* of the hours of one exceptional day */
	MODEL_NUMBER_SIZE = 24,
	MODEL_CONTROLLERS_MAX = 8,
	MODEL_PROCESSORS_MAX = 16,
	MODEL_LOCATIONS_MAX = 16,
	MODEL_COUNTRIES_MAX = 16,
	MODEL_COUNTRY_SIZE = 3, /* ISO 3166, two letters */
	MODEL_DISCLOSURES_MAX = 16,
	MODEL_PAUSES_MAX = 8,
	MODEL_KEPT_MAX = 8, /* exceptions of the retention of a class */
	MODEL_GROUNDS_MAX = 16,
	MODEL_NARROWED_MAX = 8,
	MODEL_WAYS_MAX = 8,
	MODEL_UNSTATED_MAX = 128,
};

/* Lines are those of the file, so that what is found later can be told; a
 * struct of an item or a section begins with its own (notice/keys.h). */

struct model_service {
	int line;
	char number[MODEL_NUMBER_SIZE]; /* E.164 */
	char label[NOTICE_LANGUAGES][NOTICE_TEXT_SIZE];
};

/* A whole number of one unit; the others are 0. */
struct model_period {
	int months, days, hours;
};

/* Truths, as tables store them. */
enum model_truth { MODEL_UNSTATED, MODEL_NO, MODEL_YES };

struct model_consent {
	int line;     /* 0: not stated */
	uint32_t how; /* bits of model_consent_ways */
	int per;      /* model_consent_units */
	char withdraw[NOTICE_LANGUAGES][NOTICE_TEXT_SIZE];
};

struct model_basis {
	int line;
	char id[NOTICE_WORD_SIZE];
	char gdpr[NOTICE_WORD_SIZE]; /* "6(1)(c)" */
	char art9[NOTICE_WORD_SIZE]; /* "9(2)(g)", or empty */
	char law[NOTICE_TEXT_SIZE];
	struct model_consent consent;
};

struct model_purpose {
	int line;
	struct notice_purpose granted; /* with its uses, as others know it */
	struct model_period ends;      /* earlier than the class; or all 0 */
};

enum model_coverage {
	MODEL_COVERAGE_NONE, /* not stated: nothing is recorded */
	MODEL_COVERAGE_ALL,
	MODEL_COVERAGE_SAMPLE,
	MODEL_COVERAGE_SCHEDULE,
	MODEL_COVERAGE_MANUAL,
};

enum model_begin {
	MODEL_BEGIN_NONE,
	MODEL_BEGIN_ANSWER,
	MODEL_BEGIN_RING,
	MODEL_BEGIN_ANNOUNCEMENT,
	MODEL_BEGIN_MANUAL,
};

enum model_stop {
	MODEL_STOP_NONE,
	MODEL_STOP_BYE,
	MODEL_STOP_TRANSFER,
	MODEL_STOP_QUEUE,
};

enum model_on_hold {
	MODEL_ON_HOLD_NONE,
	MODEL_ON_HOLD_CONTINUE,
	MODEL_ON_HOLD_PAUSE,
};

enum model_consultation {
	MODEL_CONSULTATION_NONE,
	MODEL_CONSULTATION_EXCLUDE,
	MODEL_CONSULTATION_INCLUDE,
};

enum model_opt_out { MODEL_OPT_OUT_UNSTATED, MODEL_OPT_OUT_NONE };

/* Weekly hours: minutes since Monday 00:00, local. Of an exceptional day:
 * minutes since its 00:00. */
struct model_hours {
	int from, until;
};

struct model_number {
	int line;
	char text[MODEL_NUMBER_SIZE]; /* E.164; "*": all listed services */
};

/* What is told to callers before they are recorded. */
struct model_announcement {
	int line;	/* 0: not stated */
	int spoken_by;	/* model_speakers */
	int required;	/* enum model_truth */
	int evidence;	/* model_evidence */
	int if_missing; /* model_if_missing */
	char text[NOTICE_LANGUAGES][NOTICE_TEXT_SIZE];
};

/* When an agent, a key or a program stops the recording for a while. */
struct model_pause {
	int line;
	char why[NOTICE_LANGUAGES][NOTICE_TEXT_SIZE];
	int how; /* model_pause_ways */
};

struct model_capture {
	int line; /* 0: not stated */
	size_t number_count, exclude_count, hours_count, pause_count;
	struct model_number *numbers; /* NOTICE_NUMBERS_MAX */
	struct model_number exclude[MODEL_RANGES_MAX];
	uint32_t directions; /* bit per enum notice_direction */
	int coverage;	     /* enum model_coverage */
	double share;	     /* of coverage "sample" */
	struct model_hours hours[MODEL_RANGES_MAX];
	int start;	  /* enum model_begin */
	int stop;	  /* enum model_stop */
	int on_hold;	  /* enum model_on_hold */
	int consultation; /* enum model_consultation */
	int opt_out;	  /* enum model_opt_out and more */
	struct model_pause pauses[MODEL_PAUSES_MAX];
	struct model_announcement announcement;
};

struct model_queue {
	int line;
	char id[NOTICE_WORD_SIZE];
	char label[NOTICE_LANGUAGES][NOTICE_TEXT_SIZE];
};

/* A day that is like no other. */
struct model_exception {
	int line;
	seal_date date;
	bool is_closed; /* stated so: then it has no hours */
	size_t hours_count;
	struct model_hours hours[MODEL_PARTS_MAX];
};

struct model_channel {
	int line; /* 0: not stated */
	size_t origin_count, queue_count, hours_count, exception_count;
	char origins[CHANNEL_ORIGINS_MAX][CHANNEL_ORIGIN_SIZE];
	struct model_queue queues[CHANNEL_QUEUES_MAX];
	struct model_hours hours[MODEL_RANGES_MAX];
	bool closed_on_holidays, closed_on_eves;
	struct model_exception exceptions[MODEL_EXCEPTIONS_MAX];
};

enum model_retention {
	MODEL_RETENTION_NONE,
	MODEL_RETENTION_MAX,   /* gone at the latest when the period ends */
	MODEL_RETENTION_EXACT, /* kept to the end of the period, then gone */
	MODEL_RETENTION_MIN,   /* not gone before; fallback: the latest */
	MODEL_RETENTION_EVENT, /* until something happens; fallback: latest */
};

enum model_anchor {
	MODEL_ANCHOR_NONE,
	MODEL_ANCHOR_START,
	MODEL_ANCHOR_END,
	MODEL_ANCHOR_ANSWER,
	MODEL_ANCHOR_CASE,
};

enum model_then { MODEL_THEN_NONE, MODEL_THEN_DESTROY, MODEL_THEN_ARCHIVE };

struct model_field {
	int line;
	char name[NOTICE_WORD_SIZE];
	/* by role; plain unless told */
	enum notice_mask mask[NOTICE_ROLES];
	/* what it is for; none: not stated */
	size_t purpose_count;
	char purposes[NOTICE_PURPOSES_MAX][NOTICE_WORD_SIZE];
};

/* When something is kept for longer, and who says so. */
struct model_kept {
	int line;
	int trigger;   /* model_triggers */
	int who;       /* enum notice_role */
	int approvals; /* how many persons */
	int until;     /* model_kept_until */
	struct model_period period;
	int scope; /* model_scopes */
};

struct model_publicity {
	int line;     /* 0: not stated */
	int standard; /* model_publicity */
	size_t ground_count;
	char grounds[MODEL_GROUNDS_MAX][NOTICE_TEXT_SIZE];
};

struct model_class {
	int line, retention_line;
	char id[NOTICE_WORD_SIZE];
	int kind; /* model_kinds; those the product keeps come first */
	uint32_t data_class; /* enum seal_class, 0: none of the product's */
	size_t field_count, kept_count;
	struct model_field fields[MODEL_FIELDS_MAX];
	struct model_capture capture;
	struct model_channel channel; /* of chats */
	int retention;		      /* enum model_retention */
	struct model_period period, grace, fallback;
	int anchor; /* enum model_anchor */
	char event[NOTICE_LANGUAGES][NOTICE_TEXT_SIZE];
	int reason; /* 906/2019 21 §: 1 to 5 */
	char retention_law[NOTICE_TEXT_SIZE];
	int then;			 /* enum model_then */
	char decision[NOTICE_TEXT_SIZE]; /* to archive it */
	struct model_kept kept[MODEL_KEPT_MAX];
	struct model_publicity publicity;
	int special_categories, children; /* enum model_truth */
};

/* Who may sign the policy. */
struct model_signer {
	char name[SIGNATURE_NAME_MAX + 1];
	uint8_t public[SIGNATURE_PUBLIC_SIZE];
};

/* How to reach who is responsible (S1, S25); each may be empty. */
struct model_contact {
	char address[2 * NOTICE_TEXT_SIZE];
	char phone[32];
	char email[NOTICE_TEXT_SIZE];
};

enum model_controller_role {
	MODEL_ROLE_UNSTATED,
	MODEL_SOLE,
	MODEL_JOINT,
};

struct model_controller {
	int line;
	char name[NOTICE_TEXT_SIZE];
	int role; /* enum model_controller_role */
	char register_id[32];
	char representative[NOTICE_TEXT_SIZE];
	struct model_contact contact;
	char task[NOTICE_LANGUAGES][NOTICE_TEXT_SIZE]; /* Art. 26(2) */
};

struct model_processor {
	int line;
	char name[NOTICE_TEXT_SIZE];
	char task[NOTICE_LANGUAGES][NOTICE_TEXT_SIZE];
	char country[MODEL_COUNTRY_SIZE];
	char contract[NOTICE_TEXT_SIZE];
};

/* Where something of the product's is, or with whom it speaks. */
struct model_location {
	int line;
	char id[NOTICE_WORD_SIZE];
	char country[MODEL_COUNTRY_SIZE];
	uint32_t kinds; /* bits of model_location_kinds */
};

enum model_location_kind {
	MODEL_STORE,
	MODEL_BACKUP,
	MODEL_KEYS,
	MODEL_MAIL,
	MODEL_TIME,
};

enum model_transfers {
	MODEL_TRANSFER_UNSTATED,
	MODEL_TRANSFER_NONE,
	MODEL_TRANSFER_ADEQUACY, /* Art. 45 */
	MODEL_TRANSFER_SCC,	 /* Art. 46(2)(c) */
};

struct model_transfer {
	int line;
	int allowed; /* enum model_transfers */
	size_t country_count;
	char countries[MODEL_COUNTRIES_MAX][MODEL_COUNTRY_SIZE];
	char reference[NOTICE_TEXT_SIZE];
};

enum model_recipient {
	MODEL_RECIPIENT_NONE,
	MODEL_RESEARCH,
	MODEL_POLICE,
	MODEL_COURT,
	MODEL_PROCESSOR,
	MODEL_OTHER_UNIT,
	MODEL_REGULAR,
};

/* What a recipient must give before anything is handed out; bits. */
enum model_requirement {
	MODEL_REQUIRES_PLAN = 1,
	MODEL_REQUIRES_PERSON = 2,
	MODEL_REQUIRES_COMMITMENT = 4,
	MODEL_REQUIRES_RETURN = 8,
};

struct model_disclosure {
	int line;
	char to[NOTICE_LANGUAGES][NOTICE_TEXT_SIZE];
	int kind; /* enum model_recipient */
	size_t purpose_count;
	char purposes[NOTICE_PURPOSES_MAX][NOTICE_WORD_SIZE];
	int standing;	  /* enum model_truth */
	int select;	  /* model_selects: handpicked, all */
	int pseudonymise; /* model_pseudonyms: none, metadata, voice */
	uint32_t require; /* bits: enum model_requirement */
	int return_by;	  /* 1: the earliest end of its items */
	struct model_period max_duration;
	char law[NOTICE_TEXT_SIZE];
};

struct model_holds {
	int line;	/* 0: not stated */
	uint32_t kinds; /* bit per enum notice_hold */
};

struct model_log {
	int line; /* 0: not stated */
	struct model_period retention;
	char law[NOTICE_TEXT_SIZE];
};

/* 759/2004 21 §: those who are recorded at work are told beforehand. */
struct model_employee {
	int line; /* 0: not stated */
	seal_date informed_on;
	char procedure[NOTICE_TEXT_SIZE];
	int sees_listeners; /* enum model_truth */
};

/* A way to make a request (S25). */
struct model_way {
	int line;
	int kind; /* model_way_kinds */
	char where[2 * NOTICE_TEXT_SIZE];
};

struct model_narrowed {
	int line;
	int right; /* enum notice_right + 1 */
	char law[NOTICE_TEXT_SIZE];
};

struct model_rights {
	int line;	  /* 0: not stated */
	uint32_t offered; /* bit per enum notice_right; 0: as computed */
	uint32_t identity, forms;
	size_t way_count, narrowed_count;
	struct model_way ways[MODEL_WAYS_MAX];
	struct model_narrowed narrowed[MODEL_NARROWED_MAX];
};

/* A key that promises something and that this policy does not state. */
struct model_unstated {
	const struct policy_key *key;
	int line; /* of the section in which it could stand */
};

struct policy {
	char id[64];
	char version[32];
	char zone_name[64];
	int head_line, zone_line, valid_from_line, started_line, classes_line;
	seal_date valid_from, collection_started;
	uint32_t hash;
	char sha256[NOTICE_SHA256_SIZE];
	uint32_t languages; /* bit per enum notice_language */
	enum notice_language first_language;
	struct civil_zone *zone;
	char supersedes[NOTICE_SHA256_SIZE]; /* or empty */
	size_t signer_count;
	struct model_signer signers[SIGNED_SIGNERS_MAX];

	size_t controller_count, processor_count, location_count;
	struct model_controller controllers[MODEL_CONTROLLERS_MAX];
	struct model_processor processors[MODEL_PROCESSORS_MAX];
	struct model_location locations[MODEL_LOCATIONS_MAX];
	char dpo[NOTICE_TEXT_SIZE];
	char authority[NOTICE_TEXT_SIZE];
	char authority_url[NOTICE_TEXT_SIZE];
	struct model_contact dpo_contact, authority_contact;

	size_t service_count, basis_count, purpose_count, class_count,
		disclosure_count, unstated_count;
	struct model_service *services; /* NOTICE_NUMBERS_MAX */
	struct model_basis bases[MODEL_BASES_MAX];
	struct model_purpose purposes[NOTICE_PURPOSES_MAX];
	struct model_class classes[MODEL_CLASSES_MAX];
	struct model_disclosure disclosures[MODEL_DISCLOSURES_MAX];
	struct model_holds holds;
	struct model_log log;
	struct model_employee employee;
	struct model_rights rights;
	struct model_transfer transfer;
	int automation_line;
	int profiling, decisions; /* enum model_truth */
	struct model_unstated unstated[MODEL_UNSTATED_MAX];
};

/* Words of the vocabulary, in the order of their values; NULL at the end
 * (notice/words.c). Lists of notice_roles, holds and rights are public. */
extern const char *const model_articles6[];
extern const char *const model_articles9[];
extern const char *const model_begins[];
extern const char *const model_consent_units[];
extern const char *const model_consent_ways[];
extern const char *const model_consultations[];
extern const char *const model_controller_roles[];
extern const char *const model_coverages[];
extern const char *const model_directions[];
extern const char *const model_evidence[];
extern const char *const model_forms[];
extern const char *const model_identities[];
extern const char *const model_if_missing[];
extern const char *const model_kept_until[];
extern const char *const model_kinds[];
extern const char *const model_languages[];
extern const char *const model_location_kinds[];
extern const char *const model_masks[];
extern const char *const model_on_holds[];
extern const char *const model_opt_outs[];
extern const char *const model_pause_ways[];
extern const char *const model_pseudonyms[];
extern const char *const model_publicities[];
extern const char *const model_reasons[];
extern const char *const model_recipients[];
extern const char *const model_requirements[];
extern const char *const model_retentions[];
extern const char *const model_anchors[];
extern const char *const model_returns[];
extern const char *const model_scopes[];
extern const char *const model_selects[];
extern const char *const model_speakers[];
extern const char *const model_stops[];
extern const char *const model_thens[];
extern const char *const model_transfer_words[];
extern const char *const model_triggers[];
extern const char *const model_truths[];
extern const char *const model_uses[];
extern const char *const model_way_kinds[];

/* The class of that kind of data, or NULL. */
const struct model_class *model_class(const struct policy *policy,
				      uint32_t data_class);

/* Whether calls to a number are among those that may be recorded. */
bool model_captures(const struct policy *policy,
		    const struct model_capture *capture, const char *number);

/* Whether a period is stated. */
bool model_has(const struct model_period *period);

/* How long something may exist: the period, or the fallback where that is
 * the latest. */
const struct model_period *model_longest(const struct model_class *class);

/* The basis of a purpose, or NULL. */
const struct model_basis *model_basis(const struct policy *policy,
				      const struct notice_purpose *purpose);

/* Whether a country is of the European Economic Area. */
bool model_is_eea(const char country[MODEL_COUNTRY_SIZE]);

/* Whether something may be in a country under the policy (S18). */
bool model_allows_country(const struct policy *policy,
			  const char country[MODEL_COUNTRY_SIZE]);

#endif
