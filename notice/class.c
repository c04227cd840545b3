/* SPDX-License-Identifier: EUPL-1.2 */
/* Classes of data: fields, capture and retention. */
#include <stdio.h>
#include <string.h>

#include "notice/lint.h"

typedef const yaml_node_t node;

enum { MONTHS_PER_YEAR = 12, PERIOD_MAX = 12 * 100 };

void policy_read_period(struct yaml_reader *reader, node *at,
			struct model_period *ret_period)
{
	struct slice text = yaml_text(reader, at);
	uint64_t number;
	char unit;

	if (text.size < 3 || text.at[0] != 'P' ||
	    slice_number((struct slice){ text.at + 1, text.size - 2 },
			 PERIOD_MAX, &number) < 0 ||
	    number == 0)
		goto wrong;
	unit = text.at[text.size - 1];
	if (unit != 'D' && unit != 'M' && unit != 'Y')
		goto wrong;
	ret_period->days = unit == 'D' ? (int)number : 0;
	ret_period->months = unit == 'M'   ? (int)number
			     : unit == 'Y' ? (int)number * MONTHS_PER_YEAR
					   : 0;
	return;
wrong:
	yaml_fault(reader, at, "E-UNBOUNDED",
		   "a period is needed here, such as P6M, P24M or P14D");
}

static void take_mask_role(struct yaml_reader *reader, node *role_node,
			   node *mask_node, int lines[NOTICE_ROLES],
			   struct model_field *field)
{
	static const char *const masks[] = { "plain", "masked", "hidden",
					     NULL };
	int role = yaml_word(reader, role_node, notice_roles);
	int mask = yaml_word(reader, mask_node, masks);

	if (role < 0 || mask < 0)
		return;
	if (lines[role + 1] > 0)
		yaml_twice(reader, role_node, lines[role + 1]);
	lines[role + 1] = yaml_line(role_node);
	field->mask[role + 1] = (enum notice_mask)mask;
}

static void take_field_name(struct yaml_reader *reader, node *at, void *target)
{
	struct model_field *field = target;

	yaml_name(reader, at, field->name, sizeof(field->name));
}

static void take_masks(struct yaml_reader *reader, node *at, void *target)
{
	int lines[NOTICE_ROLES] = { 0 };

	if (at->type != YAML_MAPPING_NODE) {
		yaml_fault(reader, at, "E-TYPE",
			   "roles with plain, masked or hidden are needed");
		return;
	}
	for (const yaml_node_pair_t *pair = at->data.mapping.pairs.start;
	     pair < at->data.mapping.pairs.top; pair++)
		take_mask_role(
			reader,
			yaml_document_get_node(&reader->document, pair->key),
			yaml_document_get_node(&reader->document, pair->value),
			lines, target);
}

static const struct yaml_key field_keys[] = {
	{ "name", take_field_name, true },
	{ "masks", take_masks, false },
	{ NULL, NULL, false },
};

static void take_field(struct yaml_reader *reader, node *at, void *target)
{
	struct model_class *class = target;
	struct model_field *field;

	if (class->field_count == MODEL_FIELDS_MAX) {
		yaml_fault(reader, at, "E-TOO-MANY", "at most %d fields",
			   MODEL_FIELDS_MAX);
		return;
	}
	field = &class->fields[class->field_count++];
	field->line = yaml_line(at);
	if (at->type == YAML_SCALAR_NODE)
		take_field_name(reader, at, field);
	else
		yaml_map(reader, at, field_keys, field);
}

static void take_fields(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_field, target);
}

static bool copy_pattern(struct yaml_reader *reader, node *at,
			 struct model_number *ret_number)
{
	struct slice text = yaml_text(reader, at);
	char *out = ret_number->text;
	size_t size = 0;

	ret_number->line = yaml_line(at);

	for (size_t i = 0; i < text.size && size + 1 < MODEL_NUMBER_SIZE; i++)
		if (text.at[i] != ' ')
			out[size++] = text.at[i];
	out[size] = '\0';
	if (!strcmp(out, "*") ||
	    (out[0] == '+' && strspn(out + 1, "0123456789") == size - 1 &&
	     size > 3))
		return true;
	yaml_fault(reader, at, "E-NUMBER",
		   "a number such as \"+358 29 555 0100\" or \"*\" (all "
		   "services listed above) is needed here");
	return false;
}

static void take_number(struct yaml_reader *reader, node *at, void *target)
{
	struct model_capture *capture = target;

	if (capture->number_count == NOTICE_NUMBERS_MAX)
		yaml_fault(reader, at, "E-TOO-MANY", "at most %d numbers",
			   NOTICE_NUMBERS_MAX);
	else if (copy_pattern(reader, at,
			      &capture->numbers[capture->number_count]))
		capture->number_count++;
}

static void take_numbers(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_number, target);
}

static void take_excluded(struct yaml_reader *reader, node *at, void *target)
{
	struct model_capture *capture = target;
	struct model_number *number = &capture->exclude[capture->exclude_count];

	if (capture->exclude_count == MODEL_RANGES_MAX)
		yaml_fault(reader, at, "E-TOO-MANY", "at most %d numbers",
			   MODEL_RANGES_MAX);
	else if (!copy_pattern(reader, at, number))
		return;
	else if (!strcmp(number->text, "*"))
		yaml_fault(reader, at, "E-NUMBER",
			   "all numbers cannot be excluded: leave the class "
			   "out instead");
	else
		capture->exclude_count++;
}

static void take_exclude(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_excluded, target);
}

static void take_direction(struct yaml_reader *reader, node *at, void *target)
{
	static const char *const words[] = { "in", "out", "internal",
					     "callback", NULL };
	int direction = yaml_word(reader, at, words);

	if (direction >= 0)
		((struct model_capture *)target)->directions |=
			1U << (direction + 1);
}

