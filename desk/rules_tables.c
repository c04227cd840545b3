/* SPDX-License-Identifier: EUPL-1.2 */
/* The tables of the notice: purposes, roles, retention. */
#include <stdio.h>
#include <string.h>

#include "desk/layout.h"
#include "desk/rules.h"
#include "desk/when.h"
#include "notice/roles.h"
#include "notice/told.h"

static void begin_table(struct visit *visit, enum text_id title, const char *id,
			const char *sentences, const enum text_id *heads,
			size_t count)
{
	struct text *out = visit_out(visit);

	text_fill(out,
		  "<section><h2 id=\"$\">$ <span class=\"label\">$</span>"
		  "</h2><table class=\"rows\" "
		  "role=\"table\" aria-labelledby=\"$\">"
		  "<thead role=\"rowgroup\"><tr role=\"row\">",
		  id, say(visit, title), sentences, id);
	for (size_t i = 0; i < count; i++)
		text_fill(out, "<th role=\"columnheader\" scope=\"col\">$</th>",
			  say(visit, heads[i]));
	text_say(out, "</tr></thead><tbody role=\"rowgroup\">\n");
}

static void end_table(struct visit *visit, enum text_id why)
{
	text_fill(visit_out(visit),
		  "</tbody></table><p class=\"hint below\">$</p></section>\n",
		  say(visit, why));
}

static void row_head(struct visit *visit, const char *words)
{
	text_fill(visit_out(visit),
		  "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\" "
		  "class=\"words\">$",
		  words);
}

/* On a narrow screen such a cell needs the whole width. */
static bool is_long(enum text_id head)
{
	return head == TEXT_basis || head == TEXT_uses ||
	       head == TEXT_who_may || head == TEXT_kept_for ||
	       head == TEXT_if_today || head == TEXT_reason;
}

static void begin_cell(struct visit *visit, enum text_id head)
{
	text_fill(visit_out(visit),
		  "<td role=\"cell\" class=\"$\"><span class=\"th\" "
		  "aria-hidden=\"true\">"
		  "$</span>",
		  is_long(head) ? "wide" : "", say(visit, head));
}

static void cell(struct visit *visit, enum text_id head, const char *words)
{
	begin_cell(visit, head);
	text_fill(visit_out(visit), "$</td>", words);
}

/* One more of several, after a comma. */
static void add(struct visit *visit, const char *words, bool *several)
{
	text_say(visit_out(visit), *several ? ", " : "");
	text_fill(visit_out(visit), "$", words);
	*several = true;
}

static void uses_cell(struct visit *visit, uint32_t uses)
{
	static const enum text_id words[] = {
		TEXT_use_listen, TEXT_use_read,	     TEXT_use_note,
		TEXT_use_sample, TEXT_use_aggregate, TEXT_use_clip,
	};
	bool several = false;

	begin_cell(visit, TEXT_uses);
	for (size_t i = 0; i < COUNT(words); i++)
		if (uses & 1U << i)
			add(visit, say(visit, words[i]), &several);
	text_say(visit_out(visit), "</td>");
}

static void roles_cell(struct visit *visit, uint32_t roles)
{
	bool several = false;

	begin_cell(visit, TEXT_who_may);
	for (uint32_t role = 1; role < NOTICE_ROLES; role++)
		if (roles & 1U << role)
			add(visit, text_role(role, visit->language), &several);
	text_say(visit_out(visit), "</td></tr>\n");
}

static void purposes(struct visit *visit)
{
	static const enum text_id heads[] = { TEXT_purpose, TEXT_basis,
					      TEXT_uses, TEXT_who_may };
	const struct policy *policy = visit->desk->facts.policy;
	struct text *out = visit_out(visit);

	begin_table(visit, TEXT_purposes, "purposes", "S2–S6", heads,
		    COUNT(heads));
	for (size_t i = 0; i < policy_purpose_count(policy); i++) {
		const struct notice_purpose *purpose =
			policy_purpose(policy, i);
		struct told_basis basis = { "", "", "" };

		(void)told_basis(policy, purpose, &basis);
		row_head(visit, purpose->text[visit->language]);
		text_say(out, "</th>");
		begin_cell(visit, TEXT_basis);
		text_fill(out,
			  "$ <span class=\"nowrap\">$</span> "
			  "<span class=\"nowrap\">$</span> <small>($)</small>"
			  "</td>",
			  say(visit, TEXT_basis_gdpr), basis.gdpr, basis.art9,
			  basis.law[0] ? basis.law
				       : say(visit, TEXT_basis_no_law));
		uses_cell(visit, purpose->uses);
		roles_cell(visit, purpose->roles);
	}
	end_table(visit, TEXT_purposes_why);
}

static const char *reach(const struct visit *visit, uint32_t reach)
{
	static const enum text_id words[] = {
		[DESK_REACH_NONE] = TEXT_reach_none,
		[DESK_REACH_SELF] = TEXT_reach_self,
		[DESK_REACH_OWN] = TEXT_reach_own,
		[DESK_REACH_ALL] = TEXT_reach_all,
	};

	return say(visit, words[reach]);
}

static const char *yes(const struct visit *visit, bool is_so)
{
	return say(visit, is_so ? TEXT_yes : TEXT_no);
}

static const char *canned(const struct visit *visit, uint32_t reach)
{
	switch (reach) {
	case DESK_REACH_ALL:
		return say(visit, TEXT_reach_canned_all);
	case DESK_REACH_SELF:
		return say(visit, TEXT_reach_canned_self);
	default:
		return say(visit, TEXT_no);
	}
}

