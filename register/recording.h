/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file recording.h
 * Finished recordings: taking ownership of their sealed objects.
 *
 * The objects arrive as sealed memory files of finish and are copied into
 * the store, hashed on the way; only then is the row written. A crash in
 * between leaves objects without a row: the same recording handed in again
 * adopts them, and the reconciliation removes them otherwise.
 */
#ifndef TALLENNE_REGISTER_RECORDING_H
#define TALLENNE_REGISTER_RECORDING_H

#include "register/books.h"
#include "register/register.h"

enum { RECORDING_OBJECTS = 3 };

/**
 * Take a recording, in a transaction of its own.
 *
 * @param fds  sound, peaks, timeline; borrowed; none if nothing sounded
 * @param[out] ret_taken  the answer, all of it but head.tag
 * @return 0; -EBADMSG if the letter breaks its own rules (then the line
 *         ends)
 */
MUST int recording_take(struct books *books,
			const struct register_recording *letter,
			const struct letter_fds *fds,
			struct register_taken *ret_taken);

/** Whether a call was taken before, or was and is gone. */
bool recording_is_known(struct books *books, const struct id *call);

/** Whether a file can neither change nor shrink: others are not hashed. */
bool recording_is_sealed(int fd);

#endif
