/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A page of an agency that does not exist, with the chat in it as
 * /chat/embed tells agencies to put it there. Only for the demo: without
 * counter.demo_site there is no such page.
 */
#include "counter/errors.h"
#include "counter/files.h"
#include "counter/visit.h"
#include "notice/language.h"

static void languages(struct visit *visit)
{
	static const char *const names[NOTICE_LANGUAGES] = {
		[NOTICE_FI] = "Suomeksi",
		[NOTICE_SV] = "På svenska",
		[NOTICE_EN] = "In English",
	};
	struct text *out = visit_out(visit);

	text_fill(out, "<nav aria-label=\"$\"><ul>",
		  say(visit, TEXT_languages));
	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		const char *code = language_code((enum notice_language)i);

		text_fill(out,
			  "<li><a href=\"/demo-site?lang=$\" lang=\"$\" "
			  "hreflang=\"$\"",
			  code, code, code);
		if ((int)visit->language == i)
			text_say(out, " aria-current=\"true\"");
		text_fill(out, ">$</a></li>", names[i]);
	}
	text_say(out, "</ul></nav>\n");
}

static void card(struct visit *visit, enum text_id title, enum text_id words)
{
	text_fill(visit_out(visit), "<section><h2>$</h2><p>$</p></section>\n",
		  say(visit, title), say(visit, words));
}

static void head(struct visit *visit)
{
	const struct files *files = visit->lobby->files;
	const char *code = language_code(visit->language);
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<!doctype html>\n<html lang=\"$\">\n<head>\n"
		  "<meta charset=\"utf-8\">\n<title>$ – $</title>\n"
		  "<meta name=\"viewport\" "
		  "content=\"width=device-width, initial-scale=1\">\n",
		  code, say(visit, TEXT_site_title),
		  say(visit, TEXT_site_name));
	text_fill(out,
		  "<link rel=\"icon\" href=\"$\" type=\"image/svg+xml\">\n"
		  "<link rel=\"stylesheet\" href=\"$\">\n"
		  "<script type=\"module\" src=\"$$\"\n"
		  "\tintegrity=\"$\" crossorigin=\"anonymous\"></script>\n"
		  "</head>\n",
		  files_path(files, FILE_MARK), files_path(files, FILE_SITE),
		  visit->host, files_path(files, FILE_WIDGET),
		  files_integrity(files, FILE_WIDGET));
}

void do_demo_site(struct visit *visit)
{
	struct text *out = visit_out(visit);

	if (!setting_is(visit->lobby->settings, false, "demo_site")) {
		error_show(visit, PROBLEM_not_found);
		return;
	}
	head(visit);
	text_fill(out,
		  "<body>\n<header><a href=\"#main\">$</a>"
		  "<p><strong>$</strong></p>\n",
		  say(visit, TEXT_to_content), say(visit, TEXT_site_name));
	languages(visit);
	text_fill(out,
		  "</header>\n<main id=\"main\" tabindex=\"-1\">\n"
		  "<div><h1>$</h1><p>$</p></div>\n",
		  say(visit, TEXT_site_title), say(visit, TEXT_site_lead));
	card(visit, TEXT_site_ask, TEXT_site_ask_words);
	card(visit, TEXT_site_plant, TEXT_site_plant_words);
	card(visit, TEXT_site_care, TEXT_site_care_words);
	text_fill(out,
		  "<tallenne-chat></tallenne-chat>\n</main>\n"
		  "<footer><p>$</p></footer>\n</body>\n</html>\n",
		  say(visit, TEXT_site_foot));
	http_field(visit->answer, "Content-Language", "%s",
		   language_code(visit->language));
}
