/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file contact.h
 * That a contact took place: what siprec tells, taken once each.
 *
 * Numbers have no gap: a number that comes before the one below it is
 * taken, but counted, and figures tell how many are missing. A field that
 * the policy does not list, or that is not what its name says, is dropped
 * before it is stored (S7). A withheld number is never stored, whatever the
 * letter holds.
 */
#ifndef TALLENNE_REGISTER_CONTACT_H
#define TALLENNE_REGISTER_CONTACT_H

#include "register/books.h"
#include "register/register.h"

/** Deaths, as in the column tombstone.kind and tombstone.cause. */
enum contact_tomb {
	CONTACT_TOMB = 1,
	CONTACT_TOMB_RECORDING, /**< or the content of a chat */
	CONTACT_TOMB_CHAT,	/**< that a chat took place */
};
enum contact_cause {
	CONTACT_CAUSE_DUE = 1, /**< its end date came */
	CONTACT_CAUSE_TEST,    /**< it was a test call */
	CONTACT_CAUSE_EARLY,   /**< somebody decided so (early.h) */
};

/**
 * Take the present state of a contact, within a transaction.
 *
 * @param[out] ret_noted  the answer, all of it but head.tag
 * @return 0; -EBADMSG if the letter breaks its own rules (then the line
 *         ends); -ENOSPC (then the caller rolls back); -EAGAIN without
 *         a policy
 */
MUST int contact_note(struct books *books,
		      const struct register_contact *letter,
		      struct register_noted *ret_noted);

/** Whether text of fixed room ends within it and is UTF-8. */
bool contact_text_is(const char *text, size_t size);

#endif
