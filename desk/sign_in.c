/* SPDX-License-Identifier: EUPL-1.2 */
/*
 *	/login  name, password ──► code (TOTP) ──► front page
 *	/?once=CODE ──► password, TOTP secret, code ──► front page
 *	           └──► front page at once (demo: the register decides)
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/layout.h"
#include "desk/pending.h"
#include "desk/qr.h"
#include "desk/seats.h"
#include "desk/sign_in.h"
#include "http/form.h"

static void next_of(const struct visit *visit, char *out, size_t size)
{
	bool is_there = visit->request->method == HTTP_GET
				? visit_query(visit, "next", out, size)
				: visit_form(visit, "next", out, size);

	if (!is_there || !form_is_local(out))
		snprintf(out, size, "/");
}

static void begin_form(struct visit *visit, enum text_id title,
		       const char *action, enum text_id fault, bool is_faulty)
{
	struct text *out = visit_out(visit);

	if (is_faulty)
		layout_begin_wrong(visit, say(visit, title));
	else
		layout_begin_bare(visit, say(visit, title));
	text_fill(out, "<div class=\"card sign-in\"><h1>$</h1>\n",
		  say(visit, title));
	if (is_faulty)
		text_fill(out,
			  "<div class=\"fault\" role=\"alert\" id=\"fault\">"
			  "<p>$</p></div>",
			  say(visit, fault));
	text_fill(out,
		  "<form method=\"post\" action=\"$\">"
		  "<input type=\"hidden\" name=\"lang\" value=\"$\">",
		  action, language_code(visit->language));
}

/* Tie a field to what is wrong with it, or to its hint alone. */
static void tie(struct text *out, bool is_faulty, const char *hint)
{
	if (is_faulty)
		text_fill(out,
			  " aria-invalid=\"true\" "
			  "aria-describedby=\"fault$$\"",
			  hint[0] ? " " : "", hint);
	else if (hint[0])
		text_fill(out, " aria-describedby=\"$\"", hint);
}

static void show_login(struct visit *visit, const char *user, bool is_faulty)
{
	struct text *out = visit_out(visit);
	char next[512];

	next_of(visit, next, sizeof(next));
	begin_form(visit, TEXT_sign_in, "/login", TEXT_wrong_sign_in,
		   is_faulty);
	text_fill(out,
		  "<input type=\"hidden\" name=\"next\" value=\"$\">"
		  "<p class=\"field\"><label for=\"user\">$</label>"
		  "<input id=\"user\" name=\"user\" value=\"$\" required "
		  "maxlength=\"63\" autocomplete=\"username\" "
		  "autocapitalize=\"none\" spellcheck=\"false\" autofocus",
		  next, say(visit, TEXT_user), user);
	tie(out, is_faulty, "");
	text_fill(out,
		  "></p><p class=\"field\"><label for=\"password\">$</label>"
		  "<input id=\"password\" name=\"password\" type=\"password\" "
		  "required maxlength=\"127\" "
		  "autocomplete=\"current-password\"",
		  say(visit, TEXT_password));
	tie(out, is_faulty, "");
	text_fill(out,
		  "></p><p class=\"actions\"><button class=\"button primary\">$"
		  "</button></p></form>\n<p class=\"hint\">$</p></div>\n",
		  say(visit, TEXT_sign_in), say(visit, TEXT_sign_in_hint));
	layout_end(visit);
}

