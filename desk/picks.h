/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file picks.h
 * Training sets and samples: what their pages and the API share.
 */
#ifndef TALLENNE_DESK_PICKS_H
#define TALLENNE_DESK_PICKS_H

#include "desk/visit.h"

/**
 * Read the form of a new one.
 *
 * Fields: kind ("training" or "sample"), purpose, title, end (a date); of a
 * sample also wanted, seed (32 hex digits, or empty), from, until, service,
 * agent, min, max.
 *
 * @return false if one of them is no good; an error is shown then
 */
bool picks_read_form(struct visit *visit, struct desk_pick_make *ret_ask);

/** The part of a contact's page where its recordings go into a set;
    draws nothing for who may not. */
void picks_part(struct visit *visit, const char *contact,
		const struct desk_contact_whole *whole);

#endif
