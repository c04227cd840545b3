/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file form_page.h
 * Pages of a conversation without a script, and its transcript. Only
 * writing; what is shown is decided in forms.c.
 *
 * There are two pages. One to follow: it refreshes itself and has nothing
 * into which one could write. One to write: it has the form and stays as it
 * is. So no refresh ever takes away what somebody was writing, and no text
 * leaves the browser before it is sent.
 */
#ifndef TALLENNE_COUNTER_FORM_PAGE_H
#define TALLENNE_COUNTER_FORM_PAGE_H

#include "counter/visit.h"

enum { FORM_PAGE_REFRESH_S = 10 };

/** What stands on the page of a conversation. */
struct form_page {
	const struct chat_state *state;
	struct slice log;   /**< HTML, of form_page_event() */
	bool is_cut;	    /**< earlier events are not in it */
	bool is_writing;    /**< the page to write */
	const char *draft;  /**< what was not sent, or empty */
	enum text_id fault; /**< why it was not sent, or TEXTS */
	uint8_t client_id[CHAT_TOKEN_SIZE]; /**< of the next message */
};

/** The page before a conversation; with_script: the widget may take over. */
void form_page_start(struct visit *visit, bool with_script);
void form_page_talk(struct visit *visit, const struct form_page *page);

/** One event as an item of a list. */
void form_page_event(const struct visit *visit, struct text *out,
		     const struct chat_event *event);

/** The transcript: begin, each event, end; as plain text or as a page. */
void transcript_begin(struct visit *visit, const struct chat_state *state,
		      bool as_html);
void transcript_event(struct visit *visit, const struct chat_event *event,
		      bool as_html);
void transcript_end(struct visit *visit, bool as_html, bool is_cut);
/** No more events fit: the rest is said to be missing. */
bool transcript_is_full(const struct visit *visit);

/** What an event that is no message says, without its name. */
enum text_id form_page_words(const struct chat_event *event);
/** Who is named with an event: agent, nickname, "You"; may be empty. */
const char *form_page_name(const struct visit *visit,
			   const struct chat_event *event);

#endif
