/* SPDX-License-Identifier: EUPL-1.2 */
#include "desk/contacts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/layout.h"
#include "desk/when.h"

void contacts_read(const struct visit *visit,
		   struct contacts_filter *ret_filter,
		   struct desk_contacts *ret_question)
{
	struct contacts_filter filter = { 0 };
	struct desk_contacts question = { 0 };
	struct filter_limits limits;
	char empty[4];

	filter_read(visit, &filter.span, &limits);
	question.from = limits.from;
	question.until = limits.until;
	question.min_s = limits.min_s;
	question.max_s = limits.max_s;
	(void)visit_query(visit, "service", filter.service,
			  sizeof(filter.service));
	(void)visit_query(visit, "agent", filter.agent, sizeof(filter.agent));
	filter.with_empty = visit_query(visit, "empty", empty, sizeof(empty));
	filter.is_bad = filter.span.is_bad;
	if (slice_text(slice_of(filter.service), question.service_number,
		       sizeof(question.service_number)) < 0 ||
	    slice_text(slice_of(filter.agent), question.agent,
		       sizeof(question.agent)) < 0)
		filter.is_bad = true;
	question.with_empty = filter.with_empty;
	question.limit = (uint32_t)filter_number(visit, "limit", DESK_ROWS_MAX,
						 DESK_ROWS_MAX);
	question.before = filter_number(visit, "before", UINT64_MAX, 0);
	*ret_filter = filter;
	*ret_question = question;
}

void contacts_next(const struct contacts_filter *filter, uint64_t before,
		   struct text *out)
{
	text_say(out, "?");
	filter_keep(out, "from", filter->span.from);
	filter_keep(out, "until", filter->span.until);
	filter_keep(out, "service", filter->service);
	filter_keep(out, "agent", filter->agent);
	filter_keep(out, "min", filter->span.min);
	filter_keep(out, "max", filter->span.max);
	filter_keep(out, "empty", filter->with_empty ? "1" : "");
	if (before)
		text_format(out, "before=%llu", (unsigned long long)before);
}

static void label(struct visit *visit, const char *kind, enum text_id words)
{
	text_fill(visit_out(visit), "<span class=\"label $\">$</span> ", kind,
		  say(visit, words));
}

void contacts_labels(struct visit *visit, const struct desk_contact_row *row)
{
	static const struct {
		uint32_t flag;
		enum text_id words;
	} flags[] = {
		{ REGISTER_FLAG_END_LOST, TEXT_flag_end_lost },
		{ REGISTER_FLAG_SEGMENTS, TEXT_flag_segments },
		{ REGISTER_FLAG_NO_METADATA, TEXT_flag_no_metadata },
		{ REGISTER_FLAG_ONE_LANE, TEXT_flag_one_lane },
		{ REGISTER_FLAG_RECOVERED, TEXT_flag_recovered },
		{ REGISTER_FLAG_DAMAGED, TEXT_flag_damaged },
		{ REGISTER_FLAG_NO_SOUND, TEXT_flag_no_sound },
		{ REGISTER_FLAG_RUINED, TEXT_flag_ruined },
	};
	uint32_t shown = row->flags;

	/* "Partly" is not said where nothing is left. */
	if (shown & REGISTER_FLAG_RUINED)
		shown &= ~(uint32_t)(row->recordings > 0
					     ? REGISTER_FLAG_RUINED
					     : REGISTER_FLAG_DAMAGED);

	if (row->state == REGISTER_STATE_ANSWERED)
		label(visit, "live", TEXT_state_answered);
	if (row->state == REGISTER_STATE_OPEN)
		label(visit, "live", TEXT_state_open);
	if (row->state == REGISTER_STATE_UNANSWERED)
		label(visit, "", TEXT_state_unanswered);
	for (size_t i = 0; i < COUNT(flags); i++)
		if (shown & flags[i].flag)
			label(visit, "warn", flags[i].words);
}

void contacts_caller(struct visit *visit, const struct desk_contact_row *row)
{
	struct text *out = visit_out(visit);
	char number[WHEN_TEXT_SIZE];
	const char *tail;

	when_number(row->caller, number);
	if (row->flags & REGISTER_FLAG_WITHHELD) {
		text_fill(out, "$", say(visit, TEXT_withheld));
	} else if (!row->caller[0]) {
		text_fill(out, "$", say(visit, TEXT_not_shown));
	} else if (when_is_masked(number, &tail)) {
		text_fill(out,
			  "<span aria-hidden=\"true\">$</span>"
			  "<span class=\"unseen\">$ $</span>",
			  number, say(visit, TEXT_number_ending), tail);
	} else {
		text_fill(out, "$", number);
	}
}

