/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file due.h
 * When items come to their end, by the policy and the books' clock.
 *
 * An item that is eligible is dead for everybody at that moment: it is not
 * shown and not read any more, whether or not the sweeper has come yet.
 */
#ifndef TALLENNE_REGISTER_DUE_H
#define TALLENNE_REGISTER_DUE_H

#include "register/books.h"
#include "register/decide.h"

/**
 * In SQL: whether a contact is held; decide_holds() in the database's words.
 *
 * @param contact  an expression that is its id
 * @param now      the parameter that is the present in seconds
 */
#define DUE_IS_HELD(contact, now)                                              \
	" EXISTS (SELECT 1 FROM hold WHERE hold.contact = " contact            \
	" AND (hold.expires_at = 0 OR hold.expires_at > " now "))"

/**
 * From when an item of that class and end date is deleted, and by when it
 * must be gone. Without a policy or a rule for the class: 00:00 of the date
 * and of the next, in the policy's zone or else UTC + 3 hours (rather too
 * early than too late). What is no date has ended long ago: 0.
 */
nanoseconds due_eligible(const struct books *books, uint32_t data_class,
			 seal_date date, nanoseconds *ret_gone_by);

/** Latest end date of a class whose items are eligible at an instant. */
seal_date due_date(const struct books *books, uint32_t data_class,
		   nanoseconds now);

/** The strongest hold on a contact that has not expired. */
enum decide_hold due_hold(struct books *books, const struct id *contact);

#endif
