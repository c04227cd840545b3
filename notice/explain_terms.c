/* SPDX-License-Identifier: EUPL-1.2 */
/* The terms of a policy in plain words; contract in explain.h. */
#include <stdio.h>
#include <string.h>

#include "notice/explain.h"
#include "notice/keys.h"

/* The details as the notice prints them, or that it prints none. */
static void say_contact(const struct model_contact *contact, FILE *out)
{
	const char *const details[] = { contact->address, contact->phone,
					contact->email };
	const char *before = "";

	explain_line(out, "");
	for (size_t i = 0; i < COUNT(details); i++) {
		if (details[i][0] == '\0')
			continue;
		fprintf(out, "%s%s", before, details[i]);
		before = ", ";
	}
	fprintf(out, "%s\n", before[0] ? "" : "no contact details");
}

static void say_texts(const char texts[NOTICE_LANGUAGES][NOTICE_TEXT_SIZE],
		      FILE *out)
{
	fprintf(out, "%s / %s / %s", texts[NOTICE_FI], texts[NOTICE_SV],
		texts[NOTICE_EN]);
}

static void say_controller(const struct model_controller *each, FILE *out)
{
	explain_line(out, "controller");
	fprintf(out, "%s", each->name);
	if (each->role)
		fprintf(out, " (%s)", model_controller_roles[each->role - 1]);
	if (each->register_id[0])
		fprintf(out, ", %s", each->register_id);
	if (each->representative[0])
		fprintf(out, "; represented by %s", each->representative);
	fprintf(out, " (S1)\n");
	if (each->task[NOTICE_FI][0]) {
		explain_line(out, "");
		say_texts(each->task, out);
		(void)fputc('\n', out);
	}
	say_contact(&each->contact, out);
}

void explain_people(const struct policy *policy, FILE *out)
{
	for (size_t i = 0; i < policy->controller_count; i++)
		say_controller(&policy->controllers[i], out);
	for (size_t i = 0; i < policy->processor_count; i++) {
		const struct model_processor *each = &policy->processors[i];

		explain_line(out, "processor");
		fprintf(out, "%s in %s: ", each->name, each->country);
		say_texts(each->task, out);
		fprintf(out, "; %s%s (S1)\n",
			each->contract[0] ? "contract " : "names no contract",
			each->contract);
	}
	explain_line(out, "officer");
	fprintf(out, "%s, for data protection (S1)\n", policy->dpo);
	say_contact(&policy->dpo_contact, out);
	explain_line(out, "authority");
	fprintf(out, "complaints to %s%s%s (S28)\n", policy->authority,
		policy->authority_url[0] ? ", " : "", policy->authority_url);
	say_contact(&policy->authority_contact, out);
}

static void say_disclosure(const struct model_disclosure *each, FILE *out)
{
	explain_line(out, "given to");
	say_texts(each->to, out);
	fprintf(out, " (%s), %s, %s (S15, S16)\n",
		explain_word(each->kind, model_recipients),
		each->standing == MODEL_YES ? "as a matter of course"
					    : "case by case",
		each->select == 1 ? "chosen items only" : "all items");
	explain_line(out, "");
	fprintf(out, "for");
	for (size_t i = 0; i < each->purpose_count; i++)
		fprintf(out, "%s %s", i > 0 ? "," : "", each->purposes[i]);
	fprintf(out, "; pseudonyms: %s; asked for: ",
		explain_word(each->pseudonymise, model_pseudonyms));
	explain_words(out, each->require, model_requirements);
	fprintf(out, "%s",
		each->return_by ? "; back by the earliest end of its items"
				: "; no date of return is stated");
	if (model_has(&each->max_duration)) {
		fprintf(out, ", after ");
		explain_period(&each->max_duration, out);
		fprintf(out, " at most");
	}
	fprintf(out, "%s%s (S17)\n", each->law[0] ? "; by " : "", each->law);
}

void explain_places(const struct policy *policy, FILE *out)
{
	const struct model_transfer *transfer = &policy->transfer;

	for (size_t i = 0; i < policy->disclosure_count; i++)
		say_disclosure(&policy->disclosures[i], out);
	if (policy->disclosure_count == 0) {
		explain_line(out, "given to");
		fprintf(out, "nobody (S15)\n");
	}
	for (size_t i = 0; i < policy->location_count; i++) {
		const struct model_location *each = &policy->locations[i];

		explain_line(out, "location");
		fprintf(out, "%s in %s: ", each->id, each->country);
		explain_words(out, each->kinds, model_location_kinds);
		fprintf(out, " (S18)\n");
	}
	explain_line(out, "transfer");
	if (transfer->allowed <= MODEL_TRANSFER_NONE) {
		fprintf(out, "nothing leaves the EU and the EEA (S18)\n");
		return;
	}
	fprintf(out, "by %s (%s), to",
		transfer->allowed == MODEL_TRANSFER_ADEQUACY
			? "a decision of adequacy"
			: "standard contractual clauses",
		transfer->reference);
	for (size_t i = 0; i < transfer->country_count; i++)
		fprintf(out, " %s", transfer->countries[i]);
	fprintf(out, " only (S18)\n");
}

