/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A body without an end. The daemon asks for bytes; when none wait the
 * connection sleeps, and the loop watches whether the reader hangs up.
 *
 *	asked ──► bytes ──► sent ──► asked ...
 *	   └──► nothing waits: suspend, watch ──► sent or hung up: resume
 *
 * The daemon itself ends a reader that takes nothing for HTTP_IDLE_S.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "http/backlog.h"
#include "http/parts.h"

enum { FEED_BLOCK = 1024 };

struct http_feed {
	struct http_server *server;
	http_feed_gone_fn *gone; /* NULL: nothing more is told */
	void *self;
	struct http_feed *next, **link;
	struct MHD_Connection *connection; /* NULL until it is answered */
	struct peer *peer;
	int fd;
	bool sleeps, is_ending, is_cut;
	uint32_t held; /* of server->waiting */
	struct backlog backlog;
};

static void hold(struct http_feed *feed)
{
	feed->server->waiting += feed->backlog.room;
	feed->server->waiting -= feed->held;
	feed->held = feed->backlog.room;
}

static void wake(struct http_feed *feed)
{
	if (!feed->sleeps)
		return;
	feed->sleeps = false;
	loop_unwatch(feed->server->loop, feed->fd);
	MHD_resume_connection(feed->connection);
	http_wake(feed->server);
}

/* It sends no more; while it does not sleep its socket is the daemon's. */
static void cut(struct http_feed *feed)
{
	feed->is_cut = true;
	if (feed->connection && !feed->sleeps) {
		(void)shutdown(feed->fd, SHUT_RDWR);
		http_wake(feed->server);
	}
	wake(feed);
}

static void hung_up(void *self, int fd, uint32_t events)
{
	(void)fd, (void)events;
	cut(self);
}

static ssize_t give(void *self, uint64_t position, char *out, size_t room)
{
	struct http_feed *feed = self;
	struct slice waits = backlog_waits(&feed->backlog);

	(void)position;
	if (feed->is_cut)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (waits.size > 0) {
		if (room > waits.size)
			room = waits.size;
		memcpy(out, waits.at, room);
		backlog_took(&feed->backlog, room);
		hold(feed);
		return (ssize_t)room;
	}
	if (feed->is_ending)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (loop_watch(feed->server->loop, feed->fd, EPOLLRDHUP, hung_up,
		       feed) < 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	feed->sleeps = true;
	MHD_suspend_connection(feed->connection);
	return 0;
}

static void forget(void *self)
{
	struct http_feed *feed = self;
	struct http_server *server = feed->server;

	if (feed->gone)
		feed->gone(feed->self, feed);
	backlog_drop(&feed->backlog);
	hold(feed);
	*feed->link = feed->next;
	if (feed->next)
		feed->next->link = feed->link;
	peers_give(&server->peers, feed->peer);
	server->feed_count--;
	counter_set(server->count.feeds, server->feed_count);
	free(feed);
}

void feed_lost(struct http_feed *feed)
{
	forget(feed);
}

struct MHD_Response *feed_response(struct http_feed *feed,
				   struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct MHD_Response *response;

	if (!info)
		return NULL;
	response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, FEED_BLOCK, give, feed, forget);
	if (response) {
		feed->fd = info->connect_fd;
		feed->connection = connection;
	}
	return response;
}

void feeds_close_all(struct http_server *server)
{
	for (struct http_feed *each = server->feeds; each; each = each->next)
		cut(each);
}

static int refuse(struct http_server *server, struct http_answer *answer,
		  int error)
{
	counter_add(server->count.sockets_refused, 1);
	http_say_later(answer);
	return error;
}

int http_feed_open(const struct http_request *request,
		   struct http_answer *answer, http_feed_gone_fn *gone,
		   void *self, struct http_feed **ret_feed)
{
	struct http_server *server = request->exchange->server;
	struct http_feed *feed;
	struct peer *peer;

	if (server->feed_count >= server->feeds_max)
		return refuse(server, answer, -EBUSY);
	peer = peers_take(&server->peers, request->peer, server->per_address);
	if (!peer)
		return refuse(server, answer, -EBUSY);
	feed = calloc(1, sizeof(*feed));
	if (!feed) {
		peers_give(&server->peers, peer);
		return refuse(server, answer, -ENOMEM);
	}
	*feed = (struct http_feed){
		.server = server,
		.gone = gone,
		.self = self,
		.peer = peer,
		.fd = -1,
		.next = server->feeds,
		.link = &server->feeds,
	};
	if (feed->next)
		feed->next->link = &feed->next;
	server->feeds = feed;
	server->feed_count++;
	counter_set(server->count.feeds, server->feed_count);
	answer->type = "text/event-stream";
	/* Or a proxy keeps what should be shown now. */
	http_field(answer, "X-Accel-Buffering", "no");
	answer->feed = feed;
	*ret_feed = feed;
	return 0;
}

int http_feed_send(struct http_feed *feed, struct slice bytes)
{
	if (feed->is_cut || feed->is_ending)
		return -EPIPE;
	if (feed->backlog.size + bytes.size > SOCKET_PENDING_MAX ||
	    feed->server->waiting > HTTP_WAITING_MAX ||
	    backlog_add(&feed->backlog, bytes, (struct slice){ "", 0 }) < 0) {
		counter_add(feed->server->count.slow_readers, 1);
		cut(feed);
		return -ENOBUFS;
	}
	hold(feed);
	wake(feed);
	return 0;
}

size_t http_feed_pending(const struct http_feed *feed)
{
	return feed->backlog.size;
}

void http_feed_end(struct http_feed *feed)
{
	feed->gone = NULL;
	feed->is_ending = true;
	wake(feed);
}
