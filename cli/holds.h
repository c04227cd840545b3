/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file holds.h
 * Holds as the register tells them, for "hold list" and "retention plan".
 */
#ifndef TALLENNE_CLI_HOLDS_H
#define TALLENNE_CLI_HOLDS_H

#include "register/register.h"

/** Called with each hold, the oldest first; nonzero ends it. */
typedef int holds_fn(void *self, const struct door_hold *hold);

/** Ask for all holds; 0, what the function said, or a negative errno. */
MUST int holds_each(int register_end, holds_fn *each, void *self);

/** "access", "legal", "restriction"; "unknown". */
const char *holds_kind(uint32_t kind);

/** One as a line of text. */
void holds_text(const struct door_hold *hold);

/** One as a line of JSON; word is its "type", or NULL. */
void holds_json(const struct door_hold *hold, const char *word);

#endif
