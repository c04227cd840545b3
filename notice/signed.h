/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file signed.h
 * Who put their names to a policy, and which policy it takes the place of.
 *
 * A policy lists who may sign it ("policy.signers", verifier keys), and
 * which one it supersedes (the SHA-256 of that one's text). It holds when
 * two of its own signers have signed it, and two of the signers of the one
 * before: nobody who can merely write files changes what was promised, not
 * even by putting an earlier policy back. What is signed (a signed note,
 * seal/signature.h; in the file "policy.yaml.signed"):
 *
 *	tallenne policy
 *	prh-asiakaspalvelu 2018-05-25      id and version
 *	2018-05-25                         from when on it holds
 *	9f86d081884c7d65...                SHA-256 of its text
 *
 *	— controller-representative ...
 *	— second-signer ...
 *
 * Pure. Sentence S29; privacy rules 8 (two signers), 9.2 (signed_by,
 * supersedes).
 */
#ifndef TALLENNE_NOTICE_SIGNED_H
#define TALLENNE_NOTICE_SIGNED_H

#include "notice/notice.h"
#include "seal/signature.h"

enum {
	SIGNED_PERSONS = 2,	/**< so many must sign */
	SIGNED_SIGNERS_MAX = 8, /**< so many may be listed */
	SIGNED_SIZE_MAX = 8192, /**< of a file of signatures */
	SIGNED_BODY_SIZE = 256, /**< room for what is signed, with NUL */
};

/** What is to be signed, with its last line break. @return its length */
size_t policy_signed_body(const struct policy *policy,
			  char ret_body[SIGNED_BODY_SIZE]);

size_t policy_signer_count(const struct policy *policy);
/** The name of one who may sign. */
const char *policy_signer(const struct policy *policy, size_t index);
/** Which of them has this key; -ENOENT: none. */
MUST int policy_signer_find(const struct policy *policy,
			    const uint8_t public[SIGNATURE_PUBLIC_SIZE]);
/** The SHA-256 of the policy that this one takes the place of; or empty. */
const char *policy_supersedes(const struct policy *policy);
/** From when on it holds. */
seal_date policy_valid_from(const struct policy *policy);

/**
 * Which of a policy's signers signed something.
 *
 * @param who   whose signers are looked for
 * @param what  what is to be signed
 * @param note  the signed note; may be empty or anything else
 * @return bits by index of policy_signer()
 */
uint32_t policy_signed_by(const struct policy *who, const struct policy *what,
			  struct slice note);

/**
 * Whether a policy may hold.
 *
 * @param former  the policy that held before; NULL: this is the first
 * @param note    its signatures; empty: there are none
 * @param[out] ret_fault  why not: E-SIGNERS, E-UNSIGNED, E-SUPERSEDES,
 *                        E-NOT-BY-FORMER, E-EARLIER
 * @return 0 or -EKEYREJECTED
 */
MUST int policy_signed_check(const struct policy *policy,
			     const struct policy *former, struct slice note,
			     struct notice_fault *ret_fault);

#endif
