/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/readers.h"

#include <stdio.h>
#include <string.h>

#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/layout.h"
#include "desk/when.h"

static void cell(struct visit *visit, enum text_id head, const char *words)
{
	text_fill(visit_out(visit),
		  "<td role=\"cell\" class=\"$\"><span class=\"th\" "
		  "aria-hidden=\"true\">$</span>$</td>",
		  head == TEXT_purpose ? "wide" : "", say(visit, head), words);
}

static void range_words(const struct desk_reader_row *row,
			char out[2 * WHEN_TEXT_SIZE + 4])
{
	char from[WHEN_TEXT_SIZE], until[WHEN_TEXT_SIZE];

	if (row->from_ms < 0 || row->until_ms < 0) {
		snprintf(out, 2 * WHEN_TEXT_SIZE + 4, "–");
		return;
	}
	when_length((uint64_t)row->from_ms, from);
	when_length((uint64_t)row->until_ms, until);
	snprintf(out, 2 * WHEN_TEXT_SIZE + 4, "%s–%s", from, until);
}

static void time_out(struct visit *visit, int64_t at, const char *words)
{
	char machine[WHEN_TEXT_SIZE];

	when_machine(at, machine);
	text_fill(visit_out(visit), "<time datetime=\"$\">$</time>", machine,
		  words);
}

/* From the first read to the last; once if that is the same minute. */
static void times_out(struct visit *visit, const struct desk_reader_row *row)
{
	char first[WHEN_TEXT_SIZE], last[WHEN_TEXT_SIZE];
	bool is_same;

	when_text(row->first_at, visit->language, first);
	when_text(row->last_at, visit->language, last);
	is_same = strcmp(first, last) == 0;
	if (when_same_day(row->first_at, row->last_at))
		when_clock(row->last_at, visit->language, last);
	time_out(visit, row->first_at, first);
	if (!is_same) {
		text_say(visit_out(visit), " – ");
		time_out(visit, row->last_at, last);
	}
}

static void row_out(struct visit *visit, const struct desk_reader_row *row,
		    bool with_contact)
{
	struct text *out = visit_out(visit);
	char range[2 * WHEN_TEXT_SIZE + 4], number[32], hex[ID_TEXT_SIZE];
	char who[sizeof(row->actor) + sizeof(row->login) + 4];
	const char *role = text_role(row->role, visit->language);

	text_say(out, "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">");
	times_out(visit, row);
	text_say(out, "</th>");
	if (with_contact) {
		bool is_chat = row->channel == REGISTER_CHANNEL_CHAT;
		enum text_id what = is_chat ? TEXT_chat_one : TEXT_contact;

		id_text(&row->contact, hex);
		snprintf(number, sizeof(number), "%llu",
			 (unsigned long long)row->number);
		if (visit->session.may_see_contacts)
			text_fill(out,
				  "<td role=\"cell\"><span class=\"th\" "
				  "aria-hidden=\"true\">$</span>"
				  "<a href=\"/$/$\"><span class=\"$\">$ "
				  "</span><span class=\"unseen\">$ </span>$"
				  "</a></td>",
				  say(visit, TEXT_contact),
				  is_chat ? "chats" : "contacts", hex,
				  is_chat ? "" : "unseen", say(visit, what),
				  say(visit, TEXT_number), number);
		else
			cell(visit, TEXT_contact, number);
	}
	/* Names may be equal, logins are not. */
	snprintf(who, sizeof(who), "%s%s%s%s",
		 row->actor[0] ? row->actor : role, row->login[0] ? " (" : "",
		 row->login, row->login[0] ? ")" : "");
	cell(visit, TEXT_reader, who);
	cell(visit, TEXT_role, role);
	cell(visit, TEXT_purpose, layout_purpose(visit, row->purpose));
	snprintf(number, sizeof(number), "%u", row->parts);
	cell(visit, TEXT_fetches, number);
	range_words(row, range);
	cell(visit, TEXT_fetched, range);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)row->seq);
	cell(visit, TEXT_audit_entry, number);
	text_say(out, "</tr>\n");
}

static void head(struct visit *visit, enum text_id words)
{
	text_fill(visit_out(visit),
		  "<th role=\"columnheader\" scope=\"col\">$</th>",
		  say(visit, words));
}

void readers_table(struct visit *visit, const struct desk_reader_rows *rows,
		   bool with_contact, const char *labelled_by)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<table class=\"rows\" role=\"table\" aria-labelledby=\"$\">"
		  "<thead role=\"rowgroup\"><tr role=\"row\">",
		  labelled_by);
	head(visit, TEXT_when);
	if (with_contact)
		head(visit, TEXT_contact);
	head(visit, TEXT_reader);
	head(visit, TEXT_role);
	head(visit, TEXT_purpose);
	head(visit, TEXT_fetches);
	head(visit, TEXT_fetched);
	head(visit, TEXT_audit_entry);
	text_say(out, "</tr></thead><tbody role=\"rowgroup\">\n");
	for (uint32_t i = 0; i < rows->count; i++)
		row_out(visit, &rows->row[i], with_contact);
	text_fill(out, "</tbody></table>\n<p class=\"hint\">$</p>\n",
		  say(visit, TEXT_fetched_hint));
}

bool readers_sees_own(const struct visit *visit)
{
	return visit->session.role == NOTICE_ROLE_QUALITY;
}

enum text_id readers_title(const struct visit *visit)
{
	return readers_sees_own(visit) ? TEXT_own_listenings
				       : TEXT_who_listened;
}

void do_listened(struct visit *visit)
{
	enum text_id title = layout_listened(visit);
	enum text_id why = title == TEXT_listened ? TEXT_listened_why
			   : title == TEXT_own_listenings
				   ? TEXT_own_listenings_what
				   : TEXT_listenings_why;
	enum text_id none = title == TEXT_own_listenings
				    ? TEXT_own_listenings_never
				    : TEXT_nobody_listened_or_read;
	struct desk_reader_rows rows;
	struct text *out = visit_out(visit);
	char text[24];
	uint64_t before = 0;
	enum desk_result result;

	if (visit_query(visit, "before", text, sizeof(text)) &&
	    slice_number(slice_of(text), UINT64_MAX, &before) < 0)
		before = 0;
	result = asks_readers(visit, NULL, before, &rows);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	layout_begin_bare(visit, say(visit, title));
	text_fill(out, "<h1 id=\"title\">$</h1><p class=\"lead\">$</p>",
		  say(visit, title), say(visit, why));
	if (rows.count == 0)
		text_fill(out, "<p class=\"empty\">$</p>", say(visit, none));
	else
		readers_table(visit, &rows, true, "title");
	if (rows.next) {
		snprintf(text, sizeof(text), "%llu",
			 (unsigned long long)rows.next);
		text_fill(out,
			  "<nav class=\"pages\" aria-label=\"$\">"
			  "<a class=\"button\" rel=\"next\" "
			  "href=\"/listened?before=$\">$</a></nav>",
			  say(visit, TEXT_pages), text, say(visit, TEXT_older));
	}
	layout_end(visit);
}
