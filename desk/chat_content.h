/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file chat_content.h
 * What was said in a stored chat, on its way to a page.
 *
 * The document comes from the vault as chat/object.h describes it. Here it
 * is only drawn: every word of it becomes text. A document that is none is
 * told as such; nothing of it is guessed.
 */
#ifndef TALLENNE_DESK_CHAT_CONTENT_H
#define TALLENNE_DESK_CHAT_CONTENT_H

#include "desk/visit.h"

enum {
	/** The largest there can be: CHAT_EVENTS_MAX and CHAT_NOTES_MAX of
	    CHAT_TEXT_MAX bytes, twice as large in JSON, is below this. */
	CHAT_CONTENT_SIZE_MAX = 20 << 20,
	/** Where a page is broken, and the rest is asked for anew. */
	CHAT_CONTENT_PAGE_SIZE = 1 << 20,
};

/**
 * Draw a document from an event on.
 *
 * @param from  number of the first event to show
 * @param[out] ret_next  number of the first that was not shown; 0: all were
 * @return 0, or -EBADMSG: it is no such document; nothing was drawn
 */
MUST int chat_content_draw(struct visit *visit, struct slice document,
			   uint64_t from, uint64_t *ret_next);

#endif
