/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What people choose for themselves, and the sheet of keys.
 */
#include <stdio.h>
#include <string.h>

#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/layout.h"
#include "desk/when.h"
#include "http/form.h"

static void go_back(struct visit *visit)
{
	char back[HTTP_TARGET_MAX];

	if (!visit_form(visit, "back", back, sizeof(back)) ||
	    !form_is_local(back))
		snprintf(back, sizeof(back), "/");
	http_see_other(visit->answer, back);
}

void do_language(struct visit *visit)
{
	enum desk_result result;
	char code[4];

	if (!visit_form(visit, "language", code, sizeof(code)) ||
	    language_of(slice_of(code), NOTICE_LANGUAGES) == NOTICE_LANGUAGES) {
		error_show(visit, PROBLEM_invalid);
		return;
	}
	result = asks_choose(visit, code, "");
	if (result != DESK_OK)
		error_result(visit, result);
	else
		go_back(visit);
}

void do_purpose(struct visit *visit)
{
	enum desk_result result;
	char purpose[32];

	if (!visit_form(visit, "purpose", purpose, sizeof(purpose)) ||
	    !purpose[0]) {
		error_show(visit, PROBLEM_invalid);
		return;
	}
	result = asks_choose(visit, "", purpose);
	if (result != DESK_OK)
		error_result(visit, result);
	else
		go_back(visit);
}

void do_account(struct visit *visit)
{
	const struct desk_session *session = &visit->session;
	struct text *out = visit_out(visit);
	char when[WHEN_TEXT_SIZE];

	layout_begin(visit, say(visit, TEXT_account));
	text_fill(out, "<section class=\"card\"><h2>$</h2><dl class=\"pairs\">",
		  say(visit, TEXT_signed_in_as));
	layout_pair(out, say(visit, TEXT_name), session->name);
	layout_pair(out, say(visit, TEXT_user), session->user);
	layout_pair(out, say(visit, TEXT_role),
		    text_role(session->role, visit->language));
	when_text(session->last_sign_in, visit->language, when);
	layout_pair(out, say(visit, TEXT_last_sign_in),
		    session->last_sign_in ? when : say(visit, TEXT_first_time));
	when_text(session->expires_at, visit->language, when);
	layout_pair(out, say(visit, TEXT_session_until), when);
	text_say(out, "</dl></section>\n");
	if (session->may_play) {
		text_fill(out, "<section class=\"card\"><h2>$</h2>",
			  say(visit, TEXT_purpose));
		layout_purpose_form(visit);
		text_say(out, "</section>\n");
	}
	text_fill(out,
		  "<section class=\"card\" data-keys-choice hidden><h2>$</h2>"
		  "<label class=\"choice\"><input type=\"checkbox\" "
		  "data-keys-switch><span>$</span></label></section>\n",
		  say(visit, TEXT_keys), say(visit, TEXT_keys_switch));
	layout_end(visit);
}

static void key(struct visit *visit, const char *keys, enum text_id does)
{
	struct text *out = visit_out(visit);
	struct slice rest = slice_of(keys);

	text_say(out, "<tr><th scope=\"row\">");
	while (rest.size > 0) {
		struct slice each = slice_cut(rest, ' ', &rest);

		text_say(out, "<kbd>");
		text_html_slice(out, each);
		text_say(out, "</kbd> ");
	}
	text_fill(out, "</th><td>$</td></tr>", say(visit, does));
}

static void keys_begin(struct visit *visit, enum text_id title)
{
	text_fill(visit_out(visit),
		  "<section class=\"card\"><h2>$</h2><table class=\"keys\">"
		  "<thead class=\"unseen\"><tr><th scope=\"col\">$</th>"
		  "<th scope=\"col\">$</th></tr></thead><tbody>",
		  say(visit, title), say(visit, TEXT_key),
		  say(visit, TEXT_key_does));
}

static void keys_end(struct visit *visit)
{
	text_say(visit_out(visit), "</tbody></table></section>\n");
}

void do_help(struct visit *visit)
{
	struct text *out = visit_out(visit);
	enum text_id listened = layout_listened(visit);

	layout_begin(visit, say(visit, TEXT_help));
	text_fill(out, "<p class=\"lead\">$</p><div class=\"columns flow\">",
		  say(visit, TEXT_help_lead));
	keys_begin(visit, TEXT_keys_everywhere);
	key(visit, "?", TEXT_key_help);
	key(visit, "/", TEXT_key_search);
	key(visit, "g h", TEXT_key_home);
	if (visit->session.may_see_contacts)
		key(visit, "g c", TEXT_key_contacts);
	if (visit->session.may_answer)
		key(visit, "g q", TEXT_key_chat);
	if (visit->session.may_see_contacts)
		key(visit, "g s", TEXT_key_chats);
	if (visit->session.may_see_readers)
		key(visit, "g l",
		    listened == TEXT_listened	      ? TEXT_key_listened
		    : listened == TEXT_own_listenings ? TEXT_key_own_listenings
						      : TEXT_key_listenings);
	if (visit->session.may_see_figures)
		key(visit, "g f", TEXT_key_figures);
	if (visit->signed_in)
		key(visit, "g p", TEXT_key_policy);
	key(visit, "Esc", TEXT_key_back);
	keys_end(visit);
	keys_begin(visit, TEXT_contacts);
	key(visit, "j k", TEXT_key_rows);
	key(visit, "Enter", TEXT_key_open);
	keys_end(visit);
	if (visit->session.may_answer) {
		keys_begin(visit, TEXT_chat_desk);
		key(visit, "n", TEXT_key_take);
		key(visit, "F6 Shift+F6", TEXT_key_panes);
		key(visit, "Alt+↑ Alt+↓", TEXT_key_talks);
		key(visit, "r", TEXT_key_write);
		key(visit, "Ctrl+Enter", TEXT_key_send);
		key(visit, "/", TEXT_key_canned);
		key(visit, "m t e", TEXT_key_chat_acts);
		key(visit, "?", TEXT_key_chat_help);
		keys_end(visit);
	}
	keys_begin(visit, TEXT_player);
	key(visit, "Space K", TEXT_key_play);
	key(visit, "← →", TEXT_key_1s);
	key(visit, "Shift+← Shift+→", TEXT_key_5s);
	key(visit, "PageUp PageDown", TEXT_key_30s);
	key(visit, "Home End", TEXT_key_ends);
	key(visit, "+ -", TEXT_key_speed);
	key(visit, "S", TEXT_key_skip);
	key(visit, "A B [ ]", TEXT_key_loop);
	key(visit, "L", TEXT_key_loop_on);
	keys_end(visit);
	text_fill(out,
		  "<section class=\"card\"><h2>$</h2><p>$</p><p>$</p><p>$</p>"
		  "</section></div>\n",
		  say(visit, TEXT_help_listening),
		  say(visit, TEXT_help_listening_1),
		  say(visit, TEXT_help_listening_2),
		  say(visit, TEXT_help_listening_3));
	text_fill(out, "<p class=\"hint\">$</p>", say(visit, TEXT_keys_where));
	layout_end(visit);
}
