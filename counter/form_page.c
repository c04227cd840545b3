/* SPDX-License-Identifier: EUPL-1.2 */
#include "counter/form_page.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "counter/hours.h"
#include "counter/layout.h"
#include "counter/say.h"
#include "counter/when.h"
#include "notice/channel.h"
#include "notice/language.h"

enum { S_PER_MIN = 60 };

static const struct civil_zone *zone_of(const struct visit *visit)
{
	const struct policy *policy = visit->lobby->facts.policy;

	return policy ? policy_zone(policy) : NULL;
}

/* "/chat?lang=fi", and what else is asked for. */
static void address(struct visit *visit, const char *more)
{
	text_say(visit_out(visit), "/chat?lang=");
	layout_language(visit);
	text_say(visit_out(visit), more);
}

static void form_begin(struct visit *visit, const char *action,
		       const char *class)
{
	struct text *out = visit_out(visit);

	text_fill(out, "<form class=\"$\" method=\"post\" action=\"$\">", class,
		  action);
	layout_hidden(out, "lang", language_code(visit->language));
}

static void say_wait(struct visit *visit, uint32_t wait_s)
{
	struct text *out = visit_out(visit);

	if (wait_s == 0)
		return;
	text_say(out, " ");
	if (wait_s < S_PER_MIN)
		text_html(out, say(visit, TEXT_wait_short));
	else
		layout_number(out, say(visit, TEXT_wait_minutes),
			      (wait_s + S_PER_MIN - 1) / S_PER_MIN);
}

/*
 * Before the conversation.
 */

static size_t queue_count(const struct visit *visit)
{
	const struct policy *policy = visit->lobby->facts.policy;

	return policy ? policy_chat_queue_count(policy) : 0;
}

/* The queue that ?queue= names, otherwise the first one. */
static size_t chosen_queue(const struct visit *visit)
{
	const struct policy *policy = visit->lobby->facts.policy;
	char word[CHAT_WORD_SIZE];

	if (!visit_query(visit, "queue", word, sizeof(word)))
		return 0;
	for (size_t i = 0; i < queue_count(visit); i++)
		if (!strcmp(policy_chat_queue(policy, i, visit->language, NULL),
			    word))
			return i;
	return 0;
}

/* For the script, which asks nothing: a page for each queue. */
static void queue_links(struct visit *visit)
{
	const struct policy *policy = visit->lobby->facts.policy;
	struct text *out = visit_out(visit);

	if (queue_count(visit) < 2)
		return;
	text_fill(out, "<nav class=\"tabs\" aria-label=\"$\"><ul>",
		  say(visit, TEXT_queue));
	for (size_t i = 0; i < queue_count(visit); i++) {
		const char *label;
		const char *id =
			policy_chat_queue(policy, i, visit->language, &label);

		text_fill(out, "<li><a href=\"/chat?lang=$&amp;queue=$\"",
			  language_code(visit->language), id);
		if (i == chosen_queue(visit))
			text_say(out, " aria-current=\"page\"");
		text_fill(out, ">$</a></li>", label);
	}
	text_say(out, "</ul></nav>\n");
}

static void begin_element(struct visit *visit)
{
	const struct policy *policy = visit->lobby->facts.policy;
	struct text *out = visit_out(visit);

	text_say(out, "<tallenne-chat data-page");
	if (queue_count(visit) > 0)
		text_fill(out, " data-queue=\"$\"",
			  policy_chat_queue(policy, chosen_queue(visit),
					    visit->language, NULL));
	text_say(out, ">\n");
}

static void queues(struct visit *visit)
{
	const struct policy *policy = visit->lobby->facts.policy;
	size_t count = queue_count(visit);
	struct text *out = visit_out(visit);

	if (count < 2)
		return;
	text_fill(out,
		  "<p class=\"field\"><label for=\"queue\">$</label>"
		  "<select id=\"queue\" name=\"queue\">",
		  say(visit, TEXT_queue));
	for (size_t i = 0; i < count; i++) {
		const char *label;
		const char *id =
			policy_chat_queue(policy, i, visit->language, &label);

		text_fill(out, "<option value=\"$\"", id);
		text_say(out, i == chosen_queue(visit) ? " selected" : "");
		text_fill(out, ">$</option>", label);
	}
	text_say(out, "</select></p>\n");
}

