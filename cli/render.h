/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file render.h
 * What is published of a policy, on standard output.
 */
#ifndef TALLENNE_CLI_RENDER_H
#define TALLENNE_CLI_RENDER_H

#include "notice/notice.h"

struct render_options {
	const char *language; /**< NULL: fi */
	const char *as;	      /**< NULL: text */
	const char *document; /**< NULL: notice */
};

/**
 * Look whether the words are right, before anything is read.
 *
 * @return an exit status; what is wrong was printed
 */
int render_check(const struct render_options *options);

/** Write it; an exit status. */
int render_policy(const struct render_options *options,
		  const struct policy *policy);

#endif
