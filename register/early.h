/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file early.h
 * Erasing one contact, or one recording of it, before its end: because it
 * should never have been made, or no purpose is left for it (Art. 17, C15).
 *
 * A ground of a closed list and the reference of the decision are written
 * into the audit log first, so that whoever puts a copy back can erase it
 * again (docs/backup.md). What is held is not erased: the hold wins (C12).
 */
#ifndef TALLENNE_REGISTER_EARLY_H
#define TALLENNE_REGISTER_EARLY_H

#include "register/books.h"
#include "register/register.h"

/** The word of a ground in the audit log, NULL: there is none such. */
const char *early_word(uint32_t ground);

/**
 * Answer DOOR_ERASE.
 *
 * @param actor  who does it, as entry_uid() writes it
 */
void early_erase(struct books *books, const struct door_erase *ask,
		 const char *actor, struct door_erase *ret_answer);

/**
 * Erase a contact with all its recordings, or one recording, without asking
 * why.
 *
 * @param[out] ret_count  how many recordings went
 * @return 0, also if there is nothing of that id, or a negative errno
 */
MUST int early_remove(struct books *books, const struct id *item,
		      uint64_t *ret_count);

#endif
