/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The daemon inside our loop, and the life of one exchange:
 *
 *	uri logged ──► headers ──► body parts ──► whole ──► answered ──► done
 *	  begin          receive     receive       receive    answer_send  end
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/log.h"
#include "http/parts.h"

enum { TICK_MS = 500, ENDING_MS = 5 };

static void run(void *self);

void http_wake(struct http_server *server)
{
	int r;

	if (server->closing || server->timer >= 0)
		return;
	r = loop_after(server->loop, 0, run, server);
	server->timer = r;
}

static void arm(struct http_server *server)
{
	MHD_UNSIGNED_LONG_LONG wait_ms = TICK_MS + 1;

	if (server->timer >= 0)
		return;
	(void)MHD_get_timeout(server->daemon, &wait_ms);
	/* What the daemon resumes for itself, after a socket over TLS has
	   ended, it does not tell: it must be asked. */
	if (server->ending_count > 0 && wait_ms > ENDING_MS)
		wait_ms = ENDING_MS;
	if (wait_ms > TICK_MS)
		return; /* the tick comes sooner */
	server->timer = loop_after(server->loop, (int)wait_ms, run, server);
}

static void run(void *self)
{
	struct http_server *server = self;

	loop_stop_timer(server->loop, server->timer);
	server->timer = -1;
	(void)MHD_run(server->daemon);
	arm(server);
}

static void ready(void *self, int fd, uint32_t events)
{
	(void)fd, (void)events;
	run(self);
}

static void tick(void *self)
{
	struct http_server *server = self;

	deadline_cut(server, clock_monotonic());
	sockets_tick(server, clock_monotonic());
	run(server);
}

struct slice http_header(const struct http_request *request, const char *name)
{
	const char *value = MHD_lookup_connection_value(request->connection,
							MHD_HEADER_KIND, name);

	return value ? slice_of(value) : (struct slice){ "", 0 };
}

static void *begin(void *self, const char *uri,
		   struct MHD_Connection *connection)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	(void)connection;
	if (!exchange)
		return NULL;
	exchange->server = self;
	if (strlen(uri) <= HTTP_TARGET_MAX)
		exchange->target = strdup(uri);
	return exchange;
}

static void end(void *self, struct MHD_Connection *connection, void **state,
		enum MHD_RequestTerminationCode how)
{
	struct http_server *server = self;
	struct exchange *exchange = *state;

	(void)how;
	deadline_in(server, deadline_of(connection), HTTP_IDLE_S * NS_PER_S);
	if (!exchange)
		return;
	hold_end(server, exchange);
	if (exchange->socket)
		socket_never_opens(exchange->socket);
	answer_taken(server, connection, exchange);
	/* A form may hold a password. */
	if (exchange->body.bytes)
		explicit_bzero(exchange->body.bytes, exchange->body.room);
	text_drop(&exchange->body);
	free(exchange->target);
	free(exchange);
	*state = NULL;
}

/* Text of an address; whether it is loopback. */
static bool address_text(const struct sockaddr *address, char *out, size_t size)
{
	const struct sockaddr_in *four = (const void *)address;
	const struct sockaddr_in6 *six = (const void *)address;

	out[0] = '\0';
	if (!address)
		return false;
	if (address->sa_family == AF_INET) {
		(void)inet_ntop(AF_INET, &four->sin_addr, out, (socklen_t)size);
		return ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	}
	if (address->sa_family != AF_INET6)
		return false;
	(void)inet_ntop(AF_INET6, &six->sin6_addr, out, (socklen_t)size);
	if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		return six->sin6_addr.s6_addr[12] == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

static struct slice address_of(struct MHD_Connection *connection, char *out,
			       bool *ret_is_loopback)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	*ret_is_loopback = address_text(info ? info->client_addr : NULL, out,
					INET6_ADDRSTRLEN);
	return slice_of(out);
}

/* One address has no more than its share; our proxy's has all. */
static void count_caller(struct http_server *server,
			 struct MHD_Connection *connection,
			 struct deadline *deadline)
{
	char address[INET6_ADDRSTRLEN];
	bool is_loopback;

	if (!deadline || server->behind_proxy)
		return;
	deadline->peer = peers_take(
		&server->callers, address_of(connection, address, &is_loopback),
		server->per_address);
	if (deadline->peer)
		return;
	counter_add(server->count.refused, 1);
	deadline_cut_now(server, deadline);
}

