/* SPDX-License-Identifier: EUPL-1.2 */
/* Which calls are recorded, from when to when, and what callers are told. */
#include <string.h>

#include "notice/keys.h"
#include "notice/lint.h"

typedef const yaml_node_t node;

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
	int direction = yaml_word(reader, at, model_directions);

	if (direction >= 0)
		((struct model_capture *)target)->directions |=
			1U << (direction + 1);
}

static void take_directions(struct yaml_reader *reader, node *at, void *target)
{
	yaml_each(reader, at, take_direction, target);
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

static const struct policy_key pause_keys[] = {
	{ .name = "why",
	  .required = true,
	  .shape = KEY_TEXTS,
	  KEY_AT(struct model_pause, why) },
	{ .name = "how",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_pause_ways,
	  KEY_AT(struct model_pause, how) },
	{ .name = NULL },
};

static const struct policy_key announcement_keys[] = {
	{ .name = "spoken_by",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_speakers,
	  KEY_AT(struct model_announcement, spoken_by) },
	{ .name = "text",
	  .shape = KEY_TEXTS,
	  KEY_AT(struct model_announcement, text) },
	{ .name = "required",
	  .shape = KEY_BOOL,
	  .words = model_truths,
	  KEY_AT(struct model_announcement, required) },
	{ .name = "evidence",
	  .shape = KEY_WORD,
	  .words = model_evidence,
	  KEY_AT(struct model_announcement, evidence) },
	{ .name = "if_missing",
	  .shape = KEY_WORD,
	  .words = model_if_missing,
	  KEY_AT(struct model_announcement, if_missing) },
	{ .name = NULL },
};

const struct policy_key policy_capture_keys[] = {
	{ .name = "numbers",
	  .required = true,
	  .shape = KEY_PHONES,
	  .take = take_numbers },
	{ .name = "exclude", .shape = KEY_PHONES, .take = take_exclude },
	{ .name = "directions",
	  .required = true,
	  .shape = KEY_WORDS,
	  .words = model_directions,
	  .take = take_directions },
	{ .name = "coverage",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_coverages,
	  KEY_AT(struct model_capture, coverage) },
	{ .name = "share", .shape = KEY_SHARE, .take = take_share },
	{ .name = "hours", .shape = KEY_HOURS, .take = take_hours },
	{ .name = "start",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_begins,
	  KEY_AT(struct model_capture, start) },
	{ .name = "stop",
	  .required = true,
	  .shape = KEY_WORD,
	  .words = model_stops,
	  KEY_AT(struct model_capture, stop) },
	{ .name = "on_hold",
	  .reported = true,
	  .shape = KEY_WORD,
	  .words = model_on_holds,
	  KEY_AT(struct model_capture, on_hold) },
	{ .name = "consultation",
	  .reported = true,
	  .shape = KEY_WORD,
	  .words = model_consultations,
	  KEY_AT(struct model_capture, consultation) },
	{ .name = "announcement",
	  .reported = true,
	  .shape = KEY_MAP,
	  .lined = true,
	  .keys = announcement_keys,
	  KEY_AT(struct model_capture, announcement) },
	{ .name = "opt_out",
	  .reported = true,
	  .shape = KEY_WORD,
	  .words = model_opt_outs,
	  KEY_AT(struct model_capture, opt_out) },
	{ .name = "pauses",
	  .shape = KEY_LIST,
	  .keys = pause_keys,
	  .max = MODEL_PAUSES_MAX,
	  KEY_EACH(struct model_capture, pauses, pause_count) },
	{ .name = NULL },
};
