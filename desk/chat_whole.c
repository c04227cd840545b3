/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The page of one stored chat: the data that the notice lists (S12), both
 * end dates, who has read it; and what was said, once a purpose is chosen
 * and it was asked for. Asking is a form: neither a reload nor a browser
 * that looks ahead reads anything.
 */
#include <stdio.h>
#include <string.h>

#include "chat/chat.h"
#include "desk/asks.h"
#include "desk/chat_content.h"
#include "desk/chats.h"
#include "desk/errors.h"
#include "desk/layout.h"
#include "desk/readers.h"
#include "desk/when.h"

static void time_pair(struct visit *visit, enum text_id label, int64_t at)
{
	char when[WHEN_TEXT_SIZE], machine[WHEN_TEXT_SIZE];

	if (at == 0) {
		layout_pair(visit_out(visit), say(visit, label),
			    say(visit, TEXT_not_told));
		return;
	}
	when_exact(at, visit->language, when);
	when_machine(at, machine);
	text_fill(visit_out(visit),
		  "<div><dt>$</dt><dd><time datetime=\"$\">$</time></dd>"
		  "</div>\n",
		  say(visit, label), machine, when);
}

static void notice_pair(struct visit *visit,
			const struct desk_chat_whole *whole)
{
	struct text *out = visit_out(visit);
	char hash[16];

	snprintf(hash, sizeof(hash), "%08x", whole->policy_hash);
	text_fill(out,
		  "<div><dt>$</dt><dd>$ <span class=\"nowrap\">$</span> "
		  "<code title=\"SHA-256\">$</code></dd></div>",
		  say(visit, TEXT_chat_notice_shown), whole->policy_id,
		  whole->policy_version, hash);
}

static void data(struct visit *visit, const struct desk_chat_whole *whole)
{
	const struct desk_chat_row *row = &whole->row;
	struct text *out = visit_out(visit);

	text_fill(out, "<section class=\"card\"><h2>$</h2><dl class=\"pairs\">",
		  say(visit, TEXT_chat_data));
	time_pair(visit, TEXT_start_time, row->started_at);
	time_pair(visit, TEXT_end_time, row->ended_at);
	layout_pair(out, say(visit, TEXT_agent_name),
		    row->agent_name[0] ? row->agent_name
				       : say(visit, TEXT_not_told));
	text_fill(out, "</dl><p class=\"hint\">$</p><dl class=\"pairs small\">",
		  say(visit, TEXT_chat_data_all));
	layout_pair(out, say(visit, TEXT_chat_queue),
		    chats_queue(visit, row->queue));
	layout_pair(out, say(visit, TEXT_chat_language),
		    chats_language(visit, row->language));
	if (row->end_reason)
		layout_pair(out, say(visit, TEXT_chat_how_ended),
			    chats_reason(visit, row->end_reason));
	notice_pair(visit, whole);
	text_say(out, "</dl></section>\n");
}

static void station(struct visit *visit, enum text_id what, const char *class,
		    const char *machine, const char *when, const char *more)
{
	text_fill(visit_out(visit),
		  "<li class=\"$\"><span class=\"dot\"></span>"
		  "<strong>$</strong> <time datetime=\"$\">$</time>"
		  " <small>$</small></li>\n",
		  class, say(visit, what), machine, when, more);
}

static void happened(struct visit *visit, enum text_id what, int64_t at)
{
	char when[WHEN_TEXT_SIZE], machine[WHEN_TEXT_SIZE];

	if (at == 0)
		return;
	when_exact(at, visit->language, when);
	when_machine(at, machine);
	station(visit, what, "past", machine, when, "");
}

static void expires(struct visit *visit, enum text_id what, enum text_id gone,
		    seal_date date)
{
	char when[WHEN_TEXT_SIZE], machine[WHEN_TEXT_SIZE];
	char more[WHEN_TEXT_SIZE] = "";
	int days;

	if (date == 0) {
		text_fill(visit_out(visit),
			  "<li class=\"past\"><span class=\"dot\"></span>"
			  "<strong>$</strong></li>",
			  say(visit, gone));
		return;
	}
	days = when_days_until(date, clock_seconds(&clock_system));
	when_date(date, visit->language, when);
	when_date_machine(date, machine);
	if (days > 1)
		snprintf(more, sizeof(more), "%d %s", days,
			 say(visit, TEXT_days_left));
	else if (days >= 0)
		snprintf(more, sizeof(more), "%s",
			 say(visit, days ? TEXT_tomorrow : TEXT_today));
	station(visit, what, days < 0 ? "past" : "future", machine, when, more);
}

static void life_line(struct visit *visit, const struct desk_chat_row *row)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<section class=\"life\"><h2>$</h2><ol class=\"line\">\n",
		  say(visit, TEXT_life));
	happened(visit, TEXT_chat_started, row->started_at);
	happened(visit, TEXT_ended, row->ended_at);
	expires(visit, TEXT_history_ends, TEXT_chat_row_gone, row->contact_end);
	if (row->content_state != DESK_NOT_FOUND)
		expires(visit, TEXT_chat_content_ends, TEXT_chat_gone,
			row->chat_end);
	text_fill(out, "</ol><p class=\"hint\">$</p></section>\n",
		  say(visit, TEXT_chat_life_why));
}

