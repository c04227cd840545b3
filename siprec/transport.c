/* SPDX-License-Identifier: EUPL-1.2 */
#include "siprec/transport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/log.h"
#include "siprec/connection.h"
#include "siprec/udp.h"

struct listener {
	int fd;
	uint8_t kind;  /* enum flow_kind */
	uint8_t place; /* among those of its kind */
	struct transport *transport;
};

struct transport {
	struct recorder *recorder;
	struct loop *loop;
	struct tls *tls;
	struct listener listeners[3 * SOCKETS_MAX];
	uint32_t listener_count;
	uint64_t generation; /* random start: none of an earlier process */
	struct connection connections[CONNECTIONS_MAX];
	struct share share; /* of connections of known clients */
	uint32_t open, shaking;
};

static void serve_connection(void *self, int fd, uint32_t events);

static int send_somewhere(void *self, const struct flow *flow,
			  struct slice bytes)
{
	struct transport *transport = self;
	struct connection *connection;
	int r;

	if (bytes.size == 0)
		return 0;
	for (uint32_t i = 0;
	     flow->kind == FLOW_UDP && i < transport->listener_count; i++) {
		const struct listener *listener = &transport->listeners[i];

		if (listener->kind == FLOW_UDP &&
		    listener->place == flow->socket)
			return udp_send(listener->fd, &flow->peer, bytes);
	}
	if (flow->kind == FLOW_UDP || flow->connection >= CONNECTIONS_MAX)
		return -ENOTCONN;
	connection = &transport->connections[flow->connection];
	if (connection->fd < 0 ||
	    connection->flow.generation != flow->generation)
		return -ENOTCONN;
	r = connection_send(connection, bytes);
	if (transport->loop &&
	    loop_watch(transport->loop, connection->fd,
		       EPOLLIN | (connection->wants_write ? EPOLLOUT : 0u),
		       serve_connection, transport) < 0)
		connection->is_dead = true;
	return r;
}

int transport_new(struct recorder *recorder, struct transport **ret)
{
	struct transport *transport = calloc(1, sizeof(*transport));
	struct id random = id_new();

	if (!transport)
		return -ENOMEM;
	transport->recorder = recorder;
	memcpy(&transport->generation, &random, sizeof(uint64_t));
	transport->share.room = CONNECTIONS_MAX - CONNECTIONS_SHAKING_MAX;
	for (uint32_t i = 0; i < CONNECTIONS_MAX; i++)
		transport->connections[i].fd = -1;
	*ret = transport;
	return 0;
}

void transport_free(struct transport *transport)
{
	if (!transport)
		return;
	for (uint32_t i = 0; i < CONNECTIONS_MAX; i++)
		connection_close(&transport->connections[i]);
	for (uint32_t i = 0; i < transport->listener_count; i++)
		drop_fd(&transport->listeners[i].fd);
	tls_free(transport->tls);
	free(transport);
}

struct wire transport_wire(struct transport *transport)
{
	return (struct wire){ transport, send_somewhere };
}

int transport_socket(struct transport *transport, enum flow_kind kind, int fd)
{
	struct listener *listener;
	uint8_t place = 0;
	int flags, r = 0;

	for (uint32_t i = 0; i < transport->listener_count; i++)
		if (transport->listeners[i].kind == kind)
			place++;
	if (place == SOCKETS_MAX) {
		(void)close(fd);
		return -ENOSPC;
	}
	listener = &transport->listeners[transport->listener_count++];
	*listener = (struct listener){ fd, (uint8_t)kind, place, transport };
	if (kind == FLOW_UDP)
		return udp_prepare(fd);
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    listen(fd, 512) < 0)
		r = -errno;
	return r;
}

static bool wants_certificates(const struct clients *clients)
{
	for (uint32_t i = 0; i < clients->count; i++)
		if (clients->client[i].certificate[0] != '\0')
			return true;
	return false;
}

int transport_use_tls(struct transport *transport,
		      const struct transport_tls *files)
{
	struct tls *tls;
	int r = tls_new(files->chain, files->key, files->peers,
			wants_certificates(&transport->recorder->clients),
			&tls);

	if (r < 0)
		return r;
	tls_free(transport->tls);
	transport->tls = tls;
	return 0;
}

static int own_address(int fd, char text[SDP_ADDRESS_TEXT], uint16_t *port)
{
	struct sockaddr_storage own = { 0 };
	socklen_t size = sizeof(own);
	const struct sockaddr_in *four = (const void *)&own;
	const struct sockaddr_in6 *six = (const void *)&own;

	if (getsockname(fd, (struct sockaddr *)&own, &size) < 0)
		return -errno;
	if (own.ss_family == AF_INET) {
		*port = ntohs(four->sin_port);
		(void)inet_ntop(AF_INET, &four->sin_addr, text,
				SDP_ADDRESS_TEXT);
		return four->sin_addr.s_addr == INADDR_ANY ? -EADDRNOTAVAIL : 0;
	}
	/* The kernel filled it. NOLINTNEXTLINE(clang-analyzer-core.*) */
	*port = ntohs(six->sin6_port);
	(void)inet_ntop(AF_INET6, &six->sin6_addr, text, SDP_ADDRESS_TEXT);
	return IN6_IS_ADDR_UNSPECIFIED(&six->sin6_addr) ? -EADDRNOTAVAIL : 0;
}

