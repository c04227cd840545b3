/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The connections that must do something by an instant: become a whole
 * request, take its answer, ask the next, or be gone after their socket was
 * ended. Those that owe nothing are on no list.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "http/parts.h"

static void set_due(struct http_server *server, struct deadline *deadline,
		    nanoseconds due)
{
	if (deadline->link) {
		*deadline->link = deadline->next;
		if (deadline->next)
			deadline->next->link = deadline->link;
		deadline->link = NULL;
	}
	deadline->due = due;
	if (!due)
		return;
	deadline->next = server->deadlines;
	deadline->link = &server->deadlines;
	if (deadline->next)
		deadline->next->link = &deadline->next;
	server->deadlines = deadline;
}

struct deadline *deadline_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

void deadline_in(struct http_server *server, struct deadline *deadline,
		 nanoseconds after)
{
	if (deadline)
		set_due(server, deadline, clock_monotonic() + after);
}

struct deadline *deadline_begin(struct http_server *server,
				struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct deadline *deadline = calloc(1, sizeof(*deadline));
	const int yes = 1;

	if (!info || !deadline) {
		/* Without a deadline nobody is served. */
		if (info)
			(void)shutdown(info->connect_fd, SHUT_RDWR);
		free(deadline);
		return NULL;
	}
	deadline->fd = info->connect_fd;
	/* Or a handshake of TLS waits for an acknowledgement that waits. */
	(void)setsockopt(deadline->fd, IPPROTO_TCP, TCP_NODELAY, &yes,
			 sizeof(yes));
	deadline_in(server, deadline, HTTP_DEADLINE_MS * NS_PER_MS);
	return deadline;
}

void deadline_none(struct http_server *server, struct deadline *deadline)
{
	if (deadline)
		set_due(server, deadline, 0);
}

void deadline_ends(struct http_server *server, struct deadline *deadline,
		   nanoseconds after)
{
	if (!deadline || deadline->is_ending)
		return;
	deadline->is_ending = true;
	server->ending_count++;
	if (after)
		deadline_in(server, deadline, after);
	else
		deadline_cut_now(server, deadline);
}

void deadline_end(struct http_server *server, struct deadline *deadline)
{
	deadline_none(server, deadline);
	if (deadline && deadline->is_ending)
		server->ending_count--;
	if (deadline)
		peers_give(&server->callers, deadline->peer);
	free(deadline);
}

void deadline_cut_now(struct http_server *server, struct deadline *deadline)
{
	if (!deadline)
		return;
	/* The daemon owns the socket: it sees the end and closes. */
	(void)shutdown(deadline->fd, SHUT_RDWR);
	set_due(server, deadline, 0);
	http_wake(server);
}

void deadline_cut(struct http_server *server, nanoseconds now)
{
	struct deadline *next;

	for (struct deadline *each = server->deadlines; each; each = next) {
		next = each->next;
		if (each->due > now)
			continue;
		deadline_cut_now(server, each);
		counter_add(server->count.slow, 1);
	}
}
