/* SPDX-License-Identifier: EUPL-1.2 */
/* Where data are, and to whom they go: locations, transfers, disclosures. */
#include "notice/keys.h"
#include "notice/lint.h"
#include "notice/model.h"

typedef const yaml_node_t node;

const struct policy_key policy_location_keys[] = {
	{ .name = "id",
	  .required = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_location, id) },
	{ .name = "country",
	  .required = true,
	  .shape = KEY_COUNTRY,
	  KEY_AT(struct model_location, country) },
	{ .name = "kinds",
	  .required = true,
	  .shape = KEY_WORDS,
	  .words = model_location_kinds,
	  KEY_AT(struct model_location, kinds) },
	{ .name = NULL },
};

static void take_country(struct yaml_reader *reader, node *at, void *target)
{
	struct model_transfer *transfer = target;

	if (transfer->country_count == MODEL_COUNTRIES_MAX)
		yaml_fault(reader, at, "E-TOO-MANY", "at most %d countries",
			   MODEL_COUNTRIES_MAX);
	else
		policy_read_country(
			reader, at,
			transfer->countries[transfer->country_count++]);
}

static void take_countries(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_country, target);
}

const struct policy_key policy_transfer_keys[] = {
	{ .name = "allowed",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_transfer_words,
	  KEY_AT(struct model_transfer, allowed) },
	{ .name = "countries", .shape = KEY_TEXT_LIST, .take = take_countries },
	{ .name = "reference",
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_transfer, reference) },
	{ .name = NULL },
};

void policy_read_transfer(struct yaml_reader *reader, node *at, void *target)
{
	struct policy *policy = target;

	policy->transfer.line = yaml_line(at);
	if (at->type == YAML_MAPPING_NODE)
		policy_take(reader, at, policy_transfer_keys,
			    &policy->transfer);
	else if (slice_is(yaml_text(reader, at), SLICE("none")))
		policy->transfer.allowed = MODEL_TRANSFER_NONE;
	else
		yaml_fault(reader, at, "E-NONEEA",
			   "this must be \"none\", or say what is allowed, to "
			   "which countries and by which decision or contract "
			   "(S18)");
}

const struct policy_key policy_disclosure_keys[] = {
	{ .name = "to",
	  .required = true,
	  .shape = KEY_TEXTS,
	  KEY_AT(struct model_disclosure, to) },
	{ .name = "kind",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_recipients,
	  KEY_AT(struct model_disclosure, kind) },
	{ .name = "purposes",
	  .required = true,
	  .shape = KEY_TEXT_LIST,
	  .max = NOTICE_PURPOSES_MAX,
	  KEY_EACH(struct model_disclosure, purposes, purpose_count) },
	{ .name = "standing",
	  .required = true,
	  .shape = KEY_BOOL,
	  .words = model_truths,
	  KEY_AT(struct model_disclosure, standing) },
	{ .name = "select",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_selects,
	  KEY_AT(struct model_disclosure, select) },
	{ .name = "pseudonymise",
	  .reported = true,
	  .shape = KEY_WORD,
	  .words = model_pseudonyms,
	  KEY_AT(struct model_disclosure, pseudonymise) },
	{ .name = "require",
	  .reported = true,
	  .shape = KEY_WORDS,
	  .words = model_requirements,
	  KEY_AT(struct model_disclosure, require) },
	{ .name = "return_by",
	  .reported = true,
	  .shape = KEY_WORD,
	  .words = model_returns,
	  KEY_AT(struct model_disclosure, return_by) },
	{ .name = "max_duration",
	  .shape = KEY_PERIOD,
	  KEY_AT(struct model_disclosure, max_duration) },
	{ .name = "law",
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_disclosure, law) },
	{ .name = NULL },
};

/* The European Union, and Iceland, Liechtenstein and Norway. */
static const char eea[] = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT "
			  "LI LT LU LV MT NL NO PL PT RO SE SI SK";

bool model_is_eea(const char country[MODEL_COUNTRY_SIZE])
{
	for (const char *each = eea; *each; each += each[2] ? 3 : 2)
		if (each[0] == country[0] && each[1] == country[1])
			return true;
	return false;
}

bool model_allows_country(const struct policy *policy,
			  const char country[MODEL_COUNTRY_SIZE])
{
	const struct model_transfer *transfer = &policy->transfer;

	if (model_is_eea(country))
		return true;
	if (transfer->allowed != MODEL_TRANSFER_ADEQUACY &&
	    transfer->allowed != MODEL_TRANSFER_SCC)
		return false;
	for (size_t i = 0; i < transfer->country_count; i++)
		if (transfer->countries[i][0] == country[0] &&
		    transfer->countries[i][1] == country[1])
			return true;
	return false;
}