static void show_code(struct visit *visit, const struct id *ticket,
		      bool is_faulty)
{
	struct text *out = visit_out(visit);
	char hex[ID_TEXT_SIZE], next[512];

	next_of(visit, next, sizeof(next));
	id_text(ticket, hex);
	begin_form(visit, TEXT_second_step, "/login", TEXT_wrong_code,
		   is_faulty);
	text_fill(out,
		  "<input type=\"hidden\" name=\"next\" value=\"$\">"
		  "<input type=\"hidden\" name=\"ticket\" value=\"$\">"
		  "<p class=\"field\"><label for=\"code\">$</label>"
		  "<input id=\"code\" name=\"code\" class=\"code\" required "
		  "inputmode=\"numeric\" autocomplete=\"one-time-code\" "
		  "maxlength=\"15\" autofocus",
		  next, hex, say(visit, TEXT_code));
	tie(out, is_faulty, "code-hint");
	text_fill(out,
		  "><span class=\"hint\" id=\"code-hint\">$</span></p>"
		  "<p class=\"actions\"><button class=\"button primary\">$"
		  "</button> <a class=\"button\" href=\"/login\">$</a></p>"
		  "</form></div>\n",
		  say(visit, TEXT_code_hint), say(visit, TEXT_sign_in),
		  say(visit, TEXT_start_over));
	layout_end(visit);
}

/* A fresh session: cookie, and on to where the person was going. */
static void welcome(struct visit *visit, struct desk_session *session)
{
	char next[512];

	next_of(visit, next, sizeof(next));
	visit_set_cookie(visit, session->token);
	http_see_other(visit->answer, next);
	sodium_memzero(session, sizeof(*session));
}

/*
 * The same after a link from elsewhere. A redirect would still count as
 * coming from there, and the strict cookie would not be sent along; a page
 * of ours that goes on by itself does.
 */
static void welcome_from_afar(struct visit *visit, struct desk_session *session)
{
	struct text *out = visit_out(visit);

	visit_set_cookie(visit, session->token);
	text_fill(out,
		  "<!doctype html>\n<html lang=\"$\"><head>"
		  "<meta charset=\"utf-8\"><title>$ – Tallenne</title>"
		  "<meta http-equiv=\"refresh\" content=\"0;url=/\">"
		  "<link rel=\"stylesheet\" href=\"/ui/style.css\"></head>"
		  "<body><main><h1>$</h1><p><a href=\"/\">$</a></p></main>"
		  "</body></html>\n",
		  language_code(visit->language), say(visit, TEXT_signed_in),
		  say(visit, TEXT_signed_in), say(visit, TEXT_go_on));
	sodium_memzero(session, sizeof(*session));
}

/* "otpauth://totp/Tallenne:user?secret=...": what the QR code says. */
static void secret_uri(const struct desk_session *session, struct text *out)
{
	text_say(out, "otpauth://totp/Tallenne:");
	text_url(out, session->user);
	text_say(out, "?secret=");
	text_url(out, session->totp_secret);
	text_say(out, "&issuer=Tallenne");
}

static void show_secret(struct visit *visit, const struct desk_session *session)
{
	struct text *out = visit_out(visit);
	struct text uri = TEXT_NEW;

	secret_uri(session, &uri);
	if (uri.failed) {
		out->failed = true;
		text_drop(&uri);
		return;
	}
	text_fill(out, "<section class=\"step\"><h2>$</h2><p>$</p>",
		  say(visit, TEXT_enrol_app), say(visit, TEXT_enrol_app_how));
	text_say(out, "<div class=\"secret\">");
	qr_draw(out, uri.bytes, say(visit, TEXT_enrol_qr));
	text_fill(out,
		  "<div><p>$</p><p><code>$</code></p>"
		  "<p><a href=\"$\">$</a></p></div></div></section>",
		  say(visit, TEXT_enrol_secret), session->totp_secret,
		  uri.bytes, say(visit, TEXT_enrol_open_app));
	sodium_memzero(uri.bytes, uri.size);
	text_drop(&uri);
}

/* The second half of the first sign-in: as it begins, or goes on. */
struct enrolment {
	const char *once;
	const char *code;   /* as typed, or empty */
	const char *faulty; /* id of the field that is wrong; NULL: none */
	enum text_id fault;
	struct id kept; /* ticket of a password that was good, or none */
};

static bool is_at_fault(const struct enrolment *enrolment, const char *field)
{
	return enrolment->faulty && !strcmp(enrolment->faulty, field);
}