static void connection_changed(void *self, struct MHD_Connection *connection,
			       void **context,
			       enum MHD_ConnectionNotificationCode what)
{
	struct http_server *server = self;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = deadline_begin(server, connection);
		count_caller(server, connection, *context);
		server->connection_count++;
	} else {
		deadline_end(server, *context);
		*context = NULL;
		server->connection_count--;
	}
	counter_set(server->count.connections, server->connection_count);
}

/* Our proxy adds the last address of the list; all before is hearsay. */
static struct slice last_of(struct slice list)
{
	while (slice_find(list, ',') < list.size)
		(void)slice_cut(list, ',', &list);
	return slice_trim(list);
}

/* A header's value in its last line: that line is our proxy's. */
struct last_line {
	struct slice name, value;
};

static enum MHD_Result see_line(void *self, enum MHD_ValueKind kind,
				const char *name, const char *value)
{
	struct last_line *last = self;

	(void)kind;
	if (slice_is_nocase(slice_of(name), last->name))
		last->value = slice_of(value ? value : "");
	return MHD_YES;
}

static struct slice last_value(struct MHD_Connection *connection,
			       struct slice name)
{
	struct last_line last = { name, { "", 0 } };

	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, see_line,
					&last);
	return last_of(last.value);
}

static enum MHD_Result refuse(struct http_server *server,
			      struct MHD_Connection *connection, int status,
			      const char *words)
{
	struct http_answer answer = HTTP_ANSWER_NEW;
	enum MHD_Result sent;

	http_say_status(&answer, status, words);
	http_field(&answer, "Connection", "close");
	counter_add(server->count.refused, 1);
	sent = answer_send(server, connection, NULL, &answer);
	http_answer_drop(&answer);
	return sent;
}

static enum MHD_Result act(struct http_server *server,
			   struct MHD_Connection *connection,
			   struct exchange *exchange, enum http_method method)
{
	struct http_answer answer = HTTP_ANSWER_NEW;
	struct http_request request = {
		.method = method,
		.secure = server->is_tls,
		.connection = connection,
		.exchange = exchange,
		.may_upgrade = exchange->may_upgrade,
		.body = { exchange->body.bytes, exchange->body.size },
	};
	char address[INET6_ADDRSTRLEN];
	enum MHD_Result sent;

	request.path =
		slice_cut(slice_of(exchange->target), '?', &request.query);
	request.peer = address_of(connection, address, &request.from_here);
	if (server->behind_proxy) {
		struct slice proto =
			last_value(connection, SLICE("X-Forwarded-Proto"));

		request.secure |= slice_is_nocase(proto, SLICE("https"));
		request.peer = last_value(connection, SLICE("X-Forwarded-For"));
		request.from_here = false;
	}
	counter_add(server->count.requests, 1);
	server->act(server->self, &request, &answer);
	sent = exchange->held
		       ? hold_go_on(server, exchange)
		       : answer_send(server, connection, exchange, &answer);
	http_answer_drop(&answer);
	return sent;
}

static int method_of(const char *word, enum http_method *ret_method)
{
	if (!strcmp(word, "GET") || !strcmp(word, "HEAD"))
		*ret_method = HTTP_GET;
	else if (!strcmp(word, "POST"))
		*ret_method = HTTP_POST;
	else if (!strcmp(word, "DELETE"))
		*ret_method = HTTP_DELETE;
	else if (!strcmp(word, "PUT") || !strcmp(word, "PATCH") ||
		 !strcmp(word, "OPTIONS"))
		*ret_method = HTTP_OTHER;
	else
		return -EOPNOTSUPP;
	return 0;
}

/* What two readers of one request could understand differently. */
struct framing {
	unsigned int lengths, encodings, hosts;
	bool is_odd;
};

static enum MHD_Result frame(void *self, enum MHD_ValueKind kind,
			     const char *name, const char *value)
{
	struct framing *framing = self;
	struct slice word = slice_of(name);

	(void)kind;
	framing->lengths += slice_is_nocase(word, SLICE("Content-Length"));
	framing->encodings += slice_is_nocase(word, SLICE("Transfer-Encoding"));
	framing->hosts += slice_is_nocase(word, SLICE("Host"));
	/* Of any other, the daemon takes all until the end for the body. */
	framing->is_odd |= slice_is_nocase(word, SLICE("Transfer-Encoding")) &&
			   !slice_is_nocase(slice_of(value ? value : ""),
					    SLICE("chunked"));
	framing->is_odd |= !word.size || strpbrk(name, " \t");
	return MHD_YES;
}

static bool is_ambiguous(struct MHD_Connection *connection)
{
	struct framing framing = { 0 };

	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, frame,
					&framing);
	return framing.is_odd || framing.hosts > 1 ||
	       framing.lengths + framing.encodings > 1;
}