static void start_form(struct visit *visit)
{
	struct text *out = visit_out(visit);
	uint8_t key[CHAT_TOKEN_SIZE];
	char text[SAY_TOKEN_TEXT], notice[9];

	randombytes_buf(key, sizeof(key));
	say_token_text(key, text);
	snprintf(notice, sizeof(notice), "%08x",
		 policy_hash(visit->lobby->facts.policy));
	form_begin(visit, "/chat/start", "card");
	layout_hidden(out, "key", text);
	layout_hidden(out, "notice", notice);
	queues(visit);
	text_fill(out,
		  "<p class=\"field\"><label for=\"nick\">$</label>"
		  "<input id=\"nick\" name=\"nick\" maxlength=\"60\" "
		  "autocomplete=\"off\" aria-describedby=\"nick-hint\">"
		  "<span class=\"hint\" id=\"nick-hint\">$</span></p>\n",
		  say(visit, TEXT_nickname), say(visit, TEXT_nickname_hint));
	text_fill(out,
		  "<p class=\"actions\"><button class=\"button primary\">$"
		  "</button></p></form>\n",
		  say(visit, TEXT_start));
	explicit_bzero(key, sizeof(key));
	explicit_bzero(text, sizeof(text));
}

void form_page_start(struct visit *visit, bool with_script)
{
	const struct policy *policy = visit->lobby->facts.policy;
	struct text *out = visit_out(visit);
	char line[CHANNEL_LINE_SIZE] = "";
	bool is_open;

	if (with_script)
		layout_begin_with_script(visit, say(visit, TEXT_chat));
	else
		layout_begin(visit, say(visit, TEXT_chat), 0);
	if (with_script) {
		queue_links(visit);
		begin_element(visit);
	}
	is_open = hours_say(visit);
	if (policy)
		policy_chat_line(policy, visit->language, line);
	text_fill(out, "<section class=\"card\"><h2>$</h2>",
		  say(visit, TEXT_before));
	if (line[0])
		text_fill(out, "<p>$</p>", line);
	text_fill(out,
		  "<p>$</p><p><a href=\"/notice?lang=$\">$</a></p></section>\n",
		  say(visit, TEXT_no_codes), language_code(visit->language),
		  say(visit, TEXT_read_notice));
	if (is_open && policy)
		start_form(visit);
	if (with_script)
		text_say(out, "</tallenne-chat>\n");
	text_say(out, "<p><a href=\"");
	address(visit, with_script ? "&amp;plain=1" : "");
	text_fill(out, "\">$</a></p>\n",
		  say(visit,
		      with_script ? TEXT_without_script : TEXT_with_script));
	layout_end(visit);
}

/*
 * In the conversation.
 */

enum text_id form_page_words(const struct chat_event *event)
{
	switch (event->kind) {
	case CHAT_JOINED:
		return TEXT_joined;
	case CHAT_PASSED:
		return TEXT_passed;
	case CHAT_QUEUED:
		return TEXT_queued;
	default:
		break;
	}
	switch (event->reason) {
	case CHAT_REASON_VISITOR:
		return TEXT_closed_visitor;
	case CHAT_REASON_LEFT:
		return TEXT_closed_left;
	case CHAT_REASON_IDLE:
		return TEXT_closed_idle;
	case CHAT_REASON_HOURS:
		return TEXT_closed_hours;
	case CHAT_REASON_LOST:
		return TEXT_closed_lost;
	case CHAT_REASON_FULL:
		return TEXT_closed_full;
	default:
		return TEXT_closed_agent;
	}
}

const char *form_page_name(const struct visit *visit,
			   const struct chat_event *event)
{
	if (event->kind == CHAT_MESSAGE && event->side == CHAT_SIDE_VISITOR)
		return event->name[0] ? event->name : say(visit, TEXT_you);
	if (event->kind == CHAT_QUEUED || event->kind == CHAT_CLOSED_BY)
		return "";
	return event->name[0] ? event->name : say(visit, TEXT_agent);
}

