/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file chat.h
 * Chats: what the room chat tells, taken once each.
 *
 * A conversation becomes two things that live and die by themselves. That
 * it took place is a contact of the channel chat, with the next number of
 * that channel, given here in the transaction of its first letter; it ends
 * with the contact history (S20). What was said is a recording of class
 * chat with one object, beside the few fields by which it can be found when
 * the contact is gone (S21). They share the conversation's id and its
 * number; neither refers to the other, so nothing is left dangling when
 * one of them goes.
 *
 * No end date is later than the policy says, whatever a letter says.
 */
#ifndef TALLENNE_REGISTER_CHAT_H
#define TALLENNE_REGISTER_CHAT_H

#include "register/books.h"
#include "register/register.h"

/**
 * Take the present state of a chat that brings no content, within a
 * transaction.
 *
 * @param[out] ret_noted  the answer, all of it but head.tag
 * @return 0; -EBADMSG if the letter breaks its own rules (then the line
 *         ends); -ENOSPC (then the caller rolls back)
 */
MUST int chat_note(struct books *books, const struct register_chat *letter,
		   const struct letter_fds *fds,
		   struct register_chat_noted *ret_noted);

/**
 * Take the last state of a chat with its content, in a transaction of its
 * own: both or none.
 *
 * @param fds  the sealed object, borrowed
 * @param[out] ret_noted  the answer, all of it but head.tag
 * @return 0; -EBADMSG if the letter breaks its own rules (then the line
 *         ends)
 */
MUST int chat_take(struct books *books, const struct register_chat *letter,
		   const struct letter_fds *fds,
		   struct register_chat_noted *ret_noted);

#endif
