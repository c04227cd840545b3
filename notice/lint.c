/* SPDX-License-Identifier: EUPL-1.2 */
/* What a policy may not say, and what it should think about. */
#include "notice/lint.h"

#include <string.h>

#include "notice/roles.h"

/* Fields that exist in the product; a policy chooses among them (S7, S12). */
static const char *const known_fields[SEAL_CLASSES][10] = {
	[SEAL_CLASS_AUDIO] = { "caller_leg", "agent_leg", NULL },
	[SEAL_CLASS_CONTACT] = { "start", "end", "caller_number",
				 "service_number", "agent_name", "agent_number",
				 NULL },
	[SEAL_CLASS_CHAT] = { "start", "end", "nickname", "agent_name", "text",
			      NULL },
};

/* What is never masked must not look as if it were. */
static void lint_masks(struct yaml_reader *reader,
		       const struct model_class *class,
		       const struct model_field *field)
{
	bool is_hideable = !strncmp(field->name, "agent_", 6);

	if (class->data_class != SEAL_CLASS_CONTACT ||
	    !strcmp(field->name, "caller_number"))
		return;
	for (uint32_t role = 1; role < NOTICE_ROLES; role++)
		if (field->mask[role] == NOTICE_MASKED ||
		    (field->mask[role] == NOTICE_HIDDEN && !is_hideable)) {
			yaml_fault_at(reader, field->line, "E-MASK",
				      "\"%s\" cannot be %s; %s", field->name,
				      field->mask[role] == NOTICE_MASKED
					      ? "masked"
					      : "hidden",
				      is_hideable ? "it is plain or hidden"
						  : "whoever sees a contact "
						    "sees it");
			return;
		}
}

static void lint_fields(struct yaml_reader *reader,
			const struct model_class *class)
{
	const char *const *known = known_fields[class->data_class];

	for (size_t i = 0; i < class->field_count; i++) {
		bool found = false;

		for (size_t j = 0; j < i; j++)
			if (!strcmp(class->fields[i].name,
				    class->fields[j].name))
				yaml_fault_at(reader, class->fields[i].line,
					      "E-TWICE",
					      "field \"%s\" is listed twice, "
					      "first on line %d",
					      class->fields[i].name,
					      class->fields[j].line);
		lint_masks(reader, class, &class->fields[i]);
		for (size_t j = 0; known[j]; j++)
			found |= !strcmp(known[j], class->fields[i].name);
		if (!found) {
			const char *near = yaml_nearest(
				slice_of(class->fields[i].name), known);
			yaml_fault_at(reader, class->fields[i].line,
				      "E-UNKNOWN-FIELD",
				      "class \"%s\" has no field \"%s\"%s%s%s",
				      class->id, class->fields[i].name,
				      near ? "; did you mean \"" : "",
				      near ? near : "", near ? "\"?" : "");
		}
	}
}

static void lint_number(struct yaml_reader *reader, const struct policy *policy,
			const struct model_class *class,
			const struct model_number *number)
{
	if (strcmp(number->text, "*") != 0 &&
	    !policy_has_service(policy, number->text))
		yaml_fault_at(reader, number->line, "E-UNLISTED-NUMBER",
			      "class \"%s\" speaks of %s, which \"services\" "
			      "does not list",
			      class->id, number->text);
}

