/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * From YAML to struct policy, key by key. Every key that is taken here is
 * enforced somewhere or printed in the notice; a key that is neither does
 * not exist. What contradicts itself is found by notice/lint.c.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "notice/lint.h"
#include "notice/model.h"
#include "notice/reader.h"

typedef const yaml_node_t node;

/* Instants in nanoseconds end in 2262. */
enum { YEAR_MAX = 2199 };

/* take_NAME() copies a scalar into a field; only a law may be empty. */
#define COPY_BY(copy, name, type, field)                                       \
	static void take_##name(struct yaml_reader *reader, node *at,          \
				void *target)                                  \
	{                                                                      \
		type *to = target;                                             \
		copy(reader, at, to->field, sizeof(to->field));                \
	}
#define COPY(name, type, field) COPY_BY(yaml_name, name, type, field)

COPY(policy_id, struct policy, id)
COPY(version, struct policy, version)
COPY(controller_name, struct policy, controller)
COPY(controller_representative, struct policy, representative)
COPY(dpo_name, struct policy, dpo)
COPY(authority_name, struct policy, authority)
COPY(controller_address, struct policy, controller_contact.address)
COPY(controller_phone, struct policy, controller_contact.phone)
COPY(controller_email, struct policy, controller_contact.email)
COPY(dpo_address, struct policy, dpo_contact.address)
COPY(dpo_phone, struct policy, dpo_contact.phone)
COPY(dpo_email, struct policy, dpo_contact.email)
COPY(authority_address, struct policy, authority_contact.address)
COPY(authority_phone, struct policy, authority_contact.phone)
COPY(authority_email, struct policy, authority_contact.email)
COPY(basis_id, struct model_basis, id)
COPY_BY(yaml_copy, basis_law, struct model_basis, law)
COPY(purpose_id, struct notice_purpose, id)
COPY(purpose_basis, struct notice_purpose, basis)

seal_date policy_read_date(struct yaml_reader *reader, node *at)
{
	struct slice text = yaml_text(reader, at);
	uint64_t year, month, day;

	if (text.size == 10 && text.at[4] == '-' && text.at[7] == '-' &&
	    slice_number((struct slice){ text.at, 4 }, YEAR_MAX, &year) == 0 &&
	    slice_number((struct slice){ text.at + 5, 2 }, 12, &month) == 0 &&
	    slice_number((struct slice){ text.at + 8, 2 }, 31, &day) == 0) {
		seal_date date = (seal_date)(year * 10000 + month * 100 + day);
		if (civil_is_date(date))
			return date;
	}
	yaml_fault(reader, at, "E-DATE",
		   "a date is needed here, such as 2018-05-25");
	return 0;
}

static void take_valid_from(struct yaml_reader *reader, node *at, void *target)
{
	struct policy *policy = target;

	policy->valid_from = policy_read_date(reader, at);
	policy->valid_from_line = yaml_line(at);
}

static void take_zone(struct yaml_reader *reader, node *at, void *target)
{
	struct policy *policy = target;
	char path[ZONE_PATH_SIZE];

	yaml_name(reader, at, policy->zone_name, sizeof(policy->zone_name));
	policy->zone_line = yaml_line(at);
	if (policy->zone_name[0] != '\0' &&
	    clock_zone_path(policy->zone_name, path, sizeof(path)) < 0)
		yaml_fault(reader, at, "E-ZONE",
			   "a time zone is needed here, such as "
			   "Europe/Helsinki");
}

static void take_started(struct yaml_reader *reader, node *at, void *target)
{
	((struct policy *)target)->collection_started =
		policy_read_date(reader, at);
}

static const char *const language_words[] = { "fi", "sv", "en", NULL };

static void take_language(struct yaml_reader *reader, node *at, void *target)
{
	int language = yaml_word(reader, at, language_words);
	struct policy *policy = target;

	if (language < 0)
		return;
	if (!policy->languages)
		policy->first_language = (enum notice_language)language;
	policy->languages |= 1U << language;
}

