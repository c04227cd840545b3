/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file notice_page.h
 * A notice as part of a page, or as a document for machines.
 */
#ifndef TALLENNE_COUNTER_NOTICE_PAGE_H
#define TALLENNE_COUNTER_NOTICE_PAGE_H

#include "counter/visit.h"

/**
 * Write the notice of a policy to the end of an answer.
 *
 * @return 0; -ENOMEM: nothing was written
 */
MUST int notice_write(struct visit *visit, const struct policy *policy,
		      bool as_json);

#endif
