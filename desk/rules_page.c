/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The notice as rules, sentence by sentence: what is recorded, for which
 * purposes, who may what, for how long, and what is never done. Small marks
 * such as S8 name the sentence of the notice (docs/policy.md).
 */
#include <stdio.h>
#include <string.h>

#include "desk/asks.h"
#include "desk/errors.h"
#include "desk/layout.h"
#include "desk/rules.h"
#include "desk/when.h"
#include "notice/told.h"

enum { MINUTES_PER_DAY = 1440 };

static void begin_part(struct visit *visit, enum text_id title, const char *id)
{
	text_fill(visit_out(visit),
		  "<section class=\"card\"><h2 id=\"$\">$</h2>\n", id,
		  say(visit, title));
}

static void begin_rule(struct visit *visit, const char *sentence,
		       enum text_id words)
{
	text_fill(visit_out(visit), "<li><span class=\"label\">$</span><div>$",
		  sentence, say(visit, words));
}

static void rule(struct visit *visit, const char *sentence, enum text_id words)
{
	begin_rule(visit, sentence, words);
	text_say(visit_out(visit), "</div></li>\n");
}

static void date_pair(struct visit *visit, enum text_id label, seal_date date)
{
	char words[WHEN_TEXT_SIZE];

	when_date(date, visit->language, words);
	layout_pair(visit_out(visit), say(visit, label), words);
}

/*
 * A name that the policy gives in one language only, and how to reach
 * whom it names.
 */
static void name_pair(struct visit *visit, enum text_id label,
		      const struct told_policy *told, const char *name,
		      const struct told_contact *at)
{
	const char *const details[] = { at ? at->address : "",
					at ? at->phone : "",
					at ? at->email : "" };

	text_fill(visit_out(visit), "<div><dt>$</dt><dd", say(visit, label));
	if (told->language != visit->language)
		text_fill(visit_out(visit), " lang=\"$\"",
			  language_code(told->language));
	text_fill(visit_out(visit), ">$", name);
	for (size_t i = 0; i < COUNT(details); i++)
		if (details[i][0])
			text_fill(visit_out(visit), "</dd><dd>$", details[i]);
	text_say(visit_out(visit), "</dd></div>\n");
}

static void which(struct visit *visit, const struct told_policy *told)
{
	const struct policy *policy = visit->desk->facts.policy;
	struct text *out = visit_out(visit);

	begin_part(visit, TEXT_notice_which, "which");
	text_say(out, "<dl class=\"pairs\">");
	name_pair(visit, TEXT_controller, told, told->controller,
		  &told->controller_at);
	if (told->representative[0])
		name_pair(visit, TEXT_representative, told,
			  told->representative, NULL);
	name_pair(visit, TEXT_dpo, told, told->dpo, &told->dpo_at);
	name_pair(visit, TEXT_authority, told, told->authority,
		  &told->authority_at);
	text_fill(out,
		  "<div><dt>$</dt><dd>$ <span class=\"nowrap\">$</span>"
		  "</dd></div>\n",
		  say(visit, TEXT_version), policy_id(policy),
		  policy_version(policy));
	date_pair(visit, TEXT_valid_from, told->valid_from);
	layout_pair(out, say(visit, TEXT_zone), policy_zone_name(policy));
	text_fill(out,
		  "<div class=\"wide\"><dt>$</dt><dd><code>$</code></dd></div>"
		  "</dl></section>\n",
		  say(visit, TEXT_notice_hash), policy_sha256(policy));
}

static void numbers(struct visit *visit)
{
	const struct policy *policy = visit->desk->facts.policy;
	struct text *out = visit_out(visit);

	begin_rule(visit, "S8", TEXT_rule_numbers);
	text_say(out, "<ul>");
	for (size_t i = 0; i < policy_service_count(policy); i++) {
		char number[WHEN_TEXT_SIZE];
		const char *label;

		when_number(policy_service(policy, i, visit->language, &label),
			    number);
		text_fill(out, "<li><span class=\"nowrap\">$</span> $", number,
			  label);
		if (!told_is_recorded(policy, i))
			text_fill(out, " <span class=\"label\">$</span>",
				  say(visit, TEXT_not_recorded));
		text_say(out, "</li>");
	}
	text_say(out, "</ul></div></li>\n");
}

static const char *day_name(const struct visit *visit, int day)
{
	static const char *const names[NOTICE_LANGUAGES][7] = {
		{ "ma", "ti", "ke", "to", "pe", "la", "su" },
		{ "mån", "tis", "ons", "tors", "fre", "lör", "sön" },
		{ "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" },
	};

	return names[visit->language][day % 7];
}

static void hours(struct visit *visit, const struct told_policy *told)
{
	bool is_english = visit->language == NOTICE_EN;
	char clock[32];

	text_say(visit_out(visit), "<ul>");
	for (size_t i = 0; i < told->hours_count; i++) {
		int from = told->hours[i].from % MINUTES_PER_DAY;
		int until = (told->hours[i].until - 1) % MINUTES_PER_DAY + 1;

		snprintf(clock, sizeof(clock),
			 is_english ? "%02d:%02d–%02d:%02d" : "%d.%02d–%d.%02d",
			 from / 60, from % 60, until / 60, until % 60);
		text_fill(
			visit_out(visit), "<li>$ $</li>",
			day_name(visit, told->hours[i].from / MINUTES_PER_DAY),
			clock);
	}
	text_say(visit_out(visit), "</ul>");
}