static void take_languages(struct yaml_reader *reader, node *at, void *target)
{
	const uint32_t needed = 1U << NOTICE_FI | 1U << NOTICE_SV;

	yaml_each(reader, at, take_language, target);
	if ((((struct policy *)target)->languages & needed) != needed)
		yaml_fault(reader, at, "E-LANGUAGES",
			   "Finnish and Swedish are both needed: [fi, sv], "
			   "or [fi, sv, en]");
}

static void take_signers(struct yaml_reader *reader, node *at, void *target)
{
	policy_read_signers(reader, at, target);
}

static void take_supersedes(struct yaml_reader *reader, node *at, void *target)
{
	policy_read_supersedes(reader, at, target);
}

static const struct yaml_key head_keys[] = {
	{ "id", take_policy_id, true },
	{ "version", take_version, true },
	{ "valid_from", take_valid_from, true },
	{ "collection_started", take_started, true },
	{ "zone", take_zone, true },
	{ "languages", take_languages, true },
	{ "signers", take_signers, false },
	{ "supersedes", take_supersedes, false },
	{ NULL, NULL, false },
};

static void take_head(struct yaml_reader *reader, node *at, void *target)
{
	((struct policy *)target)->head_line = yaml_line(at);
	yaml_map(reader, at, head_keys, target);
}

/* A text in three languages. */
#define TEXTS(to) char(*to)[NOTICE_TEXT_SIZE] = target

static void take_fi(struct yaml_reader *reader, node *at, void *target)
{
	TEXTS(texts);
	yaml_name(reader, at, texts[NOTICE_FI], NOTICE_TEXT_SIZE);
}

static void take_sv(struct yaml_reader *reader, node *at, void *target)
{
	TEXTS(texts);
	yaml_name(reader, at, texts[NOTICE_SV], NOTICE_TEXT_SIZE);
}

static void take_en(struct yaml_reader *reader, node *at, void *target)
{
	TEXTS(texts);
	yaml_name(reader, at, texts[NOTICE_EN], NOTICE_TEXT_SIZE);
}

static const struct yaml_key text_keys[] = {
	{ "fi", take_fi, true },
	{ "sv", take_sv, true },
	{ "en", take_en, true },
	{ NULL, NULL, false },
};

void policy_read_texts(struct yaml_reader *reader, node *at,
		       char texts[NOTICE_LANGUAGES][NOTICE_TEXT_SIZE])
{
	yaml_map(reader, at, text_keys, texts);
}

/* Contact details are printed in the notice and decide nothing here. */
static const struct yaml_key contact_keys[] = {
	{ "name", take_controller_name, true },
	{ "role", NULL, false },
	{ "register_id", NULL, false },
	{ "representative", take_controller_representative, false },
	{ "address", take_controller_address, false },
	{ "phone", take_controller_phone, false },
	{ "email", take_controller_email, false },
	{ NULL, NULL, false },
};

static void take_controller(struct yaml_reader *reader, node *at, void *target)
{
	yaml_map(reader, at, contact_keys, target);
}

static void take_controllers(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_controller, target);
}

static const struct yaml_key dpo_keys[] = {
	{ "name", take_dpo_name, true },
	{ "address", take_dpo_address, false },
	{ "phone", take_dpo_phone, false },
	{ "email", take_dpo_email, false },
	{ NULL, NULL, false },
};

static void take_dpo(struct yaml_reader *reader, node *at, void *target)
{
	yaml_map(reader, at, dpo_keys, target);
}

static const struct yaml_key authority_keys[] = {
	{ "name", take_authority_name, true },
	{ "address", take_authority_address, false },
	{ "phone", take_authority_phone, false },
	{ "email", take_authority_email, false },
	{ "url", NULL, false },
	{ NULL, NULL, false },
};

static void take_authority(struct yaml_reader *reader, node *at, void *target)
{
	yaml_map(reader, at, authority_keys, target);
}

