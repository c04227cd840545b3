/* SPDX-License-Identifier: EUPL-1.2 */
#include "notice/told.h"

#include <string.h>

#include "notice/model.h"

static_assert((int)TOLD_COVERAGE_MANUAL == (int)MODEL_COVERAGE_MANUAL,
	      "the same words in the same order");
static_assert((int)TOLD_FIELDS_MAX >= (int)MODEL_FIELDS_MAX, "all fields fit");

static struct told_contact contact(const struct model_contact *from)
{
	return (struct told_contact){ from->address, from->phone, from->email };
}

static struct told_period period(const struct model_period *from)
{
	return (struct told_period){ from->months, from->days, from->hours };
}

void told_policy(const struct policy *policy, struct told_policy *ret_told)
{
	const struct model_class *class = model_class(policy, SEAL_CLASS_AUDIO);
	struct told_policy told = {
		.controller = policy->controllers[0].name,
		.representative = policy->controllers[0].representative,
		.dpo = policy->dpo,
		.authority = policy->authority,
		.controller_at = contact(&policy->controllers[0].contact),
		.dpo_at = contact(&policy->dpo_contact),
		.authority_at = contact(&policy->authority_contact),
		.language = policy->first_language,
		.valid_from = policy->valid_from,
		.collection_started = policy->collection_started,
	};

	if (class) {
		const struct model_capture *capture = &class->capture;

		told.coverage = (enum told_coverage)capture->coverage;
		told.share_percent = (unsigned int)(capture->share * 100 + 0.5);
		for (size_t i = 0;
		     i < capture->hours_count && i < TOLD_HOURS_MAX; i++) {
			told.hours[i].from = capture->hours[i].from;
			told.hours[i].until = capture->hours[i].until;
			told.hours_count++;
		}
	}
	*ret_told = told;
}

bool told_basis(const struct policy *policy,
		const struct notice_purpose *purpose,
		struct told_basis *ret_told)
{
	const struct model_basis *basis = model_basis(policy, purpose);

	if (!basis)
		return false;
	*ret_told = (struct told_basis){ basis->gdpr, basis->art9, basis->law };
	return true;
}

bool told_class(const struct policy *policy, uint32_t data_class,
		struct told_class *ret_told)
{
	const struct model_class *class = model_class(policy, data_class);
	struct told_class told = { 0 };

	if (!class)
		return false;
	for (size_t i = 0; i < class->field_count; i++)
		told.fields[told.field_count++] = class->fields[i].name;
	told.is_kept = class->retention != MODEL_RETENTION_NONE;
	told.is_exact = class->retention == MODEL_RETENTION_EXACT;
	told.from_end = class->anchor == MODEL_ANCHOR_END;
	told.period = period(model_longest(class));
	told.grace = period(&class->grace);
	told.reason = class->reason;
	*ret_told = told;
	return true;
}

bool told_is_recorded(const struct policy *policy, size_t index)
{
	const struct model_class *class = model_class(policy, SEAL_CLASS_AUDIO);

	return class &&
	       model_captures(policy, &class->capture,
			      policy_service(policy, index, NOTICE_FI, NULL));
}

void told_flows(const struct policy *policy, struct told_flows *ret_flows)
{
	struct told_flows flows = {
		.disclosures = policy->disclosure_count,
		.places = policy->location_count + policy->processor_count,
	};

	for (size_t i = 0; i < policy->disclosure_count; i++)
		flows.standing +=
			policy->disclosures[i].standing == MODEL_YES ||
			policy->disclosures[i].kind == MODEL_REGULAR;
	for (size_t i = 0; i < policy->location_count; i++)
		flows.outside += !model_allows_country(
			policy, policy->locations[i].country);
	for (size_t i = 0; i < policy->processor_count; i++)
		flows.outside += !model_allows_country(
			policy, policy->processors[i].country);
	*ret_flows = flows;
}
