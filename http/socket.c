/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Where a WebSocket comes from, and how it ends.
 *
 * A plain connection leaves the daemon at once: its descriptor is
 * duplicated and the daemon closes its own, so that an idle socket holds
 * none of the daemon's memory. Over TLS the daemon keeps the connection and
 * its TLS session, which socket_tls.c uses, until the socket has ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "http/socket_parts.h"

enum {
	KERNEL_PENDING = 32 << 10, /* the kernel doubles it */
};

void socket_tell_gone(struct http_socket *socket)
{
	const struct http_socket_face *face = socket->face;

	socket->face = NULL;
	if (face)
		face->gone(socket->self, socket);
}

/* The kernel may go on to send what it has, unless it was cut. */
static void close_plain(struct http_socket *socket)
{
	const struct linger none = { .l_onoff = 1 };

	if (socket->fd >= 0 && socket->is_cut)
		(void)setsockopt(socket->fd, SOL_SOCKET, SO_LINGER, &none,
				 sizeof(none));
	drop_fd(&socket->fd);
}

/* The daemon closes what it has, at once or soon. */
static void close_tls(struct http_socket *socket)
{
	struct http_server *server = socket->server;

	if (socket->tls)
		socket_tls_leave(socket);
	deadline_ends(server, socket->deadline,
		      socket->is_cut ? 0 : SOCKET_CLOSE_MS * NS_PER_MS);
	(void)MHD_upgrade_action(socket->upgrade, MHD_UPGRADE_ACTION_CLOSE);
	http_wake(server);
}

static void forget(struct http_socket *socket)
{
	struct http_server *server = socket->server;

	if (socket->exchange)
		socket->exchange->socket = NULL;
	if (socket->upgrade)
		close_tls(socket);
	else
		close_plain(socket);
	backlog_drop(&socket->backlog);
	frame_rest(&socket->reader);
	socket_hold(socket);
	socket_unlink_due(socket);
	*socket->link = socket->next;
	if (socket->next)
		socket->next->link = socket->link;
	peers_give(&server->peers, socket->peer);
	server->socket_count--;
	counter_set(server->count.sockets, server->socket_count);
	free(socket);
}

void sockets_reap(struct http_server *server)
{
	struct http_socket *socket;

	while ((socket = server->sockets_doomed)) {
		server->sockets_doomed = socket->next_doomed;
		socket_tell_gone(socket);
		forget(socket);
	}
}

static void reap(void *self)
{
	struct http_server *server = self;

	server->reaper = -1;
	sockets_reap(server);
}

void socket_doom(struct http_socket *socket)
{
	struct http_server *server = socket->server;

	if (socket->phase == GONE)
		return;
	socket->phase = GONE;
	loop_unwatch(server->loop, socket->fd);
	socket->next_doomed = server->sockets_doomed;
	server->sockets_doomed = socket;
	/* When no timer is free, the tick does it. */
	if (server->reaper < 0)
		server->reaper = loop_after(server->loop, 0, reap, server);
}

void socket_never_opens(struct http_socket *socket)
{
	/* Freed by the caller, long before the reaper comes. */
	socket->exchange = NULL;
	socket_doom(socket);
}

void socket_cut(struct http_socket *socket)
{
	socket->is_cut = true;
	socket_doom(socket);
}

/* Not more in the kernel than here, and no waiting for more to send. */
static void tune(int fd)
{
	const int pending = KERNEL_PENDING, yes = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &pending, sizeof(pending));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

