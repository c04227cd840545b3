/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file limit.h
 * How much a peer may cause in this room. Each limit has a counter
 * (siprec/tally.h) that tells when it was reached.
 */
#ifndef TALLENNE_SIPREC_LIMIT_H
#define TALLENNE_SIPREC_LIMIT_H

enum {
	/** One SIP message, whatever it came by. A UDP datagram is smaller. */
	MESSAGE_SIZE_MAX = 128 * 1024,
	/** One answer of ours. */
	REPLY_SIZE_MAX = 16 * 1024,

	SESSIONS_MAX = 8192, /**< dialogs */
	CONTACTS_MAX = 8192, /**< communication sessions */
	TRANSACTIONS_MAX = 32768,
	/** More of them, only for requests that end a session. */
	TRANSACTIONS_RESERVE = 4096,
	/** One in so many places, or bytes, is promised to the clients in
	    equal parts (siprec/share.h); the others are for all. */
	SHARE_PROMISED = 2,
	REQUESTS_MAX = 16384, /**< of ours, waiting for an answer */
	/** Bytes of all answers kept for retransmission. */
	TRANSACTION_BYTES_MAX = 128 * 1024 * 1024,

	CONNECTIONS_MAX = 1024,
	/** Of them, over TLS and not known yet; more push out the oldest. */
	CONNECTIONS_SHAKING_MAX = 128,
	CONNECTIONS_PER_CLIENT_MAX = 256,
	CONNECTION_OUT_MAX = 512 * 1024, /**< unsent bytes of one connection */
	CONNECTION_TURN_MAX = 64,  /**< messages of one connection per turn */
	CONNECTION_MESSAGE_S = 10, /**< to send one message, once begun */
	CONNECTION_HANDSHAKE_S = 10,
	CONNECTION_READS_MAX = 8, /**< reads of one connection per turn */
	DATAGRAMS_TURN_MAX = 64,  /**< datagrams of one socket per turn */

	CLIENTS_MAX = 64,
	CLIENT_NETWORKS_MAX = 8,
	CLIENT_CALLS_MAX = 4096,     /**< unless configured */
	CLIENT_REQUESTS_PER_S = 900, /**< unless configured */

	SOCKETS_MAX = 8, /**< of each kind */
	MEDIA_MAX = 64,	 /**< media processes */

	/** RFC 3261, in milliseconds. */
	SIP_TRYING_MS = 200, /**< then a client hears that we work on it */
	SIP_T1_MS = 500,
	SIP_T2_MS = 4000,
	SIP_T4_MS = 5000,
	SIP_GONE_MS = 64 * SIP_T1_MS,

	SESSION_EXPIRES_MIN_S = 90, /**< RFC 4028, section 5 */
};

#endif
