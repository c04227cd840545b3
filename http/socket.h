/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file socket.h
 * Bodies without an end: a WebSocket (RFC 6455, server's side) and a feed
 * of server-sent events.
 *
 * Both live inside the server's loop and thread. What cannot be sent at
 * once waits in memory up to a limit; a reader slower than that is ended
 * and comes back by itself, so that nobody holds what others need. No
 * compression is offered. Messages are whole: fragments are joined below.
 *
 * The library checks the protocol (masking, opcodes, fragments, UTF-8,
 * close codes); what the messages mean, and whose Origin is welcome, is for
 * who calls.
 */
#ifndef TALLENNE_HTTP_SOCKET_H
#define TALLENNE_HTTP_SOCKET_H

#include "http/http.h"

enum {
	SOCKET_MESSAGE_MAX = 16 << 10,	   /**< bytes of one message taken */
	SOCKET_FRAGMENTS_MAX = 64,	   /**< of one message */
	SOCKET_PENDING_MAX = 64 << 10,	   /**< bytes that wait to be sent */
	SOCKET_CLOSE_MS = 5 * MS_PER_S,	   /**< for the closing handshake */
	SOCKET_MESSAGE_MS = 10 * MS_PER_S, /**< from a message's first byte to
						its last */
	SOCKET_STALL_MS = 20 * MS_PER_S,   /**< for a reader to take anything */
	SOCKET_CONTROLS_MAX = 64, /**< pings and pongs in SOCKET_CONTROLS_MS */
	SOCKET_CONTROLS_MS = 10 * MS_PER_S,
};

/** Close codes that we use (RFC 6455, 7.4.1). */
enum socket_close {
	SOCKET_NORMAL = 1000,
	SOCKET_AWAY = 1001, /**< this server ends */
	SOCKET_PROTOCOL = 1002,
	SOCKET_KIND = 1003, /**< binary where text is spoken */
	SOCKET_NOT_TEXT = 1007,
	SOCKET_POLICY = 1008,
	SOCKET_TOO_BIG = 1009,
	SOCKET_LATER = 1013, /**< overloaded: come back later */
};

struct http_socket;

struct http_socket_face {
	/** A whole text message: UTF-8, may hold NUL. Valid until the
	    function returns. */
	void (*text)(void *self, struct http_socket *socket, struct slice text);
	/** It is gone, whatever the reason; the socket is freed after this
	    and must not be used again. Not called from any function below,
	    and not after http_socket_end(). */
	void (*gone)(void *self, struct http_socket *socket);
};

/**
 * Answer a request by becoming a WebSocket.
 *
 * @param request   its handshake is checked here: GET, HTTP/1.1, Upgrade,
 *                  Connection, Version 13, Key, no body, at most one
 *                  Origin
 * @param answer    filled in, also on errors: 101, 400, 426 or 503
 * @param protocol  the subprotocol that must be among those offered
 * @param self      handed to the face
 * @param[out] ret_socket  valid once this returned 0; what is sent before
 *                  the handshake is through waits
 * @return 0; -EPROTO: it is no handshake; -EBUSY: too many in all or of
 *         this address; -ENOMEM
 */
MUST int http_socket_open(const struct http_request *request,
			  struct http_answer *answer, const char *protocol,
			  const struct http_socket_face *face, void *self,
			  struct http_socket **ret_socket);

/**
 * Send a text message.
 *
 * @param text  UTF-8; much shorter than SOCKET_PENDING_MAX
 * @return 0; -ENOBUFS: the reader is too slow, -EPIPE: it is lost. On both
 *         gone() will be called from the loop, if it was not called yet
 */
MUST int http_socket_send(struct http_socket *socket, struct slice text);

/** Bytes that wait. */
size_t http_socket_pending(const struct http_socket *socket);

/**
 * Begin to close; nothing more is told of it, and it is freed by itself.
 * What waits is still sent.
 *
 * @param why  our own words, at most 123 bytes; may be empty
 */
void http_socket_end(struct http_socket *socket, enum socket_close code,
		     const char *why);

struct http_feed;

/** The reader is gone; the feed is freed after this. Called from the loop. */
typedef void http_feed_gone_fn(void *self, struct http_feed *feed);

/**
 * Answer a request with a body that has no end (text/event-stream unless
 * answer->type is changed afterwards). Fields may be added to the answer.
 *
 * That a reader is gone is seen at once if its connection is closed; for
 * one that fell silent the caller sends a comment line now and then.
 *
 * @return 0, or -EBUSY or -ENOMEM with the answer filled in
 */
MUST int http_feed_open(const struct http_request *request,
			struct http_answer *answer, http_feed_gone_fn *gone,
			void *self, struct http_feed **ret_feed);

/** Send bytes; as http_socket_send(). */
MUST int http_feed_send(struct http_feed *feed, struct slice bytes);

/** Bytes that wait. */
size_t http_feed_pending(const struct http_feed *feed);

/** End the body; nothing more is told of it, and it is freed by itself. */
void http_feed_end(struct http_feed *feed);

#endif
