/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A request that waits for its answer:
 *
 *	act ──► held ──► asleep ──► answered: resumed ──► sent
 *
 * The daemon asks for a resumed request once more; serve.c then finds the
 * answer. Who holds it may outlive the server: a held request whose
 * connection is gone has none, and its answer goes nowhere.
 */
#include "http/hold.h"

#include <errno.h>

#include "http/parts.h"

int http_hold(const struct http_request *request, struct http_held **ret_held)
{
	struct exchange *exchange = request->exchange;
	struct http_server *server = exchange->server;
	struct http_held *held;

	assert(!exchange->held);
	if (server->held_count >= HTTP_HELD_MAX)
		return -ENOMEM;
	held = calloc(1, sizeof(*held));
	if (!held)
		return -ENOMEM;
	*held = (struct http_held){
		.exchange = exchange,
		.connection = request->connection,
		.answer = HTTP_ANSWER_NEW,
		.next = server->held,
	};
	server->held = held;
	server->held_count++;
	exchange->held = held;
	*ret_held = held;
	return 0;
}

/* The server has no more to do with it. */
static void detach(struct http_server *server, struct http_held *held)
{
	struct http_held **link = &server->held;

	while (*link != held)
		link = &(*link)->next;
	*link = held->next;
	server->held_count--;
	held->exchange->held = NULL;
	held->exchange = NULL;
}

static void hold_free(struct http_held *held)
{
	http_answer_drop(&held->answer);
	free(held);
}

void http_answer_held(struct http_held *held, struct http_answer *answer)
{
	assert(!held->is_ready);
	held->answer = *answer;
	*answer = HTTP_ANSWER_NEW;
	held->is_ready = true;
	if (!held->exchange) {
		hold_free(held);
		return;
	}
	if (!held->sleeps)
		return;
	held->sleeps = false;
	MHD_resume_connection(held->connection);
	http_wake(held->exchange->server);
}

enum MHD_Result hold_go_on(struct http_server *server,
			   struct exchange *exchange)
{
	struct http_held *held = exchange->held;
	enum MHD_Result sent;

	if (!held->is_ready) {
		held->sleeps = true;
		MHD_suspend_connection(held->connection);
		return MHD_YES;
	}
	detach(server, held);
	sent = answer_send(server, held->connection, exchange, &held->answer);
	hold_free(held);
	return sent;
}

void hold_end(struct http_server *server, struct exchange *exchange)
{
	struct http_held *held = exchange->held;

	if (!held)
		return;
	detach(server, held);
	if (held->is_ready)
		hold_free(held);
}

void hold_close_all(struct http_server *server)
{
	while (server->held) {
		struct http_held *held = server->held;

		if (held->sleeps)
			MHD_resume_connection(held->connection);
		held->sleeps = false;
		detach(server, held);
		if (held->is_ready)
			hold_free(held);
	}
}
