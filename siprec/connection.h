/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file connection.h
 * One TCP or TLS connection of a client: cutting messages out of a stream,
 * keeping what cannot be sent yet.
 */
#ifndef TALLENNE_SIPREC_CONNECTION_H
#define TALLENNE_SIPREC_CONNECTION_H

#include "siprec/recorder.h"
#include "siprec/tls.h"

struct connection {
	int fd;		      /**< -1: place is free */
	struct tls_peer *tls; /**< NULL over TCP */
	bool is_shaken;	      /**< TLS handshake is done */
	bool is_dead;	      /**< to be closed by its owner */
	bool is_leaving;      /**< answered for the last time: what comes is
			      thrown away until the peer closes */
	bool wants_write;
	struct flow flow;
	int64_t begun_ms; /**< when the message at hand began, 0: none */
	char *in;
	size_t in_size, in_room;
	char *out;
	size_t out_size, out_room;
};

/**
 * Read what is there and hand whole messages to the recorder.
 *
 * @return whether more may wait although the socket is not readable
 */
bool connection_read(struct recorder *recorder, struct connection *connection);

/** Hand over whole messages already read; whether some are left. */
bool connection_cut(struct recorder *recorder, struct connection *connection);

/** Send now or later; 0, or -ENOBUFS or -EPIPE: it is dead then. */
MUST int connection_send(struct connection *connection, struct slice bytes);

/** Send what was kept. */
void connection_flush(struct connection *connection);

/** Whether it takes too long over a message or handshake. */
bool connection_is_slow(const struct connection *connection, int64_t now_ms);

/** Close and forget everything of it. */
void connection_close(struct connection *connection);

#endif
