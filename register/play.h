/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file play.h
 * Reading content: the register decides, the vault writes down and pours.
 *
 * The content never passes through here. The desk brings a pipe, the
 * register adds the object's descriptor and hands both to the vault with
 * the audit entry. The answer to the desk comes only after the vault said
 * that the entry is durable.
 */
#ifndef TALLENNE_REGISTER_PLAY_H
#define TALLENNE_REGISTER_PLAY_H

#include "register/books.h"
#include "register/register.h"

/** Where the answer goes: chosen by who asks, kept while the vault works. */
struct play_way {
	uint32_t peer, generation;
	uint64_t tag;
};

/** Called once for each play_begin(). */
typedef void play_answer_fn(void *self, const struct play_way *way,
			    struct desk_playing *answer);

/**
 * Decide, and ask the vault.
 *
 * @param pipe  where the content goes, borrowed
 * @param answer  called now (refused) or later
 */
void play_begin(struct books *books, const struct desk_play *ask, int pipe,
		const struct play_way *way, play_answer_fn *answer, void *self);

#endif
