/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file udp.h
 * SIP over UDP: one datagram, one message, however many fragments the
 * kernel put it together from.
 */
#ifndef TALLENNE_SIPREC_UDP_H
#define TALLENNE_SIPREC_UDP_H

#include "siprec/recorder.h"

/** Prepare a socket: time stamps, buffers, non-blocking. */
MUST int udp_prepare(int fd);

/** Take what has arrived, at most DATAGRAMS_TURN_MAX datagrams. */
void udp_take(struct recorder *recorder, uint8_t socket, int fd);

/** An address as a flow has it: always IPv6; false if it is neither. */
bool udp_peer(const struct sockaddr_storage *from, struct sockaddr_in6 *peer);

/** Send one datagram; 0 or a negative errno. */
MUST int udp_send(int fd, const struct sockaddr_in6 *peer, struct slice bytes);

#endif