static void coverage(struct visit *visit, const struct told_policy *told)
{
	static const enum text_id words[] = {
		[TOLD_COVERAGE_NONE] = TEXT_coverage_none,
		[TOLD_COVERAGE_ALL] = TEXT_coverage_all,
		[TOLD_COVERAGE_SAMPLE] = TEXT_coverage_sample,
		[TOLD_COVERAGE_SCHEDULE] = TEXT_coverage_schedule,
		[TOLD_COVERAGE_MANUAL] = TEXT_coverage_manual,
	};

	begin_rule(visit, "S9", words[told->coverage]);
	if (told->coverage == TOLD_COVERAGE_SAMPLE)
		text_format(visit_out(visit), " %u %%.", told->share_percent);
	if (told->coverage == TOLD_COVERAGE_SCHEDULE)
		hours(visit, told);
	text_say(visit_out(visit), "</div></li>\n");
}

const char *rules_field(const struct visit *visit, const char *name)
{
	static const struct {
		const char *name;
		enum text_id words;
	} list[] = {
		{ "start", TEXT_start_time },
		{ "end", TEXT_end_time },
		{ "caller_number", TEXT_caller_number },
		{ "service_number", TEXT_service_called },
		{ "agent_name", TEXT_agent_name },
		{ "agent_number", TEXT_agent_number },
		{ "nickname", TEXT_nickname_given },
		{ "text", TEXT_chat_text },
	};

	for (size_t i = 0; i < COUNT(list); i++)
		if (!strcmp(list[i].name, name))
			return say(visit, list[i].words);
	return name;
}

static void fields(struct visit *visit)
{
	struct text *out = visit_out(visit);
	struct told_class told;

	if (!told_class(visit->desk->facts.policy, SEAL_CLASS_CONTACT, &told))
		return;
	begin_rule(visit, "S7", TEXT_rule_fields);
	text_say(out, "<ul>");
	for (size_t i = 0; i < told.field_count; i++)
		text_fill(out, "<li>$</li>",
			  rules_field(visit, told.fields[i]));
	text_say(out, "</ul></div></li>\n");
}

static void recorded(struct visit *visit, const struct told_policy *told)
{
	const struct policy *policy = visit->desk->facts.policy;
	char date[WHEN_TEXT_SIZE];

	begin_part(visit, TEXT_what_recorded, "recorded");
	text_say(visit_out(visit), "<ul class=\"rules\">\n");
	numbers(visit);
	coverage(visit, told);
	rule(visit, "S10", TEXT_rule_start);
	rule(visit, "S11",
	     policy_stops_at_transfer(policy) ? TEXT_rule_stop_transfer
					      : TEXT_rule_stop);
	rule(visit, "S11",
	     policy_pauses_on_hold(policy) ? TEXT_rule_hold_pause
					   : TEXT_rule_hold_on);
	rule(visit, "S11",
	     policy_records_consultation(policy) ? TEXT_rule_consult_yes
						 : TEXT_rule_consult_no);
	fields(visit);
	begin_rule(visit, "S14", TEXT_rule_oldest);
	when_date(told->collection_started, visit->language, date);
	text_fill(visit_out(visit), " $.</div></li></ul></section>\n", date);
}

static void never(struct visit *visit)
{
	begin_part(visit, TEXT_never_done, "never");
	text_say(visit_out(visit), "<ul class=\"rules\">\n");
	rule(visit, "S18", TEXT_rule_eea);
	rule(visit, "S22", TEXT_rule_profiling);
	rule(visit, "S23", TEXT_rule_decisions);
	text_fill(visit_out(visit), "</ul><p class=\"hint\">$</p></section>\n",
		  say(visit, TEXT_rule_refused));
}

void do_policy(struct visit *visit)
{
	struct told_policy told;
	struct desk_rules rules;
	enum desk_result result = asks_rules(visit, &rules);
	const struct policy *policy = visit->desk->facts.policy;

	if (result == DESK_OK && !policy)
		result = DESK_LATER;
	if (result != DESK_OK) {
		error_result(visit, result);
		return;
	}
	told_policy(policy, &told);
	layout_begin(visit, say(visit, TEXT_notice));
	text_fill(visit_out(visit), "<p class=\"lead\">$</p>\n",
		  say(visit, TEXT_notice_lead));
	if (policy_hash(policy) != rules.policy_hash)
		text_fill(visit_out(visit), "<p class=\"fault\">$</p>\n",
			  say(visit, TEXT_notice_behind));
	if (when_days_until(told.valid_from, clock_seconds(&clock_system)) > 0)
		text_fill(visit_out(visit), "<p class=\"fault\">$</p>\n",
			  say(visit, TEXT_notice_not_yet));
	which(visit, &told);
	recorded(visit, &told);
	rules_chat(visit);
	rules_tables(visit, &rules);
	never(visit);
	layout_end(visit);
}
