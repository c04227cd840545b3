/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file desk_chat_letters.h
 * What the desk may ask of the register about stored chats and about canned
 * answers. Included by register/desk_letters.h.
 *
 * A conversation is two things with an end each: the row of the contact
 * history (S20) and the content (S21). Either may be gone while the other
 * lives; then the answers hold what the one that lives has. Both go by the
 * same id, the conversation's, as long as one of them is there. The content
 * is read with DESK_PLAY, its "content" id and SEAL_KIND_CHAT; who has read
 * it is told by DESK_READERS with the conversation's id.
 *
 * Reach is that of contacts: an agent sees own chats, a supervisor and
 * quality all, others none.
 */
#ifndef TALLENNE_REGISTER_DESK_CHAT_LETTERS_H
#define TALLENNE_REGISTER_DESK_CHAT_LETTERS_H

#include "register/desk_letters.h"

enum {
	DESK_CANNED_TEXT_MAX = 2000, /**< bytes of UTF-8 in one language */
	DESK_CANNED_TEXT_SIZE = 2008,
	DESK_CANNED_MAX = 500, /**< canned answers altogether */
};

enum desk_chat_letter {
	DESK_CHATS = 150, /**< struct desk_chats -> DESK_CHAT_ROWS */
	DESK_CHAT_ROWS,	  /**< struct desk_chat_rows */
	DESK_CHAT,	  /**< struct desk_about -> DESK_CHAT_WHOLE */
	DESK_CHAT_WHOLE,  /**< struct desk_chat_whole */
	DESK_CANNED,	  /**< struct desk_canned_ask -> DESK_CANNED_IS */
	DESK_CANNED_PUT,  /**< struct desk_canned_put -> DESK_CANNED_IS */
	DESK_CANNED_DROP, /**< struct desk_canned_ask -> DESK_CANNED_IS with
			       the result alone */
	DESK_CANNED_IS,	  /**< struct desk_canned */
};

/** Which chats. Zero or empty: not filtered. Newest first. */
struct desk_chats {
	struct letter head; /**< DESK_CHATS */
	uint8_t token[DESK_TOKEN_SIZE];
	int64_t from, until;  /**< started_at, seconds; until is exclusive */
	int64_t min_s, max_s; /**< length, from its start to its end */
	char agent[32];	      /**< id in the roster */
	char queue[32];
	char language[4];
	uint32_t limit;	     /**< 1 to DESK_ROWS_MAX */
	uint64_t before;     /**< cursor: numbers below this; 0: newest */
	uint32_t with_empty; /**< also those that never had a content */
	uint32_t reserved;
};

struct desk_chat_row {
	struct id chat;	    /**< the conversation */
	struct id content;  /**< names it in DESK_PLAY; zero: none (any more) */
	uint64_t number;    /**< chats have a series of their own */
	int64_t started_at; /**< seconds */
	int64_t answered_at, ended_at; /**< 0: not (yet), or the row is gone */
	uint64_t size;		       /**< plain bytes of the content */
	uint32_t state;		       /**< enum register_state */
	uint32_t flags;		       /**< enum chat_flag */
	uint32_t end_reason;   /**< enum chat_reason; 0: not yet, or the row is
				  gone */
	int32_t content_state; /**< enum desk_result: OK, GONE, RESTRICTED;
				    NOT_FOUND: nothing is or was stored */
	seal_date chat_end;    /**< end date of the content; 0: none, gone */
	seal_date contact_end; /**< that of the row; 0: it is gone */
	char language[4];
	uint32_t reserved;
	char queue[32];
	char agent[32]; /**< the last one, or empty */
	char agent_name[64];
};

struct desk_chat_rows {
	struct letter head; /**< DESK_CHAT_ROWS */
	int32_t result;
	uint32_t count;
	uint64_t next; /**< cursor for the next page, 0: no more */
	struct desk_chat_row row[DESK_ROWS_MAX];
};

struct desk_chat_whole {
	struct letter head; /**< DESK_CHAT_WHOLE */
	int32_t result;
	uint32_t policy_hash; /**< of the notice that the visitor was shown */
	struct desk_chat_row row;
	char policy_id[64]; /**< empty: not known here */
	char policy_version[32];
};

/**
 * A canned answer. Agents and supervisors see all of them. An agent may
 * write new ones and change or drop those they own, a supervisor any.
 */
struct desk_canned_item {
	char id[32];	  /**< a to z, 0 to 9 and "-"; 1 to 31 of them */
	char title[96];	  /**< one line, for agents */
	seal_date review; /**< to be looked at again by this day */
	uint32_t reserved;
	char text[NOTICE_LANGUAGES][DESK_CANNED_TEXT_SIZE]; /**< fi, sv, en;
			   one at least is not empty; lines end in "\n" */
};

/** One answer by its id, or the one that follows it in the list. */
struct desk_canned_ask {
	struct letter head; /**< DESK_CANNED, DESK_CANNED_DROP */
	uint8_t token[DESK_TOKEN_SIZE];
	char id[32];
	uint32_t follows; /**< 1: the one after that id; empty id: the first.
			       NOT_FOUND: that was the last. Only with
			       DESK_CANNED */
	uint32_t reserved;
};

struct desk_canned_put {
	struct letter head; /**< DESK_CANNED_PUT */
	uint8_t token[DESK_TOKEN_SIZE];
	struct desk_canned_item item; /**< new, or instead of the one there */
	int64_t changed_at; /**< of the one that was changed; 0: a new one.
				 Another: somebody was faster, DESK_CONFLICT */
};

struct desk_canned {
	struct letter head;  /**< DESK_CANNED_IS */
	int32_t result;	     /**< also DESK_CONFLICT, DESK_FULL */
	uint32_t may_change; /**< whether this session may */
	int64_t changed_at;  /**< seconds */
	char owner[64]; /**< name of who wrote it last and answers for it */
	char owner_login[64];
	struct desk_canned_item item;
};

static_assert(sizeof(struct desk_chat_rows) <= LETTER_SIZE_MAX, "fits");
static_assert(sizeof(struct desk_canned_put) <= LETTER_SIZE_MAX, "fits");
static_assert(sizeof(struct desk_canned) <= LETTER_SIZE_MAX, "fits");

#endif
