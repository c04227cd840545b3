/* SPDX-License-Identifier: EUPL-1.2 */
/* Who else has to do with the data, what keeps it longer, how to ask. */
#include <string.h>

#include "publish/stands.h"

static bool is_given(const struct model_disclosure *each,
		     enum stands_given which)
{
	const bool is_loan = each->kind == MODEL_RESEARCH;

	switch (which) {
	case STANDS_LOAN:
		return is_loan;
	case STANDS_LOAN_PERIOD:
		return is_loan && model_has(&each->max_duration);
	case STANDS_LOAN_MASKED:
		/* "metadata"; voices are never changed. */
		return is_loan && each->pseudonymise > 1;
	case STANDS_LOAN_PLAN:
		return is_loan && each->require & MODEL_REQUIRES_PLAN;
	case STANDS_LOAN_PERSON:
		return is_loan && each->require & MODEL_REQUIRES_PERSON;
	case STANDS_GIVEN_PLAIN:
		return !is_loan && !each->law[0];
	case STANDS_GIVEN_BY_LAW:
		return !is_loan && each->law[0];
	}
	return false;
}

const struct model_disclosure *stands_find_given(const struct policy *policy,
						 enum stands_given which,
						 size_t index)
{
	for (size_t i = 0; i < policy->disclosure_count; i++)
		if (is_given(&policy->disclosures[i], which) && index-- == 0)
			return &policy->disclosures[i];
	return NULL;
}

static size_t count_given(const struct policy *policy, enum stands_given which)
{
	size_t count = 0;

	while (stands_find_given(policy, which, count))
		count++;
	return count;
}

#define GIVEN(name, which)                                                     \
	size_t stands_##name(const struct policy *policy)                      \
	{                                                                      \
		return count_given(policy, which);                             \
	}
GIVEN(loans, STANDS_LOAN)
GIVEN(loans_with_period, STANDS_LOAN_PERIOD)
GIVEN(loans_with_pseudonyms, STANDS_LOAN_MASKED)
GIVEN(loans_with_plan, STANDS_LOAN_PLAN)
GIVEN(loans_with_person, STANDS_LOAN_PERSON)
GIVEN(given_plain, STANDS_GIVEN_PLAIN)
GIVEN(given_by_law, STANDS_GIVEN_BY_LAW)

size_t stands_loans_any(const struct policy *policy)
{
	return stands_loans(policy) > 0;
}

size_t stands_given_any(const struct policy *policy)
{
	return stands_given_plain(policy) + stands_given_by_law(policy) > 0;
}

size_t stands_processors(const struct policy *policy)
{
	return policy->processor_count;
}

size_t stands_processors_any(const struct policy *policy)
{
	return policy->processor_count > 0;
}

const struct model_processor *stands_find_contract(const struct policy *policy,
						   size_t index)
{
	for (size_t i = 0; i < policy->processor_count; i++)
		if (policy->processors[i].contract[0] && index-- == 0)
			return &policy->processors[i];
	return NULL;
}

size_t stands_contracts(const struct policy *policy)
{
	size_t count = 0;

	while (stands_find_contract(policy, count))
		count++;
	return count;
}

/* Joint controllers */

const struct model_controller *stands_find_joint(const struct policy *policy,
						 size_t index)
{
	for (size_t i = 1; i < policy->controller_count; i++) {
		const struct model_controller *each = &policy->controllers[i];

		if ((each->contact.address[0] || each->contact.phone[0] ||
		     each->contact.email[0]) &&
		    index-- == 0)
			return each;
	}
	return NULL;
}

size_t stands_joint_contacts(const struct policy *policy)
{
	size_t count = 0;

	while (stands_find_joint(policy, count))
		count++;
	return count;
}

size_t stands_joint_controllers(const struct policy *policy)
{
	return policy->controller_count > 1 ? policy->controller_count - 1 : 0;
}

/* The reader asks each of them for its task (E-JOINT). */
size_t stands_joint_tasks(const struct policy *policy)
{
	return policy->controller_count > 1 ? policy->controller_count : 0;
}

/* Places */

size_t stands_stores(const struct policy *policy)
{
	for (size_t i = 0; i < policy->location_count; i++)
		if (policy->locations[i].kinds & 1U << MODEL_STORE)
			return 1;
	return 0;
}

size_t stands_transfer_adequacy(const struct policy *policy)
{
	return policy->transfer.allowed == MODEL_TRANSFER_ADEQUACY;
}

size_t stands_transfer_clauses(const struct policy *policy)
{
	return policy->transfer.allowed == MODEL_TRANSFER_SCC;
}

size_t stands_no_transfer(const struct policy *policy)
{
	return !stands_transfer_adequacy(policy) &&
	       !stands_transfer_clauses(policy);
}

/* What ends earlier, and what is kept longer. */

const struct model_purpose *stands_find_ending(const struct policy *policy,
					       size_t index)
{
	for (size_t i = 0; i < policy->purpose_count; i++)
		if (model_has(&policy->purposes[i].ends) && index-- == 0)
			return &policy->purposes[i];
	return NULL;
}

size_t stands_purposes_that_end(const struct policy *policy)
{
	size_t count = 0;

	while (stands_find_ending(policy, count))
		count++;
	return count;
}

