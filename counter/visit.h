/* SPDX-License-Identifier: EUPL-1.2 */
/**
 * @file visit.h
 * One request while the counter answers it, and the room itself.
 *
 * The counter has no rights of its own. A visitor is whoever brings a
 * bearer, and the room chat decides whether it is one. Address, browser and
 * where a visitor came from are looked at here, in memory, and are written
 * nowhere: no log, no figure, no letter.
 */
#ifndef TALLENNE_COUNTER_VISIT_H
#define TALLENNE_COUNTER_VISIT_H

#include "base/counters.h"
#include "base/settings.h"
#include "counter/limit.h"
#include "counter/origin.h"
#include "counter/shelf.h"
#include "counter/talks.h"
#include "counter/texts.h"
#include "http/hold.h"
#include "http/http.h"
#include "notice/facts.h"

struct files;
struct wire;
struct feed;
struct held_visit;

struct lobby {
	struct loop *loop;
	struct settings *settings;
	struct facts facts;
	struct shelf shelf;
	char *checkpoint; /**< of the audit log, as signed; NULL: none yet */
	struct talks *talks;
	struct limit *limit;
	struct limit_rate acts; /**< of one conversation */
	int line;		/**< to chat, until start */
	int listener[HTTP_SERVERS_MAX];
	size_t listener_count;
	struct http_server *server[HTTP_SERVERS_MAX];
	char *tls_chain, *tls_key; /**< PEM texts until the servers run */
	bool is_tls;		   /**< it ends here */
	int ui;			   /**< directory, until start */
	struct files *files;
	struct wire *wires;
	struct feed *feeds;
	struct held_visit *held; /**< whose answers wait for chat */
	size_t transcripts;	 /**< being made */
	int timer;
	struct counter *answers[5], *limited, *foreign, *broken;
};

/** Who asks for it, and how errors look. */
enum route_kind { PAGE, FORM, DATA, API };

struct visit;

struct lobby_route {
	struct http_route http;
	enum route_kind kind;
	const char *name;
	void (*act)(struct visit *visit);
};

extern const struct lobby_route lobby_routes[];
extern const size_t lobby_route_count;

struct visit {
	struct lobby *lobby;
	const struct http_request *request; /**< NULL once it is held */
	struct http_answer *answer;
	const struct lobby_route *route; /**< NULL if there is none */
	enum notice_language language;
	bool has_language; /**< the address asked for it */
	bool secure;
	char host[ORIGIN_SIZE]; /**< our own origin, or empty */
	struct limit_who who;
};

/** What the answer's text is written into. */
static inline struct text *visit_out(struct visit *visit)
{
	return &visit->answer->body;
}

/** A text of counter/texts.def in the visit's language. */
static inline const char *say(const struct visit *visit, enum text_id id)
{
	return text_of(id, visit->language);
}

/** Answer a request; the http_act_fn of the room. */
void visit_answer(void *lobby, const struct http_request *request,
		  struct http_answer *answer);

/** A field of the query or form; false if there is none that fits. */
bool visit_query(const struct visit *visit, const char *name, char *out,
		 size_t size);
bool visit_form(const struct visit *visit, const char *name, char *out,
		size_t size);

/**
 * The bearer of the request, from its header (API) or cookie (forms). If
 * there is none it is a random one, so that no way is shorter than another.
 */
void visit_bearer(const struct visit *visit, uint8_t out[CHAT_TOKEN_SIZE]);

/** Set the cookie of a conversation, or remove it (token NULL). */
void visit_set_cookie(struct visit *visit, const uint8_t *token);
bool visit_has_cookie(const struct visit *visit);

/** A visit whose answer comes later; first member of its owner's struct. */
struct held_visit {
	struct visit visit;
	struct http_held *held;
	struct http_answer answer;
	struct held_visit *next, **link;
	/** Free the owner's struct: the room ends. */
	void (*drop)(struct held_visit *kept);
};

/**
 * Keep a visit beyond its request.
 *
 * @param kept  zeroed but for drop; the answer then belongs to kept->visit
 * @return 0 or -ENOMEM; then the visit is answered already
 */
MUST int visit_hold(struct visit *visit, struct held_visit *kept);

/** Send its answer. */
void visit_release(struct held_visit *kept);

/** The room ends: drop all that are held. */
void visit_drop_held(struct lobby *lobby);

/** Count an answer, by class of status. */
void visit_count(struct lobby *lobby, int status);

#define ROUTE(name, method, pattern, kind, summary)                            \
	void do_##name(struct visit *visit);
#include "counter/routes.def"
#undef ROUTE

#endif