int transport_address(const struct transport *transport,
		      char out[SDP_ADDRESS_TEXT])
{
	char text[SDP_ADDRESS_TEXT];
	uint16_t port;

	for (uint32_t i = 0; i < transport->listener_count; i++) {
		if (own_address(transport->listeners[i].fd, text, &port) < 0)
			continue;
		memcpy(out, text, sizeof(text));
		return 0;
	}
	return -EADDRNOTAVAIL;
}

/*
 * The client must reach us by what took its request: another family would
 * not do, even if it is the one that is advertised.
 */
static void write_local(struct recorder *recorder,
			const struct listener *listener)
{
	static const char *const params[] = {
		[FLOW_UDP] = "",
		[FLOW_TCP] = ";transport=tcp",
		[FLOW_TLS] = ";transport=tls",
	};
	char *out = recorder->local[listener->kind][listener->place];
	char text[SDP_ADDRESS_TEXT] = "";
	const char *address = text;
	uint16_t port = 5060;
	bool is_own = own_address(listener->fd, text, &port) == 0;
	bool is_six = strchr(text, ':') != NULL;

	if (!is_own || (recorder->is_advertised &&
			(strchr(recorder->address, ':') != NULL) == is_six)) {
		address = recorder->address;
		is_six = strchr(address, ':') != NULL;
	}
	(void)snprintf(out, DIALOG_LOCAL_SIZE, "sip:recorder@%s%s%s:%u%s",
		       is_six ? "[" : "", address, is_six ? "]" : "", port,
		       params[listener->kind]);
}

static void close_place(struct transport *transport,
			struct connection *connection)
{
	struct client *clients = transport->recorder->clients.client;
	uint16_t client = connection->flow.client;

	loop_unwatch(transport->loop, connection->fd);
	if (client < CLIENTS_MAX) {
		share_give(&transport->share, client, 1);
		if (clients[client].connections > 0)
			clients[client].connections--;
	} else if (connection->tls) {
		transport->shaking--;
	}
	connection_close(connection);
	transport->open--;
	counter_set(transport->recorder->tally.connections, transport->open);
}

static struct connection *find_fd(struct transport *transport, int fd)
{
	for (uint32_t i = 0; i < CONNECTIONS_MAX; i++)
		if (transport->connections[i].fd == fd)
			return &transport->connections[i];
	return NULL;
}

/* Who it is, once its certificate is known. */
static bool identify(struct transport *transport, struct connection *connection)
{
	struct clients *clients = &transport->recorder->clients;
	struct tls_certificate certificate = { 0 };
	int client = -ENOENT;

	if (connection->tls)
		tls_certificate(connection->tls, &certificate);
	if (certificate.is_there)
		client = clients_by_certificate(
			clients, &connection->flow.peer,
			certificate.fingerprint, certificate.names,
			certificate.name_count, certificate.is_trusted);
	if (client < 0)
		client = clients_by_address(clients, &connection->flow.peer);
	if (client < 0 ||
	    clients->client[client].connections >= CONNECTIONS_PER_CLIENT_MAX ||
	    !share_take(&transport->share, clients, (uint32_t)client, 1))
		return false;
	if (connection->tls)
		transport->shaking--;
	connection->flow.client = (uint16_t)client;
	clients->client[client].connections++;
	return true;
}

static bool shake(struct transport *transport, struct connection *connection)
{
	int r = tls_shake(connection->tls);

	if (r == -EAGAIN) {
		connection->wants_write = tls_wants_write(connection->tls);
		return true;
	}
	connection->wants_write = false;
	if (r < 0 || !identify(transport, connection)) {
		TALLY(&transport->recorder->tally, handshakes_failed);
		recorder_explain(
			transport->recorder, NULL, 0,
			r < 0 ? "a TLS handshake failed: no certificate was "
				"shown, or no common version or cipher"
			      : "a TLS certificate is that of no client, of "
				"another address or of no authority in "
				"siprec.tls.peers");
		return false;
	}
	connection->is_shaken = true;
	connection->begun_ms = 0;
	return true;
}

/* One client's flood is not to keep the others waiting. */
static void read_some(struct transport *transport,
		      struct connection *connection)
{
	struct recorder *recorder = transport->recorder;

	for (int i = 0; i < CONNECTION_READS_MAX && !connection->is_dead; i++)
		if (!connection_read(recorder, connection))
			return;
	while (!connection->is_dead && connection_cut(recorder, connection))
		continue;
}