void form_page_event(const struct visit *visit, struct text *out,
		     const struct chat_event *event)
{
	const char *name = form_page_name(visit, event);
	char at[WHEN_TEXT_SIZE], machine[CLOCK_TEXT_SIZE];

	when_clock(zone_of(visit), event->at, visit->language, at);
	clock_text(event->at, machine);
	if (event->kind != CHAT_MESSAGE) {
		text_fill(out,
			  "<li class=\"system\"><p><bdi>$</bdi> $ "
			  "<time datetime=\"$\">$</time></p></li>\n",
			  name, say(visit, form_page_words(event)), machine,
			  at);
		return;
	}
	text_fill(out,
		  "<li class=\"$\"><p "
		  "class=\"who\"><strong><bdi>$</bdi></strong> "
		  "<time datetime=\"$\">$</time></p><p class=\"said\">$</p>",
		  event->side == CHAT_SIDE_VISITOR ? "mine" : "theirs", name,
		  machine, at, event->text);
	if (event->flags & CHAT_FLAG_MASKED)
		text_fill(out, "<p class=\"hint\">$</p>",
			  say(visit, TEXT_masked));
	text_say(out, "</li>\n");
}

static void standing(struct visit *visit, const struct chat_state *state)
{
	struct text *out = visit_out(visit);

	text_say(out, "<div class=\"standing\"><p>");
	if (state->phase == CHAT_WAITING && state->place)
		layout_number(out, say(visit, TEXT_you_wait), state->place);
	else if (state->phase == CHAT_WAITING)
		text_html(out, say(visit, TEXT_you_wait_soon));
	else if (state->phase == CHAT_OVER)
		text_html(out, say(visit, TEXT_it_is_over));
	else if (state->agent_name[0])
		text_fill(out, "$ <strong>$</strong>",
			  say(visit, TEXT_you_talk), state->agent_name);
	else
		text_html(out, say(visit, TEXT_you_talk_nobody));
	if (state->phase == CHAT_WAITING)
		say_wait(visit, state->wait_s);
	if (state->phase == CHAT_TALKING && state->agent_typing)
		text_fill(out, " $", say(visit, TEXT_agent_types));
	text_say(out, "</p></div>\n");
}

static void warning(struct visit *visit, const struct chat_state *state)
{
	struct text *out = visit_out(visit);

	if (!state->closes_in_s || state->phase == CHAT_OVER)
		return;
	text_say(out, "<div class=\"fault\"><p>");
	layout_number(out, say(visit, TEXT_closes_soon),
		      (state->closes_in_s + S_PER_MIN - 1) / S_PER_MIN);
	text_say(out, "</p>");
	form_begin(visit, "/chat/stay", "");
	text_fill(out, "<button class=\"button\">$</button></form></div>\n",
		  say(visit, TEXT_still_here));
}

static void fault(struct visit *visit, const struct form_page *page)
{
	if (page->fault != TEXTS)
		text_fill(visit_out(visit),
			  "<div class=\"fault\" id=\"fault\"><p><strong>$"
			  "</strong> $</p></div>\n",
			  say(visit, TEXT_not_sent), say(visit, page->fault));
}

static void write_form(struct visit *visit, const struct form_page *page)
{
	struct text *out = visit_out(visit);
	char id[SAY_TOKEN_TEXT];

	say_token_text(page->client_id, id);
	form_begin(visit, "/chat/say", "card");
	layout_hidden(out, "id", id);
	text_fill(out,
		  "<p class=\"field\"><label for=\"text\">$</label>"
		  "<textarea id=\"text\" name=\"text\" rows=\"4\" required "
		  "maxlength=\"4000\" autocomplete=\"off\" autofocus ",
		  say(visit, TEXT_your_message));
	/* Who lands in the field hears what is wrong before the hint. */
	text_say(out, page->fault == TEXTS
			      ? "aria-describedby=\"text-hint\">\n"
			      : "aria-invalid=\"true\" "
				"aria-describedby=\"fault text-hint\">\n");
	text_html(out, page->draft);
	text_fill(out,
		  "</textarea><span class=\"hint\" id=\"text-hint\">$</span>"
		  "</p>\n<p class=\"actions\"><button class=\"button primary\">"
		  "$</button></p></form>\n<p><a href=\"",
		  say(visit, TEXT_does_not_refresh), say(visit, TEXT_send));
	address(visit, "");
	text_fill(out, "\">$</a> <span class=\"hint\">$</span></p>\n",
		  say(visit, TEXT_look), say(visit, TEXT_look_hint));
}

