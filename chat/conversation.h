/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file conversation.h
 * One conversation: what was said in it, and how it stands.
 *
 * Pure: no I/O, time is a parameter. How a conversation stands (phase,
 * agent, reason, flags) follows from how it was opened and from its events
 * alone, so taking the last events back takes back all they did: events
 * above "durable" are not on the disk yet, are told to nobody, and are
 * taken back when the disk refuses them.
 *
 * Notes have numbers of their own and are never a visitor's.
 */
#ifndef TALLENNE_CHAT_CONVERSATION_H
#define TALLENNE_CHAT_CONVERSATION_H

#include "chat/chat.h"

enum {
	CONVERSATION_HASH_SIZE = 32,
	CONVERSATION_DIGEST_SIZE = 16,
	CONVERSATION_PACE_MAX = 1000000, /**< messages a minute */
	CONVERSATION_TYPING_S = 10,	 /**< "on" is believed for so long */
};

/** What is known from its beginning. On disk (chat/record.h). */
struct conversation_birth {
	struct id id;
	uint64_t epoch; /**< of its numbers; random, stays after a crash */
	uint64_t born;	/**< order in which conversations were opened */
	nanoseconds opened_at;
	uint32_t policy;
	uint8_t key_hash[CONVERSATION_HASH_SIZE];   /**< of the open key */
	uint8_t token_hash[CONVERSATION_HASH_SIZE]; /**< of the bearer */
	uint8_t salt[CONVERSATION_HASH_SIZE];	    /**< of what follows from
						       the open key */
	char receipt[CHAT_RECEIPT_SIZE];
	char language[CHAT_LANGUAGE_SIZE];
	char queue[CHAT_WORD_SIZE]; /**< in which it was opened */
	char nickname[CHAT_NAME_SIZE];
	uint32_t flags; /**< CHAT_FLAG_MASKED: the nickname was */
};

/** Something that happened. On disk (chat/record.h). */
struct event {
	nanoseconds at;
	uint32_t kind;			    /**< enum chat_event_kind */
	uint32_t side;			    /**< enum chat_side */
	uint32_t flags;			    /**< enum chat_flag */
	uint32_t reason;		    /**< enum chat_reason */
	uint8_t client_id[CHAT_TOKEN_SIZE]; /**< zero: none */
	/** Of the words as they came, before masking; zero: not known. */
	uint8_t digest[CONVERSATION_DIGEST_SIZE];
	char name[CHAT_NAME_SIZE];
	char agent[CHAT_WORD_SIZE];
	char queue[CHAT_WORD_SIZE]; /**< with CHAT_QUEUED */
	uint32_t size;
	char text[];
};

/** How it stands; follows from birth and events. */
struct standing {
	uint32_t phase;	  /**< enum chat_phase */
	uint32_t version; /**< of what the register is told */
	uint32_t reason;
	uint32_t flags;
	nanoseconds answered_at; /**< first taken, or 0 */
	nanoseconds waits_since, talks_since, ended_at;
	nanoseconds said_at; /**< last words of either side, or opening */
	uint32_t said_by;    /**< enum chat_side of the last words, or 0 */
	uint32_t said;	     /**< how many words there are */
	char queue[CHAT_WORD_SIZE];
	char agent[CHAT_WORD_SIZE]; /**< the present or last one, or empty */
	char agent_name[CHAT_NAME_SIZE];
};

/** A growing row of events. */
struct events {
	struct event **event; /**< number N stands at N - 1 */
	uint32_t count, room;
	uint32_t durable; /**< of them */
};

/** How fast one side speaks. */
struct pace {
	nanoseconds at;
	uint32_t used; /**< thousandths of a message */
};

struct conversation {
	struct conversation_birth birth;
	struct standing standing;
	struct events events, notes;
	bool is_durable;    /**< that it was opened is */
	bool is_touched;    /**< something of it is not on the disk */
	uint32_t recovered; /**< CHAT_FLAG_RECOVERED or 0 */

