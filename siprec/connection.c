/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/connection.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>

enum { READ_SIZE = 16384 };

static void wipe(char **bytes, size_t *size, size_t *room)
{
	if (*bytes)
		sodium_memzero(*bytes, *room);
	free(*bytes);
	*bytes = NULL;
	*size = *room = 0;
}

void connection_close(struct connection *connection)
{
	tls_close(connection->tls);
	connection->tls = NULL;
	drop_fd(&connection->fd);
	wipe(&connection->in, &connection->in_size, &connection->in_room);
	wipe(&connection->out, &connection->out_size, &connection->out_room);
	connection->is_shaken = connection->is_dead = false;
	connection->is_leaving = false;
	connection->wants_write = false;
	connection->begun_ms = 0;
}

/* Grow by doubling, wiping what is left behind. */
static bool make_room(char **bytes, size_t used, size_t *room, size_t wanted)
{
	size_t size = *room ? *room : READ_SIZE;
	char *grown;

	while (size < wanted)
		size *= 2;
	if (size == *room)
		return true;
	grown = malloc(size);
	if (!grown)
		return false;
	if (used > 0)
		memcpy(grown, *bytes, used);
	if (*bytes)
		sodium_memzero(*bytes, *room);
	free(*bytes);
	*bytes = grown;
	*room = size;
	return true;
}

static int64_t take(struct connection *connection, void *out, size_t size)
{
	ssize_t got;

	if (connection->tls)
		return tls_read(connection->tls, out, size);
	do
		got = recv(connection->fd, out, size, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

static int64_t give(struct connection *connection, const void *in, size_t size)
{
	ssize_t put;

	if (connection->tls)
		return tls_write(connection->tls, in, size);
	do
		put = send(connection->fd, in, size,
			   MSG_DONTWAIT | MSG_NOSIGNAL);
	while (put < 0 && errno == EINTR);
	return put < 0 ? -errno : put;
}

void connection_flush(struct connection *connection)
{
	size_t done = 0;

	while (done < connection->out_size) {
		int64_t put = give(connection, connection->out + done,
				   connection->out_size - done);

		if (put == -EAGAIN)
			break;
		if (put <= 0) {
			connection->is_dead = true;
			break;
		}
		done += (size_t)put;
	}
	connection->out_size -= done;
	if (done > 0)
		memmove(connection->out, connection->out + done,
			connection->out_size);
	connection->wants_write = connection->out_size > 0;
}

int connection_send(struct connection *connection, struct slice bytes)
{
	size_t wanted = connection->out_size + bytes.size;

	if (connection->fd < 0 || connection->is_dead ||
	    (connection->tls && !connection->is_shaken))
		return -EPIPE;
	if (wanted > CONNECTION_OUT_MAX ||
	    !make_room(&connection->out, connection->out_size,
		       &connection->out_room, wanted)) {
		connection->is_dead = true;
		return -ENOBUFS;
	}
	memcpy(connection->out + connection->out_size, bytes.at, bytes.size);
	connection->out_size = wanted;
	connection_flush(connection);
	return connection->is_dead ? -EPIPE : 0;
}

/* Cut one message off the front; 0, -EAGAIN or a final error. */
static int cut(struct recorder *recorder, struct connection *connection,
	       size_t *from, nanoseconds at)
{
	struct slice bytes = { connection->in + *from,
			       connection->in_size - *from };
	size_t blank = 0, size = 0;
	int r = message_frame(bytes, &blank, &size);

	/* Two line ends ask whether we are there (RFC 5626, 4.4.1). */
	if (blank >= 4 && connection_send(connection, SLICE("\r\n")) < 0)
		return -EPIPE;
	if (r < 0) {
		/* A single line end may be the first half of two. */
		if (blank >= 4 || blank < bytes.size)
			*from += blank;
		return r;
	}
	recorder_take(recorder, &connection->flow,
		      (struct slice){ bytes.at + blank, size }, at);
	*from += blank + size;
	return 0;
}

/*
 * Where the next message begins is not known any more. Its sender is told,
 * if as much of its head can be read, and then hears no more; to close with
 * bytes unread would take the answers before it along (RFC 1122, 4.2.2.13).
 */
static void leave(struct recorder *recorder, struct connection *connection,
		  struct slice bytes, int fault)
{
	TALLY(&recorder->tally, bad_messages);
	recorder_refuse(recorder, &connection->flow, bytes, fault == -EFBIG);
	if (connection->is_dead)
		return;
	connection->is_leaving = true;
	connection->in_size = 0;
	connection->begun_ms = recorder->now_ms;
	if (!connection->tls && connection->out_size == 0)
		(void)shutdown(connection->fd, SHUT_WR);
}

bool connection_cut(struct recorder *recorder, struct connection *connection)
{
	nanoseconds at = clock_now(recorder->clock);
	size_t from = 0;
	int r = 0, count = 0;

	if (connection->is_leaving)
		return false;
	while (from < connection->in_size && count++ < CONNECTION_TURN_MAX) {
		r = cut(recorder, connection, &from, at);
		if (r < 0)
			break;
		connection->begun_ms = 0;
	}
	if (r < 0 && r != -EAGAIN && r != -EPIPE) {
		leave(recorder, connection,
		      (struct slice){ connection->in + from,
				      connection->in_size - from },
		      r);
		return false;
	}
	connection->in_size -= from;
	memmove(connection->in, connection->in + from, connection->in_size);
	if (connection->in_size == 0)
		connection->begun_ms = 0;
	else if (connection->begun_ms == 0)
		connection->begun_ms = recorder->now_ms;
	if (r == -EPIPE)
		connection->is_dead = true;
	/* Whole messages may be left for the next turn. */
	return r == 0 && connection->in_size > 0;
}

bool connection_read(struct recorder *recorder, struct connection *connection)
{
	bool has_more = false;

	if (connection->in_size < MESSAGE_SIZE_MAX) {
		int64_t got;

		if (!make_room(&connection->in, connection->in_size,
			       &connection->in_room,
			       connection->in_size + READ_SIZE)) {
			connection->is_dead = true;
			return false;
		}
		got = take(connection, connection->in + connection->in_size,
			   READ_SIZE);
		if (got == 0 || (got < 0 && got != -EAGAIN)) {
			connection->is_dead = true;
			return false;
		}
		if (got > 0 && !connection->is_leaving)
			connection->in_size += (size_t)got;
		/* TLS may hold a rest that the socket does not show. */
		has_more = connection->tls && got == READ_SIZE;
	}
	if (connection->in_size > 0 && connection_cut(recorder, connection))
		has_more = true;
	return has_more && !connection->is_dead;
}

bool connection_is_slow(const struct connection *connection, int64_t now_ms)
{
	int64_t limit_s = connection->tls && !connection->is_shaken
				  ? CONNECTION_HANDSHAKE_S
				  : CONNECTION_MESSAGE_S;

	return connection->begun_ms != 0 &&
	       now_ms - connection->begun_ms > limit_s * MS_PER_S;
}
