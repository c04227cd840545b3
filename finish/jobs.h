/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file jobs.h
 * Calls on their way from the spool to the register.
 *
 *	waiting --worker free--> working --answer--> made --posted--> sent
 *	   ^                        |                                   |
 *	   +---- crashed once ------+            register took it -> told
 *
 * A call is here once, however often it is asked for. Sealed objects wait
 * in memory until the register has them, so no more than JOBS_MADE_MAX
 * calls are that far at a time; the others wait as keys and places.
 *
 * Owns the calls' keys, in locked memory, and the workers.
 */
#ifndef TALLENNE_FINISH_JOBS_H
#define TALLENNE_FINISH_JOBS_H

#include "base/loop.h"
#include "finish/worker.h"

enum {
	JOBS_MAX = 2048,
	JOBS_MADE_MAX = 16,
	JOBS_WORKERS_MAX = 64,
	/** How often a crash may happen before the call is given up. */
	JOBS_TRIES = 2,
};

/** Who asked for a call. */
enum { JOBS_NOBODY = -1, JOBS_RECOVERY = -2 };

/** What jobs need done by who owns the lines. */
struct jobs_face {
	void *self;
	/** Post to the register; -EAGAIN or -EPIPE: will be tried again. */
	int (*post)(void *self, struct register_recording *recording,
		    const struct letter_fds *fds);
	/**
	 * A call is over. from: which media process asked, or one of
	 * JOBS_*. -EAGAIN: cannot say it now, will be tried again.
	 */
	int (*over)(void *self, const struct id *call, int from, uint64_t tag,
		    int result);
};

struct jobs;

/** What jobs work with; segments borrowed for good. */
MUST int jobs_new(struct loop *loop, const struct segments *segments,
		  const struct jobs_face *face, struct jobs **ret_jobs);

/** Ends all workers, wipes all keys. */
void jobs_free(struct jobs *jobs);

/** How many workers at a time. */
void jobs_set_workers(struct jobs *jobs, int workers);

/** The public halves; owned from now on. Without them nobody works. */
void jobs_set_keys(struct jobs *jobs, struct seal_keyset *set);

/** The node's seed, copied to locked memory. */
void jobs_set_node(struct jobs *jobs, const uint8_t seed[32]);

/**
 * Take a call.
 *
 * @param call  copied; wipe its key afterwards
 * @param from  index of the media process, or JOBS_RECOVERY
 * @return 0, also if it is here already; -EAGAIN if there is no room
 */
MUST int jobs_add(struct jobs *jobs, const struct finish_call *call, int from);

/**
 * Tell the register that nothing of a call can be saved; over() is told
 * when it knows. As jobs_add(), without a key.
 */
MUST int jobs_give_up(struct jobs *jobs, const struct finish_call *call,
		      int from);

/** Whether a call is here. */
bool jobs_has(const struct jobs *jobs, const struct id *call);

/** The register's answer. */
void jobs_taken(struct jobs *jobs, const struct register_taken *taken);

/** The register is another one now: tell it everything again. */
void jobs_resend(struct jobs *jobs);

/** A media process is gone: nobody waits for its calls any more. */
void jobs_orphan(struct jobs *jobs, int from);

/** Do what time brings; call it every second. */
void jobs_tick(struct jobs *jobs);

#endif
