/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file parts.h
 * What the files of http/ know of each other; nobody else includes it.
 */
#ifndef TALLENNE_HTTP_PARTS_H
#define TALLENNE_HTTP_PARTS_H

#include <microhttpd.h>

#include "base/counters.h"
#include "http/http.h"

/** A connection and by when it must have become a whole request. */
struct deadline {
	struct MHD_Connection *connection; /**< NULL: the place is free */
	int fd;
	nanoseconds due; /**< monotonic; 0: not waiting for a request */
};

struct http_server {
	struct loop *loop;
	struct MHD_Daemon *daemon;
	int epoll; /**< borrowed from the daemon */
	int timer, tick;
	http_act_fn *act;
	void *self;
	bool is_tls, behind_proxy, closing;
	struct stream *streams; /**< bodies that come from pipes */
	size_t stream_count;
	struct deadline deadline[HTTP_CONNECTIONS_MAX];
	struct counter *requests, *slow, *refused, *broken, *too_large;
};

/** Let the daemon run soon: something of it was resumed or cut. */
void http_wake(struct http_server *server);

/** deadline.c: a new connection, the request is whole, the next begins. */
void deadline_begin(struct http_server *server,
		    struct MHD_Connection *connection);
void deadline_whole(struct http_server *server,
		    struct MHD_Connection *connection);
void deadline_next(struct http_server *server,
		   struct MHD_Connection *connection);
void deadline_end(struct http_server *server,
		  struct MHD_Connection *connection);
/** Cut what is overdue at an instant of the monotonic clock. */
void deadline_cut(struct http_server *server, nanoseconds now);

/** answer.c: queue it and give up what it owns. */
enum MHD_Result answer_send(struct http_server *server,
			    struct MHD_Connection *connection,
			    struct http_answer *answer);

/** stream.c: a response whose body comes from a pipe; NULL if too many. */
struct MHD_Response *stream_response(struct http_server *server,
				     struct MHD_Connection *connection,
				     int pipe, uint64_t size);
void stream_close_all(struct http_server *server);

#endif
