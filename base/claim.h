/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file claim.h
 * Whose RTP ports are whose, among the recorders of one machine.
 *
 * A recorder hears its range of ports without a socket at each of them
 * (house/ports.h), so that a second one could take datagrams from it without
 * either noticing. Each tells its range to the others by the name of a socket
 * that the kernel forgets with its owner: an abstract one (unix(7)), of the
 * same network namespace as the ports. The name holds the address and the
 * ports and nothing else; any user of the machine can read it, and can take
 * one, as anybody can take the ports.
 */
#ifndef TALLENNE_BASE_CLAIM_H
#define TALLENNE_BASE_CLAIM_H

#include "base/base.h"

/**
 * Claim the UDP ports first to first + count - 1 of an address. Of two who
 * claim at the same time, both may be refused.
 *
 * @param address  IPv4 or IPv6 without brackets; "0.0.0.0" and "::" meet
 *                 every address of their family
 * @return a descriptor, which the caller keeps open for as long as it
 *         wants the ports; -EADDRINUSE if somebody has claimed any of them,
 *         -EINVAL, or another errno
 */
MUST int claim_ports(const char *address, uint16_t first, uint16_t count);

#endif
