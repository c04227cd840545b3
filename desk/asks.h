/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file asks.h
 * The desk's questions to the register, each one call that waits.
 *
 * Every answer is looked through before anybody uses it: texts end within
 * their fields, counts and choices are in range. An answer that is not so
 * ends the line, and the house makes a new one.
 */
#ifndef TALLENNE_DESK_ASKS_H
#define TALLENNE_DESK_ASKS_H

#include "desk/visit.h"

/** Whether an answer can be relied on; pure. */
bool asks_session_holds(const struct desk_session *session);
bool asks_rows_hold(const struct desk_contact_rows *rows);
bool asks_whole_holds(const struct desk_contact_whole *whole);
bool asks_readers_hold(const struct desk_reader_rows *rows);
bool asks_words_hold(const struct desk_words *words);
bool asks_rules_hold(const struct desk_rules *rules);
bool asks_oversight_holds(const struct desk_oversight *oversight);
bool asks_chats_hold(const struct desk_chat_rows *rows);
bool asks_chat_holds(const struct desk_chat_whole *whole);
bool asks_canned_holds(const struct desk_canned *canned);
bool asks_levels_hold(const struct desk_levels_are *levels);
bool asks_remarks_hold(const struct desk_remark_rows *rows);
bool asks_picks_hold(const struct desk_pick_rows *rows);
bool asks_pick_holds(const struct desk_pick_whole *whole);

/** Each returns what the register said, or DESK_LATER if it did not. */
enum desk_result asks_sign_in(struct desk *desk, struct desk_sign_in *ask,
			      struct desk_session *ret_session);
enum desk_result asks_enrol(struct desk *desk, struct desk_enrol *ask,
			    struct desk_session *ret_session);
enum desk_result asks_who(struct desk *desk, const uint8_t *token,
			  struct desk_session *ret_session);
enum desk_result asks_sign_out(struct visit *visit);
enum desk_result asks_choose(struct visit *visit, const char *language,
			     const char *purpose);
enum desk_result asks_contacts(struct visit *visit, struct desk_contacts *ask,
			       struct desk_contact_rows *ret_rows);
enum desk_result asks_contact(struct visit *visit, const struct id *contact,
			      struct desk_contact_whole *ret_whole);
enum desk_result asks_readers(struct visit *visit, const struct id *contact,
			      uint64_t before,
			      struct desk_reader_rows *ret_rows);
enum desk_result asks_words(struct visit *visit, enum desk_letter which,
			    struct desk_words *ret_words);
/** What each role may ask for at all, and which policy binds. */
enum desk_result asks_rules(struct visit *visit, struct desk_rules *ret_rules);
enum desk_result asks_figures(struct visit *visit,
			      struct desk_figures *ret_figures);
enum desk_result asks_oversight(struct visit *visit,
				struct desk_oversight *ret_oversight);
enum desk_result asks_chats(struct visit *visit, struct desk_chats *ask,
			    struct desk_chat_rows *ret_rows);
enum desk_result asks_chat(struct visit *visit, const struct id *chat,
			   struct desk_chat_whole *ret_whole);
/** A canned answer by its id, or the one after it; "": the first. */
enum desk_result asks_canned(struct visit *visit, const char *id, bool follows,
			     struct desk_canned *ret_canned);
enum desk_result asks_canned_put(struct visit *visit,
				 struct desk_canned_put *ask,
				 struct desk_canned *ret_canned);
enum desk_result asks_canned_drop(struct visit *visit, const char *id);
/** Read content; ret_pipe brings exactly the bytes that were asked for. */
enum desk_result asks_play(struct visit *visit, struct desk_play *ask,
			   struct desk_playing *ret_playing, int *ret_pipe);
/** The same for something small: wait for ask->size bytes of it. */
enum desk_result asks_play_whole(struct visit *visit, struct desk_play *ask,
				 char *out, struct desk_playing *ret_playing);

/**
 * Remarks beside a recording from the skip-th on, by their time code, for a
 * purpose or, if it is empty, for that of the session.
 *
 * @param ret_texts  room for DESK_REMARKS_MAX texts, each a C string; ""
 *                   for one that cannot be read any more
 */
enum desk_result asks_remarks(struct visit *visit, const struct id *call,
			      const char *purpose, uint64_t skip,
			      struct desk_remark_rows *ret_rows,
			      char ret_texts[][DESK_REMARK_SIZE]);
enum desk_result asks_remark_add(struct visit *visit, const struct id *call,
				 const char *purpose, int64_t at_ms,
				 const char *text, struct id *ret_remark);
/** Training sets and samples; only one's own sets, or all. */
enum desk_result asks_picks(struct visit *visit, bool own_sets, uint32_t skip,
			    struct desk_pick_rows *ret_rows);
enum desk_result asks_pick(struct visit *visit, const struct id *pick,
			   uint64_t skip, struct desk_pick_whole *ret_whole);
enum desk_result asks_pick_make(struct visit *visit, struct desk_pick_make *ask,
				struct id *ret_pick);
/** call: NULL with DESK_PICK_DROP. */
enum desk_result asks_pick_change(struct visit *visit, const struct id *pick,
				  const struct id *call,
				  enum desk_pick_act act);
/** Figures of a month; 0 and "": the latest, of all units. */
enum desk_result asks_levels(struct visit *visit, struct desk_levels *ask,
			     struct desk_levels_are *ret_levels);
enum desk_result asks_remark_drop(struct visit *visit, const struct id *call,
				  const struct id *remark);

#endif
