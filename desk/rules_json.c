/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The policy as JSON, in the vocabulary of the policy file (docs/policy.md)
 * as far as the file has a word for it.
 */
#include <stdio.h>
#include <string.h>

#include "desk/api_json.h"
#include "desk/rules.h"
#include "notice/roles.h"
#include "notice/told.h"

static const char *const reaches[] = { "none", "self", "own", "all" };

static void languages(struct text *out, const char *const text[3])
{
	api_json_words(out, "fi", text[NOTICE_FI]);
	api_json_words(out, "sv", text[NOTICE_SV]);
	api_json_words(out, "en", text[NOTICE_EN]);
}

/* The words whose bits are set. */
static void bits(struct text *out, const char *key, uint32_t set, int first,
		 const char *const *words)
{
	const char *between = "";

	api_json_name(out, key);
	text_say(out, "[");
	for (int i = 0; words[i]; i++) {
		if (!(set & 1U << (i + first)))
			continue;
		text_say(out, between);
		text_json(out, words[i]);
		between = ",";
	}
	text_say(out, "]");
}

static void head(struct text *out, const struct policy *policy,
		 const struct told_policy *told, bool is_current)
{
	char hash[16];

	snprintf(hash, sizeof(hash), "%08x", policy_hash(policy));
	api_json_words(out, "id", policy_id(policy));
	api_json_words(out, "version", policy_version(policy));
	api_json_words(out, "hash", hash);
	api_json_words(out, "sha256", policy_sha256(policy));
	api_json_yes(out, "is_current", is_current);
	api_json_date(out, "valid_from", told->valid_from);
	api_json_date(out, "collection_started", told->collection_started);
	api_json_words(out, "zone", policy_zone_name(policy));
	api_json_words(out, "controller", told->controller);
	api_json_words(out, "dpo", told->dpo);
	api_json_words(out, "authority", told->authority);
}

static void services(struct text *out, const struct policy *policy)
{
	api_json_name(out, "services");
	text_say(out, "[");
	for (size_t i = 0; i < policy_service_count(policy); i++) {
		const char *label[NOTICE_LANGUAGES];

		text_say(out, i ? ",{" : "{");
		api_json_words(out, "number",
			       policy_service(policy, i, NOTICE_FI, &label[0]));
		(void)policy_service(policy, i, NOTICE_SV, &label[NOTICE_SV]);
		(void)policy_service(policy, i, NOTICE_EN, &label[NOTICE_EN]);
		languages(out, label);
		api_json_yes(out, "recorded", told_is_recorded(policy, i));
		text_say(out, "}");
	}
	text_say(out, "]");
}

static void capture(struct text *out, const struct policy *policy,
		    const struct told_policy *told)
{
	static const char *const words[] = { "none", "all", "sample",
					     "schedule", "manual" };

	api_json_name(out, "capture");
	text_say(out, "{");
	api_json_words(out, "direction", "in");
	api_json_words(out, "coverage", words[told->coverage]);
	if (told->coverage == TOLD_COVERAGE_SAMPLE)
		api_json_number(out, "share_percent", told->share_percent);
	if (told->coverage == TOLD_COVERAGE_SCHEDULE) {
		api_json_name(out, "hours");
		text_say(out, "[");
		for (size_t i = 0; i < told->hours_count; i++) {
			text_say(out, i ? ",{" : "{");
			api_json_number(out, "from_minute",
					(uint64_t)told->hours[i].from);
			api_json_number(out, "until_minute",
					(uint64_t)told->hours[i].until);
			text_say(out, "}");
		}
		text_say(out, "]");
	}
	api_json_words(out, "start", "answer");
	api_json_words(out, "stop",
		       policy_stops_at_transfer(policy) ? "transfer" : "bye");
	api_json_words(out, "on_hold",
		       policy_pauses_on_hold(policy) ? "pause" : "continue");
	api_json_words(out, "consultation",
		       policy_records_consultation(policy) ? "include"
							   : "exclude");
	text_say(out, "}");
}

