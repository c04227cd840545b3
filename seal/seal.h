/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file seal.h
 * Words shared by everything that is sealed.
 *
 * What is sealed is sealed to an end date: for every class of data and
 * every civil date on which some of it must be gone there is one random
 * key pair. Recorders hold the public halves only; the private halves live
 * in the vault, and destroying one erases everything of that date in every
 * copy at once (GDPR Art. 5(1)(e); notice S19-S21).
 *
 * The write side is seal/write.h (objects) and seal/box.h (short texts and
 * keys). The open side is vault/open.h and is linked into the vault alone.
 */
#ifndef TALLENNE_SEAL_H
#define TALLENNE_SEAL_H

#include "base/base.h"

/** Classes of data, each with an end of its own. Values are on disk. */
enum seal_class {
	SEAL_CLASS_AUDIO = 1,	/**< sound of calls (S19) */
	SEAL_CLASS_CONTACT = 2, /**< that a contact took place (S20) */
	SEAL_CLASS_CHAT = 3,	/**< text of chats (S21) */
	SEAL_CLASSES,
	/** Entries of the audit log, by the day on which they were written and
	 *  not by the day of their end; the vault's own, no recorder has it. */
	SEAL_CLASS_LOG = SEAL_CLASSES,
};

/** What one object holds. Values are on disk. */
enum seal_kind {
	SEAL_KIND_SOUND = 1,	/**< Ogg Opus, caller left, agent right */
	SEAL_KIND_PEAKS = 2,	/**< audiowaveform .dat version 2 */
	SEAL_KIND_TIMELINE = 3, /**< JSON: lanes, holes with cause, marks */
	SEAL_KIND_CHAT = 4,
};

enum {
	SEAL_KEY_SIZE = 32,
	SEAL_HASH_SIZE = 32,
	SEAL_PUBLIC_SIZE = 32,
	SEAL_SIGNATURE_SIZE = 64,
	/** A sealed box (crypto_box_seal) is this much longer than its text. */
	SEAL_BOX_EXTRA = 48,
};

/** A civil date as one number, year * 10000 + month * 100 + day; 0: none. */
typedef uint32_t seal_date;

/** Name of an end-date key pair. */
struct seal_end {
	uint32_t data_class; /**< enum seal_class */
	seal_date date;	     /**< last civil date on which it may exist; 0: it
				  is the key pair of the hold on the contact
				  that the thing belongs to */
};

/** Whether something is sealed to a hold instead of a date. */
static inline bool seal_is_held(const struct seal_end *end)
{
	return end->date == 0;
}

/** A key, for whatever, sealed to an end-date key. */
struct seal_wrapped {
	struct seal_end end; /**< which key pair opens it */
	uint8_t box[SEAL_KEY_SIZE + 32 + SEAL_BOX_EXTRA]; /**< seal/box.h */
};

#endif
