/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file visit.h
 * One request while the desk answers it: who asks, in which language, what
 * the register said about them. And the room itself.
 *
 * The desk has no rights of its own. A visit carries the session's token to
 * the register with every question, and the register decides each time.
 */
#ifndef TALLENNE_DESK_VISIT_H
#define TALLENNE_DESK_VISIT_H

#include "base/counters.h"
#include "base/settings.h"
#include "desk/texts.h"
#include "http/figures.h"
#include "http/http.h"
#include "notice/facts.h"
#include "register/register.h"

enum {
	VISIT_METRICS_PAGES_MAX = 64, /**< processes whose counters are shown */
};

struct pending;
struct seats;
struct ui_file;

struct desk {
	struct loop *loop;
	struct settings *settings;
	int line; /**< to the register; -1 while it starts anew */
	int listener[HTTP_SERVERS_MAX];
	size_t listener_count;
	struct http_server *server[HTTP_SERVERS_MAX];
	char *tls_chain, *tls_key; /**< PEM texts until the servers run */
	struct facts facts;	   /**< told to people; decides nothing here */
	int ui;			   /**< directory of styles and scripts */
	struct ui_file *ui_files;
	struct figures_page counters[VISIT_METRICS_PAGES_MAX];
	size_t counters_count;
	struct pending *pending;
	struct seats *seats;
	int chat; /**< the line to the room chat until there are seats */
	uint8_t peer_key[32]; /**< addresses are hashed with it; RAM only */
	struct counter *answers[5], *asks, *asks_failed, *sign_ins;
};

/** What a route needs. */
enum access {
	OPEN,
	SIGNED,
	CONTACTS,
	PLAY,
	READERS,
	FIGURES,
	ANSWERS,
	CANNED,
	NOTES,
	LEVELS,
	SETS
};

/** Who asks: a page, a page's form, a page's script, a program. */
enum route_kind { PAGE, FORM, DATA, API };

struct visit;

struct desk_route {
	struct http_route http;
	enum access access;
	enum route_kind kind;
	const char *name, *summary;
	void (*act)(struct visit *visit);
};

extern const struct desk_route desk_routes[];
extern const size_t desk_route_count;

struct visit {
	struct desk *desk;
	const struct http_request *request;
	struct http_answer *answer;
	const struct desk_route *route; /**< NULL if there is none */
	enum notice_language language;
	bool has_token, signed_in, by_bearer;
	uint8_t token[DESK_TOKEN_SIZE];
	struct desk_session session; /**< if signed_in */
	struct counter *counter;
};

/** What the answer's text is written into. */
static inline struct text *visit_out(struct visit *visit)
{
	return &visit->answer->body;
}

/** A text of desk/texts.def in the visit's language. */
static inline const char *say(const struct visit *visit, enum text_id id)
{
	return text_of(id, visit->language);
}

/** Answer a request; the http_act_fn of the room. */
void visit_answer(void *desk, const struct http_request *request,
		  struct http_answer *answer);

/** Set the cookie of a fresh session, or remove it (token NULL). */
void visit_set_cookie(struct visit *visit, const uint8_t *token);

/** A hash of who asks, for the register's limits. */
void visit_peer(const struct visit *visit, uint8_t out[16]);

/** A parameter of the route as an id; false after answering 404. */
bool visit_id(struct visit *visit, size_t index, struct id *ret_id);

/** Read a purpose, an agent, whatever short, from query or form. */
bool visit_query(const struct visit *visit, const char *name, char *out,
		 size_t size);
bool visit_form(const struct visit *visit, const char *name, char *out,
		size_t size);

#define ROUTE(name, method, pattern, access, kind, summary)                    \
	void do_##name(struct visit *visit);
#define QUERY(route, name, type, description)
#define HEADER(route, name, description)
#define BODY(route, name, type, description)
#define ANSWER(route, media, schema)
#include "desk/routes.def"
#undef ROUTE
#undef QUERY
#undef HEADER
#undef BODY
#undef ANSWER

#endif
