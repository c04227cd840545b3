/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file sign_in.h
 * Signing in: see sign_in.c for the steps.
 */
#ifndef TALLENNE_DESK_SIGN_IN_H
#define TALLENNE_DESK_SIGN_IN_H

#include "desk/visit.h"

/** Answer somebody who came with a one-time code. */
void sign_in_first_time(struct visit *visit, const char *once);

#endif
