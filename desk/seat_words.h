/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file seat_words.h
 * The words by which pages and scripts name what chat/chat.h has numbers
 * for: why a chat ended, whether an agent is there.
 */
#ifndef TALLENNE_DESK_SEAT_WORDS_H
#define TALLENNE_DESK_SEAT_WORDS_H

#include "chat/chat.h"

/** Word of an enum chat_reason; "" if it is none. */
const char *seat_reason(uint32_t reason);
/** And back; 0 if it is none. */
uint32_t seat_reason_of(const char *word);
/** The enum chat_presence of a word; 0 if it is none. */
uint32_t seat_presence_of(const char *word);

#endif
