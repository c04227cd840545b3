/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file desk_pick_letters.h
 * What the desk may ask of the register about recordings that were picked
 * together: training sets (S3), chosen by hand, and samples, drawn by a seed
 * that is kept. Included by register/desk_letters.h.
 *
 * A pick is a list of references for one purpose, until a day. It holds no
 * copy and opens nothing: whoever listens to what is in it does so as always,
 * with an entry of its own. A recording leaves it when it comes to its end;
 * the pick goes on its day, or when the policy withdraws the purpose.
 */
#ifndef TALLENNE_REGISTER_DESK_PICK_LETTERS_H
#define TALLENNE_REGISTER_DESK_PICK_LETTERS_H

#include "register/desk_letters.h"

enum {
	DESK_PICK_TITLE = 80,	  /**< bytes of UTF-8, NUL included */
	DESK_PICK_SEED = 16,	  /**< bytes */
	DESK_PICK_ALL = 100,	  /**< recordings in one */
	DESK_PICKS_ALL = 200,	  /**< picks at a time */
	DESK_PICKS_MAX = 10,	  /**< in one answer */
	DESK_PICK_ITEMS_MAX = 20, /**< in one answer */
	DESK_PICK_MONTHS = 12,	  /**< longest life of one */
};

enum desk_pick_letter {
	DESK_PICK_MAKE = 190, /**< struct desk_pick_make -> DESK_PICKED */
	DESK_PICK_CHANGE,     /**< struct desk_pick_change -> DESK_PICKED */
	DESK_PICKED,	      /**< struct desk_picked */
	DESK_PICKS,	      /**< struct desk_picks -> DESK_PICK_ROWS */
	DESK_PICK_ROWS,	      /**< struct desk_pick_rows */
	DESK_PICK,	      /**< struct desk_pick_ask -> DESK_PICK_WHOLE */
	DESK_PICK_WHOLE,      /**< struct desk_pick_whole */
};

/** From what a sample is drawn; zero or empty: not filtered. */
struct desk_draw {
	int64_t from, until;	 /**< started_at, seconds; until exclusive */
	int64_t min_s, max_s;	 /**< length, answered to ended */
	char service_number[24]; /**< E.164 */
	char agent[32];		 /**< id in the roster */
	uint32_t wanted;	 /**< 1 to DESK_PICK_ALL; 0: no sample */
	uint32_t population;	 /**< of how many it was drawn */
	uint8_t seed[DESK_PICK_SEED];
};

struct desk_pick_make {
	struct letter head; /**< DESK_PICK_MAKE */
	uint8_t token[DESK_TOKEN_SIZE];
	uint32_t use;	  /**< NOTICE_CLIP: a training set; NOTICE_SAMPLE */
	seal_date end;	  /**< last day on which it is there; after today */
	char purpose[32]; /**< must grant that use to the role */
	char title[DESK_PICK_TITLE];
	struct desk_draw draw; /**< of a sample; population is not read */
	uint32_t has_seed;     /**< else one is made */
	uint32_t reserved;
};

enum desk_pick_act { DESK_PICK_ADD = 1, DESK_PICK_REMOVE, DESK_PICK_DROP };

/** Change one's own. A sample stays as it was drawn: it is only dropped. */
struct desk_pick_change {
	struct letter head; /**< DESK_PICK_CHANGE */
	uint8_t token[DESK_TOKEN_SIZE];
	struct id pick;
	struct id call; /**< none with DESK_PICK_DROP */
	uint32_t act;	/**< enum desk_pick_act */
	uint32_t reserved;
};

struct desk_picked {
	struct letter head; /**< DESK_PICKED */
	int32_t result;	    /**< DESK_FULL: one of the limits above */
	uint32_t reserved;
	struct id pick;
};

struct desk_picks {
	struct letter head; /**< DESK_PICKS */
	uint8_t token[DESK_TOKEN_SIZE];
	uint32_t own_sets; /**< only training sets that this person made */
	uint32_t skip;	   /**< how many were shown already */
};

struct desk_pick_row {
	struct id pick;
	uint32_t use;
	seal_date end;
	int64_t made_at; /**< seconds */
	uint32_t count;	 /**< recordings that are there now */
	uint32_t is_own;
	char purpose[32];
	char title[DESK_PICK_TITLE];
	char author[64]; /**< as readers are shown, by the setting */
	uint32_t role;	 /**< of who made it */
	uint32_t reserved;
	struct desk_draw draw; /**< wanted 0: a training set */
};

struct desk_pick_rows {
	struct letter head; /**< DESK_PICK_ROWS */
	int32_t result;
	uint32_t count;
	uint32_t next; /**< to skip for the next answer; 0: no more */
	uint32_t reserved;
	struct desk_pick_row row[DESK_PICKS_MAX];
};

struct desk_pick_ask {
	struct letter head; /**< DESK_PICK */
	uint8_t token[DESK_TOKEN_SIZE];
	struct id pick;
	uint64_t skip;
};

/** One recording of it. Of its caller there is nothing here. */
struct desk_pick_item {
	struct id contact, call;
	uint64_t number;
	int64_t started_at; /**< seconds */
	uint64_t duration_ms;
	char service_number[24];
	char agent_name[64];
	uint32_t state; /**< enum desk_result: OK or RESTRICTED */
	uint32_t reserved;
};

struct desk_pick_whole {
	struct letter head; /**< DESK_PICK_WHOLE */
	int32_t result;
	uint32_t item_count;
	struct desk_pick_row row;
	struct desk_pick_item item[DESK_PICK_ITEMS_MAX];
};

static_assert(sizeof(struct desk_pick_rows) <= LETTER_SIZE_MAX, "fits");
static_assert(sizeof(struct desk_pick_whole) <= LETTER_SIZE_MAX, "fits");

#endif
