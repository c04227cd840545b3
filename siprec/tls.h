/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file tls.h
 * TLS for SIP (RFC 3261, 26.3.1), TLS 1.2 or later, by OpenSSL.
 *
 * A client shows a certificate if any client is configured by one. It is
 * then known by its fingerprint, or by a name in a certificate that a
 * configured authority issued; a certificate that is neither is refused.
 */
#ifndef TALLENNE_SIPREC_TLS_H
#define TALLENNE_SIPREC_TLS_H

#include "base/bytes.h"

struct tls;	 /**< our certificate and whom we trust */
struct tls_peer; /**< one connection */

enum { TLS_NAMES_MAX = 16 };

/**
 * Read PEM files.
 *
 * @param chain, key  descriptors, borrowed
 * @param peers       authorities of clients, borrowed; -1: none
 * @param wants_certificate  whether clients are asked for one
 * @return 0, -EBADMSG or errno
 */
MUST int tls_new(int chain, int key, int peers, bool wants_certificate,
		 struct tls **ret_tls);
void tls_free(struct tls *tls);

/** Begin as server on a non-blocking socket, borrowed; 0 or -ENOMEM. */
MUST int tls_accept(struct tls *tls, int fd, struct tls_peer **ret_peer);
void tls_close(struct tls_peer *peer);

/** Go on with the handshake; 0: done, -EAGAIN, or -EPROTO. */
MUST int tls_shake(struct tls_peer *peer);

/** Whether the handshake or a write waits to send. */
bool tls_wants_write(const struct tls_peer *peer);

/** As read(2) and write(2): bytes, 0 at the end, -EAGAIN, -EPROTO. */
MUST int64_t tls_read(struct tls_peer *peer, void *out, size_t size);
MUST int64_t tls_write(struct tls_peer *peer, const void *in, size_t size);

/** What a client's certificate says. */
struct tls_certificate {
	bool is_there;
	bool is_trusted; /**< issued by a configured authority */
	uint8_t fingerprint[32];
	struct slice names[TLS_NAMES_MAX]; /**< borrowed from the peer */
	size_t name_count;
};

/** Look at it, after the handshake. */
void tls_certificate(struct tls_peer *peer, struct tls_certificate *out);

#endif