	/* Only in memory; times are those of the monotonic clock. */
	uint64_t visitor_seen, agent_seen;
	nanoseconds visitor_typing, agent_typing; /**< on since, or 0 */
	nanoseconds acted_at; /**< somebody said or did something */
	bool visitor_present;
	nanoseconds visitor_gone_at; /**< while not present */
	struct pace pace[2];	     /**< visitor, agent */

	/* Whom it was told to. */
	uint32_t posted, noted; /**< versions, to the register */
	uint32_t more; /**< added to the version: the register knew more */
	nanoseconds tell_again; /**< not before */
	nanoseconds over_at;	/**< its end was seen, or 0 */
	bool is_forgotten;	/**< the journal needs it no more */
	bool is_loaded;		/**< was read from the journal just now */
	bool is_broken;		/**< ... and something of it is missing */

	/* The follower on counter's line. */
	bool is_followed, is_state_due, is_listed;
	uint64_t sent;		/**< number of the last event it was sent */
	uint32_t place, wait_s; /**< in the queue, as last told */
	bool is_warned;

	/* In the table. */
	uint32_t next_by_id, next_by_token, next_by_key;
};

/** A fresh one that waits. NULL if memory is short. */
struct conversation *conversation_new(const struct conversation_birth *birth);
void conversation_free(struct conversation *conversation);

/**
 * What follows from an open key and the salt: the bearer and the receipt
 * code. So the same key brings the same again, though neither is kept.
 */
void conversation_token(const uint8_t salt[CONVERSATION_HASH_SIZE],
			const uint8_t key[CHAT_TOKEN_SIZE],
			uint8_t ret_token[CHAT_TOKEN_SIZE],
			char ret_receipt[CHAT_RECEIPT_SIZE]);

/** What is kept of a bearer or an open key. */
void conversation_hash(const uint8_t secret[CHAT_TOKEN_SIZE],
		       uint8_t ret_hash[CONVERSATION_HASH_SIZE]);

/** The digest of words as they came; never zero. */
void conversation_digest(const struct conversation *conversation,
			 const char *text, size_t size,
			 uint8_t ret_digest[CONVERSATION_DIGEST_SIZE]);

/**
 * An event with this client id.
 *
 * @param is_note  look through the notes
 * @return its number, or 0
 */
uint64_t conversation_find(const struct conversation *conversation,
			   bool is_note,
			   const uint8_t client_id[CHAT_TOKEN_SIZE]);

/** The event or note with this number, or NULL. */
const struct event *conversation_event(const struct conversation *conversation,
				       bool is_note, uint64_t seq);

/** The last words of a side, or NULL. */
const struct event *conversation_last(const struct conversation *conversation,
				      enum chat_side side);

/**
 * Whether an event may come next: events of a conversation that is over,
 * kinds that make no sense now, and what is not well formed may not.
 */
bool conversation_may_come(const struct conversation *conversation,
			   const struct event *event);

/**
 * Add an event, which may come next; a note if its kind says so.
 *
 * @param event  copied, with its text
 * @param text   event->size bytes, borrowed
 * @return 0, -ENOSPC when there are too many, or -ENOMEM
 */
MUST int conversation_add(struct conversation *conversation,
			  const struct event *event, const char *text);

/** Whether one more thing may be said: the last place is for its end. */
bool conversation_is_full(const struct conversation *conversation);

/** All of it is on the disk. */
void conversation_settle(struct conversation *conversation);

/** What is not on the disk never was. */
void conversation_take_back(struct conversation *conversation);

/**
 * Whether a side may say one more thing now; it counts as said.
 *
 * @param per_minute  how many it may say in a minute, also all at once
 * @param[out] ret_retry_ms  if not: when it may
 */
bool conversation_may_speak(struct conversation *conversation,
			    enum chat_side side, uint32_t per_minute,
			    nanoseconds now, uint32_t *ret_retry_ms);

/** Flags of the whole: of its events, and whether it was recovered. */
uint32_t conversation_flags(const struct conversation *conversation);

#endif
