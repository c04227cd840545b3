/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file remark.h
 * Remarks at a time code beside a recording (S5): added, shown, taken back.
 *
 * Their texts pass the register as descriptors: it stores what the vault
 * sealed and never sees what was written. Who may read the sound for a
 * purpose that grants "note" may add and read them; only who wrote one takes
 * it back. They go with the recording, whatever becomes of it.
 */
#ifndef TALLENNE_REGISTER_REMARK_H
#define TALLENNE_REGISTER_REMARK_H

#include "register/play.h"

/** Called once for each question, now (refused) or when the vault answered. */
typedef void remark_answer_fn(void *self, const struct play_way *way,
			      struct letter *answer);

/**
 * Answer DESK_REMARK_ADD.
 *
 * @param text  file with the text, borrowed; -1: none came
 */
void remark_add(struct books *books, const struct desk_remark_add *ask,
		int text, const struct play_way *way, remark_answer_fn *answer,
		void *self);

/**
 * Answer DESK_REMARKS.
 *
 * @param pipe  where the texts go, borrowed; -1: none came
 */
void remark_show(struct books *books, const struct desk_remarks *ask, int pipe,
		 const struct play_way *way, remark_answer_fn *answer,
		 void *self);

/** Answer DESK_REMARK_DROP. */
void remark_drop(struct books *books, const struct desk_remark_drop *ask,
		 struct desk_remarked *ret_answer);

#endif
