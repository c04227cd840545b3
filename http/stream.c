/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A body that comes through a pipe. The daemon asks for bytes; when the
 * pipe is empty the connection sleeps and the loop watches the pipe.
 *
 *	asked ──► bytes ──► sent ──► asked ...
 *	   └──► nothing yet: suspend, watch ──► readable: resume, asked
 *
 * A pipe that ends early ends the connection, so that a client never takes
 * half a recording for a whole one.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>

#include "http/parts.h"

enum { STREAM_BLOCK = 32 << 10 };

struct stream {
	struct http_server *server;
	struct MHD_Connection *connection;
	struct stream *next;
	int pipe;
	bool sleeps;
	uint64_t left;
};

static void wake(void *self, int fd, uint32_t events)
{
	struct stream *stream = self;

	(void)events;
	loop_unwatch(stream->server->loop, fd);
	stream->sleeps = false;
	MHD_resume_connection(stream->connection);
	http_wake(stream->server);
}

static ssize_t give(void *self, uint64_t position, char *out, size_t room)
{
	struct stream *stream = self;
	ssize_t got;

	(void)position;
	if (room > stream->left)
		room = stream->left;
	do
		got = read(stream->pipe, out, room);
	while (got < 0 && errno == EINTR);
	if (got > 0) {
		stream->left -= (uint64_t)got;
		return got;
	}
	if (got == 0 || errno != EAGAIN ||
	    loop_watch(stream->server->loop, stream->pipe, EPOLLIN, wake,
		       stream) < 0) {
		counter_add(stream->server->count.broken, 1);
		return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	stream->sleeps = true;
	MHD_suspend_connection(stream->connection);
	return 0;
}

static void forget(void *self)
{
	struct stream *stream = self;
	struct stream **link = &stream->server->streams;

	while (*link != stream)
		link = &(*link)->next;
	*link = stream->next;
	stream->server->stream_count--;
	loop_unwatch(stream->server->loop, stream->pipe);
	drop_fd(&stream->pipe);
	free(stream);
}

struct MHD_Response *stream_response(struct http_server *server,
				     struct MHD_Connection *connection,
				     int pipe, uint64_t size)
{
	struct MHD_Response *response;
	struct stream *stream;
	int flags = fcntl(pipe, F_GETFL);

	if (server->stream_count >= HTTP_STREAMS_MAX || flags < 0 ||
	    fcntl(pipe, F_SETFL, flags | O_NONBLOCK) < 0)
		return NULL;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return NULL;
	response = MHD_create_response_from_callback(size, STREAM_BLOCK, give,
						     stream, forget);
	if (!response) {
		free(stream);
		return NULL;
	}
	stream->server = server;
	stream->connection = connection;
	stream->pipe = pipe;
	stream->left = size;
	stream->next = server->streams;
	server->streams = stream;
	server->stream_count++;
	return response;
}

void stream_close_all(struct http_server *server)
{
	for (struct stream *each = server->streams; each; each = each->next)
		if (each->sleeps)
			wake(each, each->pipe, 0);
}
