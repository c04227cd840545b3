/* SPDX-License-Identifier: EUPL-1.2 */
/* What is said over a WebSocket while it lives, and in what time. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "http/socket_parts.h"

enum { RECEIVE_SIZE = 4096 };

void socket_unlink_due(struct http_socket *socket)
{
	if (!socket->link_due)
		return;
	*socket->link_due = socket->next_due;
	if (socket->next_due)
		socket->next_due->link_due = socket->link_due;
	socket->link_due = NULL;
}

static void link_due(struct http_socket *socket)
{
	struct http_server *server = socket->server;

	if (socket->link_due)
		return;
	socket->next_due = server->sockets_due;
	socket->link_due = &server->sockets_due;
	if (socket->next_due)
		socket->next_due->link_due = &socket->next_due;
	server->sockets_due = socket;
}

void socket_hold(struct http_socket *socket)
{
	uint32_t now = socket->backlog.room + socket->reader.room;

	socket->server->waiting += now;
	socket->server->waiting -= socket->held;
	socket->held = now;
}

/* Send at once what goes; how much went, or -EPIPE. */
static ssize_t push(struct http_socket *socket, struct slice head,
		    struct slice rest)
{
	struct iovec part[2] = {
		{ (void *)(uintptr_t)head.at, head.size },
		{ (void *)(uintptr_t)rest.at, rest.size },
	};
	const struct msghdr message = { .msg_iov = part, .msg_iovlen = 2 };
	ssize_t sent;

	if (socket->fd < 0 || socket->backlog.size > 0)
		return 0;
	do
		sent = sendmsg(socket->fd, &message,
			       MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return sent;
	return errno == EAGAIN ? 0 : -EPIPE;
}

static bool is_too_much(const struct http_socket *socket, size_t more,
			size_t pending_max)
{
	return socket->backlog.size + more > pending_max ||
	       socket->server->waiting > HTTP_WAITING_MAX;
}

/* Send a frame, or keep the rest of it; 0, -EPIPE, -ENOBUFS or -ENOMEM. */
static int say(struct http_socket *socket, enum frame_opcode opcode,
	       struct slice payload, size_t pending_max)
{
	uint8_t bytes[10];
	struct slice head = { (const char *)bytes,
			      frame_head(bytes, opcode, payload.size) };
	ssize_t sent = 0;

	if (socket->tls) {
		if (is_too_much(socket, head.size + payload.size, pending_max))
			return -ENOBUFS;
		return socket_tls_send(socket, head, payload);
	}
	sent = push(socket, head, payload);
	if (sent < 0)
		return (int)sent;
	if ((size_t)sent == head.size + payload.size)
		return 0;
	if ((size_t)sent > head.size)
		payload = slice_from(payload, (size_t)sent - head.size);
	head = slice_from(head, (size_t)sent);
	if (is_too_much(socket, head.size + payload.size, pending_max))
		return -ENOBUFS;
	return backlog_add(&socket->backlog, head, payload);
}

int socket_say(struct http_socket *socket, struct slice text)
{
	return say(socket, FRAME_OP_TEXT, text, SOCKET_PENDING_MAX);
}

void socket_say_close(struct http_socket *socket, uint16_t code,
		      const char *why, enum socket_phase phase)
{
	/* The farewell of a slow reader has room behind all else. */
	const size_t pending_max =
		SOCKET_PENDING_MAX + FRAME_HEAD_MAX + FRAME_CONTROL_MAX;
	char payload[FRAME_CONTROL_MAX] = { (char)(code >> 8), (char)code };
	size_t size = strlen(why);

	assert(size <= sizeof(payload) - 2);
	memcpy(payload + 2, why, size);
	size = code == FRAME_CODE_NONE ? 0 : size + 2;
	socket->phase = phase;
	socket->close_due = clock_monotonic() + SOCKET_CLOSE_MS * NS_PER_MS;
	if (say(socket, FRAME_OP_CLOSE, (struct slice){ payload, size },
		pending_max) < 0)
		socket_cut(socket);
}

/* The peer did what it must not do. */
static void fail(struct http_socket *socket, uint16_t code, const char *why)
{
	counter_add(socket->server->count.sockets_wrong, 1);
	if (socket->phase == CLOSING)
		socket->phase = DRAINING;
	else
		socket_say_close(socket, code, why, DRAINING);
	socket_tell_gone(socket);
}

static bool are_too_many_controls(struct http_socket *socket)
{
	nanoseconds now = clock_monotonic();

	if (now - socket->controls_since > SOCKET_CONTROLS_MS * NS_PER_MS) {
		socket->controls_since = now;
		socket->controls = 0;
	}
	return ++socket->controls > SOCKET_CONTROLS_MAX;
}

static void hear_control(struct http_socket *socket, enum frame_event event,
			 struct slice payload)
{
	int r = 0;

