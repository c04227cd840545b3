/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The list of stored chats: when, in which queue and language, by whom
 * answered, and until when. No word of what was said, no nickname.
 */
#include "desk/chats.h"

#include <stdio.h>
#include <string.h>

#include "chat/chat.h"
#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/layout.h"
#include "desk/when.h"
#include "notice/channel.h"

void chats_read(const struct visit *visit, struct chats_filter *ret_filter,
		struct desk_chats *ret_question)
{
	struct chats_filter filter = { 0 };
	struct desk_chats question = { 0 };
	struct filter_limits limits;
	char empty[4];

	filter_read(visit, &filter.span, &limits);
	question.from = limits.from;
	question.until = limits.until;
	question.min_s = limits.min_s;
	question.max_s = limits.max_s;
	(void)visit_query(visit, "agent", filter.agent, sizeof(filter.agent));
	(void)visit_query(visit, "queue", filter.queue, sizeof(filter.queue));
	(void)visit_query(visit, "language", filter.language,
			  sizeof(filter.language));
	filter.with_empty = visit_query(visit, "empty", empty, sizeof(empty));
	filter.is_bad = filter.span.is_bad;
	if (slice_text(slice_of(filter.agent), question.agent,
		       sizeof(question.agent)) < 0 ||
	    slice_text(slice_of(filter.queue), question.queue,
		       sizeof(question.queue)) < 0 ||
	    slice_text(slice_of(filter.language), question.language,
		       sizeof(question.language)) < 0)
		filter.is_bad = true;
	question.with_empty = filter.with_empty;
	question.limit = (uint32_t)filter_number(visit, "limit", DESK_ROWS_MAX,
						 DESK_ROWS_MAX);
	question.before = filter_number(visit, "before", UINT64_MAX, 0);
	*ret_filter = filter;
	*ret_question = question;
}

void chats_next(const struct chats_filter *filter, uint64_t before,
		struct text *out)
{
	text_say(out, "?");
	filter_keep(out, "from", filter->span.from);
	filter_keep(out, "until", filter->span.until);
	filter_keep(out, "agent", filter->agent);
	filter_keep(out, "queue", filter->queue);
	filter_keep(out, "language", filter->language);
	filter_keep(out, "min", filter->span.min);
	filter_keep(out, "max", filter->span.max);
	filter_keep(out, "empty", filter->with_empty ? "1" : "");
	if (before)
		text_format(out, "before=%llu", (unsigned long long)before);
}

const char *chats_queue(const struct visit *visit, const char *id)
{
	const struct policy *policy = visit->desk->facts.policy;
	const char *label;

	for (size_t i = 0; policy && i < policy_chat_queue_count(policy); i++)
		if (!strcmp(policy_chat_queue(policy, i, visit->language,
					      &label),
			    id))
			return label;
	return id;
}

const char *chats_language(const struct visit *visit, const char *code)
{
	static const enum text_id names[] = { TEXT_language_fi,
					      TEXT_language_sv,
					      TEXT_language_en };
	enum notice_language language =
		language_of(slice_of(code), NOTICE_LANGUAGES);

	return language == NOTICE_LANGUAGES ? code
					    : say(visit, names[language]);
}

const char *chats_reason(const struct visit *visit, uint32_t reason)
{
	static const enum text_id words[] = {
		[0] = TEXT_not_told,
		[CHAT_REASON_VISITOR] = TEXT_reason_visitor,
		[CHAT_REASON_SOLVED] = TEXT_reason_solved,
		[CHAT_REASON_ADVISED] = TEXT_reason_advised,
		[CHAT_REASON_NO_ANSWER] = TEXT_reason_no_answer,
		[CHAT_REASON_MISUSE] = TEXT_reason_misuse,
		[CHAT_REASON_OTHER] = TEXT_reason_other,
		[CHAT_REASON_LEFT] = TEXT_reason_left,
		[CHAT_REASON_IDLE] = TEXT_reason_idle,
		[CHAT_REASON_HOURS] = TEXT_reason_hours,
		[CHAT_REASON_LOST] = TEXT_reason_lost,
		[CHAT_REASON_FULL] = TEXT_reason_full,
	};

	return say(visit, words[reason < COUNT(words) ? reason : 0]);
}

uint64_t chats_length(const struct desk_chat_row *row)
{
	if (row->started_at == 0 || row->ended_at <= row->started_at)
		return 0;
	return (uint64_t)(row->ended_at - row->started_at) * MS_PER_S;
}

