/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/layout.h"

#include <stdio.h>
#include <string.h>

#include "base/settings.h"

static const struct {
	const char *name, *path;
} icons[] = {
#define ICON(name, path) { #name, path },
#include "desk/icons.def"
#undef ICON
};

void layout_icon(struct text *out, const char *name)
{
	for (size_t i = 0; i < COUNT(icons); i++) {
		if (strcmp(icons[i].name, name) != 0)
			continue;
		text_fill(out,
			  "<svg class=\"icon\" viewBox=\"0 0 24 24\" "
			  "aria-hidden=\"true\" focusable=\"false\">"
			  "<path d=\"$\"/></svg>",
			  icons[i].path);
	}
}

void layout_pair(struct text *out, const char *label, const char *value)
{
	text_fill(out, "<div><dt>$</dt><dd>$</dd></div>\n", label, value);
}

void layout_form_token(struct visit *visit)
{
	char hex[2 * sizeof(visit->session.csrf) + 1];

	hex_text(visit->session.csrf, sizeof(visit->session.csrf), hex);
	text_fill(visit_out(visit),
		  "<input type=\"hidden\" name=\"csrf\" value=\"$\">", hex);
}

/* The path and query of this page, without the choice of language. */
static void back_path(const struct visit *visit, struct text *out)
{
	struct slice query = visit->request->query;
	const char *before = "?";

	text_add(out, visit->request->path);
	while (query.size > 0) {
		struct slice field = slice_cut(query, '&', &query);

		if (slice_starts_nocase(field, SLICE("lang=")))
			continue;
		text_say(out, before);
		text_add(out, field);
		before = "&";
	}
}

/* The hidden field that tells where to go back to: this page, and where on
   it, "" or "#play". */
static void layout_form_back(struct visit *visit, const char *place)
{
	struct text back = TEXT_NEW;

	/* The answer to a form has no address to come back to. */
	if (visit->request->method == HTTP_GET)
		back_path(visit, &back);
	else
		text_say(&back, "/");
	text_say(&back, place);
	if (!back.failed)
		text_fill(visit_out(visit),
			  "<input type=\"hidden\" name=\"back\" value=\"$\">",
			  back.bytes);
	text_drop(&back);
}

const char *layout_purpose(const struct visit *visit, const char *id)
{
	const struct notice_purpose *purpose;

	for (uint32_t i = 0; i < visit->session.purpose_count; i++)
		if (!strcmp(visit->session.purposes[i].id, id))
			return visit->session.purposes[i].text[visit->language];
	/* Somebody else's: in a list of who has listened. */
	purpose = visit->desk->facts.policy
			  ? policy_purpose_find(visit->desk->facts.policy, id)
			  : NULL;
	return purpose ? purpose->text[visit->language] : id;
}

/* Where there is a contact, its player or its text is what comes next. */
static const char *purpose_place(const struct visit *visit)
{
	if (slice_starts_nocase(visit->request->path, SLICE("/contacts/")))
		return "#play";
	if (slice_starts_nocase(visit->request->path, SLICE("/chats/")))
		return "#read";
	return "";
}

static void purpose_form(struct visit *visit, enum text_id which,
			 enum text_id who_sees, const char *agent)
{
	const struct desk_session *session = &visit->session;
	struct text *out = visit_out(visit);

	text_say(out, "<form class=\"purpose-form\" method=\"post\" "
		      "action=\"/purpose\">");
	layout_form_token(visit);
	layout_form_back(visit, purpose_place(visit));
	text_fill(out, "<fieldset><legend>$</legend>", say(visit, which));
	for (uint32_t i = 0; i < session->purpose_count; i++) {
		const struct desk_purpose *purpose = &session->purposes[i];
		bool is_chosen = !strcmp(purpose->id, session->purpose);

		text_fill(out,
			  "<label class=\"choice\"><input type=\"radio\" "
			  "name=\"purpose\" value=\"$\" required",
			  purpose->id);
		text_say(out, is_chosen ? " checked>" : ">");
		text_fill(out, "<span>$</span></label>",
			  purpose->text[visit->language]);
	}
	text_fill(out, "</fieldset><p class=\"hint\">$", say(visit, who_sees));
	if (agent[0])
		text_fill(out, " $.", agent);
	text_fill(out,
		  "</p><button class=\"button primary\">$</button></form>\n",
		  say(visit, TEXT_purpose_choose));
}

void layout_purpose_form(struct visit *visit)
{
	purpose_form(visit, TEXT_purpose_which_any, TEXT_purpose_is_logged, "");
}

void layout_purpose_form_for(struct visit *visit, const char *agent)
{
	purpose_form(visit, TEXT_purpose_which,
		     agent[0] ? TEXT_purpose_is_seen : TEXT_purpose_unseen,
		     agent);
}