static bool is_too_large(struct MHD_Connection *connection)
{
	const char *size = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, "Content-Length");
	uint64_t number;

	return size && slice_number(slice_of(size), HTTP_BODY_MAX, &number) < 0;
}

static enum MHD_Result receive(void *self, struct MHD_Connection *connection,
			       const char *url, const char *word,
			       const char *version, const char *data,
			       size_t *size, void **state)
{
	struct http_server *server = self;
	struct exchange *exchange = *state;
	enum http_method method;

	(void)url;
	if (!exchange || server->closing)
		return MHD_NO;
	if (!exchange->seen) {
		exchange->seen = true;
		exchange->may_upgrade =
			!strcmp(word, "GET") && !strcmp(version, "HTTP/1.1");
		if (!exchange->target || exchange->target[0] != '/')
			return refuse(server, connection, 414,
				      "414: that address is none of ours\n");
		if (method_of(word, &method) < 0)
			return refuse(server, connection, 501,
				      "501: this method is not known here\n");
		if (is_ambiguous(connection))
			return refuse(server, connection, 400,
				      "400: that can be read in two ways\n");
		if (is_too_large(connection)) {
			counter_add(server->count.too_large, 1);
			return refuse(server, connection, 413,
				      "413: that is too much\n");
		}
		return MHD_YES;
	}
	if (*size > 0) {
		if (exchange->body.size + *size > HTTP_BODY_MAX) {
			counter_add(server->count.too_large, 1);
			return MHD_NO;
		}
		text_add(&exchange->body, (struct slice){ data, *size });
		*size = 0;
		return exchange->body.failed ? MHD_NO : MHD_YES;
	}
	if (exchange->held)
		return hold_go_on(server, exchange);
	deadline_none(server, deadline_of(connection));
	if (method_of(word, &method) < 0)
		return MHD_NO;
	return act(server, connection, exchange, method);
}

/* The daemon's own words may hold what a peer sent: they are not logged. */
static void hush(void *self, const char *format, va_list list)
{
	(void)self, (void)format, (void)list;
}

static bool is_loopback(int listener)
{
	struct sockaddr_storage address = { 0 };
	socklen_t size = sizeof(address);
	char text[INET6_ADDRSTRLEN];

	if (getsockname(listener, (struct sockaddr *)&address, &size) < 0)
		return false;
	return address_text((const struct sockaddr *)&address, text,
			    sizeof(text));
}

static unsigned int number_of(unsigned int setting, unsigned int usual)
{
	return setting ? setting : usual;
}

/* What stays with the daemon while it lives: all but plain sockets. */
static unsigned int daemon_limit(const struct http_server *server,
				 const struct http_settings *settings)
{
	return number_of(settings->connections_max, HTTP_CONNECTIONS_MAX) +
	       server->feeds_max + (server->is_tls ? server->sockets_max : 0);
}

static struct MHD_Daemon *daemon_new(struct http_server *server, int listener,
				     const struct http_settings *settings)
{
	const unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
				   MHD_ALLOW_UPGRADE | MHD_USE_ERROR_LOG |
				   (settings->chain ? MHD_USE_TLS : 0);
	const char *priorities = "SECURE128:-VERS-ALL:+VERS-TLS1.3:"
				 "+VERS-TLS1.2:%SERVER_PRECEDENCE";

	return MHD_start_daemon(
		flags, 0, NULL, NULL, receive, server,
		MHD_OPTION_EXTERNAL_LOGGER, hush, server,
		MHD_OPTION_LISTEN_SOCKET, listener,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)number_of(settings->memory, HTTP_MEMORY),
		MHD_OPTION_CONNECTION_LIMIT, daemon_limit(server, settings),
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)HTTP_IDLE_S,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
		MHD_OPTION_URI_LOG_CALLBACK, begin, server,
		MHD_OPTION_NOTIFY_COMPLETED, end, server,
		MHD_OPTION_NOTIFY_CONNECTION, connection_changed, server,
		settings->chain ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END,
		settings->chain, MHD_OPTION_HTTPS_MEM_KEY, settings->key,
		MHD_OPTION_HTTPS_PRIORITIES, priorities, MHD_OPTION_END);
}

static struct http_counters counters_of(void)
{
	const enum counter_kind total = COUNTER_TOTAL, gauge = COUNTER_GAUGE;

