/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file told.h
 * What a policy says, for pages and programs that tell it to people.
 *
 * Deciding is not here: notice/notice.h answers what may be done. This is
 * the same policy, read by who wants to know what it promises (S1, S2, S6,
 * S9, S14, S19 to S21, S29). Texts belong to the policy.
 */
#ifndef TALLENNE_NOTICE_TOLD_H
#define TALLENNE_NOTICE_TOLD_H

#include "notice/notice.h"

enum { TOLD_HOURS_MAX = 16, TOLD_FIELDS_MAX = 16 };

/** Which of the calls to recorded numbers are recorded (S9). */
enum told_coverage {
	TOLD_COVERAGE_NONE,
	TOLD_COVERAGE_ALL,
	TOLD_COVERAGE_SAMPLE,
	TOLD_COVERAGE_SCHEDULE,
	TOLD_COVERAGE_MANUAL,
};

/** How to reach somebody (S1, S25): each may be empty. */
struct told_contact {
	const char *address, *phone, *email;
};

struct told_policy {
	const char *controller, *dpo, *authority; /**< names (S1, S28) */
	const char *representative; /**< of the controller, or empty (S1) */
	struct told_contact controller_at, dpo_at, authority_at;
	/** The first of its languages: of what it says in one only. */
	enum notice_language language;
	seal_date valid_from, collection_started; /**< S14 */
	enum told_coverage coverage;
	unsigned int share_percent; /**< of a sample */
	size_t hours_count;	    /**< of a schedule */
	struct {
		int from, until; /**< minutes since Monday 00:00, local */
	} hours[TOLD_HOURS_MAX];
};

/** A legal basis (S6). */
struct told_basis {
	const char *gdpr; /**< "6(1)(c)" */
	const char *art9; /**< "9(2)(g)", or empty */
	const char *law;  /**< or empty */
};

/** A period: months, days or hours, the others are 0. */
struct told_period {
	int months, days, hours;
};

/** A kind of data, and until when it exists (S19 to S21). */
struct told_class {
	size_t field_count;
	const char *fields[TOLD_FIELDS_MAX]; /**< these and no others (S7) */
	bool is_kept;			     /**< it has a retention */
	bool is_exact; /**< kept to the end of the period, not only at most */
	bool from_end; /**< counted from the end of the contact */
	struct told_period period, grace;
	int reason; /**< 906/2019, section 21: 1 to 5; 0: not stated */
};

/** What goes out, and where things are (S15 to S18). */
struct told_flows {
	size_t disclosures; /**< that are foreseen at all */
	size_t standing;    /**< of these, without a decision each time */
	size_t places;	    /**< locations and processors */
	size_t outside;	    /**< of these, in no country that is allowed */
};

void told_flows(const struct policy *policy, struct told_flows *ret_flows);

void told_policy(const struct policy *policy, struct told_policy *ret_told);

/** The basis of a purpose; false if there is none of that name. */
bool told_basis(const struct policy *policy,
		const struct notice_purpose *purpose,
		struct told_basis *ret_told);

/** A class; false if the policy has none of that kind. */
bool told_class(const struct policy *policy, uint32_t data_class,
		struct told_class *ret_told);

/** Whether calls to the service at that index may be recorded (S8). */
bool told_is_recorded(const struct policy *policy, size_t index);

#endif
