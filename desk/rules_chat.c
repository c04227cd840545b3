/* SPDX-License-Identifier: EUPL-1.2 */
/* The notice about chats (S12, S13): who starts one, where, when. */
#include <stdio.h>

#include "desk/api_json.h"
#include "desk/rules.h"
#include "desk/when.h"
#include "notice/channel.h"
#include "notice/told.h"

static void begin_rule(struct visit *visit, const char *sentence,
		       enum text_id words)
{
	text_fill(visit_out(visit), "<li><span class=\"label\">$</span><div>$",
		  sentence, say(visit, words));
}

static char *hours_text(const struct policy *policy,
			enum notice_language language)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	policy_chat_hours_text(policy, language, out);
	return fclose(out) == 0 ? text : NULL;
}

static void pages(struct visit *visit, const struct policy *policy)
{
	struct text *out = visit_out(visit);

	text_fill(out, "<ul><li>$</li>", say(visit, TEXT_public_pages));
	for (size_t i = 0; i < policy_chat_origin_count(policy); i++)
		text_fill(out, "<li>$</li>", policy_chat_origin(policy, i));
	text_say(out, "</ul>");
}

static void queues(struct visit *visit, const struct policy *policy)
{
	struct text *out = visit_out(visit);

	text_fill(out, "$<ul>", say(visit, TEXT_rule_chat_queues));
	for (size_t i = 0; i < policy_chat_queue_count(policy); i++) {
		const char *label;

		(void)policy_chat_queue(policy, i, visit->language, &label);
		text_fill(out, "<li>$</li>", label);
	}
	text_say(out, "</ul>");
}

static void hours(struct visit *visit, const struct policy *policy)
{
	OWNED(drop_memory) char *text = hours_text(policy, visit->language);
	struct text *out = visit_out(visit);

	text_fill(out, "$ $.", say(visit, TEXT_rule_chat_hours),
		  text ? text : "");
	if (policy_chat_is_closed_on(policy, HOLIDAY_PUBLIC))
		text_fill(out, " $", say(visit, TEXT_rule_chat_holidays));
	if (policy_chat_is_closed_on(policy, HOLIDAY_EVE))
		text_fill(out, " $", say(visit, TEXT_rule_chat_eves));
}

static void fields(struct visit *visit, const struct told_class *told)
{
	struct text *out = visit_out(visit);

	begin_rule(visit, "S12", TEXT_rule_chat_fields);
	text_say(out, "<ul>");
	for (size_t i = 0; i < told->field_count; i++)
		text_fill(out, "<li>$</li>",
			  rules_field(visit, told->fields[i]));
	text_fill(out, "</ul>$</div></li>\n",
		  say(visit, TEXT_rule_chat_besides));
}

void rules_chat(struct visit *visit)
{
	const struct policy *policy = visit->desk->facts.policy;
	struct text *out = visit_out(visit);
	struct told_class told;

	if (!told_class(policy, SEAL_CLASS_CHAT, &told))
		return;
	text_fill(out,
		  "<section class=\"card\"><h2 id=\"chats\">$</h2>\n"
		  "<ul class=\"rules\">\n",
		  say(visit, TEXT_notice_chats));
	if (policy_chat_queue_count(policy) == 0) {
		begin_rule(visit, "S13", TEXT_rule_chat_none);
	} else {
		begin_rule(visit, "S13", TEXT_rule_chat_start);
		pages(visit, policy);
		queues(visit, policy);
		hours(visit, policy);
	}
	text_say(out, "</div></li>\n");
	fields(visit, &told);
	text_say(out, "</ul></section>\n");
}

static void labels(struct text *out, const struct policy *policy, size_t index)
{
	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		const char *label;

		(void)policy_chat_queue(policy, index, (enum notice_language)i,
					&label);
		api_json_words(out, language_code((enum notice_language)i),
			       label);
	}
}

static void closed(struct text *out, const struct policy *policy)
{
	bool on_holidays = policy_chat_is_closed_on(policy, HOLIDAY_PUBLIC);
	bool on_eves = policy_chat_is_closed_on(policy, HOLIDAY_EVE);

	api_json_name(out, "closed");
	text_say(out, on_holidays ? "[\"holidays\"" : "[");
	text_say(out, on_holidays && on_eves ? "," : "");
	text_say(out, on_eves ? "\"eves\"]" : "]");
}

void rules_chat_json(struct text *out, const struct policy *policy)
{
	if (policy_chat_queue_count(policy) == 0)
		return;
	api_json_name(out, "channel");
	text_say(out, "{");
	api_json_name(out, "origins");
	text_say(out, "[");
	for (size_t i = 0; i < policy_chat_origin_count(policy); i++) {
		text_say(out, i ? "," : "");
		text_json(out, policy_chat_origin(policy, i));
	}
	text_say(out, "]");
	api_json_name(out, "queues");
	text_say(out, "[");
	for (size_t i = 0; i < policy_chat_queue_count(policy); i++) {
		text_say(out, i ? ",{" : "{");
		api_json_words(out, "id",
			       policy_chat_queue(policy, i, NOTICE_FI, NULL));
		labels(out, policy, i);
		text_say(out, "}");
	}
	text_say(out, "]");
	api_json_name(out, "hours");
	text_say(out, "{");
	for (int i = 0; i < NOTICE_LANGUAGES; i++) {
		OWNED(drop_memory)
		char *text = hours_text(policy, (enum notice_language)i);

		api_json_words(out, language_code((enum notice_language)i),
			       text ? text : "");
	}
	text_say(out, "}");
	closed(out, policy);
	text_say(out, "}");
}
