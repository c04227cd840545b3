/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file text.h
 * What people write: whether it may be taken, and its characters.
 */
#ifndef TALLENNE_CHAT_TEXT_H
#define TALLENNE_CHAT_TEXT_H

#include "base/base.h"

/**
 * The character that begins here.
 *
 * @param at    UTF-8
 * @param left  bytes from there to the end
 * @param[out] ret_code  its number; untouched on failure
 * @return its bytes, 1 to 4; 0 if this is no UTF-8
 */
size_t text_character(const char *at, size_t left, uint32_t *ret_code);

/**
 * Whether it may be said: UTF-8, no control characters but line feed and
 * tab, and more than blanks.
 */
bool text_may_be_said(const char *text, size_t size);

/** Whether a name of fixed room ends within it, is UTF-8 and has no control
    characters; it may be empty. */
bool text_is_name(const char *name, size_t size);

/** Whether a word of fixed room ends within it and is [A-Za-z0-9_.-]*. */
bool text_is_word(const char *word, size_t size);

#endif