static void title(struct visit *visit, const struct desk_chat_row *row,
		  enum text_id part)
{
	char when[WHEN_TEXT_SIZE], whole[4 * WHEN_TEXT_SIZE];
	char number[32], length[WHEN_TEXT_SIZE];
	struct text *out = visit_out(visit);

	when_text(row->started_at, visit->language, when);
	when_length(chats_length(row), length);
	snprintf(number, sizeof(number), "%llu",
		 (unsigned long long)row->number);
	/* Tabs and history are read by their titles. */
	snprintf(whole, sizeof(whole), "%s%s%s %s %s, %s",
		 part == TEXTS ? "" : say(visit, part),
		 part == TEXTS ? "" : ": ", say(visit, TEXT_chat_one),
		 say(visit, TEXT_number), number, when);
	layout_begin_bare(visit, whole);
	text_fill(out,
		  "<link rel=\"stylesheet\" href=\"/ui/chatdesk.css\">"
		  "<p class=\"crumbs\"><a href=\"/chats\">$</a></p>"
		  "<div class=\"title-row\"><h1>$ <small>$ $</small></h1>"
		  "<p class=\"facts\">",
		  say(visit, TEXT_chats), when, say(visit, TEXT_number),
		  number);
	if (chats_length(row))
		text_fill(out, "<span class=\"label\">$ $</span> ",
			  say(visit, TEXT_length), length);
	chats_labels(visit, row);
	text_say(out, "</p></div>\n");
}

static void tabs(struct visit *visit, const char *hex, bool readers)
{
	struct text *out = visit_out(visit);

	if (!visit->session.may_see_readers)
		return;
	text_fill(out,
		  "<nav class=\"tabs\" aria-label=\"$\"><ul>"
		  "<li><a href=\"/chats/$\"",
		  say(visit, TEXT_parts), hex);
	text_say(out, readers ? ">" : " aria-current=\"page\">");
	text_fill(out, "$</a></li><li><a href=\"/chats/$?tab=readers\"",
		  say(visit, TEXT_chat_one), hex);
	text_say(out, readers ? " aria-current=\"page\">" : ">");
	text_fill(out, "$</a></li></ul></nav>\n",
		  say(visit, TEXT_chat_read_by));
}

static void readers_part(struct visit *visit, const struct id *chat,
			 const char *hex)
{
	uint64_t before = filter_number(visit, "before", UINT64_MAX, 0);
	struct text *out = visit_out(visit);
	struct desk_reader_rows rows;
	enum desk_result result = asks_readers(visit, chat, before, &rows);
	char text[24];

	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	text_fill(out,
		  "<section><h2 id=\"readers\">$</h2><p class=\"lead\">$</p>",
		  say(visit, TEXT_chat_read_by),
		  say(visit, TEXT_chat_read_by_how));
	if (rows.count == 0)
		text_fill(out, "<p class=\"empty\">$</p>",
			  say(visit, TEXT_chat_read_by_none));
	else
		readers_table(visit, &rows, false, "readers");
	if (rows.next) {
		snprintf(text, sizeof(text), "%llu",
			 (unsigned long long)rows.next);
		text_fill(out,
			  "<p><a class=\"button\" rel=\"next\" href=\""
			  "/chats/$?tab=readers&before=$\">$</a></p>",
			  hex, text, say(visit, TEXT_older));
	}
	text_say(out, "</section>\n");
	layout_end(visit);
}

/* The button that fetches what was said, from an event on. */
static void read_form(struct visit *visit, const char *hex, uint64_t from,
		      enum text_id words)
{
	struct text *out = visit_out(visit);

	text_fill(out, "<form method=\"post\" action=\"/chats/$/read#read\">",
		  hex);
	layout_form_token(visit);
	text_format(out, "<input type=\"hidden\" name=\"from\" value=\"%llu\">",
		    (unsigned long long)from);
	text_fill(out,
		  "<input type=\"hidden\" name=\"purpose\" value=\"$\">"
		  "<button class=\"button primary\">$</button></form>\n",
		  visit->session.purpose, say(visit, words));
}

static void missing(struct visit *visit, enum text_id words)
{
	text_fill(visit_out(visit), "<p class=\"empty\">$</p>",
		  say(visit, words));
}

/* Why there is nothing to read; TEXTS if there is. */
static enum text_id why_none(const struct visit *visit,
			     const struct desk_chat_row *row)
{
	if (row->state == REGISTER_STATE_OPEN ||
	    row->state == REGISTER_STATE_ANSWERED)
		return TEXT_chat_content_later;
	if (row->content_state == DESK_GONE)
		return TEXT_chat_gone;
	if (row->content_state == DESK_RESTRICTED)
		return TEXT_chat_restricted;
	if (row->content_state == DESK_LOCKED)
		return TEXT_problem_locked_detail;
	if (row->content_state != DESK_OK)
		return TEXT_chat_content_none;
	return visit->session.may_play ? TEXTS : TEXT_chat_may_not_read;
}

