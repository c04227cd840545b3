/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file sound.h
 * Content on its way out: one recording's sound, peaks or timeline.
 *
 * Every reading has a purpose and an audit entry that was durable before
 * the first byte; the register and the vault see to both. A page's media
 * address names the purpose the page was made with, and is refused when
 * the session's purpose is another by now.
 */
#ifndef TALLENNE_DESK_SOUND_H
#define TALLENNE_DESK_SOUND_H

#include "desk/visit.h"

/** Answer with content of a recording of a contact. */
void sound_send(struct visit *visit, const struct id *contact,
		const struct id *call, enum seal_kind kind,
		const char *purpose);

#endif
