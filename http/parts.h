/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file parts.h
 * What the files of http/ know of each other; nobody else includes it.
 */
#ifndef TALLENNE_HTTP_PARTS_H
#define TALLENNE_HTTP_PARTS_H

#include <microhttpd.h>

#include "base/counters.h"
#include "http/hold.h"

/** A connection and by when it must have become a whole request. */
struct deadline {
	struct MHD_Connection *connection; /**< NULL: the place is free */
	int fd;
	nanoseconds due; /**< monotonic; 0: not waiting for a request */
};

/** A request while it arrives, and until its answer is sent. */
struct exchange {
	struct http_server *server;
	char *target;
	struct text body;
	bool seen;
	struct http_held *held; /**< if its answer comes later */
};

/** A request whose answer comes later; belongs to who holds it. */
struct http_held {
	struct exchange *exchange; /**< NULL: the connection is gone */
	struct MHD_Connection *connection;
	struct http_answer answer; /**< if is_ready */
	bool is_ready, sleeps;
	struct http_held *next;
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
	struct http_held *held; /**< requests that wait for their answers */
	size_t held_count;
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

/** hold.c: let a held request sleep, or send its answer. */
enum MHD_Result hold_go_on(struct http_server *server,
			   struct exchange *exchange);
/** The exchange ends, answered or not. */
void hold_end(struct http_server *server, struct exchange *exchange);
void hold_close_all(struct http_server *server);

#endif
