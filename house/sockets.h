/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file sockets.h
 * Opening what rooms listen on, before any room exists.
 */
#ifndef TALLENNE_HOUSE_SOCKETS_H
#define TALLENNE_HOUSE_SOCKETS_H

#include <sys/socket.h>

#include "base/base.h"

enum { SOCKETS_ADDRESS_SIZE = 64 };

/**
 * Read "192.0.2.1:5060" or "[2001:db8::1]:5060". Port 0: any free one.
 *
 * @return 0, or -EINVAL
 */
MUST int sockets_address(const char *text, struct sockaddr_storage *ret_address,
			 socklen_t *ret_size);

/**
 * Bind, and for streams listen.
 *
 * @param type  SOCK_DGRAM or SOCK_STREAM
 * @param[out] ret_fd  close-on-exec, non-blocking; the caller owns it
 * @param[out] bound   the address it really has, as text
 * @return 0, -EINVAL for a wrong address, or errno
 */
MUST int sockets_open(const char *address, int type, int *ret_fd,
		      char bound[SOCKETS_ADDRESS_SIZE]);

/** A Unix door for people's commands in a directory: NAME.door, 0600. */
MUST int sockets_open_door(int dir, const char *name, int *ret_fd);

#endif
