/* SPDX-License-Identifier: EUPL-1.2 */
#include "publish/stands.h"

#include <string.h>

size_t stands_always(const struct policy *policy)
{
	(void)policy;
	return 1;
}

/* Where the policy tells it. */
#define TOLD(name, field)                                                      \
	size_t stands_##name(const struct policy *policy)                      \
	{                                                                      \
		return policy->field[0] != '\0';                               \
	}
TOLD(supersedes, supersedes)
TOLD(representative, controllers[0].representative)
TOLD(register_id, controllers[0].register_id)
TOLD(controller_address, controllers[0].contact.address)
TOLD(controller_phone, controllers[0].contact.phone)
TOLD(controller_email, controllers[0].contact.email)
TOLD(dpo_address, dpo_contact.address)
TOLD(dpo_phone, dpo_contact.phone)
TOLD(dpo_email, dpo_contact.email)
TOLD(authority_address, authority_contact.address)
TOLD(authority_phone, authority_contact.phone)
TOLD(authority_email, authority_contact.email)
TOLD(authority_page, authority_url)

/* Bases and what rests on them. */

const struct model_basis *stands_basis_of(const struct policy *policy,
					  const struct notice_purpose *purpose)
{
	for (size_t i = 0; i < policy->basis_count; i++)
		if (!strcmp(policy->bases[i].id, purpose->basis))
			return &policy->bases[i];
	return NULL;
}

static bool is_used(const struct policy *policy, const struct model_basis *at)
{
	for (size_t i = 0; i < policy->purpose_count; i++)
		if (stands_basis_of(policy, &policy->purposes[i].granted) == at)
			return true;
	return false;
}

const struct model_basis *stands_find_basis(const struct policy *policy,
					    enum stands_basis which,
					    size_t index)
{
	for (size_t i = 0; i < policy->basis_count; i++) {
		const struct model_basis *basis = &policy->bases[i];

		if (!is_used(policy, basis) ||
		    (which == STANDS_LAW && !basis->law[0]) ||
		    (which == STANDS_SPECIAL && !basis->art9[0]))
			continue;
		if (index-- == 0)
			return basis;
	}
	return NULL;
}

static size_t count_bases(const struct policy *policy, enum stands_basis which)
{
	size_t count = 0;

	while (stands_find_basis(policy, which, count))
		count++;
	return count;
}

size_t stands_bases(const struct policy *policy)
{
	return count_bases(policy, STANDS_ANY);
}

size_t stands_bases_with_law(const struct policy *policy)
{
	return count_bases(policy, STANDS_LAW);
}

size_t stands_bases_special(const struct policy *policy)
{
	return count_bases(policy, STANDS_SPECIAL);
}

size_t stands_purposes_of_one_basis(const struct policy *policy)
{
	return stands_bases(policy) > 1 ? 0 : policy->purpose_count;
}

size_t stands_purposes_of_many_bases(const struct policy *policy)
{
	return stands_bases(policy) > 1 ? policy->purpose_count : 0;
}

const struct notice_purpose *stands_find_figures(const struct policy *policy,
						 size_t index)
{
	for (size_t i = 0; i < policy->purpose_count; i++)
		if (policy->purposes[i].granted.uses == NOTICE_AGGREGATE &&
		    index-- == 0)
			return &policy->purposes[i].granted;
	return NULL;
}

size_t stands_purposes_of_figures(const struct policy *policy)
{
	size_t count = 0;

	while (stands_find_figures(policy, count))
		count++;
	return count;
}

size_t stands_derives(const struct policy *policy)
{
	for (size_t i = 0; i < policy->purpose_count; i++)
		if (policy->purposes[i].granted.uses &
		    (NOTICE_NOTE | NOTICE_CLIP))
			return 1;
	return 0;
}

/* Rights follow from the bases and are nowhere written by hand. */

