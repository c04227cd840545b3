/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The chat desk's page: three panes without content, every control and
 * every word that the script (ui/chatdesk.js) moves about. No conversation
 * is ever written into the page here: it comes through the feed's numbers
 * and is shown as text nodes.
 */
#include <sodium.h>

#include "desk/errors.h"
#include "desk/layout.h"
#include "desk/seat_words.h"
#include "notice/channel.h"

static size_t queue_count(const struct visit *visit)
{
	return visit->desk->facts.policy
		       ? policy_chat_queue_count(visit->desk->facts.policy)
		       : 0;
}

/* Sentences the script needs, so that it holds no language of its own, and
   the names of the queues. */
static void words(struct visit *visit)
{
	static const struct {
		const char *name;
		enum text_id words;
	} list[] = {
		{ "title", TEXT_chat_desk },
		{ "take", TEXT_chat_take },
		{ "connecting", TEXT_chat_connecting },
		{ "connected", TEXT_chat_connected },
		{ "lost", TEXT_chat_lost },
		{ "away", TEXT_chat_away },
		{ "back", TEXT_chat_back },
		{ "signedOut", TEXT_chat_signed_out },
		{ "signInAgain", TEXT_chat_sign_in_again },
		{ "manyPages", TEXT_chat_many_pages },
		{ "nobody", TEXT_chat_nobody },
		{ "you", TEXT_chat_you },
		{ "visitor", TEXT_chat_visitor },
		{ "waited", TEXT_chat_waited },
		{ "waitingN", TEXT_chat_waiting_n },
		{ "longest", TEXT_chat_longest },
		{ "newFrom", TEXT_chat_new_from },
		{ "taken", TEXT_chat_taken },
		{ "typing", TEXT_chat_is_typing },
		{ "notSent", TEXT_chat_not_sent },
		{ "failed", TEXT_chat_failed },
		{ "retry", TEXT_chat_retry },
		{ "discard", TEXT_chat_discard },
		{ "masked", TEXT_chat_masked },
		{ "joined", TEXT_chat_joined },
		{ "passedOn", TEXT_chat_passed_on },
		{ "queued", TEXT_chat_queued },
		{ "goneElsewhere", TEXT_chat_gone_elsewhere },
		{ "closesIn", TEXT_chat_closes_in },
		{ "noteStored", TEXT_chat_note_stored },
		{ "closed", TEXT_chat_closed },
		{ "unread", TEXT_chat_unread },
		{ "unanswered", TEXT_chat_unanswered },
		{ "ended", TEXT_chat_ended },
		{ "present", TEXT_chat_present },
		{ "notPresent", TEXT_chat_not_present },
		{ "seenAll", TEXT_chat_seen_all },
		{ "seenNotAll", TEXT_chat_seen_not_all },
		{ "passBack", TEXT_chat_pass_back },
		{ "passQueue", TEXT_chat_pass_queue },
		{ "available", TEXT_chat_available },
		{ "busy", TEXT_chat_busy },
		{ "absent", TEXT_chat_absent },
		{ "cannedNone", TEXT_chat_canned_none },
		{ "cannedCount", TEXT_chat_canned_count },
		{ "fi", TEXT_language_fi },
		{ "sv", TEXT_language_sv },
		{ "en", TEXT_language_en },
		{ "reason-visitor", TEXT_reason_visitor },
		{ "reason-solved", TEXT_reason_solved },
		{ "reason-advised", TEXT_reason_advised },
		{ "reason-no-answer", TEXT_reason_no_answer },
		{ "reason-misuse", TEXT_reason_misuse },
		{ "reason-other", TEXT_reason_other },
		{ "reason-left", TEXT_reason_left },
		{ "reason-idle", TEXT_reason_idle },
		{ "reason-hours", TEXT_reason_hours },
		{ "reason-lost", TEXT_reason_lost },
		{ "reason-full", TEXT_reason_full },
		{ "later", TEXT_problem_chat_later_detail },
	};
	struct text *out = visit_out(visit);

	text_say(out, "<template data-words>");
	for (size_t i = 0; i < COUNT(list); i++)
		text_fill(out, "<span data-word=\"$\">$</span>", list[i].name,
			  say(visit, list[i].words));
	for (size_t i = 0; i < queue_count(visit); i++) {
		const char *label,
			*id = policy_chat_queue(visit->desk->facts.policy, i,
						visit->language, &label);

		text_fill(out, "<span data-queue=\"$\">$</span>", id, label);
	}
	text_say(out, "</template>\n");
}

static void choice(struct visit *visit, const char *name, const char *value,
		   enum text_id label)
{
	text_fill(visit_out(visit),
		  "<label class=\"choice\"><input type=\"radio\" name=\"$\" "
		  "value=\"$\" required><span>$</span></label>\n",
		  name, value, say(visit, label));
}

