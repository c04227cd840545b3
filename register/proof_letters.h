/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file proof_letters.h
 * What the register finds when it holds itself against the policy in force:
 * for each promise, how much was looked at and how much of it breaks the
 * promise. Nothing of a contact is told.
 */
#ifndef TALLENNE_REGISTER_PROOF_LETTERS_H
#define TALLENNE_REGISTER_PROOF_LETTERS_H

#include "base/line.h"

enum door_proof_check {
	/** Columns of contacts, recordings and chats; broken: fields that
	    nobody promised (S7, S12, S22). */
	DOOR_PROOF_FIELDS,
	/** Calls under this policy; broken: to numbers that it does not
	    record (S8). */
	DOOR_PROOF_SERVICES,
	/** Contacts; broken: from before collection started (S14). */
	DOOR_PROOF_SINCE,
	/** Recordings; broken: with sound from before the answer (S10) ... */
	DOOR_PROOF_BEGINS,
	/** ... or from after the end (S11). */
	DOOR_PROOF_ENDS,
	/** Recordings of calls, contacts, contents of chats; broken: beyond
	    the moment by which they must be gone, and held by nothing (S19,
	    S20, S21). */
	DOOR_PROOF_CALLS,
	DOOR_PROOF_HISTORY,
	DOOR_PROOF_CHATS,
	/** Readings under this policy; broken: for a purpose that it does not
	    grant to the role (S2). */
	DOOR_PROOF_PURPOSES,
	/** Calls; broken: of a caller's number in clear (S7). */
	DOOR_PROOF_SEALED,
	/** Chats; broken: with a caller's number or a service number, which
	    no visitor has (S12, S13). */
	DOOR_PROOF_VISITORS,
	/** Notes beside recordings; broken: for a purpose that grants none to
	    the role, not sealed, or beside no recording (S5). */
	DOOR_PROOF_NOTES,
	/** Recordings in training sets and samples; broken: there no more,
	    or in a set of a purpose that grants no such use (S3). */
	DOOR_PROOF_SETS,
	/** Figures of service of the latest month that are shown; broken:
	    fewer contacts than the threshold, or telling of so few what is
	    hidden (S4). */
	DOOR_PROOF_FIGURES,
	/** Disclosures in the policy; broken: standing ones (S15). */
	DOOR_PROOF_DISCLOSED,
	/** Places and processors in the policy; broken: in a country that it
	    does not allow (S18). */
	DOOR_PROOF_PLACES,
	/** Holds and restrictions; broken: decided by nobody (S23). */
	DOOR_PROOF_ACTORS,
	/** Restrictions; broken: each reading since it was set (S27). */
	DOOR_PROOF_RESTRICTED,
	/** The vault's oldest key of an end date, of calls, contacts and
	    chats, asked of it just now; broken: it should be destroyed (S19,
	    S20, S21). */
	DOOR_PROOF_CALL_KEYS,
	DOOR_PROOF_HISTORY_KEYS,
	DOOR_PROOF_CHAT_KEYS,
	/** The oldest day of the audit log that can be read, if the policy
	    promises an end; broken: it should be erased (S19). */
	DOOR_PROOF_LOG,
	DOOR_PROOFS
};

struct door_proof {
	struct letter head; /**< DOOR_PROOF, also the answer */
	int32_t result;	    /**< 0, -ENODATA: no policy yet */
	uint32_t policy;    /**< its hash */
	uint32_t is_locked; /**< or not there: nothing of the vault was seen */
	uint32_t reserved;
	struct {
		uint64_t looked_at, broken;
	} check[DOOR_PROOFS];
};

#endif