/* The caller's number as this role sees it, and what it does not see. */
static void fields_cell(struct visit *visit, uint32_t role,
			const struct desk_rights *may)
{
	const struct policy *policy = visit->desk->facts.policy;
	struct told_class told;
	bool is_shown =
		roles_shows(policy, "caller_number", role) != NOTICE_HIDDEN;
	bool several = false;

	begin_cell(visit, TEXT_caller_number);
	add(visit, say(visit, is_shown ? TEXT_number_masked : TEXT_not_shown),
	    &several);
	if (may->contacts != DESK_REACH_NONE &&
	    told_class(policy, SEAL_CLASS_CONTACT, &told))
		for (size_t i = 0; i < told.field_count; i++) {
			if (!strcmp(told.fields[i], "caller_number") ||
			    roles_shows(policy, told.fields[i], role) !=
				    NOTICE_HIDDEN)
				continue;
			add(visit, rules_field(visit, told.fields[i]),
			    &several);
			text_fill(visit_out(visit), ": $",
				  say(visit, TEXT_not_shown));
		}
	text_say(visit_out(visit), "</td>");
}

static void roles(struct visit *visit, const struct desk_rules *rules)
{
	static const enum text_id heads[] = {
		TEXT_role,	 TEXT_contacts,	    TEXT_caller_number,
		TEXT_may_listen, TEXT_who_listened, TEXT_may_answer,
		TEXT_may_can,	 TEXT_figures,
	};

	begin_table(visit, TEXT_roles, "roles", "S2", heads, COUNT(heads));
	for (uint32_t role = 1; role < NOTICE_ROLES; role++) {
		const struct desk_rights *may = &rules->role[role];

		row_head(visit, text_role(role, visit->language));
		text_say(visit_out(visit), "</th>");
		cell(visit, TEXT_contacts, reach(visit, may->contacts));
		fields_cell(visit, role, may);
		cell(visit, TEXT_may_listen,
		     yes(visit, rules_listens(visit, rules, role)));
		cell(visit, TEXT_who_listened, reach(visit, may->readers));
		cell(visit, TEXT_may_answer, yes(visit, may->answers));
		cell(visit, TEXT_may_can, canned(visit, may->canned));
		cell(visit, TEXT_figures, yes(visit, may->figures));
		text_say(visit_out(visit), "</tr>\n");
	}
	end_table(visit, TEXT_roles_why);
}

static void kept_cell(struct visit *visit, const struct told_class *told)
{
	const struct told_period *period = &told->period;
	int count = period->months + period->days + period->hours;
	enum text_id one = period->months ? TEXT_month
			   : period->days ? TEXT_day
					  : TEXT_hour;
	enum text_id many = period->months ? TEXT_months
			    : period->days ? TEXT_days
					   : TEXT_hours_long;
	struct text *out = visit_out(visit);

	begin_cell(visit, TEXT_kept_for);
	text_fill(out, "$ ",
		  say(visit, told->is_exact ? TEXT_exactly : TEXT_at_most));
	text_format(out, "%d ", count);
	text_fill(out, "$ $</td>", say(visit, count == 1 ? one : many),
		  say(visit, told->from_end ? TEXT_from_end : TEXT_from_start));
}

static void reason_cell(struct visit *visit, int reason)
{
	static const enum text_id words[] = {
		TEXT_not_told,		TEXT_reason_need,
		TEXT_reason_protection, TEXT_reason_contract,
		TEXT_reason_damages,	TEXT_reason_prosecution,
	};

	if (reason < 0 || reason >= (int)COUNT(words))
		reason = 0;
	cell(visit, TEXT_reason, say(visit, words[reason]));
}

/* What the rule means for a contact that begins and ends now. */
static void today_cell(struct visit *visit, uint32_t data_class, bool is_exact)
{
	const struct policy *policy = visit->desk->facts.policy;
	nanoseconds now = clock_seconds(&clock_system) * NS_PER_S;
	nanoseconds eligible, gone_by;
	struct seal_end end;
	char words[WHEN_TEXT_SIZE];

	begin_cell(visit, TEXT_if_today);
	if (policy_end(policy, data_class, now, now, &end) == 0 &&
	    policy_deletion(policy, &end, &eligible, &gone_by) == 0) {
		when_text((is_exact ? gone_by : eligible) / NS_PER_S,
			  visit->language, words);
		text_fill(visit_out(visit), "$ $",
			  say(visit, is_exact ? TEXT_gone_by : TEXT_gone_on),
			  words);
	}
	text_say(visit_out(visit), "</td></tr>\n");
}

static void retention(struct visit *visit)
{
	static const enum text_id heads[] = { TEXT_what_kind, TEXT_kept_for,
					      TEXT_reason, TEXT_if_today };
	static const struct {
		uint32_t data_class;
		enum text_id words;
		const char *sentence;
	} kinds[] = {
		{ SEAL_CLASS_AUDIO, TEXT_kind_audio, "S19" },
		{ SEAL_CLASS_CONTACT, TEXT_kind_contact, "S20" },
		{ SEAL_CLASS_CHAT, TEXT_kind_chat, "S21" },
	};
	struct told_class told;

	begin_table(visit, TEXT_retention, "retention", "S19–S21", heads,
		    COUNT(heads));
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct text *out = visit_out(visit);

		if (!told_class(visit->desk->facts.policy, kinds[i].data_class,
				&told) ||
		    !told.is_kept)
			continue;
		row_head(visit, say(visit, kinds[i].words));
		text_fill(out, " <span class=\"label\">$</span>",
			  kinds[i].sentence);
		text_say(out, "</th>");
		kept_cell(visit, &told);
		reason_cell(visit, told.reason);
		today_cell(visit, kinds[i].data_class, told.is_exact);
	}
	end_table(visit, TEXT_retention_why);
}

void rules_tables(struct visit *visit, const struct desk_rules *rules)
{
	purposes(visit);
	roles(visit, rules);
	retention(visit);
}
