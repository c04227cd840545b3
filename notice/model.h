/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file model.h
 * The policy as a struct. Private to notice/: others ask notice/notice.h.
 */
#ifndef TALLENNE_NOTICE_MODEL_H
#define TALLENNE_NOTICE_MODEL_H

#include "notice/channel.h"
#include "notice/notice.h"
#include "notice/signed.h"

enum {
	MODEL_FIELDS_MAX = 16,
	MODEL_BASES_MAX = 8,
	MODEL_CLASSES_MAX = 8,
	MODEL_RANGES_MAX = 16,
	MODEL_EXCEPTIONS_MAX = 64,
	MODEL_PARTS_MAX = 4, /* of the hours of one exceptional day */
	MODEL_NUMBER_SIZE = 24,
};

/* Lines are those of the file, so that what is found later can be told. */

struct model_service {
	int line;
	char number[MODEL_NUMBER_SIZE]; /* E.164 */
	char label[NOTICE_LANGUAGES][NOTICE_TEXT_SIZE];
};

struct model_basis {
	int line;
	char id[NOTICE_WORD_SIZE];
	char gdpr[NOTICE_WORD_SIZE]; /* "6(1)(c)" */
	char art9[NOTICE_WORD_SIZE]; /* "9(2)(g)", or empty */
	char law[NOTICE_TEXT_SIZE];
};

enum model_coverage {
	MODEL_COVERAGE_NONE, /* not stated: nothing is recorded */
	MODEL_COVERAGE_ALL,
	MODEL_COVERAGE_SAMPLE,
	MODEL_COVERAGE_SCHEDULE,
	MODEL_COVERAGE_MANUAL,
};

/* Weekly hours: minutes since Monday 00:00, local. Of an exceptional day:
 * minutes since its 00:00. */
struct model_hours {
	int from, until;
};

struct model_number {
	int line;
	char text[MODEL_NUMBER_SIZE]; /* E.164; "*": all listed services */
};

struct model_capture {
	int line; /* 0: not stated */
	size_t number_count, exclude_count, hours_count;
	struct model_number *numbers; /* NOTICE_NUMBERS_MAX */
	struct model_number exclude[MODEL_RANGES_MAX];
	uint32_t directions; /* bit per enum notice_direction */
	enum model_coverage coverage;
	double share; /* of coverage "sample" */
	struct model_hours hours[MODEL_RANGES_MAX];
	bool stops_at_transfer, pauses_on_hold, records_consultation;
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
};

enum model_anchor { MODEL_ANCHOR_START, MODEL_ANCHOR_END };

struct model_period {
	int months, days; /* one of them is 0 */
};

struct model_field {
	int line;
	char name[NOTICE_WORD_SIZE];
	/* by role; plain unless told */
	enum notice_mask mask[NOTICE_ROLES];
};

struct model_class {
	int line, retention_line;
	char id[NOTICE_WORD_SIZE];
	uint32_t data_class; /* enum seal_class, 0: place not used */
	size_t field_count;
	struct model_field fields[MODEL_FIELDS_MAX];
	struct model_capture capture;
	struct model_channel channel; /* of chats */
	enum model_retention retention;
	struct model_period period, grace;
	enum model_anchor anchor;
	int reason; /* 906/2019 21 §: 1 to 5 */
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

struct policy {
	char id[64];
	char version[32];
	char zone_name[64];
	int head_line, zone_line, valid_from_line, classes_line;
	seal_date valid_from, collection_started;
	uint32_t hash;
	char sha256[NOTICE_SHA256_SIZE];
	uint32_t languages; /* bit per enum notice_language */
	enum notice_language first_language;
	struct civil_zone *zone;
	char supersedes[NOTICE_SHA256_SIZE]; /* or empty */
	size_t signer_count;
	struct model_signer signers[SIGNED_SIGNERS_MAX];

	char controller[NOTICE_TEXT_SIZE];
	char representative[NOTICE_TEXT_SIZE]; /* or empty */
	char dpo[NOTICE_TEXT_SIZE];
	char authority[NOTICE_TEXT_SIZE];
	struct model_contact controller_contact, dpo_contact, authority_contact;

	size_t service_count, basis_count, purpose_count, class_count;
	struct model_service *services; /* NOTICE_NUMBERS_MAX */
	struct model_basis bases[MODEL_BASES_MAX];
	struct notice_purpose purposes[NOTICE_PURPOSES_MAX];
	int purpose_lines[NOTICE_PURPOSES_MAX];
	struct model_class classes[MODEL_CLASSES_MAX];
};

/* The class of that kind of data, or NULL. */
const struct model_class *model_class(const struct policy *policy,
				      uint32_t data_class);

/* Whether calls to a number are among those that may be recorded. */
bool model_captures(const struct policy *policy,
		    const struct model_capture *capture, const char *number);

#endif