static void cell(struct visit *visit, enum text_id head, const char *class,
		 const char *words)
{
	text_fill(visit_out(visit),
		  "<td role=\"cell\" class=\"$\"><span class=\"th\" "
		  "aria-hidden=\"true\">$</span>$</td>",
		  class, say(visit, head), words);
}

static void started_cell(struct visit *visit,
			 const struct desk_contact_row *row)
{
	char when[WHEN_TEXT_SIZE], machine[WHEN_TEXT_SIZE];
	char hex[ID_TEXT_SIZE];

	id_text(&row->contact, hex);
	when_text(row->started_at, visit->language, when);
	when_machine(row->started_at, machine);
	text_fill(visit_out(visit),
		  "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">"
		  "<a href=\"/contacts/$\"><time datetime=\"$\">$</time>"
		  "<span class=\"unseen\">, $ $ ",
		  hex, machine, when, say(visit, TEXT_contact),
		  say(visit, TEXT_number));
	text_format(visit_out(visit), "%llu</span></a></th>",
		    (unsigned long long)row->number);
}

static void until_cell(struct visit *visit, const struct desk_contact_row *row)
{
	char date[WHEN_TEXT_SIZE], machine[WHEN_TEXT_SIZE];
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<td role=\"cell\" class=\"until\"><span class=\"th\" "
		  "aria-hidden=\"true\">$</span>",
		  say(visit, TEXT_until_sound));
	if (row->audio_end == 0) {
		text_fill(out, "<span class=\"gone\">$</span></td>",
			  say(visit,
			      row->state == REGISTER_STATE_UNANSWERED ||
					      row->flags & REGISTER_FLAG_RUINED
				      ? TEXT_no_sound
				      : TEXT_sound_gone));
		return;
	}
	when_date(row->audio_end, visit->language, date);
	when_date_machine(row->audio_end, machine);
	text_fill(out, "<time datetime=\"$\">$</time></td>", machine, date);
}

static void row_out(struct visit *visit, const struct desk_contact_row *row)
{
	struct text *out = visit_out(visit);
	char words[WHEN_TEXT_SIZE];

	started_cell(visit, row);
	when_number(row->service_number, words);
	cell(visit, TEXT_service_number, "num", words);
	text_fill(out,
		  "<td role=\"cell\" class=\"$\"><span class=\"th\" "
		  "aria-hidden=\"true\">$</span>",
		  row->caller[0] ? "num" : "muted", say(visit, TEXT_caller));
	contacts_caller(visit, row);
	text_say(out, "</td>");
	cell(visit, TEXT_agent, "",
	     row->agent_name[0] ? row->agent_name : say(visit, TEXT_not_told));
	when_length(row->duration_ms, words);
	cell(visit, TEXT_length, "num right", row->duration_ms ? words : "–");
	until_cell(visit, row);
	text_fill(out,
		  "<td role=\"cell\" class=\"labels\"><span class=\"th\" "
		  "aria-hidden=\"true\">$</span>",
		  say(visit, TEXT_state));
	contacts_labels(visit, row);
	text_say(out, "</td></tr>\n");
}

void contacts_table(struct visit *visit, const struct desk_contact_rows *rows,
		    const char *labelled_by)
{
	static const enum text_id heads[] = {
		TEXT_started, TEXT_service_number, TEXT_caller, TEXT_agent,
		TEXT_length,  TEXT_until_sound,	   TEXT_state,
	};
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<table class=\"rows\" role=\"table\" data-rows "
		  "aria-labelledby=\"$\"><thead role=\"rowgroup\">"
		  "<tr role=\"row\">",
		  labelled_by);
	for (size_t i = 0; i < COUNT(heads); i++)
		text_fill(out,
			  "<th role=\"columnheader\" scope=\"col\""
			  " class=\"$\">$</th>",
			  heads[i] == TEXT_length ? "right" : "",
			  say(visit, heads[i]));
	text_say(out, "</tr></thead><tbody role=\"rowgroup\">\n");
	for (uint32_t i = 0; i < rows->count; i++)
		row_out(visit, &rows->row[i]);
	text_say(out, "</tbody></table>\n");
}

