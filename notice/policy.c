/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * From YAML to struct policy: the table of the top, from which all others
 * hang. Every key is enforced somewhere or printed in the notice; one that
 * is neither does not exist (notice/keys.def). What contradicts itself is
 * found by notice/lint.c.
 */
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "notice/keys.h"
#include "notice/lint.h"
#include "notice/model.h"

typedef const yaml_node_t node;

static void take_service(struct yaml_reader *reader, node *at, void *target)
{
	struct policy *policy = target;
	struct model_service *service;

	if (policy->service_count == NOTICE_NUMBERS_MAX) {
		yaml_fault(reader, at, "E-TOO-MANY", "at most %d numbers",
			   NOTICE_NUMBERS_MAX);
		return;
	}
	service = &policy->services[policy->service_count++];
	service->line = yaml_line(at);
	policy_take(reader, at, policy_service_keys, service);
	for (struct model_service *other = policy->services; other < service;
	     other++)
		if (service->number[0] &&
		    !strcmp(service->number, other->number))
			yaml_fault(reader, at, "E-TWICE",
				   "number \"%s\" is listed twice, first on "
				   "line %d",
				   service->number, other->line);
}

static void take_services(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_service, target);
}

static void check_purpose(struct yaml_reader *reader, node *at, void *target)
{
	policy_lint_roles(reader, at,
			  &((struct model_purpose *)target)->granted);
}

static const struct policy_key automation_keys[] = {
	{ .name = "profiling",
	  .required = true,
	  .shape = KEY_BOOL,
	  .words = model_truths,
	  KEY_AT(struct policy, profiling) },
	{ .name = "decisions",
	  .required = true,
	  .shape = KEY_BOOL,
	  .words = model_truths,
	  KEY_AT(struct policy, decisions) },
	{ .name = NULL },
};

static const struct policy_key hold_keys[] = {
	{ .name = "kinds",
	  .required = true,
	  .shape = KEY_WORDS,
	  .words = notice_holds,
	  KEY_AT(struct model_holds, kinds) },
	{ .name = NULL },
};

static const struct policy_key log_keys[] = {
	{ .name = "retention",
	  .required = true,
	  .shape = KEY_PERIOD,
	  KEY_AT(struct model_log, retention) },
	{ .name = "law", .shape = KEY_TEXT, KEY_AT(struct model_log, law) },
	{ .name = NULL },
};