/* Which other item of a list has the same id; NULL: none. */
static void refuse_same_id(struct yaml_reader *reader, node *at,
			   const char *what, const char *id, const char *other,
			   int other_line)
{
	if (id[0] != '\0' && strcmp(id, other) == 0)
		yaml_fault(reader, at, "E-TWICE",
			   "%s \"%s\" is listed twice, first on line %d", what,
			   id, other_line);
}

/* An article stands there as GDPR writes it, so that rights follow. */
static void take_article(struct yaml_reader *reader, node *at,
			 const char *const *articles,
			 char out[NOTICE_WORD_SIZE])
{
	int article = yaml_word(reader, at, articles);

	if (article >= 0)
		(void)snprintf(out, NOTICE_WORD_SIZE, "%s", articles[article]);
}

static void take_basis_gdpr(struct yaml_reader *reader, node *at, void *target)
{
	static const char *const articles[] = { "6(1)(a)", "6(1)(b)", "6(1)(c)",
						"6(1)(d)", "6(1)(e)", "6(1)(f)",
						NULL };

	take_article(reader, at, articles,
		     ((struct model_basis *)target)->gdpr);
}

static void take_basis_art9(struct yaml_reader *reader, node *at, void *target)
{
	static const char *const articles[] = { "9(2)(a)", "9(2)(b)", "9(2)(c)",
						"9(2)(d)", "9(2)(e)", "9(2)(f)",
						"9(2)(g)", "9(2)(h)", "9(2)(i)",
						"9(2)(j)", NULL };

	take_article(reader, at, articles,
		     ((struct model_basis *)target)->art9);
}

static const struct yaml_key basis_keys[] = {
	{ "id", take_basis_id, true },
	{ "gdpr", take_basis_gdpr, true },
	{ "art9", take_basis_art9, false },
	{ "law", take_basis_law, false },
	{ NULL, NULL, false },
};

static void take_basis(struct yaml_reader *reader, node *at, void *target)
{
	struct policy *policy = target;
	struct model_basis *basis;

	if (policy->basis_count == MODEL_BASES_MAX) {
		yaml_fault(reader, at, "E-TOO-MANY", "at most %d bases",
			   MODEL_BASES_MAX);
		return;
	}
	basis = &policy->bases[policy->basis_count++];
	basis->line = yaml_line(at);
	yaml_map(reader, at, basis_keys, basis);
	for (struct model_basis *other = policy->bases; other < basis; other++)
		refuse_same_id(reader, at, "basis", basis->id, other->id,
			       other->line);
}

static void take_bases(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_basis, target);
}

static void take_purpose_text(struct yaml_reader *reader, node *at,
			      void *target)
{
	yaml_map(reader, at, text_keys,
		 ((struct notice_purpose *)target)->text);
}

static void take_use(struct yaml_reader *reader, node *at, void *target)
{
	static const char *const words[] = { "listen", "read",	    "note",
					     "sample", "aggregate", "clip",
					     NULL };
	int use = yaml_word(reader, at, words);

	if (use >= 0)
		((struct notice_purpose *)target)->uses |= 1U << use;
}

static void take_uses(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_use, target);
}

static int read_role(struct yaml_reader *reader, node *at)
{
	int role = yaml_word(reader, at, notice_roles);

	return role < 0 ? 0 : role + 1;
}

static void take_role(struct yaml_reader *reader, node *at, void *target)
{
	int role = read_role(reader, at);

	if (role > 0)
		((struct notice_purpose *)target)->roles |= 1U << role;
}

static void take_roles(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_role, target);
}

static const struct yaml_key purpose_keys[] = {
	{ "id", take_purpose_id, true },
	{ "text", take_purpose_text, true },
	{ "basis", take_purpose_basis, true },
	{ "uses", take_uses, true },
	{ "roles", take_roles, true },
	{ NULL, NULL, false },
};

