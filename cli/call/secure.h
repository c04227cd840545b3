/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file secure.h
 * TLS around the connection to the recorder, 1.2 or newer.
 */
#ifndef TALLENNE_CLI_CALL_SECURE_H
#define TALLENNE_CLI_CALL_SECURE_H

#include <sys/types.h>

#include "base/bytes.h"
#include "cli/call/call.h"

struct secure;

/**
 * Shake hands on a connected, blocking socket.
 *
 * @param fd     borrowed
 * @param fault  room for CALL_FAULT_SIZE
 * @return 0, -EACCES if the certificate or the peer was not accepted,
 *         -EINVAL for unreadable files, -EPROTO
 */
MUST int secure_open(const struct call_plan *plan, int fd,
		     struct secure **ret_secure, char *fault);
void secure_close(struct secure *secure);

/** As recv(2) and send(2) on a non-blocking socket; a negative errno. */
ssize_t secure_read(struct secure *secure, char *out, size_t size);
ssize_t secure_write(struct secure *secure, struct slice bytes);

#endif