static void label(struct visit *visit, const char *kind, enum text_id words)
{
	text_fill(visit_out(visit), "<span class=\"label $\">$</span> ", kind,
		  say(visit, words));
}

void chats_labels(struct visit *visit, const struct desk_chat_row *row)
{
	if (row->state == REGISTER_STATE_OPEN)
		label(visit, "live", TEXT_chat_state_waits);
	if (row->state == REGISTER_STATE_ANSWERED)
		label(visit, "live", TEXT_state_answered);
	if (row->state == REGISTER_STATE_UNANSWERED)
		label(visit, "", TEXT_state_unanswered);
	if (row->flags & CHAT_FLAG_MASKED)
		label(visit, "", TEXT_chat_flag_masked);
	if (row->flags & CHAT_FLAG_RECOVERED)
		label(visit, "warn", TEXT_flag_recovered);
	if (row->content_state == DESK_RESTRICTED)
		label(visit, "warn", TEXT_problem_restricted);
}

static void cell(struct visit *visit, enum text_id head, const char *class,
		 const char *words)
{
	text_fill(visit_out(visit),
		  "<td role=\"cell\" class=\"$\"><span class=\"th\" "
		  "aria-hidden=\"true\">$</span>$</td>",
		  class, say(visit, head), words);
}

static void until_cell(struct visit *visit, const struct desk_chat_row *row)
{
	char date[WHEN_TEXT_SIZE], machine[WHEN_TEXT_SIZE];
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<td role=\"cell\" class=\"until\"><span class=\"th\" "
		  "aria-hidden=\"true\">$</span>",
		  say(visit, TEXT_chat_until));
	if (row->chat_end == 0) {
		bool is_live = row->state == REGISTER_STATE_OPEN ||
			       row->state == REGISTER_STATE_ANSWERED;

		text_fill(out, "<span class=\"gone\">$</span></td>",
			  say(visit, is_live ? TEXT_not_yet
				     : row->content_state == DESK_GONE
					     ? TEXT_chat_gone
					     : TEXT_chat_nothing));
		return;
	}
	when_date(row->chat_end, visit->language, date);
	when_date_machine(row->chat_end, machine);
	text_fill(out, "<time datetime=\"$\">$</time></td>", machine, date);
}

static void row_out(struct visit *visit, const struct desk_chat_row *row)
{
	char when[WHEN_TEXT_SIZE], machine[WHEN_TEXT_SIZE];
	struct text *out = visit_out(visit);
	char hex[ID_TEXT_SIZE], number[24];

	id_text(&row->chat, hex);
	when_text(row->started_at, visit->language, when);
	when_machine(row->started_at, machine);
	snprintf(number, sizeof(number), "%llu",
		 (unsigned long long)row->number);
	text_fill(out,
		  "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">"
		  "<a href=\"/chats/$\"><time datetime=\"$\">$</time>"
		  "<span class=\"unseen\">, $ $ $</span></a></th>",
		  hex, machine, when, say(visit, TEXT_chat_one),
		  say(visit, TEXT_number), number);
	cell(visit, TEXT_chat_queue, "", chats_queue(visit, row->queue));
	cell(visit, TEXT_chat_language, "",
	     chats_language(visit, row->language));
	cell(visit, TEXT_agent, "",
	     row->agent_name[0] ? row->agent_name : say(visit, TEXT_not_told));
	when_length(chats_length(row), when);
	cell(visit, TEXT_length, "num right", chats_length(row) ? when : "–");
	until_cell(visit, row);
	text_fill(out,
		  "<td role=\"cell\" class=\"labels\"><span class=\"th\" "
		  "aria-hidden=\"true\">$</span>",
		  say(visit, TEXT_state));
	chats_labels(visit, row);
	text_say(out, "</td></tr>\n");
}

