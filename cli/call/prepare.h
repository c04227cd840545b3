/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file prepare.h
 * What all calls of a run share: encoded sound, sockets. Private to
 * cli/call.
 */
#ifndef TALLENNE_CLI_CALL_PREPARE_H
#define TALLENNE_CLI_CALL_PREPARE_H

#include "cli/call/live.h"

/** Read or make, and encode, all that will be sent. */
MUST int prepare_sound(struct fleet *fleet, char *fault);

/** Own address for RTP, file limit, shared sockets. */
MUST int prepare_ports(struct fleet *fleet);

void prepare_done(struct fleet *fleet);

#endif
