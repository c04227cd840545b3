/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file chat.h
 * What counter and desk may ask of the room where conversations live.
 *
 * A conversation is opened by a visitor and by nobody else (S13). It waits
 * in a queue, is taken by an agent, may be passed on, and is ended by
 * either side or by a time-out. Everything said in it has a sequence
 * number of that conversation: 1, 2, 3 ... without a gap; order is by
 * number, never by clock. What was said is durable before CHAT_SAID or
 * CHAT_EVENT tells anybody. The same client id with the same text is taken
 * once and answered alike; with another text it is a conflict.
 *
 * Who asks: on counter's line a visitor, named by the bearer (the token);
 * on desk's line a seat, that is a member of staff whose session the
 * register has confirmed. No letter of one line is taken on the other. A
 * seat that is not known (any more) is CHAT_NOT_SIGNED_IN.
 *
 * Events go to counter's line once for each conversation that it follows
 * (CHAT_FOLLOW), in the order of their numbers. Desk's line hears of new
 * numbers by CHAT_ROW, and its pages fetch what they have not seen. A line that is full is
 * behind, not lost: sending goes on from where it was. Whoever finds a gap
 * asks with CHAT_FETCH.
 */
#ifndef TALLENNE_CHAT_H
#define TALLENNE_CHAT_H

#include "base/clock.h"
#include "base/line.h"

enum {
	CHAT_TOKEN_SIZE = 16,	/**< bearer and open key: random */
	CHAT_SESSION_SIZE = 32, /**< a staff session, as DESK_TOKEN_SIZE */
	CHAT_TEXT_MAX = 4000,	/**< bytes of UTF-8 of one message */
	CHAT_TEXT_SIZE = 4096,
	CHAT_NAME_SIZE = 64,	/**< nickname, agent's name; NUL included */
	CHAT_WORD_SIZE = 32,	/**< ids of agents, queues, reasons */
	CHAT_LANGUAGE_SIZE = 4, /**< "fi", "sv", "en" */
	CHAT_RECEIPT_SIZE = 24, /**< "7Q2M-K4TD-9XWA-3HCF", NUL included */

	CHAT_CONVERSATIONS_MAX = 4096, /**< living and not yet stored */
	CHAT_EVENTS_MAX = 2000,	       /**< of one conversation */
	CHAT_NOTES_MAX = 100,	       /**< of one conversation */
	CHAT_SEATS_MAX = 256,
	CHAT_QUEUES_MAX = 16,
	/** How long after its end a visitor may still fetch it, and no
	    longer than the room lives. */
	CHAT_LINGER_S = 15 * 60,
};

enum chat_letter {
	/* counter */
	CHAT_OPEN = 1, /**< struct chat_open -> CHAT_OPENED */
	CHAT_OPENED,   /**< struct chat_opened */
	CHAT_SAY,      /**< struct chat_say -> CHAT_SAID */
	CHAT_SAID,     /**< struct chat_said */
	CHAT_ACT,      /**< struct chat_act -> CHAT_DONE */
	CHAT_DONE,     /**< struct chat_done */
	CHAT_FOLLOW,   /**< struct chat_follow -> CHAT_STATE, then CHAT_EVENT
			    and CHAT_STATE with tag 0 as they come */
	CHAT_UNFOLLOW, /**< struct chat_follow; no answer */
	CHAT_STATE,    /**< struct chat_state */
	CHAT_FETCH,    /**< struct chat_fetch -> CHAT_EVENT each with its tag,
			    then CHAT_DONE */
	CHAT_EVENT,    /**< struct chat_event */
	CHAT_HOURS,    /**< struct chat_hours; also the answer, and sent with
			    tag 0 when it changes */

