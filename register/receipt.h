/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file receipt.h
 * What a deletion receipt says: that something was, under which number, to
 * which end it was kept, why and when it went, and which entry of the audit
 * log tells that its key is gone. Nothing of what it was.
 */
#ifndef TALLENNE_REGISTER_RECEIPT_H
#define TALLENNE_REGISTER_RECEIPT_H

#include "register/books.h"
#include "register/register.h"

/** Answer DOOR_RECEIPT: the tombstones of an item, or of all of a contact. */
void receipt_tell(struct books *books, const struct door_receipt *ask,
		  struct door_receipt *ret_answer);

#endif
