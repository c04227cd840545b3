/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file wires.h
 * The first way (docs/protocol-chat.md): WebSocket.
 *
 * One that falls silent is closed: WIRES_SILENT_MS without a message, or
 * WIRES_NAMELESS_MS without having said which conversation it is for.
 */
#ifndef TALLENNE_COUNTER_WIRES_H
#define TALLENNE_COUNTER_WIRES_H

#include "counter/visit.h"

enum {
	WIRES_SILENT_MS = 60 * MS_PER_S,
	WIRES_NAMELESS_MS = 30 * MS_PER_S,
	WIRES_FRAMES_PER_MINUTE = 300, /**< of one connection */
	WIRES_FAULTS_MAX = 10,	       /**< messages that are none */
	WIRES_UNDER_WAY_MAX = 16,      /**< messages not acknowledged yet */
	WIRES_RETRY_MS = 2 * MS_PER_S,
};

/** Close those that are silent; called every second. */
void wires_look(struct lobby *lobby, nanoseconds now);
/** End them all; the conversations go on elsewhere. */
void wires_stop(struct lobby *lobby);

#endif
