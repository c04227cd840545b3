/* SPDX-License-Identifier: EUPL-1.2 */
/* What a policy may not say, and what it should think about. */
#include "notice/lint.h"

#include <string.h>

/* Fields that exist in the product; a policy chooses among them (S7, S12). */
static const char *const known_fields[SEAL_CLASSES][10] = {
	[SEAL_CLASS_AUDIO] = { "caller_leg", "agent_leg", NULL },
	[SEAL_CLASS_CONTACT] = { "start", "end", "caller_number",
				 "service_number", "agent_name", "agent_number",
				 NULL },
	[SEAL_CLASS_CHAT] = { "start", "end", "nickname", "agent_name", "text",
			      NULL },
};

static void lint_fields(struct yaml_reader *reader,
			const struct model_class *class)
{
	const char *const *known = known_fields[class->data_class];

	for (size_t i = 0; i < class->field_count; i++) {
		bool found = false;

		for (size_t j = 0; known[j]; j++)
			found |= !strcmp(known[j], class->fields[i].name);
		if (!found) {
			const char *near = yaml_nearest(
				slice_of(class->fields[i].name), known);
			yaml_fault(reader, NULL, "E-UNKNOWN-FIELD",
				   "class \"%s\" has no field \"%s\"%s%s%s",
				   class->id, class->fields[i].name,
				   near ? "; did you mean \"" : "",
				   near ? near : "", near ? "\"?" : "");
		}
	}
}

static void lint_capture(struct yaml_reader *reader,
			 const struct policy *policy,
			 const struct model_class *class)
{
	const struct model_capture *capture = &class->capture;

	if (class->data_class != SEAL_CLASS_AUDIO)
		return;
	if (!capture->stated) {
		yaml_fault(reader, NULL, "E-MISSING",
			   "class \"%s\" has no \"capture\": which calls are "
			   "recorded must be stated beforehand (S9)",
			   class->id);
		return;
	}
	for (size_t i = 0; i < capture->number_count; i++)
		if (strcmp(capture->numbers[i], "*") != 0 &&
		    !policy_has_service(policy, capture->numbers[i]))
			yaml_fault(reader, NULL, "E-UNLISTED-NUMBER",
				   "class \"%s\" records number %zu of its "
				   "list, which \"services\" does not list",
				   class->id, i + 1);
	if (capture->directions & ~(1U << NOTICE_IN))
		yaml_fault(reader, NULL, "E-DIRECTION",
			   "class \"%s\": only incoming calls to service "
			   "numbers are recorded (S8)",
			   class->id);
	if (capture->coverage == MODEL_COVERAGE_SAMPLE && capture->share <= 0)
		yaml_fault(reader, NULL, "E-MISSING",
			   "coverage \"sample\" needs \"share\"");
	if (capture->coverage == MODEL_COVERAGE_SCHEDULE &&
	    capture->hours_count == 0)
		yaml_fault(reader, NULL, "E-MISSING",
			   "coverage \"schedule\" needs \"hours\"");
	if (capture->coverage == MODEL_COVERAGE_ALL)
		yaml_fault(reader, NULL, "W-COVERAGE-ALL",
			   "class \"%s\" records all calls; authorities have "
			   "found that excessive where a sample would do",
			   class->id);
}

static void lint_basis(struct yaml_reader *reader, const struct policy *policy)
{
	for (size_t i = 0; i < policy->basis_count; i++) {
		const struct model_basis *basis = &policy->bases[i];
		bool needs_law = !strncmp(basis->gdpr, "6(1)(c)", 7) ||
				 !strncmp(basis->gdpr, "6(1)(e)", 7);

		if (needs_law && basis->law[0] == '\0')
			yaml_fault(reader, NULL, "W-BASIS-NO-LAW",
				   "basis \"%s\" is %s but names no law",
				   basis->id, basis->gdpr);
	}
}

static void lint_purposes(struct yaml_reader *reader,
			  const struct policy *policy)
{
	const char *known[MODEL_BASES_MAX + 1] = { NULL };

	for (size_t i = 0; i < policy->basis_count; i++)
		known[i] = policy->bases[i].id;
	for (size_t i = 0; i < policy->purpose_count; i++) {
		const struct notice_purpose *purpose = &policy->purposes[i];
		bool found = false;

		for (size_t j = 0; known[j]; j++)
			found |= !strcmp(known[j], purpose->basis);
		if (!found)
			yaml_fault(reader, NULL, "E-UNKNOWN-BASIS",
				   "purpose \"%s\" rests on \"%s\", which "
				   "\"bases\" does not list",
				   purpose->id, purpose->basis);
	}
}

static int days_of(const struct model_period *period)
{
	return period->months * 31 + period->days;
}

/* A recording whose contact is gone can be played by nobody. */
static void lint_periods(struct yaml_reader *reader,
			 const struct policy *policy)
{
	const struct model_class *audio = model_class(policy, SEAL_CLASS_AUDIO);
	const struct model_class *contact =
		model_class(policy, SEAL_CLASS_CONTACT);

	if (audio && contact &&
	    days_of(&contact->period) < days_of(&audio->period))
		yaml_fault(reader, NULL, "E-HISTORY-SHORTER",
			   "class \"%s\" is kept for a shorter time than "
			   "\"%s\": its sound would outlive its contact",
			   contact->id, audio->id);
}

static void lint_classes(struct yaml_reader *reader,
			 const struct policy *policy)
{
	for (uint32_t kind = SEAL_CLASS_AUDIO; kind < SEAL_CLASSES; kind++) {
		size_t count = 0;

		for (size_t i = 0; i < policy->class_count; i++)
			count += policy->classes[i].data_class == kind;
		if (count > 1)
			yaml_fault(reader, NULL, "E-TWICE",
				   "two classes are of the same kind");
	}
	for (size_t i = 0; i < policy->class_count; i++) {
		lint_fields(reader, &policy->classes[i]);
		lint_capture(reader, policy, &policy->classes[i]);
	}
	if (model_class(policy, SEAL_CLASS_AUDIO) &&
	    !model_class(policy, SEAL_CLASS_CONTACT))
		yaml_fault(reader, NULL, "E-MISSING",
			   "a class of kind \"contact\" is missing: each "
			   "recording belongs to a contact");
}

void policy_lint(struct yaml_reader *reader, const struct policy *policy)
{
	const uint32_t needed = 1U << NOTICE_FI | 1U << NOTICE_SV;

	if (policy->profiling)
		yaml_fault(reader, NULL, "E-PROFILING",
			   "this product has no profiling (S22)");
	if (policy->decisions)
		yaml_fault(reader, NULL, "E-AUTOMATION",
			   "this product makes no automated decisions (S23)");
	if (policy->transfer_allowed)
		yaml_fault(reader, NULL, "E-NONEEA",
			   "nothing is transferred outside the EU and the EEA "
			   "(S18)");
	if ((policy->languages & needed) != needed)
		yaml_fault(reader, NULL, "E-LANGUAGES",
			   "Finnish and Swedish are both needed");
	if (policy->collection_started > policy->valid_from)
		yaml_fault(reader, NULL, "W-DATES",
			   "collection starts after the policy is valid");
	lint_basis(reader, policy);
	lint_purposes(reader, policy);
	lint_classes(reader, policy);
	lint_periods(reader, policy);
}