static void say_rights(const struct policy *policy, FILE *out)
{
	const struct model_rights *rights = &policy->rights;

	explain_line(out, "rights");
	explain_words(out,
		      rights->offered ? rights->offered : policy_rights(policy),
		      notice_rights);
	fprintf(out, "%s (S24 to S27)\n",
		rights->offered ? "" : ", as the bases give them");
	for (size_t i = 0; i < rights->narrowed_count; i++) {
		explain_line(out, "");
		fprintf(out, "%s is narrowed by %s\n",
			notice_rights[rights->narrowed[i].right - 1],
			rights->narrowed[i].law);
	}
	for (size_t i = 0; i < rights->way_count; i++) {
		explain_line(out, "");
		fprintf(out, "requests by %s: %s (S25)\n",
			model_way_kinds[rights->ways[i].kind - 1],
			rights->ways[i].where);
	}
	if (rights->line == 0)
		return;
	explain_line(out, "");
	fprintf(out, "identity by ");
	explain_words(out, rights->identity, model_identities);
	fprintf(out, "; answers as ");
	explain_words(out, rights->forms, model_forms);
	(void)fputc('\n', out);
}

void explain_limits(const struct policy *policy, FILE *out)
{
	const struct model_employee *employee = &policy->employee;

	explain_line(out, "kept longer");
	fprintf(out, "beyond its end only by a hold for ");
	explain_words(out, policy->holds.kinds, notice_holds);
	fprintf(out, " (S19)\n");
	say_rights(policy, out);
	if (employee->line > 0) {
		explain_line(out, "employees");
		fprintf(out, "were told on ");
		explain_date(out, employee->informed_on);
		fprintf(out, "%s%s%s\n", employee->procedure[0] ? ", " : "",
			employee->procedure,
			employee->sees_listeners == MODEL_YES
				? "; they see who listened to their calls"
				: "");
	}
	if (policy->log.line > 0) {
		explain_line(out, "audit log");
		fprintf(out, "kept for ");
		explain_period(&policy->log.retention, out);
		fprintf(out, "%s%s\n", policy->log.law[0] ? " by " : "",
			policy->log.law);
	}
	explain_line(out, "automation");
	fprintf(out, "no profiling (S22), no automated decision about a person "
		     "(S23)\n");
}

void explain_announcement(const struct model_capture *capture, FILE *out)
{
	const struct model_announcement *told = &capture->announcement;

	explain_line(out, "told");
	if (told->line == 0) {
		fprintf(out, "it is not stated who tells callers\n");
	} else {
		fprintf(out, "by the %s",
			told->spoken_by == 2 ? "agent" : "telephone system");
		if (told->text[NOTICE_FI][0]) {
			fprintf(out, ": ");
			say_texts(told->text, out);
		}
		fprintf(out, "; required: %s; evidence: %s; if missing: %s\n",
			explain_word(told->required, model_truths),
			explain_word(told->evidence, model_evidence),
			explain_word(told->if_missing, model_if_missing));
	}
	if (capture->opt_out) {
		explain_line(out, "");
		fprintf(out, "opt-out: %s\n",
			model_opt_outs[capture->opt_out - 1]);
	}
	for (size_t i = 0; i < capture->pause_count; i++) {
		explain_line(out, "pause");
		fprintf(out, "by %s: ",
			model_pause_ways[capture->pauses[i].how - 1]);
		say_texts(capture->pauses[i].why, out);
		(void)fputc('\n', out);
	}
}

static void say_kept(const struct model_kept *kept, FILE *out)
{
	explain_line(out, "");
	fprintf(out, "longer for %s: the %s, asked by %s, approved by %d, ",
		explain_word(kept->trigger, model_triggers),
		explain_word(kept->scope, model_scopes),
		explain_word(kept->who, notice_roles), kept->approvals);
	if (model_has(&kept->period)) {
		fprintf(out, "for ");
		explain_period(&kept->period, out);
	} else {
		fprintf(out, "until it is closed");
	}
	(void)fputc('\n', out);
}

void explain_class_terms(const struct model_class *class, FILE *out)
{
	for (size_t i = 0; i < class->kept_count; i++)
		say_kept(&class->kept[i], out);
	if (class->publicity.line > 0) {
		explain_line(out, "publicity");
		fprintf(out, "%s",
			explain_word(class->publicity.standard,
				     model_publicities));
		for (size_t i = 0; i < class->publicity.ground_count; i++)
			fprintf(out, ", %s", class->publicity.grounds[i]);
		(void)fputc('\n', out);
	}
	if (class->special_categories || class->children) {
		explain_line(out, "");
		fprintf(out, "special categories: %s; children: %s\n",
			explain_word(class->special_categories, model_truths),
			explain_word(class->children, model_truths));
	}
}

void explain_unstated(const struct policy *policy, FILE *out)
{
	for (size_t i = 0; i < policy->unstated_count; i++) {
		char path[KEY_PATH_SIZE];

		explain_line(out, i == 0 ? "not stated" : "");
		if (!policy_key_path(policy->unstated[i].key, path))
			continue;
		fprintf(out, "%s (line %d)\n", path, policy->unstated[i].line);
	}
}
