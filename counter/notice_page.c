/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the policy says, for people who call or chat: who, why, what, how
 * long, and what they may ask for. Short, and to be printed.
 */
#include <stdio.h>
#include <string.h>

#include "counter/errors.h"
#include "counter/layout.h"
#include "counter/when.h"
#include "notice/channel.h"
#include "notice/language.h"
#include "notice/told.h"
#include "seal/seal.h"

static void begin_part(struct visit *visit, enum text_id title)
{
	text_fill(visit_out(visit), "<section><h2>$</h2>\n", say(visit, title));
}

static void paragraph(struct visit *visit, enum text_id words)
{
	text_fill(visit_out(visit), "<p>$</p>\n", say(visit, words));
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

static void who(struct visit *visit, const struct told_policy *told)
{
	begin_part(visit, TEXT_notice_who);
	text_say(visit_out(visit), "<dl class=\"pairs\">");
	name_pair(visit, TEXT_notice_controller, told, told->controller,
		  &told->controller_at);
	if (told->representative[0])
		name_pair(visit, TEXT_notice_representative, told,
			  told->representative, NULL);
	name_pair(visit, TEXT_notice_dpo, told, told->dpo, &told->dpo_at);
	text_say(visit_out(visit), "</dl></section>\n");
}

static void why(struct visit *visit)
{
	const struct policy *policy = visit->lobby->facts.policy;
	struct text *out = visit_out(visit);

	begin_part(visit, TEXT_notice_why);
	paragraph(visit, TEXT_notice_why_words);
	text_say(out, "<ul>");
	for (size_t i = 0; i < policy_purpose_count(policy); i++) {
		const struct notice_purpose *purpose =
			policy_purpose(policy, i);
		struct told_basis basis = { "", "", "" };

		(void)told_basis(policy, purpose, &basis);
		text_fill(out, "<li>$", purpose->text[visit->language]);
		if (basis.gdpr[0])
			text_fill(out, " ($ $)", say(visit, TEXT_notice_gdpr),
				  basis.gdpr);
		if (basis.law[0])
			text_fill(out, ", $", basis.law);
		text_say(out, "</li>");
	}
	text_say(out, "</ul></section>\n");
}

static void period(struct visit *visit, const struct told_class *told)
{
	struct text *out = visit_out(visit);
	int months = told->period.months;

	text_fill(out, "$ ",
		  say(visit, told->is_exact ? TEXT_notice_kept_exact
					    : TEXT_notice_kept_most));
	if (months > 0 && months % 12 == 0)
		layout_number(out,
			      say(visit, months == 12 ? TEXT_notice_year
						      : TEXT_notice_years),
			      (unsigned int)months / 12);
	else if (months > 0)
		layout_number(out,
			      say(visit, months == 1 ? TEXT_notice_month
						     : TEXT_notice_months),
			      (unsigned int)months);
	else
		layout_number(out,
			      say(visit, told->period.days == 1
						 ? TEXT_notice_day
						 : TEXT_notice_days),
			      (unsigned int)told->period.days);
	text_fill(out, " $.",
		  say(visit, told->from_end ? TEXT_notice_from_end
					    : TEXT_notice_from_start));
}

static void kind(struct visit *visit, uint32_t data_class, enum text_id name,
		 enum text_id what)
{
	struct text *out = visit_out(visit);
	struct told_class told;

	if (!told_class(visit->lobby->facts.policy, data_class, &told))
		return;
	text_fill(out, "<h3>$</h3><p>$ ", say(visit, name), say(visit, what));
	if (told.is_kept)
		period(visit, &told);
	text_say(out, "</p>\n");
}

static void what(struct visit *visit, const struct told_policy *told)
{
	char date[WHEN_TEXT_SIZE];

	begin_part(visit, TEXT_notice_what);
	kind(visit, SEAL_CLASS_AUDIO, TEXT_notice_calls,
	     TEXT_notice_calls_words);
	kind(visit, SEAL_CLASS_CHAT, TEXT_notice_chats,
	     TEXT_notice_chats_words);
	kind(visit, SEAL_CLASS_CONTACT, TEXT_notice_history,
	     TEXT_notice_history_words);
	paragraph(visit, TEXT_notice_masked);
	when_civil(told->collection_started, visit->language, date);
	text_fill(visit_out(visit), "<p>$ $.</p>\n",
		  say(visit, TEXT_notice_oldest), date);
	text_say(visit_out(visit), "</section>\n");
}

static void rights(struct visit *visit, const struct told_policy *told)
{
	const struct told_contact *at = &told->authority_at;
	const char *const details[] = { at->address, at->phone, at->email };
	struct text *out = visit_out(visit);

	begin_part(visit, TEXT_notice_rights);
	text_fill(out, "<ul><li>$</li><li>$</li><li>$</li></ul>\n",
		  say(visit, TEXT_notice_right_access),
		  say(visit, TEXT_notice_right_correct),
		  say(visit, TEXT_notice_right_restrict));
	paragraph(visit, TEXT_notice_rights_how);
	text_fill(out, "<p>$ ", say(visit, TEXT_notice_complain));
	text_say(out, "<span");
	if (told->language != visit->language)
		text_fill(out, " lang=\"$\"", language_code(told->language));
	text_fill(out, ">$", told->authority);
	for (size_t i = 0; i < COUNT(details); i++)
		if (details[i][0])
			text_fill(out, ", $", details[i]);
	text_say(out, "</span>.</p></section>\n");
}

void do_notice(struct visit *visit)
{
	const struct policy *policy = visit->lobby->facts.policy;
	struct text *out = visit_out(visit);
	struct told_policy told;
	char date[WHEN_TEXT_SIZE];

	if (!policy) {
		error_show(visit, PROBLEM_later);
		return;
	}
	told_policy(policy, &told);
	layout_begin(visit, say(visit, TEXT_notice), 0);
	when_civil(told.valid_from, visit->language, date);
	text_fill(out, "<p class=\"lead\">$ $. $: $.</p>\n",
		  say(visit, TEXT_notice_from), date,
		  say(visit, TEXT_notice_version), policy_version(policy));
	who(visit, &told);
	why(visit);
	what(visit, &told);
	begin_part(visit, TEXT_notice_sources);
	paragraph(visit, TEXT_notice_sources_words);
	text_say(out, "</section>\n");
	begin_part(visit, TEXT_notice_others);
	paragraph(visit, TEXT_notice_others_words);
	paragraph(visit, TEXT_notice_machine);
	text_say(out, "</section>\n");
	rights(visit, &told);
	layout_end(visit);
}
