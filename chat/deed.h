/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file deed.h
 * What visitors, agents and time do to conversations.
 *
 * Each deed checks whether it may be done, adds its events and puts them
 * into the journal. It counts when hall_commit() has made it durable.
 */
#ifndef TALLENNE_CHAT_DEED_H
#define TALLENNE_CHAT_DEED_H

#include "chat/hall.h"

/** Words of a side. */
struct deed_words {
	enum chat_side side;
	bool is_note;
	const char *agent, *name; /**< of the agent; NULL: the visitor */
	const uint8_t *client_id;
	const char *text;
	uint32_t size;
};

/** What became of them. */
struct deed_said {
	uint64_t seq;
	uint32_t flags, retry_ms;
	nanoseconds at;
};

/**
 * Open a conversation, or find the one this key opened.
 *
 * @param[out] ret_place  with CHAT_OK
 */
enum chat_result deed_open(struct hall *hall, const struct chat_open *letter,
			   uint32_t *ret_place);

/** Say something, or find it said. */
enum chat_result deed_say(struct hall *hall, uint32_t place,
			  const struct deed_words *words,
			  struct deed_said *ret_said);

/** An agent takes it from the queue. */
enum chat_result deed_take(struct hall *hall, uint32_t place, uint32_t agent);

/** The one that waits longest, of all queues; TABLE_NONE: none waits. */
uint32_t deed_oldest(const struct hall *hall);

/** Its agent passes it to another, or to the queue (AGENTS_NONE). */
enum chat_result deed_pass(struct hall *hall, uint32_t place, uint32_t to,
			   const char *queue);

/** Its agent is gone too long: it waits again, in its old place. */
void deed_release(struct hall *hall, uint32_t place);

/** End it. */
enum chat_result deed_end(struct hall *hall, uint32_t place,
			  enum chat_side side, enum chat_reason reason);

/** The register has it all: the journal may forget it. */
void deed_forget(struct hall *hall, uint32_t place);

/** An agent wishes to be available, busy or absent. */
void deed_wish(struct hall *hall, uint32_t agent, uint32_t presence);

/** Put everything that lives into the journal; a journal_whole_fn. */
int deed_put_all(void *hall);

/** Put one whole conversation into the journal. */
int deed_put_whole(struct hall *hall, const struct conversation *conversation);

/** A record was read; a journal_take_fn. */
void deed_read(void *hall, const uint8_t *bytes, size_t size);

/** All files that can be read were: see that what was read is whole. */
void deed_mend(struct hall *hall);

#endif