static void lint_capture(struct yaml_reader *reader,
			 const struct policy *policy,
			 const struct model_class *class)
{
	const struct model_capture *capture = &class->capture;

	if (class->data_class != SEAL_CLASS_AUDIO)
		return;
	if (capture->line == 0) {
		yaml_fault_at(
			reader, class->line, "E-MISSING",
			"class \"%s\" has no \"capture\": which calls are "
			"recorded must be stated beforehand (S9)",
			class->id);
		return;
	}
	for (size_t i = 0; i < capture->number_count; i++)
		lint_number(reader, policy, class, &capture->numbers[i]);
	for (size_t i = 0; i < capture->exclude_count; i++)
		lint_number(reader, policy, class, &capture->exclude[i]);
	if (capture->directions & ~(1U << NOTICE_IN))
		yaml_fault_at(reader, capture->line, "E-DIRECTION",
			      "class \"%s\": only incoming calls to service "
			      "numbers are recorded (S8)",
			      class->id);
	if (capture->coverage == MODEL_COVERAGE_SAMPLE && capture->share <= 0)
		yaml_fault_at(reader, capture->line, "E-MISSING",
			      "coverage \"sample\" needs \"share\"");
	if (capture->coverage == MODEL_COVERAGE_SCHEDULE &&
	    capture->hours_count == 0)
		yaml_fault_at(reader, capture->line, "E-MISSING",
			      "coverage \"schedule\" needs \"hours\"");
	if (capture->coverage == MODEL_COVERAGE_ALL)
		yaml_fault_at(
			reader, capture->line, "W-COVERAGE-ALL",
			"class \"%s\" records all calls; authorities have "
			"found that excessive where a sample would do",
			class->id);
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
		const struct notice_purpose *purpose = &policy->purposes[i];
		bool found = false;
		const char *near;

		for (size_t j = 0; known[j]; j++)
			found |= !strcmp(known[j], purpose->basis);
		near = yaml_nearest(slice_of(purpose->basis), known);
		if (!found)
			yaml_fault_at(reader, policy->purpose_lines[i],
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
		yaml_fault_at(reader, contact->retention_line,
			      "E-HISTORY-SHORTER",
			      "class \"%s\" is kept for a shorter time than "
			      "\"%s\": its sound would outlive its contact",
			      contact->id, audio->id);
}

/* A chat is what a visitor starts (S13), under a promise and on a page. */
static void lint_channel(struct yaml_reader *reader,
			 const struct policy *policy,
			 const struct model_class *class)
{
	const struct model_channel *channel = &class->channel;

	if (class->data_class != SEAL_CLASS_CHAT) {
		if (channel->line > 0)
			yaml_fault_at(reader, channel->line, "E-CHANNEL",
				      "class \"%s\" is not of kind \"chat\": "
				      "only such a class has a channel",
				      class->id);
		return;
	}
	if (channel->line == 0) {
		yaml_fault_at(reader, class->line, "W-NO-CHANNEL",
			      "class \"%s\" has no \"channel\" with queues "
			      "and hours: no chat can be started",
			      class->id);
		return;
	}
	if (channel->queue_count == 0)
		yaml_fault_at(reader, channel->line, "E-MISSING",
			      "a channel needs at least one queue");
	if (channel->hours_count == 0 && channel->exception_count == 0)
		yaml_fault_at(reader, channel->line, "E-MISSING",
			      "a channel needs hours such as "
			      "\"mon-fri 09:00-16:00\"");
	if (!model_class(policy, SEAL_CLASS_CONTACT))
		yaml_fault_at(reader, policy->classes_line, "E-MISSING",
			      "a class of kind \"contact\" is missing: each "
			      "chat belongs to a contact");
}

static void lint_classes(struct yaml_reader *reader,
			 const struct policy *policy)
{
	for (size_t i = 0; i < policy->class_count; i++)
		for (size_t j = 0; j < i; j++)
			if (policy->classes[i].data_class ==
			    policy->classes[j].data_class)
				yaml_fault_at(
					reader, policy->classes[i].line,
					"E-TWICE",
					"class \"%s\" is of the same kind "
					"as \"%s\" on line %d",
					policy->classes[i].id,
					policy->classes[j].id,
					policy->classes[j].line);
	for (size_t i = 0; i < policy->class_count; i++) {
		lint_fields(reader, &policy->classes[i]);
		lint_capture(reader, policy, &policy->classes[i]);
		lint_channel(reader, policy, &policy->classes[i]);
	}
	if (model_class(policy, SEAL_CLASS_AUDIO) &&
	    !model_class(policy, SEAL_CLASS_CONTACT))
		yaml_fault_at(reader, policy->classes_line, "E-MISSING",
			      "a class of kind \"contact\" is missing: each "
			      "recording belongs to a contact");
}

void policy_lint(struct yaml_reader *reader, const struct policy *policy)
{
	if (policy->collection_started > policy->valid_from)
		yaml_fault_at(reader, policy->valid_from_line, "W-DATES",
			      "collection starts after the policy is valid");
	lint_basis(reader, policy);
	lint_purposes(reader, policy);
	lint_classes(reader, policy);
	lint_periods(reader, policy);
}
