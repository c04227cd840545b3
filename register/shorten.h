/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file shorten.h
 * When a new policy promises a shorter life, it holds for what is there
 * already, at once (privacy rules, C17). A longer one never does: what was
 * recorded under the shorter promise keeps it (C18).
 */
#ifndef TALLENNE_REGISTER_SHORTEN_H
#define TALLENNE_REGISTER_SHORTEN_H

#include "register/books.h"

enum { SHORTEN_SLICE = 64 };

/**
 * Look at the next few contacts or chats, if the policy has changed since all were
 * looked at. Survives a restart: it goes on where it was.
 *
 * @return whether there is more to look at
 */
bool shorten_some(struct books *books);

#endif
