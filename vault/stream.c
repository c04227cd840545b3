/* SPDX-License-Identifier: EUPL-1.2 */
#include "vault/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/bytes.h"

enum { TEXT_SIZE = 1 << 16 };

static void end_stream(struct stream *stream)
{
	struct streams *all = stream->all;

	if (!all)
		return;
	if (stream->timer >= 0)
		loop_stop_timer(all->loop, stream->timer);
	else
		loop_unwatch(all->loop, stream->out);
	open_object_free(stream->object);
	volume_reader_free(stream->log);
	free(stream->text);
	drop_fd(&stream->in);
	drop_fd(&stream->out);
	memset(stream, 0, sizeof(*stream));
}

/* Lines of the log, as many as there is room for; with the last of them
 * the end is known. */
static int get_lines(struct stream *stream, size_t *ret_size)
{
	struct record record;
	size_t size = 0;
	int r = 1;

	while (r > 0 && TEXT_SIZE - size > RECORD_LINE_MAX) {
		r = volume_reader_next(stream->log, &record);
		if (r > 0)
			size += record_line(&record, stream->text + size);
	}
	if (r < 0)
		return r;
	if (r == 0)
		stream->end = stream->at + size;
	stream->ready = (const uint8_t *)stream->text;
	*ret_size = size;
	return 0;
}

/* The next part of a file that is copied as it is. */
static int get_part(struct stream *stream, size_t *ret_size)
{
	size_t size = TEXT_SIZE;

	if (size > stream->end - stream->at)
		size = (size_t)(stream->end - stream->at);
	stream->ready = (const uint8_t *)stream->text;
	*ret_size = size;
	return file_read_at(stream->in, stream->text, size,
			    (int64_t)stream->at);
}

/* Have something to write; 0 or why not. */
static int get_ready(struct stream *stream)
{
	size_t size;
	int r;

	if (stream->object)
		r = open_object_read(stream->object, stream->at, &stream->ready,
				     &size);
	else
		r = stream->log ? get_lines(stream, &size)
				: get_part(stream, &size);
	if (r < 0)
		return r;
	if (size > stream->end - stream->at)
		size = (size_t)(stream->end - stream->at);
	stream->ready_size = size;
	return 0;
}

/* Move what can be moved; 0: to be continued, 1: done, or errno. */
static int move(struct stream *stream)
{
	size_t moved = 0;

	while (stream->at < stream->end) {
		ssize_t put;

		if (stream->ready_size == 0) {
			int r = get_ready(stream);

			if (r < 0)
				return r == -EPIPE ? -EIO : r;
			if (stream->ready_size == 0)
				return 1;
		}
		put = write(stream->out, stream->ready, stream->ready_size);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return errno == EAGAIN ? 0 : -EPIPE;
		stream->moved_at = clock_monotonic();
		stream->ready += put;
		stream->ready_size -= (size_t)put;
		stream->at += (uint64_t)put;
		moved += (size_t)put;
		if (moved >= STREAM_TURN_SIZE)
			return stream->at == stream->end;
	}
	return 1;
}

static void go_on(struct stream *stream)
{
	struct streams *all = stream->all;
	const uint64_t seq = stream->seq;
	const bool is_object = stream->object;
	int r = move(stream);

	if (r == 0)
		return;
	end_stream(stream);
	/* That nobody reads any more is how listening usually ends. */
	if (r < 0 && r != -EPIPE && is_object && all->damaged)
		all->damaged(all->self, seq);
}

static void hear_pipe(void *self, int fd, uint32_t events)
{
	(void)fd, (void)events;
	go_on(self);
}

static void turn_file(void *self)
{
	struct stream *stream = self;

	int r;

	stream->timer = -1; /* it has just fired */
	r = loop_after(stream->all->loop, 0, turn_file, stream);
	if (r < 0) {
		end_stream(stream);
		return;
	}
	stream->timer = r;
	go_on(stream);
}

static int start(struct streams *streams, struct stream *stream)
{
	int flags = fcntl(stream->out, F_GETFL), r;

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY ||
	    fcntl(stream->out, F_SETFL, flags | O_NONBLOCK) < 0)
		return -EBADF;
	stream->timer = -1;
	stream->moved_at = clock_monotonic();
	r = loop_watch(streams->loop, stream->out, EPOLLOUT, hear_pipe, stream);
	if (r != -EPERM)
		return r;
	/* A file is always ready, and epoll does not take it. */
	r = loop_after(streams->loop, 0, turn_file, stream);
	if (r < 0)
		return r;
	stream->timer = r;
	return 0;
}

static struct stream *find_free(struct streams *streams)
{
	for (int i = 0; i < STREAMS_MAX; i++)
		if (!streams->stream[i].all)
			return &streams->stream[i];
	return NULL;
}

static int add(struct streams *streams, struct stream made)
{
	struct stream *stream = find_free(streams);
	int r = -EBUSY;

	if (stream) {
		*stream = made;
		r = start(streams, stream);
		if (r == 0) {
			stream->all = streams;
			return 0;
		}
		memset(stream, 0, sizeof(*stream));
	}
	open_object_free(made.object);
	volume_reader_free(made.log);
	free(made.text);
	drop_fd(&made.in);
	drop_fd(&made.out);
	return r;
}

int streams_pour(struct streams *streams, int out, int in,
		 struct open_object *object, uint64_t at, uint64_t end,
		 uint64_t seq)
{
	assert(at <= end && end <= open_object_size(object));
	return add(streams, (struct stream){ .out = out,
					     .in = in,
					     .object = object,
					     .at = at,
					     .end = end,
					     .seq = seq });
}

int streams_copy(struct streams *streams, int out, int in, uint64_t size)
{
	char *text = malloc(TEXT_SIZE);

	if (!text) {
		drop_fd(&in);
		drop_fd(&out);
		return -ENOMEM;
	}
	return add(streams,
		   (struct stream){
			   .out = out, .in = in, .text = text, .end = size });
}

int streams_pour_log(struct streams *streams, int out,
		     struct volume_reader *log)
{
	char *text = malloc(TEXT_SIZE);

	if (!text) {
		volume_reader_free(log);
		drop_fd(&out);
		return -ENOMEM;
	}
	return add(streams, (struct stream){ .out = out,
					     .in = -1,
					     .log = log,
					     .text = text,
					     .end = UINT64_MAX });
}

int streams_count(const struct streams *streams)
{
	int count = 0;

	for (int i = 0; i < STREAMS_MAX; i++)
		count += streams->stream[i].all != NULL;
	return count;
}

void streams_tick(struct streams *streams)
{
	const nanoseconds now = clock_monotonic();

	for (int i = 0; i < STREAMS_MAX; i++) {
		struct stream *stream = &streams->stream[i];

		if (stream->all &&
		    now - stream->moved_at > streams->wait_s * NS_PER_S)
			end_stream(stream);
	}
}

void streams_end(struct streams *streams)
{
	for (int i = 0; i < STREAMS_MAX; i++)
		end_stream(&streams->stream[i]);
}