/* Above the panes: whether all is well, whether I am there. */
static void bar(struct visit *visit)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<div class=\"cd-bar\"><h1>$</h1>"
		  "<p class=\"cd-link\" data-link data-state=\"connecting\">"
		  "<span>$</span></p>"
		  "<fieldset class=\"cd-presence\" data-presence disabled>"
		  "<legend class=\"unseen\">$</legend>",
		  say(visit, TEXT_chat_desk), say(visit, TEXT_chat_connecting),
		  say(visit, TEXT_chat_presence));
	choice(visit, "presence", "available", TEXT_chat_available);
	choice(visit, "presence", "busy", TEXT_chat_busy);
	choice(visit, "presence", "absent", TEXT_chat_absent);
	text_fill(out,
		  "</fieldset><button type=\"button\" class=\"button quiet\" "
		  "data-act=\"help\" aria-keyshortcuts=\"?\">$</button>"
		  "</div>\n<div class=\"fault cd-trouble\" data-trouble hidden>"
		  "<p></p></div>"
		  "<div class=\"fault cd-trouble\" data-complaint hidden>"
		  "<p></p></div>\n",
		  say(visit, TEXT_chat_keys));
}

static void list_pane(struct visit *visit)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<section class=\"cd-pane cd-list\" data-pane "
		  "tabindex=\"-1\" aria-labelledby=\"cd-queue\">"
		  "<div class=\"cd-head\"><h2 id=\"cd-queue\">$ "
		  "<span data-waiting-count></span></h2>"
		  "<button type=\"button\" class=\"button primary\" "
		  "data-act=\"take-next\" aria-keyshortcuts=\"N\" disabled>$"
		  "</button></div>\n",
		  say(visit, TEXT_chat_queue), say(visit, TEXT_chat_take_next));
	text_fill(out,
		  "<p class=\"cd-none\" data-queue-none>$</p>"
		  "<ol class=\"cd-queue\" data-queue hidden></ol>"
		  "<div class=\"cd-head\"><h2 id=\"cd-mine\">$ "
		  "<span data-mine-count></span></h2></div>"
		  "<p class=\"cd-none\" data-mine-none>$</p>"
		  "<ul class=\"cd-mine\" data-mine aria-labelledby=\"cd-mine\" "
		  "hidden></ul></section>\n",
		  say(visit, TEXT_chat_nobody_waits),
		  say(visit, TEXT_chat_mine), say(visit, TEXT_chat_none_mine));
}

/* What the visitor has read about the recording (S21). */
static void recorded(struct visit *visit)
{
	struct text *out = visit_out(visit);
	char line[CHANNEL_LINE_SIZE] = "";

	if (visit->desk->facts.policy)
		policy_chat_line(visit->desk->facts.policy, visit->language,
				 line);
	text_say(out, "<p class=\"cd-recorded\">");
	layout_icon(out, "record");
	text_fill(out, "<span>$</span></p>\n",
		  line[0] ? line : say(visit, TEXT_chat_recorded));
}

static void composer(struct visit *visit)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<p class=\"cd-typing\" data-typing></p>"
		  "<form class=\"cd-composer\" data-composer>"
		  "<label for=\"cd-text\">$</label>"
		  "<textarea id=\"cd-text\" rows=\"2\" maxlength=\"4000\" "
		  "data-text></textarea><div class=\"cd-send\">"
		  "<button type=\"button\" class=\"button quiet\" "
		  "data-act=\"canned\" aria-haspopup=\"dialog\">$ "
		  "<kbd aria-hidden=\"true\">/</kbd></button>"
		  "<button class=\"button primary\">$</button></div></form>\n",
		  say(visit, TEXT_chat_message),
		  say(visit, TEXT_chat_canned_open),
		  say(visit, TEXT_chat_send));
	text_fill(out,
		  "<div class=\"cd-canned\" data-canned role=\"dialog\" "
		  "aria-label=\"$\" hidden><label for=\"cd-find\">$</label>"
		  "<input id=\"cd-find\" type=\"text\" role=\"combobox\" "
		  "aria-expanded=\"true\" aria-controls=\"cd-options\" "
		  "aria-autocomplete=\"list\" autocomplete=\"off\" "
		  "spellcheck=\"false\" data-find>"
		  "<ul id=\"cd-options\" role=\"listbox\" aria-label=\"$\" "
		  "data-options></ul>"
		  "<p class=\"hint\" data-canned-none hidden></p></div>\n",
		  say(visit, TEXT_chat_canned_list),
		  say(visit, TEXT_chat_canned_find),
		  say(visit, TEXT_chat_canned_list));
}

static void tool(struct visit *visit, const char *act, const char *keys,
		 enum text_id label)
{
	text_fill(visit_out(visit),
		  "<button type=\"button\" class=\"button\" data-act=\"$\" "
		  "aria-keyshortcuts=\"$\">$</button>\n",
		  act, keys, say(visit, label));
}

