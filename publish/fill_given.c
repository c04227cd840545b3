/* SPDX-License-Identifier: EUPL-1.2 */
/* Facts of who else has to do with the data, and of how to ask. */
#include <stdio.h>
#include <string.h>

#include "publish/fill.h"

/* Joint controllers */

static const struct model_controller *joint(const struct fact_ask *ask)
{
	return stands_find_joint(ask->policy, ask->index);
}

NAME(joint_controller, controllers[ask->index + 1].name)
NAME(task_controller, controllers[ask->index].name)

void fill_joint_task(const struct fact_ask *ask, struct fact *fact)
{
	const struct model_controller *each =
		&ask->policy->controllers[ask->index];

	fact_label(ask, each->name, each->task, fact);
}

void fill_joint_name(const struct fact_ask *ask, struct fact *fact)
{
	fact_name(ask, joint(ask)->name, fact);
}

void fill_joint_contact(const struct fact_ask *ask, struct fact *fact)
{
	const struct model_contact *at = &joint(ask)->contact;
	const char *const parts[] = { at->address, at->phone, at->email };
	char all[sizeof(*at) + 8] = "";
	size_t size = 0;

	for (size_t i = 0; i < COUNT(parts); i++)
		if (parts[i][0])
			size += (size_t)snprintf(all + size, sizeof(all) - size,
						 "%s%s", size > 0 ? ", " : "",
						 parts[i]);
	fact_name(ask, all, fact);
}

/* Purposes and classes */

void fill_ending_purpose(const struct fact_ask *ask, struct fact *fact)
{
	const struct notice_purpose *purpose =
		&stands_find_ending(ask->policy, ask->index)->granted;

	fact_label(ask, purpose->id, purpose->text, fact);
}

void fill_purpose_period(const struct fact_ask *ask, struct fact *fact)
{
	fact_period(ask, &stands_find_ending(ask->policy, ask->index)->ends,
		    fact);
}

void fill_lawful_class(const struct fact_ask *ask, struct fact *fact)
{
	fact_class(ask, stands_find_lawful(ask->policy, ask->index), fact);
}

void fill_retention_law(const struct fact_ask *ask, struct fact *fact)
{
	fact_name(ask,
		  stands_find_lawful(ask->policy, ask->index)->retention_law,
		  fact);
}

/* The announcement */

void fill_speaker(const struct fact_ask *ask, struct fact *fact)
{
	int speaker = stands_announcement(ask->policy)->spoken_by;

	fact_term(ask, (enum term_id)(TERM_speaker_system + speaker - 1), fact);
}

void fill_announcement(const struct fact_ask *ask, struct fact *fact)
{
	fact_label(ask, "announcement", stands_announcement(ask->policy)->text,
		   fact);
}

/* Disclosures */

static const struct model_disclosure *given(const struct fact_ask *ask,
					    enum stands_given which)
{
	return stands_find_given(ask->policy, which, ask->index);
}

#define GIVEN(slot, which)                                                     \
	void fill_##slot(const struct fact_ask *ask, struct fact *fact)        \
	{                                                                      \
		const struct model_disclosure *to = given(ask, which);         \
                                                                               \
		fact_label(ask, model_recipients[to->kind - 1], to->to, fact); \
	}
GIVEN(loan_to, STANDS_LOAN)
GIVEN(long_loan_to, STANDS_LOAN_PERIOD)
GIVEN(masked_loan_to, STANDS_LOAN_MASKED)
GIVEN(planned_loan_to, STANDS_LOAN_PLAN)
GIVEN(answered_loan_to, STANDS_LOAN_PERSON)
GIVEN(given_to, STANDS_GIVEN_PLAIN)
GIVEN(lawfully_given_to, STANDS_GIVEN_BY_LAW)

void fill_loan_period(const struct fact_ask *ask, struct fact *fact)
{
	fact_period(ask, &given(ask, STANDS_LOAN_PERIOD)->max_duration, fact);
}

void fill_given_law(const struct fact_ask *ask, struct fact *fact)
{
	fact_name(ask, given(ask, STANDS_GIVEN_BY_LAW)->law, fact);
}

NAME(processor, processors[ask->index].name)
VALUE(processor_country, ask->policy->processors[ask->index].country)

void fill_processor_task(const struct fact_ask *ask, struct fact *fact)
{
	const struct model_processor *each =
		&ask->policy->processors[ask->index];

	fact_label(ask, each->name, each->task, fact);
}

