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