void contacts_choice(struct visit *visit, const char *name, enum text_id words,
		     enum desk_letter which, const char *value)
{
	struct text *out = visit_out(visit);
	struct desk_words list;

	text_fill(out,
		  "<p class=\"field\"><label for=\"$\">$</label>"
		  "<select id=\"$\" name=\"$\"><option value=\"\">$</option>",
		  name, say(visit, words), name, name, say(visit, TEXT_all));
	if (asks_words(visit, which, &list) == DESK_OK)
		for (uint32_t i = 0; i < list.count; i++) {
			char number[WHEN_TEXT_SIZE];

			when_number(list.word[i].id, number);
			text_fill(out, "<option value=\"$\"", list.word[i].id);
			if (!strcmp(list.word[i].id, value))
				text_say(out, " selected");
			if (which == DESK_SERVICES)
				text_fill(out, ">$ $</option>", number,
					  list.word[i].text);
			else
				text_fill(out, ">$</option>",
					  list.word[i].text);
		}
	text_say(out, "</select></p>");
}

static void filter_form(struct visit *visit,
			const struct contacts_filter *filter)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<form class=\"filters\" method=\"get\" action=\"/contacts\" "
		  "role=\"search\" aria-label=\"$\"><div class=\"grid\">",
		  say(visit, TEXT_filter));
	filter_days(visit, &filter->span);
	contacts_choice(visit, "service", TEXT_service_number, DESK_SERVICES,
			filter->service);
	if (visit->session.role != NOTICE_ROLE_AGENT)
		contacts_choice(visit, "agent", TEXT_agent, DESK_AGENTS,
				filter->agent);
	filter_lengths(visit, &filter->span);
	text_say(out, "</div><div class=\"row\"><label class=\"choice\">"
		      "<input type=\"checkbox\" name=\"empty\" value=\"1\"");
	text_say(out, filter->with_empty ? " checked>" : ">");
	text_fill(out,
		  "<span>$</span></label><span class=\"actions\">"
		  "<button class=\"button primary\">$</button> "
		  "<a class=\"button\" href=\"/contacts\">$</a></span>"
		  "</div></form>\n",
		  say(visit, TEXT_with_empty), say(visit, TEXT_search),
		  say(visit, TEXT_clear));
}

static void results(struct visit *visit, const struct contacts_filter *filter,
		    const struct desk_contacts *question,
		    const struct desk_contact_rows *rows)
{
	struct text *out = visit_out(visit);
	struct text newest = TEXT_NEW, next = TEXT_NEW;

	if (rows->count == 0) {
		text_fill(out,
			  "<div class=\"empty\"><p><strong>$</strong></p>"
			  "<p>$</p></div>\n",
			  say(visit, TEXT_nothing_found),
			  say(visit, TEXT_nothing_found_how));
		return;
	}
	contacts_table(visit, rows, "title");
	text_say(&newest, "/contacts");
	contacts_next(filter, 0, &newest);
	text_say(&next, "/contacts");
	contacts_next(filter, rows->next, &next);
	if (!newest.failed && !next.failed)
		filter_pages(visit, question->before ? newest.bytes : NULL,
			     rows->next ? next.bytes : NULL);
	text_drop(&newest);
	text_drop(&next);
}

void do_contacts(struct visit *visit)
{
	struct contacts_filter filter;
	struct desk_contacts question;
	struct desk_contact_rows rows = { 0 };
	enum desk_result result = DESK_OK;
	struct text *out = visit_out(visit);

	contacts_read(visit, &filter, &question);
	if (!filter.is_bad)
		result = asks_contacts(visit, &question, &rows);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	if (filter.is_bad)
		layout_begin_wrong(visit, say(visit, TEXT_contacts));
	else
		layout_begin_bare(visit, say(visit, TEXT_contacts));
	text_fill(out,
		  "<div class=\"title-row\"><h1 id=\"title\">$</h1>"
		  "<p class=\"hint keys-hint\">$</p></div>\n",
		  say(visit, TEXT_contacts), say(visit, TEXT_contacts_keys));
	if (filter.is_bad) {
		visit->answer->status = 422;
		text_fill(out, "<p class=\"fault\" role=\"alert\">$</p>",
			  say(visit, TEXT_filter_bad));
	}
	filter_form(visit, &filter);
	if (!filter.is_bad)
		results(visit, &filter, &question, &rows);
	layout_end(visit);
}
