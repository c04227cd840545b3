/* SPDX-License-Identifier: EUPL-1.2 */
/* Where data may not be and who may not have them; contract in lint.h. */
#include "notice/lint.h"

static void lint_transfer(struct yaml_reader *reader,
			  const struct policy *policy)
{
	const struct model_transfer *transfer = &policy->transfer;
	bool is_allowed = transfer->allowed > MODEL_TRANSFER_NONE;

	if (is_allowed && transfer->country_count == 0)
		yaml_fault_at(reader, transfer->line, "E-MISSING",
			      "a transfer needs \"countries\"");
	if (is_allowed && transfer->reference[0] == '\0')
		yaml_fault_at(reader, transfer->line, "E-MISSING",
			      "a transfer needs \"reference\": the decision or "
			      "the contract that allows it");
	if (!is_allowed && transfer->country_count > 0)
		yaml_fault_at(reader, transfer->line, "E-NONEEA",
			      "no transfer is allowed, but countries are "
			      "listed");
}

static void lint_country(struct yaml_reader *reader,
			 const struct policy *policy, int line,
			 const char *what, const char *name,
			 const char *country)
{
	if (!model_allows_country(policy, country))
		yaml_fault_at(reader, line, "E-NONEEA",
			      "%s \"%s\" is in %s, outside the EU and the EEA, "
			      "and \"transfer\" does not allow it (S18)",
			      what, name, country);
}

static void lint_locations(struct yaml_reader *reader,
			   const struct policy *policy)
{
	bool has_store = false;

	for (size_t i = 0; i < policy->location_count; i++) {
		const struct model_location *each = &policy->locations[i];

		has_store |= each->kinds & 1U << MODEL_STORE;
		lint_country(reader, policy, each->line, "location", each->id,
			     each->country);
	}
	if (!has_store)
		yaml_fault_at(reader, policy->transfer.line, "W-NO-STORE",
			      "no location of kind \"store\" says in which "
			      "country recordings are");
}

static void lint_processors(struct yaml_reader *reader,
			    const struct policy *policy)
{
	for (size_t i = 0; i < policy->processor_count; i++) {
		const struct model_processor *each = &policy->processors[i];

		lint_country(reader, policy, each->line, "processor",
			     each->name, each->country);
		if (each->contract[0] == '\0')
			yaml_fault_at(reader, each->line,
				      "W-PROCESSOR-NO-CONTRACT",
				      "processor \"%s\" names no contract",
				      each->name);
	}
}

/* A loan ends: without that it is a copy that was given away (S16, S17). */
static void lint_loan(struct yaml_reader *reader,
		      const struct model_disclosure *each)
{
	const uint32_t needed =
		MODEL_REQUIRES_COMMITMENT | MODEL_REQUIRES_RETURN;

	if (each->kind != MODEL_RESEARCH) {
		if (each->require || each->return_by || each->pseudonymise ||
		    model_has(&each->max_duration))
			yaml_fault_at(reader, each->line, "E-LOAN",
				      "\"%s\" is given recordings, not lent "
				      "them: only research has a return, "
				      "requirements and pseudonyms",
				      each->to[NOTICE_EN]);
		return;
	}
	if ((each->require & needed) != needed || each->return_by == 0)
		yaml_fault_at(reader, each->line, "E-NO-RETURN",
			      "research \"%s\" is lent recordings without "
			      "commitment, return-or-destroy and return_by: "
			      "item-end",
			      each->to[NOTICE_EN]);
}

static void lint_disclosures(struct yaml_reader *reader,
			     const struct policy *policy)
{
	for (size_t i = 0; i < policy->disclosure_count; i++) {
		const struct model_disclosure *each = &policy->disclosures[i];

		if (each->standing == MODEL_YES || each->kind == MODEL_REGULAR)
			yaml_fault_at(reader, each->line, "E-STANDING",
				      "\"%s\" would be given recordings as a "
				      "matter of course (S15)",
				      each->to[NOTICE_EN]);
		else if (each->select != 1)
			yaml_fault_at(reader, each->line, "E-STANDING",
				      "\"%s\" would be given all recordings, "
				      "not chosen ones (S16)",
				      each->to[NOTICE_EN]);
		lint_loan(reader, each);
		for (size_t j = 0; j < each->purpose_count; j++)
			policy_lint_purpose(reader, policy, each->line,
					    each->purposes[j]);
	}
}

void policy_lint_places(struct yaml_reader *reader, const struct policy *policy)
{
	lint_transfer(reader, policy);
	lint_locations(reader, policy);
	lint_processors(reader, policy);
	lint_disclosures(reader, policy);
}
