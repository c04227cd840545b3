/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file socket_parts.h
 * What socket.c (where a socket comes from, and how it ends) and
 * socket_talk.c (what is said meanwhile) know of each other.
 *
 *	OPENING ──► OPEN ──► CLOSING ──► DRAINING ──► GONE
 *	  101 is      │  we said     both said    all is
 *	  on its way  │  close       close        sent
 *	              └── they said close, or were wrong ──► DRAINING
 *
 * Nothing is freed while a caller may still be on the stack: what is over
 * goes on the list of the doomed, which the loop empties.
 */
#ifndef TALLENNE_HTTP_SOCKET_PARTS_H
#define TALLENNE_HTTP_SOCKET_PARTS_H

#include "http/backlog.h"
#include "http/frame.h"
#include "http/parts.h"

enum socket_phase { OPENING, OPEN, CLOSING, DRAINING, GONE };

struct http_socket {
	struct http_server *server;
	const struct http_socket_face *face; /**< NULL: nothing more is told */
	void *self;
	struct http_socket *next, **link;
	struct http_socket *next_due, **link_due; /**< NULL: owes nothing */
	struct http_socket *next_doomed;
	struct peer *peer;
	struct exchange *exchange; /**< until the 101 is through */
	struct MHD_UpgradeResponseHandle *upgrade;     /**< only over TLS */
	struct deadline *deadline;		       /**< the same */
	struct gnutls_session_int *tls;		       /**< the same */
	nanoseconds message_due, stall_due, close_due; /**< 0: none */
	nanoseconds controls_since;
	uint32_t controls; /**< pings and pongs since then */
	uint32_t held;	   /**< of server->waiting */
	uint32_t watched;  /**< events */
	int fd;		   /**< -1 while it opens; over TLS the daemon's */
	enum socket_phase phase;
	bool is_cut, is_shut;
	bool reads;  /**< the TLS session may take bytes: we asked it */
	bool is_bye; /**< the end of TLS was said */
	struct backlog backlog;
	struct frame_reader reader;
};

/** socket.c: as socket_doom(), without a farewell and what the kernel holds. */
void socket_cut(struct http_socket *socket);
void socket_tell_gone(struct http_socket *socket);
/** Free the doomed. */
void sockets_reap(struct http_server *server);

/** socket_talk.c: bytes arrived. */
void socket_hear(struct http_socket *socket, struct slice bytes);
/** Take what has arrived. */
void socket_receive(struct http_socket *socket);
/** Say a text; 0, -EPIPE, -ENOBUFS or -ENOMEM. */
MUST int socket_say(struct http_socket *socket, struct slice text);
/** Say close, and go on in this phase. */
void socket_say_close(struct http_socket *socket, uint16_t code,
		      const char *why, enum socket_phase phase);
/** Bring what is watched and what is due in line with how it stands. */
void socket_settle(struct http_socket *socket);
/** Count again how much it holds. */
void socket_hold(struct http_socket *socket);
/** It owes nothing any more. */
void socket_unlink_due(struct http_socket *socket);

/** socket_tls.c: use the daemon's session, and leave it to the daemon. */
MUST int socket_tls_take(struct http_socket *socket,
			 struct MHD_Connection *connection);
void socket_tls_leave(struct http_socket *socket);
/** As recv(2), but -EAGAIN or -EPIPE. */
ssize_t socket_tls_receive(struct http_socket *socket, void *out, size_t size);
/** Whether it holds bytes that the descriptor will not tell of. */
bool socket_tls_has_more(const struct http_socket *socket);
/** Send all, or keep what does not go in the backlog; 0 or -EPIPE. */
MUST int socket_tls_send(struct http_socket *socket, struct slice head,
			 struct slice rest);
void socket_tls_bye(struct http_socket *socket);

#endif