static void take_purpose(struct yaml_reader *reader, node *at, void *target)
{
	struct policy *policy = target;
	size_t index;

	if (policy->purpose_count == NOTICE_PURPOSES_MAX) {
		yaml_fault(reader, at, "E-TOO-MANY", "at most %d purposes",
			   NOTICE_PURPOSES_MAX);
		return;
	}
	index = policy->purpose_count++;
	policy->purpose_lines[index] = yaml_line(at);
	yaml_map(reader, at, purpose_keys, &policy->purposes[index]);
	for (size_t i = 0; i < index; i++)
		refuse_same_id(
			reader, at, "purpose", policy->purposes[index].id,
			policy->purposes[i].id, policy->purpose_lines[i]);
	policy_lint_roles(reader, at, &policy->purposes[index]);
}

static void take_purposes(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_purpose, target);
}

static void copy_number(struct yaml_reader *reader, node *at, char *out)
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

static void take_service_number(struct yaml_reader *reader, node *at,
				void *target)
{
	copy_number(reader, at, ((struct model_service *)target)->number);
}

static void take_service_label(struct yaml_reader *reader, node *at,
			       void *target)
{
	yaml_map(reader, at, text_keys,
		 ((struct model_service *)target)->label);
}

static const struct yaml_key service_keys[] = {
	{ "number", take_service_number, true },
	{ "label", take_service_label, true },
	{ NULL, NULL, false },
};

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
	yaml_map(reader, at, service_keys, service);
	for (struct model_service *other = policy->services; other < service;
	     other++)
		refuse_same_id(reader, at, "number", service->number,
			       other->number, other->line);
}

static void take_services(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_service, target);
}

static void take_class(struct yaml_reader *reader, node *at, void *target)
{
	struct policy *policy = target;
	struct model_class *class;

	if (policy->class_count == MODEL_CLASSES_MAX) {
		yaml_fault(reader, at, "E-TOO-MANY", "at most %d classes",
			   MODEL_CLASSES_MAX);
		return;
	}
	class = &policy->classes[policy->class_count++];
	class->line = yaml_line(at);
	policy_read_class(reader, at, class);
	for (struct model_class *other = policy->classes; other < class;
	     other++)
		refuse_same_id(reader, at, "class", class->id, other->id,
			       other->line);
}

static void take_classes(struct yaml_reader *reader, node *at, void *target)
{
	((struct policy *)target)->classes_line = yaml_line(at);
	yaml_each(reader, at, take_class, target);
}

/* What the product does not do at all needs no choice of words. */
static void take_transfer(struct yaml_reader *reader, node *at, void *target)
{
	(void)target;
	if (!slice_is(yaml_text(reader, at), SLICE("none")))
		yaml_fault(reader, at, "E-NONEEA",
			   "this must be \"none\": nothing is transferred "
			   "outside the EU and the EEA (S18)");
}

static void take_profiling(struct yaml_reader *reader, node *at, void *target)
{
	(void)target;
	if (yaml_bool(reader, at))
		yaml_fault(reader, at, "E-PROFILING",
			   "this must be false: there is no profiling (S22)");
}

static void take_decisions(struct yaml_reader *reader, node *at, void *target)
{
	(void)target;
	if (yaml_bool(reader, at))
		yaml_fault(reader, at, "E-AUTOMATION",
			   "this must be false: no decision about a person is "
			   "automated (S23)");
}

static const struct yaml_key automation_keys[] = {
	{ "profiling", take_profiling, true },
	{ "decisions", take_decisions, true },
	{ NULL, NULL, false },
};

static void take_automation(struct yaml_reader *reader, node *at, void *target)
{
	yaml_map(reader, at, automation_keys, target);
}

static const struct yaml_key top_keys[] = {
	{ "policy", take_head, true },
	{ "controllers", take_controllers, true },
	{ "dpo", take_dpo, true },
	{ "authority", take_authority, true },
	{ "bases", take_bases, true },
	{ "purposes", take_purposes, true },
	{ "services", take_services, true },
	{ "classes", take_classes, true },
	{ "transfer", take_transfer, true },
	{ "automation", take_automation, true },
	{ NULL, NULL, false },
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
	yaml_map(&reader, yaml_top(&reader), top_keys, policy);
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
