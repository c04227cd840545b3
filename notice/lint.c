/* SPDX-License-Identifier: EUPL-1.2 */
/* What a policy may not say, and what it should think about. */
#include "notice/lint.h"

#include <string.h>

#include "notice/roles.h"

void policy_lint_purpose(struct yaml_reader *reader,
			 const struct policy *policy, int line, const char *id)
{
	const char *known[NOTICE_PURPOSES_MAX + 1] = { NULL };
	const char *near;

	if (policy_purpose_find(policy, id))
		return;
	for (size_t i = 0; i < policy->purpose_count; i++)
		known[i] = policy->purposes[i].granted.id;
	near = yaml_nearest(slice_of(id), known);
	yaml_fault_at(reader, line, "E-UNKNOWN-PURPOSE",
		      "\"%s\" is not a purpose that \"purposes\" lists%s%s%s",
		      id, near ? "; did you mean \"" : "", near ? near : "",
		      near ? "\"?" : "");
}

static void lint_basis(struct yaml_reader *reader, const struct policy *policy)
{
	for (size_t i = 0; i < policy->basis_count; i++) {
		const struct model_basis *basis = &policy->bases[i];
		bool needs_law = !strcmp(basis->gdpr, "6(1)(c)") ||
				 !strcmp(basis->gdpr, "6(1)(e)");

		if (needs_law && basis->law[0] == '\0')
			yaml_fault_at(reader, basis->line, "W-BASIS-NO-LAW",
				      "basis \"%s\" is %s but names no law; "
				      "write it as \"law\"",
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
		const struct notice_purpose *purpose =
			&policy->purposes[i].granted;
		bool found = false;
		const char *near;

		for (size_t j = 0; known[j]; j++)
			found |= !strcmp(known[j], purpose->basis);
		near = yaml_nearest(slice_of(purpose->basis), known);
		if (!found)
			yaml_fault_at(reader, policy->purposes[i].line,
				      "E-UNKNOWN-BASIS",
				      "purpose \"%s\" rests on \"%s\", which "
				      "\"bases\" does not list%s%s%s",
				      purpose->id, purpose->basis,
				      near ? "; did you mean \"" : "",
				      near ? near : "", near ? "\"?" : "");
	}
}

/* Which role an item of a list says, 0 if none. */
static uint32_t role_of(const yaml_node_t *node)
{
	struct slice text;

	if (!node || node->type != YAML_SCALAR_NODE)
		return 0;
	text = (struct slice){ (const char *)node->data.scalar.value,
			       node->data.scalar.length };
	for (uint32_t role = 1; role < NOTICE_ROLES; role++)
		if (slice_is(text, slice_of(notice_roles[role - 1])))
			return role;
	return 0;
}

/* A right that nobody can use would be read as one that is used. */
static void lint_role(struct yaml_reader *reader, const yaml_node_t *node,
		      const struct notice_purpose *purpose)
{
	uint32_t role = role_of(node);

	if (role && !roles_find(role)->plays)
		yaml_fault(reader, node, "E-ROLE-NO-CONTENT",
			   "purpose \"%s\" is to listen, read or clip, which "
			   "role \"%s\" never can: content is for supervisor "
			   "and quality",
			   purpose->id, notice_roles[role - 1]);
}

static const yaml_node_t *value_of(struct yaml_reader *reader,
				   const yaml_node_t *node, const char *key)
{
	const yaml_node_pair_t *pair;

	if (node->type != YAML_MAPPING_NODE)
		return NULL;
	for (pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *name =
			yaml_document_get_node(&reader->document, pair->key);

		if (name->type == YAML_SCALAR_NODE &&
		    !strcmp((const char *)name->data.scalar.value, key))
			return yaml_document_get_node(&reader->document,
						      pair->value);
	}
	return NULL;
}

void policy_lint_roles(struct yaml_reader *reader, const yaml_node_t *node,
		       const struct notice_purpose *purpose)
{
	const yaml_node_t *list = value_of(reader, node, "roles");

	if (!list ||
	    !(purpose->uses & (NOTICE_LISTEN | NOTICE_READ | NOTICE_CLIP)))
		return;
	if (list->type != YAML_SEQUENCE_NODE) {
		lint_role(reader, list, purpose);
		return;
	}
	for (const yaml_node_item_t *item = list->data.sequence.items.start;
	     item < list->data.sequence.items.top; item++)
		lint_role(reader,
			  yaml_document_get_node(&reader->document, *item),
			  purpose);
}

/* Consent is how (a) is kept, and nothing else is (Art. 7). */
static void lint_consent(struct yaml_reader *reader,
			 const struct policy *policy)
{
	for (size_t i = 0; i < policy->basis_count; i++) {
		const struct model_basis *basis = &policy->bases[i];
		bool is_consent = !strcmp(basis->gdpr, "6(1)(a)");

		if (is_consent && basis->consent.line == 0)
			yaml_fault_at(reader, basis->line, "E-CONSENT",
				      "basis \"%s\" is consent, but does not "
				      "say how it is given and withdrawn",
				      basis->id);
		else if (!is_consent && basis->consent.line > 0)
			yaml_fault_at(reader, basis->consent.line, "E-CONSENT",
				      "basis \"%s\" is %s, which asks for no "
				      "consent",
				      basis->id, basis->gdpr);
	}
}

/* Whether some purpose rests on a ground of Art. 9. */
static bool has_art9(const struct policy *policy)
{
	for (size_t i = 0; i < policy->purpose_count; i++) {
		const struct model_basis *basis =
			model_basis(policy, &policy->purposes[i].granted);

		if (basis && basis->art9[0] != '\0')
			return true;
	}
	return false;
}

static void lint_special(struct yaml_reader *reader,
			 const struct policy *policy)
{
	for (size_t i = 0; i < policy->class_count; i++)
		if (policy->classes[i].special_categories == MODEL_YES &&
		    !has_art9(policy))
			yaml_fault_at(reader, policy->classes[i].line, "E-ART9",
				      "class \"%s\" has special categories of "
				      "data, but no purpose rests on a ground "
				      "of Article 9",
				      policy->classes[i].id);
}

static void lint_controllers(struct yaml_reader *reader,
			     const struct policy *policy)
{
	bool are_joint = policy->controller_count > 1;

	for (size_t i = 0; i < policy->controller_count; i++) {
		const struct model_controller *each = &policy->controllers[i];

		if (are_joint && each->role != MODEL_JOINT)
			yaml_fault_at(reader, each->line, "E-JOINT",
				      "\"%s\" is one of %zu controllers, but "
				      "not \"role: joint\"",
				      each->name, policy->controller_count);
		else if (!are_joint && each->role == MODEL_JOINT)
			yaml_fault_at(reader, each->line, "E-JOINT",
				      "\"%s\" is joint, but no other "
				      "controller is listed",
				      each->name);
		if (!are_joint && each->task[NOTICE_FI][0] != '\0')
			yaml_fault_at(reader, each->line, "E-JOINT",
				      "\"%s\" is the only controller and needs "
				      "no \"task\"",
				      each->name);
		if (are_joint && each->task[NOTICE_FI][0] == '\0')
			yaml_fault_at(reader, each->line, "E-JOINT",
				      "\"%s\" is a joint controller without a "
				      "\"task\"",
				      each->name);
	}
}

static bool is_narrowed(const struct policy *policy, unsigned right)
{
	for (size_t i = 0; i < policy->rights.narrowed_count; i++)
		if (policy->rights.narrowed[i].right == (int)right + 1)
			return true;
	return false;
}

/* Rights follow from the bases: none can be left out or invented. */
static void lint_rights(struct yaml_reader *reader, const struct policy *policy)
{
	const struct model_rights *rights = &policy->rights;
	uint32_t given = policy_rights(policy);

	for (unsigned right = 0; right < NOTICE_RIGHTS; right++) {
		bool is_given = given & 1U << right;
		bool is_offered = rights->offered & 1U << right;

		if (rights->offered && is_given && !is_offered &&
		    !is_narrowed(policy, right))
			yaml_fault_at(reader, rights->line, "E-RIGHT-MISSING",
				      "the right \"%s\" follows from the bases "
				      "and is not offered",
				      notice_rights[right]);
		if (!is_given && (is_offered || is_narrowed(policy, right)))
			yaml_fault_at(reader, rights->line,
				      "E-RIGHT-IMPOSSIBLE",
				      "no basis gives the right \"%s\"",
				      notice_rights[right]);
		if (is_offered && is_narrowed(policy, right))
			yaml_fault_at(
				reader, rights->line, "E-RIGHT-MISSING",
				"the right \"%s\" is offered and narrowed "
				"both",
				notice_rights[right]);
	}
}

static void lint_employee(struct yaml_reader *reader,
			  const struct policy *policy)
{
	const struct model_employee *employee = &policy->employee;

	if (employee->line == 0)
		yaml_fault_at(reader, policy->classes_line,
			      "W-EMPLOYEE-NOT-INFORMED",
			      "it is not stated when those who answer calls "
			      "were told that they are recorded");
	else if (employee->informed_on > policy->valid_from)
		yaml_fault_at(reader, employee->line, "W-EMPLOYEE-NOT-INFORMED",
			      "those who answer calls were told after the "
			      "policy began to hold");
}

void policy_lint(struct yaml_reader *reader, const struct policy *policy)
{
	if (policy->collection_started > policy->valid_from)
		yaml_fault_at(reader, policy->valid_from_line, "W-DATES",
			      "collection starts after the policy is valid");
	lint_controllers(reader, policy);
	lint_basis(reader, policy);
	lint_consent(reader, policy);
	lint_purposes(reader, policy);
	lint_special(reader, policy);
	policy_lint_classes(reader, policy);
	policy_lint_retention(reader, policy);
	policy_lint_places(reader, policy);
	policy_lint_undone(reader, policy);
	lint_rights(reader, policy);
	lint_employee(reader, policy);
}