void layout_purpose_form_to_read(struct visit *visit, const char *agent)
{
	purpose_form(visit, TEXT_purpose_read_which,
		     agent[0] ? TEXT_purpose_read_seen
			      : TEXT_purpose_read_logged,
		     agent);
}

static void banner(struct visit *visit)
{
	bool reads = slice_starts_nocase(visit->request->path, SLICE("/chats"));
	struct text *out = visit_out(visit);

	if (!visit->signed_in || !visit->session.may_play ||
	    !visit->session.purpose[0])
		return;
	text_fill(out, "<aside class=\"banner\" aria-label=\"$\"><div>",
		  say(visit, TEXT_purpose));
	layout_icon(out, reads ? "chats" : "ear");
	text_fill(out, "<p>$ <strong>$</strong></p>",
		  say(visit, reads ? TEXT_purpose_read_is : TEXT_purpose_is),
		  layout_purpose(visit, visit->session.purpose));
	text_fill(out, "<details><summary>$</summary>",
		  say(visit, TEXT_purpose_change));
	if (reads)
		layout_purpose_form_to_read(visit, "");
	else
		layout_purpose_form(visit);
	text_say(out, "</details><form class=\"end\" method=\"post\" "
		      "action=\"/purpose\">");
	layout_form_token(visit);
	layout_form_back(visit, "");
	text_fill(out,
		  "<button class=\"button quiet\" name=\"purpose\" "
		  "value=\"-\">$</button></form></div></aside>\n",
		  say(visit, reads ? TEXT_purpose_read_end : TEXT_purpose_end));
}

static void language_links(struct visit *visit)
{
	static const char *const names[] = { "Suomi", "Svenska", "English" };
	struct text *out = visit_out(visit);
	struct text back = TEXT_NEW;

	text_say(out, "<ul class=\"languages\">");
	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		const char *code = language_code((enum notice_language)i);

		back.size = 0;
		if (visit->request->method == HTTP_GET)
			back_path(visit, &back);
		else
			text_say(&back, "/login");
		if (back.failed)
			break;
		text_say(&back, strchr(back.bytes, '?') ? "&lang=" : "?lang=");
		text_say(&back, code);
		text_fill(out, "<li><a href=\"$\" lang=\"$\" hreflang=\"$\"",
			  back.failed ? "/" : back.bytes, code, code);
		if ((int)visit->language == i)
			text_say(out, " aria-current=\"true\"");
		text_fill(out, ">$</a></li>", names[i]);
	}
	text_say(out, "</ul>");
	text_drop(&back);
}

static void language_forms(struct visit *visit)
{
	static const char *const names[] = { "Suomi", "Svenska", "English" };
	struct text *out = visit_out(visit);

	text_say(out, "<form class=\"languages\" method=\"post\" "
		      "action=\"/language\">");
	layout_form_token(visit);
	layout_form_back(visit, "");
	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		const char *code = language_code((enum notice_language)i);

		text_fill(out,
			  "<button name=\"language\" value=\"$\" lang=\"$\"",
			  code, code);
		if ((int)visit->language == i)
			text_say(out, " aria-current=\"true\"");
		text_fill(out, ">$</button>", names[i]);
	}
	text_say(out, "</form>");
}

static void nav_link(struct visit *visit, const char *path, enum text_id label,
		     const char *icon, bool is_shown)
{
	struct text *out = visit_out(visit);
	struct slice mine = visit->request->path;
	bool is_here = slice_is(mine, slice_of(path));

	if (!is_shown)
		return;
	if (strlen(path) > 1 && slice_starts_nocase(mine, slice_of(path)))
		is_here = true;
	text_fill(out, "<li><a href=\"$\"", path);
	text_say(out, is_here ? " aria-current=\"page\">" : ">");
	layout_icon(out, icon);
	text_fill(out, "<span>$</span></a></li>\n", say(visit, label));
}

/* As the register answers a question about no contact (notice/roles.c). */
enum text_id layout_listened(const struct visit *visit)
{
	if (visit->session.role == NOTICE_ROLE_AGENT)
		return TEXT_listened;
	return visit->session.may_see_contacts ? TEXT_own_listenings
					       : TEXT_listenings;
}

