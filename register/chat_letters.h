/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file chat_letters.h
 * What the room chat tells and asks the register. Included by
 * register/register.h.
 *
 * The fields are those of S12 and no others. The text comes only as a
 * sealed object in a passed descriptor; the register never reads it.
 */
#ifndef TALLENNE_REGISTER_CHAT_LETTERS_H
#define TALLENNE_REGISTER_CHAT_LETTERS_H

#include "base/clock.h"
#include "base/line.h"
#include "seal/seal.h"

enum register_chat_letter {
	REGISTER_CHAT = 300, /**< struct register_chat; with the object in one
				  fd when it is over -> REGISTER_CHAT_NOTED */
	REGISTER_CHAT_NOTED, /**< struct register_chat_noted */
	REGISTER_SEAT,	     /**< struct register_seat -> REGISTER_SEAT_IS */
	REGISTER_SEAT_IS,    /**< struct register_seat_is */
};

/** Where a conversation stands: the values of enum chat_phase. */
enum register_phase {
	REGISTER_PHASE_WAITING = 1,
	REGISTER_PHASE_TALKING,
	REGISTER_PHASE_OVER,
};

/**
 * The whole present state of a conversation, sent at each change of phase
 * or agent. Sent twice it is taken once. The register gives the number:
 * chats have a series of their own, without a gap. It keeps every agent it
 * was told of, as those who may see who read the chat; whoever had the chat
 * only while the register was away is not told of.
 */
struct register_chat {
	struct letter head; /**< REGISTER_CHAT */
	struct id chat;
	uint32_t version;	 /**< 1, 2 ... of this conversation's state */
	uint32_t phase;		 /**< enum register_phase */
	nanoseconds started_at;	 /**< opened by the visitor */
	nanoseconds answered_at; /**< first taken by an agent, or 0 */
	nanoseconds ended_at;	 /**< or 0 */
	uint32_t end_reason;	 /**< enum chat_reason, or 0 */
	uint32_t flags;		 /**< enum chat_flag */
	struct seal_end contact_end; /**< of the history row (S20) */
	uint32_t policy;     /**< hash of the notice version shown, 32 bits */
	uint32_t has_object; /**< 1: the fields below and the fd are there;
				  0 with CHAT_OVER: nothing was said */
	char language[4];
	char queue[32];
	char agent[32]; /**< the last one, or empty */
	char agent_name[64];
	uint8_t receipt[32]; /**< SHA-256 of the receipt code without dashes */
	struct id object;
	struct seal_end chat_end; /**< of the object (S21) */
	uint32_t reserved;
	uint64_t size; /**< of the plain content */
	uint64_t sealed_size;
	uint8_t hash[SEAL_HASH_SIZE];
	struct seal_wrapped wrapped;
};

/** It is in the register, durably, and so is the object if it came. */
struct register_chat_noted {
	struct letter head; /**< REGISTER_CHAT_NOTED */
	struct id chat;
	uint32_t version;
	int32_t result;	 /**< 0, also if it was taken before; -ESTALE: older
			      than what is known; -EBADMSG: the object is not
			      what its hash says; -EAGAIN: no space or no
			      policy: try again; -EINVAL: violates the policy
			      (S14 ...): it will never be taken */
	uint64_t number; /**< of the chat in the register; 0: none yet */
};

/**
 * Whose session is this, and may they answer chats? Those of role agent who
 * stand in the roster may. Asked now and then for each seat: a session that
 * is left alone ends, one whose agent has done something goes on.
 */
struct register_seat {
	struct letter head; /**< REGISTER_SEAT */
	uint8_t session[32];
	uint32_t is_active; /**< 1: the person came, said or did something
				 since it was asked last: counts as a
				 question of the session */
	uint32_t reserved;
};

struct register_seat_is {
	struct letter head; /**< REGISTER_SEAT_IS */
	int32_t result;	    /**< enum desk_result: OK, NOT_SIGNED_IN, FORBIDDEN
			     (no agent in the roster) */
	uint32_t reserved;
	uint8_t session[32];
	struct id staff;
	char agent[32]; /**< id in the roster */
	char name[64];	/**< as visitors see it: the roster's */
	char language[4];
	uint32_t reserved2;
};

#endif
