/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file verify.h
 * Whether an audit log is whole. Needs no vault and no key of it.
 *
 * For "tallenne audit verify", for auditors, and for the vault itself at
 * its start. A second implementation that shares no line with this one is
 * tools/verify/verify_audit.py.
 */
#ifndef TALLENNE_VAULT_VERIFY_H
#define TALLENNE_VAULT_VERIFY_H

#include "vault/note.h"
#include "vault/record.h"

/**
 * How the entry goes on, after number, time and node, by which the vault says
 * up to where the log was erased; then "before" and "entries". No room may
 * write one. What was erased without it, was removed by somebody.
 */
#define VERIFY_ERASED "\"event\":\"log.erased\",\"actor\":\"svc_sweeper\","

/** What was found. */
struct audit_found {
	uint64_t entries;	      /**< good ones, from the start */
	uint64_t erased;	      /**< of them, those without payload */
	uint8_t root[TREE_HASH_SIZE]; /**< of the tree over them */
	bool is_signed;		      /**< a checkpoint was given and fits */
	uint64_t signed_entries;      /**< how many the checkpoint covers */
	const char *problem;	      /**< what is wrong, a literal; NULL */
};

/**
 * Read a whole log.
 *
 * @param log         JSON lines, any readable descriptor, borrowed
 * @param checkpoint  text of a checkpoint, or an empty slice
 * @param key         verifier key for it, or NULL: its signature is then
 *                    not checked, only its size and root
 * @param[out] ret_found  filled as far as reading went, also on error
 * @return 0 if all is well; -EBADMSG if not, "problem" tells what and
 *         "entries" where; or the errno of reading
 */
MUST int audit_verify(int log, struct slice checkpoint, const char *key,
		      struct audit_found *ret_found);

/** Up to which entry this one says that the log was erased; 0: it does not.
    Only the vault writes such an entry, and in one way. */
uint64_t audit_erased_by(const struct record *record);

#endif
