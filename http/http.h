/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file http.h
 * A thin face over libmicrohttpd: whole requests in, whole answers or a
 * pipe out, one thread, inside base/loop.
 *
 * It owns the sockets, TLS, the limits and the security headers that every
 * answer carries. It knows nothing of pages, sessions or calls. A handler
 * answers at once or holds the request (http/hold.h); a body that comes
 * through a pipe arrives later, and its connection sleeps until the pipe
 * can be read.
 *
 * libmicrohttpd's time-out is one of inactivity, so a client that drips
 * its header byte by byte is never cut by it. http/deadline.c cuts it:
 * what has not become a whole request within HTTP_DEADLINE_MS is ended. One
 * that drips its reading is cut likewise (HTTP_TAKE_MS), and what waits for
 * such readers has a limit.
 */
#ifndef TALLENNE_HTTP_HTTP_H
#define TALLENNE_HTTP_HTTP_H

#include "base/clock.h"
#include "base/loop.h"
#include "http/text.h"

enum {
	HTTP_BODY_MAX = 64 << 10,    /**< bytes of a request's body */
	HTTP_TARGET_MAX = 2048,	     /**< path and query */
	HTTP_CONNECTIONS_MAX = 512,  /**< unless the settings say more */
	HTTP_SOCKETS_MAX = 512,	     /**< the same */
	HTTP_FEEDS_MAX = 64,	     /**< the same */
	HTTP_PER_ADDRESS_MAX = 64,   /**< the same */
	HTTP_MEMORY = 32 << 10,	     /**< the same */
	HTTP_WAITING_MAX = 64 << 20, /**< bytes that wait in all sockets */
	HTTP_LARGE = 64 << 10,	     /**< bytes from which an answer is large */
	HTTP_LARGE_MAX = 128 << 20,  /**< bytes of large answers on their way */
	HTTP_LARGE_PER_ADDRESS = 16 << 20, /**< of these to one address */
	HTTP_STREAMS_MAX = 64,		   /**< bodies from pipes at a time */
	HTTP_FIELDS_MAX = 16,		   /**< of an answer's header */
	HTTP_PARAMS_MAX = 4,
	HTTP_DEADLINE_MS = 10 * MS_PER_S, /**< for a whole request */
	HTTP_TAKE_MS = 60 * MS_PER_S,	  /**< to take an answer, and besides */
	HTTP_TAKE_RATE = 16 << 10,	  /**< so many bytes of it a second */
	HTTP_IDLE_S = 30,		  /**< without any byte, either way */
	HTTP_SERVERS_MAX = 8,
};

enum http_method {
	HTTP_GET = 1,
	HTTP_POST = 2,
	HTTP_DELETE = 4,
	HTTP_OTHER = 8, /**< known to HTTP, but no route of ours takes it */
};

struct http_server;
struct exchange;

/** A whole request. Everything in it is borrowed until the answer. */
struct http_request {
	enum http_method method; /**< HEAD comes as GET; no body is sent */
	struct slice path;	 /**< as sent: not decoded, begins with "/" */
	struct slice query;	 /**< without "?" */
	struct slice body;
	struct slice param[HTTP_PARAMS_MAX]; /**< "{...}" of the route */
	bool secure;	   /**< came over TLS, ours or the proxy's */
	bool from_here;	   /**< from a loopback address, and no proxy */
	struct slice peer; /**< address as text; for limits, never logged */
	void *connection;  /**< for http_header() */
	struct exchange *exchange; /**< for http/hold.h and http/socket.h */
	bool may_upgrade;	   /**< GET itself, by HTTP/1.1 */
};

/** A field of the request's header; empty if it is not there. */
struct slice http_header(const struct http_request *request, const char *name);

struct http_field {
	const char *name; /**< our own literal */
	char *value;
};

/** What to send. Starts as 200, text/html, nothing. */
struct http_answer {
	int status;
	const char *type; /**< Content-Type; our own literal */
	struct text body;
	struct http_field field[HTTP_FIELDS_MAX];
	size_t field_count;
	int pipe;      /**< if not -1, the body comes from here; owned */
	uint64_t size; /**< exactly so many bytes from the pipe */
	bool is_kept;  /**< may be kept by browsers (styles); else no-store */
	struct http_socket *socket; /**< http/socket.h: it becomes one */
	struct http_feed *feed;	    /**< http/socket.h: the body is one */
};

/** An answer with nothing in it yet. */
#define HTTP_ANSWER_NEW                                                        \
	((struct http_answer){ .status = 200,                                  \
			       .type = "text/html; charset=utf-8",             \
			       .pipe = -1 })

void http_answer_drop(struct http_answer *answer);

/** Add a field; control characters in the value end it. It replaces a field
    of that name that every answer would have. */
void http_field(struct http_answer *answer, const char *name,
		const char *format, ...) FORMAT(3, 4);

/** Make it a redirect after a form (303) to a path of this server. */
void http_see_other(struct http_answer *answer, const char *path);

/** Answer a request. Called once for each. */
typedef void http_act_fn(void *self, const struct http_request *request,
			 struct http_answer *answer);

/** Limits; 0: that of the same name above. */
struct http_settings {
	const char *chain, *key; /**< PEM texts; NULL: plain, loopback only */
	/** Of one address, or one /64 of IPv6: connections, and apart from
	    them sockets with feeds. Behind a proxy the latter only, by the
	    address it says. */
	unsigned int per_address;
	unsigned int connections_max; /**< that ask and are answered */
	unsigned int sockets_max;     /**< WebSockets, besides */
	unsigned int feeds_max;	      /**< feeds, besides */
	/** Bytes that a connection may use for a request's header and for
	    what is on its way; a WebSocket over plain HTTP gives them back. */
	unsigned int memory;
	bool behind_proxy; /**< believe X-Forwarded-For and -Proto */
};

/**
 * Serve on a listening socket.
 *
 * @param listener  bound and listening; owned from now on, also on errors
 * @return 0; -EACCES: plain HTTP on an address that is not loopback;
 *         -EINVAL: the certificate or key is none; or -errno
 */
MUST int http_open(struct loop *loop, int listener,
		   const struct http_settings *settings, http_act_fn *act,
		   void *self, struct http_server **ret_server);

/**
 * Serve on with another certificate. Connections of the old one are ended:
 * browsers come back by themselves.
 *
 * @return 0, or -EINVAL: nothing has changed
 */
MUST int http_renew(struct http_server *server,
		    const struct http_settings *settings);

/**
 * End every connection and close the socket; accepts NULL. What is open of
 * http/socket.h is told to be gone.
 */
void http_close(struct http_server *server);

/** A path that is served, and by which methods. "{name}" is one segment. */
struct http_route {
	const char *pattern;
	enum http_method method;
};

/**
 * Find the route of a request.
 *
 * @param route   first of count routes, each stride bytes after the other
 * @param[out] ret_index  which one
 * @param[out] ret_allow  with -EOPNOTSUPP: bits of the methods that exist
 * @return 0, -ENOENT, or -EOPNOTSUPP when only the method does not fit
 */
MUST int http_find(const struct http_route *route, size_t count, size_t stride,
		   struct http_request *request, size_t *ret_index,
		   unsigned int *ret_allow);

#endif
