/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file lint.h
 * Parts of reading a policy. Private to notice/.
 */
#ifndef TALLENNE_NOTICE_LINT_H
#define TALLENNE_NOTICE_LINT_H

#include "notice/model.h"
#include "notice/reader.h"

/** Take a period such as P6M, P24M, P1Y or P14D. */
void policy_read_period(struct yaml_reader *reader, const yaml_node_t *node,
			struct model_period *ret_period);

/** Take a date such as 2018-05-25; 0 with a fault if it is none. */
seal_date policy_read_date(struct yaml_reader *reader, const yaml_node_t *node);

/** Take a text in all languages: a mapping of fi, sv and en. */
void policy_read_texts(struct yaml_reader *reader, const yaml_node_t *node,
		       char texts[NOTICE_LANGUAGES][NOTICE_TEXT_SIZE]);

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

/** Take the section "channel" of a class. */
void policy_read_channel(struct yaml_reader *reader, const yaml_node_t *node,
			 struct model_channel *ret_channel);

/** Take the list "policy.signers" (notice/signed.h). */
void policy_read_signers(struct yaml_reader *reader, const yaml_node_t *node,
			 struct policy *policy);
/** Take "policy.supersedes". */
void policy_read_supersedes(struct yaml_reader *reader, const yaml_node_t *node,
			    struct policy *policy);

/** Take one item of "classes". */
void policy_read_class(struct yaml_reader *reader, const yaml_node_t *node,
		       struct model_class *ret_class);

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

#endif
