/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file hall.h
 * The room chat as a whole: conversations, agents, journal and lines.
 *
 * A turn goes like this. Letters are taken (chat/face_*.c) and turned into
 * deeds (chat/deed.h): events are added to conversations and put into the
 * journal; answers wait. At the turn's end hall_commit() makes all of it
 * durable at once, or takes it back. Then answers go out, and whoever
 * follows is told, each line as fast as it takes.
 */
#ifndef TALLENNE_CHAT_HALL_H
#define TALLENNE_CHAT_HALL_H

#include "base/counters.h"
#include "base/room.h"
#include "base/settings.h"
#include "chat/agents.h"
#include "chat/journal.h"
#include "chat/mouth.h"
#include "chat/table.h"
#include "notice/notice.h"
#include "register/register.h"

enum {
	HALL_ANSWERS_MAX = 512, /**< of one turn */
	HALL_LETTERS_MAX = 64,	/**< taken from a line in one turn */
	HALL_FETCHES_MAX = 128, /**< of one line, at a time */
	HALL_TICK_MS = 200,
	HALL_RETRY_MS = 1000, /**< what CHAT_LATER says */
	HALL_SEAT_CHECK_S = 30,
	HALL_NODE_SIZE = 32,
	/** A reader that is so far behind holds its places no longer. */
	HALL_GONE_S = CHAT_LINGER_S + 60,
	HALL_WORDS = (TABLE_PLACES + 63) / 64,
};

/** Somebody asked for events. */
struct fetch {
	uint64_t tag;
	struct id chat;
	uint64_t next, last;
	bool is_note;
};

struct fetches {
	struct fetch fetch[HALL_FETCHES_MAX];
	uint32_t first, count;
};

enum seat_state {
	SEAT_FREE,
	SEAT_ASKED, /**< the register is asked who it is */
	SEAT_TAKEN,
};

struct seat {
	enum seat_state state;
	uint8_t session[CHAT_SESSION_SIZE];
	uint64_t tag;	/**< of the desk's question, while asked */
	uint64_t asked; /**< tag of our question to the register; 0: none */
	nanoseconds checked; /**< when it was last asked */
	bool is_active;	     /**< the agent did something since then */
	uint32_t agent;
	bool has_board;
	bool is_whole; /**< the whole board is being sent */
	uint64_t board_tag;
	uint64_t due[HALL_WORDS];   /**< conversations to tell of */
	uint64_t shown[HALL_WORDS]; /**< conversations on the board */
	uint64_t colleagues[AGENTS_MAX / 64];
};

/** An answer that waits for the disk. */
struct hall_answer {
	struct mouth *mouth;
	union {
		struct letter head;
		struct chat_opened opened;
		struct chat_said said;
		struct chat_done done;
	} letter;
};

/** What is counted. */
struct hall_counters {
	struct counter *opened, *events, *ended, *stored, *recovered, *living;
	struct counter *waiting, *masked, *refused, *conflicts, *too_fast;
	struct counter *full, *not_found, *later, *commits, *commit_us;
	struct counter *damaged, *lost, *locked, *seats, *too_long, *invalid;
	struct counter *cut, *slow, *register_refused;
};

struct hall {
	const struct clock *clock;
	nanoseconds ahead; /**< of the monotonic clock, in tests */
	struct loop *loop; /**< NULL in tests that turn by hand */
	struct room *room; /**< NULL in tests: nobody to ask for files */

	/* Settings. */
	uint32_t idle_minutes, warn_minutes, away_minutes, per_minute;

	struct policy *policy;
	struct seal_keyset *keys;
	uint8_t node[HALL_NODE_SIZE];
	bool has_node;

	struct attic *attic;
	struct journal *journal;
	bool is_whole_due;    /**< what is put cannot go to the present file */
	nanoseconds renew_at; /**< not before */
	nanoseconds want_at;  /**< when the house may be asked for one */
	nanoseconds renewed_at, second_at;

	struct table table;
	struct agents agents;
	uint64_t born;
	uint32_t touched[TABLE_PLACES];
	uint32_t touched_count;
	bool are_places_due, are_agents_due;

	struct hall_answer answers[HALL_ANSWERS_MAX];
	uint32_t answer_count;

	struct mouth counter, desk, registry, vault;
	struct fetches counter_fetches, desk_fetches;
	uint32_t listed[TABLE_PLACES]; /**< followed, with something to tell */
	uint32_t listed_count;
	struct chat_hours hours; /**< as last told */
	bool are_hours_due, is_open;
	uint32_t waiting; /**< conversations in the queue */

	struct seat seats[CHAT_SEATS_MAX];
	uint64_t tag;	      /**< of our last question */
	struct id asked_file; /**< of the question to the vault; zero: none */
	nanoseconds vault_again, started_at;
	bool is_vault_locked; /**< it said so */

	bool is_commit_due;
	bool is_stopping;
	struct hall_counters count;
};

/** Everything empty; no lines, no files. */
MUST int hall_init(struct hall *hall, const struct clock *clock);
void hall_done(struct hall *hall);

/** The monotonic clock, as this hall sees it. */
nanoseconds hall_now(const struct hall *hall);