static void password_field(struct visit *visit,
			   const struct enrolment *enrolment, const char *name,
			   enum text_id label, const char *hint)
{
	struct text *out = visit_out(visit);
	bool is_faulty = is_at_fault(enrolment, name);

	text_fill(out,
		  "<p class=\"field\"><label for=\"$\">$</label>"
		  "<input id=\"$\" name=\"$\" type=\"password\" required "
		  "minlength=\"12\" maxlength=\"127\" "
		  "autocomplete=\"new-password\"",
		  name, say(visit, label), name, name);
	tie(out, is_faulty, hint);
	text_say(out, is_faulty ? " autofocus>" : ">");
	if (hint[0])
		text_fill(out, "<span class=\"hint\" id=\"$\">$</span>", hint,
			  say(visit, TEXT_password_rule));
	text_say(out, "</p>");
}

static void password_part(struct visit *visit,
			  const struct enrolment *enrolment)
{
	struct text *out = visit_out(visit);
	char hex[ID_TEXT_SIZE];

	text_fill(out, "<section class=\"step\"><h2>$</h2>",
		  say(visit, TEXT_enrol_password));
	if (id_is_none(&enrolment->kept)) {
		password_field(visit, enrolment, "password", TEXT_new_password,
			       "rule");
		password_field(visit, enrolment, "again", TEXT_password_again,
			       "");
	} else {
		id_text(&enrolment->kept, hex);
		text_fill(out,
			  "<p>$</p><input type=\"hidden\" name=\"ticket\" "
			  "value=\"$\">",
			  say(visit, TEXT_enrol_kept), hex);
	}
	text_say(out, "</section>");
}

static void confirm_part(struct visit *visit, const struct enrolment *enrolment)
{
	struct text *out = visit_out(visit);
	bool is_faulty = is_at_fault(enrolment, "code");

	text_fill(out,
		  "<section class=\"step\"><h2>$</h2>"
		  "<p class=\"field\"><label for=\"code\">$</label>"
		  "<input id=\"code\" name=\"code\" class=\"code\" required "
		  "inputmode=\"numeric\" maxlength=\"15\" value=\"$\" "
		  "autocomplete=\"one-time-code\"",
		  say(visit, TEXT_enrol_confirm), say(visit, TEXT_code),
		  is_faulty ? "" : enrolment->code);
	tie(out, is_faulty, "code-hint");
	text_say(out, is_faulty ? " autofocus>" : ">");
	text_fill(out,
		  "<span class=\"hint\" id=\"code-hint\">$</span></p>"
		  "<p class=\"actions\"><button class=\"button primary\">$"
		  "</button></p></section></form></div>\n",
		  say(visit, TEXT_code_hint), say(visit, TEXT_enrol_finish));
}

static void show_enrolment(struct visit *visit,
			   const struct enrolment *enrolment,
			   const struct desk_session *session)
{
	begin_form(visit, TEXT_enrol, "/enrol", enrolment->fault,
		   enrolment->faulty != NULL);
	text_fill(visit_out(visit),
		  "<p>$</p><p>$ <strong>$</strong>.</p>"
		  "<input type=\"hidden\" name=\"once\" value=\"$\">"
		  "<input type=\"text\" name=\"username\" hidden "
		  "autocomplete=\"username\" value=\"$\">",
		  say(visit, TEXT_enrol_why), say(visit, TEXT_enrol_user),
		  session->user, enrolment->once, session->user);
	password_part(visit, enrolment);
	show_secret(visit, session);
	confirm_part(visit, enrolment);
	layout_end(visit);
}

/* Ask what a one-time code is good for. */
static enum desk_result ask_once(struct visit *visit, const char *once,
				 struct desk_session *ret_session)
{
	struct desk_sign_in question = { 0 };

	snprintf(question.once, sizeof(question.once), "%s", once);
	visit_peer(visit, question.peer);
	return asks_sign_in(visit->desk, &question, ret_session);
}