static void nav(struct visit *visit)
{
	const struct desk_session *session = &visit->session;
	struct text *out = visit_out(visit);

	text_fill(out, "<nav class=\"main-nav\" aria-label=\"$\"><ul>\n",
		  say(visit, TEXT_main_menu));
	nav_link(visit, "/", TEXT_home, "home", true);
	nav_link(visit, "/contacts", TEXT_contacts, "phone",
		 session->may_see_contacts);
	nav_link(visit, "/chat", TEXT_chat_desk, "chat", session->may_answer);
	nav_link(visit, "/chats", TEXT_chats, "chats",
		 session->may_see_contacts);
	nav_link(visit, "/answers", TEXT_answers, "reply",
		 session->may_see_canned);
	nav_link(visit, "/listened", layout_listened(visit), "ear",
		 session->may_see_readers);
	nav_link(visit, "/figures", TEXT_figures, "chart",
		 session->may_see_figures);
	nav_link(visit, "/sets", TEXT_sets, "check",
		 session->may_play &&
			 (session->uses & (NOTICE_CLIP | NOTICE_SAMPLE)));
	nav_link(visit, "/levels", TEXT_levels, "chart",
		 session->uses & NOTICE_AGGREGATE);
	nav_link(visit, "/policy", TEXT_notice, "paper", true);
	nav_link(visit, "/help", TEXT_help, "help", true);
	text_say(out, "</ul></nav>\n");
}

static void person(struct visit *visit)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<div class=\"person\"><a href=\"/account\"><span>$</span> "
		  "<small>$</small></a>",
		  visit->session.name,
		  text_role(visit->session.role, visit->language));
	text_say(out, "<form method=\"post\" action=\"/sign-out\">");
	layout_form_token(visit);
	text_fill(out, "<button class=\"button quiet\">$</button></form></div>",
		  say(visit, TEXT_sign_out));
}

static void head(struct visit *visit, const char *title)
{
	const char *organisation =
		setting(visit->desk->settings, "organisation");
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<!doctype html>\n<html lang=\"$\">\n<head>\n"
		  "<meta charset=\"utf-8\">\n<title>$ – Tallenne</title>\n"
		  "<meta name=\"viewport\" "
		  "content=\"width=device-width, initial-scale=1\">\n"
		  "<meta name=\"color-scheme\" content=\"light dark\">\n"
		  "<link rel=\"icon\" href=\"/ui/mark.svg\" "
		  "type=\"image/svg+xml\">\n"
		  "<link rel=\"stylesheet\" href=\"/ui/style.css\">\n"
		  "<link rel=\"stylesheet\" href=\"/ui/player.css\">\n"
		  "<script type=\"module\" src=\"/ui/keys.js\"></script>\n",
		  language_code(visit->language), title);
	text_fill(out,
		  "</head>\n<body>\n<a class=\"skip\" href=\"#main\">$</a>\n"
		  "<header class=\"top\"><div class=\"bar\">"
		  "<a class=\"brand\" href=\"/\">"
		  "<img src=\"/ui/mark.svg\" alt=\"\" width=\"28\" "
		  "height=\"28\"><span>Tallenne</span>",
		  say(visit, TEXT_to_content));
	if (organisation && organisation[0])
		text_fill(out, " <small>$</small>", organisation);
	text_say(out, "</a>\n");
	if (visit->signed_in) {
		language_forms(visit);
		person(visit);
	} else {
		language_links(visit);
	}
	text_say(out, "</div>\n");
	if (visit->signed_in)
		nav(visit);
	text_say(out, "</header>\n");
}

void layout_begin_bare(struct visit *visit, const char *title)
{
	head(visit, title);
	banner(visit);
	text_say(visit_out(visit), "<main id=\"main\" tabindex=\"-1\">\n");
}

void layout_begin_wrong(struct visit *visit, const char *title)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s: %s", say(visit, TEXT_error), title);
	layout_begin_bare(visit, whole);
}

void layout_begin(struct visit *visit, const char *title)
{
	layout_begin_bare(visit, title);
	text_fill(visit_out(visit), "<h1>$</h1>\n", title);
}

void layout_end(struct visit *visit)
{
	struct text *out = visit_out(visit);

	text_fill(out, "</main>\n<footer class=\"foot\"><p>$</p><p>",
		  say(visit, TEXT_foot));
	if (visit->signed_in)
		text_fill(out, "<a href=\"/policy\">$</a> ",
			  say(visit, TEXT_notice));
	text_fill(out,
		  "<a href=\"/help\">$</a></p></footer>\n</body>\n</html>\n",
		  say(visit, TEXT_help_and_keys));
}

void layout_rows_begin(struct visit *visit, const enum text_id *heads,
		       size_t count)
{
	struct text *out = visit_out(visit);

	text_say(out, "<table class=\"rows\" role=\"table\" data-rows "
		      "aria-labelledby=\"title\"><thead role=\"rowgroup\">"
		      "<tr role=\"row\">");
	for (size_t i = 0; i < count; i++)
		text_fill(out, "<th role=\"columnheader\" scope=\"col\">$</th>",
			  say(visit, heads[i]));
	text_say(out, "</tr></thead><tbody role=\"rowgroup\">\n");
}

void layout_cell(struct visit *visit, enum text_id head, const char *words)
{
	text_fill(visit_out(visit),
		  "<td role=\"cell\"><span class=\"th\" "
		  "aria-hidden=\"true\">$</span>$</td>",
		  say(visit, head), words);
}