static void serve_connection(void *self, int fd, uint32_t events)
{
	struct transport *transport = self;
	struct connection *connection = find_fd(transport, fd);

	assert(connection);
	if (connection->tls && !connection->is_shaken &&
	    !shake(transport, connection))
		connection->is_dead = true;
	if (!connection->tls || connection->is_shaken) {
		if (events & EPOLLOUT)
			connection_flush(connection);
		read_some(transport, connection);
	}
	if (!connection->is_dead &&
	    loop_watch(transport->loop, fd,
		       EPOLLIN | (connection->wants_write ? EPOLLOUT : 0u),
		       serve_connection, transport) < 0)
		connection->is_dead = true;
	if (connection->is_dead)
		close_place(transport, connection);
}

static struct connection *take_place(struct transport *transport)
{
	for (uint32_t i = 0; i < CONNECTIONS_MAX; i++)
		if (transport->connections[i].fd < 0)
			return &transport->connections[i];
	return NULL;
}

/*
 * Whoever may come can begin handshakes and leave them there. A good one
 * takes a blink, so the oldest is the likeliest to be none.
 */
static void push_out(struct transport *transport)
{
	struct connection *oldest = NULL;

	for (uint32_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *one = &transport->connections[i];

		if (one->fd >= 0 && one->tls && !one->is_shaken &&
		    (!oldest || one->flow.generation < oldest->flow.generation))
			oldest = one;
	}
	assert(oldest);
	TALLY(&transport->recorder->tally, slow);
	close_place(transport, oldest);
}

/* A TLS connection, of nobody known until its handshake is done. */
static bool begin_shaking(struct transport *transport,
			  struct connection *connection)
{
	if (!transport->tls ||
	    tls_accept(transport->tls, connection->fd, &connection->tls) < 0)
		return false;
	transport->shaking++;
	/* Nothing at all may come: the clock runs from here. */
	connection->begun_ms = transport->recorder->now_ms;
	return true;
}

static void accept_one(struct transport *transport,
		       const struct listener *listener, int fd,
		       const struct sockaddr_storage *from)
{
	struct recorder *recorder = transport->recorder;
	struct connection *connection;
	const int on = 1;
	struct flow flow = { .kind = listener->kind,
			     .socket = listener->place,
			     .client = UINT16_MAX,
			     .generation = ++transport->generation };

	udp_peer(from, &flow.peer);
	if (!clients_may_come(&recorder->clients, &flow.peer)) {
		recorder_stranger(recorder);
		(void)close(fd);
		return;
	}
	if (listener->kind == FLOW_TLS &&
	    transport->shaking == CONNECTIONS_SHAKING_MAX)
		push_out(transport);
	connection = take_place(transport);
	if (!connection) {
		TALLY(&recorder->tally, slow);
		(void)close(fd);
		return;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	flow.connection = (uint32_t)(connection - transport->connections);
	connection->fd = fd;
	connection->flow = flow;
	transport->open++;
	counter_set(recorder->tally.connections, transport->open);
	if (listener->kind == FLOW_TLS) {
		connection->is_dead = !begin_shaking(transport, connection);
	} else if (!identify(transport, connection)) {
		recorder_stranger(recorder);
		connection->is_dead = true;
	}
	if (connection->is_dead || loop_watch(transport->loop, fd, EPOLLIN,
					      serve_connection, transport) < 0)
		close_place(transport, connection);
}

static void serve_listener(void *self, int fd, uint32_t events)
{
	struct listener *listener = self;

	(void)events;
	if (listener->kind == FLOW_UDP) {
		udp_take(listener->transport->recorder, listener->place, fd);
		return;
	}
	for (int i = 0; i < CONNECTION_TURN_MAX; i++) {
		struct sockaddr_storage from;
		socklen_t size = sizeof(from);
		int got = accept4(fd, (struct sockaddr *)&from, &size,
				  SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (got < 0)
			return;
		accept_one(listener->transport, listener, got, &from);
	}
}

int transport_serve(struct transport *transport, struct loop *loop)
{
	transport->loop = loop;
	for (uint32_t i = 0; i < transport->listener_count; i++) {
		struct listener *listener = &transport->listeners[i];
		int r;

		write_local(transport->recorder, listener);
		r = loop_watch(loop, listener->fd, EPOLLIN, serve_listener,
			       listener);
		if (r < 0)
			return r;
	}
	return 0;
}

void transport_tick(struct transport *transport)
{
	struct recorder *recorder = transport->recorder;

	for (uint32_t i = 0; i < CONNECTIONS_MAX; i++) {
		struct connection *connection = &transport->connections[i];

		if (connection->fd < 0)
			continue;
		if (connection_is_slow(connection, recorder->now_ms)) {
			TALLY(&recorder->tally, slow);
			connection->is_dead = true;
		}
		/* Its client is not configured any more. */
		if (connection->flow.client != UINT16_MAX &&
		    recorder->clients.client[connection->flow.client].key == 0)
			connection->is_dead = true;
		if (connection->is_dead)
			close_place(transport, connection);
	}
}