/* Whatever was wrong with a code, and whatever came along with it. */
static void show_over(struct visit *visit)
{
	visit->answer->status = 410;
	layout_begin_bare(visit, say(visit, TEXT_once_over));
	text_fill(visit_out(visit),
		  "<div class=\"notice-box\"><h1>$</h1><p>$</p>"
		  "<p class=\"actions\"><a class=\"button primary\" "
		  "href=\"/login\">$</a></p></div>",
		  say(visit, TEXT_once_over), say(visit, TEXT_once_over_how),
		  say(visit, TEXT_sign_in));
	layout_end(visit);
}

static void first_time(struct visit *visit, const struct enrolment *enrolment)
{
	struct desk_session session;
	enum desk_result result = ask_once(visit, enrolment->once, &session);

	if (result == DESK_OK) {
		welcome_from_afar(visit, &session);
	} else if (result == DESK_ENROLMENT) {
		if (enrolment->faulty)
			visit->answer->status = 422;
		show_enrolment(visit, enrolment, &session);
	} else if (result == DESK_LATER || result == DESK_TOO_MANY) {
		visit->session.retry_after_s = session.retry_after_s;
		error_result(visit, result);
	} else {
		show_over(visit);
	}
	sodium_memzero(&session, sizeof(session));
}

/*
 * A picture or a frame on a foreign page, or a page that a browser fetches in
 * advance: nobody has followed a link. Another port of this host is foreign
 * as well.
 */
static bool is_embedded(const struct visit *visit)
{
	struct slice site = http_header(visit->request, "Sec-Fetch-Site");
	struct slice what = http_header(visit->request, "Sec-Fetch-Dest");
	struct slice early = http_header(visit->request, "Sec-Purpose");

	if (early.size > 0)
		return true;
	return (slice_is(site, SLICE("cross-site")) ||
		slice_is(site, SLICE("same-site"))) &&
	       !slice_is(what, SLICE("document"));
}

void sign_in_first_time(struct visit *visit, const char *once)
{
	if (is_embedded(visit)) {
		error_show(visit, PROBLEM_forbidden);
		return;
	}
	first_time(visit, &(struct enrolment){ .once = once, .code = "" });
}

void do_login(struct visit *visit)
{
	if (visit->signed_in) {
		http_see_other(visit->answer, "/");
		return;
	}
	show_login(visit, "", false);
}

static void judge(struct visit *visit, enum desk_result result,
		  struct desk_session *session,
		  const struct desk_sign_in *question, struct id ticket)
{
	struct pending *pending = visit->desk->pending;

	if (result == DESK_OK) {
		pending_forget(pending, &ticket);
		welcome(visit, session);
	} else if (result == DESK_SECOND_STEP) {
		bool again = !id_is_none(&ticket);

		if (!again)
			ticket = pending_keep(pending, question->user,
					      question->password,
					      clock_monotonic());
		show_code(visit, &ticket, again);
	} else if (result == DESK_LATER || result == DESK_TOO_MANY) {
		visit->session.retry_after_s = session->retry_after_s;
		error_result(visit, result);
	} else if (!id_is_none(&ticket)) {
		visit->answer->status = 422;
		show_code(visit, &ticket, true);
	} else {
		visit->answer->status = 422;
		show_login(visit, question->user, true);
	}
}

void do_login_form(struct visit *visit)
{
	struct desk_sign_in question = { 0 };
	struct desk_session session = { 0 };
	char hex[ID_TEXT_SIZE];
	struct id ticket = { 0 };

	visit_peer(visit, question.peer);
	if (visit_form(visit, "ticket", hex, sizeof(hex))) {
		if (id_read(slice_of(hex), &ticket) < 0 ||
		    pending_find(visit->desk->pending, &ticket,
				 clock_monotonic(), question.user,
				 question.password) < 0 ||
		    !visit_form(visit, "code", question.code,
				sizeof(question.code))) {
			http_see_other(visit->answer, "/login");
			return;
		}
	} else if (!visit_form(visit, "user", question.user,
			       sizeof(question.user)) ||
		   !visit_form(visit, "password", question.password,
			       sizeof(question.password))) {
		visit->answer->status = 422;
		show_login(visit, "", true);
		return;
	}
	judge(visit, asks_sign_in(visit->desk, &question, &session), &session,
	      &question, ticket);
	sodium_memzero(&question, sizeof(question));
	sodium_memzero(&session, sizeof(session));
}