static void take_directions(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_direction, target);
}

static void take_coverage(struct yaml_reader *reader, node *at, void *target)
{
	static const char *const words[] = { "all", "sample", "schedule",
					     "manual", NULL };
	int coverage = yaml_word(reader, at, words);

	if (coverage >= 0)
		((struct model_capture *)target)->coverage =
			(enum model_coverage)(coverage + 1);
}

static void take_share(struct yaml_reader *reader, node *at, void *target)
{
	struct slice text = yaml_text(reader, at);
	struct slice rest, whole = slice_cut(text, '%', &rest);
	uint64_t percent = 0;

	if (whole.size == text.size || rest.size > 0 ||
	    slice_number(whole, 100, &percent) < 0 || percent == 0)
		yaml_fault(reader, at, "E-SHARE",
			   "a share is needed here, from 1%% to 100%%");
	((struct model_capture *)target)->share = (double)percent / 100;
}

static void take_hours_item(struct yaml_reader *reader, node *at, void *target)
{
	struct model_capture *capture = target;

	policy_read_hours(reader, at, capture->hours, &capture->hours_count);
}

static void take_hours(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_hours_item, target);
}

/* S10 and S11 are not settings: the only word is the promise itself. */
static void take_start(struct yaml_reader *reader, node *at, void *target)
{
	static const char *const words[] = { "answer", NULL };

	(void)target;
	(void)yaml_word(reader, at, words);
}

static void take_stop(struct yaml_reader *reader, node *at, void *target)
{
	static const char *const words[] = { "bye", "transfer", NULL };

	((struct model_capture *)target)->stops_at_transfer =
		yaml_word(reader, at, words) == 1;
}

static void take_on_hold(struct yaml_reader *reader, node *at, void *target)
{
	static const char *const words[] = { "continue", "pause", NULL };

	((struct model_capture *)target)->pauses_on_hold =
		yaml_word(reader, at, words) == 1;
}

static void take_consult(struct yaml_reader *reader, node *at, void *target)
{
	static const char *const words[] = { "exclude", "include", NULL };

	((struct model_capture *)target)->records_consultation =
		yaml_word(reader, at, words) == 1;
}

static const struct yaml_key capture_keys[] = {
	{ "numbers", take_numbers, true },
	{ "exclude", take_exclude, false },
	{ "directions", take_directions, true },
	{ "coverage", take_coverage, true },
	{ "share", take_share, false },
	{ "hours", take_hours, false },
	{ "start", take_start, true },
	{ "stop", take_stop, true },
	{ "on_hold", take_on_hold, false },
	{ "consultation", take_consult, false },
	{ NULL, NULL, false },
};

static void take_capture(struct yaml_reader *reader, node *at, void *target)
{
	struct model_class *class = target;

	class->capture.line = yaml_line(at);
	yaml_map(reader, at, capture_keys, &class->capture);
}

static void take_channel(struct yaml_reader *reader, node *at, void *target)
{
	policy_read_channel(reader, at,
			    &((struct model_class *)target)->channel);
}

static void take_kind_of_retention(struct yaml_reader *reader, node *at,
				   void *target)
{
	static const char *const words[] = { "max", "exact", NULL };
	int kind = yaml_word(reader, at, words);

	if (kind >= 0)
		((struct model_class *)target)->retention =
			(enum model_retention)(kind + 1);
}

static void take_period(struct yaml_reader *reader, node *at, void *target)
{
	policy_read_period(reader, at, &((struct model_class *)target)->period);
}

static void take_grace(struct yaml_reader *reader, node *at, void *target)
{
	policy_read_period(reader, at, &((struct model_class *)target)->grace);
}

static void take_anchor(struct yaml_reader *reader, node *at, void *target)
{
	static const char *const words[] = { "start", "end", NULL };

	((struct model_class *)target)->anchor =
		yaml_word(reader, at, words) == 1 ? MODEL_ANCHOR_END
						  : MODEL_ANCHOR_START;
}

static void take_reason(struct yaml_reader *reader, node *at, void *target)
{
	static const char *const words[] = {
		"original-need", "legal-protection", "contract",
		"damages",	 "prosecution",	     NULL
	};

	((struct model_class *)target)->reason =
		yaml_word(reader, at, words) + 1;
}

static const struct yaml_key retention_keys[] = {
	{ "kind", take_kind_of_retention, true },
	{ "period", take_period, true },
	{ "anchor", take_anchor, true },
	{ "grace", take_grace, false },
	{ "reason", take_reason, true },
	{ NULL, NULL, false },
};

static void take_retention(struct yaml_reader *reader, node *at, void *target)
{
	((struct model_class *)target)->retention_line = yaml_line(at);
	yaml_map(reader, at, retention_keys, target);
}

static void take_class_kind(struct yaml_reader *reader, node *at, void *target)
{
	static const char *const words[] = { "audio", "contact", "chat", NULL };

	((struct model_class *)target)->data_class =
		(uint32_t)(yaml_word(reader, at, words) + 1);
}

static void take_class_id(struct yaml_reader *reader, node *at, void *target)
{
	struct model_class *class = target;

	yaml_name(reader, at, class->id, sizeof(class->id));
}

static const struct yaml_key class_keys[] = {
	{ "id", take_class_id, true },
	{ "kind", take_class_kind, true },
	{ "fields", take_fields, true },
	{ "capture", take_capture, false },
	{ "channel", take_channel, false },
	{ "retention", take_retention, true },
	{ NULL, NULL, false },
};

void policy_read_class(struct yaml_reader *reader, node *at,
		       struct model_class *ret_class)
{
	yaml_map(reader, at, class_keys, ret_class);
}