void fill_contract_processor(const struct fact_ask *ask, struct fact *fact)
{
	fact_name(ask, stands_find_contract(ask->policy, ask->index)->name,
		  fact);
}

void fill_contract(const struct fact_ask *ask, struct fact *fact)
{
	fact_name(ask, stands_find_contract(ask->policy, ask->index)->contract,
		  fact);
}

/* Places */

/* One more country, if it is not there yet. */
static void add_country(char list[FACT_SIZE], const char *country)
{
	size_t size = strlen(list);

	if (!strstr(list, country))
		(void)snprintf(list + size, FACT_SIZE - size, "%s%s",
			       size > 0 ? " " : "", country);
}

void fill_store_countries(const struct fact_ask *ask, struct fact *fact)
{
	char list[FACT_SIZE] = "";

	for (size_t i = 0; i < ask->policy->location_count; i++)
		if (ask->policy->locations[i].kinds &
		    (1U << MODEL_STORE | 1U << MODEL_BACKUP))
			add_country(list, ask->policy->locations[i].country);
	fact_value(ask, list, fact);
}

void fill_transfer_countries(const struct fact_ask *ask, struct fact *fact)
{
	char list[FACT_SIZE] = "";

	for (size_t i = 0; i < ask->policy->transfer.country_count; i++)
		add_country(list, ask->policy->transfer.countries[i]);
	fact_value(ask, list, fact);
}

NAME(transfer_reference, transfer.reference)
VALUE(article_adequacy, "45")
VALUE(article_clauses, "46(2)(c)")

/* Requests */

void fill_way(const struct fact_ask *ask, struct fact *fact)
{
	int way = ask->policy->rights.ways[ask->index].kind;

	fact_term(ask, (enum term_id)(TERM_way_web + way - 1), fact);
}

NAME(way_where, rights.ways[ask->index].where)

void fill_identity(const struct fact_ask *ask, struct fact *fact)
{
	size_t at = stands_find_bit(ask->policy->rights.identity, ask->index);

	fact_term(ask, (enum term_id)(TERM_identity_strong + at), fact);
}

void fill_form(const struct fact_ask *ask, struct fact *fact)
{
	size_t at = stands_find_bit(ask->policy->rights.forms, ask->index);

	fact_term(ask, (enum term_id)(TERM_form_audio + at), fact);
}

void fill_narrowed_right(const struct fact_ask *ask, struct fact *fact)
{
	int right = ask->policy->rights.narrowed[ask->index].right;

	fact_term(ask, (enum term_id)(TERM_right_access + right - 1), fact);
}

NAME(narrowed_law, rights.narrowed[ask->index].law)
VALUE(authority_page, ask->policy->authority_url)

void fill_informed_on(const struct fact_ask *ask, struct fact *fact)
{
	fact_date(ask, ask->policy->employee.informed_on, fact);
}

NAME(procedure, employee.procedure)
NAME(log_law, log.law)

void fill_log_period(const struct fact_ask *ask, struct fact *fact)
{
	fact_period(ask, &ask->policy->log.retention, fact);
}

/* Classes of which more is said */

#define CLASS(slot, which)                                                     \
	void fill_##slot(const struct fact_ask *ask, struct fact *fact)        \
	{                                                                      \
		fact_class(ask,                                                \
			   stands_find_class(ask->policy, which, ask->index),  \
			   fact);                                              \
	}
CLASS(least_class, STANDS_AT_LEAST)
CLASS(public_class, STANDS_PUBLICITY)
CLASS(secret_class, STANDS_GROUNDS)

void fill_least_period(const struct fact_ask *ask, struct fact *fact)
{
	fact_period(ask,
		    &stands_find_class(ask->policy, STANDS_AT_LEAST, ask->index)
			     ->period,
		    fact);
}

void fill_publicity(const struct fact_ask *ask, struct fact *fact)
{
	int standard =
		stands_find_class(ask->policy, STANDS_PUBLICITY, ask->index)
			->publicity.standard;

	fact_term(ask, (enum term_id)(TERM_public_secret + standard - 1), fact);
}

void fill_grounds(const struct fact_ask *ask, struct fact *fact)
{
	const struct model_publicity *at =
		&stands_find_class(ask->policy, STANDS_GROUNDS, ask->index)
			 ->publicity;
	char all[FACT_SIZE] = "";
	size_t size = 0;

	for (size_t i = 0; i < at->ground_count && size < sizeof(all); i++)
		size += (size_t)snprintf(all + size, sizeof(all) - size, "%s%s",
					 size > 0 ? ", " : "", at->grounds[i]);
	fact_name(ask, all, fact);
}
