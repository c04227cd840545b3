/* SPDX-License-Identifier: EUPL-1.2 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "http/parts.h"

enum { RETRY_S = 10 };

/*
 * On every answer. Nothing from elsewhere, nothing inline, no frames, no
 * referrer, no sensors; what is not named may not be loaded at all.
 */
static const struct {
	const char *name, *value;
} always[] = {
	{ "Content-Security-Policy",
	  "default-src 'none'; script-src 'self'; style-src 'self'; "
	  "img-src 'self'; media-src 'self'; connect-src 'self'; "
	  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
	  "require-trusted-types-for 'script'; trusted-types 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Permissions-Policy",
	  "camera=(), microphone=(), geolocation=(), display-capture=(), "
	  "payment=(), usb=()" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Cross-Origin-Embedder-Policy", "require-corp" },
};

void http_answer_drop(struct http_answer *answer)
{
	text_drop(&answer->body);
	for (size_t i = 0; i < answer->field_count; i++)
		free(answer->field[i].value);
	answer->field_count = 0;
	drop_fd(&answer->pipe);
	if (answer->socket)
		socket_doom(answer->socket);
	if (answer->feed)
		feed_lost(answer->feed);
	answer->socket = NULL;
	answer->feed = NULL;
}

void http_say_status(struct http_answer *answer, int status, const char *words)
{
	answer->status = status;
	answer->type = "text/plain; charset=utf-8";
	text_say(&answer->body, words);
}

void http_say_later(struct http_answer *answer)
{
	http_say_status(answer, 503, "503: come back a little later\n");
	http_field(answer, "Retry-After", "%d", RETRY_S);
}

void http_field(struct http_answer *answer, const char *name,
		const char *format, ...)
{
	char *value = NULL;
	va_list list;
	int size;

	assert(answer->field_count < HTTP_FIELDS_MAX);
	va_start(list, format);
	size = vasprintf(&value, format, list);
	va_end(list);
	if (size < 0) {
		answer->body.failed = true;
		return;
	}
	for (char *at = value; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = '\0';
	answer->field[answer->field_count++] =
		(struct http_field){ name, value };
}

void http_see_other(struct http_answer *answer, const char *path)
{
	answer->status = 303;
	http_field(answer, "Location", "%s", path);
}

/*
 * Whether a body may wait in memory until it is taken. What is small is
 * bounded by the number of connections; of what is large nobody keeps more
 * than a share, and nobody for long.
 */
static bool may_wait(struct http_server *server,
		     struct MHD_Connection *connection,
		     struct exchange *exchange, size_t size)
{
	struct deadline *deadline = deadline_of(connection);
	struct peer *peer = deadline ? deadline->peer : NULL;

	if (!exchange)
		return true;
	deadline_in(server, deadline,
		    HTTP_TAKE_MS * NS_PER_MS +
			    (nanoseconds)(size / HTTP_TAKE_RATE) * NS_PER_S);
	if (size <= HTTP_LARGE)
		return true;
	if (server->large + size > HTTP_LARGE_MAX ||
	    (peer && peer->large + size > HTTP_LARGE_PER_ADDRESS)) {
		counter_add(server->count.large_refused, 1);
		return false;
	}
	exchange->large = size;
	server->large += size;
	if (peer)
		peer->large += size;
	return true;
}

void answer_taken(struct http_server *server, struct MHD_Connection *connection,
		  struct exchange *exchange)
{
	struct deadline *deadline = deadline_of(connection);

	server->large -= exchange->large;
	if (deadline && deadline->peer)
		deadline->peer->large -= exchange->large;
	exchange->large = 0;
}

static struct MHD_Response *response_of(struct http_server *server,
					struct MHD_Connection *connection,
					struct exchange *exchange,
					struct http_answer *answer)
{
	struct MHD_Response *response;

	if (answer->socket) {
		response = socket_response(answer->socket, exchange);
		if (response)
			answer->socket = NULL;
		return response;
	}
	if (answer->feed) {
		response = feed_response(answer->feed, connection);
		if (response)
			answer->feed = NULL;
		return response;
	}
	if (answer->pipe >= 0) {
		response = stream_response(server, connection, answer->pipe,
					   answer->size);
		if (response)
			(void)GIVE_FD(answer->pipe);
		return response;
	}
	if (answer->body.failed ||
	    !may_wait(server, connection, exchange, answer->body.size))
		return NULL;
	response = MHD_create_response_from_buffer(
		answer->body.size, answer->body.bytes,
		answer->body.size ? MHD_RESPMEM_MUST_FREE
				  : MHD_RESPMEM_PERSISTENT);
	if (response && answer->body.size)
		answer->body = TEXT_NEW;
	return response;
}

/* What is said when nothing better can be: no memory, too many streams. */
static struct MHD_Response *refusal(void)
{
	static char words[] = "503: try again in a moment\n";

	return MHD_create_response_from_buffer(sizeof(words) - 1, words,
					       MHD_RESPMEM_PERSISTENT);
}

/* Whether the answer has such a field of its own. */
static bool has_field(const struct http_answer *answer, const char *name)
{
	for (size_t i = 0; i < answer->field_count; i++)
		if (!strcasecmp(answer->field[i].name, name))
			return true;
	return false;
}

static void add_field(struct MHD_Response *response,
		      const struct http_answer *answer, const char *name,
		      const char *value)
{
	if (!has_field(answer, name))
		(void)MHD_add_response_header(response, name, value);
}

static void add_usual(struct http_server *server, struct MHD_Response *response,
		      const struct http_answer *answer)
{
	for (size_t i = 0; i < COUNT(always); i++)
		add_field(response, answer, always[i].name, always[i].value);
	if (server->is_tls)
		add_field(response, answer, "Strict-Transport-Security",
			  "max-age=31536000");
	add_field(response, answer, "Cache-Control",
		  answer->is_kept ? "no-cache" : "no-store");
}

enum MHD_Result answer_send(struct http_server *server,
			    struct MHD_Connection *connection,
			    struct exchange *exchange,
			    struct http_answer *answer)
{
	struct MHD_Response *response =
		response_of(server, connection, exchange, answer);
	unsigned int status = (unsigned int)answer->status;
	const char *type = answer->type;
	enum MHD_Result sent;

	if (!response) {
		counter_add(server->count.refused, 1);
		response = refusal();
		status = 503;
		type = "text/plain; charset=utf-8";
	}
	if (!response)
		return MHD_NO;
	if (status != 101)
		add_usual(server, response, answer);
	if (type && status != 304)
		(void)MHD_add_response_header(response, "Content-Type", type);
	for (size_t i = 0; i < answer->field_count; i++)
		(void)MHD_add_response_header(response, answer->field[i].name,
					      answer->field[i].value);
	sent = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return sent;
}
