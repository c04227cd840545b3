/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file tally.h
 * The register's counters.
 */
#ifndef TALLENNE_REGISTER_TALLY_H
#define TALLENNE_REGISTER_TALLY_H

#include "base/counters.h"

/** TALLY(name, kind, "help"): one counter each. */
#define TALLIES                                                                \
	TALLY(contacts, TOTAL, "Contacts opened in the register.")             \
	TALLY(contact_updates, TOTAL, "Letters about contacts taken.")         \
	TALLY(contacts_refused, TOTAL, "Contacts refused by the policy.")      \
	TALLY(fields_dropped, TOTAL, "Fields dropped before storage (S7).")    \
	TALLY(gaps_seen, TOTAL, "Register numbers that came out of order.")    \
	TALLY(number_gaps, GAUGE, "Register numbers missing; must be 0.")      \
	TALLY(recordings, TOTAL, "Recordings stored.")                         \
	TALLY(recordings_again, TOTAL, "Recordings that were there already.")  \
	TALLY(recordings_refused, TOTAL, "Recordings not as their hash says.") \
	TALLY(store_failures, TOTAL, "Recordings that could not be stored.")   \
	TALLY(stored_bytes, TOTAL, "Sealed bytes stored.")                     \
	TALLY(chats, TOTAL, "Chats opened in the register.")                   \
	TALLY(chat_updates, TOTAL, "Letters about chats taken.")               \
	TALLY(chats_refused, TOTAL, "Chats refused by the policy.")            \
	TALLY(chats_open, GAUGE, "Chats that wait or go on.")                  \
	TALLY(chats_waiting, GAUGE, "Chats that wait for an agent.")           \
	TALLY(chat_number_gaps, GAUGE, "Chat numbers missing; must be 0.")     \
	TALLY(chats_stored, TOTAL, "Contents of chats stored.")                \
	TALLY(chats_again, TOTAL, "Contents that were there already.")         \
	TALLY(chat_contents_refused, TOTAL,                                    \
	      "Contents of chats not as their hash says.")                     \
	TALLY(seats, TOTAL, "Agents told to be such to the room chat.")        \
	TALLY(seats_refused, TOTAL, "People who may not answer chats.")        \
	TALLY(canned_changes, TOTAL, "Canned answers written or dropped.")     \
	TALLY(remarks, TOTAL, "Notes added beside recordings.")                \
	TALLY(lines_cut, TOTAL, "Lines ended because of a wrong letter.")      \
	TALLY(answers_dropped, TOTAL, "Answers that nobody took.")             \
	TALLY(sign_ins, TOTAL, "Sessions opened.")                             \
	TALLY(sign_ins_failed, TOTAL, "Sign-ins that failed.")                 \
	TALLY(sign_ins_limited, TOTAL, "Sign-ins refused by the limit.")       \
	TALLY(plays, TOTAL, "Contents released after their audit entry.")      \
	TALLY(plays_refused, TOTAL, "Contents not released.")                  \
	TALLY(vault_failures, TOTAL, "Questions to the vault without answer.") \
	TALLY(outbox_waiting, GAUGE, "Audit entries waiting for the vault.")   \
	TALLY(outbox_refused, TOTAL, "Audit entries the vault did not take.")  \
	TALLY(keys_destroyed, TOTAL, "End-date keys destroyed.")               \
	TALLY(recordings_erased, TOTAL, "Recordings erased at their end.")     \
	TALLY(contacts_erased, TOTAL, "Contacts erased at their end.")         \
	TALLY(chats_erased, TOTAL, "Contents of chats erased at their end.")   \
	TALLY(overdue, GAUGE, "Items past their last moment; must be 0.")      \
	TALLY(holds, GAUGE, "Holds on contacts.")                              \
	TALLY(held_beyond_access, GAUGE,                                       \
	      "Items kept beyond their end by an access or document case.")    \
	TALLY(held_beyond_legal, GAUGE,                                        \
	      "Items kept beyond their end by an order or a claim.")           \
	TALLY(held_beyond_restriction, GAUGE,                                  \
	      "Items kept beyond their end by a restriction.")                 \
	TALLY(holds_placed, TOTAL, "Holds placed.")                            \
	TALLY(holds_lifted, TOTAL, "Holds lifted or expired.")                 \
	TALLY(rewrapped, TOTAL, "Keys and numbers sealed to a hold.")          \
	TALLY(rewraps_lost, TOTAL, "Held things that could not be kept.")      \
	TALLY(hold_keys_destroyed, TOTAL, "Key pairs of holds destroyed.")     \
	TALLY(keys_waited, TOTAL, "Times an end-date key waited for a hold.")  \
	TALLY(clock_jumps, TOTAL, "Jumps of the clock that stopped erasing.")  \
	TALLY(object_rows, GAUGE, "Objects that the register knows.")          \
	TALLY(objects, GAUGE, "Objects in the store.")                         \
	TALLY(orphans, GAUGE, "Objects without a row.")                        \
	TALLY(phantoms, GAUGE, "Rows without an object; must be 0.")           \
	TALLY(orphans_removed, TOTAL, "Objects without a row removed.")

/** The counters, ready after tally_init(); before it they count unseen. */
struct tally {
#define TALLY(name, kind, help) struct counter *name;
	TALLIES
#undef TALLY
};

extern struct tally tally;

/** Find a place for each on the counter page. Call once at start. */
void tally_init(void);

#endif
