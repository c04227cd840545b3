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
#include "http/socket.h"

/** A connection of the daemon, and by when it must have done something. */
struct deadline {
	struct deadline *next, **link; /**< link is NULL: on no list */
	nanoseconds due;	       /**< monotonic; 0: owes nothing */
	int fd;
	bool is_ending;	   /**< its socket over TLS was ended by us */
	struct peer *peer; /**< whose it is; NULL: our proxy's */
};

/** An address that has live connections; of IPv6 a /64, or a /48. */
struct peer {
	struct peer *next;
	struct peer *site; /**< the /48 of a /64 */
	unsigned int count;
	size_t large;	  /**< bytes of large answers on their way to it */
	char address[47]; /**< INET6_ADDRSTRLEN, and a mark before it */
};

/* How many times as much all of one /48 may have as one /64. */
enum { PEERS_BUCKETS = 256, PEERS_SITE_NETWORKS = 8 };

struct peers {
	struct peer *bucket[PEERS_BUCKETS];
};

struct http_counters {
	struct counter *requests, *slow, *refused, *broken, *too_large;
	struct counter *connections, *sockets, *feeds;
	struct counter *sockets_opened, *sockets_refused, *sockets_wrong;
	struct counter *slow_readers, *slow_writers, *large_refused;
};

/** A request while it arrives, and until its answer is sent. */
struct exchange {
	struct http_server *server;
	char *target;
	struct text body;
	bool seen, may_upgrade;
	size_t large;		    /**< bytes of its answer, if it is large */
	struct http_socket *socket; /**< that it is about to become */
	struct http_held *held;	    /**< if its answer comes later */
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
	int timer, tick, reaper;
	http_act_fn *act;
	void *self;
	bool is_tls, behind_proxy, closing;
	unsigned int sockets_max, feeds_max, per_address;
	struct stream *streams; /**< bodies that come from pipes */
	size_t stream_count;
	struct http_held *held; /**< requests that wait for their answers */
	size_t held_count;
	struct deadline *deadlines;
	struct peers peers;   /**< of sockets and feeds */
	struct peers callers; /**< of connections */
	struct http_socket *sockets, *sockets_due, *sockets_doomed;
	struct http_feed *feeds;
	size_t connection_count, socket_count, feed_count;
	size_t ending_count; /**< deadlines that are ending */
	size_t waiting;	     /**< bytes that sockets and feeds hold for peers */
	size_t large;	     /**< bytes of large answers on their way */
	struct http_counters count;
};

/** Let the daemon run soon: something of it was resumed or cut. */
void http_wake(struct http_server *server);

/** answer.c: answer with a few plain words; those of an overload. */
void http_say_status(struct http_answer *answer, int status, const char *words);
void http_say_later(struct http_answer *answer);

/** deadline.c: a new connection; NULL: no memory, it is cut. */
struct deadline *deadline_begin(struct http_server *server,
				struct MHD_Connection *connection);
struct deadline *deadline_of(struct MHD_Connection *connection);
/** It must have moved on after so long, or not at all. */
void deadline_in(struct http_server *server, struct deadline *deadline,
		 nanoseconds after);
void deadline_none(struct http_server *server, struct deadline *deadline);
void deadline_end(struct http_server *server, struct deadline *deadline);
/** We have ended its socket over TLS: all is to be sent after so long. */
void deadline_ends(struct http_server *server, struct deadline *deadline,
		   nanoseconds after);
/** Cut it, or what is overdue at an instant of the monotonic clock. */
void deadline_cut_now(struct http_server *server, struct deadline *deadline);
void deadline_cut(struct http_server *server, nanoseconds now);

/** peers.c: one more of this address, of all in its /64 if it is one of
    IPv6; NULL: too many, or no memory. */
struct peer *peers_take(struct peers *peers, struct slice address,
			unsigned int limit);
/** One less; accepts NULL. */
void peers_give(struct peers *peers, struct peer *peer);

/** answer.c: queue it and give up what it owns. */
enum MHD_Result answer_send(struct http_server *server,
			    struct MHD_Connection *connection,
			    struct exchange *exchange,
			    struct http_answer *answer);

/** It has been taken, or never will be. */
void answer_taken(struct http_server *server, struct MHD_Connection *connection,
		  struct exchange *exchange);

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

enum { HANDSHAKE_ACCEPT_SIZE = 28 + 1 };

/**
 * handshake.c: check what RFC 6455, section 4.2.1 asks of a request; 0, or
 * -EPROTO when the answer is filled in.
 */
MUST int handshake(const struct http_request *request, const char *protocol,
		   struct http_answer *answer,
		   char accept[HANDSHAKE_ACCEPT_SIZE]);
/** Fill in a yes. */
void handshake_accept(struct http_answer *answer, const char *protocol,
		      const char *accept);

/** socket.c: the response of 101; the socket belongs to the exchange. */
struct MHD_Response *socket_response(struct http_socket *socket,
				     struct exchange *exchange);
/** It is over, or never came through; gone() is told from the loop. */
void socket_doom(struct http_socket *socket);
/** Its exchange ends before the 101 was through: as socket_doom(). */
void socket_never_opens(struct http_socket *socket);
/** Those that are overdue at an instant. */
void sockets_tick(struct http_server *server, nanoseconds now);
void sockets_close_all(struct http_server *server);

/** feed.c: the response of a feed, which owns it from now on. */
struct MHD_Response *feed_response(struct http_feed *feed,
				   struct MHD_Connection *connection);
void feed_lost(struct http_feed *feed);
void feeds_close_all(struct http_server *server);

#endif
