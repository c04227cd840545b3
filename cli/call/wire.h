/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file wire.h
 * The way to the recorder: UDP datagrams, or one TCP or TLS connection for
 * all calls, made anew when it breaks.
 */
#ifndef TALLENNE_CLI_CALL_WIRE_H
#define TALLENNE_CLI_CALL_WIRE_H

#include <sys/socket.h>

#include "base/loop.h"
#include "cli/call/call.h"
#include "cli/call/message.h"

struct wire;

/** What a wire tells its user. */
struct wire_user {
	/** A message came; from is where from. */
	void (*take)(void *self, const struct message *message,
		     const struct sockaddr_storage *from);
	/** A broken connection is back: say again what has no answer yet. */
	void (*again)(void *self);
	/** Nobody listens there (UDP), or whoever does hangs up at once. */
	void (*refused)(void *self);
	void *self;
};

/**
 * Connect. Waits a few seconds at most.
 *
 * @param loop   borrowed, outlives the wire
 * @param fault  room for CALL_FAULT_SIZE
 */
MUST int wire_open(const struct call_plan *plan, struct loop *loop,
		   const struct wire_user *user, struct wire **ret_wire,
		   char *fault);
void wire_close(struct wire *wire);

/**
 * Send one message. A full or broken connection keeps or drops it; the
 * transaction above repeats it.
 *
 * @param to  UDP: where to, NULL: the recorder. Else ignored.
 */
void wire_send(struct wire *wire, const struct sockaddr_storage *to,
	       struct slice message);

/** Make a broken connection anew; call it now and then. */
void wire_mend(struct wire *wire);

/** Own address and port, as they stand in Via and Contact. */
const char *wire_address(const struct wire *wire);
uint16_t wire_port(const struct wire *wire);
bool wire_is_ipv6(const struct wire *wire);

/** Where the recorder is. */
const struct sockaddr_storage *wire_peer(const struct wire *wire);

/** "UDP", "TCP" or "TLS". */
const char *wire_name(enum call_transport transport);

#endif
