/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file impact.h
 * A policy tried on what is there.
 */
#ifndef TALLENNE_REGISTER_IMPACT_H
#define TALLENNE_REGISTER_IMPACT_H

#include "register/books.h"
#include "register/impact_letters.h"

/**
 * Count what would end earlier. Changes nothing.
 *
 * @param policy  with its zone
 * @param ret_impact  the head is the caller's
 */
void impact_count(struct books *books, const struct policy *policy,
		  struct door_impact *ret_impact);

#endif