/* Once more, with what was wrong at its field and the rest kept. */
static void enrol_again(struct visit *visit, const struct desk_enrol *question,
			const char *field, enum text_id fault, struct id kept)
{
	first_time(visit, &(struct enrolment){
				  .once = question->once,
				  .code = question->code,
				  .faulty = field,
				  .fault = fault,
				  .kept = kept,
			  });
}

/* A good password is kept while the code is typed anew. */
static bool kept_password(struct visit *visit, struct desk_enrol *question,
			  struct id *ret_ticket)
{
	char hex[ID_TEXT_SIZE], user[64], password[128];
	bool is_there = visit_form(visit, "ticket", hex, sizeof(hex)) &&
			id_read(slice_of(hex), ret_ticket) == 0 &&
			pending_find(visit->desk->pending, ret_ticket,
				     clock_monotonic(), user, password) == 0 &&
			strcmp(user, question->once) == 0;

	if (is_there)
		snprintf(question->password, sizeof(question->password), "%s",
			 password);
	else
		*ret_ticket = (struct id){ 0 };
	sodium_memzero(password, sizeof(password));
	return is_there;
}

static void enrol(struct visit *visit, struct desk_enrol *question,
		  struct id ticket)
{
	struct pending *pending = visit->desk->pending;
	struct desk_session session = { 0 };
	enum desk_result result;

	visit_peer(visit, question->peer);
	result = asks_enrol(visit->desk, question, &session);
	visit->session.retry_after_s = session.retry_after_s;
	pending_forget(pending, &ticket);
	if (result == DESK_OK) {
		welcome(visit, &session);
	} else if (result == DESK_LATER || result == DESK_TOO_MANY) {
		error_result(visit, result);
	} else if (result == DESK_NOT_SIGNED_IN) {
		show_over(visit); /* asking again would count twice */
	} else if (result == DESK_INVALID) {
		enrol_again(visit, question, "password", TEXT_password_refused,
			    (struct id){ 0 });
	} else {
		ticket = pending_keep(pending, question->once,
				      question->password, clock_monotonic());
		enrol_again(visit, question, "code", TEXT_wrong_code, ticket);
	}
	sodium_memzero(&session, sizeof(session));
}

void do_enrol_form(struct visit *visit)
{
	struct desk_enrol question = { 0 };
	char again[sizeof(question.password)] = "";
	struct id ticket = { 0 };
	const struct id none = { 0 };

	if (!visit_form(visit, "once", question.once, sizeof(question.once))) {
		error_show(visit, PROBLEM_invalid);
		return;
	}
	(void)visit_form(visit, "again", again, sizeof(again));
	(void)visit_form(visit, "code", question.code, sizeof(question.code));
	if (kept_password(visit, &question, &ticket))
		enrol(visit, &question, ticket);
	else if (!visit_form(visit, "password", question.password,
			     sizeof(question.password)) ||
		 strlen(question.password) < 12)
		enrol_again(visit, &question, "password", TEXT_password_rule,
			    none);
	else if (strcmp(again, question.password) != 0)
		enrol_again(visit, &question, "again", TEXT_password_differs,
			    none);
	else
		enrol(visit, &question, none);
	sodium_memzero(again, sizeof(again));
	sodium_memzero(&question, sizeof(question));
}

void do_sign_out(struct visit *visit)
{
	(void)asks_sign_out(visit);
	seats_leave(visit->desk->seats, visit->token);
	visit_set_cookie(visit, NULL);
	http_field(visit->answer, "Clear-Site-Data", "\"cache\", \"storage\"");
	http_see_other(visit->answer, "/login");
}