static void content_begin(struct visit *visit)
{
	text_fill(visit_out(visit),
		  "<section class=\"card\" id=\"read\"><h2>$</h2>",
		  say(visit, TEXT_chat_conversation));
}

static void content_part(struct visit *visit, const char *hex,
			 const struct desk_chat_row *row)
{
	enum text_id why = why_none(visit, row);
	struct text *out = visit_out(visit);

	content_begin(visit);
	if (why != TEXTS) {
		missing(visit, why);
	} else if (!visit->session.purpose[0]) {
		text_fill(out, "<p>$</p>", say(visit, TEXT_purpose_read_first));
		layout_purpose_form_to_read(
			visit, row->agent[0] ? row->agent_name : "");
	} else {
		text_fill(out, "<p>$ <strong>$</strong></p>",
			  say(visit, TEXT_chat_read_what),
			  layout_purpose(visit, visit->session.purpose));
		read_form(visit, hex, 1, TEXT_chat_read);
	}
	text_say(out, "</section>\n");
}

/* The chat of the path; false after an error. */
static bool find(struct visit *visit, struct desk_chat_whole *ret_whole,
		 char hex[ID_TEXT_SIZE])
{
	enum desk_result result;
	struct id chat;

	if (!visit_id(visit, 0, &chat))
		return false;
	id_text(&chat, hex);
	result = asks_chat(visit, &chat, ret_whole);
	if (result == DESK_OK)
		return true;
	error_result(visit, result);
	return false;
}

void do_chat_whole(struct visit *visit)
{
	struct desk_chat_whole whole;
	char hex[ID_TEXT_SIZE], tab[16] = "";
	bool readers;

	if (!find(visit, &whole, hex))
		return;
	(void)visit_query(visit, "tab", tab, sizeof(tab));
	readers = !strcmp(tab, "readers") && visit->session.may_see_readers;
	title(visit, &whole.row, readers ? TEXT_chat_read_by : TEXTS);
	tabs(visit, hex, readers);
	if (readers) {
		readers_part(visit, &whole.row.chat, hex);
		return;
	}
	content_part(visit, hex, &whole.row);
	life_line(visit, &whole.row);
	data(visit, &whole);
	layout_end(visit);
}

static void read_out(struct visit *visit, const struct desk_chat_whole *whole,
		     const char *hex, struct slice document, uint64_t seq)
{
	uint64_t next = 0, from = 1;
	struct text *out = visit_out(visit);
	char number[24];

	if (visit_form(visit, "from", number, sizeof(number)) &&
	    slice_number(slice_of(number), CHAT_EVENTS_MAX, &from) < 0)
		from = 1;
	title(visit, &whole->row, TEXT_chat_conversation);
	tabs(visit, hex, false);
	content_begin(visit);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)seq);
	text_fill(out, "<p class=\"hint\">$ $ ($ $)</p>\n",
		  say(visit, TEXT_chat_read_as),
		  layout_purpose(visit, visit->session.purpose),
		  say(visit, TEXT_chat_read_entry), number);
	if (chat_content_draw(visit, document, from, &next) < 0)
		missing(visit, TEXT_chat_content_bad);
	else if (next > 0)
		read_form(visit, hex, next, TEXT_chat_read_next);
	text_say(out, "</section>\n");
	data(visit, whole);
	layout_end(visit);
}

void do_chat_read(struct visit *visit)
{
	struct desk_play question = { .kind = SEAL_KIND_CHAT };
	OWNED(drop_memory) char *bytes = NULL;
	struct desk_chat_whole whole;
	struct desk_playing playing;
	enum desk_result result;
	char hex[ID_TEXT_SIZE];
	size_t size;

	if (!find(visit, &whole, hex))
		return;
	/* What the page was made for must still be what one reads for. */
	if (!visit_form(visit, "purpose", question.purpose,
			sizeof(question.purpose)) ||
	    !question.purpose[0] ||
	    strcmp(question.purpose, visit->session.purpose) != 0) {
		error_show(visit, PROBLEM_purpose_required);
		return;
	}
	if (whole.row.content_state != DESK_OK) {
		error_result(visit, (enum desk_result)whole.row.content_state);
		return;
	}
	size = whole.row.size;
	if (size == 0 || size > CHAT_CONTENT_SIZE_MAX ||
	    !(bytes = malloc(size))) {
		error_show(visit, PROBLEM_later);
		return;
	}
	question.call = whole.row.content;
	question.size = size;
	result = asks_play_whole(visit, &question, bytes, &playing);
	if (result == DESK_OK)
		read_out(visit, &whole, hex, (struct slice){ bytes, size },
			 playing.seq);
	else
		error_result(visit, result);
	explicit_bzero(bytes, size);
}
