/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file remarks.h
 * Notes beside the recordings of a contact, on its page: a list in the order
 * of the sound, whose times lead into it, and a form. Fetched only when
 * asked for, and only for a purpose that grants them.
 */
#ifndef TALLENNE_DESK_REMARKS_H
#define TALLENNE_DESK_REMARKS_H

#include "desk/visit.h"

/** The part of the page; nothing for who may have no notes. */
void remarks_part(struct visit *visit, const char *contact,
		  const struct desk_contact_whole *whole);

#endif
