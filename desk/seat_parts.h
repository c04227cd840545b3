/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file seat_parts.h
 * What the files of the seats know of each other; nobody else includes it.
 */
#ifndef TALLENNE_DESK_SEAT_PARTS_H
#define TALLENNE_DESK_SEAT_PARTS_H

#include "desk/seats.h"
#include "http/hold.h"
#include "http/socket.h"

struct seat;

/** Whether a page has the whole board. */
enum seat_board { SEAT_BOARD_DUE, SEAT_BOARD_BEGUN, SEAT_BOARD_WHOLE };

/** A page that listens. */
struct seat_page {
	struct seat *seat;
	struct http_feed *feed; /**< NULL: the place is free */
	enum seat_board board;
};

/** A session at its seat. */
struct seat {
	struct seats *seats;
	uint8_t *token;	 /**< in locked memory; all zero: the place is free */
	uint32_t number; /**< the room chat's; 0: not sitting */
	bool is_asked;	 /**< CHAT_SEAT is under way */
	bool is_board_asked;	   /**< CHAT_BOARD is: one at a time */
	struct chat_seated seated; /**< as it was given */
	nanoseconds again_at;  /**< not asked before; monotonic, as all here */
	nanoseconds left_at;   /**< when the last page went */
	nanoseconds looked_at; /**< when the register last knew the session */
	struct seat_page page[SEATS_PAGES_MAX];
};

enum seat_kind { SEAT_SIT = 1, SEAT_BOARD, SEAT_HELD, SEAT_FETCH };

/** A question under way. */
struct seat_ask {
	uint64_t tag; /**< 0: the place is free */
	enum seat_kind kind;
	enum notice_language language;
	nanoseconds until;
	struct seat *seat;
	struct http_held *held; /**< who waits */
	struct text events;	/**< of SEAT_FETCH, as they come */
	size_t count;
};

struct seats {
	struct desk *desk;
	int line; /**< -1: the room chat is away */
	int timer;
	uint64_t next_tag;
	uint8_t (*tokens)[DESK_TOKEN_SIZE]; /**< locked, one for each seat */
	struct seat seat[CHAT_SEATS_MAX];
	struct seat_ask ask[SEATS_ASKS_MAX];
	bool is_leaving[CHAT_SEATS_MAX]; /**< by number: the room chat is
					      still to be told */
	nanoseconds pinged_at;
	struct counter *sitting, *listening, *asked, *unanswered, *refused;
};

/** seats.c */
bool seat_is_taken(const struct seat *seat);
struct seat *seat_of(struct seats *seats, uint32_t number);
struct seat *seat_by_token(struct seats *seats, const uint8_t *token);
/** Tell every page of a seat. */
void seat_tell(struct seat *seat, const struct text *words);
/** The room chat gave the seat, refused it, or took it away. */
void seat_given(struct seat *seat, const struct chat_seated *seated);
void seat_lost(struct seat *seat);
/** Nobody sits there any more; told now, or when the line takes it. */
void seat_give_back(struct seats *seats, uint32_t number);
/** End its pages, telling them why, and forget it. */
void seat_end(struct seat *seat, const char *why);
/** Ask for the board, if any page has not begun with it. */
void seat_ask_board(struct seat *seat);
/** All of it was told (is_whole), or it could not be. */
void seat_board_told(struct seat *seat, bool is_whole);
/** It was not; who has not the whole of it must begin again. */
void seat_board_again(struct seat *seat);

/** seat_line.c: post a question; NULL if it could not be. */
struct seat_ask *seat_post(struct seat *seat, enum seat_kind kind,
			   struct letter *letter);
/** Take what has come; false: the line is of no use any more. */
bool seat_take(struct seats *seats);
/** The line is gone, or these questions waited too long at this instant. */
void seat_line_gone(struct seats *seats);
void seat_overdue(struct seats *seats, nanoseconds now);
/** Nobody waits for what this seat has asked. */
void seat_forget_asks(const struct seat *seat);

/** seat_json.c: letters as events of a feed, or as JSON. */
void seat_json_seated(struct text *out, const struct chat_seated *seated);
void seat_json_row(struct text *out, const struct chat_row *row);
void seat_json_colleague(struct text *out,
			 const struct chat_colleague *colleague);
void seat_json_event(struct text *out, const struct chat_event *event);
/** Whether a letter can be relied on: texts end, choices are in range. */
bool seat_seated_holds(const struct chat_seated *seated);
bool seat_row_holds(const struct chat_row *row);
bool seat_colleague_holds(const struct chat_colleague *colleague);
bool seat_event_holds(const struct chat_event *event);
/** Make an answer of what the room chat said to a question. */
void seat_answer_said(struct http_answer *answer, const struct chat_said *said,
		      enum notice_language language);
void seat_answer_done(struct http_answer *answer, const struct chat_done *done,
		      enum notice_language language);
void seat_answer_result(struct http_answer *answer, int32_t result,
			uint32_t retry_ms, enum notice_language language);

#endif
