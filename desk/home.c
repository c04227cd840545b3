/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The front page: what this person can do here, and how things stand.
 */
#include <stdio.h>

#include "desk/asks.h"
#include "desk/contacts.h"
#include "desk/errors.h"
#include "desk/figures.h"
#include "desk/layout.h"
#include "desk/sign_in.h"
#include "desk/when.h"
#include "http/form.h"

static void tile(struct visit *visit, const char *path, const char *icon,
		 enum text_id title, enum text_id words)
{
	struct text *out = visit_out(visit);

	text_say(out, "<li class=\"tile\">");
	layout_icon(out, icon);
	text_fill(out, "<div><h2><a href=\"$\">$</a></h2><p>$</p></div></li>",
		  path, say(visit, title), say(visit, words));
}

static void tiles(struct visit *visit)
{
	const struct desk_session *session = &visit->session;
	enum text_id listened = layout_listened(visit);
	enum text_id what = listened == TEXT_listened ? TEXT_listened_what
			    : listened == TEXT_own_listenings
				    ? TEXT_own_listenings_what
				    : TEXT_listenings_what;

	text_say(visit_out(visit), "<ul class=\"tiles\">");
	if (session->may_see_contacts)
		tile(visit, "/contacts", "phone", TEXT_contacts,
		     session->may_play ? TEXT_contacts_listen
				       : TEXT_contacts_see);
	if (session->may_answer)
		tile(visit, "/chat", "chat", TEXT_chat_desk,
		     TEXT_chat_desk_what);
	if (session->may_see_contacts)
		tile(visit, "/chats", "chats", TEXT_chats,
		     session->may_play ? TEXT_chats_read : TEXT_chats_see);
	if (session->may_see_readers)
		tile(visit, "/listened", "ear", listened, what);
	if (session->may_see_figures)
		tile(visit, "/figures", "chart", TEXT_figures,
		     TEXT_figures_what);
	tile(visit, "/policy", "paper", TEXT_notice, TEXT_notice_what);
	tile(visit, "/help", "help", TEXT_help, TEXT_help_what);
	text_say(visit_out(visit), "</ul>\n");
}

static void my_purpose(struct visit *visit)
{
	const struct desk_session *session = &visit->session;
	struct text *out = visit_out(visit);

	if (!session->may_play || session->purpose[0])
		return;
	text_fill(out, "<section class=\"card\"><h2>$</h2><p>$</p>",
		  say(visit, TEXT_purpose), say(visit, TEXT_purpose_first_any));
	layout_purpose_form(visit);
	text_say(out, "</section>\n");
}

static void newest(struct visit *visit)
{
	struct desk_contacts question = { .limit = 5 };
	struct desk_contact_rows rows;
	struct text *out = visit_out(visit);

	if (!visit->session.may_see_contacts ||
	    asks_contacts(visit, &question, &rows) != DESK_OK)
		return;
	text_fill(out, "<section><h2 id=\"newest\">$</h2>",
		  say(visit, TEXT_newest));
	if (rows.count == 0)
		text_fill(out, "<p class=\"empty\">$</p>",
			  say(visit, TEXT_no_contacts_yet));
	else
		contacts_table(visit, &rows, "newest");
	text_say(out, "</section>\n");
}

static void last_time(struct visit *visit)
{
	char when[WHEN_TEXT_SIZE];

	if (visit->session.last_sign_in == 0)
		return;
	when_text(visit->session.last_sign_in, visit->language, when);
	text_fill(visit_out(visit), "<p class=\"hint\">$ $</p>",
		  say(visit, TEXT_last_sign_in), when);
}

void do_home(struct visit *visit)
{
	char once[32];
	struct desk_figures figures;

	if (visit_query(visit, "once", once, sizeof(once))) {
		sign_in_first_time(visit, once);
		return;
	}
	if (!visit->signed_in) {
		if (visit->has_token && visit->desk->line < 0)
			error_show(visit, PROBLEM_later);
		else
			http_see_other(visit->answer, "/login");
		return;
	}
	layout_begin_bare(visit, say(visit, TEXT_home));
	text_fill(visit_out(visit), "<h1>$, $</h1>\n", say(visit, TEXT_hello),
		  visit->session.name);
	last_time(visit);
	if (visit->session.may_see_figures &&
	    asks_figures(visit, &figures) == DESK_OK)
		figures_lights(visit, &figures);
	my_purpose(visit);
	tiles(visit);
	newest(visit);
	layout_end(visit);
}
