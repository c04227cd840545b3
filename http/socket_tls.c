/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A WebSocket whose TLS libmicrohttpd has begun.
 *
 * The library stands between with a pair of sockets and buffers of four
 * bytes: its answer has taken all other memory of the connection (0.9.75).
 * So we leave its pair alone and use its TLS session ourselves. What the
 * session wants to send and to receive goes through two functions of ours;
 * when the library asks the session for bytes, there never are any.
 *
 * What the kernel does not take waits encrypted in the backlog, so that the
 * session itself never has to wait.
 */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <sys/socket.h>

#include "http/socket_parts.h"

enum { ONE_RECORD = 1400 };

static ssize_t push(gnutls_transport_ptr_t self, const void *bytes, size_t size)
{
	struct http_socket *socket = self;
	const struct slice none = { "", 0 };
	ssize_t sent = 0;

	if (socket->backlog.size == 0)
		sent = send(socket->fd, bytes, size,
			    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0 && errno != EAGAIN && errno != EINTR)
		return -1;
	if (sent < 0)
		sent = 0;
	if ((size_t)sent < size &&
	    backlog_add(&socket->backlog,
			slice_from((struct slice){ bytes, size }, (size_t)sent),
			none) < 0) {
		errno = ENOMEM;
		return -1;
	}
	return (ssize_t)size;
}

static ssize_t pull(gnutls_transport_ptr_t self, void *out, size_t size)
{
	struct http_socket *socket = self;

	if (socket->reads)
		return recv(socket->fd, out, size, MSG_DONTWAIT);
	errno = EAGAIN;
	return -1;
}

/* The library's last words, after us. */
static ssize_t push_last(gnutls_transport_ptr_t self, const void *bytes,
			 size_t size)
{
	return send((int)(intptr_t)self, bytes, size,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
}

static ssize_t pull_nothing(gnutls_transport_ptr_t self, void *out, size_t size)
{
	(void)self, (void)out, (void)size;
	errno = EAGAIN;
	return -1;
}

int socket_tls_take(struct http_socket *socket,
		    struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	if (!info || !info->tls_session)
		return -EPROTO;
	socket->tls = info->tls_session;
	gnutls_transport_set_ptr(socket->tls, socket);
	gnutls_transport_set_push_function(socket->tls, push);
	gnutls_transport_set_pull_function(socket->tls, pull);
	return 0;
}

void socket_tls_leave(struct http_socket *socket)
{
	gnutls_transport_set_ptr(socket->tls, (void *)(intptr_t)socket->fd);
	gnutls_transport_set_push_function(socket->tls, push_last);
	gnutls_transport_set_pull_function(socket->tls, pull_nothing);
	socket->tls = NULL;
}

ssize_t socket_tls_receive(struct http_socket *socket, void *out, size_t size)
{
	ssize_t got;

	socket->reads = true;
	do
		got = gnutls_record_recv(socket->tls, out, size);
	while (got == GNUTLS_E_INTERRUPTED ||
	       got == GNUTLS_E_WARNING_ALERT_RECEIVED);
	socket->reads = false;
	if (got >= 0)
		return got;
	return got == GNUTLS_E_AGAIN ? -EAGAIN : -EPIPE;
}

bool socket_tls_has_more(const struct http_socket *socket)
{
	return gnutls_record_check_pending(socket->tls) > 0;
}

static int send_all(struct http_socket *socket, struct slice bytes)
{
	while (bytes.size > 0) {
		ssize_t sent =
			gnutls_record_send(socket->tls, bytes.at, bytes.size);

		if (sent < 0)
			return -EPIPE;
		bytes = slice_from(bytes, (size_t)sent);
	}
	return 0;
}

int socket_tls_send(struct http_socket *socket, struct slice head,
		    struct slice rest)
{
	char record[ONE_RECORD];
	int r;

	if (head.size + rest.size <= sizeof(record)) {
		memcpy(record, head.at, head.size);
		if (rest.size > 0)
			memcpy(record + head.size, rest.at, rest.size);
		return send_all(
			socket,
			(struct slice){ record, head.size + rest.size });
	}
	r = send_all(socket, head);
	return r < 0 ? r : send_all(socket, rest);
}

void socket_tls_bye(struct http_socket *socket)
{
	(void)gnutls_bye(socket->tls, GNUTLS_SHUT_WR);
}
