/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file attic.h
 * What survives a crash of this room: dialogs and calls, in memory that
 * the house keeps.
 *
 * A fixed table of flat structs, one place per session and contact. A
 * place is written in two steps through a draft, so that a process that is
 * killed at any instruction leaves either the old or the new state, never
 * a mixture. What is read back is checked as if a stranger had written it.
 * The memory is never on a disk and is wiped place by place as sessions
 * end.
 */
#ifndef TALLENNE_SIPREC_ATTIC_H
#define TALLENNE_SIPREC_ATTIC_H

#include "siprec/recorder.h"

/**
 * Use this memory; makes it the right size.
 *
 * @param fd  memory file, borrowed
 * @return 0, -ENOMEM or errno
 */
MUST int attic_open(int fd, struct attic **ret_attic);
void attic_close(struct attic *attic);

/** Fill an empty recorder with what is in it; how many sessions. */
uint32_t attic_restore(struct recorder *recorder);

/** This one changed: keep it with the next attic_keep_all(). */
void attic_touch_session(struct recorder *recorder,
			 const struct session *session);
void attic_touch_contact(struct recorder *recorder,
			 const struct contact *contact);

/**
 * Copy this one and its contact now, before its client is answered: whoever
 * has the answer does not ask again, and sends to the ports it tells. The
 * contact has been there since media was asked.
 */
void attic_keep_session(struct recorder *recorder,
			const struct session *session);

/** Copy what changed. */
void attic_keep_all(struct recorder *recorder);

#endif
