/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file entry.h
 * What the register writes into the audit log, and how it gets there.
 *
 * Two ways. What must be written before something happens (content read)
 * goes to the vault with the question itself. Everything else goes into the
 * outbox, in the same transaction as the change it tells of, and from there
 * to the vault in order: recording goes on while the vault is away, and
 * nothing is forgotten. After a crash an entry may arrive twice, never not
 * at all.
 *
 * No entry has a name, a number or a text of a person in it: ids, counts,
 * dates and words of the policy only.
 */
#ifndef TALLENNE_REGISTER_ENTRY_H
#define TALLENNE_REGISTER_ENTRY_H

#include <jansson.h>
#include <sys/types.h>

#include "register/books.h"

/** Room for an actor, NUL included: "stf_" and an id; "uid:" and digits. */
enum { ENTRY_ACTOR_SIZE = 4 + ID_TEXT_SIZE, ENTRY_DATE_SIZE = 16 };

/** An id as JSON. */
json_t *entry_id(const struct id *id);
/** A date as JSON, "2027-05-23". */
json_t *entry_date(seal_date date);
/** "stf_..." for a member of staff. */
void entry_actor(const struct id *staff, char out[ENTRY_ACTOR_SIZE]);
/** "uid:N" for whoever acts by a command; the kernel says who it is. */
void entry_uid(uid_t uid, char out[ENTRY_ACTOR_SIZE]);

/**
 * Write an entry out. Takes the object.
 *
 * It is always short enough: all its parts have a bound.
 */
void entry_write(json_t *object, struct vault_entry *ret_entry);

/**
 * Put an entry into the outbox, within a transaction. Takes the object.
 *
 * @return 0 or -ENOSPC
 */
MUST int entry_post(struct books *books, json_t *object);

/**
 * Put an entry into the outbox in a transaction of its own. Takes the object.
 *
 * @return 0 or -ENOSPC
 */
MUST int entry_note(struct books *books, json_t *object);

/** Send what waits in the outbox, in its order, some at a time. */
void entry_pump(struct books *books);

#endif
