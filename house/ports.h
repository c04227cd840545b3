/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file ports.h
 * Opening the UDP ports on which RTP is received.
 *
 * A session recording client wants a port of its own for each stream. With
 * thousands of calls that would be thousands of sockets, so where the
 * kernel lets us (BPF sk_lookup, Linux 5.9, root) one socket receives a
 * whole range of ports, and each datagram tells the port it came to
 * (IP_RECVORIGDSTADDR). Otherwise each port gets a socket.
 */
#ifndef TALLENNE_HOUSE_PORTS_H
#define TALLENNE_HOUSE_PORTS_H

#include "base/base.h"

/**
 * One socket for the ports first to first + count - 1 of an address.
 *
 * @param[out] ret_fd    the socket; the caller owns it
 * @param[out] ret_link  what makes it hear the range; the caller keeps it
 *                       open for as long as it shall
 * @return 0, -EADDRINUSE if any port of the range is taken, -EPERM or
 *         -ENOSYS where this cannot be done, -EINVAL, or another errno
 */
MUST int ports_open_range(const char *address, uint16_t first, uint16_t count,
			  int *ret_fd, int *ret_link);

/**
 * A socket for each port.
 *
 * @param[out] ret_fds  room for count; the caller owns them
 * @return 0, or a negative errno and nothing is left open
 */
MUST int ports_open_each(const char *address, uint16_t first, uint16_t count,
			 int *ret_fds);

#endif