	/* desk */
	CHAT_SEAT = 100, /**< struct chat_seat -> CHAT_SEATED */
	CHAT_SEATED,	 /**< struct chat_seated; tag 0: it is no more */
	CHAT_UNSEAT,	 /**< struct chat_desk_act; no answer */
	CHAT_DESK_SAY,	 /**< struct chat_desk_say -> CHAT_SAID */
	CHAT_DESK_ACT,	 /**< struct chat_desk_act -> CHAT_DONE */
	CHAT_DESK_FETCH, /**< struct chat_desk_fetch -> as CHAT_FETCH */
	CHAT_BOARD,	 /**< struct chat_desk_act -> CHAT_ROW and
			        CHAT_COLLEAGUE each with its tag, then
			        CHAT_DONE; from then on each change with
			        tag 0 */
	CHAT_ROW,	 /**< struct chat_row */
	CHAT_COLLEAGUE,	 /**< struct chat_colleague */
};

/** How a question ended. */
enum chat_result {
	CHAT_OK,
	CHAT_NOT_FOUND, /**< no such conversation, or not yours: the same
			     answer in content and time */
	CHAT_CONFLICT,	/**< same client id, other text */
	CHAT_ENDED,	/**< the conversation is over */
	CHAT_TOO_LONG,
	CHAT_TOO_FAST, /**< limit of one conversation; retry_ms tells */
	CHAT_FULL,     /**< too many conversations, events or seats */
	CHAT_CLOSED,   /**< outside opening hours, or chat is off */
	CHAT_LATER,    /**< cannot be made durable now; nothing was taken.
			     Also instead of CHAT_NOT_FOUND while, after a
			     power failure, a journal waits for the vault */
	CHAT_INVALID,  /**< not UTF-8, empty, unknown language or queue */
	CHAT_NOT_SIGNED_IN,
	CHAT_FORBIDDEN, /**< this person is no agent */
	CHAT_LOAD,	/**< load cap of the agent is reached */
	CHAT_TAKEN,	/**< somebody else was faster, or the queue is empty */
	CHAT_AWAY,	/**< the colleague is not there */
};

/** Where a conversation stands. On disk. */
enum chat_phase {
	CHAT_WAITING = 1,
	CHAT_TALKING,
	CHAT_OVER,
};

/** Who said or did it. On disk. */
enum chat_side {
	CHAT_SIDE_VISITOR = 1,
	CHAT_SIDE_AGENT,
	CHAT_SIDE_SYSTEM,
};

/** What an event is. On disk. */
enum chat_event_kind {
	CHAT_MESSAGE = 1,
	CHAT_JOINED,	/**< an agent: name */
	CHAT_PASSED,	/**< agent left, to a colleague or the queue */
	CHAT_QUEUED,	/**< waits (again) */
	CHAT_CLOSED_BY, /**< last event: side and reason tell by whom, why */
	CHAT_NOTE,	/**< numbered apart, only on desk's line */
};

/** Why it ended. On disk and in the database. */
enum chat_reason {
	CHAT_REASON_VISITOR = 1, /**< the visitor ended it */
	CHAT_REASON_SOLVED,	 /**< the agent, by one of these: */
	CHAT_REASON_ADVISED,	 /**< told where to turn */
	CHAT_REASON_NO_ANSWER,	 /**< visitor answers no more */
	CHAT_REASON_MISUSE,
	CHAT_REASON_OTHER,
	CHAT_REASON_LEFT,  /**< visitor was gone too long */
	CHAT_REASON_IDLE,  /**< both sides silent, after a warning */
	CHAT_REASON_HOURS, /**< closing time came while it waited */
	CHAT_REASON_LOST,  /**< could not be recovered whole */
	CHAT_REASON_FULL,  /**< CHAT_EVENTS_MAX reached */
};

enum chat_flag {
	CHAT_FLAG_MASKED = 1,	 /**< an identity code or card was masked */
	CHAT_FLAG_RECOVERED = 2, /**< went through a crash of this room */
};

/** A visitor opens a conversation. */
struct chat_open {
	struct letter head;	      /**< CHAT_OPEN */
	uint8_t key[CHAT_TOKEN_SIZE]; /**< random, the visitor's; the same
				 key opens the same conversation */
	char language[CHAT_LANGUAGE_SIZE];
	char queue[CHAT_WORD_SIZE];    /**< empty: the first one */
	char nickname[CHAT_NAME_SIZE]; /**< or empty */
	uint32_t policy; /**< hash of the notice version that was shown */
};

