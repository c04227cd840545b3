/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file fake_chat.h
 * The room chat as counter sees it, in memory and obedient: for tests of
 * counter alone.
 */
#ifndef TALLENNE_TESTS_FAKE_CHAT_H
#define TALLENNE_TESTS_FAKE_CHAT_H

#include "chat/chat.h"

enum { FAKE_TALKS_MAX = 1024, FAKE_EVENTS_MAX = 2000 };

struct fake_talk {
	struct chat_state state;
	uint8_t token[CHAT_TOKEN_SIZE], key[CHAT_TOKEN_SIZE];
	char nickname[CHAT_NAME_SIZE], language[CHAT_LANGUAGE_SIZE];
	char queue[CHAT_WORD_SIZE];
	uint32_t policy;
	struct chat_event *events; /* FAKE_EVENTS_MAX, as they are needed */
	bool is_followed, is_mute, is_lost;
	unsigned int follows;
	uint64_t present, acts[8];
};

struct fake_chat {
	int line;
	size_t count;
	struct fake_talk talk[FAKE_TALKS_MAX];
	bool is_closed, is_later, is_silent;
	unsigned int asked[CHAT_HOURS + 1];
};

/** Take one letter of counter's; 0, or what went wrong with the line. */
MUST int fake_chat_serve(struct fake_chat *fake);

/** What people at the desk would do, as a line of words. */
void fake_chat_obey(struct fake_chat *fake, char *words);

/** A new line: nobody is followed on it yet. */
void fake_chat_begin(struct fake_chat *fake, int line);

#endif
