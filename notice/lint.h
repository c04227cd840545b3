/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file lint.h
 * Parts of reading a policy. Private to notice/.
 */
#ifndef TALLENNE_NOTICE_LINT_H
#define TALLENNE_NOTICE_LINT_H

#include "notice/model.h"
#include "notice/reader.h"

/** Take a period such as P6M, P24M, P1Y, P14D or PT72H. */
void policy_read_period(struct yaml_reader *reader, const yaml_node_t *node,
			struct model_period *ret_period);

/** Take a date such as 2018-05-25; 0 with a fault if it is none. */
seal_date policy_read_date(struct yaml_reader *reader, const yaml_node_t *node);

/** Take a number in international form; MODEL_NUMBER_SIZE. */
void policy_read_number(struct yaml_reader *reader, const yaml_node_t *node,
			char *out);

/** Take a country by its two letters; MODEL_COUNTRY_SIZE. */
void policy_read_country(struct yaml_reader *reader, const yaml_node_t *node,
			 char *out);

/** Take the section "transfer", or "none". */
void policy_read_transfer(struct yaml_reader *reader, const yaml_node_t *node,
			  void *policy);

/** Two times of a day such as "08:00-16:15"; false if they are none. */
bool policy_read_times(struct slice text, struct model_hours *ret_hours);

/**
 * Take weekly hours such as "mon-fri 08:00-16:15".
 *
 * @param[in,out] count  how many of hours there are, MODEL_RANGES_MAX at
 *                       most; one for each day
 */
void policy_read_hours(struct yaml_reader *reader, const yaml_node_t *node,
		       struct model_hours *hours, size_t *count);

/** Add hours that are not yet there; false if they overlap with some. */
bool policy_add_hours(struct model_hours *hours, size_t *count,
		      struct model_hours fresh);

/** Take the list "policy.signers" (notice/signed.h). */
void policy_read_signers(struct yaml_reader *reader, const yaml_node_t *node,
			 void *policy);
/** Take "policy.supersedes". */
void policy_read_supersedes(struct yaml_reader *reader, const yaml_node_t *node,
			    void *policy);

/**
 * Look whether a purpose is for roles that can use content at all.
 *
 * @param node  the item of "purposes" that was read
 */
void policy_lint_roles(struct yaml_reader *reader, const yaml_node_t *node,
		       const struct notice_purpose *purpose);

/**
 * Look for what contradicts itself or the law the product stands on.
 * Errors refuse the policy, warnings are told.
 */
void policy_lint(struct yaml_reader *reader, const struct policy *policy);

/* Its parts, each of its subject. */
void policy_lint_classes(struct yaml_reader *reader,
			 const struct policy *policy);
void policy_lint_retention(struct yaml_reader *reader,
			   const struct policy *policy);
void policy_lint_places(struct yaml_reader *reader,
			const struct policy *policy);

/** A fault at a line unless there is a purpose of that id. */
void policy_lint_purpose(struct yaml_reader *reader,
			 const struct policy *policy, int line, const char *id);

/** What the vocabulary can say and the product does not do. */
void policy_lint_undone(struct yaml_reader *reader,
			const struct policy *policy);

#endif