const struct policy_key policy_top_keys[] = {
	{ .name = "policy",
	  .required = true,
	  .shape = KEY_MAP,
	  .line_at = offsetof(struct policy, head_line),
	  .keys = policy_head_keys },
	{ .name = "controllers",
	  .required = true,
	  .shape = KEY_LIST,
	  .keys = policy_controller_keys,
	  .max = MODEL_CONTROLLERS_MAX,
	  .what = "controller",
	  .id_at = offsetof(struct model_controller, name),
	  KEY_EACH(struct policy, controllers, controller_count) },
	{ .name = "processors",
	  .reported = true,
	  .shape = KEY_LIST,
	  .keys = policy_processor_keys,
	  .max = MODEL_PROCESSORS_MAX,
	  .what = "processor",
	  .id_at = offsetof(struct model_processor, name),
	  KEY_EACH(struct policy, processors, processor_count) },
	{ .name = "dpo",
	  .required = true,
	  .shape = KEY_MAP,
	  .keys = policy_dpo_keys },
	{ .name = "authority",
	  .required = true,
	  .shape = KEY_MAP,
	  .keys = policy_authority_keys },
	{ .name = "bases",
	  .required = true,
	  .shape = KEY_LIST,
	  .keys = policy_basis_keys,
	  .max = MODEL_BASES_MAX,
	  .what = "basis",
	  .id_at = offsetof(struct model_basis, id),
	  KEY_EACH(struct policy, bases, basis_count) },
	{ .name = "purposes",
	  .required = true,
	  .shape = KEY_LIST,
	  .keys = policy_purpose_keys,
	  .max = NOTICE_PURPOSES_MAX,
	  .what = "purpose",
	  .id_at = offsetof(struct model_purpose, granted.id),
	  .check = check_purpose,
	  KEY_EACH(struct policy, purposes, purpose_count) },
	{ .name = "services",
	  .required = true,
	  .shape = KEY_LIST,
	  .keys = policy_service_keys,
	  .take = take_services },
	{ .name = "classes",
	  .required = true,
	  .shape = KEY_LIST,
	  .keys = policy_class_keys,
	  .max = MODEL_CLASSES_MAX,
	  .what = "class",
	  .id_at = offsetof(struct model_class, id),
	  .line_at = offsetof(struct policy, classes_line),
	  KEY_EACH(struct policy, classes, class_count) },
	{ .name = "disclosures",
	  .reported = true,
	  .shape = KEY_LIST,
	  .keys = policy_disclosure_keys,
	  .max = MODEL_DISCLOSURES_MAX,
	  KEY_EACH(struct policy, disclosures, disclosure_count) },
	{ .name = "locations",
	  .reported = true,
	  .shape = KEY_LIST,
	  .keys = policy_location_keys,
	  .max = MODEL_LOCATIONS_MAX,
	  .what = "location",
	  .id_at = offsetof(struct model_location, id),
	  KEY_EACH(struct policy, locations, location_count) },
	{ .name = "transfer",
	  .required = true,
	  .shape = KEY_TRANSFER,
	  .keys = policy_transfer_keys,
	  .take = policy_read_transfer },
	{ .name = "holds",
	  .reported = true,
	  .shape = KEY_MAP,
	  .lined = true,
	  .keys = hold_keys,
	  KEY_AT(struct policy, holds) },
	{ .name = "rights",
	  .reported = true,
	  .shape = KEY_MAP,
	  .lined = true,
	  .keys = policy_rights_keys,
	  KEY_AT(struct policy, rights) },
	{ .name = "employee",
	  .reported = true,
	  .shape = KEY_MAP,
	  .lined = true,
	  .keys = policy_employee_keys,
	  KEY_AT(struct policy, employee) },
	{ .name = "log",
	  .reported = true,
	  .shape = KEY_MAP,
	  .lined = true,
	  .keys = log_keys,
	  KEY_AT(struct policy, log) },
	{ .name = "automation",
	  .required = true,
	  .shape = KEY_MAP,
	  .line_at = offsetof(struct policy, automation_line),
	  .keys = automation_keys },
	{ .name = NULL },
};

static struct policy *policy_new(void)
{
	struct policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return NULL;
	policy->services =
		calloc(NOTICE_NUMBERS_MAX, sizeof(*policy->services));
	for (size_t i = 0; i < MODEL_CLASSES_MAX; i++)
		policy->classes[i].capture.numbers =
			calloc(NOTICE_NUMBERS_MAX,
			       sizeof(*policy->classes[i].capture.numbers));
	for (size_t i = 0; i < MODEL_CLASSES_MAX; i++)
		if (!policy->services || !policy->classes[i].capture.numbers) {
			policy_free(policy);
			return NULL;
		}
	return policy;
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < MODEL_CLASSES_MAX; i++)
		free(policy->classes[i].capture.numbers);
	free(policy->services);
	civil_zone_free(policy->zone);
	free(policy);
}

static void take_hash(struct policy *policy, struct slice text)
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const uint8_t *)text.at, text.size);
	hex_text(hash, sizeof(hash), policy->sha256);
	policy->hash = (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 |
		       (uint32_t)hash[2] << 8 | hash[3];
}

int policy_read(struct slice text, struct notice_fault *faults,
		size_t *fault_count, struct policy **ret_policy)
{
	struct policy *policy;
	struct yaml_reader reader;
	int r;

	r = yaml_open(&reader, text, faults, *fault_count);
	if (r < 0) {
		*fault_count = reader.fault_count;
		return r;
	}
	policy = policy_new();
	if (!policy) {
		yaml_close(&reader);
		return -ENOMEM;
	}
	reader.context = policy;
	policy_take(&reader, yaml_top(&reader), policy_top_keys, policy);
	if (reader.error_count == 0)
		policy_lint(&reader, policy);
	take_hash(policy, text);
	*fault_count = reader.fault_count;
	yaml_close(&reader);

	if (reader.error_count > 0) {
		policy_free(policy);
		return -EINVAL;
	}
	*ret_policy = policy;
	return 0;
}
