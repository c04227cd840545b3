/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file worker.h
 * A process for one call: renders it, seals it, answers, ends.
 *
 * It begins as a copy of the room, forgets all that is not of its call
 * (other calls' keys, every line, the control line), locks itself into a
 * second jail without fork, open or sockets, and only then touches a byte
 * that came from outside. All it can do is read the spool and answer with
 * sealed objects. What breaks it breaks this call only.
 */
#ifndef TALLENNE_FINISH_WORKER_H
#define TALLENNE_FINISH_WORKER_H

#include <sys/types.h>

#include "finish/finish.h"
#include "finish/segments.h"
#include "finish/voice.h"
#include "register/register.h"
#include "seal/write.h"

/** Everything a worker needs, all borrowed until worker_start() returns. */
struct worker_order {
	const struct finish_call *call;
	const uint8_t *key;   /**< of the call, SEAL_KEY_SIZE */
	bool is_recovered;    /**< no chain, no gates: as the spool tells */
	uint32_t avoid_track; /**< voice_stage */
	uint32_t avoid_codec;
	const struct segments *segments;
	const struct seal_keyset *set;
	const uint8_t *node_seed; /**< 32 bytes */
	/** Called in the worker first of all: wipe what is not its own. */
	void (*forget)(void *self);
	void *self;
};

/** A worker at work. */
struct worker {
	pid_t pid;	   /**< 0: none */
	int end;	   /**< its answer comes here; owned */
	nanoseconds until; /**< monotonic; later it is ended by force */
	struct voice_progress *progress; /**< shared memory, owned */
};

enum worker_letter { WORKER_ANSWER = 1 };

/** The answer, with three objects in sealed memory files, or none. */
struct worker_answer {
	struct letter head;
	int32_t result; /**< as finish_done.result; then recording is valid
			     for 0 and -ENODATA; others: nothing was made */
	uint32_t reserved;
	struct register_recording recording;
};

/** Once, before the jail closes: what must be opened by name. */
MUST int worker_prepare(void);

/** Start one; 0 or the negative errno of what failed. */
MUST int worker_start(const struct worker_order *order,
		      struct worker *ret_worker);

/**
 * Take its answer.
 *
 * @return 0; -EPIPE: it died without one; -EBADMSG: nonsense
 */
MUST int worker_take(struct worker *worker, struct worker_answer *ret_answer,
		     struct letter_fds *ret_fds);

/** Why there is no answer. */
enum worker_fate {
	WORKER_UNLUCKY, /**< could not start, or the kernel took its memory */
	WORKER_CRASHED, /**< the call broke it */
};

/**
 * Bury a worker that gave no answer.
 *
 * @param[out] ret_track  being decoded when it died, or VOICE_NOBODY
 * @param[out] ret_codec  the same, enum call_codec
 */
enum worker_fate worker_bury(struct worker *worker, uint32_t *ret_track,
			     uint32_t *ret_codec);

/** End it if it still runs, wait for it, free all. */
void worker_end(struct worker *worker);

#endif
