/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file fake_chat.h
 * A room chat of a few conversations, for tests of the desk alone. It keeps
 * to chat/chat.h and forgets everything at its end. Its visitors do what the
 * test says, one command a line:
 *
 *	open NICK LANG QUEUE   somebody comes; NICK and TEXT are hexadecimal
 *	say I TEXT             visitor number I (0, 1 ...) says something
 *	typing I 0|1, present I 0|1, seen I N, closes I SECONDS
 *	end I                  the visitor ends it
 *	steal I                agent-2 takes it
 *	mute N                 the next N letters get no answer
 *	deaf N                 and are not even heard
 *	refuse N               the next thing said is answered with result N
 *	epoch I                its events are numbered anew
 *	clear                  all are gone, nobody sits
 */
#ifndef TALLENNE_TESTS_FAKE_CHAT_H
#define TALLENNE_TESTS_FAKE_CHAT_H

#include "chat/chat.h"

/** Answer one letter of the desk; 0 or what line_serve() said. */
MUST int fake_chat_serve(int line);

/** A new line: nobody sits at it yet. */
void fake_chat_line(int line);

/** Obey a command; false if it is none. */
bool fake_chat_obey(char *words);

#endif