static void talk_pane(struct visit *visit)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<section class=\"cd-pane cd-talk\" data-pane "
		  "tabindex=\"-1\" aria-labelledby=\"cd-who\">"
		  "<div class=\"cd-empty\" data-empty>"
		  "<h2 id=\"cd-none\">$</h2><p>$</p></div>"
		  "<div class=\"cd-one\" data-one hidden>"
		  "<div class=\"cd-head\"><h2 id=\"cd-who\" data-who>$</h2>"
		  "<div class=\"cd-tools\" data-tools>",
		  say(visit, TEXT_chat_conversation),
		  say(visit, TEXT_chat_choose),
		  say(visit, TEXT_chat_conversation));
	tool(visit, "note", "M", TEXT_chat_to_notes);
	tool(visit, "pass", "T", TEXT_chat_pass);
	tool(visit, "end", "E", TEXT_chat_end);
	tool(visit, "dismiss", "E", TEXT_chat_dismiss);
	text_say(out, "</div></div>\n");
	recorded(visit);
	text_fill(out,
		  "<div class=\"cd-closing\" data-closing hidden><p>$ "
		  "<strong data-closes></strong></p>"
		  "<button type=\"button\" class=\"button\" data-act=\"stay\">"
		  "$</button></div>"
		  "<div class=\"cd-scroll\" role=\"group\" tabindex=\"0\" "
		  "aria-label=\"$\" data-scroll>"
		  "<div class=\"cd-log\" role=\"log\" aria-label=\"$\" "
		  "data-log></div>"
		  "<div class=\"cd-outbox\" data-outbox></div></div>\n",
		  say(visit, TEXT_chat_closes_in), say(visit, TEXT_chat_stay),
		  say(visit, TEXT_chat_conversation),
		  say(visit, TEXT_chat_messages));
	composer(visit);
	text_say(out, "</div></section>\n");
}

static void fact(struct visit *visit, const char *name, enum text_id label)
{
	text_fill(visit_out(visit),
		  "<div><dt>$</dt><dd data-fact=\"$\"></dd></div>\n",
		  say(visit, label), name);
}

static void context_pane(struct visit *visit)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<section class=\"cd-pane cd-context\" data-pane "
		  "tabindex=\"-1\" aria-labelledby=\"cd-context\">"
		  "<h2 id=\"cd-context\">$</h2>"
		  "<div data-context hidden><dl class=\"cd-facts\">",
		  say(visit, TEXT_chat_context));
	fact(visit, "language", TEXT_chat_language);
	fact(visit, "queue", TEXT_chat_queue);
	fact(visit, "since", TEXT_chat_since);
	fact(visit, "waited", TEXT_chat_waited_before);
	fact(visit, "lasted", TEXT_chat_lasted);
	fact(visit, "present", TEXT_chat_presence_of);
	fact(visit, "seen", TEXT_chat_seen);
	text_fill(out,
		  "</dl><p class=\"hint\">$</p></div>"
		  "<div class=\"cd-notes\" data-notes-box hidden><h3>$</h3>"
		  "<p class=\"hint\">$</p>"
		  "<ol data-notes></ol><p class=\"cd-none\" data-notes-none>$"
		  "</p>",
		  say(visit, TEXT_chat_context_hint),
		  say(visit, TEXT_chat_notes), say(visit, TEXT_chat_notes_hint),
		  say(visit, TEXT_chat_no_notes));
	text_fill(out,
		  "<form data-note-form><label for=\"cd-note\">$</label>"
		  "<textarea id=\"cd-note\" rows=\"2\" maxlength=\"4000\" "
		  "data-note></textarea>"
		  "<button class=\"button\">$</button></form></div>"
		  "</section>\n",
		  say(visit, TEXT_chat_note), say(visit, TEXT_chat_note_add));
}

static void dialog_begin(struct visit *visit, const char *name,
			 enum text_id title)
{
	text_fill(visit_out(visit),
		  "<dialog class=\"cd-dialog\" data-dialog=\"$\" "
		  "aria-labelledby=\"cd-d-$\"><form method=\"dialog\">"
		  "<h2 id=\"cd-d-$\">$</h2>",
		  name, name, name, say(visit, title));
}

static void dialog_end(struct visit *visit, enum text_id does)
{
	text_fill(visit_out(visit),
		  "<p class=\"bad\" role=\"alert\" data-dialog-bad></p>"
		  "<p class=\"actions\"><button class=\"button primary\" "
		  "value=\"do\">$</button><button type=\"button\" "
		  "class=\"button\" data-cancel>$</button></p></form>"
		  "</dialog>\n",
		  say(visit, does), say(visit, TEXT_chat_cancel));
}

