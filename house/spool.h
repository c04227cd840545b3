/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file spool.h
 * The files of the spool: made for media, which may only write, and shown
 * to finish, which may only read. Removed when media or finish say that
 * nothing in them is unfinished; a segment whose media process ended is
 * finish's to look through ("spool-old").
 *
 * The house names them by number and never looks inside.
 */
#ifndef TALLENNE_HOUSE_SPOOL_H
#define TALLENNE_HOUSE_SPOOL_H

#include "house/keep.h"

enum { HOUSE_SPOOL_MAX = 4096 };

struct house_spool;

/**
 * Look at what is there.
 *
 * @param dir   open directory of the spool, owned from now on
 * @param keep  borrowed, may still be empty
 */
MUST int house_spool_new(int dir, struct house_spool **ret_spool);
void house_spool_free(struct house_spool *spool);

/** A process starts: media gets a segment, finish sees all. */
void house_spool_furnish(struct house_spool *spool, struct keep *keep,
			 struct keep_process *process);

/** A process ended: what media left behind becomes finish's. */
void house_spool_ended(struct house_spool *spool, struct keep *keep,
		       const struct keep_process *process);

/** Words "spool", "spool-done", "spool-dead", "spool-empty". */
void house_spool_want(struct house_spool *spool, struct keep *keep,
		      struct keep_process *process, const char *word,
		      uint64_t number);

/** Try again what failed for want of space; call once a second. */
void house_spool_tick(struct house_spool *spool, struct keep *keep);

#endif