static void take_plain(struct http_socket *socket, int fd)
{
	socket->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void take_tls(struct http_socket *socket,
		     struct MHD_Connection *connection,
		     struct MHD_UpgradeResponseHandle *upgrade)
{
	socket->upgrade = upgrade;
	socket->deadline = deadline_of(connection);
	deadline_none(socket->server, socket->deadline);
	if (socket->deadline && socket_tls_take(socket, connection) == 0)
		socket->fd = socket->deadline->fd;
}

/* The 101 is through. */
static void through(void *self, struct MHD_Connection *connection, void *state,
		    const char *extra, size_t extra_size, int fd,
		    struct MHD_UpgradeResponseHandle *upgrade)
{
	struct http_server *server = self;
	struct exchange *exchange = state;
	struct http_socket *socket = exchange->socket;

	exchange->socket = NULL;
	if (socket && server->is_tls)
		take_tls(socket, connection, upgrade);
	else if (socket)
		take_plain(socket, fd);
	if (!socket || !server->is_tls) {
		(void)MHD_upgrade_action(upgrade, MHD_UPGRADE_ACTION_CLOSE);
		http_wake(server);
	}
	if (!socket)
		return;
	socket->exchange = NULL;
	if (socket->fd < 0) {
		socket_doom(socket);
		return;
	}
	tune(socket->fd);
	if (socket->phase == OPENING)
		socket->phase = OPEN;
	socket_hear(socket, (struct slice){ extra, extra_size });
	/* A TLS session may hold more that nothing will tell of. */
	socket_receive(socket);
	socket_settle(socket);
}

struct MHD_Response *socket_response(struct http_socket *socket,
				     struct exchange *exchange)
{
	struct MHD_Response *response =
		MHD_create_response_for_upgrade(through, socket->server);

	if (response) {
		socket->exchange = exchange;
		exchange->socket = socket;
	}
	return response;
}

void sockets_close_all(struct http_server *server)
{
	for (struct http_socket *each = server->sockets; each;
	     each = each->next) {
		if (each->phase == OPEN)
			socket_say_close(each, SOCKET_AWAY, "", DRAINING);
		socket_doom(each);
	}
	sockets_reap(server);
	loop_stop_timer(server->loop, server->reaper);
	server->reaper = -1;
}

static int refuse(struct http_server *server, struct http_answer *answer,
		  int error)
{
	counter_add(server->count.sockets_refused, 1);
	http_say_later(answer);
	return error;
}

int http_socket_open(const struct http_request *request,
		     struct http_answer *answer, const char *protocol,
		     const struct http_socket_face *face, void *self,
		     struct http_socket **ret_socket)
{
	struct http_server *server = request->exchange->server;
	struct http_socket *socket;
	struct peer *peer;
	char accept[HANDSHAKE_ACCEPT_SIZE];
	int r = handshake(request, protocol, answer, accept);

	if (r < 0) {
		counter_add(server->count.sockets_refused, 1);
		return r;
	}
	if (server->socket_count >= server->sockets_max)
		return refuse(server, answer, -EBUSY);
	peer = peers_take(&server->peers, request->peer, server->per_address);
	if (!peer)
		return refuse(server, answer, -EBUSY);
	socket = calloc(1, sizeof(*socket));
	if (!socket) {
		peers_give(&server->peers, peer);
		return refuse(server, answer, -ENOMEM);
	}
	*socket = (struct http_socket){
		.server = server,
		.face = face,
		.self = self,
		.peer = peer,
		.fd = -1,
		.next = server->sockets,
		.link = &server->sockets,
	};
	if (socket->next)
		socket->next->link = &socket->next;
	server->sockets = socket;
	server->socket_count++;
	counter_add(server->count.sockets_opened, 1);
	counter_set(server->count.sockets, server->socket_count);
	handshake_accept(answer, protocol, accept);
	answer->socket = socket;
	*ret_socket = socket;
	return 0;
}

int http_socket_send(struct http_socket *socket, struct slice text)
{
	int r;

	if (socket->phase != OPENING && socket->phase != OPEN)
		return -EPIPE;
	r = socket_say(socket, text);
	if (r == 0) {
		socket_settle(socket);
		return 0;
	}
	if (r != -EPIPE)
		counter_add(socket->server->count.slow_readers, 1);
	socket_cut(socket);
	return r == -EPIPE ? r : -ENOBUFS;
}

size_t http_socket_pending(const struct http_socket *socket)
{
	return socket->backlog.size;
}

void http_socket_end(struct http_socket *socket, enum socket_close code,
		     const char *why)
{
	socket->face = NULL;
	if (socket->phase != OPENING && socket->phase != OPEN)
		return;
	socket_say_close(socket, (uint16_t)code, why, CLOSING);
	socket_settle(socket);
}