uint32_t stands_rights(const char *gdpr)
{
	static const struct {
		const char *gdpr;
		uint32_t rights;
	} rows[] = {
		{ "6(1)(a)", STANDS_ERASE | STANDS_PORT | STANDS_WITHDRAW },
		{ "6(1)(b)", STANDS_ERASE | STANDS_PORT },
		{ "6(1)(c)", STANDS_ERASE_LIMITED },
		{ "6(1)(d)", STANDS_ERASE },
		{ "6(1)(e)", STANDS_ERASE_LIMITED | STANDS_OBJECT },
		{ "6(1)(f)", STANDS_ERASE | STANDS_OBJECT },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (!strcmp(rows[i].gdpr, gdpr))
			return rows[i].rights | STANDS_ACCESS | STANDS_RECTIFY |
			       STANDS_RESTRICT;
	return 0;
}

static bool has_right(const struct policy *policy, enum stands_right right,
		      bool given)
{
	const struct model_basis *basis;

	for (size_t i = 0;
	     (basis = stands_find_basis(policy, STANDS_ANY, i)) != NULL; i++)
		if (!!(stands_rights(basis->gdpr) & right) == given)
			return true;
	return false;
}

#define RIGHT(name, right, given)                                              \
	size_t stands_rights_##name(const struct policy *policy)               \
	{                                                                      \
		return has_right(policy, right, given);                        \
	}
RIGHT(access, STANDS_ACCESS, true)
RIGHT(rectify, STANDS_RECTIFY, true)
RIGHT(erase, STANDS_ERASE, true)
RIGHT(erase_limited, STANDS_ERASE_LIMITED, true)
RIGHT(restrict, STANDS_RESTRICT, true)
RIGHT(port, STANDS_PORT, true)
RIGHT(no_port, STANDS_PORT, false)
RIGHT(object, STANDS_OBJECT, true)
RIGHT(no_object, STANDS_OBJECT, false)
RIGHT(withdraw, STANDS_WITHDRAW, true)

/* Calls */

size_t stands_audio(const struct policy *policy)
{
	return model_class(policy, SEAL_CLASS_AUDIO) != NULL;
}

static const struct model_capture *capture(const struct policy *policy)
{
	const struct model_class *class = model_class(policy, SEAL_CLASS_AUDIO);

	return class && class->capture.line > 0 ? &class->capture : NULL;
}

/* Nothing is said about the recording of calls that are not recorded. */
static const struct model_capture *used(const struct policy *policy)
{
	const struct model_capture *at = capture(policy);

	return at && at->coverage != MODEL_COVERAGE_NONE &&
			       stands_find_service(policy, true, 0)
		       ? at
		       : NULL;
}

const struct model_service *stands_find_service(const struct policy *policy,
						bool recorded, size_t index)
{
	const struct model_capture *at = capture(policy);

	for (size_t i = 0; i < policy->service_count; i++) {
		const struct model_service *service = &policy->services[i];

		if ((at && model_captures(policy, at, service->number)) ==
			    recorded &&
		    index-- == 0)
			return service;
	}
	return NULL;
}

static size_t count_services(const struct policy *policy, bool recorded)
{
	size_t count = 0;

	if (!used(policy))
		return 0;
	while (stands_find_service(policy, recorded, count))
		count++;
	return count;
}

size_t stands_services(const struct policy *policy)
{
	return count_services(policy, true);
}

size_t stands_services_any(const struct policy *policy)
{
	return stands_services(policy) > 0;
}

size_t stands_silent_services(const struct policy *policy)
{
	return count_services(policy, false);
}

size_t stands_silent_services_any(const struct policy *policy)
{
	return stands_silent_services(policy) > 0;
}

size_t stands_captures(const struct policy *policy)
{
	return used(policy) != NULL;
}

size_t stands_no_calls(const struct policy *policy)
{
	return used(policy) == NULL;
}

#define COVERAGE(name, word)                                                   \
	size_t stands_##name(const struct policy *policy)                      \
	{                                                                      \
		return used(policy) && used(policy)->coverage == (word);       \
	}
COVERAGE(coverage_all, MODEL_COVERAGE_ALL)
COVERAGE(coverage_sample, MODEL_COVERAGE_SAMPLE)
COVERAGE(coverage_schedule, MODEL_COVERAGE_SCHEDULE)
COVERAGE(coverage_manual, MODEL_COVERAGE_MANUAL)

size_t stands_schedule(const struct policy *policy)
{
	return stands_coverage_schedule(policy) ? used(policy)->hours_count : 0;
}

size_t stands_spoken_all(const struct policy *policy)
{
	return stands_spoken_ours(policy) && stands_coverage_all(policy);
}

size_t stands_spoken_some(const struct policy *policy)
{
	return stands_spoken_ours(policy) && !stands_coverage_all(policy);
}

size_t stands_spoken_purpose(const struct policy *policy)
{
	return stands_spoken_ours(policy) && policy->purpose_count > 0;
}

#define GATE(name, condition)                                                  \
	size_t stands_##name(const struct policy *policy)                      \
	{                                                                      \
		return used(policy) && (condition);                            \
	}
GATE(stops_at_end, !policy_stops_at_transfer(policy))
GATE(stops_at_transfer, policy_stops_at_transfer(policy))
GATE(hold_pauses, policy_pauses_on_hold(policy))
GATE(hold_goes_on, !policy_pauses_on_hold(policy))
GATE(consultation, policy_records_consultation(policy))
GATE(consultation_not, !policy_records_consultation(policy))

/* Fields of the contact, then of its sound. */
size_t stands_call_fields(const struct policy *policy)
{
	const struct model_class *audio = model_class(policy, SEAL_CLASS_AUDIO);
	const struct model_class *contact =
		model_class(policy, SEAL_CLASS_CONTACT);

	return audio && contact ? contact->field_count + audio->field_count : 0;
}

size_t stands_call_fields_any(const struct policy *policy)
{
	return stands_call_fields(policy) > 0;
}

/* Chats */

size_t stands_chat(const struct policy *policy)
{
	return model_class(policy, SEAL_CLASS_CHAT) != NULL;
}

size_t stands_chat_fields(const struct policy *policy)
{
	const struct model_class *class = model_class(policy, SEAL_CLASS_CHAT);

	return class ? class->field_count : 0;
}

size_t stands_pages(const struct policy *policy)
{
	return policy_chat_origin_count(policy);
}

size_t stands_pages_any(const struct policy *policy)
{
	return stands_pages(policy) > 0;
}

/* Retention */

static bool keeps(const struct policy *policy, uint32_t data_class,
		  enum model_retention kind)
{
	const struct model_class *class = model_class(policy, data_class);

	/* What is kept for at least so long ends at its fallback. */
	return class && (class->retention == MODEL_RETENTION_EXACT) ==
				(kind == MODEL_RETENTION_EXACT);
}

static bool has_grace(const struct policy *policy, uint32_t data_class)
{
	const struct model_class *class = model_class(policy, data_class);

	return class && model_has(&class->grace);
}

#define KEPT(name, data_class)                                                 \
	size_t stands_keep_##name##s_max(const struct policy *policy)          \
	{                                                                      \
		return keeps(policy, data_class, MODEL_RETENTION_MAX);         \
	}                                                                      \
	size_t stands_keep_##name##s_exact(const struct policy *policy)        \
	{                                                                      \
		return keeps(policy, data_class, MODEL_RETENTION_EXACT);       \
	}                                                                      \
	size_t stands_##name##_grace(const struct policy *policy)              \
	{                                                                      \
		return has_grace(policy, data_class);                          \
	}
KEPT(call, SEAL_CLASS_AUDIO)
KEPT(contact, SEAL_CLASS_CONTACT)
KEPT(chat, SEAL_CLASS_CHAT)

size_t stands_spoken_max(const struct policy *policy)
{
	return stands_spoken_ours(policy) && stands_keep_calls_max(policy);
}

size_t stands_spoken_exact(const struct policy *policy)
{
	return stands_spoken_ours(policy) && stands_keep_calls_exact(policy);
}

/* It may not be shorter: E-HISTORY-SHORTER. */
size_t stands_history_outlives(const struct policy *policy)
{
	const struct model_class *audio = model_class(policy, SEAL_CLASS_AUDIO);
	const struct model_class *contact =
		model_class(policy, SEAL_CLASS_CONTACT);

	return audio && contact &&
	       memcmp(model_longest(audio), model_longest(contact),
		      sizeof(struct model_period)) != 0;
}

const struct model_class *stands_find_reason(const struct policy *policy,
					     size_t index)
{
	for (size_t i = 0; i < policy->class_count; i++)
		if (policy->classes[i].reason > 0 && index-- == 0)
			return &policy->classes[i];
	return NULL;
}

size_t stands_reasons(const struct policy *policy)
{
	size_t count = 0;

	while (stands_find_reason(policy, count))
		count++;
	return count;
}

size_t stands_reasons_any(const struct policy *policy)
{
	return stands_reasons(policy) > 0;
}

/* A version that is a date is that of the last update (S29). */
size_t stands_updated(const struct policy *policy)
{
	const struct slice version = slice_of(policy->version);
	uint64_t year, month, day;

	return version.size == 10 && version.at[4] == '-' &&
	       version.at[7] == '-' &&
	       slice_number((struct slice){ version.at, 4 }, 9999, &year) ==
		       0 &&
	       slice_number((struct slice){ version.at + 5, 2 }, 12, &month) ==
		       0 &&
	       slice_number((struct slice){ version.at + 8, 2 }, 31, &day) ==
		       0 &&
	       civil_is_date((seal_date)(year * 10000 + month * 100 + day));
}
