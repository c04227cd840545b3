/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file recover.h
 * Calls that an ended media process left in the spool.
 *
 * Each segment left behind is looked through once; of every call found in
 * it the register is asked whether it has it already, and if not, the
 * vault for its key. A segment is empty when every call in it is with the
 * register. While the vault is locked, calls wait in the spool, sealed;
 * nothing is ever lost by waiting.
 *
 * Knows no line: who owns it posts the questions and brings the answers.
 */
#ifndef TALLENNE_FINISH_RECOVER_H
#define TALLENNE_FINISH_RECOVER_H

#include "base/loop.h"
#include "finish/finish.h"
#include "finish/segments.h"
#include "register/register.h"
#include "vault/vault.h"

enum {
	RECOVER_CALLS_MAX = 1 << 18,
	RECOVER_BLOCKS_AT_ONCE = 256, /**< then the loop has its turn */
	RECOVER_ASKED_MAX = 8,	      /**< questions and works under way */
	RECOVER_AGAIN_S = 60,	      /**< after "try again" */
	/** While the vault is locked it is asked how it stands: that writes
	    nothing into its log, as asking for keys would. */
	RECOVER_STATUS_S = 2,
	/** A call whose first block, with its key, is in no segment. */
	RECOVER_HEADLESS_S = 600,
};

/** What it needs done. */
struct recover_face {
	void *self;
	/** Ask the register: a negative errno: will be tried again. */
	int (*ask_known)(void *self, struct register_is_known *ask);
	/** Ask the vault; the same. */
	int (*ask_key)(void *self, struct vault_recover *ask);
	/** Ask the vault whether it is locked; the same. */
	int (*ask_status)(void *self);
	/** Whether this call is being worked on already. */
	bool (*is_known)(void *self, const struct id *call);
	/** Work on it; recover_over() tells the end. */
	int (*work)(void *self, const struct finish_call *call);
	/** Tell the register that nothing can be saved; the same. */
	int (*give_up)(void *self, const struct finish_call *call);
	/** Nothing unfinished is in this segment; it was closed. */
	void (*empty)(void *self, uint32_t segment);
};

struct recover;

MUST int recover_new(struct loop *loop, struct segments *segments,
		     const struct recover_face *face,
		     struct recover **ret_recover);
void recover_free(struct recover *recover);

/** A segment was left behind; it is among the segments already. */
MUST int recover_add(struct recover *recover, uint32_t segment);

/** The answers. */
void recover_known(struct recover *recover,
		   const struct register_is_known *answer);
void recover_key(struct recover *recover, const struct vault_recovered *answer);
void recover_status(struct recover *recover, const struct vault_status *answer);
void recover_over(struct recover *recover, const struct id *call, int result);

/** A line is a new one: questions asked on the old one are void. */
void recover_ask_again(struct recover *recover);

/** Do what time brings; call it every second. */
void recover_tick(struct recover *recover);

#endif
