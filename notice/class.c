/* SPDX-License-Identifier: EUPL-1.2 */
/* Classes of data: fields, capture and retention. */
#include <string.h>

#include "notice/keys.h"
#include "notice/lint.h"

typedef const yaml_node_t node;

enum { MONTHS_PER_YEAR = 12, PERIOD_MAX = 12 * 100 };

/* "PT72H" is a period of time; the others are of the calendar. */
static bool read_period(struct slice text, struct model_period *ret_period)
{
	bool is_time = slice_starts_nocase(text, SLICE("PT"));
	size_t begin = is_time ? 2 : 1;
	uint64_t number;
	char unit;

	if (text.size < begin + 2 || text.at[0] != 'P' ||
	    (is_time && text.at[1] != 'T') ||
	    slice_number(
		    (struct slice){ text.at + begin, text.size - begin - 1 },
		    PERIOD_MAX, &number) < 0 ||
	    number == 0)
		return false;
	unit = text.at[text.size - 1];
	if (is_time ? unit != 'H' : unit != 'D' && unit != 'M' && unit != 'Y')
		return false;
	*ret_period = (struct model_period){
		.hours = unit == 'H' ? (int)number : 0,
		.days = unit == 'D' ? (int)number : 0,
		.months = unit == 'M'	? (int)number
			  : unit == 'Y' ? (int)number * MONTHS_PER_YEAR
					: 0,
	};
	return true;
}

void policy_read_period(struct yaml_reader *reader, node *at,
			struct model_period *ret_period)
{
	if (!read_period(yaml_text(reader, at), ret_period))
		yaml_fault(reader, at, "E-UNBOUNDED",
			   "a period is needed here, such as P6M, P24M, P14D "
			   "or PT72H");
}

static void take_mask_role(struct yaml_reader *reader, node *role_node,
			   node *mask_node, int lines[NOTICE_ROLES],
			   struct model_field *field)
{
	int role = yaml_word(reader, role_node, notice_roles);
	int mask = yaml_word(reader, mask_node, model_masks);

	if (role < 0 || mask < 0)
		return;
	if (lines[role + 1] > 0)
		yaml_twice(reader, role_node, lines[role + 1]);
	lines[role + 1] = yaml_line(role_node);
	field->mask[role + 1] = (enum notice_mask)mask;
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

static const struct policy_key field_keys[] = {
	{ .name = "name",
	  .required = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_field, name) },
	{ .name = "masks", .shape = KEY_MASKS, .take = take_masks },
	{ .name = "purposes",
	  .shape = KEY_TEXT_LIST,
	  .max = NOTICE_PURPOSES_MAX,
	  KEY_EACH(struct model_field, purposes, purpose_count) },
	{ .name = NULL },
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
		yaml_name(reader, at, field->name, sizeof(field->name));
	else
		policy_take(reader, at, field_keys, field);
}

static void take_fields(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_field, target);
}

static const struct policy_key retention_keys[] = {
	{ .name = "kind",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_retentions,
	  KEY_AT(struct model_class, retention) },
	{ .name = "period",
	  .shape = KEY_PERIOD,
	  KEY_AT(struct model_class, period) },
	{ .name = "anchor",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_anchors,
	  KEY_AT(struct model_class, anchor) },
	{ .name = "event",
	  .shape = KEY_TEXTS,
	  KEY_AT(struct model_class, event) },
	{ .name = "fallback",
	  .shape = KEY_PERIOD,
	  KEY_AT(struct model_class, fallback) },
	{ .name = "grace",
	  .shape = KEY_PERIOD,
	  KEY_AT(struct model_class, grace) },
	{ .name = "reason",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_reasons,
	  KEY_AT(struct model_class, reason) },
	{ .name = "law",
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_class, retention_law) },
	{ .name = "then",
	  .reported = true,
	  .shape = KEY_WORD,
	  .words = model_thens,
	  KEY_AT(struct model_class, then) },
	{ .name = "decision",
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_class, decision) },
	{ .name = NULL },
};

static const struct policy_key kept_keys[] = {
	{ .name = "trigger",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_triggers,
	  KEY_AT(struct model_kept, trigger) },
	{ .name = "who",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = notice_roles,
	  KEY_AT(struct model_kept, who) },
	{ .name = "approvals",
	  .required = true,
	  .shape = KEY_COUNT,
	  .max = 5,
	  KEY_AT(struct model_kept, approvals) },
	{ .name = "until",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_kept_until,
	  KEY_AT(struct model_kept, until) },
	{ .name = "period",
	  .shape = KEY_PERIOD,
	  KEY_AT(struct model_kept, period) },
	{ .name = "scope",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_scopes,
	  KEY_AT(struct model_kept, scope) },
	{ .name = NULL },
};

static const struct policy_key publicity_keys[] = {
	{ .name = "standard",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_publicities,
	  KEY_AT(struct model_publicity, standard) },
	{ .name = "grounds",
	  .shape = KEY_TEXT_LIST,
	  .max = MODEL_GROUNDS_MAX,
	  KEY_EACH(struct model_publicity, grounds, ground_count) },
	{ .name = NULL },
};

/* The kinds that the product keeps come first, in the order of its own. */
static void take_kind(struct yaml_reader *reader, node *at, void *target)
{
	struct model_class *class = target;

	class->kind = yaml_word(reader, at, model_kinds) + 1;
	if (class->kind < SEAL_CLASSES)
		class->data_class = (uint32_t) class->kind;
}

const struct policy_key policy_class_keys[] = {
	{ .name = "id",
	  .required = true,
	  .shape = KEY_TEXT,
	  KEY_AT(struct model_class, id) },
	{ .name = "kind",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_kinds,
	  .take = take_kind },
	{ .name = "fields",
	  .required = true,
	  .shape = KEY_FIELDS,
	  .keys = field_keys,
	  .take = take_fields },
	{ .name = "capture",
	  .shape = KEY_MAP,
	  .lined = true,
	  .keys = policy_capture_keys,
	  KEY_AT(struct model_class, capture) },
	{ .name = "channel",
	  .shape = KEY_MAP,
	  .lined = true,
	  .keys = policy_channel_keys,
	  KEY_AT(struct model_class, channel) },
	{ .name = "retention",
	  .required = true,
	  .shape = KEY_MAP,
	  .line_at = offsetof(struct model_class, retention_line),
	  .keys = retention_keys },
	{ .name = "exceptions",
	  .shape = KEY_LIST,
	  .keys = kept_keys,
	  .max = MODEL_KEPT_MAX,
	  KEY_EACH(struct model_class, kept, kept_count) },
	{ .name = "publicity",
	  .reported = true,
	  .shape = KEY_MAP,
	  .lined = true,
	  .keys = publicity_keys,
	  KEY_AT(struct model_class, publicity) },
	{ .name = "special_categories",
	  .reported = true,
	  .shape = KEY_BOOL,
	  .words = model_truths,
	  KEY_AT(struct model_class, special_categories) },
	{ .name = "children",
	  .reported = true,
	  .shape = KEY_BOOL,
	  .words = model_truths,
	  KEY_AT(struct model_class, children) },
	{ .name = NULL },
};