static void table(struct visit *visit, const struct desk_chat_rows *rows)
{
	static const enum text_id heads[] = {
		TEXT_started, TEXT_chat_queue, TEXT_chat_language, TEXT_agent,
		TEXT_length,  TEXT_chat_until, TEXT_state,
	};
	struct text *out = visit_out(visit);

	text_say(out, "<table class=\"rows\" role=\"table\" data-rows "
		      "aria-labelledby=\"title\"><thead role=\"rowgroup\">"
		      "<tr role=\"row\">");
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

static void select_begin(struct visit *visit, const char *name,
			 enum text_id label_id)
{
	text_fill(visit_out(visit),
		  "<p class=\"field\"><label for=\"$\">$</label>"
		  "<select id=\"$\" name=\"$\"><option value=\"\">$</option>",
		  name, say(visit, label_id), name, name, say(visit, TEXT_all));
}

static void option(struct visit *visit, const char *value, const char *words,
		   const char *chosen)
{
	struct text *out = visit_out(visit);

	text_fill(out, "<option value=\"$\"", value);
	text_say(out, strcmp(value, chosen) == 0 ? " selected>" : ">");
	text_fill(out, "$</option>", words);
}

static void choices(struct visit *visit, const struct chats_filter *filter)
{
	static const char *const codes[] = { "fi", "sv", "en" };
	const struct policy *policy = visit->desk->facts.policy;
	struct text *out = visit_out(visit);
	struct desk_words agents;
	const char *id, *words;

	select_begin(visit, "queue", TEXT_chat_queue);
	for (size_t i = 0; policy && i < policy_chat_queue_count(policy); i++) {
		id = policy_chat_queue(policy, i, visit->language, &words);
		option(visit, id, words, filter->queue);
	}
	text_say(out, "</select></p>");
	select_begin(visit, "language", TEXT_chat_language);
	for (size_t i = 0; i < COUNT(codes); i++)
		option(visit, codes[i], chats_language(visit, codes[i]),
		       filter->language);
	text_say(out, "</select></p>");
	if (visit->session.role == NOTICE_ROLE_AGENT)
		return;
	select_begin(visit, "agent", TEXT_agent);
	if (asks_words(visit, DESK_AGENTS, &agents) == DESK_OK)
		for (uint32_t i = 0; i < agents.count; i++)
			option(visit, agents.word[i].id, agents.word[i].text,
			       filter->agent);
	text_say(out, "</select></p>");
}

static void filter_form(struct visit *visit, const struct chats_filter *filter)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<form class=\"filters\" method=\"get\" action=\"/chats\" "
		  "role=\"search\" aria-label=\"$\"><div class=\"grid\">",
		  say(visit, TEXT_chat_filter));
	filter_days(visit, &filter->span);
	choices(visit, filter);
	filter_lengths(visit, &filter->span);
	text_say(out, "</div><div class=\"row\"><label class=\"choice\">"
		      "<input type=\"checkbox\" name=\"empty\" value=\"1\"");
	text_say(out, filter->with_empty ? " checked>" : ">");
	text_fill(out,
		  "<span>$</span></label><span class=\"actions\">"
		  "<button class=\"button primary\">$</button> "
		  "<a class=\"button\" href=\"/chats\">$</a></span>"
		  "</div></form>\n",
		  say(visit, TEXT_chat_with_empty), say(visit, TEXT_search),
		  say(visit, TEXT_clear));
}

static void results(struct visit *visit, const struct chats_filter *filter,
		    const struct desk_chats *question,
		    const struct desk_chat_rows *rows)
{
	struct text newest = TEXT_NEW, next = TEXT_NEW;

	if (rows->count == 0) {
		text_fill(visit_out(visit),
			  "<div class=\"empty\"><p><strong>$</strong></p>"
			  "<p>$</p></div>\n",
			  say(visit, TEXT_chats_none),
			  say(visit, TEXT_chats_none_how));
		return;
	}
	table(visit, rows);
	text_say(&newest, "/chats");
	chats_next(filter, 0, &newest);
	text_say(&next, "/chats");
	chats_next(filter, rows->next, &next);
	if (!newest.failed && !next.failed)
		filter_pages(visit, question->before ? newest.bytes : NULL,
			     rows->next ? next.bytes : NULL);
	text_drop(&newest);
	text_drop(&next);
}

void do_chats(struct visit *visit)
{
	struct chats_filter filter;
	struct desk_chats question;
	struct desk_chat_rows rows = { 0 };
	enum desk_result result = DESK_OK;
	struct text *out = visit_out(visit);

	chats_read(visit, &filter, &question);
	if (!filter.is_bad)
		result = asks_chats(visit, &question, &rows);
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	if (filter.is_bad)
		layout_begin_wrong(visit, say(visit, TEXT_chats));
	else
		layout_begin_bare(visit, say(visit, TEXT_chats));
	text_fill(out,
		  "<div class=\"title-row\"><h1 id=\"title\">$</h1>"
		  "<p class=\"hint keys-hint\">$</p></div>\n",
		  say(visit, TEXT_chats), say(visit, TEXT_contacts_keys));
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