struct chat_opened {
	struct letter head; /**< CHAT_OPENED */
	int32_t result;	    /**< enum chat_result */
	uint32_t retry_ms;
	struct id chat;
	uint8_t token[CHAT_TOKEN_SIZE];
	uint64_t epoch; /**< of the numbering; another one: start anew */
	char receipt[CHAT_RECEIPT_SIZE];
	uint64_t last; /**< number of the last event */
};

/** A visitor says something. */
struct chat_say {
	struct letter head; /**< CHAT_SAY */
	uint8_t token[CHAT_TOKEN_SIZE];
	uint8_t client_id[CHAT_TOKEN_SIZE]; /**< random, one a message */
	uint32_t size;			    /**< of text, 1 to CHAT_TEXT_MAX */
	uint32_t reserved;
	char text[CHAT_TEXT_SIZE];
};

/** It is durable, or was not taken. */
struct chat_said {
	struct letter head; /**< CHAT_SAID */
	int32_t result;	    /**< enum chat_result */
	uint32_t flags;	    /**< enum chat_flag */
	uint32_t retry_ms;  /**< with CHAT_TOO_FAST, CHAT_LATER */
	uint32_t reserved;
	uint64_t seq;
	nanoseconds at;
};

enum chat_do {
	/* visitor and agent */
	CHAT_DO_TYPING = 1, /**< value: 1 on, 0 off; in memory only */
	CHAT_DO_END,	    /**< value: enum chat_reason (agent) */
	CHAT_DO_STAY,	    /**< still here: puts off the time-out */
	CHAT_DO_SEEN,	    /**< value: seq up to which it was shown */
	/* counter: whether any connection of the visitor is open */
	CHAT_DO_PRESENT,
	/* agent */
	CHAT_DO_TAKE, /**< zero id: the one that waits longest */
	CHAT_DO_PASS, /**< word: agent; empty: back to the queue in "queue" */
	CHAT_DO_PRESENCE, /**< value: enum chat_presence */
};

enum chat_presence { CHAT_AVAILABLE = 1, CHAT_BUSY, CHAT_ABSENT };

struct chat_act {
	struct letter head; /**< CHAT_ACT */
	uint8_t token[CHAT_TOKEN_SIZE];
	uint32_t act; /**< enum chat_do */
	uint32_t reserved;
	uint64_t value;
};

struct chat_done {
	struct letter head; /**< CHAT_DONE */
	int32_t result;	    /**< enum chat_result */
	uint32_t reserved;
	struct id chat; /**< which one was taken */
};

struct chat_follow {
	struct letter head; /**< CHAT_FOLLOW, CHAT_UNFOLLOW */
	uint8_t token[CHAT_TOKEN_SIZE];
};

/** How it stands now; what is not numbered. */
struct chat_state {
	struct letter head; /**< CHAT_STATE */
	int32_t result;	    /**< only as an answer */
	uint32_t phase;	    /**< enum chat_phase */
	struct id chat;
	uint64_t epoch;
	uint64_t last;	 /**< number of the last event */
	uint32_t place;	 /**< in the queue, 1: next; 0: not waiting */
	uint32_t wait_s; /**< estimate; 0: none can be given */
	uint32_t agent_typing, visitor_typing;
	uint32_t closes_in_s;	/**< warning: closed then unless somebody
				   says or does something; 0: no */
	uint32_t agent_present; /**< the agent's pages are open */
	uint64_t agent_seen, visitor_seen;
	char agent_name[CHAT_NAME_SIZE]; /**< or empty */
	char receipt[CHAT_RECEIPT_SIZE];
};

struct chat_fetch {
	struct letter head; /**< CHAT_FETCH */
	uint8_t token[CHAT_TOKEN_SIZE];
	uint64_t after; /**< events above this number */
	uint64_t most;	/**< so many at most; 0: as many as there are */
};

