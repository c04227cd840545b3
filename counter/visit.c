/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/visit.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "counter/errors.h"
#include "counter/say.h"
#include "http/form.h"
#include "notice/channel.h"
#include "notice/language.h"

#define GET HTTP_GET
#define POST HTTP_POST
#define ROUTE(name, method, pattern, kind, summary)                            \
	{ { pattern, method }, kind, #name, do_##name },
const struct lobby_route lobby_routes[] = {
#include "counter/routes.def"
};
#undef ROUTE

const size_t lobby_route_count = COUNT(lobby_routes);

/* As long as the browser may remember an answer about another origin. */
#define PREFLIGHT_AGE "600"

static const char *cookie_name(const struct visit *visit)
{
	/* The prefix makes browsers refuse it from anywhere but TLS, and from
	   any other host: nobody else of the agency's domain can put a visitor
	   into a conversation of their own. It wants the path "/". */
	return visit->secure ? "__Host-tallenne-chat" : "tallenne-chat";
}

bool visit_query(const struct visit *visit, const char *name, char *out,
		 size_t size)
{
	return form_value(visit->request->query, name, out, size) == 0;
}

bool visit_form(const struct visit *visit, const char *name, char *out,
		size_t size)
{
	return form_value(visit->request->body, name, out, size) == 0;
}

static struct slice cookie_of(const struct visit *visit)
{
	return form_cookie(http_header(visit->request, "Cookie"),
			   cookie_name(visit));
}

bool visit_has_cookie(const struct visit *visit)
{
	return cookie_of(visit).size > 0;
}

void visit_bearer(const struct visit *visit, uint8_t out[CHAT_TOKEN_SIZE])
{
	struct slice text = cookie_of(visit);

	if (visit->route->kind == API) {
		text = http_header(visit->request, "Authorization");
		if (slice_starts_nocase(text, SLICE("Bearer ")))
			text = slice_trim(slice_from(text, 7));
	}
	if (say_token_read(text, out) < 0)
		randombytes_buf(out, CHAT_TOKEN_SIZE);
}

void visit_set_cookie(struct visit *visit, const uint8_t *token)
{
	char text[SAY_TOKEN_TEXT] = "";

	if (token)
		say_token_text(token, text);
	http_field(visit->answer, "Set-Cookie",
		   "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
		   cookie_name(visit), text, visit->secure ? "; Secure" : "",
		   token ? "" : "; Max-Age=0");
	explicit_bzero(text, sizeof(text));
}

static void find_language(struct visit *visit)
{
	char code[4];

	visit->language = language_accepted(
		http_header(visit->request, "Accept-Language"));
	if (!visit_query(visit, "lang", code, sizeof(code)) &&
	    !visit_form(visit, "lang", code, sizeof(code)))
		return;
	visit->has_language = true;
	visit->language = language_of(slice_of(code), visit->language);
}

/*
 * A page may only be asked for under our own names: otherwise a foreign
 * name that resolves to this address would count as our own origin.
 */
static bool host_is_ours(struct visit *visit)
{
	const struct settings *settings = visit->lobby->settings;
	struct slice port, host = http_header(visit->request, "Host");
	const char *name = setting(settings, "names.%d", 0);

	visit->secure = visit->request->secure;
	if (origin_of_host(visit->secure, host, visit->host) < 0)
		return false;
	if (host.size > 0 && host.at[0] == '[')
		host = slice_cut(host, ']', &port);
	else
		host = slice_cut(host, ':', &port);
	for (int i = 1; name; name = setting(settings, "names.%d", i++))
		if (slice_is_nocase(host, slice_of(name)))
			return true;
	if (slice_is(host, SLICE("127.0.0.1")) ||
	    slice_is(host, SLICE("[::1")) ||
	    slice_is_nocase(host, SLICE("localhost")))
		return true;
	return visit->secure && !setting(settings, "names.%d", 0);
}

/* Where a request comes from, by what browsers say of it. */
enum whence { NOWHERE, OURSELVES, ALLOWED, FOREIGN };

static enum whence whence(const struct visit *visit)
{
	struct slice origin = http_header(visit->request, "Origin");
	const struct policy *policy = visit->lobby->facts.policy;

	if (origin.size == 0)
		return NOWHERE;
	if (slice_is(origin, slice_of(visit->host)))
		return OURSELVES;
	return policy && origin_is_one(origin) &&
			       policy_chat_allows(policy, origin)
		       ? ALLOWED
		       : FOREIGN;
}

static bool is_same_site_fetch(const struct visit *visit)
{
	return slice_is(http_header(visit->request, "Sec-Fetch-Site"),
			SLICE("same-origin"));
}

/* Let scripts of an allowed page read the answer. */
static void let_read(struct visit *visit, enum whence from)
{
	http_field(visit->answer, "Vary", "Origin");
	if (from != ALLOWED && from != OURSELVES)
		return;
	http_field(visit->answer, "Access-Control-Allow-Origin", "%.*s",
		   (int)http_header(visit->request, "Origin").size,
		   http_header(visit->request, "Origin").at);
	http_field(visit->answer, "Access-Control-Expose-Headers",
		   "Retry-After");
}

/*
 * The Origin must be one of the list. Browsers leave it out of a GET to the
 * page's own server, and they make it "null" in a form of a page that sends
 * no referrer, as ours; both times Sec-Fetch-Site tells.
 */
static bool may_ask(const struct visit *visit, enum whence from)
{
	bool is_get = visit->request->method == HTTP_GET;

	switch (visit->route->kind) {
	case PAGE:
	case DATA:
		return true;
	case FORM:
		return from == OURSELVES || is_same_site_fetch(visit);
	case API:
		if (from == OURSELVES || from == ALLOWED)
			return true;
		if (visit->route->act == do_chat_hours)
			return true; /* is on the page for everybody */
		return from == NOWHERE && is_get &&
		       visit->route->act != do_chat_socket &&
		       is_same_site_fetch(visit);
	}
	return false;
}

/* A browser asks whether a page of another origin may ask. */
static bool is_preflight(const struct visit *visit)
{
	return visit->request->method == HTTP_OTHER &&
	       http_header(visit->request, "Access-Control-Request-Method")
			       .size > 0;
}

static void answer_preflight(struct visit *visit)
{
	enum whence from = whence(visit);

	let_read(visit, from);
	if (from != ALLOWED && from != OURSELVES) {
		counter_add(visit->lobby->foreign, 1);
		error_show(visit, PROBLEM_foreign);
		return;
	}
	visit->answer->status = 204;
	visit->answer->type = NULL;
	http_field(visit->answer, "Access-Control-Allow-Methods", "GET, POST");
	http_field(visit->answer, "Access-Control-Allow-Headers",
		   "Authorization, Content-Type");
	http_field(visit->answer, "Access-Control-Max-Age", PREFLIGHT_AGE);
}

static void refuse_method(struct visit *visit, unsigned int allow)
{
	http_field(visit->answer, "Allow", "%s%s%s",
		   allow & HTTP_GET ? "GET, HEAD" : "",
		   allow == (HTTP_GET | HTTP_POST) ? ", " : "",
		   allow & HTTP_POST ? "POST" : "");
	error_show(visit, PROBLEM_method);
}

/* Files and figures cost little; everything else has its limit. */
static bool is_limited(struct visit *visit)
{
	uint32_t wait_ms;

	if (visit->route->kind == DATA)
		return false;
	visit->who = limit_who(visit->lobby->limit, visit->request->peer);
	wait_ms = limit_take(visit->lobby->limit, LIMIT_CONNECT, visit->who,
			     clock_monotonic());
	if (wait_ms == 0)
		return false;
	error_limited(visit, wait_ms);
	return true;
}

static void answer(struct visit *visit, struct http_request *request)
{
	unsigned int allow = 0;
	enum whence from;
	size_t index;
	int r;

	find_language(visit);
	if (!host_is_ours(visit)) {
		error_show(visit, PROBLEM_misdirected);
		return;
	}
	if (is_preflight(visit)) {
		answer_preflight(visit);
		return;
	}
	r = http_find(&lobby_routes[0].http, lobby_route_count,
		      sizeof(lobby_routes[0]), request, &index, &allow);
	if (r == -ENOENT) {
		error_show(visit, PROBLEM_not_found);
		return;
	}
	if (r < 0) {
		refuse_method(visit, allow);
		return;
	}
	visit->route = &lobby_routes[index];
	from = whence(visit);
	if (visit->route->kind == API || visit->route->act == do_chat_file)
		let_read(visit, from);
	if (!may_ask(visit, from)) {
		counter_add(visit->lobby->foreign, 1);
		error_show(visit, PROBLEM_foreign);
		return;
	}
	if (is_limited(visit))
		return;
	if (form_check(request->query) < 0 ||
	    (visit->route->kind == FORM && form_check(request->body) < 0)) {
		error_show(visit, PROBLEM_invalid);
		return;
	}
	visit->route->act(visit);
}

void visit_count(struct lobby *lobby, int status)
{
	size_t hundred = (size_t)status / 100;

	if (hundred >= 1 && hundred <= COUNT(lobby->answers))
		counter_add(lobby->answers[hundred - 1], 1);
}

/* What differs from the headers of every answer (http/answer.c). */
static void add_policy(struct http_answer *answer)
{
	http_field(answer, "Content-Security-Policy", "%s",
		   "default-src 'none'; script-src 'self'; style-src 'self'; "
		   "img-src 'self'; connect-src 'self'; form-action 'self'; "
		   "base-uri 'none'; frame-ancestors 'none'; "
		   "require-trusted-types-for 'script'; trusted-types 'none'");
}

void visit_answer(void *self, const struct http_request *request,
		  struct http_answer *ret_answer)
{
	struct lobby *lobby = self;
	struct http_request mine = *request;
	struct visit visit = {
		.lobby = lobby,
		.request = &mine,
		.answer = ret_answer,
	};

	add_policy(ret_answer);
	answer(&visit, &mine);
	/* If it is held, it is counted when it is released. */
	if (visit.request)
		visit_count(lobby, ret_answer->status);
}

int visit_hold(struct visit *visit, struct held_visit *kept)
{
	int r = http_hold(visit->request, &kept->held);

	if (r < 0) {
		error_show(visit, PROBLEM_later);
		return r;
	}
	kept->answer = *visit->answer;
	*visit->answer = HTTP_ANSWER_NEW;
	visit->request = NULL;
	kept->visit = *visit;
	kept->visit.answer = &kept->answer;
	kept->next = visit->lobby->held;
	kept->link = &visit->lobby->held;
	if (kept->next)
		kept->next->link = &kept->next;
	visit->lobby->held = kept;
	return 0;
}

void visit_release(struct held_visit *kept)
{
	*kept->link = kept->next;
	if (kept->next)
		kept->next->link = kept->link;
	visit_count(kept->visit.lobby, kept->answer.status);
	http_answer_held(kept->held, &kept->answer);
	kept->held = NULL;
}

void visit_drop_held(struct lobby *lobby)
{
	while (lobby->held) {
		struct held_visit *kept = lobby->held;

		error_show(&kept->visit, PROBLEM_later);
		visit_release(kept);
		kept->drop(kept);
	}
}
