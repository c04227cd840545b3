/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file ended.h
 * Ended calls until finish has made recordings of them.
 *
 *	entered --durable--> ready --FINISH_CALL--> asked --DONE--> (gone)
 *	                       ^                      |
 *	                       `--- again later, or --'
 *	                            finish was started anew
 *
 * Each keeps its key in the table's locked memory until then. When there
 * is no room for another, the oldest is let go: its sealed key stands in
 * the spool, and the vault opens it for finish, logged as a recovery.
 */
#ifndef TALLENNE_MEDIA_ENDED_H
#define TALLENNE_MEDIA_ENDED_H

#include "finish/finish.h"
#include "media/table.h"

enum {
	ENDED_RETRY_MS = 5000, /**< after "again later" */
	/** Asked at one time; finish works on a few and the line is short. */
	ENDED_ASKED_MAX = 64,
};

struct ended;

/** Make the list; 0 or -ENOMEM. Keys are dropped from table. */
MUST int ended_new(uint32_t max, struct table *table, struct ended **ret_ended);

void ended_free(struct ended *ended);

/** Take over a call that is written; its key belongs to the list now. */
void ended_enter(struct ended *ended, const struct call *call);

/**
 * Ask finish for what is durable and not asked yet.
 *
 * @param line  to finish, -1: none at present
 * @return 0, or what line_post() says but for -EAGAIN
 */
MUST int ended_ask(struct ended *ended, const struct spool_log *log, int line);

/** finish was started anew: what was asked is asked again. */
void ended_forget_asked(struct ended *ended);

/** An answer came; unknown calls are ignored. */
void ended_take(struct ended *ended, const struct finish_done *done);

/** Tell the log which blocks are still needed. */
void ended_need(const struct ended *ended, struct spool_log *log);

uint32_t ended_count(const struct ended *ended);

/** How many keys were let go for want of room. */
uint64_t ended_let_go(const struct ended *ended);

/** Whether the list changed since this was asked last. */
bool ended_changed(struct ended *ended);

#endif
