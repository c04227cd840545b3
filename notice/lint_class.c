/* SPDX-License-Identifier: EUPL-1.2 */
/* Classes of data that contradict themselves; contract in lint.h. */
#include <string.h>

#include "notice/lint.h"

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

	if (class->data_class == 0)
		return; /* refused as such, notice/lint_undone.c */

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
	if (capture->announcement.line == 0)
		yaml_fault_at(reader, capture->line, "W-NO-ANNOUNCEMENT",
			      "class \"%s\": it is not stated who tells "
			      "callers that they are recorded",
			      class->id);
	if (capture->coverage == MODEL_COVERAGE_ALL)
		yaml_fault_at(
			reader, capture->line, "W-COVERAGE-ALL",
			"class \"%s\" records all calls; authorities have "
			"found that excessive where a sample would do",
			class->id);
}

/* Whether each field is there for a purpose, once some say for which. */
static void lint_field_purposes(struct yaml_reader *reader,
				const struct policy *policy,
				const struct model_class *class)
{
	bool some_say = false;

	for (size_t i = 0; i < class->field_count; i++)
		some_say |= class->fields[i].purpose_count > 0;
	for (size_t i = 0; i < class->field_count; i++) {
		const struct model_field *field = &class->fields[i];

		if (some_say && field->purpose_count == 0)
			yaml_fault_at(reader, field->line, "E-FIELD-NO-PURPOSE",
				      "field \"%s\" of class \"%s\" says no "
				      "purpose, others of the class do",
				      field->name, class->id);
		for (size_t j = 0; j < field->purpose_count; j++)
			policy_lint_purpose(reader, policy, field->line,
					    field->purposes[j]);
	}
}

/* Sound that only training uses need not be all the sound there is. */
static void lint_training(struct yaml_reader *reader,
			  const struct policy *policy,
			  const struct model_class *class)
{
	size_t listening = 0, training = 0;

	if (class->data_class != SEAL_CLASS_AUDIO ||
	    class->capture.coverage != MODEL_COVERAGE_ALL)
		return;
	for (size_t i = 0; i < policy->purpose_count; i++) {
		uint32_t uses = policy->purposes[i].granted.uses;

		listening += (uses & NOTICE_LISTEN) != 0;
		training += (uses & NOTICE_LISTEN) && (uses & NOTICE_CLIP);
	}
	if (listening > 0 && listening == training)
		yaml_fault_at(reader, class->capture.line,
			      "W-ALL-CALLS-TRAINING-ONLY",
			      "class \"%s\" records all calls, and all that "
			      "listens to them is training",
			      class->id);
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

void policy_lint_classes(struct yaml_reader *reader,
			 const struct policy *policy)
{
	for (size_t i = 0; i < policy->class_count; i++)
		for (size_t j = 0; j < i; j++)
			if (policy->classes[i].data_class > 0 &&
			    policy->classes[i].data_class ==
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
		lint_field_purposes(reader, policy, &policy->classes[i]);
		lint_training(reader, policy, &policy->classes[i]);
		lint_capture(reader, policy, &policy->classes[i]);
		lint_channel(reader, policy, &policy->classes[i]);
	}
	if (model_class(policy, SEAL_CLASS_AUDIO) &&
	    !model_class(policy, SEAL_CLASS_CONTACT))
		yaml_fault_at(reader, policy->classes_line, "E-MISSING",
			      "a class of kind \"contact\" is missing: each "
			      "recording belongs to a contact");
}
