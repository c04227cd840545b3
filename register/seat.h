/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file seat.h
 * Who may answer chats: people of role agent whose account names an agent
 * of the roster.
 *
 * A supervisor who shall answer chats has an account of role agent for it:
 * whoever talks to visitors reads no stored content in the same session
 * (duties differ in person, notice/roles.h). Visitors see the name that the
 * roster has, never that of the account.
 */
#ifndef TALLENNE_REGISTER_SEAT_H
#define TALLENNE_REGISTER_SEAT_H

#include "register/session.h"

/** Whether this session may answer; the agent's name in the roster. */
bool seat_is(struct books *books, const struct session *session,
	     char ret_name[64]);

/** Answer REGISTER_SEAT. */
void seat_tell(struct books *books, const struct register_seat *ask,
	       struct register_seat_is *ret_answer);

#endif
