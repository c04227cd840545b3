/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file transport.h
 * Bytes from clients and to clients: UDP, TCP, TLS.
 *
 * The sockets come bound from the house; this room can neither bind nor
 * connect. Who is no configured client is not read: its datagrams are
 * dropped, its connections closed. Connections are divided among the
 * clients (siprec/share.h); those whose handshake is not done belong to
 * nobody, and the oldest of them gives way.
 */
#ifndef TALLENNE_SIPREC_TRANSPORT_H
#define TALLENNE_SIPREC_TRANSPORT_H

#include "base/loop.h"
#include "siprec/recorder.h"

struct transport;

/** Make it; 0 or -ENOMEM. The recorder is borrowed. */
MUST int transport_new(struct recorder *recorder, struct transport **ret);
void transport_free(struct transport *transport);

/** The way out, for recorder->wire. */
struct wire transport_wire(struct transport *transport);

/** A bound socket of this kind, owned from now on; -ENOSPC if too many. */
MUST int transport_socket(struct transport *transport, enum flow_kind kind,
			  int fd);

/** PEM files for TLS, owned from now on; -1: none. */
struct transport_tls {
	int chain, key, peers;
};
MUST int transport_use_tls(struct transport *transport,
			   const struct transport_tls *files);

/** Our address as the sockets know it, if none is configured. */
MUST int transport_address(const struct transport *transport,
			   char out[SDP_ADDRESS_TEXT]);

/** Write our URIs into recorder->local, and begin to serve. */
MUST int transport_serve(struct transport *transport, struct loop *loop);

/** Cut connections that are too slow; once a second or so. */
void transport_tick(struct transport *transport);

#endif
