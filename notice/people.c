/* SPDX-License-Identifier: EUPL-1.2 */
/* Who is responsible, who works for them, where requests go. */
#include "notice/keys.h"
#include "notice/model.h"

#define CONTACT_KEYS(type, member)                                             \
	{ .name = "address",                                                   \
	  .shape = KEY_TEXT,                                                   \
	  KEY_AT(type, member.address) },                                      \
		{ .name = "phone",                                             \
		  .shape = KEY_TEXT,                                           \
		  KEY_AT(type, member.phone) },                                \
	{                                                                      \
		.name = "email", .shape = KEY_TEXT, KEY_AT(type, member.email) \
	}

const struct policy_key policy_controller_keys[] = {
	{ .name = "name",
	  .required = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_controller, name) },
	{ .name = "role",
	  .reported = true,
	  .shape = KEY_WORD,
	  .words = model_controller_roles,
	  KEY_AT(struct model_controller, role) },
	{ .name = "register_id",
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_controller, register_id) },
	{ .name = "representative",
	  .reported = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_controller, representative) },
	{ .name = "task",
	  .shape = KEY_TEXTS,
	  KEY_AT(struct model_controller, task) },
	CONTACT_KEYS(struct model_controller, contact),
	{ .name = NULL },
};

const struct policy_key policy_processor_keys[] = {
	{ .name = "name",
	  .required = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_processor, name) },
	{ .name = "task",
	  .required = true,
	  .shape = KEY_TEXTS,
	  KEY_AT(struct model_processor, task) },
	{ .name = "country",
	  .required = true,
	  .shape = KEY_COUNTRY,
	  KEY_AT(struct model_processor, country) },
	{ .name = "contract",
	  .reported = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_processor, contract) },
	{ .name = NULL },
};

const struct policy_key policy_dpo_keys[] = {
	{ .name = "name",
	  .required = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct policy, dpo) },
	CONTACT_KEYS(struct policy, dpo_contact),
	{ .name = NULL },
};

const struct policy_key policy_authority_keys[] = {
	{ .name = "name",
	  .required = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct policy, authority) },
	CONTACT_KEYS(struct policy, authority_contact),
	{ .name = "url",
	  .shape = KEY_TEXT,
	  KEY_AT(struct policy, authority_url) },
	{ .name = NULL },
};

const struct policy_key policy_employee_keys[] = {
	{ .name = "informed_on",
	  .required = true,
	  .shape = KEY_DATE,
	  KEY_AT(struct model_employee, informed_on) },
	{ .name = "procedure",
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_employee, procedure) },
	{ .name = "sees_listeners",
	  .shape = KEY_BOOL,
	  .words = model_truths,
	  KEY_AT(struct model_employee, sees_listeners) },
	{ .name = NULL },
};

static const struct policy_key way_keys[] = {
	{ .name = "kind",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_way_kinds,
	  KEY_AT(struct model_way, kind) },
	{ .name = "where",
	  .required = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_way, where) },
	{ .name = NULL },
};

static const struct policy_key narrowed_keys[] = {
	{ .name = "right",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = notice_rights,
	  KEY_AT(struct model_narrowed, right) },
	{ .name = "law",
	  .required = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_narrowed, law) },
	{ .name = NULL },
};

const struct policy_key policy_rights_keys[] = {
	{ .name = "ways",
	  .reported = true,
	  .shape = KEY_LIST,
	  .keys = way_keys,
	  .max = MODEL_WAYS_MAX,
	  KEY_EACH(struct model_rights, ways, way_count) },
	{ .name = "offered",
	  .shape = KEY_WORDS,
	  .words = notice_rights,
	  KEY_AT(struct model_rights, offered) },
	{ .name = "narrowed",
	  .shape = KEY_LIST,
	  .keys = narrowed_keys,
	  .max = MODEL_NARROWED_MAX,
	  KEY_EACH(struct model_rights, narrowed, narrowed_count) },
	{ .name = "identity",
	  .reported = true,
	  .shape = KEY_WORDS,
	  .words = model_identities,
	  KEY_AT(struct model_rights, identity) },
	{ .name = "forms",
	  .reported = true,
	  .shape = KEY_WORDS,
	  .words = model_forms,
	  KEY_AT(struct model_rights, forms) },
	{ .name = NULL },
};
