/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file desk_use_letters.h
 * What the desk may ask of the register to use content for a purpose beyond
 * listening: remarks beside a recording (S5), figures of the level of service
 * (S4). Included by register/desk_letters.h.
 *
 * A purpose that is used so must grant it to the role: "note", "aggregate".
 * What is made
 * in that way has no end of its own: it dies with the recording.
 */
#ifndef TALLENNE_REGISTER_DESK_USE_LETTERS_H
#define TALLENNE_REGISTER_DESK_USE_LETTERS_H

#include "register/desk_letters.h"

enum {
	DESK_REMARK_MAX = 500,	/**< bytes of UTF-8 */
	DESK_REMARK_SIZE = 512, /**< room of each in the pipe, with zeros */
	DESK_REMARKS_MAX = 8,	/**< in one answer */
	DESK_REMARKS_ALL = 100, /**< beside one recording */
	DESK_LEVEL_UNITS = 16,	/**< service numbers, or queues */
	DESK_LEVEL_DAYS = 31,
	DESK_LEVEL_HOURS = 24,
};

enum desk_use_letter {
	DESK_REMARK_ADD = 180, /**< struct desk_remark_add, fd: file with the
				    text -> DESK_REMARKED */
	DESK_REMARK_DROP,      /**< struct desk_remark_drop -> DESK_REMARKED */
	DESK_REMARKED,	       /**< struct desk_remarked */
	DESK_REMARKS,	       /**< struct desk_remarks, fd: pipe to write
				    into -> DESK_REMARK_ROWS */
	DESK_REMARK_ROWS,      /**< struct desk_remark_rows */
	DESK_LEVELS,	       /**< struct desk_levels -> DESK_LEVELS_ARE */
	DESK_LEVELS_ARE,       /**< struct desk_levels_are */
};

/**
 * Remark something. The text comes as a file of 1 to DESK_REMARK_MAX bytes
 * that the register hands on to the vault and does not read.
 */
struct desk_remark_add {
	struct letter head; /**< DESK_REMARK_ADD */
	uint8_t token[DESK_TOKEN_SIZE];
	struct id call;
	int64_t at_ms;	  /**< 0 to the length of the recording */
	char purpose[32]; /**< must grant "note"; empty: the session's */
};

/** Take one's own remark back. */
struct desk_remark_drop {
	struct letter head; /**< DESK_REMARK_DROP */
	uint8_t token[DESK_TOKEN_SIZE];
	struct id call, remark;
};

struct desk_remarked {
	struct letter head; /**< DESK_REMARKED */
	int32_t result;	    /**< DESK_FULL: DESK_REMARKS_ALL are there */
	uint32_t reserved;
	uint64_t seq;	  /**< of the audit entry, if it was added */
	struct id remark; /**< the new one */
};

/** The remarks beside a recording, by their time code. */
struct desk_remarks {
	struct letter head; /**< DESK_REMARKS */
	uint8_t token[DESK_TOKEN_SIZE];
	struct id call;
	uint64_t skip;	  /**< how many of them were shown already */
	char purpose[32]; /**< must grant "note"; empty: the session's */
};

struct desk_remark_row {
	struct id remark;
	int64_t at_ms;
	int64_t made_at; /**< seconds; 0: taken back meanwhile */
	uint32_t is_own; /**< may be taken back */
	uint32_t role;
	char author[64]; /**< as readers are shown, by the setting */
};

/** The texts are in the pipe, DESK_REMARK_SIZE bytes for each row; all zero
    for one that was changed since. */
struct desk_remark_rows {
	struct letter head; /**< DESK_REMARK_ROWS */
	int32_t result;
	uint32_t count;
	uint64_t total; /**< beside this recording */
	uint64_t seq;	/**< of the audit entry; if there are rows */
	struct desk_remark_row row[DESK_REMARKS_MAX];
};

/** Figures of a whole civil month that is over. */
struct desk_levels {
	struct letter head; /**< DESK_LEVELS */
	uint8_t token[DESK_TOKEN_SIZE];
	uint32_t month;	  /**< year * 100 + month; 0: the latest there is */
	uint32_t channel; /**< enum register_channel */
	char unit[32];	  /**< service number or queue; empty: all of them,
			       each by itself, without days and hours */
};

struct desk_level {
	uint32_t is_shown; /**< else it tells nothing (register/suppress.h) */
	uint32_t mean_s;   /**< of calls: answered; of chats: waited */
	uint64_t count;	   /**< answered contacts; none that is restricted */
};

struct desk_levels_are {
	struct letter head; /**< DESK_LEVELS_ARE */
	int32_t result;	    /**< DESK_FULL: more than can be counted at once */
	uint32_t k;	    /**< the least number that is shown */
	uint32_t month, channel;
	uint32_t first, last; /**< months that can be asked for; 0: none */
	uint32_t days;	      /**< of the month */
	uint32_t unit_count;
	char unit[32]; /**< as asked for */
	struct {
		char id[32];
		struct desk_level is;
	} row[DESK_LEVEL_UNITS];
	struct desk_level total; /**< of the unit, if one was asked for */
	struct desk_level day[DESK_LEVEL_DAYS];
	struct desk_level hour[DESK_LEVEL_HOURS];
};

static_assert(sizeof(struct desk_levels_are) <= LETTER_SIZE_MAX, "fits");
static_assert(sizeof(struct desk_remark_rows) <= LETTER_SIZE_MAX, "fits");

#endif
