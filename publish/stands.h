/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file stands.h
 * Under which policy a clause stands, and how many times.
 *
 * Private to publish/. One function for each condition that
 * publish/clauses.def names; where a clause stands for each of several
 * things, stands_find_...() tells which the n-th is.
 */
#ifndef TALLENNE_PUBLISH_STANDS_H
#define TALLENNE_PUBLISH_STANDS_H

#include "notice/model.h"
#include "publish/clause.h"

#define SECTION(...)
#define CLAUSE(id, section, style, sentences, stands, fi, sv, en)              \
	size_t stands_##stands(const struct policy *policy);
#include "publish/clauses.def"
#undef SECTION
#undef CLAUSE

/** The n-th service number that is recorded, or the n-th that is not. */
const struct model_service *stands_find_service(const struct policy *policy,
						bool recorded, size_t index);

/** The n-th purpose that allows figures only. */
const struct notice_purpose *stands_find_figures(const struct policy *policy,
						 size_t index);

/** The n-th basis that a purpose rests on, with a law or Art. 9 if asked. */
enum stands_basis { STANDS_ANY, STANDS_LAW, STANDS_SPECIAL };
const struct model_basis *stands_find_basis(const struct policy *policy,
					    enum stands_basis which,
					    size_t index);

/** The basis that a purpose rests on. */
const struct model_basis *stands_basis_of(const struct policy *policy,
					  const struct notice_purpose *purpose);

/** The n-th class whose retention has a reason. */
const struct model_class *stands_find_reason(const struct policy *policy,
					     size_t index);

/** Something to be kept, given or done for others; publish/stands_given.c. */
enum stands_given {
	STANDS_LOAN,	    /**< to research */
	STANDS_LOAN_PERIOD, /**< with a longest duration */
	STANDS_LOAN_MASKED,
	STANDS_LOAN_PLAN,
	STANDS_LOAN_PERSON, /**< under pseudonyms */
	STANDS_GIVEN_PLAIN, /**< to others, naming no law */
	STANDS_GIVEN_BY_LAW,
};
const struct model_disclosure *stands_find_given(const struct policy *policy,
						 enum stands_given which,
						 size_t index);

/** The n-th purpose with an end of its own. */
const struct model_purpose *stands_find_ending(const struct policy *policy,
					       size_t index);
/** The n-th class whose retention names a law. */
const struct model_class *stands_find_lawful(const struct policy *policy,
					     size_t index);
/** The n-th joint controller after the first that can be reached. */
const struct model_controller *stands_find_joint(const struct policy *policy,
						 size_t index);
/** The n-th processor that has a contract. */
const struct model_processor *stands_find_contract(const struct policy *policy,
						   size_t index);
/** The place of the n-th bit that is set. */
size_t stands_find_bit(uint32_t bits, size_t index);

/** What the policy lets say at the start of calls, or NULL. */
const struct model_announcement *
stands_announcement(const struct policy *policy);

/** The n-th class of which something is said. */
enum stands_class { STANDS_AT_LEAST, STANDS_PUBLICITY, STANDS_GROUNDS };
const struct model_class *stands_find_class(const struct policy *policy,
					    enum stands_class which,
					    size_t index);

/** Rights as they follow from a legal basis (GDPR Art. 12 to 22). */
enum stands_right {
	STANDS_ACCESS = 1,
	STANDS_RECTIFY = 2,
	STANDS_ERASE = 4,
	STANDS_ERASE_LIMITED = 8, /**< Art. 17(3)(b) stands in the way */
	STANDS_RESTRICT = 16,
	STANDS_PORT = 32,
	STANDS_OBJECT = 64,
	STANDS_WITHDRAW = 128,
};

/** Those of a basis such as "6(1)(c)"; bits. */
uint32_t stands_rights(const char *gdpr);

#endif
