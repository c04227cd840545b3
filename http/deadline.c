/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The list of connections that still owe a whole request: one place each,
 * looked through from the start, because 512 places are one page of cache.
 */
#include <sys/socket.h>

#include "http/parts.h"

static struct deadline *find(struct http_server *server,
			     const struct MHD_Connection *connection)
{
	for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
		if (server->deadline[i].connection == connection)
			return &server->deadline[i];
	return NULL;
}

void deadline_begin(struct http_server *server,
		    struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct deadline *place = find(server, NULL);

	if (!place || !info)
		return;
	place->connection = connection;
	place->fd = info->connect_fd;
	place->due = clock_monotonic() + HTTP_DEADLINE_MS * NS_PER_MS;
}

void deadline_whole(struct http_server *server,
		    struct MHD_Connection *connection)
{
	struct deadline *place = find(server, connection);

	if (place)
		place->due = 0;
}

void deadline_next(struct http_server *server,
		   struct MHD_Connection *connection)
{
	struct deadline *place = find(server, connection);

	if (place)
		place->due = clock_monotonic() + HTTP_IDLE_S * NS_PER_S;
}

void deadline_end(struct http_server *server, struct MHD_Connection *connection)
{
	struct deadline *place = find(server, connection);

	if (place)
		*place = (struct deadline){ 0 };
}

void deadline_cut(struct http_server *server, nanoseconds now)
{
	for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
		struct deadline *place = &server->deadline[i];

		if (!place->connection || !place->due || place->due > now)
			continue;
		/* The daemon owns the socket: it sees the end and closes. */
		(void)shutdown(place->fd, SHUT_RDWR);
		place->due = 0;
		counter_add(server->slow, 1);
		http_wake(server);
	}
}