/** Settings, policy and keys came; each is the hall's from now on. */
void hall_settings(struct hall *hall, const struct settings *settings);
void hall_policy(struct hall *hall, struct policy *policy);
void hall_keys(struct hall *hall, struct seal_keyset *keys);

/** Everything is there: read what a crash left. */
void hall_start(struct hall *hall);

/** Read every file whose key is known, and go on with what was in it. */
void hall_read_on(struct hall *hall);

/** Make this turn durable, answer, tell. */
void hall_commit(struct hall *hall);

/** What time brings; every HALL_TICK_MS. */
void hall_tick(struct hall *hall);

/** The conversation at a place, or NULL. */
static inline struct conversation *hall_at(struct hall *hall, uint32_t place)
{
	return place == TABLE_NONE ? NULL : hall->table.place[place];
}

/**
 * What to say of a conversation that is not here: CHAT_LATER while a file
 * of the journal could not be read yet, for it may stand there.
 */
enum chat_result hall_missing(const struct hall *hall);

/** Whether what is in no file that could be read may be opened anew: the
    vault was asked first, and is locked or away. */
bool hall_may_open(const struct hall *hall);

/** Count anew what each agent carries. */
void hall_recount(struct hall *hall);

/** Something of it is not on the disk yet. */
void hall_touch(struct hall *hall, uint32_t place);

/** Something of it is to be told, to its follower and on boards. */
void hall_tell(struct hall *hall, uint32_t place);

/** Make the counters; count a refusal. */
void hall_counters(struct hall_counters *count);
void hall_count(struct hall *hall, enum chat_result result);

/** Wait for what each line can do now; nothing without a loop. */
void hall_watch(struct hall *hall);
/** Commit at the end of this turn of the loop. */
void hall_commit_soon(struct hall *hall);
/** A line came, for the one there was; the end is owned from now on. */
void hall_line(struct hall *hall, const char *peer, int end);

/** Answer once everything so far is durable. */
void hall_answer(struct hall *hall, struct mouth *mouth, struct letter *letter);

/**
 * Ask for events above a number, as many as there are or fewer. The rest
 * comes by itself.
 *
 * @param fetch  tag, conversation and whether notes are meant
 * @param last   of what is durable
 * @return CHAT_OK, or CHAT_LATER if too many ask
 */
enum chat_result hall_fetch_from(struct fetches *fetches, struct fetch *fetch,
				 uint64_t after, uint64_t most, uint64_t last);

/**
 * Take up to HALL_LETTERS_MAX letters from a line.
 *
 * @param fetches  of a line that asks: then only as long as it takes
 *                 answers; NULL for a line that answers
 * @return 0, or why the line is to be closed
 */
MUST int hall_hear(struct hall *hall, struct mouth *mouth,
		   const struct fetches *fetches, const struct line_rule *rules,
		   size_t count);

/** Send what was fetched, as far as the line takes it; whether all went. */
bool hall_send_fetched(struct hall *hall, struct mouth *mouth,
		       struct fetches *fetches, bool is_desk);

/** An event as a letter. */
void hall_event_letter(const struct conversation *conversation, bool is_note,
		       uint64_t seq, bool is_desk, uint64_t tag,
		       struct chat_event *ret_letter);

/* ---- the lines (chat/face_*.c, chat/board.c) ---- */

/** Take up to HALL_LETTERS_MAX letters; 0, or why the line ends. */
MUST int counter_hear(struct hall *hall);
MUST int desk_hear(struct hall *hall);
MUST int registry_hear(struct hall *hall);
MUST int vault_hear(struct hall *hall);

/** A line came, for the one there was; or it went. */
void counter_line(struct hall *hall, int end);
void desk_line(struct hall *hall, int end);
void registry_line(struct hall *hall, int end);
void vault_line(struct hall *hall, int end);

/** Say what there is to say, as far as the line takes it. */
void counter_flush(struct hall *hall);
void desk_flush(struct hall *hall);
void registry_push(struct hall *hall);

/** Opening hours may have changed. */
void counter_hours(struct hall *hall);

/** What is to be told of a conversation or an agent on boards. */
void board_tell(struct hall *hall, uint32_t place);
void board_tell_agent(struct hall *hall, uint32_t agent);
/** Whether some board still shows it and was not told the end. */
bool board_holds(const struct hall *hall, uint32_t place);
/** Show a seat the whole board, then each change. */
void board_open(struct hall *hall, uint32_t seat, uint64_t tag);
/** Tell what is due on boards, as far as the line takes it. */
void board_flush(struct hall *hall);
/** It is no more. */
void board_drop(struct hall *hall, uint32_t place);

/** Ask the register about a seat, or about all that are due. */
bool registry_ask_seat(struct hall *hall, uint32_t seat);
void registry_check_seats(struct hall *hall);
/** What the register said about a seat; result: enum chat_result. */
void desk_seat_is(struct hall *hall, uint32_t seat,
		  const struct register_seat_is *answer);
/** The register went before it answered. */
void desk_seats_unanswered(struct hall *hall);

/** Ask the vault for the key of a file that was not read yet. */
void vault_ask(struct hall *hall);

#endif