#define HELD(name, kind)                                                       \
	size_t stands_hold_##name(const struct policy *policy)                 \
	{                                                                      \
		return policy_tells_hold(policy, kind);                        \
	}
HELD(access, NOTICE_HOLD_ACCESS)
HELD(restriction, NOTICE_HOLD_RESTRICTION)
HELD(document, NOTICE_HOLD_DOCUMENT)
HELD(authority, NOTICE_HOLD_AUTHORITY)
HELD(claim, NOTICE_HOLD_CLAIM)
HELD(inquiry, NOTICE_HOLD_INQUIRY)
HELD(threat, NOTICE_HOLD_THREAT)

size_t stands_holds_any(const struct policy *policy)
{
	for (int kind = 0; kind < NOTICE_HOLDS; kind++)
		if (policy_tells_hold(policy, (enum notice_hold)kind))
			return 1;
	return 0;
}

const struct model_class *stands_find_lawful(const struct policy *policy,
					     size_t index)
{
	for (size_t i = 0; i < policy->class_count; i++)
		if (policy->classes[i].retention_law[0] && index-- == 0)
			return &policy->classes[i];
	return NULL;
}

size_t stands_reasons_with_law(const struct policy *policy)
{
	size_t count = 0;

	while (stands_find_lawful(policy, count))
		count++;
	return count;
}

/* Calls */

const struct model_announcement *
stands_announcement(const struct policy *policy)
{
	const struct model_class *audio = model_class(policy, SEAL_CLASS_AUDIO);

	return audio && audio->capture.announcement.line > 0
		       ? &audio->capture.announcement
		       : NULL;
}

size_t stands_announced(const struct policy *policy)
{
	const struct model_announcement *told = stands_announcement(policy);

	return stands_captures(policy) && told && told->spoken_by > 0;
}

/* The policy's own words at the start of a call, or ours. */
size_t stands_spoken_own(const struct policy *policy)
{
	const struct model_announcement *told = stands_announcement(policy);

	return stands_captures(policy) && told && told->text[NOTICE_FI][0];
}

size_t stands_spoken_ours(const struct policy *policy)
{
	return stands_captures(policy) && !stands_spoken_own(policy);
}

static bool is_any(const struct policy *policy, bool children)
{
	for (size_t i = 0; i < policy->class_count; i++) {
		const struct model_class *class = &policy->classes[i];

		if ((children ? class->children : class->special_categories) ==
		    MODEL_YES)
			return true;
	}
	return false;
}

size_t stands_special_categories(const struct policy *policy)
{
	return is_any(policy, false);
}

size_t stands_children(const struct policy *policy)
{
	return is_any(policy, true);
}

size_t stands_employees(const struct policy *policy)
{
	return policy->employee.informed_on > 0;
}

size_t stands_employees_procedure(const struct policy *policy)
{
	return stands_employees(policy) && policy->employee.procedure[0];
}

size_t stands_log_kept(const struct policy *policy)
{
	return model_has(&policy->log.retention);
}

size_t stands_log_law(const struct policy *policy)
{
	return policy->log.law[0] != '\0';
}

static bool is_of(const struct model_class *class, enum stands_class which)
{
	switch (which) {
	case STANDS_AT_LEAST:
		return class->retention == MODEL_RETENTION_MIN;
	case STANDS_PUBLICITY:
		return class->publicity.line > 0;
	case STANDS_GROUNDS:
		return class->publicity.ground_count > 0;
	}
	return false;
}

const struct model_class *stands_find_class(const struct policy *policy,
					    enum stands_class which,
					    size_t index)
{
	for (size_t i = 0; i < policy->class_count; i++)
		if (is_of(&policy->classes[i], which) && index-- == 0)
			return &policy->classes[i];
	return NULL;
}

#define CLASSES(name, which)                                                   \
	size_t stands_##name(const struct policy *policy)                      \
	{                                                                      \
		size_t count = 0;                                              \
                                                                               \
		while (stands_find_class(policy, which, count))                \
			count++;                                               \
		return count;                                                  \
	}
CLASSES(kept_at_least, STANDS_AT_LEAST)
CLASSES(publicities, STANDS_PUBLICITY)
CLASSES(publicities_with_grounds, STANDS_GROUNDS)

/* Requests */

size_t stands_find_bit(uint32_t bits, size_t index)
{
	for (size_t at = 0; at < 32; at++)
		if (bits & 1U << at && index-- == 0)
			return at;
	assert(false && "so many bits are set");
	return 0;
}

static size_t count_bits(uint32_t bits)
{
	return (size_t)__builtin_popcount(bits);
}

size_t stands_ways(const struct policy *policy)
{
	return policy->rights.way_count;
}

size_t stands_ways_any(const struct policy *policy)
{
	return policy->rights.way_count > 0;
}

size_t stands_identities(const struct policy *policy)
{
	return count_bits(policy->rights.identity);
}

size_t stands_identities_any(const struct policy *policy)
{
	return policy->rights.identity != 0;
}

size_t stands_forms(const struct policy *policy)
{
	return count_bits(policy->rights.forms);
}

size_t stands_forms_any(const struct policy *policy)
{
	return policy->rights.forms != 0;
}

size_t stands_narrowed(const struct policy *policy)
{
	return policy->rights.narrowed_count;
}
