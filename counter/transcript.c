/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The conversation to keep. The page stands alone: no script, no style of
 * ours, nothing that it would ask for later. File names hold the day only.
 */
#include <stdio.h>

#include "counter/form_page.h"
#include "counter/layout.h"
#include "counter/when.h"
#include "notice/language.h"

/* Room for the end, below TEXT_SIZE_MAX. */
enum { TRANSCRIPT_SIZE_MAX = TEXT_SIZE_MAX - (256 << 10) };

static const struct civil_zone *zone_of(const struct visit *visit)
{
	const struct policy *policy = visit->lobby->facts.policy;

	return policy ? policy_zone(policy) : NULL;
}

bool transcript_is_full(const struct visit *visit)
{
	return visit->answer->body.size > TRANSCRIPT_SIZE_MAX ||
	       visit->answer->body.failed;
}

/* Foreign words in plain text: as they are. */
static void plain(struct text *out, const char *words)
{
	text_add(out, slice_of(words));
}

/* A line that begins at the margin is ours: those of a message that follow
   its first stand apart from it. */
static void plain_lines(struct text *out, const char *words)
{
	for (struct slice rest = slice_of(words), line;;) {
		line = slice_cut(rest, '\n', &rest);
		text_add(out, line);
		if (rest.size == 0)
			break;
		text_say(out, "\n    ");
	}
}

/* Said at the very end: what is refused half-way is no file. The date is
   written as in names that sort. */
static void head(struct visit *visit, bool as_html)
{
	char at[CLOCK_TEXT_SIZE];

	if (!as_html)
		visit->answer->type = "text/plain; charset=utf-8";
	http_field(visit->answer, "Content-Language", "%s",
		   language_code(visit->language));
	clock_text(clock_now(&clock_system), at);
	http_field(visit->answer, "Content-Disposition",
		   "attachment; filename=\"%s-%.10s.%s\"",
		   say(visit, TEXT_file_name), at, as_html ? "html" : "txt");
}

void transcript_begin(struct visit *visit, const struct chat_state *state,
		      bool as_html)
{
	const char *agency = layout_agency(visit);
	struct text *out = visit_out(visit);

	if (!as_html) {
		plain(out, say(visit, TEXT_transcript));
		text_say(out, "\n");
		plain(out, agency);
		text_say(out, "\n");
		plain(out, say(visit, TEXT_receipt));
		text_say(out, ": ");
		plain(out, state->receipt);
		text_say(out, "\n\n");
		return;
	}
	text_fill(out,
		  "<!doctype html>\n<html lang=\"$\">\n<head>"
		  "<meta charset=\"utf-8\"><meta name=\"viewport\" "
		  "content=\"width=device-width, initial-scale=1\">"
		  "<title>$</title></head>\n<body>\n<main>\n<h1>$</h1>\n",
		  language_code(visit->language), say(visit, TEXT_transcript),
		  say(visit, TEXT_transcript));
	text_fill(out, "<p>$</p>\n<p>$: $</p>\n<ol>\n", agency,
		  say(visit, TEXT_receipt), state->receipt);
}

static void event_plain(struct visit *visit, const struct chat_event *event,
			const char *when)
{
	const char *name = form_page_name(visit, event);
	struct text *out = visit_out(visit);

	plain(out, when);
	text_say(out, " ");
	plain(out, name);
	if (event->kind == CHAT_MESSAGE) {
		text_say(out, ": ");
		plain_lines(out, event->text);
	} else {
		text_say(out, name[0] ? " " : "");
		plain(out, say(visit, form_page_words(event)));
	}
	text_say(out, "\n");
}

void transcript_event(struct visit *visit, const struct chat_event *event,
		      bool as_html)
{
	struct text *out = visit_out(visit);
	char date[WHEN_TEXT_SIZE], clock[WHEN_TEXT_SIZE];
	char when[2 * WHEN_TEXT_SIZE];

	if (transcript_is_full(visit))
		return;
	when_date(zone_of(visit), event->at, visit->language, date);
	when_clock(zone_of(visit), event->at, visit->language, clock);
	snprintf(when, sizeof(when), "%s %s", date, clock);
	if (!as_html) {
		event_plain(visit, event, when);
		return;
	}
	text_fill(out, "<li><p><strong><bdi>$</bdi></strong> $</p>",
		  form_page_name(visit, event), when);
	if (event->kind != CHAT_MESSAGE) {
		text_fill(out, "<p>$</p></li>\n",
			  say(visit, form_page_words(event)));
		return;
	}
	/* Lines stay lines without a style. */
	for (struct slice rest = slice_of(event->text), line;;) {
		line = slice_cut(rest, '\n', &rest);
		text_say(out, "<p>");
		text_html_slice(out, line);
		text_say(out, "</p>");
		if (rest.size == 0)
			break;
	}
	text_say(out, "</li>\n");
}

void transcript_end(struct visit *visit, bool as_html, bool is_cut)
{
	struct text *out = visit_out(visit);

	head(visit, as_html);
	if (!as_html) {
		plain(out, is_cut ? say(visit, TEXT_transcript_cut) : "");
		return;
	}
	text_say(out, "</ol>\n");
	if (is_cut)
		text_fill(out, "<p>$</p>\n", say(visit, TEXT_transcript_cut));
	text_say(out, "</main>\n</body>\n</html>\n");
}
