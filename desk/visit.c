/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/visit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "desk/asks.h"
#include "desk/errors.h"
#include "http/form.h"

#define GET HTTP_GET
#define POST HTTP_POST
#define DELETE HTTP_DELETE
#define ROUTE(name, method, pattern, access, kind, summary)                    \
	{ { pattern, method }, access, kind, #name, summary, do_##name },
#define QUERY(route, name, type, description)
#define HEADER(route, name, description)
#define BODY(route, name, type, description)
#define ANSWER(route, media, schema)
const struct desk_route desk_routes[] = {
#include "desk/routes.def"
};
#undef ROUTE
#undef QUERY
#undef HEADER
#undef BODY
#undef ANSWER

const size_t desk_route_count = COUNT(desk_routes);

/*
 * The prefix makes browsers refuse the cookie unless it is Secure, of this
 * host alone and of the whole site (RFC 6265bis). Without TLS, that is on
 * loopback, it cannot be had.
 */
static const char *cookie_name(const struct visit *visit)
{
	return visit->request->secure ? "__Host-tallenne" : "tallenne";
}

void visit_set_cookie(struct visit *visit, const uint8_t *token)
{
	char hex[2 * DESK_TOKEN_SIZE + 1] = "";

	if (token)
		hex_text(token, DESK_TOKEN_SIZE, hex);
	http_field(visit->answer, "Set-Cookie",
		   "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
		   cookie_name(visit), hex,
		   visit->request->secure ? "; Secure" : "",
		   token ? "" : "; Max-Age=0");
	explicit_bzero(hex, sizeof(hex));
}

/* Whoever has one address of IPv6 has the whole /64 of it. */
void visit_peer(const struct visit *visit, uint8_t out[16])
{
	struct slice peer = visit->request->peer;
	char text[INET6_ADDRSTRLEN];
	struct in6_addr six;

	if (slice_text(peer, text, sizeof(text)) == 0 &&
	    inet_pton(AF_INET6, text, &six) == 1 && !IN6_IS_ADDR_V4MAPPED(&six))
		peer = (struct slice){ (const char *)&six, sizeof(six) / 2 };
	(void)crypto_generichash(out, 16, (const uint8_t *)peer.at, peer.size,
				 visit->desk->peer_key,
				 sizeof(visit->desk->peer_key));
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

bool visit_id(struct visit *visit, size_t index, struct id *ret_id)
{
	if (id_read(visit->request->param[index], ret_id) == 0)
		return true;
	error_show(visit, PROBLEM_not_found);
	return false;
}

static void find_token(struct visit *visit)
{
	struct slice bearer = http_header(visit->request, "Authorization");
	struct slice cookie = form_cookie(http_header(visit->request, "Cookie"),
					  cookie_name(visit));

	if (slice_starts_nocase(bearer, SLICE("Bearer "))) {
		cookie = slice_trim(slice_from(bearer, 7));
		visit->by_bearer = true;
	}
	visit->has_token =
		hex_read(cookie, visit->token, sizeof(visit->token)) == 0;
}

static void find_language(struct visit *visit)
{
	char code[4];

	visit->language = language_accepted(
		http_header(visit->request, "Accept-Language"));
	if (visit->signed_in)
		visit->language = language_of(slice_of(visit->session.language),
					      visit->language);
	else if (visit_query(visit, "lang", code, sizeof(code)) ||
		 visit_form(visit, "lang", code, sizeof(code)))
		visit->language = language_of(slice_of(code), visit->language);
}

/*
 * A page may only be asked for under our own names: otherwise a foreign
 * name that resolves to this address could make a browser read it.
 */
static bool host_is_ours(const struct visit *visit)
{
	const struct settings *settings = visit->desk->settings;
	struct slice port, host = http_header(visit->request, "Host");
	const char *name = setting(settings, "names.%d", 0);

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
	return visit->request->secure && !setting(settings, "names.%d", 0);
}

/*
 * Browsers say where a form was; programs say nothing and are let in. As our
 * pages send no referrer, their forms' Origin is "null": Sec-Fetch-Site is
 * what tells, and Origin only where there is none.
 */
static bool comes_from_us(const struct visit *visit)
{
	struct slice site = http_header(visit->request, "Sec-Fetch-Site");
	struct slice origin = http_header(visit->request, "Origin");
	struct slice host;

	if (site.size > 0)
		return slice_is(site, SLICE("same-origin")) ||
		       slice_is(site, SLICE("none"));
	if (origin.size == 0)
		return true;
	(void)slice_cut(origin, '/', &host);
	return slice_is_nocase(slice_from(host, 1),
			       http_header(visit->request, "Host"));
}

static bool csrf_is_right(const struct visit *visit)
{
	uint8_t told[sizeof(visit->session.csrf)];
	char hex[2 * sizeof(told) + 1];

	if (visit->by_bearer)
		return true;
	if (!visit_form(visit, "csrf", hex, sizeof(hex))) {
		struct slice field =
			http_header(visit->request, "Tallenne-Form-Token");

		if (slice_text(field, hex, sizeof(hex)) < 0)
			return false;
	}
	return hex_read(slice_of(hex), told, sizeof(told)) == 0 &&
	       bytes_are(told, visit->session.csrf, sizeof(told));
}

static bool is_granted(const struct visit *visit)
{
	switch (visit->route->access) {
	case OPEN:
	case SIGNED:
		return true;
	case CONTACTS:
		return visit->session.may_see_contacts;
	case PLAY:
		return visit->session.may_play;
	case READERS:
		return visit->session.may_see_readers;
	case FIGURES:
		return visit->session.may_see_figures;
	case ANSWERS:
		return visit->session.may_answer;
	case CANNED:
		return visit->session.may_see_canned;
	case NOTES:
		return visit->session.may_play &&
		       (visit->session.uses & NOTICE_NOTE);
	case LEVELS:
		return visit->session.uses & NOTICE_AGGREGATE;
	case SETS:
		return visit->session.may_play &&
		       (visit->session.uses & (NOTICE_CLIP | NOTICE_SAMPLE));
	}
	return false;
}

static void to_login(struct visit *visit)
{
	struct text path = TEXT_NEW;
	char target[512] = "/";
	struct slice whole = visit->request->path;

	if (visit->request->query.size > 0)
		whole.size += 1 + visit->request->query.size;
	if (slice_text(whole, target, sizeof(target)) < 0)
		snprintf(target, sizeof(target), "/");
	text_say(&path, "/login");
	if (strcmp(target, "/") != 0) {
		text_say(&path, "?next=");
		text_url(&path, target);
	}
	if (!path.failed)
		http_see_other(visit->answer, path.bytes);
	text_drop(&path);
}

/* Who is it? False if the answer is given already. */
static bool recognise(struct visit *visit)
{
	enum access access = visit->route->access;
	enum desk_result result = DESK_NOT_SIGNED_IN;

	if (visit->has_token)
		result = asks_who(visit->desk, visit->token, &visit->session);
	visit->signed_in = result == DESK_OK;
	find_language(visit);
	if (result == DESK_LATER && access != OPEN) {
		error_show(visit, PROBLEM_later);
		return false;
	}
	if (access != OPEN && !visit->signed_in) {
		if (visit->route->kind == PAGE)
			to_login(visit);
		else
			error_show(visit, PROBLEM_not_signed_in);
		return false;
	}
	if (!is_granted(visit)) {
		error_show(visit, PROBLEM_forbidden);
		return false;
	}
	return true;
}

static bool is_forged(const struct visit *visit)
{
	if (visit->request->method == HTTP_GET)
		return false;
	if (!comes_from_us(visit))
		return true;
	return visit->route->access != OPEN && !csrf_is_right(visit);
}

static void refuse_method(struct visit *visit, unsigned int allow)
{
	http_field(visit->answer, "Allow", "%s%s%s",
		   allow & HTTP_GET ? "GET, HEAD" : "",
		   allow & HTTP_POST ? (allow & HTTP_GET ? ", POST" : "POST")
				     : "",
		   allow & HTTP_DELETE
			   ? (allow & ~HTTP_DELETE ? ", DELETE" : "DELETE")
			   : "");
	error_show(visit, PROBLEM_method);
}

static void answer(struct visit *visit, struct http_request *request)
{
	unsigned int allow = 0;
	size_t index;
	int r;

	find_language(visit);
	if (!host_is_ours(visit)) {
		error_show(visit, PROBLEM_misdirected);
		return;
	}
	r = http_find(&desk_routes[0].http, desk_route_count,
		      sizeof(desk_routes[0]), request, &index, &allow);
	if (r == 0)
		visit->route = &desk_routes[index];
	if (r == -ENOENT) {
		find_token(visit);
		if (visit->has_token && asks_who(visit->desk, visit->token,
						 &visit->session) == DESK_OK)
			visit->signed_in = true;
		find_language(visit);
		error_show(visit, PROBLEM_not_found);
		return;
	}
	if (r < 0) {
		refuse_method(visit, allow);
		return;
	}
	if (form_check(request->query) < 0 || form_check(request->body) < 0) {
		error_show(visit, PROBLEM_invalid);
		return;
	}
	find_token(visit);
	if (!recognise(visit))
		return;
	if (is_forged(visit)) {
		error_show(visit, PROBLEM_forbidden);
		return;
	}
	visit->route->act(visit);
}

void visit_answer(void *self, const struct http_request *request,
		  struct http_answer *ret_answer)
{
	struct desk *desk = self;
	struct http_request mine = *request;
	struct visit visit = {
		.desk = desk,
		.request = &mine,
		.answer = ret_answer,
	};
	size_t hundred;

	answer(&visit, &mine);
	hundred = (size_t)ret_answer->status / 100;
	if (hundred >= 1 && hundred <= COUNT(desk->answers))
		counter_add(desk->answers[hundred - 1], 1);
	/* The token and the form token are as good as a password. */
	explicit_bzero(&visit, sizeof(visit));
}
