/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file policy.h
 * Parts of "tallenne policy". Each function ends as a command does.
 */
#ifndef TALLENNE_CLI_POLICY_H
#define TALLENNE_CLI_POLICY_H

#include "notice/notice.h"

/** Read a policy and tell out what is wrong with it. */
int policy_load(const char *file, FILE *out, bool json,
		struct policy **ret_policy);

/** List the keys with what enforces and what shows them. */
int policy_coverage(bool json);
/** tallenne-policy(5): the keys and the codes, in mdoc(7). */
void policy_man(void);

/** Make a signing key in a fresh file, and print its verifier key. */
int policy_make_key(const char *name, const char *file);
/** Put one more signature to a policy, into FILE.signed. */
int policy_sign(const char *file, const char *key_file);
/** Tell who signed a policy and whether it may hold, after another one if
    a file of that is given. */
int policy_verify(const char *file, const char *former_file);
/** Tell what a policy would do to what is there, before it holds. */
int policy_impact(const char *file, const char *run, bool json);

#endif
