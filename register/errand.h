/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file errand.h
 * Questions to the vault that are under way.
 *
 * The register never stands still for the vault: recorders' letters go on
 * while an answer is awaited. Each errand ends exactly once, with the
 * vault's answer, or with -ETIMEDOUT, or with -EPIPE when the line ended.
 */
#ifndef TALLENNE_REGISTER_ERRAND_H
#define TALLENNE_REGISTER_ERRAND_H

#include "base/clock.h"
#include "vault/vault.h"

enum {
	ERRANDS_MAX = 64,
	ERRAND_CONTEXT_SIZE = 256,
	ERRAND_WAIT_MS = 4000, /**< a little less than DESK_WAIT_MS */
};

/**
 * Called when an errand ended.
 *
 * @param self     as given to errand_send()
 * @param context  copy of what was given to errand_send()
 * @param r        0, -ETIMEDOUT, -EPIPE or -EBADMSG
 * @param answer   VAULT_ANSWER, VAULT_STATUS, VAULT_REWRAPPED or
 *                 VAULT_REMARKED, as asked for; NULL unless r is 0
 */
typedef void errand_done_fn(void *self, const void *context, int r,
			    const struct letter *answer);

struct errand {
	uint64_t tag; /* 0: free */
	uint16_t answer;
	nanoseconds until; /* monotonic */
	errand_done_fn *done;
	void *self;
	_Alignas(8) uint8_t context[ERRAND_CONTEXT_SIZE];
};

struct errands {
	int end; /**< line to the vault, owned; -1: none */
	uint64_t last_tag;
	struct errand errand[ERRANDS_MAX];
};

void errands_init(struct errands *errands);

/** Use this line from now on; what was under way fails with -EPIPE. */
void errands_take_line(struct errands *errands, int end);

/** Close the line; what was under way fails with -EPIPE. */
void errands_drop_line(struct errands *errands);

/**
 * Ask the vault.
 *
 * @param letter  the question; its tag is chosen here
 * @param fds     borrowed, or NULL
 * @param context copied, ERRAND_CONTEXT_SIZE at most
 * @return 0, then "done" will be called; or -EPIPE without a line, -EAGAIN
 *         when too much is under way, or a negative errno
 */
MUST int errand_send(struct errands *errands, struct letter *letter,
		     const struct letter_fds *fds, errand_done_fn *done,
		     void *self, const void *context, size_t size);

/** Take the answers that wait. 0, or what ended the line. */
MUST int errands_hear(struct errands *errands);

/** End what has waited too long. */
void errands_tick(struct errands *errands);

#endif
