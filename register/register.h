/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file register.h
 * What other rooms may ask of the register.
 *
 * The register owns the database and the object store and decides who may
 * see what. It stores ciphertext: it has no key and never sees sound, a
 * chat text or a caller's number. It asks the vault, and the vault first
 * writes the audit entry.
 *
 * This file holds what recorders say. What the room chat says is in
 * register/chat_letters.h, what the desk says in register/desk_letters.h,
 * what people's commands say in register/door_letters.h, all included
 * below.
 */
#ifndef TALLENNE_REGISTER_H
#define TALLENNE_REGISTER_H

#include "base/clock.h"
#include "base/line.h"
#include "seal/box.h"

enum {
	REGISTER_NUMBER_TEXT = 24, /**< E.164 with +, NUL included */
	REGISTER_NAME_SIZE = 64,   /**< name of an agent, UTF-8, with NUL */
	REGISTER_WORD_SIZE = 32,   /**< ids from policy and configuration */
};

/** Letters from siprec and finish; others start at 100, 200, 300. */
enum register_letter {
	REGISTER_CONTACT = 1, /**< struct register_contact */
	REGISTER_NOTED,	      /**< struct register_noted, answers CONTACT */
	REGISTER_LAST,	      /**< struct register_last: what is the last
				   number? also the answer to it */
	REGISTER_RECORDING,   /**< struct register_recording, three fds:
				   sound, peaks, timeline (sealed objects in
				   sealed memory files) */
	REGISTER_TAKEN,	      /**< struct register_taken, answers RECORDING */
	REGISTER_IS_KNOWN,    /**< struct register_is_known; also the answer */
};

/** States of a contact. Values are in the database. */
enum register_state {
	REGISTER_STATE_OPEN = 1,   /**< announced, not answered yet */
	REGISTER_STATE_ANSWERED,   /**< recording */
	REGISTER_STATE_ENDED,	   /**< over; end_reason tells how */
	REGISTER_STATE_UNANSWERED, /**< over, never answered: no recording */
};

/** What of the contact is uncertain, shown as labels. In the database. */
enum register_flag {
	REGISTER_FLAG_END_LOST = 1,    /**< closed by time-out (S11) */
	REGISTER_FLAG_SEGMENTS = 2,    /**< more than one segment */
	REGISTER_FLAG_NO_METADATA = 4, /**< nothing or nothing usable came */
	REGISTER_FLAG_ONE_LANE = 8,    /**< caller and agent in one stream */
	REGISTER_FLAG_RECOVERED = 16,  /**< finished after a crash */
	REGISTER_FLAG_DAMAGED = 32,    /**< some chunks could not be opened */
	REGISTER_FLAG_WITHHELD = 64,   /**< the caller withheld the number */
	REGISTER_FLAG_NO_SOUND = 128,  /**< answered, but no sound came */
	REGISTER_FLAG_RUINED = 256,    /**< nothing of a stretch of it could be
					    saved: no recording of that */
};

/**
 * The whole present state of a contact, sent at each change of it.
 *
 * siprec writes it to its journal, durably, before it sends it and before
 * the first media byte; numbers have no gap. Sent twice it is taken once.
 * These fields are those of S7 and no others.
 */
struct register_contact {
	struct letter head; /**< REGISTER_CONTACT */
	struct id contact;
	uint64_t number;	   /**< 1, 2, 3 ... without a gap */
	uint32_t version;	   /**< 1, 2 ... of this contact's state */
	uint32_t state;		   /**< enum register_state */
	nanoseconds started_at;	   /**< announced */
	nanoseconds answered_at;   /**< or 0 */
	nanoseconds ended_at;	   /**< or 0 */
	uint32_t end_reason;	   /**< enum call_end, or 0 */
	uint32_t flags;		   /**< enum register_flag */
	struct seal_end audio_end; /**< from the policy */
	struct seal_end contact_end;
	uint32_t policy; /**< version hash of the policy, first 32 bits */
	uint32_t reserved;
	char service_number[REGISTER_NUMBER_TEXT];
	char agent[REGISTER_WORD_SIZE]; /**< id in the roster, or empty */
	char agent_name[REGISTER_NAME_SIZE];
	char agent_number[REGISTER_NUMBER_TEXT];
	char caller_tail[8];	 /**< last three digits, for masked display;
				   empty if withheld or not told */
	struct seal_text caller; /**< the whole number, sealed; all zero if
				      withheld or not told */
};

/** It is in the register, durably. */
struct register_noted {
	struct letter head; /**< REGISTER_NOTED */
	uint64_t number;
	uint32_t version;
	int32_t result; /**< 0; -ESTALE: older than what is known;
				 -EEXIST: number taken by another contact;
				 -EINVAL: violates the policy (S14 ...).
				 Without space the answer comes when there
				 is some again */
};

/** Which number was given last. */
struct register_last {
	struct letter head; /**< REGISTER_LAST */
	uint64_t number;    /**< in the answer: highest in the register, at
				 most INT64_MAX */
};

/** A finished recording of one call. */
struct register_recording {
	struct letter head; /**< REGISTER_RECORDING */
	struct id contact;
	struct id call;	 /**< the stretch; one recording each */
	uint64_t number; /**< the contact's register number */
	uint32_t segment;
	uint32_t flags;	      /**< enum register_flag, to be added */
	nanoseconds began_at; /**< wall clock of the first sample */
	uint64_t duration_ms;
	uint64_t lost_packets; /**< that never came, both lanes */
	struct seal_end end;
	uint64_t sealed_size[3];
	uint8_t hash[3][SEAL_HASH_SIZE]; /**< SHA-256 of each object */
	struct id object[3]; /**< sound, peaks, timeline; zero: no sound
				  inside the gates, nothing to store */
	uint64_t size[3];    /**< of the plain contents */
	struct seal_wrapped wrapped[3]; /**< each object's key, as written in
				  it (seal_object.wrapped) */
};

/** It is stored, durably, under another owner. */
struct register_taken {
	struct letter head; /**< REGISTER_TAKEN */
	struct id call;
	int32_t result; /**< 0, also if it was taken before; -EBADMSG:
				 not what its hash says; -EAGAIN: no space or
				 no vault, try again */
	uint32_t reserved;
};

/** Whether a call found in an old spool segment was finished already. */
struct register_is_known {
	struct letter head; /**< REGISTER_IS_KNOWN */
	struct id call;
	int32_t is_known; /**< in the answer: 1, or 0 */
	uint32_t reserved;
};

#include "register/chat_letters.h"
#include "register/desk_letters.h"
#include "register/door_letters.h"
#include "register/impact_letters.h"
#include "register/proof_letters.h"

#endif