static void purposes(struct text *out, const struct policy *policy)
{
	api_json_name(out, "purposes");
	text_say(out, "[");
	for (size_t i = 0; i < policy_purpose_count(policy); i++) {
		const struct notice_purpose *purpose =
			policy_purpose(policy, i);
		const char *text[] = { purpose->text[0], purpose->text[1],
				       purpose->text[2] };
		struct told_basis basis = { "", "", "" };

		(void)told_basis(policy, purpose, &basis);
		text_say(out, i ? ",{" : "{");
		api_json_words(out, "id", purpose->id);
		languages(out, text);
		api_json_words(out, "gdpr", basis.gdpr);
		api_json_words(out, "art9", basis.art9);
		api_json_words(out, "law", basis.law);
		bits(out, "uses", purpose->uses, 0, rules_uses);
		bits(out, "roles", purpose->roles, 1, notice_roles);
		text_say(out, "}");
	}
	text_say(out, "]");
}

static void period(struct text *out, const char *key, struct told_period period)
{
	char words[16];

	snprintf(words, sizeof(words), "%s%d%s", period.hours ? "PT" : "P",
		 period.months + period.days + period.hours,
		 period.months ? "M"
		 : period.days ? "D"
			       : "H");
	api_json_words(out, key, words);
}

static void class_out(struct text *out, const char *kind,
		      const struct told_class *told)
{
	static const char *const reasons[] = {
		"",	    "original-need", "legal-protection",
		"contract", "damages",	     "prosecution",
	};

	api_json_words(out, "kind", kind);
	api_json_name(out, "fields");
	text_say(out, "[");
	for (size_t i = 0; i < told->field_count; i++) {
		text_say(out, i ? "," : "");
		text_json(out, told->fields[i]);
	}
	text_say(out, "]");
	if (!told->is_kept)
		return;
	api_json_name(out, "retention");
	text_say(out, "{");
	api_json_words(out, "kind", told->is_exact ? "exact" : "max");
	period(out, "period", told->period);
	api_json_words(out, "anchor", told->from_end ? "end" : "start");
	if (told->grace.months || told->grace.days)
		period(out, "grace", told->grace);
	if (told->reason > 0 && told->reason < (int)COUNT(reasons))
		api_json_words(out, "reason", reasons[told->reason]);
	text_say(out, "}");
}

static void classes(struct text *out, const struct policy *policy)
{
	static const struct {
		uint32_t data_class;
		const char *kind;
	} kinds[] = {
		{ SEAL_CLASS_AUDIO, "audio" },
		{ SEAL_CLASS_CONTACT, "contact" },
		{ SEAL_CLASS_CHAT, "chat" },
	};
	const char *between = "{";

	api_json_name(out, "classes");
	text_say(out, "[");
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct told_class told;

		if (!told_class(policy, kinds[i].data_class, &told))
			continue;
		text_say(out, between);
		class_out(out, kinds[i].kind, &told);
		if (kinds[i].data_class == SEAL_CLASS_CHAT)
			rules_chat_json(out, policy);
		text_say(out, "}");
		between = ",{";
	}
	text_say(out, "]");
}

static void roles(struct text *out, const struct visit *visit,
		  const struct desk_rules *rules)
{
	api_json_name(out, "roles");
	text_say(out, "[");
	for (uint32_t role = 1; role < NOTICE_ROLES; role++) {
		const struct desk_rights *may = &rules->role[role];

		text_say(out, role > 1 ? ",{" : "{");
		api_json_words(out, "id", notice_roles[role - 1]);
		api_json_words(out, "contacts", reaches[may->contacts]);
		api_json_words(out, "readers", reaches[may->readers]);
		api_json_words(out, "log", reaches[may->log]);
		api_json_yes(out, "listens", rules_listens(visit, rules, role));
		api_json_yes(out, "figures", may->figures);
		api_json_yes(out, "answers_chats", may->answers);
		api_json_words(out, "canned_answers", reaches[may->canned]);
		api_json_words(out, "caller_number",
			       roles_shows(visit->desk->facts.policy,
					   "caller_number",
					   role) == NOTICE_HIDDEN
				       ? "hidden"
				       : "masked");
		text_say(out, "}");
	}
	text_say(out, "]");
}

void rules_json(struct text *out, const struct visit *visit,
		const struct desk_rules *rules)
{
	const struct policy *policy = visit->desk->facts.policy;
	struct told_policy told;

	told_policy(policy, &told);
	text_say(out, "{");
	head(out, policy, &told, policy_hash(policy) == rules->policy_hash);
	services(out, policy);
	capture(out, policy, &told);
	purposes(out, policy);
	classes(out, policy);
	roles(out, visit, rules);
	/* No policy that says otherwise is read at all (S18, S22, S23). */
	api_json_words(out, "transfer", "none");
	api_json_yes(out, "profiling", false);
	api_json_yes(out, "decisions", false);
	text_say(out, "}\n");
}