static void end_dialog(struct visit *visit)
{
	static const struct {
		uint32_t reason;
		enum text_id words;
	} list[] = {
		{ CHAT_REASON_SOLVED, TEXT_reason_solved },
		{ CHAT_REASON_ADVISED, TEXT_reason_advised },
		{ CHAT_REASON_NO_ANSWER, TEXT_reason_no_answer },
		{ CHAT_REASON_MISUSE, TEXT_reason_misuse },
		{ CHAT_REASON_OTHER, TEXT_reason_other },
	};
	struct text *out = visit_out(visit);

	dialog_begin(visit, "end", TEXT_chat_end_this);
	text_fill(out, "<fieldset><legend>$</legend>",
		  say(visit, TEXT_chat_end_why));
	for (size_t i = 0; i < COUNT(list); i++)
		choice(visit, "reason", seat_reason(list[i].reason),
		       list[i].words);
	text_say(out, "</fieldset>");
	dialog_end(visit, TEXT_chat_end_this);
}

static void pass_dialog(struct visit *visit)
{
	struct text *out = visit_out(visit);

	dialog_begin(visit, "pass", TEXT_chat_pass_this);
	text_fill(out,
		  "<fieldset><legend>$</legend><div data-pass-to></div>"
		  "<p class=\"cd-none\" data-pass-none hidden>$</p>"
		  "</fieldset><p class=\"hint\">$</p>",
		  say(visit, TEXT_chat_pass_where),
		  say(visit, TEXT_chat_no_colleagues),
		  say(visit, TEXT_chat_pass_hint));
	dialog_end(visit, TEXT_chat_pass_this);
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
	text_fill(out, "</th><td>$</td></tr>\n", say(visit, does));
}

static void help_dialog(struct visit *visit)
{
	struct text *out = visit_out(visit);

	dialog_begin(visit, "help", TEXT_chat_keys);
	text_fill(out,
		  "<table class=\"keys\"><thead class=\"unseen\"><tr>"
		  "<th scope=\"col\">$</th><th scope=\"col\">$</th></tr>"
		  "</thead><tbody>",
		  say(visit, TEXT_key), say(visit, TEXT_key_does));
	key(visit, "n", TEXT_key_take);
	key(visit, "F6 Shift+F6", TEXT_key_panes);
	key(visit, "Alt+↑ Alt+↓", TEXT_key_talks);
	key(visit, "r", TEXT_key_write);
	key(visit, "Ctrl+Enter", TEXT_key_send);
	key(visit, "/", TEXT_key_canned);
	key(visit, "m", TEXT_key_note);
	key(visit, "t", TEXT_key_pass);
	key(visit, "e", TEXT_key_end);
	key(visit, "Esc", TEXT_key_out);
	key(visit, "?", TEXT_key_chat_help);
	text_fill(out,
		  "</tbody></table><p class=\"hint\">$</p>"
		  "<p><label class=\"choice\"><input type=\"checkbox\" "
		  "data-enter-sends checked><span>$</span></label><br>"
		  "<label class=\"choice\"><input type=\"checkbox\" "
		  "data-sound><span>$</span></label></p>"
		  "<p class=\"actions\"><button class=\"button primary\" "
		  "value=\"\">$</button></p></form></dialog>\n",
		  say(visit, TEXT_chat_keys_hint),
		  say(visit, TEXT_chat_enter_sends),
		  say(visit, TEXT_chat_sound), say(visit, TEXT_chat_close));
}

void do_chat(struct visit *visit)
{
	const char *zone = visit->desk->facts.zone_name;
	struct text *out = visit_out(visit);
	char hex[2 * sizeof(visit->session.csrf) + 1];

	hex_text(visit->session.csrf, sizeof(visit->session.csrf), hex);
	layout_begin_bare(visit, say(visit, TEXT_chat_desk));
	text_fill(out,
		  "<link rel=\"stylesheet\" href=\"/ui/chatdesk.css\">"
		  "<script type=\"module\" src=\"/ui/chatdesk.js\"></script>"
		  "<noscript><p class=\"fault\">$</p></noscript>\n"
		  "<div class=\"chatdesk\" data-chatdesk data-csrf=\"$\" "
		  "data-zone=\"$\" data-agent=\"$\">\n",
		  say(visit, TEXT_chat_no_script), hex, zone,
		  visit->session.agent);
	words(visit);
	bar(visit);
	text_say(out, "<div class=\"cd-panes\">");
	list_pane(visit);
	talk_pane(visit);
	context_pane(visit);
	text_say(out, "</div><p class=\"unseen\" role=\"status\" "
		      "data-status></p>\n");
	end_dialog(visit);
	pass_dialog(visit);
	help_dialog(visit);
	text_say(out, "</div>\n");
	layout_end(visit);
	sodium_memzero(hex, sizeof(hex));
}
