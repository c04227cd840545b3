/* SPDX-License-Identifier: EUPL-1.2 */
/* Why, on what ground, by whom: bases and purposes; and service numbers. */
#include <stdio.h>
#include <string.h>

#include "notice/keys.h"
#include "notice/lint.h"
#include "notice/model.h"

typedef const yaml_node_t node;

static const struct policy_key consent_keys[] = {
	{ .name = "how",
	  .required = true,
	  .shape = KEY_WORDS,
	  .words = model_consent_ways,
	  KEY_AT(struct model_consent, how) },
	{ .name = "per",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_consent_units,
	  KEY_AT(struct model_consent, per) },
	{ .name = "withdraw",
	  .required = true,
	  .shape = KEY_TEXTS,
	  KEY_AT(struct model_consent, withdraw) },
	{ .name = NULL },
};

/* An article stands there as GDPR writes it, so that rights follow. */
static void take_article(struct yaml_reader *reader, node *at,
			 const char *const *articles,
			 char out[NOTICE_WORD_SIZE])
{
	int article = yaml_word(reader, at, articles);

	if (article >= 0)
		(void)snprintf(out, NOTICE_WORD_SIZE, "%s", articles[article]);
}

static void take_gdpr(struct yaml_reader *reader, node *at, void *target)
{
	take_article(reader, at, model_articles6,
		     ((struct model_basis *)target)->gdpr);
}

static void take_art9(struct yaml_reader *reader, node *at, void *target)
{
	take_article(reader, at, model_articles9,
		     ((struct model_basis *)target)->art9);
}

const struct policy_key policy_basis_keys[] = {
	{ .name = "id",
	  .required = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_basis, id) },
	{ .name = "gdpr",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_articles6,
	  .take = take_gdpr },
	{ .name = "art9",
	  .shape = KEY_WORD,
	  .words = model_articles9,
	  .take = take_art9 },
	{ .name = "law",
	  .shape = KEY_TEXT_EMPTY,
	  KEY_AT(struct model_basis, law) },
	{ .name = "consent",
	  .shape = KEY_MAP,
	  .lined = true,
	  .keys = consent_keys,
	  KEY_AT(struct model_basis, consent) },
	{ .name = NULL },
};

static void take_use(struct yaml_reader *reader, node *at, void *target)
{
	int use = yaml_word(reader, at, model_uses);

	if (use >= 0)
		((struct model_purpose *)target)->granted.uses |= 1U << use;
}

static void take_uses(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_use, target);
}

static void take_role(struct yaml_reader *reader, node *at, void *target)
{
	int role = yaml_word(reader, at, notice_roles);

	if (role >= 0)
		((struct model_purpose *)target)->granted.roles |=
			1U << (role + 1);
}

static void take_roles(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_role, target);
}

const struct policy_key policy_purpose_keys[] = {
	{ .name = "id",
	  .required = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_purpose, granted.id) },
	{ .name = "text",
	  .required = true,
	  .shape = KEY_TEXTS,
	  KEY_AT(struct model_purpose, granted.text) },
	{ .name = "basis",
	  .required = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_purpose, granted.basis) },
	{ .name = "uses",
	  .required = true,
	  .shape = KEY_WORDS,
	  .words = model_uses,
	  .take = take_uses },
	{ .name = "roles",
	  .required = true,
	  .shape = KEY_WORDS,
	  .words = notice_roles,
	  .take = take_roles },
	{ .name = "ends",
	  .shape = KEY_PERIOD,
	  KEY_AT(struct model_purpose, ends) },
	{ .name = NULL },
};

void policy_read_number(struct yaml_reader *reader, node *at, char *out)
{
	struct slice text = yaml_text(reader, at);
	size_t size = 0;

	out[0] = '\0';
	for (size_t i = 0; i < text.size && size + 1 < MODEL_NUMBER_SIZE; i++)
		if (text.at[i] != ' ')
			out[size++] = text.at[i];
	out[size] = '\0';
	if (size < 4 || out[0] != '+' ||
	    strspn(out + 1, "0123456789") != size - 1)
		yaml_fault(reader, at, "E-NUMBER",
			   "a number in international form is needed here, "
			   "such as \"+358 29 555 0100\", in quotation marks");
}

static void take_number(struct yaml_reader *reader, node *at, void *target)
{
	policy_read_number(reader, at,
			   ((struct model_service *)target)->number);
}

const struct policy_key policy_service_keys[] = {
	{ .name = "number",
	  .required = true,
	  .shape = KEY_PHONE,
	  .take = take_number },
	{ .name = "label",
	  .required = true,
	  .shape = KEY_TEXTS,
	  KEY_AT(struct model_service, label) },
	{ .name = NULL },
};
