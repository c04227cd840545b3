/* SPDX-License-Identifier: EUPL-1.2 */
#include "notice/language.h"
#include "publish/escape.h"
#include "publish/render.h"

static void words(const char *text, FILE *out)
{
	escape_html(slice_of(text), out);
}

/* A date or time is a time element; HTML has no months in durations. */
static void fact(const struct document *document, const struct fact *fact,
		 FILE *out)
{
	bool is_time = fact->kind == FACT_DATE || fact->kind == FACT_TIME;
	const char *element = is_time ? "time" : "data";

	fprintf(out, "<%s %s=\"", element, is_time ? "datetime" : "value");
	words(fact->value, out);
	fprintf(out, "\" data-fact=\"%s\" data-kind=\"%s\"", fact->slot,
		fact_kind_word(fact->kind));
	if (fact->kind == FACT_NAME && fact->language != document->language)
		fprintf(out, " lang=\"%s\"", language_code(fact->language));
	(void)fputc('>', out);
	words(fact->words, out);
	fprintf(out, "</%s>", element);
}

static void runs(const struct document *document,
		 const struct document_clause *at, size_t first, size_t end,
		 FILE *out)
{
	for (size_t i = first; i < end; i++)
		if (at->runs[i].is_fact)
			fact(document, &at->runs[i].fact, out);
		else
			escape_html(at->runs[i].words, out);
}

static void clause(const struct document *document,
		   const struct document_clause *at, FILE *out)
{
	static const char *const tags[] = {
		[CLAUSE_PARAGRAPH] = "p",
		[CLAUSE_ITEM] = "li",
		[CLAUSE_PAIR] = "div",
	};
	const char *tag = tags[at->clause->style];
	char id[DOCUMENT_ID_SIZE];

	document_id(at, id);
	fprintf(out, "<%s id=\"%s\"", tag, id);
	if (at->clause->sentences[0])
		fprintf(out, " data-sentences=\"%s\"", at->clause->sentences);
	(void)fputc('>', out);
	if (at->clause->style == CLAUSE_PAIR) {
		fprintf(out, "<dt>");
		runs(document, at, 0, at->value_at, out);
		fprintf(out, "</dt><dd>");
		runs(document, at, at->value_at, at->run_count, out);
		fprintf(out, "</dd>");
	} else {
		runs(document, at, 0, at->run_count, out);
	}
	fprintf(out, "</%s>\n", tag);
}

/* Lists are made of neighbours. */
static void change_style(enum clause_style from, enum clause_style to,
			 FILE *out)
{
	if (from == to)
		return;
	if (from == CLAUSE_ITEM)
		fprintf(out, "</ul>\n");
	if (from == CLAUSE_PAIR)
		fprintf(out, "</dl>\n");
	if (to == CLAUSE_ITEM)
		fprintf(out, "<ul>\n");
	if (to == CLAUSE_PAIR)
		fprintf(out, "<dl>\n");
}

void render_html(const struct document *document, FILE *out)
{
	enum clause_style style = CLAUSE_PARAGRAPH;
	const struct clause_section *in = NULL;

	fprintf(out, "<article class=\"notice\" lang=\"%s\">\n",
		language_code(document->language));
	for (size_t i = 0; i < document->clause_count; i++) {
		const struct document_clause *at = &document->clauses[i];
		const struct clause_section *section =
			&clause_sections[at->clause->section];

		if (section != in) {
			change_style(style, CLAUSE_PARAGRAPH, out);
			style = CLAUSE_PARAGRAPH;
			fprintf(out,
				"%s<section aria-labelledby=\"part-%s\">\n"
				"<h2 id=\"part-%s\">%s</h2>\n",
				in ? "</section>\n" : "", section->id,
				section->id,
				section->title[document->language]);
			in = section;
		}
		change_style(style, at->clause->style, out);
		style = at->clause->style;
		clause(document, at, out);
	}
	change_style(style, CLAUSE_PARAGRAPH, out);
	fprintf(out, "%s</article>\n", in ? "</section>\n" : "");
}

void render_page(const struct document *document, FILE *out)
{
	const char *code = language_code(document->language);
	const char *title = document_title(document);

	fprintf(out,
		"<!doctype html>\n<html lang=\"%s\">\n<head>\n"
		"<meta charset=\"utf-8\">\n<title>%s</title>\n"
		"<meta name=\"viewport\" "
		"content=\"width=device-width, initial-scale=1\">\n"
		"<style>\n",
		code, title);
	(void)fwrite(notice_style, 1, notice_style_size, out);
	fprintf(out,
		"</style>\n</head>\n<body class=\"alone\">\n<main>\n"
		"<h1>%s</h1>\n",
		title);
	render_html(document, out);
	fprintf(out, "</main>\n</body>\n</html>\n");
}
