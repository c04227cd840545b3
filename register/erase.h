/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file erase.h
 * Removing one recording (or content of a chat) or one contact (or row of a
 * chat) for good, leaving a tombstone.
 *
 * Objects go first, rows after: a crash in between leaves rows whose
 * objects are gone, and doing it again finishes it. A tombstone says that
 * something was, under which register number and why it is gone; nothing
 * of what it was.
 */
#ifndef TALLENNE_REGISTER_ERASE_H
#define TALLENNE_REGISTER_ERASE_H

#include "register/books.h"
#include "register/contact.h"

/** Erase a recording and its objects; 0, -ENOENT or a negative errno. */
MUST int erase_recording(struct books *books, const struct id *call,
			 enum contact_cause cause);

/**
 * Forget the agents who left the roster and of whom no contact is left; how
 * many, or a negative errno.
 */
MUST int erase_agents(struct books *books);

/**
 * Erase a contact and who-has-listened of it; its recordings live on. Of a
 * chat whose content lives on, who has read it stays as long as that.
 */
MUST int erase_contact(struct books *books, const struct id *contact,
		       enum contact_cause cause);

/**
 * Answer the door's DOOR_ERASE_TEST: contact and recordings of a test.
 *
 * @param actor  who does it, as entry_uid() writes it
 */
void erase_test(struct books *books, const struct door_verify *ask,
		const char *actor, struct door_verify *ret_answer);

/** Answer the door's DOOR_VERIFY: read every object of a contact. */
void erase_verify(struct books *books, const struct door_verify *ask,
		  struct door_verify *ret_answer);

/** One recording that a contact still has; false: it has none. */
bool erase_next(struct books *books, const struct id *contact,
		struct id *ret_call);

#endif