/** One event. Its size on the line is that of the whole struct. */
struct chat_event {
	struct letter head; /**< CHAT_EVENT */
	struct id chat;
	uint64_t epoch;
	uint64_t seq;
	nanoseconds at;
	uint32_t kind;	 /**< enum chat_event_kind */
	uint32_t side;	 /**< enum chat_side */
	uint32_t flags;	 /**< enum chat_flag */
	uint32_t reason; /**< enum chat_reason, with CHAT_CLOSED_BY */
	uint8_t client_id[CHAT_TOKEN_SIZE];
	char name[CHAT_NAME_SIZE];  /**< agent's name, or the nickname */
	char agent[CHAT_WORD_SIZE]; /**< id; only on desk's line */
	uint32_t size;
	uint32_t reserved;
	char text[CHAT_TEXT_SIZE];
};

/** Whether a visitor may open one now. */
struct chat_hours {
	struct letter head; /**< CHAT_HOURS */
	uint32_t is_open;
	uint32_t agents;		 /**< available ones */
	uint32_t waiting;		 /**< conversations in the queue */
	uint32_t wait_s;		 /**< estimate for a new one; 0: none */
	nanoseconds opens_at, closes_at; /**< the next ones, or 0 */
};

/** A member of staff sits down. */
struct chat_seat {
	struct letter head; /**< CHAT_SEAT */
	uint8_t session[CHAT_SESSION_SIZE];
};

struct chat_seated {
	struct letter head; /**< CHAT_SEATED */
	int32_t result;	    /**< enum chat_result */
	uint32_t seat;	    /**< 1 and up; valid on this line only */
	char agent[CHAT_WORD_SIZE];
	char name[CHAT_NAME_SIZE];
	uint32_t presence; /**< enum chat_presence */
	uint32_t load_max; /**< conversations at a time */
};

struct chat_desk_say {
	struct letter head; /**< CHAT_DESK_SAY */
	struct id chat;
	uint8_t client_id[CHAT_TOKEN_SIZE];
	uint32_t seat;
	uint32_t is_note; /**< private: never shown to the visitor */
	uint32_t size;
	uint32_t reserved;
	char text[CHAT_TEXT_SIZE];
};

struct chat_desk_act {
	struct letter head; /**< CHAT_DESK_ACT, CHAT_UNSEAT, CHAT_BOARD */
	struct id chat;	    /**< or zero */
	uint32_t seat;
	uint32_t act; /**< enum chat_do */
	uint64_t value;
	char word[CHAT_WORD_SIZE];
	char queue[CHAT_WORD_SIZE];
};

struct chat_desk_fetch {
	struct letter head; /**< CHAT_DESK_FETCH */
	struct id chat;
	uint64_t after;
	uint32_t seat;
	uint32_t notes; /**< 1: the notes instead, by their own numbers */
	uint64_t most;	/**< so many at most; 0: as many as there are */
};

/** A conversation as agents see it: no text. Tag 0: it has changed. */
struct chat_row {
	struct letter head; /**< CHAT_ROW */
	struct id chat;
	uint32_t seat;	/**< whose board this is */
	uint32_t phase; /**< enum chat_phase; CHAT_OVER: take it away */
	uint32_t is_mine;
	uint32_t place;
	nanoseconds opened_at, waits_since, talks_since;
	uint64_t epoch, last, notes;
	uint64_t agent_seen, visitor_seen;
	uint32_t visitor_typing, visitor_present;
	uint32_t closes_in_s;
	uint32_t unanswered; /**< the visitor spoke last */
	char language[CHAT_LANGUAGE_SIZE];
	char queue[CHAT_WORD_SIZE];
	char nickname[CHAT_NAME_SIZE];
	char agent[CHAT_WORD_SIZE];
	char agent_name[CHAT_NAME_SIZE];
	uint32_t reserved;
};

struct chat_colleague {
	struct letter head; /**< CHAT_COLLEAGUE */
	char agent[CHAT_WORD_SIZE];
	char name[CHAT_NAME_SIZE];
	uint32_t presence; /**< enum chat_presence */
	uint32_t load, load_max;
	uint32_t seat; /**< whose board this is */
};

static_assert(sizeof(struct chat_event) <= LETTER_SIZE_MAX, "fits");
static_assert(sizeof(struct chat_say) <= LETTER_SIZE_MAX, "fits");

#endif