	return (struct http_counters){
		.requests = counter_new(total, "http_requests_total",
					"Requests that arrived whole."),
		.slow = counter_new(total, "http_slow_clients_total",
				    "Connections cut because no whole request "
				    "came in time."),
		.refused = counter_new(total, "http_refused_total",
				       "Requests refused before any page was "
				       "asked for."),
		.broken = counter_new(total, "http_streams_broken_total",
				      "Bodies that ended before their end."),
		.too_large = counter_new(total, "http_too_large_total",
					 "Requests with too large a body."),
		.connections = counter_new(gauge, "http_connections",
					   "Connections that are open, without "
					   "plain WebSockets."),
		.sockets = counter_new(gauge, "http_sockets",
				       "WebSockets that are open."),
		.feeds = counter_new(gauge, "http_feeds",
				     "Event streams that are open."),
		.sockets_opened =
			counter_new(total, "http_sockets_opened_total",
				    "WebSockets that were opened."),
		.sockets_refused = counter_new(
			total, "http_sockets_refused_total",
			"WebSockets and event streams that were refused."),
		.sockets_wrong = counter_new(
			total, "http_sockets_wrong_total",
			"WebSockets ended for a fault in what came."),
		.slow_readers = counter_new(
			total, "http_slow_readers_total",
			"WebSockets and event streams ended because what was "
			"sent was not taken."),
		.large_refused = counter_new(
			total, "http_large_refused_total",
			"Large answers refused because too much was on its "
			"way to slow readers."),
		.slow_writers = counter_new(
			total, "http_slow_writers_total",
			"WebSockets ended because a message was not finished."),
	};
}

static int watch(struct http_server *server)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);

	server->epoll = info->epoll_fd;
	return loop_watch(server->loop, server->epoll, EPOLLIN, ready, server);
}

int http_open(struct loop *loop, int listener,
	      const struct http_settings *settings, http_act_fn *act_fn,
	      void *self, struct http_server **ret_server)
{
	OWNED(drop_fd) int socket = listener;
	struct http_server *server;
	int r;

	if (!settings->chain && !is_loopback(socket))
		return -EACCES;
	server = calloc(1, sizeof(*server));
	if (!server)
		return -ENOMEM;
	*server = (struct http_server){
		.loop = loop,
		.act = act_fn,
		.self = self,
		.timer = -1,
		.tick = -1,
		.reaper = -1,
		.epoll = -1,
		.sockets_max =
			number_of(settings->sockets_max, HTTP_SOCKETS_MAX),
		.feeds_max = number_of(settings->feeds_max, HTTP_FEEDS_MAX),
		.per_address =
			number_of(settings->per_address, HTTP_PER_ADDRESS_MAX),
		.count = counters_of(),
		.is_tls = settings->chain,
		.behind_proxy = settings->behind_proxy,
	};
	server->daemon = daemon_new(server, socket, settings);
	if (!server->daemon) {
		free(server);
		return -EINVAL;
	}
	(void)GIVE_FD(socket); /* the daemon closes it */

	r = watch(server);
	if (r == 0)
		r = server->tick = loop_every(loop, TICK_MS, tick, server);
	if (r < 0) {
		http_close(server);
		return r;
	}
	*ret_server = server;
	return 0;
}

/* End all that the present daemon serves. */
static void end_daemon(struct http_server *server)
{
	server->closing = true;
	sockets_close_all(server);
	hold_close_all(server);
	feeds_close_all(server);
	stream_close_all(server);
	(void)MHD_run(server->daemon); /* takes farewells along */
	loop_unwatch(server->loop, server->epoll);
	loop_stop_timer(server->loop, server->timer);
	server->timer = -1;
	MHD_stop_daemon(server->daemon);
	server->closing = false;
}

int http_renew(struct http_server *server, const struct http_settings *settings)
{
	struct MHD_Daemon *fresh, *old = server->daemon;
	OWNED(drop_fd) int listener = -1;
	int mine;

	mine = MHD_get_daemon_info(old, MHD_DAEMON_INFO_LISTEN_FD)->listen_fd;
	listener = fcntl(mine, F_DUPFD_CLOEXEC, 0);
	if (listener < 0 || !settings->chain || !server->is_tls)
		return -EINVAL;
	fresh = daemon_new(server, listener, settings);
	if (!fresh)
		return -EINVAL;
	(void)GIVE_FD(listener);
	/* Taken out first: stopping would shut the shared socket down. */
	mine = MHD_quiesce_daemon(old);
	drop_fd(&mine);
	end_daemon(server);
	server->daemon = fresh;
	http_wake(server);
	return watch(server);
}

void http_close(struct http_server *server)
{
	if (!server)
		return;
	loop_stop_timer(server->loop, server->tick);
	end_daemon(server);
	free(server);
}