	if (are_too_many_controls(socket)) {
		fail(socket, SOCKET_POLICY, "too many pings");
		return;
	}
	if (event == FRAME_PING && socket->phase == OPEN)
		r = say(socket, FRAME_OP_PONG, payload, SOCKET_PENDING_MAX);
	if (r == -ENOBUFS)
		counter_add(socket->server->count.slow_readers, 1);
	if (r < 0)
		socket_cut(socket);
}

static void hear_close(struct http_socket *socket, uint16_t code)
{
	if (socket->phase == CLOSING)
		socket->phase = DRAINING;
	else
		socket_say_close(socket, code, "", DRAINING);
	socket_tell_gone(socket);
}

static void hear_text(struct http_socket *socket, struct slice text)
{
	socket->message_due = 0;
	if (socket->face)
		socket->face->text(socket->self, socket, text);
	frame_rest(&socket->reader);
}

void socket_hear(struct http_socket *socket, struct slice bytes)
{
	struct slice payload;
	uint16_t code = 0;

	while (bytes.size > 0 &&
	       (socket->phase == OPEN || socket->phase == CLOSING)) {
		enum frame_event event =
			frame_read(&socket->reader, &bytes, &payload, &code);

		socket_hold(socket);
		if (event == FRAME_TEXT)
			hear_text(socket, payload);
		else if (event == FRAME_PING || event == FRAME_PONG)
			hear_control(socket, event, payload);
		else if (event == FRAME_CLOSE)
			hear_close(socket, code);
		else if (event == FRAME_WRONG)
			fail(socket, code, "");
		else if (socket->reader.room > 0 &&
			 socket->server->waiting > HTTP_WAITING_MAX)
			fail(socket, SOCKET_LATER, "");
	}
	if (socket->phase == DRAINING)
		frame_rest(&socket->reader);
}

static ssize_t take(struct http_socket *socket, char *out, size_t size)
{
	ssize_t got;

	/* Whatever comes after the end is read and forgotten. */
	if (socket->tls && socket->phase != DRAINING)
		return socket_tls_receive(socket, out, size);
	got = recv(socket->fd, out, size, MSG_DONTWAIT);
	return got < 0 ? -errno : got;
}

void socket_receive(struct http_socket *socket)
{
	char bytes[RECEIVE_SIZE];
	ssize_t got;

	do {
		if (socket->phase == GONE)
			return;
		got = take(socket, bytes, sizeof(bytes));
		if (got > 0)
			socket_hear(socket,
				    (struct slice){ bytes, (size_t)got });
		else if (got != -EAGAIN && got != -EINTR)
			socket_doom(socket);
	} while (got > 0 && socket->tls && socket_tls_has_more(socket));
}

static void flush(struct http_socket *socket)
{
	struct slice waits = backlog_waits(&socket->backlog);
	ssize_t sent;

	if (waits.size == 0)
		return;
	sent = send(socket->fd, waits.at, waits.size,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent > 0) {
		backlog_took(&socket->backlog, (size_t)sent);
		socket->stall_due = 0;
	} else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		socket_doom(socket);
	}
}

static void ready(void *self, int fd, uint32_t events)
{
	struct http_socket *socket = self;
	struct http_server *server = socket->server;

	(void)fd;
	if (events & EPOLLOUT)
		flush(socket);
	if (events & ~(uint32_t)EPOLLOUT)
		socket_receive(socket);
	socket_settle(socket);
	sockets_reap(server);
}

/* All that is to be said was said. */
static void shut(struct http_socket *socket)
{
	if (socket->tls && !socket->is_bye) {
		socket->is_bye = true;
		socket_tls_bye(socket);
		if (socket->backlog.size > 0)
			return; /* until that is sent */
	}
	if (!socket->is_shut)
		(void)shutdown(socket->fd, SHUT_WR);
	socket->is_shut = true;
}

static void watch(struct http_socket *socket, uint32_t events)
{
	if (socket->watched == events)
		return;
	socket->watched = events;
	if (loop_watch(socket->server->loop, socket->fd, events, ready,
		       socket) < 0)
		socket_cut(socket);
}

void socket_settle(struct http_socket *socket)
{
	bool waits;
	bool is_whole =
		frame_is_at_rest(&socket->reader) || socket->phase == DRAINING;

	if (socket->phase == DRAINING && socket->fd >= 0 &&
	    socket->backlog.size == 0)
		shut(socket);
	socket_hold(socket);
	waits = socket->backlog.size > 0;
	if (socket->phase != GONE && socket->fd >= 0)
		watch(socket, EPOLLIN | (waits ? EPOLLOUT : 0));
	if (socket->phase == GONE)
		return;
	if (!waits)
		socket->stall_due = 0;
	else if (!socket->stall_due && socket->fd >= 0)
		socket->stall_due =
			clock_monotonic() + SOCKET_STALL_MS * NS_PER_MS;
	if (is_whole)
		socket->message_due = 0;
	else if (!socket->message_due)
		socket->message_due =
			clock_monotonic() + SOCKET_MESSAGE_MS * NS_PER_MS;
	if (socket->message_due || socket->stall_due || socket->close_due)
		link_due(socket);
	else
		socket_unlink_due(socket);
}

static bool is_past(nanoseconds due, nanoseconds now)
{
	return due && due <= now;
}

void sockets_tick(struct http_server *server, nanoseconds now)
{
	struct http_socket *next;

	/*
	 * What is told of one may put others on the list, at its front, but
	 * takes none off: the doomed leave it afterwards.
	 */
	for (struct http_socket *each = server->sockets_due; each;
	     each = next) {
		next = each->next_due;
		if (each->phase == GONE)
			continue;
		if (is_past(each->stall_due, now)) {
			counter_add(server->count.slow_readers, 1);
			socket_cut(each);
		} else if (is_past(each->close_due, now)) {
			socket_cut(each);
		} else if (is_past(each->message_due, now)) {
			counter_add(server->count.slow_writers, 1);
			fail(each, SOCKET_POLICY, "too slow");
			socket_settle(each);
		}
	}
	sockets_reap(server);
}
