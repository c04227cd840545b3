/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/layout.h"

#include <string.h>

#include "counter/files.h"
#include "notice/language.h"
#include "notice/told.h"

const char *layout_agency(const struct visit *visit)
{
	const struct policy *policy = visit->lobby->facts.policy;
	struct told_policy told;

	if (!policy)
		return "";
	told_policy(policy, &told);
	return told.controller;
}

void layout_language(struct visit *visit)
{
	text_say(visit_out(visit), language_code(visit->language));
}

void layout_hidden(struct text *out, const char *name, const char *value)
{
	text_fill(out, "<input type=\"hidden\" name=\"$\" value=\"$\">", name,
		  value);
}

void layout_number(struct text *out, const char *words, unsigned int number)
{
	struct slice rest, before = slice_of(words);
	const char *at = strstr(words, "%u");

	if (at) {
		before.size = (size_t)(at - words);
		rest = slice_of(at + 2);
		text_html_slice(out, before);
		text_format(out, "%u", number);
		before = rest;
	}
	text_html_slice(out, before);
}

static bool is_notice(const struct visit *visit)
{
	return visit->route && visit->route->act == do_notice;
}

/* Pages that may be read by anybody, by their own addresses; forms and
 * errors lead back to the chat. */
static struct slice path_of(const struct visit *visit)
{
	static void (*const readable[])(struct visit *) = {
		do_notice, do_notice_versions, do_notice_version, do_chat_embed
	};

	for (size_t i = 0;
	     visit->route && visit->request && i < COUNT(readable); i++)
		if (visit->route->act == readable[i])
			return visit->request->path;
	return SLICE("/chat");
}

static void languages(struct visit *visit)
{
	static const char *const names[] = { "Suomi", "Svenska", "English" };
	struct text *out = visit_out(visit);

	text_fill(out, "<nav aria-label=\"$\"><ul class=\"languages\">",
		  say(visit, TEXT_languages));
	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		const char *code = language_code((enum notice_language)i);

		text_say(out, "<li><a href=\"");
		text_html_slice(out, path_of(visit));
		text_fill(out, "?lang=$\" lang=\"$\" hreflang=\"$\"", code,
			  code, code);
		if ((int)visit->language == i)
			text_say(out, " aria-current=\"true\"");
		text_fill(out, ">$</a></li>", names[i]);
	}
	text_say(out, "</ul></nav>");
}

static void begin(struct visit *visit, const char *title, bool with_script)
{
	const struct files *files = visit->lobby->files;
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<!doctype html>\n<html lang=\"$\">\n<head>\n"
		  "<meta charset=\"utf-8\">\n<title>$",
		  language_code(visit->language), title);
	if (layout_agency(visit)[0])
		text_fill(out, " – $", layout_agency(visit));
	text_fill(out,
		  "</title>\n<meta name=\"viewport\" "
		  "content=\"width=device-width, initial-scale=1\">\n"
		  "<meta name=\"color-scheme\" content=\"light dark\">\n"
		  "<link rel=\"icon\" href=\"$\" type=\"image/svg+xml\">\n"
		  "<link rel=\"stylesheet\" href=\"$\">\n"
		  "<link rel=\"stylesheet\" href=\"$\">\n",
		  files_path(files, FILE_MARK), files_path(files, FILE_STYLE),
		  files_path(files, FILE_PAGES));
	if (is_notice(visit))
		text_fill(out,
			  "<link rel=\"stylesheet\" href=\"$\">\n"
			  "<link rel=\"alternate\" type=\"application/json\" "
			  "href=\"/notice.json\">\n",
			  files_path(files, FILE_NOTICE));
	if (with_script)
		text_fill(out,
			  "<script type=\"module\" src=\"$\" integrity=\"$\">"
			  "</script>\n",
			  files_path(files, FILE_WIDGET),
			  files_integrity(files, FILE_WIDGET));
	text_fill(out,
		  "</head>\n<body>\n<header class=\"top\">"
		  "<a class=\"skip\" href=\"#main\">$</a>\n"
		  "<div class=\"bar\">"
		  "<span class=\"brand\"><img src=\"$\" alt=\"\" width=\"28\" "
		  "height=\"28\"> $</span>",
		  say(visit, TEXT_to_content), files_path(files, FILE_MARK),
		  layout_agency(visit)[0] ? layout_agency(visit) : "Tallenne");
	languages(visit);
	text_fill(out,
		  "</div></header>\n<main id=\"main\" tabindex=\"-1\">\n"
		  "<h1>$</h1>\n",
		  title);
}

void layout_begin(struct visit *visit, const char *title,
		  unsigned int refresh_s)
{
	if (refresh_s)
		http_field(visit->answer, "Refresh", "%u", refresh_s);
	begin(visit, title, false);
}

void layout_begin_with_script(struct visit *visit, const char *title)
{
	begin(visit, title, true);
}

void layout_end(struct visit *visit)
{
	struct text *out = visit_out(visit);

	http_field(visit->answer, "Content-Language", "%s",
		   language_code(visit->language));
	text_fill(out,
		  "</main>\n<footer class=\"foot\"><p>"
		  "<a href=\"/notice?lang=$\">$</a></p></footer>\n"
		  "</body>\n</html>\n",
		  language_code(visit->language), say(visit, TEXT_notice));
}
