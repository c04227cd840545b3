/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file feeds.h
 * The second way, one half of it (docs/protocol-chat.md): events without an
 * end. The other half, single messages by POST, is posts.c.
 *
 * A feed cannot hear. A comment line every FEEDS_BEAT_MS shows its reader
 * that it lives, and after FEEDS_LIFE_MS it ends, to be asked for anew.
 */
#ifndef TALLENNE_COUNTER_FEEDS_H
#define TALLENNE_COUNTER_FEEDS_H

#include "counter/visit.h"

enum {
	FEEDS_BEAT_MS = 15 * MS_PER_S,
	FEEDS_LIFE_MS = 3600 * MS_PER_S,
};

/** Let them beat, end those that are old; called every second. */
void feeds_look(struct lobby *lobby, nanoseconds now);
void feeds_stop(struct lobby *lobby);

#endif