static void write_link(struct visit *visit)
{
	struct text *out = visit_out(visit);

	text_say(out,
		 "<p class=\"actions\"><a class=\"button primary\" href=\"");
	address(visit, "&amp;write=1#text");
	text_fill(out, "\">$</a></p>\n<p class=\"hint\">",
		  say(visit, TEXT_write));
	layout_number(out, say(visit, TEXT_refreshes), FORM_PAGE_REFRESH_S);
	text_say(out, "</p>\n");
}

static void to_keep(struct visit *visit, const struct chat_state *state)
{
	const char *language = language_code(visit->language);
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<section class=\"card\"><h2>$</h2><dl class=\"pairs\"><div>"
		  "<dt>$</dt><dd><code>$</code></dd></div></dl><p>$</p>\n",
		  say(visit, TEXT_keep), say(visit, TEXT_receipt),
		  state->receipt, say(visit, TEXT_receipt_why));
	text_fill(out,
		  "<p class=\"actions\"><a class=\"button\" "
		  "href=\"/chat/transcript?as=text&amp;lang=$\">$</a> "
		  "<a class=\"button\" "
		  "href=\"/chat/transcript?as=html&amp;lang=$\">$</a></p>"
		  "</section>\n",
		  language, say(visit, TEXT_as_text), language,
		  say(visit, TEXT_as_html));
}

static void ending(struct visit *visit, const struct chat_state *state)
{
	struct text *out = visit_out(visit);

	if (state->phase == CHAT_OVER) {
		form_begin(visit, "/chat/leave", "card");
		text_fill(
			out,
			"<p>$</p><button class=\"button\">$</button></form>\n",
			say(visit, TEXT_leave_hint), say(visit, TEXT_leave));
		return;
	}
	text_fill(out, "<details class=\"card\"><summary>$</summary><p>$</p>",
		  say(visit, TEXT_end), say(visit, TEXT_end_sure));
	form_begin(visit, "/chat/end", "");
	text_fill(out, "<button class=\"button\">$</button></form></details>\n",
		  say(visit, TEXT_end_yes));
}

void form_page_talk(struct visit *visit, const struct form_page *page)
{
	const struct chat_state *state = page->state;
	bool is_over = state->phase == CHAT_OVER;
	struct text *out = visit_out(visit);

	layout_begin(visit, say(visit, TEXT_chat),
		     is_over || page->is_writing ? 0 : FORM_PAGE_REFRESH_S);
	fault(visit, page);
	standing(visit, state);
	warning(visit, state);
	/* Before the messages: whoever listens to many of them would never come
	   to what is after them before all is told anew. */
	if (!is_over && !page->is_writing)
		write_link(visit);
	text_fill(out, "<section><h2>$</h2>\n", say(visit, TEXT_messages));
	if (page->is_cut)
		text_fill(out, "<p class=\"hint\">$</p>",
			  say(visit, TEXT_only_last));
	if (page->log.size > 0) {
		text_say(out, "<ol class=\"log\">\n");
		text_add(out, page->log);
		text_say(out, "</ol>");
	} else {
		text_fill(out, "<p class=\"hint\">$</p>",
			  say(visit, TEXT_no_messages));
	}
	text_say(out, "</section>\n");
	if (!is_over && page->is_writing)
		write_form(visit, page);
	else if (page->draft[0])
		text_fill(out, "<p class=\"said card\">$</p>\n", page->draft);
	to_keep(visit, state);
	ending(visit, state);
	layout_end(visit);
}
